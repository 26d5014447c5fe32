//! Behaviour of Threadbare against a real server on port 0, one module or folder a theme.
//!
//! Needs no network, no browser, no fixed port and no environment. Tests of the
//! classic chats' behaviour are named after their row: `classic_b14_...`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "a failing test shows how far it came")]
#![expect(unreachable_pub, reason = "this crate is nobody's library")]

/// The first statement of a test that needs more than the classic chat. If the tested program lacks
/// a part, the test ends here, and reports that it was not run.
macro_rules! needs {
    ($($part:ident),+) => {
        if [$($crate::harness::Part::$part),+].into_iter().any($crate::harness::lacks) {
            return;
        }
    };
}

mod harness;

/// Pages that need no script.
mod pages;
/// What the server keeps.
mod past;
/// People and their rooms in `threadbare.v1`.
mod people;
/// What the classic chats do: rows classic B1 to B31.
mod rows;
/// The street: strangers, bad connections, and a full machine.
mod street;

/// E9: messages that answer others.
mod answers;
/// Row 111: below a path of a host.
mod base_path;
mod config_file;
/// `join`, `send` and `pipe` in `threadbare.v1`.
mod console;
/// One conversation of all kinds of clients.
mod conversation;
/// E2: fifty cuts over all ways of programs, one at a time in one room.
mod cuts;
/// What `threadbare doctor` says of a machine.
mod doctor;
/// I2: bytes that would control a terminal, for everything that is read in one.
mod escapes;
/// A proxy in front.
mod front;
/// What the server shows of its own work.
mod glass;
/// Row 104: the phones of a hotspot.
mod hotspot;
/// The course in a terminal.
mod lab;
mod learn;
/// A door for `nc`.
mod lines;
/// The log never blocks the code that it reports about.
mod logging;
/// How much memory clients take, and how much the server gives back.
mod memory;
/// One order for all clients, and for each client's own events.
mod order;
/// What programs say by one request.
mod programs;
/// Recordings of a run, and their replay.
mod recordings;
/// Row 115: what a server tells those who watch it from outside.
mod seen;
/// Row 114: what the server and a service manager, such as systemd, tell each other.
mod service;
/// The hub, its clients and nothing of the chat.
mod spine;
/// The program starts itself once more.
mod starts;
/// The end: signals, goodbyes, joined threads.
mod stop;
/// D1, D2 for clients that only listen.
mod streams;
/// H2, H5: texts in which no character is cut.
mod texts;
/// The house rules that a program can check.
mod tidy;
/// Row 110: TLS in the server itself.
mod tls;
/// The stops of docs/TOUR.md, as a class types them.
mod tour;
/// Conversations as plain text, over real sockets.
mod transcripts;
/// Row 113: a Unix socket, for a proxy on this machine.
mod unix_socket;
/// A socket and a message on their way through the spine, in its source text.
mod way;
/// Classic B25 to B28: classic chats that send JSON.
mod webchat;
