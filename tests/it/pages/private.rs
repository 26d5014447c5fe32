//! Private messages on pages without a script.

use serde_json::json;
use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, leads_to, link, link_without_time, somebody};
use crate::harness::{Data, Numbered, ServerProcess, TestServer, eventually};

#[test]
fn a_private_talk_is_a_page_of_two_and_the_room_is_told_of_it_without_its_words() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    cy.asks(json!({"type": "name", "name": "סי"}));
    cy.hears("renamed");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for (by_bo, text) in [(true, "psst"), (true, "the heater"), (false, "shalom")] {
        let other = if by_bo { &mut bo } else { &mut cy };
        assert!(other.tries_to_say("@Ann", text));
        other.hears("sent");
    }
    bo.says_each(&["loud"]);
    ann.gets("/r/lobby");
    has_in_order(
        &ann.page,
        &["New private message from <bdi>Bo</bdi>.", "message from <bdi>סי</bdi>", "hello"],
    );
    assert_eq!(ann.page.matches("New private message").count(), 2, "each once: {}", ann.page);
    assert!(ann.page.contains(">Private (2)</a>"), "{}", ann.page);
    // What is said after it does not move the notice off the page.
    for number in 0..limits::PAGE_LINES {
        bo.says_each(&[&number.to_string()]);
    }
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["message from <bdi>Bo</bdi>", "<ol"]);
    for words in ["psst", "heater", "shalom"] {
        assert!(!ann.page.contains(words), "{words}: {}", ann.page);
    }
    let (_, of_bo) = ann.page.split_once("message from <bdi>Bo</bdi>").unwrap();
    let talk = link_without_time(of_bo, "Open");
    assert_eq!(talk, "/r/lobby/private?to=Bo");
    ann.gets(&talk);
    has_in_order(
        &ann.page,
        &[
            "<h1>Private chat with <bdi>Bo</bdi></h1>",
            "<div class=\"privately\">",
            "Only you and <bdi>Bo</bdi> can see this.",
            "type=\"hidden\" name=\"to\" value=\"Bo\"",
            "<span>Private message to <bdi>Bo</bdi></span>",
            "the heater",
            "psst",
        ],
    );
    for words in ["shalom", "loud", "is away", "to <bdi>Ann</bdi>:"] {
        assert!(!ann.page.contains(words), "{words}: {}", ann.page);
    }
    let answer = ann.sends(&[("to", "Bo"), ("text", "it is warm")]);
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
    ann.gets(answer.header("location").unwrap());
    has_in_order(&ann.page, &["it is warm", "the heater", "psst"]);
    // The page without a name lists all people that Ann has talked with.
    ann.gets("/r/lobby/private");
    assert_eq!(link_without_time(&ann.page, "<bdi>Bo</bdi>"), "/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["Choose a person", "it is warm", "shalom", "psst"]);
    // A person who has left gets the message later. A name that was never here is refused.
    bo.asks(json!({"type": "leave", "room": "lobby"}));
    bo.hears("left");
    drop(bo);
    eventually("Bo to be away", || {
        ann.gets("/r/lobby/private?to=Bo");
        ann.page.contains("<bdi>Bo</bdi> is not here now, and gets your message later.")
    });
    ann.gets("/r/lobby/private?to=Nobody");
    assert!(!ann.page.contains("is not here now"), "{}", ann.page);
    assert_eq!(ann.sends(&[("to", "Nobody"), ("text", "psst")]).status, 409);
    assert!(ann.page.contains("type=\"text\" name=\"to\""), "it can be put right: {}", ann.page);
    for words in ["Only you and", "Private chat with", "newest first"] {
        assert!(!ann.page.contains(words), "{words}: {}", ann.page);
    }
}

/// After the page was made, Bo has chosen another name, and Eve has taken the name "Bo".
#[test]
fn a_form_to_whoever_had_the_name_when_it_was_drawn_is_not_sent_to_another() {
    let server = ServerProcess::start(&[]);
    let [mut bo, mut eve] = ["Bo", "Eve"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = somebody(server.addr, "Ann", "hello");
    let becomes = |person: &mut Numbered, name: &str| {
        person.asks(json!({"type": "name", "name": name}));
        person.hears_until(|told| told["type"] == "renamed" && told["to"] == name);
    };
    // First Ann has never written to Bo; in the second turn she has.
    for text in ["it is 4711", "it is 4712"] {
        ann.gets("/r/lobby/private?to=Bo");
        // The second new name frees the first one.
        becomes(&mut bo, "Rob");
        becomes(&mut bo, "Robert");
        becomes(&mut eve, "Bo");
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!(answer.status, 409, "{}", ann.page);
        assert!(ann.page.contains("Another person may have this name now."), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text));
        // The page is loaded again, so its form is for the person who has the name now. The private
        // messages from before protect it.
        if text == "it is 4712" {
            ann.gets("/r/lobby/private?to=Bo");
            assert_eq!(ann.sends(&[("to", "Bo"), ("text", text)]).status, 409, "{}", ann.page);
        }
        // Ann sends it again: now she means the person who has the name.
        assert_eq!(ann.value("drawn"), None);
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
        assert_eq!(eve.hears("private")["text"], text);
        std::mem::swap(&mut bo, &mut eve);
        if text == "it is 4711" {
            ["Ed", "Eva"].iter().for_each(|name| becomes(&mut eve, name));
        }
    }
}

#[test]
fn what_is_typed_for_one_alone_is_a_command_there_too() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut big = Numbered::joins(server.addr, "Big Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    // Commands that only work in a room stay in the field, and Bo receives nothing of them.
    let of_room = ["/password owl", "/me waves", "/topic soup", "/hide", "/show"];
    for text in of_room.into_iter().chain(["/edit fixed", "/delete", "/edit", "/dance"]) {
        ann.gets("/r/lobby/private?to=Bo");
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!(answer.status, 422, "{text}: {}", ann.page);
        let words = if text == "/dance" {
            "/dance"
        } else {
            "That command works only in a room. Your text is still"
        };
        assert!(ann.page.contains(words), "{text}: {}", ann.page);
        let fields = ["to", "text"].map(|field| ann.value(field));
        assert_eq!(fields, [Some("Bo".to_owned()), Some(text.to_owned())]);
    }
    for (text, place) in [
        ("/search hello", "/r/lobby?find=hello"),
        ("/name Form Two#mysecret", "/r/lobby/private?to=Bo&new-secret=1"),
        ("/msg Big Bo hi", "/r/lobby/private?to=Big+Bo"),
        ("//slash", "/r/lobby/private?to=Bo"),
    ] {
        ann.gets("/r/lobby/private?to=Bo");
        let answer = ann.sends(&[("to", "Bo"), ("text", text)]);
        assert_eq!((answer.status, &*leads_to(&answer)), (303, place), "{text}");
        if text.starts_with("/name") {
            ann.gets(answer.header("location").unwrap());
            has_in_order(
                &ann.page,
                &["Private chat with <bdi>Bo</bdi>", "Form Two has a new password"],
            );
        }
    }
    let line = bo.hears("private");
    assert_eq!((&line["from"], &line["text"]), (&"Form Two".into(), &"/slash".into()));
    assert_eq!(big.hears("private")["text"], "hi");
}

#[test]
fn a_private_message_without_an_addressee_is_asked_for_one() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut big = Numbered::joins(server.addr, "Big Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for text in ["for whom?", "//slash"] {
        ann.gets("/r/lobby/private");
        assert_eq!(ann.sends(&[("to", " "), ("text", text)]).status, 422, "{text}");
        assert!(ann.page.contains("Choose a person in &quot;To&quot;."), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text));
    }
    ann.gets("/r/lobby/private");
    assert_eq!(ann.sends(&[("to", ""), ("text", "/topic soup")]).status, 422);
    assert!(ann.page.contains("That command works only in a room."), "{}", ann.page);
    ann.gets("/r/lobby/private");
    let answer = ann.sends(&[("to", ""), ("text", "/msg Big Bo hi")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/lobby/private?to=Big+Bo"));
    assert_eq!(big.hears("private")["text"], "hi");
    ann.gets("/r/lobby/private");
    assert_eq!(ann.sends(&[("to", ""), ("text", "/name Anna")]).status, 303);
    ann.gets("/r/lobby/private");
    assert_eq!(ann.sends(&[("to", "Big Bo"), ("text", "me again")]).status, 303);
    assert_eq!(big.hears("private")["from"], "Anna");
}

#[test]
fn a_private_message_from_a_form_goes_to_the_longest_name_that_somebody_has() {
    let server = TestServer::start();
    let [mut big, mut both] = ["Big", "Big Bo"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/msg Big Bo hi")]).status, 303);
    assert_eq!(both.hears("private")["text"], "hi");
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/msg \"Big\" Bo was late")]).status, 303);
    assert_eq!(big.hears("private")["text"], "Bo was late");
    ann.gets("/r/lobby");
    let typed = "/msg Nobody Else hello there";
    assert_eq!(ann.sends(&[("text", typed)]).status, 409);
    assert_eq!(ann.value("text").as_deref(), Some(typed));
}

#[test]
fn a_long_talk_with_one_goes_back_page_by_page_past_what_others_wrote() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for number in 1..=limits::HISTORY_PAGE_MAX {
        for (other, name) in [(&mut bo, "b"), (&mut cy, "c")] {
            assert!(other.tries_to_say("@Ann", &format!("{name}{number}")));
            other.hears("sent");
        }
    }
    ann.gets("/r/lobby/private?to=Bo");
    let mut seen = Vec::new();
    loop {
        let texts = ann.page.split("dir=\"auto\">").skip(1);
        let texts: Vec<_> = texts.map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect();
        assert!(texts.len() <= limits::PAGE_LINES, "{}", ann.page);
        seen.extend(texts);
        if !ann.page.contains("Older messages") {
            break;
        }
        ann.gets(&link(&ann.page, "Older messages"));
    }
    let all: Vec<_> = (1..=limits::HISTORY_PAGE_MAX).rev().map(|it| format!("b{it}")).collect();
    assert_eq!(seen, all);
}

#[test]
fn letters_that_memory_has_forgotten_are_on_older_pages() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let count = limits::PRIVATE_LOG_BYTES_MAX / 4000 + 10;
    for number in 1..=count {
        assert!(bo.tries_to_say("@Ann", &format!("{number:04000}")));
        bo.hears("sent");
    }
    for page in ["/r/lobby/private?before=4", "/r/lobby/private?to=Bo&before=4"] {
        ann.gets(page);
        assert_eq!(ann.numbers(), [3, 2, 1], "{page}");
    }
}

#[test]
fn private_messages_of_one_s_own_stay_that_after_another_name() {
    let server = TestServer::start();
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/msg Bo psst")]).status, 303);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", "/name Anna")]).status, 303);
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("New private message"), "{}", ann.page);
    ann.gets("/r/lobby/private");
    has_in_order(
        &ann.page,
        &["Choose a person", "<bdi>Bo</bdi>", "<bdi>Ann</bdi>", "(you)", "psst"],
    );
    assert_eq!(ann.page.matches("<bdi>Ann</bdi>").count(), 1, "nobody to talk with: {}", ann.page);
    ann.gets("/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["<bdi>Ann</bdi>", "(you)", "psst"]);
    ann.gets("/r/lobby/private?to=Ann");
    assert!(!ann.page.contains("psst"), "{}", ann.page);
}

#[test]
fn a_page_offers_people_of_all_rooms_and_of_earlier_talks() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "kitchen"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "kitchen");
    bo.asks(json!({"type": "leave", "room": "lobby"}));
    bo.hears("left");
    let _cy = Numbered::joins(server.addr, "Cy");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/private");
    for name in ["Bo", "Cy"] {
        let talk = format!("/r/lobby/private?to={name}");
        let found = link_without_time(&ann.page, &format!("<bdi>{name}</bdi>"));
        assert_eq!(found, talk, "{}", ann.page);
    }
    let (_, choice) = ann.page.split_once("Choose a person").unwrap();
    let (choice, _) = choice.split_once("</p>").unwrap();
    assert!(!choice.contains("Ann"), "{choice}");
    // Nobody was told that Ann was in the kitchen, because she was not.
    bo.asks(json!({"type": "who", "room": "kitchen"}));
    let who = bo.hears_until(|line| line["type"] == "who" || line["type"] == "presence");
    assert_eq!((&who["type"], &who["people"]), (&json!("who"), &json!(1)), "{who}");
}

#[test]
fn a_notice_of_a_private_message_is_gone_once_the_page_has_shown_the_message() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for other in [&mut bo, &mut cy] {
        assert!(other.tries_to_say("@Ann", "psst"));
        other.hears("sent");
    }
    ann.gets("/r/lobby/private?to=Bo");
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("message from <bdi>Bo</bdi>"), "{}", ann.page);
    assert!(ann.page.contains("message from <bdi>Cy</bdi>"), "{}", ann.page);
    assert!(bo.tries_to_say("@Ann", "again"));
    bo.hears("sent");
    ann.gets("/r/lobby");
    assert!(ann.page.contains("message from <bdi>Bo</bdi>"), "{}", ann.page);
    for name in ["Bo", "Cy"] {
        ann.gets(&format!("/r/lobby/private?to={name}"));
    }
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("New private message"), "{}", ann.page);
}

#[test]
fn a_private_message_that_was_read_on_one_device_is_not_new_on_another() {
    let server = TestServer::start();
    let [mut bo, mut cy] = ["Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    let signs_in = || {
        let mut device = Browser::opens(server.addr, "/r/lobby");
        device.sends(&[("name", "Ann"), ("secret", "fish"), ("enter", "1")]);
        device.gets("/r/lobby");
        device
    };
    let mut laptop = signs_in();
    for other in [&mut bo, &mut cy] {
        assert!(other.tries_to_say("@Ann", "psst"));
        other.hears("sent");
    }
    // Whether a browser is new or not: what nobody has read is new in it.
    let phone = signs_in();
    for name in ["Bo", "Cy"] {
        assert!(phone.page.contains(&format!("message from <bdi>{name}</bdi>")), "{}", phone.page);
    }
    laptop.gets("/r/lobby/private?to=Bo");
    laptop.gets("/r/lobby/private?to=Cy");
    for mut device in [phone, signs_in()] {
        device.gets("/r/lobby");
        assert!(!device.page.contains("New private message"), "{}", device.page);
    }
}

#[test]
fn a_private_talk_loads_itself_again_in_a_frame_without_its_field() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.sends(&[("to", "Bo"), ("text", "psst")]);
    ann.gets("/r/lobby/private?to=Bo");
    assert!(!ann.page.contains("<iframe") && !ann.page.contains("to-live"), "{}", ann.page);
    let pressed = [("to", "Bo"), ("text", "half a thought"), ("to-every", "Every 10 s")];
    assert_eq!(ann.sends(&pressed).status, 200);
    assert_eq!(ann.value("text").as_deref(), Some("half a thought"));
    let list = "/r/lobby/list?to=Bo&amp;every=10";
    has_in_order(&ann.page, &["name=\"to\" value=\"Bo\"", "Reload if it stops", list, "psst"]);
    assert!(!ann.page.contains("http-equiv"), "{}", ann.page);
    bo.asks(json!({"type": "private", "to": "Ann", "text": "what is it?"}));
    bo.hears_until(|line| line["text"] == "what is it?");
    let answer = ann.gets("/r/lobby/list?to=Bo&every=10");
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    has_in_order(&ann.page, &["http-equiv=\"refresh\" content=\"10\"", "what is it?", "psst"]);
    assert!(!ann.page.contains("<input") && ann.page.len() < 6 * 1024, "{}", ann.page);
    assert!(link(&ann.page, "Plain page").starts_with("/r/lobby/private?to=Bo"), "{}", ann.page);
    // A talk has no stream, also for whoever chose one for rooms.
    ann.gets("/r/lobby?live=1");
    ann.gets("/r/lobby/private?to=Bo");
    assert!(!ann.page.contains("<iframe"), "{}", ann.page);
    // What the frame has shown is no news.
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("New private message"), "{}", ann.page);
    assert!(Browser::opens(server.addr, "/r/lobby/list?to=Bo").page.find("psst").is_none());
}

#[test]
fn one_s_own_private_message_is_changed_and_deleted_for_both() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["<title>Private chat with Bo - ", "No messages yet."]);
    assert!(!ann.page.contains("newest first"), "{}", ann.page);
    bo.asks(json!({"type": "private", "to": "Ann", "text": "what?"}));
    bo.hears_until(|line| line["text"] == "what?");
    ann.sends(&[("to", "Bo"), ("text", "pssst")]);
    ann.gets("/r/lobby/private?to=Bo");
    for words in ["Edit", "Delete"] {
        let button = format!("value=\"{words}\">");
        assert_eq!(ann.page.matches(&button).count(), 1, "{}", ann.page);
    }
    // The room's page and that of all talks offer no such change.
    ann.gets("/r/lobby/private");
    assert!(!ann.page.contains("value=\"Edit\""), "{}", ann.page);
    ann.gets("/r/lobby/private?to=Bo");
    let (_, name) = ann.page.split_once("name=\"edit-").unwrap();
    let edit = format!("edit-{}", name.split('"').next().unwrap());
    ann.sends(&[("to", "Bo"), ("text", ""), (&edit, "Edit")]);
    has_in_order(&ann.page, &["<title>Edit message - ", "<main class=\"privately\">", "pssst"]);
    let change = ann.value("change").unwrap();
    let deletion = link(&ann.page, "Delete");
    let fields = [("to", "Bo"), ("change", &*change)];
    let answer = ann.sends(&[&fields[..], &[("text", "/psst")]].concat());
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo", "{}", ann.page);
    let heard = bo.hears_until(|line| line["type"] == "edit");
    assert_eq!((&heard["room"], &heard["text"]), (&json!(null), &json!("/psst")));
    ann.gets(answer.header("location").unwrap());
    has_in_order(&ann.page, &["(edited)", ">/psst<", "what?"]);
    ann.gets(&deletion);
    has_in_order(&ann.page, &["Delete this message?", "name=\"to\" value=\"Bo\"", "<bdi>/psst"]);
    let answer = ann.sends(&[&fields[..], &[("text", "/psst"), ("delete", "1")]].concat());
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo", "{}", ann.page);
    bo.hears_until(|line| line["type"] == "delete");
    ann.gets(answer.header("location").unwrap());
    has_in_order(&ann.page, &["Message deleted.", "what?"]);
    // Nobody can reply to it any more.
    let (_, deleted) = ann.page.split_once("Message deleted.").unwrap();
    let (above, _) = ann.page.split_once("Message deleted.").unwrap();
    let own = above.rsplit_once("(you)").map_or(above, |(_, own)| own);
    let (below, _) = deleted.split_once("<bdi>Bo</bdi>").unwrap_or((deleted, ""));
    assert!(!(own.contains("Reply") || below.contains("Reply")), "{}", ann.page);
    assert!(!ann.page.contains("/psst"), "{}", ann.page);
    // The message of another person is not changed.
    let answer = ann.sends(&[("to", "Bo"), ("change", "1"), ("text", "no")]);
    assert!(answer.status == 409 || answer.status == 422, "{}", ann.page);
    ann.gets("/r/lobby/history");
    assert!(ann.page.contains("<title>lobby - History - "), "{}", ann.page);
}

#[test]
fn a_private_talk_has_no_link_to_the_history_of_a_room() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/lobby/private", "/r/lobby/private?to=Bo"] {
        ann.gets(page);
        assert!(!ann.page.contains("/history"), "{page}: {}", ann.page);
    }
}

#[test]
fn whois_says_who_is_here_who_was_here_and_who_is_nobody() {
    let server = ServerProcess::start(&[]);
    let bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let whois = |ann: &mut Browser, name: &str| {
        ann.gets("/r/lobby");
        let answer = ann.sends(&[("text", &format!("/whois {name}"))]);
        assert_eq!(answer.status, 200, "{}", ann.page);
        let said = ann.page.clone();
        ann.gets(&format!("/r/lobby/private?to={name}"));
        said
    };
    assert!(whois(&mut ann, "Bo").contains("role=\"status\">Bo is here."));
    assert!(ann.page.contains("<bdi>Bo</bdi> is here."), "{}", ann.page);
    whois(&mut ann, "Nobody");
    assert!(ann.page.contains("Nobody has the name Nobody."), "{}", ann.page);
    assert!(!ann.page.contains("Only you and"), "{}", ann.page);
    let mut vic = Numbered::joins(server.addr, "Vic");
    drop(bo);
    vic.hears_who_is_gone();
    has_in_order(&whois(&mut ann, "Bo"), &["Bo is not here now", "Bo was last here at "]);
    has_in_order(&ann.page, &["<bdi>Bo</bdi> is not here now", "<bdi>Bo</bdi> was last here at "]);
    assert!(!ann.page.contains("is here."), "{}", ann.page);
}
