//! The glass box: what the server shows of its own threads, queues and counters.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::harness::raw::{Answer, get, posts, request};
use crate::harness::{Console, Numbered, ServerProcess, eventually};

fn look(server: &ServerProcess) -> Value {
    let answer = get(server.addr, "/glass?as=json");
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.text()).unwrap()
}

/// The names of the threads, as a look shows them.
fn names(look: &Value) -> BTreeSet<String> {
    let threads = look["threads"].as_array().unwrap().iter();
    threads.map(|thread| thread["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_server_without_the_flag_has_no_glass_box() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/glass").status, 404);
}

#[test]
fn a_client_s_two_threads_are_seen_with_the_call_that_each_sleeps_in() {
    let server = ServerProcess::start(&["--glass"]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let thread = |name: &str| {
        let threads = look(&server)["threads"].clone();
        let found = threads.as_array().unwrap().iter().find(|thread| thread["name"] == name);
        found.cloned().unwrap_or_default()
    };
    eventually("the reader waits for bytes", || thread("r-1")["call"] == "recvfrom");
    eventually("the writer waits for work", || thread("w-1")["call"] == "futex");
    assert!(thread("w-1")["waits_for"].as_str().unwrap().starts_with("its outbox"));
    let shown = look(&server);
    let kernel: BTreeSet<String> = fs::read_dir(format!("/proc/{}/task", shown["pid"]))
        .unwrap()
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect();
    let fixed = |names: &BTreeSet<String>| {
        let stay = names.iter().filter(|name| *name != "door" && *name != "parked");
        stay.cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(fixed(&names(&shown)), fixed(&kernel));
    assert_eq!(shown["outboxes"][0]["client"], 1);
    assert_eq!(shown["limits"]["clients"]["taken"], 1);
}

#[test]
fn with_a_password_others_may_look_too() {
    let server = ServerProcess::start(&["--glass-for", "fish"]);
    let stranger = get(server.addr, "/glass");
    assert_eq!(stranger.status, 401, "{}", stranger.text());
    let asked = stranger.header("WWW-Authenticate").unwrap_or_default();
    assert!(asked.starts_with("Basic realm="), "{asked}");
    let head = "GET /glass HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic OmZpc2g=\r\n\r\n";
    assert_eq!(request(server.addr, head).status, 200);
}

#[test]
fn the_text_fits_a_terminal_and_says_who_must_look_from_where() {
    let server = ServerProcess::start(&["--glass"]);
    let answer = get(server.addr, "/glass");
    for line in answer.text().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_eq!(posts(server.addr, "/glass", "text/plain", "").status, 405);
}

#[test]
fn under_load_the_glass_box_says_what_the_kernel_says() {
    let server = ServerProcess::start(&["--glass"]);
    let url = format!("http://{}/", server.addr);
    let chat = format!("ws://{}/chat", server.addr);
    let crowd = ["crowd", &chat, "--people", "20", "--rate", "200", "--for", "4s"];
    let crowd = Console::runs(&crowd, &[]);
    let check = ["glass", "--check", &url, "--looks", "200"];
    let outcome = Console::runs(&check, &[]).waits();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    crowd.waits();
    let counters = look(&server)["counters"].clone();
    assert!(counters["express"].as_u64().unwrap() > 1000, "{counters}");
}

/// What a browser gets at this address, as the server sends it.
fn page(server: &ServerProcess, target: &str) -> Answer {
    let head = format!("Host: {}\r\nAccept: text/html,*/*;q=0.8\r\n", server.addr);
    request(server.addr, &format!("GET {target} HTTP/1.1\r\n{head}\r\n"))
}

#[test]
fn a_browser_gets_a_page_with_the_same_facts_and_the_address_can_ask_for_the_text() {
    let server = ServerProcess::start(&["--glass"]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let answer = page(&server, "/glass");
    let html = answer.text();
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let look = look(&server);
    for name in names(&look) {
        let is_row = html.contains(&format!("<th scope=\"row\">{name}</th>"));
        assert!(is_row || name == "door" || name == "parked", "{name} has no row");
    }
    for part in ["broadcast", "unregister", "clients", "doors", "recvfrom", "its inboxes"] {
        assert!(html.contains(part), "{part}");
    }
    assert!(html.contains(&format!("ls /proc/{}/task", look["pid"])), "the proof");
    assert!(page(&server, "/glass?as=text").text().starts_with("threadbare "));
    assert!(get(server.addr, "/glass").text().starts_with("threadbare "), "curl gets the text");
    let reload = "<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>";
    assert!(!html.contains("refresh\" content"), "nobody asked for that");
    assert!(page(&server, "/glass?every=2").text().contains(reload));
}

#[test]
fn the_page_has_the_policy_of_the_chat_s_pages_and_no_word_of_anybody() {
    let server = ServerProcess::start(&["--glass"]);
    let mut bo = Numbered::joins(server.addr, "Boadicea");
    bo.says("an unheard-of word");
    bo.hears("sent");
    let glass = page(&server, "/glass");
    let policy = glass.header("content-security-policy").unwrap();
    let of_chat = page(&server, "/r/lobby");
    let of_chat = of_chat.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "style-src 'self'", "script-src 'self'", "base-uri 'none'"] {
        assert!(policy.contains(part) && of_chat.contains(part), "{part}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    assert!(glass.body.len() < 32 * 1024, "{} bytes for one client", glass.body.len());
    for (kind, text) in ["page", "text", "json"]
        .map(|kind| (kind, page(&server, &format!("/glass?as={kind}")).text()))
    {
        for word in ["Boadicea", "unheard-of", "lobby", "127.0.0.1", &bo.token] {
            assert!(!text.contains(word), "{kind} has {word}");
        }
    }
    assert!(!glass.text().contains(" style="), "the policy forbids it");
}

#[test]
fn the_page_s_own_files_are_there_and_small() {
    let server = ServerProcess::start(&["--glass"]);
    let html = page(&server, "/glass").text();
    let files: Vec<_> = html.split('"').filter(|part| part.contains("/glass/glass.")).collect();
    assert_eq!(files.len(), 2, "a style and a script: {files:?}");
    let folder = files[1].trim_end_matches("glass.js");
    let others = ["strips.js", "threads.js", "follow.js", "predict.js", "replay.js"];
    let others = others.map(|name| format!("{folder}{name}"));
    let mut bytes = 0;
    for file in files.iter().map(|file| (*file).to_owned()).chain(others) {
        let head = format!("Host: {}\r\nAccept-Encoding: gzip\r\n", server.addr);
        let answer = request(server.addr, &format!("GET {file} HTTP/1.1\r\n{head}\r\n"));
        assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("gzip")));
        bytes += answer.body.len();
    }
    assert!(bytes < 16 * 1024, "{bytes} bytes");
    // The room's page names none of them.
    assert!(!page(&server, "/r/lobby").text().contains("glass"));
}

#[test]
fn the_game_about_schedules_is_a_page_without_scripts_whose_address_is_the_schedule() {
    let server = ServerProcess::start(&["--glass"]);
    let addresses =
        ["", "?level=2", "?level=1&run=aaabbbba", "?level=3&cured=1&run=baabb", "?level=2&run=abb"];
    for address in addresses {
        let answer = page(&server, &format!("/glass/schedule{address}"));
        let html = answer.text();
        assert_eq!(answer.status, if address.ends_with("=abb") { 400 } else { 200 }, "{address}");
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert!(!html.contains("<script") && !html.contains(" style="), "{html}");
        is_well_formed(&html);
    }
    let broken = page(&server, "/glass/schedule?level=1&run=aaabbbba").text();
    assert!(broken.contains("Broken: you win."), "{broken}");
    assert!(page(&server, "/glass").text().contains("href=\"/glass/schedule\""));
}

/// Fails unless each element that begins in a page ends there, in the right order, each heading of
/// a table says what it is for, and no name is given twice.
fn is_well_formed(html: &str) {
    let mut open = Vec::new();
    let mut ids = BTreeSet::new();
    for tag in html.split('<').skip(1).map(|part| part.split_once('>').unwrap().0) {
        let name = tag.split(' ').next().unwrap();
        if let Some(id) = tag.split(" id=\"").nth(1) {
            assert!(ids.insert(id.split('"').next()), "{tag}");
        }
        assert!(name != "th" || tag.contains("scope="), "{tag}");
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{html}"),
            None if ["!DOCTYPE", "meta", "link"].contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn what_is_in_the_address_of_the_game_comes_out_as_text() {
    let server = ServerProcess::start(&["--glass"]);
    let evil = "%3Cb%20id%3D%22x%22%3E%26%E2%80%AE%0A";
    for address in ["level=", "level=1&cured=", "level=1&run=a"].map(|it| format!("{it}{evil}")) {
        let answer = page(&server, &format!("/glass/schedule?{address}"));
        let html = answer.text();
        assert_eq!(answer.status, 400, "{address}");
        assert!(html.contains("The address is wrong.") && html.contains("\u{201c}&lt;"), "{html}");
        assert!(!html.contains("<b id") && !html.contains('\u{202e}'), "{html}");
        is_well_formed(&html);
    }
    let long = format!("/glass/schedule?level=2&cured=1&run={}", "a".repeat(5000));
    let answer = page(&server, &long);
    assert!(answer.status == 400 && answer.text().contains("at most 64 letters"), "{answer:?}");
    assert!(answer.body.len() < 16 * 1024, "{} bytes", answer.body.len());
}

#[test]
fn nobody_looks_through_a_proxy_whatever_the_proxy_s_header_says() {
    let server = ServerProcess::start(&["--glass"]);
    for path in ["/glass", "/glass/schedule", "/glass/follow"] {
        for header in [
            "Via: 1.1 proxy",
            "X-Forwarded-For: 192.0.2.1",
            "x-forwarded-for: \u{e9}, 192.0.2.1",
            "X-Real-IP: ",
            "Forwarded: for=192.0.2.1",
        ] {
            let asked = format!("GET {path} HTTP/1.1\r\nHost: {{host}}\r\n{header}\r\n\r\n");
            assert_eq!(request(server.addr, &asked).status, 404, "{path}, {header}");
        }
    }
}

/// Asks for the way of a message as the person with this session; a `form` is sent to it first.
fn follows(server: &ServerProcess, token: &str, form: &str) -> Value {
    let head = format!("Host: {}\r\nCookie: threadbare={token}\r\n", server.addr);
    if !form.is_empty() {
        let kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length:";
        let sent =
            format!("POST /glass/follow HTTP/1.1\r\n{head}{kind} {}\r\n\r\n{form}", form.len());
        assert_eq!(request(server.addr, &sent).status, 303, "{form}");
    }
    let answer = request(server.addr, &format!("GET /glass/follow HTTP/1.1\r\n{head}\r\n"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn a_person_s_next_message_is_followed_by_every_way_it_can_come_and_only_for_that_person() {
    let server = ServerProcess::start(&["--glass"]);
    let (mut ann, mut bo) =
        (Numbered::joins(server.addr, "Ann"), Numbered::joins(server.addr, "Bo"));
    assert_eq!(follows(&server, &"0".repeat(31), "act=follow")["has_session"], false);
    // A session that is nobody's follows nothing.
    assert_eq!(follows(&server, &"0".repeat(32), "act=follow")["waits"], true);
    assert_eq!(follows(&server, &ann.token, "act=follow")["waits"], true);
    bo.says("from Bo");
    bo.hears("sent");
    assert_eq!(follows(&server, &ann.token, "")["waits"], true, "Bo's is not Ann's");
    ann.says("an unheard-of word");
    ann.hears("sent");
    eventually("the steps", || follows(&server, &ann.token, "")["last"] != Value::Null);
    let seen = follows(&server, &ann.token, "");
    let steps = seen["last"]["steps"].as_array().unwrap();
    let names: Vec<_> = steps.iter().map(|step| step["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["read", "asked", "taken", "decided", "first", "last", "writer", "kept"]);
    let times: Vec<_> = steps.iter().map_while(|step| step["at_ns"].as_u64()).collect();
    assert!(times.len() == 6 && times.is_sorted() && times[0] == 0, "{seen}");
    assert_eq!(steps[7]["why_not"], "this server stores nothing");
    assert_eq!((seen["last"]["clients"].as_u64(), &seen["waits"]), (Some(2), &Value::Bool(false)));
    for word in ["Ann", "unheard-of", "lobby", "127.0.0.1", &ann.token] {
        assert!(!seen.to_string().contains(word), "{word}: {seen}");
    }
    assert_eq!(follows(&server, &bo.token, "")["last"], Value::Null);
    assert_eq!(follows(&server, &"0".repeat(32), "")["last"], Value::Null);
    // A message without a connection of its own has no reader.
    follows(&server, &ann.token, "act=follow");
    let post = format!("Authorization: Bearer {}\r\nHost: {}", ann.token, server.addr);
    let body = "by a program";
    let post = format!(
        "POST /r/lobby HTTP/1.1\r\n{post}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(request(server.addr, &post).status, 200);
    eventually("the steps without a reader", || {
        follows(&server, &ann.token, "")["last"]["steps"][0]["name"] == "asked"
    });
    assert_eq!(follows(&server, &ann.token, "act=dismiss")["last"], Value::Null);
}

#[test]
fn the_game_is_there_only_with_the_flag_and_takes_only_a_get() {
    let server = ServerProcess::start(&["--glass"]);
    assert_eq!(get(server.addr, "/glass/schedule").status, 200);
    assert_eq!(posts(server.addr, "/glass/schedule", "text/plain", "").status, 405);
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/glass/schedule").status, 404);
    assert_eq!(get(server.addr, "/glass/follow").status, 404);
}
