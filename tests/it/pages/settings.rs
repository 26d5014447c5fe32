//! How a person chooses the look of their pages and their name, by one form, without a script.

use crate::harness::browser::{Browser, has_in_order, leads_to};
use crate::harness::raw::{Answer, request};
use crate::harness::{Numbered, ServerProcess};

/// The checkboxes of the form as they are at first.
const TICKS: [(&str, &str); 3] = [("show", "1"), ("times", "yes"), ("comings", "yes")];

fn saves(browser: &mut Browser, room: &str, fields: &[(&str, &str)]) -> Answer {
    browser.gets(&format!("/settings?room={room}"));
    let was = browser.value("was").unwrap_or_default();
    let beside = [("room", room), ("was", was.as_str())];
    browser.saves(&[&beside, &TICKS[..], fields].concat())
}

/// A browser whose person has this name.
fn is_called(server: &ServerProcess, name: &str) -> Browser {
    let mut browser = Browser::opens(server.addr, "/r/lobby");
    browser.sends(&[("name", name), ("text", "here I am")]);
    browser.gets("/r/lobby");
    browser
}

#[test]
fn one_form_has_the_name_and_all_that_can_be_chosen() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/settings");
    assert!(!ann.page.contains("name=\"name\""), "a stranger has no name: {}", ann.page);
    assert_eq!(ann.page.matches("<button").count(), 1);
    ann = is_called(&server, "Ann");
    ann.gets("/settings?room=lobby");
    assert_eq!(ann.value("name").as_deref(), Some("Ann"));
    for field in
        ["secret", "theme", "size", "order", "comings", "times", "numbers", "way", "every", "lang"]
    {
        assert!(ann.page.contains(&format!("name=\"{field}\"")), "{field}: {}", ann.page);
    }
    assert_eq!(ann.page.matches("<button").count(), 1, "one signs out by a page that asks");
}

#[test]
fn whoever_saves_sees_the_settings_again_which_say_so_and_lead_back_to_the_room() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = is_called(&server, "Ann");
    let answer =
        saves(&mut ann, "kitchen", &[("name", "Anna"), ("secret", "fish"), ("theme", "dark")]);
    let page = "/settings?room=kitchen";
    assert_eq!((answer.status, answer.header("location")), (303, Some(page)), "a clean URL");
    let renamed = bo.hears("renamed");
    assert_eq!((&renamed["from"], &renamed["to"]), (&"Ann".into(), &"Anna".into()));
    ann.gets(answer.header("location").unwrap());
    let secret = "<bdi>Anna</bdi> has a new password.";
    let told =
        ["<p role=\"status\"><b>Saved.</b> ", secret, "href=\"/r/kitchen\">Back to kitchen</a>"];
    has_in_order(&ann.page, &[&told[..], &["value=\"Anna\"", "value=\"dark\" checked"]].concat());
    ann.gets(page);
    assert!(!ann.page.contains("Saved."), "it is said once: {}", ann.page);
    assert!(ann.page.contains("data-theme=\"dark\""), "{}", ann.page);
    ann.gets("/settings?room=lobby");
    assert_eq!(ann.value("name").as_deref(), Some("Anna"));
    // The secret gives the name back anywhere.
    assert_eq!(Numbered::joins(server.addr, "Anna#fish").name, "Anna");
    assert_ne!(Numbered::joins(server.addr, "Anna#cat").name, "Anna");
}

#[test]
fn what_the_live_page_does_not_use_stands_apart_and_says_so() {
    let server = ServerProcess::start(&[]);
    let mut ann = is_called(&server, "Ann");
    ann.gets("/settings?room=lobby");
    let of_both = ["\"name\"", "\"theme\"", "\"size\"", "\"lang\"", "\"numbers\"", "\"way\""];
    let of_plain = ["\"order\"", "\"comings\"", "\"times\""];
    let (both, plain) = ann.page.split_once("<h2>Pages without JavaScript</h2>").unwrap();
    for name in of_both {
        assert!(both.contains(&format!("name={name}")), "{name}: {both}");
    }
    for name in of_plain {
        assert!(!both.contains(&format!("name={name}")), "{name}: {both}");
        assert!(plain.contains(&format!("name={name}")), "{name}: {plain}");
    }
    assert!(
        both.contains(
            "&quot;Automatic&quot; uses JavaScript; in a browser without it, you refresh"
        ),
        "{both}"
    );
}

#[test]
fn a_browser_without_cookies_or_with_stored_copies_is_told_by_the_url() {
    let server = ServerProcess::start(&[]);
    let mut ann = is_called(&server, "Ann");
    let session = ann.cookie.clone().unwrap().replace("threadbare=", "s=");
    ann = ann.without_cookies();
    ann.gets(&format!("/settings?room=lobby&{session}"));
    let answer = ann.saves(&[&[("room", "lobby")], &TICKS[..]].concat());
    assert_eq!(leads_to(&answer), format!("/r/lobby?saved=1&{session}"));
    ann.gets(answer.header("location").unwrap());
    assert!(ann.page.contains("Saved."), "{}", ann.page);
    let links = format!(
        "POST /settings HTTP/1.1\r\nHost: {}\r\nUser-Agent: Links (2.28; Linux)\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10\r\n\r\nroom=lobby",
        server.addr
    );
    let answer = request(server.addr, &links);
    let to = answer.header("location").unwrap();
    assert!(to.starts_with("/settings?room=lobby&now="), "{answer:?}");
}

#[test]
fn a_name_that_cannot_be_had_is_told_and_the_rest_is_kept() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = is_called(&server, "Ann");
    let answer = saves(&mut ann, "lobby", &[("name", "Bo"), ("theme", "dark")]);
    assert_eq!(answer.status, 409);
    assert!(ann.page.contains("Bo is taken. Choose another name."), "{}", ann.page);
    assert_eq!(ann.value("name").as_deref(), Some("Bo"), "as it was typed");
    assert!(ann.page.contains("value=\"dark\" checked"), "{}", ann.page);
    assert!(ann.look.as_deref().unwrap().contains("theme=dark"));
    let answer = saves(&mut ann, "lobby", &[("name", "a/b"), ("lang", "zh")]);
    assert_eq!(answer.status, 422);
    assert!(ann.page.contains("不能使用此名字：名字里不能有字符“/”"), "{}", ann.page);
}

#[test]
fn no_other_page_s_form_changes_a_name() {
    let server = ServerProcess::start(&[]);
    let mut ann = is_called(&server, "Ann");
    let fields = [("room", "lobby"), ("show", "1"), ("name", "Fool"), ("key", "0")];
    ann.page.clear();
    assert_eq!(ann.saves(&fields).status, 403);
    ann.gets("/settings?room=lobby");
    assert_eq!(ann.value("name").as_deref(), Some("Ann"));
}

#[test]
fn a_form_from_before_quit_makes_nobody_and_says_what_to_do() {
    let server = ServerProcess::start(&[]);
    let mut vera = Numbered::joins(server.addr, "Vera");
    for keeps_cookies in [true, false] {
        let mut ann = is_called(&server, "Ann");
        if !keeps_cookies {
            let session = ann.cookie.clone().unwrap().replace("threadbare=", "s=");
            ann = ann.without_cookies();
            ann.gets(&format!("/settings?room=lobby&{session}"));
        } else {
            ann.gets("/settings?room=lobby");
        }
        let was = ann.value("was").unwrap();
        assert_eq!(was, "Ann", "{}", ann.page);
        let before = ann.page.clone();
        if keeps_cookies {
            ann.gets("/r/lobby");
        } else {
            ann.gets(&format!("/r/lobby?s={}", ann.value("s").unwrap()));
        }
        assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
        vera.hears_who_is_gone();
        ann.page.clone_from(&before);
        let fields = [("room", "lobby"), ("was", "Ann"), ("name", "Anna"), ("secret", "")];
        let answer = ann.saves(&[&fields[..], &TICKS[..], &[("theme", "dark")]].concat());
        assert_eq!(answer.status, 403, "{keeps_cookies}: {}", ann.page);
        assert!(ann.page.contains("You signed out, your session was renewed"), "{}", ann.page);
        assert!(ann.page.contains("Go back to the room and choose a name there."), "{}", ann.page);
        assert!(ann.cookie.is_none_or(|it| it == "threadbare="), "a session is made");
        vera.says("nobody came before this");
        let line = vera.hears_until(|line| line["type"] != "sent");
        assert_eq!(line["text"], "nobody came before this");
    }
}

#[test]
fn the_way_that_was_chosen_is_the_way_of_each_room_until_it_is_changed_back() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = is_called(&server, "Ann");
    let loads_again = "src=\"/r/kitchen/list?every=30";
    let to = leads_to(&ann.sends_to("/r/kitchen", &[("text", "soup is ready")]));
    ann.gets(&to);
    // A link in a message, or on another site, chooses nothing; neither does the link that a full
    // server offers for the moment.
    ann.gets("/r/kitchen?every=30");
    assert!(ann.page.contains(loads_again) && ann.look.is_none(), "{:?}", ann.look);
    ann.comes_from = Some(format!("http://{}/r/kitchen", server.addr));
    ann.gets("/r/kitchen?every=30&now=1");
    assert!(ann.page.contains(loads_again) && ann.look.is_none(), "{:?}", ann.look);
    ann.gets("/r/kitchen?every=30");
    assert!(ann.page.contains(loads_again), "{}", ann.page);
    assert!(ann.look.as_deref().unwrap().contains("way=every&every=30"));
    ann.gets("/r/kitchen");
    assert!(ann.page.contains(loads_again), "without being asked: {}", ann.page);
    // Older messages, search results and the list of private talks have no frame.
    for page in ["?before=5", "?find=soup", "/private", "/private?to=Bo&before=9"] {
        ann.gets(&format!("/r/kitchen{page}"));
        assert!(!ann.page.contains("<iframe"), "{page}");
    }
    ann.gets("/r/kitchen/private?to=Bo");
    assert!(ann.page.contains("src=\"/r/kitchen/list?to=Bo&amp;every=30\""), "{}", ann.page);
    ann.gets("/r/kitchen");
    ann.sends_to("/r/kitchen", &[("text", "half a thought"), ("to-plain", "Plain page")]);
    assert_eq!(ann.value("text").as_deref(), Some("half a thought"));
    assert!(!ann.page.contains("<iframe"), "{}", ann.page);
    ann.gets("/r/kitchen");
    assert!(!ann.page.contains("<iframe"), "it stays so: {}", ann.page);
    saves(&mut ann, "kitchen", &[("way", "stream")]);
    ann.gets("/r/kitchen");
    assert!(ann.page.contains("src=\"/r/kitchen/stream?as=html"), "{}", ann.page);
    saves(&mut ann, "kitchen", &[("way", "plain")]);
    let answer = ann.gets("/r/kitchen");
    // No script takes this page over, so the browser may keep it, with what was typed, for Back.
    assert_eq!(answer.header("cache-control"), Some("no-cache"));
    assert!(!ann.page.contains("<script") && !ann.page.contains("<iframe"), "{}", ann.page);
    saves(&mut ann, "kitchen", &[("way", "")]);
    ann.gets("/r/kitchen");
    assert!(ann.page.contains("<script"), "{}", ann.page);
}

#[test]
fn without_cookies_the_way_is_in_the_link_back() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby").without_cookies();
    let answer = ann.sends(&[("name", "Ann"), ("text", "here I am")]);
    ann.gets(answer.header("location").unwrap());
    let session = ann.value("s").unwrap();
    ann.gets(&format!("/settings?room=lobby&s={session}"));
    assert_eq!(ann.value("name").as_deref(), Some("Ann"));
    let form = [("room", "lobby"), ("show", "1"), ("way", "every"), ("every", "30")];
    let to = leads_to(&ann.saves(&form));
    assert_eq!(to, format!("/r/lobby?saved=1&every=30&s={session}"));
    ann.gets(&to);
    assert!(ann.page.contains("list?every=30"), "{}", ann.page);
    let other_rooms = format!("<a href=\"/r/lobby?every=30&amp;s={session}\"><bdi>lobby");
    assert!(ann.page.contains(&other_rooms), "{}", ann.page);
}

#[test]
fn what_has_no_tick_is_not_shown() {
    let server = ServerProcess::start(&[]);
    let mut ann = is_called(&server, "Ann");
    ann.gets("/settings?room=lobby");
    ann.saves(&[("room", "lobby"), ("show", "1"), ("numbers", "yes")]);
    let look = ann.look.clone().unwrap();
    assert!(look.ends_with("=times=no&numbers=yes&comings=no"), "{look}");
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("<time") && ann.page.contains("data-numbers=\"yes\""));
    ann.gets("/settings?room=lobby");
    assert_eq!(ann.page.matches("type=\"checkbox\"").count(), 3);
    assert_eq!(ann.page.matches("value=\"yes\" checked").count(), 1, "{}", ann.page);
}

#[test]
fn a_secret_in_a_form_is_digested_by_its_own_door_and_keeps_no_route() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut ann = is_called(&server, "Ann");
    // Each digest takes some ms of a core, and there are only four routes for all browsers.
    for number in 0..80 {
        let answer = ann.sends(&[("text", &format!("/name Ann#fish-{number}"))]);
        assert_eq!(answer.status, 303, "{}", ann.page);
        ann.gets("/r/lobby");
    }
    let routes = ["http-1", "http-2", "http-3", "http-4"];
    let routes: Vec<_> = routes.iter().flat_map(|name| server.threads_named(name)).collect();
    assert_eq!(routes.len(), 4);
    let ticks: u64 = routes.into_iter().map(|thread| server.cpu_ticks_of(thread)).sum();
    let all = server.cpu_ticks();
    assert!(ticks * 4 < all, "{ticks} ticks of {all}");
}

#[test]
fn whoever_may_not_come_in_has_no_secret_digested() {
    let ticks = |secret: &str| {
        let server = ServerProcess::start(&["--password", "sesame", "--rate", "0"]);
        let mut ann = Browser::at(server.addr);
        let (typed, name) = (format!("/name Ann{secret}"), format!("Ann{secret}"));
        for _ in 0..80 {
            for fields in [
                &[("text", typed.as_str())][..],
                &[("text", "hello"), ("name", &name)],
                &[("enter", "1"), ("name", &name)],
            ] {
                let answer = ann.sends(fields);
                assert_eq!(answer.status, 403, "{fields:?}: {}", ann.page);
                assert!(ann.page.contains("name=\"password\""), "{}", ann.page);
            }
        }
        server.cpu_ticks()
    };
    // A digest takes half a tick, and there were eighty of each kind. On a busy machine, the same
    // work takes sometimes more ticks, sometimes fewer.
    let mut more = Vec::new();
    while more.len() < 3 && more.iter().all(|ticks| *ticks >= 20) {
        more.push(ticks("#fish").saturating_sub(ticks("")));
    }
    assert!(more.iter().any(|ticks| *ticks < 20), "{more:?} ticks more with secrets");
}

#[test]
fn a_stranger_gives_the_secret_of_a_name_in_the_form_and_is_that_person() {
    let server = ServerProcess::start(&["--burst", "50"]);
    let mut ann = Numbered::joins(server.addr, "Ann#fish");
    let said = |browser: &mut Browser, name, secret: Option<&str>, text| {
        let mut fields = vec![("name", name), ("text", text)];
        fields.extend(secret.map(|secret| ("secret", secret)));
        browser.sends(&fields)
    };
    let mut phone = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(phone.value("secret"), None, "nobody is asked for one who needs none");
    for (name, secret) in [("Ann", None), ("Ann#soup", None), ("Ann", Some("soup"))] {
        let answer = said(&mut phone, name, secret, "hello");
        assert_eq!(answer.status, 409, "{}", phone.page);
        let is_wrong = secret.is_some() || name.contains('#');
        let why = if is_wrong {
            "not the password for this name"
        } else {
            "If it is yours, enter its password."
        };
        assert!(phone.page.contains(why), "{}", phone.page);
        assert!(phone.page.contains("name=\"secret\""), "{}", phone.page);
        assert_eq!(phone.value("text").as_deref(), Some("hello"));
        assert_eq!(phone.value("name").as_deref(), Some("Ann"), "no secret stands in a page");
    }
    assert_eq!(said(&mut phone, "Ann", Some("fish"), "from the phone").status, 303);
    let mut tablet = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(said(&mut tablet, "Ann#fish", None, "from the tablet").status, 303);
    for text in ["from the phone", "from the tablet"] {
        let line = ann.hears("message");
        assert_eq!((&line["from"], &line["text"]), (&"Ann".into(), &text.into()));
    }
    // The number of guesses is limited.
    let mut thief = Browser::opens(server.addr, "/r/lobby");
    let guesses: Vec<_> = (0..12)
        .map(|number| said(&mut thief, "Ann", Some(&format!("guess {number}")), "hi").status)
        .collect();
    assert!(guesses.starts_with(&[409; 7]), "{guesses:?}");
    assert!(guesses.ends_with(&[429; 2]), "{guesses:?}");
    assert_eq!(
        said(&mut thief, "Ann", Some("fish"), "hi").status,
        429,
        "not even with the right one"
    );
}

#[test]
fn pages_are_as_somebody_likes_them() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/kitchen");
    assert!(ann.page.contains("<a href=\"/settings?room=kitchen\">Settings"), "{}", ann.page);
    let chosen = "room=kitchen&theme=dark&size=xl&order=last&times=no&numbers=yes&lang=zh&every=30";
    let form = "Content-Type: application/x-www-form-urlencoded";
    let post = |body: &str| {
        let (addr, bytes) = (server.addr, body.len());
        let head = format!("Host: {addr}\r\n{form}\r\nContent-Length: {bytes}\r\n");
        request(addr, &format!("POST /settings HTTP/1.1\r\n{head}\r\n{body}"))
    };
    let answer = post(chosen);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/settings?room=kitchen"));
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    ann.cookie = Some(cookie);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["one", "two"] {
        bo.says(text);
        bo.hears("sent");
    }
    ann.gets("/r/lobby");
    let root = "<html lang=\"zh-Hans\" data-theme=\"dark\" data-size=\"xl\" data-times=\"no\" data-numbers=\"yes\"";
    assert!(ann.page.contains(root), "{}", ann.page);
    assert!(!ann.page.contains("<time"), "{}", ann.page);
    assert!(ann.page.contains("每 30 秒"), "{}", ann.page);
    assert_eq!(ann.numbers(), [1, 2], "the newest last");
    assert_eq!(ann.gets("/settings?room=kitchen").status, 200);
    let is_chosen = "value=\"dark\" checked";
    assert!(ann.page.contains(is_chosen), "{}", ann.page);
    // Default settings need no cookie.
    let usual = post("room=lobby&theme=&size=m&order=first&lang=");
    assert!(usual.header("set-cookie").unwrap().contains("Max-Age=0"), "{usual:?}");
    assert_eq!(leads_to(&post("theme=dark&room=%00")), "/settings?room=lobby");
}

#[test]
fn a_browser_in_a_terminal_is_offered_no_way_that_needs_frames_or_scripts_and_keeps_its_way() {
    let server = ServerProcess::start(&[]);
    let ann = is_called(&server, "Ann");
    let session = ann.cookie.unwrap();
    let page = |path: &str, agent: &str, look: &str| {
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {agent}\r\n\
             Cookie: {session}; threadbare-look={look}\r\n\r\n",
            server.addr
        );
        request(server.addr, &head).text()
    };
    for agent in ["w3m/0.5.3+git20230121", "Lynx/2.9.0dev.12", "ELinks/0.13.2", "Links (2.28; x)"] {
        let settings = page("/settings?room=lobby", agent, "way=every&every=20");
        for gone in ["Automatic", "type=\"radio\" name=\"way\"", "who joins and leaves"] {
            assert!(!settings.contains(gone), "{agent}, {gone}: {settings}");
        }
        assert_eq!(settings.matches("<legend>Show</legend>").count(), 1, "{agent}: {settings}");
        for kept in ["way\" value=\"every", "every\" value=\"20", "comings\" value=\"yes"] {
            let field = format!("type=\"hidden\" name=\"{kept}\"");
            assert!(settings.contains(&field), "{agent}, {field}: {settings}");
        }
        let room = page("/r/lobby", agent, "");
        assert!(!room.contains("to-live") && !room.contains("to-every"), "{agent}: {room}");
    }
    let settings = page("/settings?room=lobby", "NetSurf/3.10 (Linux)", "");
    assert!(settings.contains("Automatic"), "{settings}");
}

#[test]
fn who_only_chooses_a_look_sees_the_settings_again_too() {
    let server = ServerProcess::start(&[]);
    for is_somebody in [false, true] {
        let mut ann = Browser::opens(server.addr, "/r/lobby");
        if is_somebody {
            ann = is_called(&server, "Ann");
        }
        let name = is_somebody.then_some(("name", "Ann"));
        let fields: Vec<_> = [("theme", "dark")].into_iter().chain(name).collect();
        let answer = saves(&mut ann, "kitchen", &fields);
        assert_eq!(answer.header("location"), Some("/settings?room=kitchen"));
        ann.gets("/settings?room=kitchen");
        has_in_order(&ann.page, &["<b>Saved.</b>", "value=\"dark\" checked"]);
        ann.gets("/r/kitchen");
        assert!(!ann.page.contains("Saved."), "it is said once: {}", ann.page);
    }
}

#[test]
fn seconds_that_are_no_number_are_refused_at_their_field_and_nothing_is_lost() {
    let server = ServerProcess::start(&[]);
    let mut ann = is_called(&server, "Ann");
    let fields = [("name", "Anna"), ("theme", "dark"), ("way", "every"), ("every", "x")];
    assert_eq!(saves(&mut ann, "lobby", &fields).status, 422);
    let told = "<b>Type a number of seconds, from 5 to 600.</b>";
    let field = "name=\"every\" size=\"4\" value=\"x\"";
    has_in_order(&ann.page, &["value=\"dark\" checked", "value=\"every\" checked", field, told]);
    assert!(ann.page.contains(" autofocus aria-invalid=\"true\" aria-describedby=\"why\""));
    assert_eq!(ann.page.matches("role=\"alert\"").count(), 1, "{}", ann.page);
    assert_eq!(ann.value("name").as_deref(), Some("Anna"), "as it was typed");
    ann.gets("/settings?room=lobby");
    assert_eq!(ann.value("name").as_deref(), Some("Ann"), "nothing was saved");
    assert!(!ann.page.contains("value=\"dark\" checked"), "{}", ann.page);
    // Somebody without a session, in Chinese; and seconds that nobody asks for.
    let mut eve = Browser::opens(server.addr, "/settings?room=lobby");
    for way in ["every", ""] {
        let fields = [("lang", "zh"), ("way", way), ("every", "十")];
        assert_eq!(saves(&mut eve, "lobby", &fields).status, 422, "{way}");
        assert!(eve.page.contains("<b>请输入秒数，5 到 600 之间。</b>"), "{}", eve.page);
    }
    assert_eq!(saves(&mut eve, "lobby", &[("way", "every"), ("every", " 20 ")]).status, 303);
    assert!(eve.look.as_deref().unwrap().contains("way=every&every=20"), "{:?}", eve.look);
    assert_eq!(saves(&mut eve, "lobby", &[("way", "plain"), ("every", "")]).status, 303);
}
