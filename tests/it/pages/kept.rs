//! A page without a script keeps what was typed, says what is missing, and says nothing false.

use serde_json::json;

use super::elsewhere::{joins, says};
use crate::harness::browser::{Browser, has_in_order, link_without_time, somebody};
use crate::harness::{Numbered, ServerProcess};

/// The head of the page, with its links.
fn head(browser: &Browser) -> &str {
    browser.page.split("</header>").next().unwrap()
}

#[test]
fn whoever_signs_in_with_a_message_is_not_told_that_the_browser_keeps_no_cookies() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo#owl");
    let mut ann = Browser::opens(server.addr, "/r/lobby?sign-in=1");
    let form = [("enter", "sign-in"), ("name", "Bo"), ("secret", "owl"), ("text", "soup")];
    assert_eq!(ann.sends(&form).status, 200, "{}", ann.page);
    has_in_order(&ann.page, &["You are <bdi>Bo</bdi>.", "value=\"soup\""]);
    assert!(!ann.page.contains("keeps no cookies"), "{}", ann.page);
}

#[test]
fn whoever_signs_in_without_a_name_is_asked_for_it_and_becomes_nobody() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby?sign-in=1");
    for (secret, text) in [("", ""), ("owl", ""), ("owl", "soup")] {
        let form = [("enter", "sign-in"), ("name", ""), ("secret", secret), ("text", text)];
        assert_eq!(ann.sends(&form).status, 422, "{secret} {text}: {}", ann.page);
        has_in_order(&ann.page, &["Enter a name first.", "name=\"secret\"", "Sign in</button>"]);
        assert_eq!(ann.value("text").unwrap_or_default(), text, "{}", ann.page);
        assert_eq!(ann.cookie, None);
    }
    // The page of a session that has ended has the same button.
    ann.gets("/r/lobby/history");
    ann.cookie = Some(format!("threadbare={}", "0123456789abcdef".repeat(2)));
    ann.gets("/r/lobby/history");
    assert_eq!(ann.value("enter").as_deref(), Some("sign-in"), "{}", ann.page);
}

#[test]
fn whoever_signs_in_with_a_mistyped_name_becomes_nobody_and_is_told_so() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo#owl");
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    for (room, room_password, typo) in [("lobby", "", "Boo"), ("den", "soup", "Bow")] {
        let mut ann = Browser::opens(server.addr, &format!("/r/{room}?sign-in=1"));
        let typed = [("enter", "sign-in"), ("name", typo), ("secret", "owl"), ("text", "hi")];
        let form = [&typed[..], &[("room-password", room_password)]].concat();
        let to = format!("/r/{room}");
        assert_eq!(ann.sends_to(&to, &form).status, 422, "{}", ann.page);
        let told = format!("Nobody has the name {typo}.");
        has_in_order(&ann.page, &[&told, "Sign in</button>"]);
        assert_eq!(ann.value("name").as_deref(), Some(typo), "{}", ann.page);
        assert_eq!(ann.cookie, None);
        // With the right name it is the same person, and nobody has the mistyped one.
        let right = [("enter", "sign-in"), ("name", "Bo"), ("secret", "owl")];
        let right = [&right[..], &[("room-password", room_password)]].concat();
        assert_eq!(ann.sends_to(&to, &right).status, 303, "{}", ann.page);
        assert_eq!(Numbered::joins(server.addr, typo).name, typo);
    }
}

#[test]
fn a_mention_that_was_opened_is_told_no_more() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/lobby/now/1", "/r/trip/now/1"] {
        ann.gets(page);
    }
    says(&mut cid, "trip", "@Ann are you there?");
    ann.gets("/r/lobby/now/2");
    let told = "mentioned you in <bdi>trip</bdi>.";
    let (_, notice) = ann.page.split_once(told).unwrap();
    let open = link_without_time(notice, "Open");
    ann.gets(open.split('#').next().unwrap());
    assert!(ann.page.contains("are you there?"), "{}", ann.page);
    ann.gets("/r/lobby/now/3");
    assert!(!ann.page.contains(told), "{}", ann.page);
    says(&mut cid, "trip", "@Ann and now?");
    ann.gets("/r/lobby/now/4");
    assert!(ann.page.contains(told), "a newer one is told: {}", ann.page);
}

#[test]
fn who_and_whois_are_answered_on_the_page_where_they_were_typed() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for agent in [None, Some("w3m/0.5.3")] {
        ann.agent = agent.map(str::to_owned);
        ann.gets("/r/lobby");
        assert_eq!(ann.sends(&[("text", "/who")]).status, 200, "{}", ann.page);
        let told = "role=\"status\">2 here: ";
        has_in_order(&ann.page, &["<bdi>lobby</bdi>", told]);
        let (_, names) = ann.page.split_once(told).unwrap();
        let names = names.split('<').next().unwrap();
        assert!(names.contains("Ann") && names.contains("Bo"), "{names}");
        for (asked, told) in [("Bo", "Bo is here."), ("Dan", "Nobody has the name Dan.")] {
            let answer = ann.sends(&[("text", &format!("/whois {asked}"))]);
            assert_eq!(answer.status, 200, "{}", answer.head);
            has_in_order(&ann.page, &["<bdi>lobby</bdi>", &format!("role=\"status\">{told}")]);
            assert_eq!(ann.value("text").unwrap_or_default(), "", "{}", ann.page);
        }
    }
    // In a private talk, too.
    let asked = [("text", "/whois Ann"), ("to", "Bo")];
    assert_eq!(ann.sends(&asked).status, 200, "{}", ann.page);
    has_in_order(&ann.page, &["Private chat with <bdi>Bo</bdi>", "role=\"status\">Ann is here."]);
}

#[test]
fn each_page_with_a_link_to_the_private_talks_counts_the_new_ones() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.asks(json!({"type": "private", "to": "Ann", "text": "psst", "id": "1"}));
    bo.hears("sent");
    for page in [
        "/r/lobby",
        "/r/lobby/history",
        "/r/lobby?change=1",
        "/r/lobby?change=1&delete=1",
        "/r/lobby?find=hello",
    ] {
        ann.gets(page);
        assert!(head(&ann).contains(">Private (1)</a>"), "{page}: {}", head(&ann));
        assert!(!ann.page.contains("psst"), "{page}: {}", ann.page);
    }
}

#[test]
fn an_invite_that_has_ended_says_so_at_once() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "soup");
    let mut bo = Browser::at(server.addr);
    for room in ["den", "nowhere"] {
        bo.gets(&format!("/r/{room}/invite?code={}", "0123456789abcdef".repeat(2)));
        assert!(bo.page.contains("This invite is no longer valid."), "{}", bo.page);
        assert!(!bo.page.contains("name=\"name\""), "there is nothing to type: {}", bo.page);
    }
}

#[test]
fn a_new_password_of_a_locked_room_is_called_new() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.sends_to("/rooms", &[("room", "den"), ("room-password", "soup")]);
    ann.gets("/r/den");
    let set = ann.value("set").unwrap();
    let form = [("set", &*set), ("text", ""), ("room-password", "bread")];
    let answer = ann.sends_to("/r/den", &form);
    ann.gets(answer.header("location").unwrap());
    let told = ["role=\"status\">", "den has a new password.", "The room is in the list of rooms."];
    has_in_order(&ann.page, &told);
    // Both are told if both have changed.
    let form = [("set", &*set), ("text", ""), ("room-password", "crust"), ("hidden", "1")];
    let answer = ann.sends_to("/r/den", &form);
    ann.gets(answer.header("location").unwrap());
    has_in_order(&ann.page, &["den has a new password.", "The room is hidden."]);
    // A link to such a page says nothing false.
    ann.gets("/r/lobby?set=password");
    assert!(!ann.page.contains("new password."), "{}", ann.page);
}

/// *Edit* and *Delete* are buttons, so that the text in the field goes along and comes back.
#[test]
fn a_text_that_is_not_sent_yet_outlives_an_edit_and_a_deletion() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "frist");
    says(&mut bo, "@Ann", "psst");
    let half = "half a sentence";
    let field = format!("value=\"{half}\"");
    ann.gets("/r/lobby");
    for (button, heading) in [("edit-1", "Edit message"), ("delete-1", "Delete this message?")] {
        assert_eq!(ann.sends(&[("text", half), (button, "1")]).status, 200, "{}", ann.page);
        has_in_order(&ann.page, &[heading, "frist", "name=\"cancel\""]);
        assert_eq!(ann.value("kept").as_deref(), Some(half), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some("frist"), "{}", ann.page);
        // Who cancels has it again.
        let cancels = [("change", "1"), ("kept", half), ("text", "frist"), ("cancel", "Cancel")];
        assert_eq!(ann.sends(&cancels).status, 200, "{}", ann.page);
        has_in_order(&ann.page, &["<bdi>lobby</bdi>", &field]);
    }
    // An edit without a text keeps both.
    let empty = [("change", "1"), ("kept", half), ("text", "")];
    assert_eq!(ann.sends(&empty).status, 422, "{}", ann.page);
    assert_eq!(ann.value("kept").as_deref(), Some(half), "{}", ann.page);
    let edit = [("change", "1"), ("kept", half), ("text", "first")];
    assert_eq!(ann.sends(&edit).status, 200, "{}", ann.page);
    has_in_order(&ann.page, &["<bdi>lobby</bdi>", &field, ">first<"]);
    assert_eq!(bo.hears("edit")["text"], "first");
    let deletion = [("change", "1"), ("kept", half), ("text", "first"), ("delete", "1")];
    assert_eq!(ann.sends(&deletion).status, 200, "{}", ann.page);
    assert!(ann.page.contains(&field), "{}", ann.page);
    bo.hears("delete");
    // In a private talk it stays private.
    ann.gets("/r/lobby/private?to=Bo");
    ann.sends(&[("to", "Bo"), ("text", "a slip")]);
    ann.gets("/r/lobby/private?to=Bo");
    let (_, name) = ann.page.split_once("name=\"edit-").unwrap();
    let edit = format!("edit-{}", name.split('"').next().unwrap());
    ann.sends(&[("to", "Bo"), ("text", half), (&edit, "1")]);
    has_in_order(&ann.page, &["Edit message", "class=\"privately\"", "a slip"]);
    let change = ann.value("change").unwrap();
    let fields = [("to", "Bo"), ("change", &*change), ("kept", half), ("text", "no slip")];
    assert_eq!(ann.sends(&fields).status, 200, "{}", ann.page);
    has_in_order(&ann.page, &["Private chat with", &field, "no slip"]);
    // Without such a text, the next page is at its usual address.
    ann.gets("/r/lobby");
    ann.sends(&[("text", "second")]);
    ann.gets("/r/lobby");
    let (_, name) = ann.page.split_once("name=\"edit-").unwrap();
    let seq = name.split('"').next().unwrap().to_owned();
    ann.sends(&[("text", ""), (&format!("edit-{seq}"), "Edit")]);
    assert!(ann.page.contains(">Cancel</a>"), "{}", ann.page);
    assert_eq!(ann.sends(&[("change", &*seq), ("text", "third")]).status, 303, "{}", ann.page);
}

#[test]
fn an_empty_name_in_the_settings_is_called_empty() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    for (agent, name, secret) in
        [(None, "", ""), (Some("w3m/0.5.3"), "", ""), (Some("w3m/0.5.3"), " ", "owl")]
    {
        ann.agent = agent.map(str::to_owned);
        ann.gets("/settings?room=lobby");
        let form = [("show", "1"), ("room", "lobby"), ("was", "Ann"), ("name", name)];
        let form = [&form[..], &[("secret", secret)]].concat();
        assert_eq!(ann.saves(&form).status, 422, "{}", ann.page);
        has_in_order(&ann.page, &["role=\"alert\"><b>Enter a name first.</b>", "name=\"name\""]);
    }
}

#[test]
fn the_list_of_rooms_leads_back_to_the_room_from_which_one_came() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.sends_to("/rooms", &[("room", "den"), ("new-room", "1")]);
    ann.gets("/r/den");
    let (_, rest) = ann.page.split_once("href=\"/rooms").unwrap();
    let list = format!("/rooms{}", rest.split('"').next().unwrap().replace("&amp;", "&"));
    ann.gets(&list);
    assert!(link_without_time(&ann.page, "Back to den").starts_with("/r/den"), "{}", ann.page);
    // A mistake in the form does not change that.
    let from = ann.value("from").unwrap();
    assert_eq!(ann.sends_to("/rooms", &[("room", "a/b!"), ("from", &from)]).status, 422);
    assert!(ann.page.contains(">Back to den</a>"), "{}", ann.page);
}

#[test]
fn more_new_messages_than_the_page_shows_have_a_link_to_the_first() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/now/1");
    for number in 0..20 {
        bo.says(&format!("number {number}"));
        bo.hears("sent");
    }
    ann.gets("/r/lobby/now/2");
    has_in_order(&ann.page, &["20 new messages since your last visit"]);
    assert!(!ann.page.contains("First new message"), "it is on the page: {}", ann.page);
    for number in 20..68 {
        bo.says(&format!("number {number}"));
        bo.hears("sent");
    }
    ann.gets("/r/lobby/now/3");
    let first = link_without_time(&ann.page, "First new message");
    has_in_order(&ann.page, &["48 new messages since your last visit", "First new message"]);
    ann.gets(first.split('#').next().unwrap());
    has_in_order(&ann.page, &["number 20"]);
}

#[test]
fn a_stranger_takes_the_text_along_into_another_room() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    has_in_order(
        &ann.page,
        &["name=\"room\" size=\"20\" form=\"say\"", "name=\"go\" form=\"say\""],
    );
    ann.sends(&[("name", "Ann"), ("text", "soup"), ("room", "den"), ("go", "")]);
    assert_eq!(ann.value("text").as_deref(), Some("soup"), "{}", ann.page);
    assert_eq!(ann.value("name").as_deref(), Some("Ann"), "{}", ann.page);
    has_in_order(&ann.page, &["<bdi>den</bdi>", "action=\"/r/den"]);
}
