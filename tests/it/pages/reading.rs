//! A room is read on pages without a script: older messages, refreshes, the live page, links.

use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, link, somebody};
use crate::harness::raw::{get, request};
use crate::harness::{Data, Numbered, ServerProcess};

#[test]
fn a_browser_of_text_is_shown_nothing_that_is_meant_for_scripts() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::at(server.addr);
    let answer = ann.gets("/r/lobby");
    // links2 and elinks show each <link> that they do not know, before everything else.
    let known = ["rel=\"stylesheet\"", "rel=\"icon\"", "rel=\"apple-touch-icon\""];
    for link in ann.page.split("<link ").skip(1) {
        assert!(known.iter().any(|rel| link.starts_with(rel)), "{link}");
    }
    // A browser with scripts asks first for what its first look needs, and for nothing else early.
    let early = answer.header("link").unwrap();
    assert!(early.ends_with("/base.css>; rel=preload; as=style"), "{early}");
    assert_eq!(early.matches('<').count(), 1, "{early}");
}

#[test]
fn older_messages_are_a_page_each() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    (1..=60).for_each(|number| bo.says(&number.to_string()));
    bo.hears_over_any_connection_until(Numbered::is_answered);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let mut seen = ann.numbers();
    while let Some((_, rest)) = ann.page.split_once("href=\"/r/lobby?before=") {
        let before = rest.split_once('"').unwrap().0.to_owned();
        ann.gets(&format!("/r/lobby?before={before}"));
        seen.extend(ann.numbers());
    }
    assert_eq!(seen, (1..=60).rev().collect::<Vec<_>>());
    assert_eq!(get(server.addr, "/r/no/room").status, 404);
    assert_eq!(get(server.addr, "/r/a%2Fb").status, 404);
}

#[test]
fn a_page_is_loaded_again_by_itself_and_not_the_field_one_types_in() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(ann.page.contains("value=\"Every 10 s\""), "a stranger has it, too: {}", ann.page);
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby?every=7");
    assert!(ann.page.contains("<iframe class=\"stream\" src=\"/r/lobby/list?every=7&amp;log="));
    assert!(!ann.page.contains("http-equiv"), "{}", ann.page);
    // A frame whose list could not be loaded stays so, and a number of people would stay, too.
    // It is loaded again alone, so that a typed text stays in its field.
    let frame = "<a href=\"/r/lobby/list/now/";
    has_in_order(
        &ann.page,
        &[frame, "target=\"messages\">Reload if it stops</a>", "name=\"messages\""],
    );
    let again = link(&ann.page.replace(" target=\"messages\"", ""), "Reload if it stops");
    ann.gets(&again);
    let words = "This list updates every 7 seconds. To reply or delete: <a";
    has_in_order(&ann.page, &["content=\"7\"", words, ">Plain page</a>", "first"]);
    ann.gets("/r/lobby?every=7");
    let before_rooms = ann.page.split("<table").next().unwrap();
    assert!(!before_rooms.contains("1 here") && before_rooms.contains(">People<"), "{}", ann.page);
    let every = ann.value("every").unwrap();
    let answer = ann.sends(&[("text", "second"), ("every", &every)]);
    assert!(answer.header("location").unwrap().ends_with("?every=7"));
    for (query, seconds) in [("?every=7", 7), ("?every=1", 5), ("?every=soon", 10), ("", 10)] {
        ann.gets(&format!("/r/lobby/list{query}"));
        let again = format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">");
        assert!(ann.page.contains(&again), "{}", ann.page);
        assert_eq!(ann.numbers(), [2, 1]);
        assert!(!ann.page.contains("<input") && !ann.page.contains("<script"), "{}", ann.page);
    }
}

#[test]
fn a_live_page_has_the_stream_in_a_frame_and_stays_one() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(!ann.page.contains("to-live"), "whoever listens is somebody: {}", ann.page);
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("name=\"to-live\" value=\"Live\""), "{}", ann.page);
    let answer = ann.gets("/r/lobby?live=1");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src 'self'"), "{policy}");
    let frame = "<iframe class=\"stream\" src=\"/r/lobby/stream?as=html&amp;after=";
    assert!(ann.page.contains(frame), "{}", ann.page);
    // A browser without frames shows what is in the frame: the messages of now.
    let (_, frame) = ann.page.split_once(frame).unwrap();
    let (shown, rest) = frame.split_once("</iframe>").unwrap();
    has_in_order(shown, &["This browser cannot update the page by itself", "Refresh</a>", "first"]);
    assert!(!rest.contains("first"), "the frame has the messages");
    let answer = ann.sends(&[("text", "second"), ("live", "1")]);
    assert!(answer.header("location").unwrap().ends_with("?live=1"));
    assert_eq!(ann.value("live").as_deref(), Some("1"));
}

#[test]
fn an_address_is_a_link_and_no_other_place_is_told_the_session() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("see http://example.org/?a=1&b=2.");
    bo.hears("sent");
    let mut ann = Browser::opens(server.addr, "/r/lobby").without_cookies();
    assert!(ann.page.contains("<a href=\"http://example.org/?a=1&amp;b=2\""), "{}", ann.page);
    let answer = ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets(answer.header("location").unwrap());
    let out = "/out?to=http%3A%2F%2Fexample.org%2F%3Fa%3D1%26b%3D2";
    assert!(ann.page.contains(&format!("<a href=\"{out}\"")), "{}", ann.page);
    let page = get(server.addr, out);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let link = "<a href=\"http://example.org/?a=1&amp;b=2\" rel=\"noopener noreferrer";
    assert!(page.text().contains(link), "{}", page.text());
    for nowhere in ["/out", "/out?to=", "/out?to=javascript:alert(1)", "/out?to=%2F%2Fexample.org"]
    {
        assert_eq!(get(server.addr, nowhere).status, 404, "{nowhere}");
    }
}

#[test]
fn the_first_load_without_a_script_is_under_six_kilobytes() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let names = ["Ann", "Bo", "Cleo", "Dave"];
    let mut people = names.map(|name| Numbered::joins(server.addr, name));
    let words = "the kettle is on and second box answers again after a night of rain while Bo \
        looks at his heater which dips every evening about four so that nobody knows why it \
        should be warm in kitchen before breakfast unless someone has left window open";
    let words: Vec<_> = words.split_whitespace().collect();
    for number in 0..limits::PAGE_LINES {
        // Some 140 characters each, no two alike.
        let text: Vec<_> =
            (0..28).map(|word| words[(number * 7 + word * (number + 3)) % words.len()]).collect();
        people[number % 4].says_each(&[&text.join(" ")]);
    }
    let bytes = |path: &str| {
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {{host}}\r\nAccept-Encoding: gzip\r\n\r\n");
        let answer = request(server.addr, &head);
        assert_eq!(
            (answer.status, answer.header("content-encoding")),
            (200, Some("gzip")),
            "{path}"
        );
        answer.head.len() + answer.body.len()
    };
    let page = get(server.addr, "/r/lobby").text();
    assert_eq!(page.matches("<li value=").count(), limits::PAGE_LINES);
    let style = |name: &str| {
        let (before, _) = page.split_once(&format!("/{name}\"")).unwrap();
        format!("{}/{name}", before.rsplit_once('"').unwrap().1)
    };
    assert_eq!(page.matches("rel=\"stylesheet\"").count(), 1, "{page}");
    let loads = ["/r/lobby".to_owned(), style("base.css")].map(|path| bytes(&path));
    // Browsers with pictures load the icon too, after everything else.
    let icon = bytes("/favicon.svg");
    eprintln!("page, style: {loads:?} bytes; icon: {icon}");
    assert!(loads.iter().sum::<usize>() < 6 * 1024, "{loads:?}");
    assert!(icon < 600, "{icon}");
}

#[test]
fn each_day_stands_once_and_the_first_one_names_the_zone() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(!ann.page.contains("Times are"), "there are no times: {}", ann.page);
    for text in ["one", "two", "three"] {
        ann.sends(&[("name", "Ann"), ("text", text)]);
        ann.gets("/r/lobby");
    }
    for page in ["/r/lobby", "/r/lobby/history", "/r/lobby?find=two", "/r/lobby/list?every=30"] {
        ann.gets(page);
        assert_eq!(ann.page.matches("class=\"day\"").count(), 1, "{page}: {}", ann.page);
        assert_eq!(ann.page.matches("Times are").count(), 1, "{page}: {}", ann.page);
        has_in_order(&ann.page, &["class=\"day\"", "Times are", "<li value=\"2\""]);
    }
    // Without its list the page has no day, and names the zone at its foot.
    ann.gets("/r/lobby?live=1");
    assert!(ann.page.contains("<footer><p><small>Times are"), "{}", ann.page);
}

/// A page that is loaded every few seconds over a slow line.
#[test]
fn a_page_that_loads_itself_again_weighs_six_kilobytes_at_most() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    for number in 0..13 {
        let text = format!("{number} of them: the box in the cellar dips every night at {number}");
        ann.sends(&[("name", "Ann"), ("text", &text)]);
        ann.gets("/r/lobby");
        bo.says(&text);
        bo.hears_until(|line| line["type"] == "sent");
    }
    ann.gets("/r/lobby/list?every=5");
    assert_eq!(ann.numbers().len(), 25);
    assert!(ann.page.len() <= 6 * 1024, "{} bytes: {}", ann.page.len(), ann.page);
    let cookie = ann.cookie.clone().unwrap();
    let packed = request(
        server.addr,
        &format!(
            "GET /r/lobby/list?every=5 HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\n\
             Accept-Encoding: gzip\r\nCookie: {cookie}\r\n\r\n",
            server.addr
        ),
    );
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert!(packed.body.len() <= 2 * 1024, "{} bytes", packed.body.len());
    // A page with a form of the session is never packed.
    let whole = request(
        server.addr,
        &format!(
            "GET /r/lobby HTTP/1.1\r\nHost: {}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n\
             Cookie: {cookie}\r\n\r\n",
            server.addr
        ),
    );
    assert_eq!(whole.header("content-encoding"), None);
}

#[test]
fn where_the_newest_message_is_the_last_one_the_ways_lead_to_it() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "first");
    assert!(!ann.page.contains("#end") && !ann.page.contains("id=\"end\""), "{}", ann.page);
    ann.saves(&[("order", "last"), ("show", "1"), ("times", "yes"), ("comings", "yes")]);
    let answer = ann.sends(&[("text", "second")]);
    let to = answer.header("location").unwrap();
    assert!(to.ends_with("#end"), "{to}");
    ann.gets(to.trim_end_matches("#end"));
    has_in_order(
        &ann.page,
        &["second", "<p id=\"end\">", "action=\"/r/lobby#end\"", "href=\"#end\">Newest messages"],
    );
    ann.gets("/r/lobby?every=10");
    assert!(frame_of(&ann.page).ends_with("#end"), "{}", ann.page);
}

fn frame_of(page: &str) -> &str {
    let (_, frame) = page.split_once("<iframe class=\"stream\" src=\"").unwrap();
    frame.split('"').next().unwrap()
}

#[test]
fn whoever_comes_by_a_link_to_a_message_can_write_and_sees_how_many_are_here() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["first", "second"]);
    let mut ann = Browser::opens(server.addr, "/r/lobby?at=1");
    has_in_order(&ann.page, &["1 here</a>", "name=\"name\"", "name=\"text\"", "first"]);
    assert_eq!(ann.sends(&[("name", "Ann"), ("text", "I read it")]).status, 303, "{}", ann.page);
    bo.hears_until(|line| line["text"] == "I read it" && line["from"] == "Ann");
    ann.gets("/r/lobby?at=1");
    has_in_order(&ann.page, &["2 here</a>", "name=\"text\"", "Send", "first"]);
    assert!(!ann.page.contains("name=\"name\""), "{}", ann.page);
    // The history is for reading.
    ann.gets("/r/lobby/history");
    assert!(!ann.page.contains("name=\"text\""), "{}", ann.page);
}
