//! Behaviour of Threadbare against a real server on port 0, one module a theme.
//!
//! Needs no network, no browser, no fixed port and no environment. Tests of the
//! classic chats' behaviour are named after its row: `b14_...`.
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

/// B11 to B19: threads, queues and deadlines of clients.
mod rows_clients;
/// B30 and B31: the console and the words of the log.
mod rows_console;
/// B5 to B10: the page and the handshake.
mod rows_http;
/// B20 to B24 and B29: what happens to a message.
mod rows_messages;
/// A6, A10 to A12, D1 and D2 of the street, at a room's pages.
mod rows_pages;
/// B1 to B4: the flags of the classic servers.
mod rows_start;

/// The log never blocks the code that it reports about.
mod logging;
/// A1, A3, A4 and A10 of the street: clients that hold a door open, or send endless bytes to it.
mod street_door;
/// B10 to B12 of the street: frames and texts that the standard forbids.
mod street_frames;
/// B2 and B3 of the street: which clients get no WebSocket.
mod street_handshakes;
/// D5 of the street: eight faults of a connection, in five scenes.
mod street_lines;
/// D1 to D4, D6, D7 of the street: peers that are slow, gone or odd.
mod street_peers;
/// B4 to B9 and B13 of the street: bytes that no honest client sends.
mod street_ws;

/// Forms and texts in other encodings than UTF-8.
mod charsets;
/// `join`, `send` and `pipe` in `threadbare.v1`.
mod console;
/// One conversation of all kinds of clients.
mod conversation;
/// E2: fifty cuts over all ways of programs, one at a time in one room.
mod cuts;
/// The ways into a server that needs a password.
mod entrance;
/// I2: bytes that would control a terminal, for everything that is read in one.
mod escapes;
/// The log of a room, exported while the server runs.
mod export;
/// B7 and B14 of the street: clients that ping or talk without end.
mod flood;
/// The secret of a name, the password of a room, the password of the server.
mod keys;
/// A door for `nc`.
mod lines;
/// The maker of a room hides it and changes its password.
mod makers;
/// How much memory clients take, and how much the server gives back.
mod memory;
/// Pages that need no script: how they show gaps.
mod missing_lines;
/// B15: two hundred odd texts and more, of each format that has JSON.
mod odd_json;
/// C9: what one address may make, and that other addresses lose nothing by it.
mod one_address;
mod one_address_lives;
/// One order for all clients, and for each client's own events.
mod order;
/// Who may change a line.
mod own_lines;
/// Pages that need no script.
mod pages;
/// Pages that need no script: what is new, private conversations, ways in and out.
mod pages_more;
/// E3, E4, F2 to F5: what outlives the server.
mod past;
/// F4: the file is damaged.
mod past_damage;
/// F1, F7: what outlives the server, on a bad disk.
mod past_disk;
/// G1: the server stores every message before it ends.
mod past_end;
/// F6: the disk as a power cut may have left it.
mod past_images;
/// F5: the server is killed at any moment.
mod past_kills;
/// F2: the folder or the file becomes inaccessible.
mod past_permissions;
/// F4: SQLite's write-ahead log is lost.
mod past_wal;
/// Names, numbers and resume.
mod people;
/// E2, E3, E5, E6: the same over connections that are cut.
mod people_lines;
/// B15, B16, I2: what no honest numbered client sends.
mod people_odd;
/// Private messages.
mod private;
/// What programs say by one request.
mod programs;
/// What browsers get when they cannot have what they ask for.
mod refused;
/// A client with the old token of a session gets nothing of what the session gained.
mod renewing;
/// What happens to a form that is sent again: from a page in the browser's history, or over a
/// connection that is cut.
mod repeats;
/// All of a room as a file.
mod saved;
/// Messages are found by their words.
mod search;
/// A client that resumes is served before clients that search or scroll back.
mod searchers;
/// Who owns a session, and what happens to it when it gains something.
mod sessions;
/// How readers choose the look of their pages, without a script.
mod settings;
/// The hub, its clients and nothing of the chat.
mod spine;
/// The program starts itself once more.
mod starts;
/// The end: signals, goodbyes, joined threads.
mod stop;
/// D1, D2 for clients that only listen.
mod streams;
/// C1 to C3, C8, C9: what the machine may lack, and what guests may do to it.
mod street_box;
/// C7, C10: a crowd that leaves, and one that comes back.
mod street_crowds;
/// C4, C5: as many guests as fit, and one more.
mod street_full;
/// G1, G2, G5: signals, and starts that fail.
mod street_process;
/// C5: what secrets and passwords cost the server, and which clients wait for them.
mod street_secrets;
/// H2, H5: texts in which no character is cut.
mod texts;
/// The house rules that a program can check.
mod tidy;
/// The stops of docs/TOUR.md, as a class types them.
mod tour;
/// Conversations as plain text, over real sockets.
mod transcripts;
/// A socket and a message on their way through the spine, in its source text.
mod way;
/// Which person a browser becomes when it comes in by a form.
mod ways_in;
/// B25 to B28: classic chats that send JSON.
mod webchat;
/// Which time zone the times on a page have.
mod zone;
