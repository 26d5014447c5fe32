//! Every bound of the server: name, unit, reason, and how it relates to others.
//!
//! Owns: numbers. A bound that an operator may change has a flag in `cli/flags.rs`
//! and its constant here is the default; all others are fixed.
//! Must not know: any other file. A number above one that steers behaviour
//! belongs here and nowhere else.
//!
//! Next: `limits/people.rs`.

mod console;
mod people;

use std::time::Duration;

pub use console::*;
pub use people::*;

// --- The public port ---------------------------------------------------------

/// Where people look for the chat when nothing else is said (classic default).
pub const ADDR_DEFAULT: &str = ":8080";
/// Connections that may wait in the kernel until `accept` takes them.
pub const ACCEPT_BACKLOG: i32 = 4096;
/// How long `accept` rests after an error that will not go away by itself,
/// such as a full file table; without it a full table would burn a core.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

// --- The door: one request at a time, from a stranger ------------------------

/// Longest request head, in bytes: request line plus headers.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of one request.
pub const HEAD_HEADERS_MAX: usize = 100;
/// Longest request target, in bytes; longer ones get 414.
pub const TARGET_BYTES_MAX: usize = 8 * 1024;
/// Longest request body, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// A connection may stay silent this long before (or between) requests.
pub const FIRST_BYTE_WAIT: Duration = Duration::from_secs(10);
/// Between two requests a browser has no more than this: it leaves six idle
/// connections behind each page, and each holds a door.
pub const NEXT_REQUEST_WAIT: Duration = Duration::from_secs(2);
/// A request head must be whole this long after its first byte (classic).
pub const HEAD_WAIT: Duration = Duration::from_secs(3);
/// A request body must be whole this long after its head.
pub const BODY_WAIT: Duration = Duration::from_secs(10);
/// One exchange with tiny_http, from the gate to the last byte of its answer.
pub const EXCHANGE_WAIT: Duration = Duration::from_secs(5);
/// An answer must be taken by the browser within this.
pub const ANSWER_WAIT: Duration = Duration::from_secs(30);
/// Requests on one connection before it is closed; a bound for its own sake.
pub const REQUESTS_PER_CONNECTION_MAX: u32 = 1000;
/// Exchanges with tiny_http at the same time. Measured: 4 cost no more than
/// no gate at all, and they bound tiny_http's threads and files.
pub const GATE_PLACES: usize = 4;
/// Files that one of them takes: both ends of its socket, and one of an own page.
pub const FILES_PER_EXCHANGE: usize = 3;
/// Largest own page with a mark for its host, in bytes: each browser that is
/// sent one has a copy of it.
pub const OWN_PAGE_BYTES_MAX: usize = 256 * 1024;
/// Longest body that travels through tiny_http, in bytes. A responder can put 192 KiB
/// into the private socket before anybody reads; longer bodies are handed over in the
/// ticket.
pub const CARD_BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest answer we take from tiny_http, in bytes: such a body, and the head before it.
pub const ANSWER_BYTES_MAX: usize = 128 * 1024;
const _: () = assert!(CARD_BODY_BYTES_MAX < ANSWER_BYTES_MAX && ANSWER_BYTES_MAX < 192 * 1024);
/// After an error answer we read on for this long, so that the words arrive
/// and not a reset.
pub const LINGER_WAIT: Duration = Duration::from_secs(1);
/// ... and for this many bytes at most.
pub const LINGER_BYTES_MAX: usize = 1024 * 1024;
/// Pages that wait to be packed; of more, those go out as they are ...
pub const PAGES_TO_PACK_MAX: usize = 8;
/// ... and so does one that waited this long.
pub const PACK_WAIT: Duration = Duration::from_secs(1);
/// Threads that take requests from tiny_http.
pub const RESPONDERS: usize = 4;
/// Empty lines that we skip before a request line (RFC 9112 2.2), in bytes.
pub const LEADING_NEWLINE_BYTES_MAX: usize = 16;
/// Longest method we look at before we call the bytes no HTTP at all.
pub const METHOD_BYTES_MAX: usize = 32;
/// One read from a public socket, in bytes; also what may arrive ahead of time.
pub const DOOR_READ_BYTES: usize = 4 * 1024;
/// A connect to the private socket. It waits only when tiny_http no longer
/// accepts, so this is how long we take to notice; a starved machine lets it
/// wait for half a second, too.
pub const PRIVATE_CONNECT_WAIT: Duration = Duration::from_secs(1);
/// Between two new lives of tiny_http. Each leaves five threads that end only
/// after seconds, so a box without files must not start one for each request.
pub const REBUILD_PAUSE: Duration = Duration::from_secs(1);
/// Longest path of a Unix socket, in bytes; the kernel keeps a zero behind it.
pub const SOCKET_PATH_BYTES_MAX: usize = 107;
/// When someone we had to send away for now should come back.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);
/// ... if the box is full: a place is free when somebody leaves, which takes longer.
pub const RETRY_AFTER_FULL: Duration = Duration::from_secs(30);
/// The machine's load is measured over at least this long ...
pub const CPU_SAMPLE_MIN: Duration = Duration::from_millis(250);
/// ... and at most this long: an older beginning says nothing about now.
pub const CPU_SAMPLE_MAX: Duration = Duration::from_secs(5);
/// Largest file of an own page's folder that we serve, in bytes.
pub const OWN_FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most bytes of a stranger's text that one line of the log shows.
pub const LOG_TEXT_BYTES_MAX: usize = 256;

// --- One client --------------------------------------------------------------

/// Longest text of one chat message, in bytes of UTF-8 (the seed has 512).
pub const MESSAGE_TEXT_BYTES_MAX: usize = 4096;
/// Least and most that `--message-limit` takes.
pub const MESSAGE_TEXT_BYTES_RANGE: (usize, usize) = (1, 64 * 1024);
/// Frames that one message may come in; endless empty ones cost nothing to send.
pub const MESSAGE_PARTS_MAX: usize = 64;
/// Pings and pongs that a client may send at once (Autobahn sends ten) ...
pub const CONTROL_FRAMES_BURST_MAX: u32 = 100;
/// ... and one more each time this has passed. After a freeze of the server a
/// client's last minute and a half of pings, one a second, may come at once.
pub const CONTROL_FRAME_INTERVAL: Duration = Duration::from_millis(50);
/// When patience has ended, what has arrived is still read: bytes that wait
/// come at once, others not within this.
pub const LAST_LOOK_WAIT: Duration = Duration::from_millis(1);
/// tungstenite's read buffer, in bytes: what the classic servers have, and four
/// times that was 3 KB more for each idle client (its own default is 128 KiB).
pub const READ_BUFFER_BYTES: usize = 1024;
/// Least and most that `--read-buffer` takes (the classic servers have 1024).
pub const READ_BUFFER_BYTES_RANGE: (usize, usize) = (512, 1024 * 1024);
/// Messages that may be unsent for one client before it is a slow consumer.
pub const OUTBOX_MESSAGES_MAX: usize = 256;
/// Bytes that may wait for one client before it is behind, if they are in nobody else's
/// outbox: what is told by name, or in somebody's language.
pub const OWN_BYTES_MAX: usize = 128 * 1024;
/// A client whose outbox holds more bytes than this is not asked what else it
/// wants: its own answers may be large, and it may never read them.
pub const ROOM_LEFT_BYTES_MAX: usize = 64 * 1024;
/// Questions of one client that wait until it has taken the answer before: lines, people, rooms.
pub const QUESTIONS_WAITING_MAX: usize = 32;
/// Least and most that `--outbox` takes.
pub const OUTBOX_MESSAGES_RANGE: (usize, usize) = (1, 65_536);
/// Pongs that may wait in an outbox; RFC 6455 5.5.3 lets us answer only the
/// newest pings, so a flood of pings costs no more than this.
pub const OUTBOX_PONGS_MAX: usize = 16;
/// Frames that one system call of a writer carries at most.
pub const WRITE_FRAMES_MAX: usize = 64;
/// ... and about how many bytes: a blocked call cannot be cut, so an eviction
/// waits for no more than this.
pub const WRITE_BYTES_MAX: usize = 16 * 1024;
/// A frame whose first byte is out must be whole within this, plus
/// [`WRITE_WAIT_BYTES_PER_SECOND`] for its length (classic: 10 s).
pub const WRITE_WAIT: Duration = Duration::from_secs(10);
/// The slowest line we wait for, in bytes a second.
pub const WRITE_WAIT_BYTES_PER_SECOND: u64 = 512;
/// A client is pinged this often (classic: nine tenths of the pong wait) ...
pub const PING_INTERVAL: Duration = Duration::from_secs(54);
/// ... and given up after this long without a sign of life.
pub const PONG_WAIT: Duration = Duration::from_secs(60);
/// One WebSocket message must be whole this long after its first byte.
pub const MESSAGE_WAIT: Duration = Duration::from_secs(10);
/// A close frame may take this long to leave when the reader ends a client.
pub const FINISH_WAIT: Duration = Duration::from_secs(1);
/// Whoever was told all that it came for has so long to take the last of it, with what
/// the kernel holds.
pub const LET_GO_WAIT: Duration = Duration::from_secs(120);
/// An evicted client that has not gone by itself is hung up on after this.
pub const EVICT_WAIT: Duration = Duration::from_secs(2);
/// The kernel's send buffer for a page load, in bytes: with a client's 16 KiB
/// a file of 4 MB took two seconds on the loopback.
pub const DOOR_SEND_BUFFER_BYTES: usize = 128 * 1024;
/// The kernel's send buffer for one client, in bytes; the default grows to 4 MB
/// for a client that stops reading.
pub const SEND_BUFFER_BYTES: usize = 16 * 1024;

// --- The hub -----------------------------------------------------------------

/// Messages that may wait for the hub before readers wait (and TCP with them);
/// with a smaller `--outbox` a quarter of that.
pub const BROADCAST_INBOX_MAX: usize = 64;
/// Leavers that may wait for the hub.
pub const UNREGISTER_INBOX_MAX: usize = 1024;
/// Messages that one push to a client carries at most ...
pub const PARCEL_MESSAGES_MAX: usize = 64;
/// ... and bytes: about what an idle client's socket takes at once.
pub const PARCEL_BYTES_MAX: usize = 16 * 1024;
/// A hub that is busy with one round for longer than this is called stuck.
pub const HUB_STUCK_AFTER: Duration = Duration::from_secs(2);

// --- Threads and the box -----------------------------------------------------

/// Stack of each of our threads, in bytes. Smaller costs no less memory.
pub const STACK_BYTES: usize = 64 * 1024;
/// ... and of the one in which a person's line is edited.
pub const DEEP_STACK_BYTES: usize = 1024 * 1024;
/// ... and of those that libraries make, where the address space is bounded: theirs would
/// have 2 MiB each.
pub const FOREIGN_STACK_BYTES: usize = 256 * 1024;
/// Stacks of threads that have ended are kept for the next ones up to this, in bytes of
/// address space (glibc's own bound is 40 MiB): half of this made a join dearer.
pub const STACK_CACHE_BYTES: usize = 16 * 1024 * 1024;
/// An allocation of so many bytes is mapped apart, and goes back when it is freed (glibc's
/// own bound, before it moves).
pub const LARGE_ALLOCATION_BYTES: usize = 128 * 1024;
/// Parked threads that the pool keeps for the next client.
pub const PARKED_THREADS_MAX: usize = 64;
/// A parked thread ends after this long without work.
pub const PARKED_WAIT: Duration = Duration::from_secs(10);
/// Longest thread name, in bytes; Linux cuts the rest.
pub const THREAD_NAME_BYTES_MAX: usize = 15;
/// Memory maps of a thread's stack, if it cannot be looked up: the stack and its guard ...
pub const MAPS_PER_STACK: usize = 2;
/// ... which has this many bytes with musl, half with glibc.
pub const GUARD_BYTES_MAX: usize = 8 * 1024;
/// ... and of the one on which a thread hears of its faults, if it has one ...
pub const MAPS_PER_SIGNAL_STACK: usize = 2;
/// ... which has as many bytes as the processor's registers want, and a guard.
pub const SIGNAL_STACK_BYTES_MAX: usize = 20 * 1024;
/// Threads left alone for tiny_http, the log and the system.
pub const RESERVE_THREADS: usize = 48;
/// Maps left alone beside those of threads, and of the program as it starts: large pieces
/// of memory, and glibc's up to eight arenas of two maps for each core ...
pub const RESERVE_MAPS: usize = 64;
/// See [`RESERVE_MAPS`].
pub const RESERVE_MAPS_PER_CORE: usize = 16;
/// ... and of all maps so many in a hundred: musl maps its memory in small pieces, which
/// lie between the stacks of threads; 7,900 people took 1,180 of them.
pub const RESERVE_MAPS_PERCENT: usize = 3;
/// Address space, where there is a limit, for the server's own threads and for secrets ...
pub const SERVER_SPACE_BYTES: usize = 12 * 1024 * 1024;
/// ... and for logs, the history, and what waits for it ...
pub const RESERVE_SPACE_BYTES: usize = 24 * 1024 * 1024;
/// ... and with less than this a server does not start.
pub const SPACE_BYTES_MIN: usize = 16 * 1024 * 1024;
/// What a client or a door takes of it beside its threads: of a client that reads nothing, a long
/// answer and the questions behind it (`telling/progress/answers.rs`) ...
pub const HEAP_PER_PEER_BYTES: usize = 48 * 1024;
/// ... and where each of them is given memory apart, in whole pages (glibc that could make
/// no arena).
pub const APART_HEAP_PER_PEER_BYTES: usize = 1024 * 1024;
/// See [`RESERVE_THREADS`].
pub const RESERVE_FILES: usize = 64;
/// Files that a server has open before anybody is here: 17 with a history, and for moments
/// three more while it writes one anew.
pub const SERVER_FILES: usize = 20;
/// Memory that one client pins, the kernel's included, in bytes.
pub const MEMORY_PER_CLIENT_BYTES: usize = 96 * 1024;
/// Memory that one page load pins, in bytes.
pub const MEMORY_PER_DOOR_BYTES: usize = 64 * 1024;
/// Memory left alone for the program itself and its pages, in bytes.
pub const RESERVE_MEMORY_BYTES: usize = 12 * 1024 * 1024;
/// Of the box's free memory we plan with this much.
pub const MEMORY_SHARE_PERCENT: usize = 75;
/// Clients of one address: a school behind one address fits, a single visitor
/// cannot take every place. This machine's own addresses are exempt.
pub const CLIENTS_PER_ADDRESS_MAX: usize = 256;
/// Doors that may be open beside the clients.
pub const DOORS_MAX: usize = 512;

/// Addresses that are shown at the start.
pub const ADDRESSES_SHOWN_MAX: usize = 12;

// --- The log -----------------------------------------------------------------

/// Log lines that may wait to be written; more are lost, and counted.
pub const LOG_LINES_MAX: usize = 1024;
/// Lines of one kind (a refusal, an end) in one window; the others are counted,
/// and the count is told. More than a person reads, and 260 MB a day at most.
pub const LOG_RATE_LINES_MAX: u32 = 20;
/// See [`LOG_RATE_LINES_MAX`].
pub const LOG_RATE_WINDOW: Duration = Duration::from_secs(1);
/// How long the end of the program waits for the last of them.
pub const LOG_END_WAIT: Duration = Duration::from_millis(200);

/// How long `join` waits at its end for the typist's own: a script whose input
/// is at its end has told so long before.
pub const TYPIST_END_WAIT: Duration = Duration::from_millis(100);

// --- The end -----------------------------------------------------------------

/// From the first signal to the exit.
pub const STOP_WAIT: Duration = Duration::from_secs(5);
/// Of which clients have this long to take their last words.
pub const STOP_CLIENTS_WAIT: Duration = Duration::from_secs(2);
/// ... and the history, from the signal on, to keep what was said last.
pub const STOP_KEEPING_WAIT: Duration = Duration::from_secs(4);

// The answer to a ping must have time to arrive.
const _: () = assert!(PING_INTERVAL.as_millis() < PONG_WAIT.as_millis());
// Who talks fast and listens is not evicted for it: its reader goes on only
// while no more than a quarter of its outbox is unsent, and the round at hand,
// the inbox, and what that reader holds itself fit into the rest.
const _: () = assert!(
    OUTBOX_MESSAGES_MAX / 4 + PARCEL_MESSAGES_MAX + BROADCAST_INBOX_MAX < OUTBOX_MESSAGES_MAX
);
// A line that is as slow as one may be is not cut before its end: the kernel holds twice
// what it is told to.
const _: () = assert!(
    (PARCEL_BYTES_MAX + 2 * SEND_BUFFER_BYTES) as u64
        <= LET_GO_WAIT.as_secs() * WRITE_WAIT_BYTES_PER_SECOND
);
// The last client that is hung up on still has time for its last words.
const _: () = assert!(
    STOP_CLIENTS_WAIT.as_millis() + FINISH_WAIT.as_millis() + LINGER_WAIT.as_millis()
        < STOP_WAIT.as_millis()
);
const _: () = assert!(MESSAGE_TEXT_BYTES_MAX <= MESSAGE_TEXT_BYTES_RANGE.1);
