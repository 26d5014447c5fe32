//! The console in `threadbare.v1`: names, rooms, lost connections, `send`, `pipe`.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tungstenite::Message;
use tungstenite::handshake::server::{Request, Response};
use tungstenite::http::HeaderValue;

use crate::harness::{Console, Fault, Folder, Numbered, Proxy, ServerProcess, TestServer};

/// Joins with a name, from a script.
pub(super) fn named(server: SocketAddr, name: &str, state: &Folder) -> Console {
    let url = format!("ws://{server}/ws");
    Console::runs(&["join", &url, "--name", name], &[("XDG_STATE_HOME", state.path())])
}

/// A person at a terminal.
pub(super) fn person(server: SocketAddr, more: &str, state: &Folder) -> Console {
    let join = format!("join ws://{server}/ws {more}");
    Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())])
}

fn send(server: SocketAddr, arguments: &[&str]) -> Console {
    let (url, state) = (format!("ws://{server}/ws"), Folder::new());
    let all = [&["send", "--url", &url], arguments].concat();
    Console::runs(&all, &[("XDG_STATE_HOME", state.path())])
}

fn pipe(server: SocketAddr, state: &Folder) -> Console {
    let url = format!("ws://{server}/ws");
    let arguments = ["pipe", "--url", &url, "--name", "logger", "lobby"];
    Console::runs(&arguments, &[("XDG_STATE_HOME", state.path())])
}

/// The texts that a client has seen in the lobby, in order.
fn texts(person: &Numbered) -> Vec<String> {
    person.view("lobby").lines.values().cloned().collect()
}

/// A server that speaks only the classic format, to one client, and sends everything back.
fn classic_server() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    threadbare::base::threads::spawn("classic", move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let Ok(mut socket) = tungstenite::accept(stream) else { continue };
            while let Ok(message) = socket.read() {
                if let Message::Text(text) = message {
                    socket.send(Message::Text(text)).ok();
                }
            }
        }
    })
    .unwrap();
    addr
}

/// A server that agrees to `threadbare.v1`, and then says nothing.
#[expect(clippy::result_large_err, reason = "tungstenite wants its answer so")]
fn deaf_server() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    threadbare::base::threads::spawn("deaf", move || {
        let (stream, _) = listener.accept().unwrap();
        let agree = |_: &Request, mut response: Response| {
            let v1 = HeaderValue::from_static("threadbare.v1");
            response.headers_mut().insert("Sec-WebSocket-Protocol", v1);
            Ok(response)
        };
        let mut socket = tungstenite::accept_hdr(stream, agree).unwrap();
        while socket.read().is_ok() {}
    })
    .unwrap();
    addr
}

#[test]
fn a_name_stays_with_its_token_from_one_run_to_the_next() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["first", "second"] {
        let mut console = named(server.addr, "Ann", &state);
        console.types(&format!("{text}\n"));
        console.shows(&format!("Ann: {text}\n"));
        assert_eq!(console.ends().code, 0);
        assert_eq!(bo.hears("message")["from"], "Ann");
    }
    let stranger = Folder::new();
    let mut console = named(server.addr, "Ann", &stranger);
    console.types("third\n");
    let outcome = console.ends();
    assert_eq!((outcome.code, &*outcome.output), (1, ""), "nothing is said as a guest");
    assert!(outcome.notes.contains("the name Ann is taken"), "{outcome:?}");
}

#[test]
fn a_wrong_password_leaves_no_guest_who_stands_in_the_way_of_the_right_one() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let _ann = Numbered::joins(server.addr, "Ann#fish");
    let url = format!("ws://{}/ws", server.addr);
    let sends = |name: &str| {
        let all = ["send", "--url", &url, "--name", name, "lobby", "hello"];
        Console::runs(&all, &[("XDG_STATE_HOME", state.path())]).waits()
    };
    for wrong in ["Ann", "Ann#cat"] {
        let outcome = sends(wrong);
        assert_ne!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.notes.contains("the name Ann is taken"), "{outcome:?}");
    }
    assert_eq!(sends("Ann#fish").code, 0);
    assert_eq!(bo.hears("message")["from"], "Ann");
}

#[test]
fn the_address_of_an_invite_leads_into_its_locked_room() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut vera = Numbered::makes_locked(server.addr, "den", "soup");
    vera.asks(json!({"type": "invite", "room": "den"}));
    let token = vera.hears("invite")["token"].as_str().unwrap().to_owned();
    let url = format!("http://{}/r/den/invite?code={token}", server.addr);
    let all = ["join", &url, "--name", "Otto"];
    let mut console = Console::runs(&all, &[("XDG_STATE_HOME", state.path())]);
    console.types("thank you\n");
    console.shows("Otto: thank you\n");
    assert_eq!(console.ends().code, 0);
}

#[test]
fn a_script_with_a_name_hears_names_and_nothing_of_the_past() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("before");
    bo.hears("sent");
    let mut console = named(server.addr, "Ann", &state);
    console.types("/me is no command here\n");
    console.shows("Ann: /me is no command here\n");
    bo.says("to the pipe\nin two lines");
    console.shows("Bo: to the pipe in two lines\n");
    let outcome = console.ends();
    assert_eq!((outcome.code, &*outcome.notes), (0, ""));
    assert!(!outcome.output.contains("before"), "{outcome:?}");
}

#[test]
fn a_server_that_is_killed_and_started_again_costs_no_line_and_shows_none_twice() {
    let (data, state) = (Folder::new(), Folder::new());
    let mut server = ServerProcess::start(&["--data", data.path()]);
    let addr = server.addr;
    let mut bo = Numbered::joins(addr, "Bo");
    // Bo resumes with his token alone, so the server must have stored it. A message that is called
    // sent proves that.
    bo.says("before all");
    bo.hears("sent");
    let mut console = named(addr, "Ann", &state);
    console.types("here\n");
    console.shows("Ann: here\n");
    for round in 0..3 {
        for number in 0..10 {
            console.types(&format!("ann {round}-{number}\n"));
            bo.tries_to_say("lobby", &format!("bo {round}-{number}"));
        }
        server.gets_signal(Signal::KILL);
        server.ends();
        console.types(&format!("while away {round}\n"));
        let flags = ["--data", data.path(), "--addr", &addr.to_string()];
        server = ServerProcess::start(&flags);
        bo.comes_back();
    }
    bo.hears_over_any_connection_until(Numbered::is_answered);
    bo.says("the end");
    console.shows("Bo: the end\n");
    let outcome = console.ends();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.notes.contains("reconnecting"), "{outcome:?}");
    let shown: Vec<_> = outcome.output.lines().collect();
    for round in 0..3 {
        for number in 0..10 {
            for line in [format!("Ann: ann {round}-{number}"), format!("Bo: bo {round}-{number}")] {
                let count = shown.iter().filter(|shown| **shown == line).count();
                // A message that was lost in the crash is said again, and so it is shown again.
                let again = usize::from(outcome.notes.contains("messages were lost"));
                assert!(count >= 1 && count <= 1 + again, "{line} {count} times: {outcome:?}");
            }
        }
    }
    // Of a message that was shown twice, the last place counts.
    let stays = |(at, line): &(usize, &&str)| !shown[at + 1..].contains(*line);
    let ours = shown.iter().enumerate().filter(stays).map(|(_, line)| line);
    let ours: Vec<_> = ours.filter(|line| line.starts_with("Ann: ann")).collect();
    assert!(ours.is_sorted(), "{ours:?}");
    let mut newcomer = Numbered::connects(addr);
    let epoch = bo.view("lobby").epoch();
    let all = json!([{"room": "lobby", "epoch": epoch, "seq": 0}]);
    newcomer.asks(json!({"type": "hello", "rooms": all}));
    newcomer.hears("caught-up");
    let texts = texts(&newcomer);
    let count = |text: &str| texts.iter().filter(|one| *one == text).count();
    for round in 0..3 {
        assert_eq!(count(&format!("while away {round}")), 1, "{texts:?}");
        for number in 0..10 {
            assert_eq!(count(&format!("ann {round}-{number}")), 1, "{texts:?}");
            assert_eq!(count(&format!("bo {round}-{number}")), 1, "{texts:?}");
        }
    }
}

#[test]
fn a_connection_that_is_cut_in_mid_message_costs_nothing() {
    let (server, state) = (TestServer::start(), Folder::new());
    let proxy = Proxy::to(server.addr);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut console = named(proxy.addr, "Ann", &state);
    console.types("begins\n");
    console.shows("Ann: begins\n");
    for bytes in [1, 40, 90, 200, 333] {
        let fault = if bytes % 2 == 0 { Fault::CutAfter(bytes) } else { Fault::ResetAfter(bytes) };
        proxy.does(fault);
        for number in 0..3 {
            console.types(&format!("{bytes} bytes, {number}\n"));
            bo.says(&format!("to {bytes}, {number}"));
        }
        // The console comes back over a connection that holds.
        proxy.waits_for_the_cut(bytes);
        proxy.does(Fault::None);
        console.shows(&format!("{bytes} bytes, 2\n"));
    }
    bo.says("the end");
    console.shows("Bo: the end\n");
    let outcome = console.ends();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for bytes in [1, 40, 90, 200, 333] {
        for number in 0..3 {
            for line in
                [format!("Ann: {bytes} bytes, {number}"), format!("Bo: to {bytes}, {number}")]
            {
                let count = outcome.output.lines().filter(|shown| **shown == line).count();
                assert_eq!(count, 1, "{line}: {outcome:?}");
            }
        }
    }
}

#[test]
fn at_a_terminal_what_comes_in_does_not_tear_what_is_half_typed() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut console = person(server.addr, "--name Ann", &state);
    // The last line that a newcomer gets.
    console.shows("in lobby: ");
    console.types("half a li");
    console.shows("half a li");
    bo.says("from above");
    console.shows("Bo: from above\r\n");
    console.shows("lobby> half a li");
    console.types("ne\r");
    assert_eq!(bo.hears_until(|line| line["from"] == "Ann")["text"], "half a line");
    // What was typed goes, because the message comes back.
    console.shows("\u{1b}[1A\r\u{1b}[J");
    // Between the message and the next prompt, the terminal itself would take Ctrl-D.
    console.shows("Ann: half a line");
    console.shows("lobby> ");
    console.types("\u{4}");
    assert_eq!(console.waits().code, 0);
}

#[test]
fn at_a_terminal_names_have_colors_unless_the_person_wants_none() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let line = format!("exec threadbare join ws://{}/ws --name Ann", server.addr);
    let colored = Console::of_a_terminal_s_shell(&line, &[("XDG_STATE_HOME", state.path())]);
    let plain = person(server.addr, "--name Cy", &Folder::new());
    for (mut console, shown) in [(colored, "Bo\u{1b}[39m: hello\r\n"), (plain, " Bo: hello\r\n")] {
        console.shows("lobby> ");
        bo.says("hello");
        console.shows(shown);
        console.types("\u{4}");
        console.waits();
    }
}

#[test]
fn at_a_terminal_commands_are_obeyed_and_names_completed() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "kitchen"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "kitchen");
    let mut console = person(server.addr, "", &state);
    console.shows("Your name (leave empty");
    console.types("\r");
    console.shows("in lobby: Bo");
    console.types("/name Ann\r");
    console.shows("you are now Ann");
    console.types("/me waves\r");
    console.shows("* Ann waves");
    console.types("b\tare you here?\r");
    assert_eq!(bo.hears_until(|line| line["type"] == "message")["text"], "Bo: are you here?");
    console.types("/edit I meant hello\r");
    console.shows("Ann changed #2: I meant hello");
    console.types("/topic soup\r");
    console.shows("* Ann set the topic: soup");
    console.types("/topic -\r");
    console.shows("* Ann removed the topic");
    console.types("/msg bo\r");
    console.shows("[private, to Bo]> ");
    console.types("psst\r");
    assert_eq!(bo.hears_until(|line| line["type"] == "private")["text"], "psst");
    console.types("/leave\r");
    console.shows("lobby> ");
    console.types("/history 1 #3\r");
    console.shows("#2 ");
    console.types("/join Kitchen\r");
    console.shows("kitchen> ");
    console.types("in the kitchen\r");
    let said = bo.hears_until(|line| line["text"] == "in the kitchen");
    assert_eq!(said["room"], "kitchen");
    console.types("/rooms\r");
    console.shows("lobby (");
    console.types("/leave\r");
    console.shows("you have left kitchen");
    console.types("/dance\r");
    console.shows("unknown command /dance");
    console.types("not for you");
    console.shows("not for you");
    console.types("\u{3}");
    console.shows("lobby> ");
    console.types("/quit\r");
    assert_eq!(console.waits().code, 0);
}

#[test]
fn a_newcomer_is_asked_for_a_name_and_whoever_was_here_is_not() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut console = person(server.addr, "", &state);
    console.shows("Your name (leave empty");
    // However long a person thinks, the server does not mind.
    console.types(" Ann \r");
    console.shows("you are Ann");
    console.shows("lobby> ");
    console.types("/quit\r");
    console.waits();
    let mut console = person(server.addr, "", &state);
    console.shows("you are Ann");
    console.shows("lobby> ");
    console.types("\u{4}");
    console.waits();
    let empty = Folder::new();
    let mut console = person(server.addr, "", &empty);
    console.shows("Your name");
    console.types("\u{4}");
    let outcome = console.waits();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(!outcome.output.contains("in lobby"), "{outcome:?}");
}

#[test]
fn a_name_that_is_taken_is_asked_for_again_and_one_s_own_is_there_the_next_time() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut console = person(server.addr, "", &state);
    console.shows("Your name");
    console.types("Bo\r");
    console.shows("taken");
    console.shows("Your name");
    console.types("\r");
    console.shows("lobby> ");
    console.types("/name Vera\r");
    console.shows("you are now Vera");
    console.types("/quit\r");
    console.waits();
    for more in ["", "--name Vera"] {
        let mut console = person(server.addr, more, &state);
        console.shows("you are Vera");
        console.shows("lobby> ");
        console.types("/quit\r");
        console.waits();
    }
    // A name from the command line is tried in the same way.
    let state = Folder::new();
    let mut console = person(server.addr, "--name Bo", &state);
    console.shows("taken");
    console.shows("Your name");
    console.types("\r");
    console.shows("lobby> ");
    console.types("/name Zoe\r");
    console.shows("you are now Zoe");
    console.types("/quit\r");
    console.waits();
    let mut console = person(server.addr, "", &state);
    console.shows("you are Zoe");
    console.shows("lobby> ");
    console.types("/quit\r");
    console.waits();
    bo.says("still here");
}

#[test]
fn passwords_are_asked_for_and_not_shown() {
    let server = ServerProcess::start(&["--password", "swordfish"]);
    let state = Folder::new();
    let mut ann = person(server.addr, "--name Ann#carp --password swordfish", &state);
    ann.shows("lobby> ");
    ann.types("/join den trout\r");
    ann.shows("den> ");
    let state = Folder::new();
    let mut console = person(server.addr, "--room den", &state);
    console.shows("Your name");
    console.types("Ann\r");
    console.shows("Password of this chat");
    console.types("swordfish\r");
    console.shows("its password (");
    console.types("cod\r");
    // What is typed before the question, the terminal itself shows.
    console.shows("not the password for this name");
    console.shows("its password (");
    console.types("carp\r");
    console.shows("in den, ");
    console.types("/quit\r");
    let outcome = console.waits();
    assert!(
        !outcome.output.contains("carp") && !outcome.output.contains("swordfish"),
        "{outcome:?}"
    );
    let state = Folder::new();
    let mut console = person(server.addr, "--name Zoe --password swordfish --room den", &state);
    console.shows("password of den");
    console.types("trout\r");
    console.shows("in den, ");
    console.shows("den> ");
    console.types("/quit\r");
    let outcome = console.waits();
    assert!(!outcome.output.contains("trout"), "{outcome:?}");
    ann.types("/quit\r");
    ann.waits();
}

#[test]
fn a_terminal_is_left_as_it_was_found_whatever_ends_the_console() {
    for (more, shown) in [(" --name Ann", "in lobby"), ("", "Your name")] {
        is_left_as_it_was_found(more, shown);
    }
}

fn is_left_as_it_was_found(more: &str, shown: &str) {
    let (server, state) = (TestServer::start(), Folder::new());
    let line = format!(
        "stty -a; sh -c 'echo number $$ .; exec threadbare join ws://{}/ws{more}'; echo code $?; stty -a",
        server.addr
    );
    let mut console = Console::of_a_terminal_s_shell(&line, &[("XDG_STATE_HOME", state.path())]);
    let before = console.shows("number ");
    let number = console.shows(" .").trim_end_matches(" .").parse().unwrap();
    console.shows(shown);
    kill_process(Pid::from_raw(number).unwrap(), Signal::TERM).unwrap();
    console.shows("code 0");
    let outcome = console.waits();
    let after = outcome.output.rsplit("code 0").next().unwrap();
    let modes = |text: &str| {
        let all: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
        ["icanon", "echo", "isig", "opost"].map(|mode| all.iter().any(|one| one == mode))
    };
    assert_eq!(modes(&before), [true; 4], "{before}");
    assert_eq!(modes(after), [true; 4], "{after}");
}

#[test]
fn where_a_server_has_only_the_classic_format_join_speaks_it() {
    let (server, state) = (classic_server(), Folder::new());
    let mut console = named(server, "Ann", &state);
    console.types("as ever\n");
    console.shows("as ever\n");
    let outcome = console.ends();
    assert_eq!((outcome.code, &*outcome.output), (0, "as ever\n"));
    assert!(outcome.notes.contains("no names"), "{outcome:?}");
    let outcome = send(server, &["lobby", "hello"]).waits();
    assert_eq!(outcome.code, 1);
    assert!(outcome.notes.contains("classic format only"), "{outcome:?}");
}

#[test]
fn send_ends_well_when_it_is_sent_and_not_before() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let outcome = send(server.addr, &["--name", "disk", "Lobby", "disk", "full"]).waits();
    assert_eq!((outcome.code, &*outcome.output, &*outcome.notes), (0, "", ""));
    let line = bo.hears_until(|line| line["type"] == "message");
    assert_eq!((&line["from"], &line["text"]), (&json!("disk"), &json!("disk full")));

    let long = "x".repeat(threadbare::base::limits::MESSAGE_TEXT_BYTES_MAX + 1);
    for (arguments, words) in [
        (&["a/b", "x"][..], "remove /"),
        (&["--name", "a@b", "lobby", "x"], "does not let you in"),
        (&["lobby", &long], "the maximum is 4096"),
    ] {
        let outcome = send(server.addr, arguments).waits();
        assert_eq!(outcome.code, 1, "{arguments:?}: {outcome:?}");
        assert!(outcome.notes.contains(words), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn send_says_what_is_wrong_and_gives_up_in_time() {
    let server = ServerProcess::start(&["--password", "swordfish"]);
    for (arguments, code) in
        [(&["lobby", "x"][..], 1), (&["--password", "swordfish", "lobby", "x"], 0)]
    {
        let outcome = send(server.addr, arguments).waits();
        assert_eq!(outcome.code, code, "{outcome:?}");
        assert_eq!(outcome.notes.contains("does not let you in"), code == 1, "{outcome:?}");
        assert_eq!(outcome.notes.contains("--password"), code == 1, "{outcome:?}");
    }
    let (addr, state) = (server.addr, Folder::new());
    let url = format!("ws://{addr}/ws?password=swordfish");
    let arguments = ["send", "--url", &url, "lobby", "x"];
    let outcome = Console::runs(&arguments, &[("XDG_STATE_HOME", state.path())]).waits();
    assert_eq!(outcome.code, 0, "the address has the password: {outcome:?}");
    let url = format!("ws://{addr}/chat");
    let arguments = ["join", &url, "--classic", "--password", "swordfish"];
    let mut console = Console::runs(&arguments, &[("XDG_STATE_HOME", state.path())]);
    console.types("in plain text\n");
    console.shows("in plain text\n");
    assert_eq!(console.ends().code, 0, "the password goes into the address");
    drop(server);
    let outcome = send(addr, &["lobby", "x"]).waits();
    assert_eq!(outcome.code, 1);
    assert!(outcome.notes.contains("nobody listens"), "{outcome:?}");

    let outcome = send(deaf_server(), &["--timeout", "1s", "lobby", "x"]).waits();
    assert_eq!(outcome.code, 1);
    assert!(outcome.notes.contains("a message was not confirmed"), "{outcome:?}");
}

#[test]
fn a_room_with_a_password_lets_in_who_has_it() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "kitchen", "password": "soup"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "kitchen");
    let outcome = send(server.addr, &["kitchen", "let me in"]).waits();
    assert_eq!(outcome.code, 1);
    assert!(outcome.notes.contains("does not let you in"), "{outcome:?}");
    let outcome = send(server.addr, &["--room-password", "soup", "kitchen", "hello"]).waits();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert_eq!(bo.hears_until(|line| line["type"] == "message")["text"], "hello");
}

#[test]
fn pipe_says_each_line_once_at_the_server_s_pace_and_over_lost_lines() {
    let (server, state) = (ServerProcess::start(&["--rate", "20", "--burst", "1"]), Folder::new());
    let proxy = Proxy::to(server.addr);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut console = pipe(proxy.addr, &state);
    let lines: Vec<_> = (10..50).map(|number| format!("line {number}")).collect();
    console.types(&format!("\n{}\n\n", lines.join("\n")));
    bo.hears_until(|line| line["text"] == "line 15");
    proxy.does(Fault::CutAfter(100));
    proxy.waits_for_the_cut(100);
    proxy.does(Fault::None);
    let outcome = console.ends();
    assert_eq!((outcome.code, &*outcome.output), (0, ""), "{outcome:?}");
    // The console has ended, so everything was sent: what Bo has not heard now does not come.
    bo.says("the end");
    bo.hears_until(|line| line["text"] == "the end");
    let texts = texts(&bo);
    assert_eq!(texts[..texts.len() - 1], lines);
}

#[test]
fn pipe_cuts_what_is_too_long_for_a_message_and_fails_at_what_no_server_takes() {
    let (server, state) = (TestServer::start(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut console = pipe(server.addr, &state);
    let most = threadbare::base::limits::MESSAGE_TEXT_BYTES_MAX;
    console.types(&format!("{}y\n", "x".repeat(most)));
    console.types(&"z".repeat(threadbare::base::limits::CONSOLE_LINE_BYTES_MAX + 1));
    let outcome = console.ends();
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.notes.contains("which no server accepts"), "{outcome:?}");
    for text in ["x".repeat(most), "y".to_owned()] {
        assert_eq!(bo.hears_until(|line| line["type"] == "message")["text"], text);
    }
}

#[test]
fn pipe_that_is_interrupted_says_what_was_not_sent() {
    let (server, state) = (TestServer::start(), Folder::new());
    let proxy = Proxy::to(server.addr);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut console = pipe(proxy.addr, &state);
    console.types("arrives\n");
    bo.hears_until(|line| line["text"] == "arrives");
    proxy.does(Fault::Down);
    console.types("does not\n");
    // A pause that is the point: another process reads the typed line, and the test cannot see
    // when.
    std::thread::park_timeout(Duration::from_millis(500));
    console.gets_signal(Signal::INT);
    let outcome = console.waits();
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert!(outcome.notes.contains("not confirmed"), "{outcome:?}");
}

#[test]
fn send_without_words_is_an_error_that_says_what_to_do() {
    let server = TestServer::start();
    for text in ["", "  ", "\u{1b}"] {
        let outcome = send(server.addr, &["lobby", text]).waits();
        assert_eq!(outcome.code, 1, "{text:?}: {outcome:?}");
        assert!(
            outcome.notes.contains("there is no message; type it after the room"),
            "{outcome:?}"
        );
    }
}

#[test]
fn the_address_that_the_server_prints_is_enough_for_all_commands() {
    let server = ServerProcess::start(&[]);
    let printed = server
        .greeting
        .iter()
        .find_map(|line| line.split_whitespace().find(|word| word.starts_with("http://")));
    let printed = printed.unwrap().to_owned();
    let mut bo = Numbered::joins(server.addr, "Bo");
    for url in [printed.clone(), format!("{printed}r/kitchen"), format!("ws://{}/ws", server.addr)]
    {
        let state = Folder::new();
        let outcome = Console::runs(
            &["send", "--url", &url, "lobby", &url],
            &[("XDG_STATE_HOME", state.path())],
        )
        .waits();
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert_eq!(bo.hears("message")["text"], url);
    }
    let state = Folder::new();
    for url in [&printed, &format!("{printed}r/lobby")] {
        for name in [&[][..], &["--name", "Ann"]] {
            let arguments = [&["join", url.as_str()], name].concat();
            let mut console = Console::runs(&arguments, &[("XDG_STATE_HOME", state.path())]);
            console.types("here\n");
            bo.hears_until(|line| line["text"] == "here");
            assert_eq!(console.ends().code, 0);
        }
        let outcome = Console::runs(&["crowd", url, "--people", "2", "--for", "1s"], &[]).waits();
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }
    let kitchen = format!("{printed}r/kitchen");
    let outcome = Console::runs(&["crowd", &kitchen, "--people", "2"], &[]).waits();
    assert!(outcome.code != 0 && outcome.notes.contains("the lobby only"), "{outcome:?}");
}

#[test]
fn the_hub_has_the_stack_for_the_largest_welcome_into_a_room() {
    // A debug build needs most of it, and without the second start of the program a thread has
    // less.
    let server = ServerProcess::start(&["--no-reexec", "--rate", "0"]);
    let state = Folder::new();
    let mut ines = person(server.addr, "--name Ines", &state);
    ines.shows("you are Ines");
    for (types, shows) in [
        ("/join r\r", "in r"),
        ("hello\r", "hello"),
        ("/pin #1\r", "pinned"),
        ("/leave\r", "you have left r"),
        ("/join r\r", "in r"),
        ("still here\r", "still here"),
    ] {
        ines.types(types);
        ines.shows(shows);
    }
    Numbered::joins(server.addr, "Bo");
}
