//! Streams: clients that only listen, over plain HTTP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::raw::{Connection, asks, get, listens, narrow, request};
use crate::harness::tls_relay::held_bytes_max;
use crate::harness::{Data, Numbered, ServerProcess, Signal, more_write_wait};

/// The number of the last event with an id.
fn last_id(events: &str) -> String {
    let mut ids = events.lines().filter_map(|line| line.strip_prefix("id: "));
    ids.next_back().unwrap().to_owned()
}

#[test]
fn curl_hears_the_room_line_by_line() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("before");
    bo.hears("sent");
    let mut curl = listens(server.addr, "", "Accept: */*\r\n");
    let head = curl.hears("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Content-Type: text/plain; charset=utf-8"), "{head}");
    assert!(head.contains("Connection: close") && !head.contains("Content-Length"), "{head}");
    curl.hears("* you are guest-");
    curl.hears("* this is lobby, 2 here\nBo: before\n");
    let joined = bo.hears_until(|line| line["type"] == "presence");
    assert_eq!(joined["here"], true);
    bo.says("a\u{1b}[2Jb\nc");
    assert_eq!(curl.hears("\n"), "Bo: a[2Jb c\n", "nothing moves a terminal's cursor");
    drop(curl);
    server.waits_for_threads(&["parked", "parked", "r-1", "w-1"]);
}

/// A page's links are many times what was typed, and no two streams share them.
#[test]
fn streams_of_pages_that_nobody_reads_take_little_memory_and_are_told_all_the_same() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let head = format!("GET /r/lobby/stream?as=html HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    let mut streams: Vec<_> = (0..8).map(|_| Connection::over(narrow(server.addr))).collect();
    for stream in &mut streams {
        stream.sends(head.as_bytes()).hears("<ol>");
        bo.hears_until(|line| line["type"] == "presence" && line["here"] == true);
    }
    let before = server.memory_kib("VmRSS");
    for _ in 0..300 {
        bo.says(&"#1 ".repeat(1365));
        bo.hears("sent");
    }
    bo.says("the last of all");
    bo.hears("sent");
    let taken = server.memory_kib("VmRSS").saturating_sub(before);
    assert!(taken < 6 * 1024, "{taken} KiB for 8 streams");
    streams.pop().unwrap().hears("the last of all");
}

#[test]
fn a_poll_whose_answer_nobody_reads_does_not_keep_the_server_from_ending() {
    let mut server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for _ in 0..300 {
        bo.says(&"x".repeat(4000));
        bo.hears("sent");
    }
    let after = format!("{}.1", bo.view("lobby").epoch());
    let mut poll = Connection::over(narrow(server.addr));
    let path = format!("/r/lobby/poll?wait=0&after={after}");
    poll.sends(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr).as_bytes());
    poll.hears("\r\n\r\n");
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success(), "its answer takes half a minute, and an end five seconds");
}

#[test]
fn events_say_where_they_are_and_go_on_there() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = listens(server.addr, "", "Accept: text/event-stream\r\n");
    let head = ann.hears("\r\n\r\n");
    assert!(head.contains("Content-Type: text/event-stream"), "{head}");
    let hello = ann.hears("\"type\":\"caught-up\"");
    assert!(hello.starts_with("data: {\"type\":\"welcome\""), "{hello}");
    bo.says("one");
    let heard = ann.hears("\"text\":\"one\"");
    ann.hears("\n\n");
    drop(ann);
    bo.says("two");
    bo.hears_until(|line| line["text"] == "two");
    let back = format!("Accept: text/event-stream\r\nLast-Event-ID: {}\r\n", last_id(&heard));
    let mut ann = listens(server.addr, "", &back);
    let missed = ann.hears("\"text\":\"two\"");
    assert!(!missed.contains("\"text\":\"one\""), "nothing twice: {missed}");
    // The next life of the server knows the number, too.
    let back = format!("?as=events&after={}", last_id(&missed));
    drop((ann, bo));
    let server = data.after_a_crash(server);
    let mut ann = listens(server.addr, &back, "");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("three");
    let missed = ann.hears("\"text\":\"three\"");
    assert!(!missed.contains("\"text\":\"two\""), "nothing twice: {missed}");
}

#[test]
fn a_page_without_an_end_has_each_line_with_its_number() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut page = listens(server.addr, "", "Accept: text/html\r\nAccept-Language: en\r\n");
    let head = page.hears("\r\n\r\n");
    assert!(head.contains("Content-Security-Policy: default-src 'none'"), "{head}");
    assert!(page.hears("<ol>").contains("<html lang=\"en\">"));
    // What the page shows if no ping comes for a while.
    assert!(page.hears("</li>").contains("<li class=\"beat\" hidden>Live updates have stopped."));
    bo.says("<b>hello</b>");
    let heard = page.hears("</li>");
    assert!(heard.contains("value=\"1\" id=\"m1\""), "{heard}");
    assert!(heard.contains("&lt;b&gt;hello&lt;/b&gt;"), "{heard}");
    bo.asks(serde_json::json!({"type": "leave", "room": "lobby"}));
    page.hears("Bo left");
    // Where pings are far apart, their absence tells nothing.
    let server = ServerProcess::start(&["--ping-interval", "2m", "--pong-timeout", "3m"]);
    let mut page = listens(server.addr, "", "Accept: text/html\r\nAccept-Language: en\r\n");
    Numbered::joins(server.addr, "Bo").says("hello");
    assert!(!page.hears("hello").contains("beat"));
}

#[test]
fn a_page_without_an_end_tells_what_a_crash_has_skipped_and_that_a_log_is_new() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("one");
    bo.hears("sent");
    let after = format!("?as=html&after={}.{}", bo.view("lobby").epoch(), bo.last("lobby"));
    let server = data.after_a_crash(server);
    let mut ann = listens(server.addr, &after, "Accept-Language: en\r\n");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("two");
    let heard = ann.hears("two");
    assert!(
        heard.contains("The server restarted, or its disk failed. Numbering continues at "),
        "{heard}"
    );
    assert!(!heard.contains("started a new history"), "{heard}");
    let another =
        listens(server.addr, "?as=html&after=0000000000000007.3", "Accept-Language: zh\r\n")
            .hears("two");
    assert!(another.contains("服务器启用了新记录，之前的消息不在这里。"), "{another}");
}

#[test]
fn the_frame_of_a_live_page_has_what_was_said_before_a_crash_and_after_it() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["alpha", "bravo", "charlie"] {
        bo.says(text);
        bo.hears("sent");
    }
    let server = data.after_a_crash(server);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "four")]);
    ann.gets("/r/lobby?live=1");
    let frame = ann.page.split("<iframe class=\"stream\"").nth(1).unwrap();
    let query = frame.split("/stream").nth(1).unwrap().split('"').next().unwrap();
    let mut page = listens(server.addr, &query.replace("&amp;", "&"), "Accept-Language: en\r\n");
    let heard = page.hears("four");
    let places = ["alpha", "bravo", "charlie", "The server restarted"].map(|text| heard.find(text));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {heard}");
    assert!(!heard.contains("were lost"), "{heard}");
}

#[test]
fn whoever_listens_is_in_the_room_under_its_own_name() {
    let server = ServerProcess::start(&[]);
    let form = "name=Ann&text=first";
    let head = format!("Host: {}\r\nContent-Length: {}\r\n", server.addr, form.len());
    let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
    let said = request(server.addr, &format!("POST /r/lobby HTTP/1.1\r\n{head}{kind}\r\n{form}"));
    let cookie = said.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let mut ann = listens(server.addr, "", &format!("Accept: text/plain\r\nCookie: {cookie}\r\n"));
    ann.hears("* you are Ann\n");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(serde_json::json!({"type": "who", "room": "lobby"}));
    assert_eq!(bo.hears("who")["names"], serde_json::json!(["Ann", "Bo"]));
}

#[test]
fn a_page_without_an_end_goes_by_the_name_that_its_reader_has_by_then() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let (_, told) = asks(server.addr, "/r/lobby", &json!({"type": "hello", "name": "Ann"}));
    let session = format!("?s={}", told[0]["token"].as_str().unwrap());
    let mut page = listens(server.addr, &format!("{session}&as=html"), "Accept-Language: en\r\n");
    page.hears("<ol>");
    let path = format!("/r/lobby{session}");
    for request in [
        json!({"type": "name", "name": "Anna"}),
        json!({"type": "private", "to": "Bo", "text": "psst"}),
        json!({"type": "say", "room": "lobby", "text": "it is me"}),
    ] {
        asks(server.addr, &path, &request);
    }
    let heard = page.hears("it is me");
    assert!(heard.contains("class=\"own\""), "{heard}");
    assert_eq!(heard.matches("Anna").count(), 2, "renamed once, and its author: {heard}");
    assert!(!heard.contains("private message from"), "{heard}");
}

#[test]
fn a_server_with_a_password_tells_strangers_nothing() {
    let server = ServerProcess::start(&["--password", "swordfish"]);
    let refused = listens(server.addr, "", "").answer();
    assert_eq!(refused.status, 403);
    let nobody = format!("?s={}", "0".repeat(32));
    listens(server.addr, &nobody, "").hears("* the stream has ended: not_admitted\n");
    listens(server.addr, "?password=swordfish", "").hears("* this is lobby");
}

/// How many lines of the log report this end of a client.
fn ends(server: &ServerProcess, reason: &str) -> usize {
    server.log().iter().filter(|line| line.contains(reason)).count()
}

#[test]
fn street_d1_a_stream_that_is_not_read_is_told_the_rest_when_it_is() {
    needs!(Names, Pages);
    let server = ServerProcess::start(&["--outbox", "16", "--rate", "0"]);
    let mut deaf = Connection::over(narrow(server.addr));
    let head = format!("GET /r/lobby/stream?as=events HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    deaf.sends(head.as_bytes());
    deaf.hears("caught-up");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let text = "x".repeat(1000);
    for number in 0..300 {
        bo.says(&format!("{number} {text}"));
        bo.hears("sent");
    }
    let mut heard = String::new();
    while !heard.contains("\"text\":\"299 x") {
        heard += &deaf.hears("\n\n");
    }
    assert!(heard.contains("\"type\":\"behind\""), "it was let wait");
    let numbers: Vec<_> = heard.lines().filter(|line| line.starts_with("id: ")).collect();
    assert_eq!(numbers.len(), 300, "each once");
    assert!(numbers.is_sorted_by_key(|id| id.rsplit('.').next().unwrap().parse::<u32>().unwrap()));
}

#[test]
fn street_d2_a_stream_of_a_byte_now_and_then_is_cut_by_the_write_deadline() {
    needs!(Names, Pages);
    let server =
        ServerProcess::start(&["--write-timeout", "200ms", "--rate", "0", "--outbox", "65536"]);
    let mut slow = Connection::over(narrow(server.addr));
    slow.sends(format!("GET /r/lobby/stream HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr).as_bytes());
    slow.hears("* this is lobby");
    let mut bo = Numbered::joins(server.addr, "Bo");
    // They fill every buffer between the two.
    for _ in 0..300 + 2 * held_bytes_max() / 400 {
        bo.says(&"x".repeat(400));
        bo.hears("sent");
    }
    let until = Instant::now() + Duration::from_secs(20) + more_write_wait();
    while ends(&server, "write_timeout") == 0 {
        assert!(Instant::now() < until, "not cut: {:?}", server.log());
        slow.bytes(1);
        std::thread::park_timeout(Duration::from_millis(50));
    }
    bo.says("not me");
    bo.hears("sent");
}

#[test]
fn a_stream_ends_with_words_when_the_server_does() {
    for (kind, words) in [
        ("events", "data: {\"type\":\"bye\",\"reason\":\"server_stopping\"}\n\n:\n\n"),
        ("text", "* the stream has ended: server_stopping\n"),
        ("html", "Live updates have stopped."),
    ] {
        let mut server = ServerProcess::start(&[]);
        let mut connection = listens(server.addr, &format!("?as={kind}"), "");
        connection.hears(if kind == "html" { "-->\n" } else { "lobby" });
        server.logs(&["client joined"]);
        server.gets_signal(Signal::TERM);
        connection.hears(words);
        assert!(server.ends().success());
    }
}

#[test]
fn whoever_talks_into_a_stream_is_not_heard_for_long() {
    let server = ServerProcess::start(&[]);
    let mut connection = listens(server.addr, "", "");
    connection.hears("* this is lobby");
    while connection.tries_to_send(&[b'x'; 1024]) {}
    server.logs(&["client left", "protocol_violation"]);
}

/// One long poll: its status, and the lines of its answer.
fn polls(addr: SocketAddr, query: &str) -> (u16, Vec<Value>) {
    polled(starts_to_poll(addr, query))
}

fn starts_to_poll(addr: SocketAddr, query: &str) -> Connection {
    let mut connection = Connection::open(addr);
    let head = format!("GET /r/lobby/poll{query} HTTP/1.1\r\nHost: {addr}\r\n\r\n");
    connection.sends(head.as_bytes());
    connection
}

fn polled(mut connection: Connection) -> (u16, Vec<Value>) {
    let answer = connection.answer();
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

/// The texts of the messages.
fn texts(told: &[Value]) -> Vec<&str> {
    told.iter().filter(|it| it["type"] == "message").filter_map(|it| it["text"].as_str()).collect()
}

#[test]
fn a_long_poll_is_answered_when_something_is_said() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let waiting = starts_to_poll(server.addr, "");
    bo.hears_until(|line| line["type"] == "presence");
    bo.says("one");
    bo.hears("sent");
    let (status, told) = polled(waiting);
    assert_eq!((status, texts(&told)), (200, vec!["one"]), "{told:?}");
    let (token, epoch) = (&told[0]["token"], &told[1]["epoch"]);
    let session = token.as_str().unwrap();
    // Messages between two polls are not lost.
    bo.says("two");
    bo.says("three");
    bo.hears_until(|line| line["text"] == "three");
    let after = |seq: u32| format!("?s={session}&after={}.{seq}", epoch.as_str().unwrap());
    let (_, told) = polls(server.addr, &after(1));
    assert_eq!(texts(&told), ["two", "three"], "{told:?}");
    assert_eq!(&told[0]["name"], "guest-002", "it is still the same");
    let (_, told) = polls(server.addr, &after(0));
    assert_eq!(texts(&told), ["one", "two", "three"]);
}

#[test]
fn whoever_is_unknown_and_says_a_name_in_the_address_has_it_from_the_first_moment() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let (ann, cleo) = ("5".repeat(32), "6".repeat(32));
    let mut stream = listens(server.addr, &format!("?as=events&s={ann}&name=Ann%20Lee"), "");
    stream.hears("\"name\":\"Ann Lee\"");
    assert_eq!(bo.hears("presence")["name"], "Ann Lee");
    // The server knows the session now, so the next name does not count.
    for (session, name, has) in
        [(&ann, "Other", "Ann Lee"), (&cleo, "Cleo", "Cleo"), (&cleo, "Bo", "Cleo")]
    {
        let (_, told) = polls(server.addr, &format!("?wait=0&s={session}&name={name}"));
        assert_eq!(told[0]["name"], has, "{told:?}");
    }
    let (_, told) = polls(server.addr, &format!("?wait=0&s={}&name=Bo", "7".repeat(32)));
    assert!(told[0]["name"].as_str().unwrap().starts_with("guest-"), "{told:?}");
    assert!(told.iter().any(|it| it["reason"] == "name-taken"), "{told:?}");
    for unread in ["a%2Fb", "Bo%23secret", ""] {
        let query = format!("?wait=0&s={}&name={unread}", "8".repeat(32));
        let (status, told) = polls(server.addr, &query);
        assert_eq!(status, 200);
        assert!(told[0]["name"].as_str().unwrap().starts_with("guest-"), "{told:?}");
    }
}

#[test]
fn who_looks_in_without_waiting_is_there_between_two_looks() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    // Here the client makes its session itself, like a page.
    let look = format!("?wait=0&s={}", "5".repeat(32));
    let (_, told) = polls(server.addr, &look);
    let name = &told[0]["name"];
    let came = bo.hears_until(|line| line["type"] == "presence");
    assert_eq!((&came["name"], &came["here"]), (name, &json!(true)));
    // A client whose connection ended stays for a few seconds; Cleo came later, and has already
    // left.
    drop(Numbered::joins(server.addr, "Cleo"));
    let gone = bo.hears_until(|line| line["type"] == "presence" && line["here"] == false);
    assert_eq!(gone["name"], "Cleo");
    polls(server.addr, &look);
    bo.says("is anybody there?");
    bo.hears_until(|line| {
        assert_ne!(line["type"], "presence", "{line}");
        line["type"] == "message"
    });
}

#[test]
fn a_poll_tells_private_messages_to_who_says_how_far_they_were_seen_and_waits_for_no_others() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    // Without waiting, the poll has an answer even if nothing was said.
    let (status, told) = polls(server.addr, "?wait=0");
    assert_eq!((status, texts(&told)), (200, vec![]), "{told:?}");
    let (session, name) = (told[0]["token"].as_str().unwrap(), told[0]["name"].clone());
    bo.asks(json!({"type": "private", "to": name, "id": "p-1", "text": "psst"}));
    bo.hears("sent");
    let (_, told) = polls(server.addr, &format!("?s={session}&private="));
    let letter = told.iter().find(|it| it["type"] == "private").expect("a private message");
    assert_eq!(letter["text"], "psst");
    let log = told.iter().find(|it| it["type"] == "joined" && it["room"].is_null()).unwrap();
    let place = format!("{}.1", log["epoch"].as_str().unwrap());
    // A client that has seen the private message, or does not ask for private ones, waits for the
    // next message.
    for private in [format!("&private={place}"), String::new()] {
        let waiting = starts_to_poll(server.addr, &format!("?s={session}{private}"));
        bo.says("aloud");
        let (_, told) = polled(waiting);
        assert_eq!(texts(&told).last(), Some(&"aloud"), "{told:?}");
        assert!(told.iter().all(|it| it["type"] != "private"), "{told:?}");
    }
}

#[test]
fn whoever_polls_takes_the_place_of_a_client() {
    let server = ServerProcess::start(&["--clients", "2"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let waiting = starts_to_poll(server.addr, "");
    bo.hears_until(|line| line["type"] == "presence");
    let refused = get(server.addr, "/r/lobby/poll");
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some());
    bo.says("one");
    polled(waiting);
    bo.hears("sent");
    // The place is free a moment after the answer is out.
    let answer = loop {
        let answer = starts_to_poll(server.addr, "").answer();
        if answer.status != 503 {
            break answer;
        }
    };
    let told: Vec<Value> = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(texts(&told), ["one"], "the place is free again");
}

#[test]
fn a_poll_is_answered_at_once_when_the_server_stops() {
    let mut server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let waiting = starts_to_poll(server.addr, "");
    bo.hears_until(|line| line["type"] == "presence");
    server.gets_signal(Signal::TERM);
    let (status, told) = polled(waiting);
    assert_eq!((status, texts(&told).len()), (200, 0));
    drop(bo);
    assert!(server.ends().success());
}

#[test]
fn a_page_without_an_end_says_the_day_quotes_what_is_replied_to_and_offers_changes() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("is there tea?");
    bo.hears("sent");
    let mut ann = somebody(server.addr, "Ann", "there is <soup>");
    let cookie = ann.cookie.clone().unwrap();
    let after = format!("?as=html&after={}.0", bo.view("lobby").epoch());
    let head = format!("Accept-Language: en\r\nCookie: {cookie}\r\n");
    let mut page = listens(server.addr, &after, &head);
    let heard = page.hears("&lt;soup&gt;");
    has_in_order(&heard, &["</ol><p class=\"day\">", "</p><ol><li value=\"1\"", "<li value=\"2\""]);
    assert_eq!(heard.matches("class=\"day\"").count(), 1, "the day stands once: {heard}");
    has_in_order(
        heard.split("value=\"2\"").nth(1).unwrap(),
        &[
            "href=\"/r/lobby?change=2\" target=\"_parent\">Edit",
            "href=\"/r/lobby?delete=1&amp;change=2\" target=\"_parent\">Delete",
            "href=\"/r/lobby?reply=2\" target=\"_parent\">Reply",
        ],
    );
    let of_bo = heard.split("value=\"2\"").next().unwrap();
    assert!(!of_bo.contains(">Edit<") && of_bo.contains(">Reply<"), "{of_bo}");
    // Both words come from what the page has shown, and an edit changes them.
    ann.sends(&[("text", "bowl or cup?"), ("reply", "1")]);
    assert!(page.hears("bowl or cup?").contains("<bdi>is there tea?</bdi>"));
    ann.sends(&[("text", "there is stew"), ("change", "2")]);
    let heard = page.hears("there is stew");
    assert!(heard.contains("changed “<bdi>there is &lt;soup&gt;</bdi>” to:"), "{heard}");
    bo.asks(json!({"type": "say", "room": "lobby", "id": "r", "text": "good", "reply": 2}));
    let heard = page.hears("good");
    assert!(heard.contains("<bdi>there is stew</bdi>"), "{heard}");
    assert!(!heard.contains("class=\"day\""), "{heard}");
    // A change says which message it means: it is not in that message's place.
    ann.sends(&[("change", "2"), ("text", "there is stew"), ("delete", "1")]);
    let heard = page.hears("</i>");
    assert!(heard.contains("Message deleted: “<bdi>there is stew</bdi>”"), "{heard}");
}
