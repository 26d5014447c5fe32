//! Tests of connecting and joining, against the small test server (`console/test_server.rs`).
//!
//! Method: the conversation runs as in the program, with a pipe in place of the standard input and
//! a buffer in place of the standard output. No test sleeps.
//!
//! Part: `console/classic/mod.rs`.

use std::io::{self, BufReader, Cursor, PipeReader, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::bounded;
use parking_lot::Mutex;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;

use super::converse;
use super::screen::{Screen, ScreenKind};
use crate::base::language::Language;
use crate::base::limits::CONSOLE_LINE_BYTES_MAX;
use crate::base::threads;
use crate::console::chat_url::ChatUrl;
use crate::console::dial::{DIAL_HANDSHAKE_WAIT, Dialled, dial_classic};
use crate::console::ending::Ending;
use crate::console::limits;
use crate::console::test_server::{Manners, TestServer};
use crate::console::trouble::ConsoleError;

/// A standard output whose content the test can read.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Outcome {
    result: Result<(), ConsoleError>,
    output: String,
    notes: String,
}

fn call(url: &str) -> Result<Dialled, ConsoleError> {
    call_with(url, DIAL_HANDSHAKE_WAIT)
}

fn call_with(url: &str, handshake_wait: Duration) -> Result<Dialled, ConsoleError> {
    let url = ChatUrl::parse(url)?;
    dial_classic(&url, &url.look_up()?, handshake_wait)
}

/// Joins as a script, with `input` in place of the standard input.
fn join(server: &TestServer, input: impl Read + Send + 'static) -> Outcome {
    join_as(ScreenKind::Script, server, input)
}

fn join_as(
    audience: ScreenKind,
    server: &TestServer,
    input: impl Read + Send + 'static,
) -> Outcome {
    let output = Output::default();
    let screen = Screen::new(output.clone(), Language::English.words(), audience);
    let mut notes = Vec::new();
    let dialled = call(&server.url()).unwrap();
    let result = converse(dialled, BufReader::new(input), screen, &mut notes, |_| Ok(()));
    let output = String::from_utf8(output.0.lock().clone()).unwrap();
    Outcome { result, output, notes: String::from_utf8(notes).unwrap() }
}

/// Makes an input that contains `text`. The input does not end before the returned writer is
/// dropped.
fn typing(text: &str) -> (PipeReader, io::PipeWriter) {
    let (input, mut hand) = io::pipe().unwrap();
    hand.write_all(text.as_bytes()).unwrap();
    (input, hand)
}

#[test]
fn every_line_of_a_pipe_is_delivered_and_what_comes_back_is_printed() {
    let server = TestServer::start(Manners::Broadcast);
    let outcome = join(&server, Cursor::new("a\nb\n"));
    outcome.result.unwrap();
    assert_eq!(server.heard(), ["a\n", "b\n"]);
    assert_eq!(outcome.output, "a\nb\n");
    assert_eq!(outcome.notes, "");
    assert_eq!(server.goodbyes(), [Some(1000)]);
}

#[test]
fn what_arrives_cannot_command_the_terminal() {
    let server = TestServer::start(Manners::Broadcast);
    let outcome = join(&server, Cursor::new("\u{1b}]52;c;eA==\u{7}\u{9b}31mred\u{202e}\n"));
    assert_eq!(server.heard(), ["\u{1b}]52;c;eA==\u{7}\u{9b}31mred\u{202e}\n"]);
    assert_eq!(outcome.output, "red[U+202E]\n");
}

#[test]
fn pongs_and_typed_lines_never_tear_each_other() {
    /// An input of lines. It does not end before the server has received a pong.
    struct Lines(Cursor<String>, Arc<TestServer>);
    impl Read for Lines {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            while read == 0 && self.1.pongs() == 0 {
                std::thread::yield_now();
            }
            Ok(read)
        }
    }
    let server = Arc::new(TestServer::start(Manners::Ping(5)));
    let lines: Vec<String> =
        (0..500).map(|number| format!("{number} {}\n", "x".repeat(4000))).collect();
    let outcome = join(&server, Lines(Cursor::new(lines.concat()), Arc::clone(&server)));
    outcome.result.unwrap();
    assert_eq!(server.heard(), lines);
    assert_eq!(outcome.output, lines.concat());
    assert!(server.pongs() > 0);
}

#[test]
fn a_server_that_shuts_down_is_a_normal_end_and_is_told() {
    let frame = CloseFrame { code: CloseCode::Away, reason: "see\u{1b}[2J you".into() };
    let server = TestServer::start(Manners::Close("l", Some(frame)));
    let (input, _hand) = typing("hello\n");
    let outcome = join_as(ScreenKind::Person, &server, input);
    outcome.result.unwrap();
    assert_eq!(outcome.notes, "the server is shutting down (code 1001): see you\n");
}

#[test]
fn a_script_that_the_server_cuts_short_is_told_with_an_error() {
    let frame = CloseFrame { code: CloseCode::Away, reason: "".into() };
    let server = TestServer::start(Manners::Close("l", Some(frame)));
    let (input, _hand) = typing("hello\n");
    let outcome = join(&server, input);
    assert!(matches!(outcome.result, Err(ConsoleError::CutShort)), "{:?}", outcome.result);
    assert!(outcome.notes.contains("1001"), "{}", outcome.notes);
}

#[test]
fn a_server_that_complains_is_an_error_with_its_words() {
    for (frame, said) in [
        (
            Some(CloseFrame { code: CloseCode::Size, reason: "512 bytes at most".into() }),
            "a message was too long for the server (code 1009): 512 bytes at most",
        ),
        (None, "without a code"),
    ] {
        let server = TestServer::start(Manners::Close("l", frame));
        let (input, _hand) = typing("hello\n");
        let error = join(&server, input).result.unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_complaint_about_the_last_line_counts_even_if_the_goodbye_is_out() {
    let frame = CloseFrame { code: CloseCode::Size, reason: "".into() };
    let server = TestServer::start(Manners::Close("l", Some(frame)));
    let outcome = join(&server, Cursor::new("too long\n"));
    let error = outcome.result.unwrap_err();
    let ConsoleError::Ended(Ending::Closed { code, .. }) = error else { panic!("{error}") };
    assert_eq!(code, Some(1009));
}

#[test]
fn a_server_that_goes_without_a_word_is_an_error() {
    let server = TestServer::start(Manners::Drop);
    let (input, _hand) = typing("hello\n");
    let error = join(&server, input).result.unwrap_err();
    let gone = Ending::Gone { after_our_close: false };
    assert!(matches!(&error, ConsoleError::Ended(ending) if *ending == gone), "{error}");
}

#[test]
fn a_server_that_does_not_answer_our_goodbye_is_left_in_time() {
    let server = TestServer::start(Manners::Stubborn);
    let began = Instant::now();
    let outcome = join(&server, Cursor::new("a\n"));
    let took = began.elapsed();
    outcome.result.unwrap();
    assert_eq!(outcome.output, "a\n");
    assert!(outcome.notes.contains("did not confirm"), "{}", outcome.notes);
    assert!(took >= limits::CONSOLE_CLOSE_WAIT - Duration::from_millis(10), "{took:?}");
    assert!(took < limits::CONSOLE_CLOSE_WAIT * 2, "{took:?}");
}

#[test]
fn an_interrupt_says_goodbye_while_the_typist_sleeps_on_its_input() {
    let server = TestServer::start(Manners::Broadcast);
    let (input, hand) = typing("hello\n");
    let output = Output::default();
    let screen = Screen::new(output.clone(), Language::English.words(), ScreenKind::Script);
    let dialled = call(&server.url()).unwrap();
    let (means, end) = bounded(1);
    let (ended, result) = bounded(1);
    let joining = threads::spawn("joining", move || {
        let watch = |closer| {
            means.send(closer).unwrap();
            Ok(())
        };
        let input = BufReader::new(input);
        ended.send(converse(dialled, input, screen, &mut io::sink(), watch)).unwrap();
    });
    let closer = end.recv().unwrap();
    closer.close();
    result.recv_timeout(Duration::from_secs(5)).unwrap().unwrap();
    joining.unwrap().join().unwrap();
    drop(hand);
    assert_eq!(server.goodbyes(), [Some(1000)]);
}

#[test]
fn an_output_that_nobody_reads_ends_it_quietly() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let server = TestServer::start(Manners::Broadcast);
    let (input, _hand) = typing("hello\n");
    let screen = Screen::new(Closed, Language::English.words(), ScreenKind::Script);
    let mut notes = Vec::new();
    let dialled = call(&server.url()).unwrap();
    converse(dialled, BufReader::new(input), screen, &mut notes, |_| Ok(())).unwrap();
    assert_eq!(notes, b"");
    assert_eq!(server.goodbyes(), [Some(1000)]);
}

#[test]
fn a_line_that_no_server_takes_is_said_aloud_and_what_came_before_is_sent() {
    let server = TestServer::start(Manners::Broadcast);
    let input = format!("before\n{}\nafter\n", "x".repeat(CONSOLE_LINE_BYTES_MAX));
    let outcome = join(&server, Cursor::new(input));
    assert!(matches!(outcome.result, Err(ConsoleError::LineTooLong)));
    assert_eq!(server.heard(), ["before\n"]);
    assert_eq!(outcome.output, "before\n");
}

#[test]
fn an_answer_that_is_not_101_is_told_with_its_words() {
    for (answer, said) in [
        (
            &b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 20\r\n\r\nThe server is full.\n"
                [..],
            "answered 503 instead of 101: The server is full. (",
        ),
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<p>no",
            "answered 404 instead of 101: Not Found (is the path right?",
        ),
        (
            b"HTTP/1.1 403 Forbidden\r\n\r\n\x1b[2J\n\x1b[1mgo away",
            "answered 403 instead of 101: go away (",
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak WebSocket"),
        (b"", "closed the connection without an answer"),
    ] {
        let server = TestServer::start(Manners::Answer(0, answer));
        let error = call(&server.url()).err().unwrap().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_port_where_nobody_listens_is_told() {
    let server = TestServer::start(Manners::Broadcast);
    let url = server.url();
    drop(server);
    let error = call(&url).err().unwrap();
    assert!(matches!(error, ConsoleError::Refused { .. }), "{error}");
}

#[test]
fn a_port_that_says_nothing_is_left_in_time() {
    // The kernel accepts connections to this listener, but no program reads from them.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/chat", silent.local_addr().unwrap());
    let error = call_with(&url, Duration::from_millis(50)).err().unwrap();
    assert!(matches!(error, ConsoleError::NoHandshake { .. }), "{error}");
}
