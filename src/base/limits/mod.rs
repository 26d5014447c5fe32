//! Every bound of the server: name, unit, reason, and how it relates to other bounds.
//!
//! Owns: numbers. A bound that an operator may change has a flag in `cli/flags.rs`, and its
//! constant here is the default. All others are fixed.
//! Must not know: any other file. A number that a client or an operator can notice belongs here;
//! one that only tunes a file's own code stays in that file.
//!
//! Part: `base/mod.rs`.

mod console;
mod people;

use std::time::Duration;

pub use console::*;
pub use people::*;

// --- The public port ---------------------------------------------------------

/// The address on which the server listens if none is given (as the classic servers do).
pub const ADDR_DEFAULT: &str = ":8080";

/// Connections that may wait in the kernel until `accept` takes them.
pub const ACCEPT_BACKLOG: i32 = 4096;
/// How long `accept` pauses after an error that does not go away by itself, such as a full file
/// table. Without the pause, a full table would keep a core busy.
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
/// A browser has only this long between two requests: after each page it leaves six idle
/// connections open, and each holds a door.
pub const NEXT_REQUEST_WAIT: Duration = Duration::from_secs(2);
/// A request head must be whole this long after its first byte (classic).
pub const HEAD_WAIT: Duration = Duration::from_secs(3);
/// A request body must be whole this long after its head.
pub const BODY_WAIT: Duration = Duration::from_secs(10);
/// One exchange with tiny_http may take this long: from the door's wait for a place, to the last
/// byte of the answer.
pub const EXCHANGE_WAIT: Duration = Duration::from_secs(5);
/// A browser must receive an answer within this time.
pub const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// Requests on one connection before it is closed. Nothing depends on the value.
pub const REQUESTS_PER_CONNECTION_MAX: u32 = 1000;
/// Exchanges with tiny_http at the same time. The bound keeps tiny_http's threads and files few.
/// Measured: four are as fast as no bound.
pub const GATE_PLACES: usize = 4;
/// Files that one exchange uses: both ends of its socket, and one of the operator's own page.
pub const FILES_PER_EXCHANGE: usize = 3;

/// Largest page of the operator in which the server fills in the host, in bytes. The server copies
/// such a page for each browser that it is sent to.
pub const OWN_PAGE_BYTES_MAX: usize = 256 * 1024;
/// Longest body that travels through tiny_http, in bytes. A responder, a thread that answers
/// tiny_http's requests, can write 192 KiB into the private socket before the door reads. The
/// responder hands a longer body to the door in memory.
pub const PRIVATE_BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest answer that is read from tiny_http, in bytes: a head, and a body of at most
/// [`PRIVATE_BODY_BYTES_MAX`].
pub const ANSWER_BYTES_MAX: usize = 128 * 1024;
const _: () = assert!(PRIVATE_BODY_BYTES_MAX < ANSWER_BYTES_MAX && ANSWER_BYTES_MAX < 192 * 1024);

/// After its last answer or close frame the server reads on for at most this long. Otherwise the
/// peer could receive a reset instead of that last answer.
pub const LINGER_WAIT: Duration = Duration::from_secs(1);
/// After its last answer or close frame the server reads at most this many bytes. See
/// [`LINGER_WAIT`].
pub const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Pages that may wait to be packed. The server sends further pages unpacked.
pub const PAGES_TO_PACK_MAX: usize = 8;
/// If a page is not packed after this time, the server sends it unpacked.
pub const PACK_WAIT: Duration = Duration::from_secs(1);

/// Threads that take requests from tiny_http.
pub const RESPONDERS: usize = 4;

/// Empty lines that are skipped before a request line (RFC 9112 2.2), in bytes.
pub const LEADING_NEWLINE_BYTES_MAX: usize = 16;
/// Longest method that is read before the bytes are judged not to be HTTP.
pub const METHOD_BYTES_MAX: usize = 32;
/// One read from a public socket, in bytes. So at most this much of the next request is read early.
pub const DOOR_READ_BYTES: usize = 4 * 1024;

/// A connect to the private socket may take this long. The connect waits only if tiny_http does not
/// accept any more, so after this time the door takes tiny_http for dead. On a starved machine a
/// connect to a live tiny_http may wait for half a second.
pub const PRIVATE_CONNECT_WAIT: Duration = Duration::from_secs(1);
/// The time between two restarts of tiny_http. It dies on a box without free files, and each
/// restart leaves five threads that end only after seconds. So there must not be a restart for each
/// request.
pub const REBUILD_PAUSE: Duration = Duration::from_secs(1);
/// Longest path of a Unix socket, in bytes. The kernel needs one more for a final zero.
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// A client that the server refused for now should try again after this time.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);
/// A client that found the server full should try again after this time. It is longer than
/// [`RETRY_AFTER`], because a place becomes free only when a client leaves.
pub const RETRY_AFTER_FULL: Duration = Duration::from_secs(30);

/// The server measures the machine's load over at least this long.
pub const CPU_SAMPLE_MIN: Duration = Duration::from_millis(250);
/// The server measures the machine's load over at most this long: older load says nothing about
/// now.
pub const CPU_SAMPLE_MAX: Duration = Duration::from_secs(5);

/// Largest file that is served from the folder of the operator's page, in bytes.
pub const OWN_FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Most bytes of a peer's text that one line of the server's log shows.
pub const LOG_TEXT_BYTES_MAX: usize = 256;

// --- One client --------------------------------------------------------------

/// Longest text of one chat message, in bytes of UTF-8 (the classic servers have 512).
pub const MESSAGE_TEXT_BYTES_MAX: usize = 4096;
/// Smallest and largest value of `--message-limit`.
pub const MESSAGE_TEXT_BYTES_RANGE: (usize, usize) = (1, 64 * 1024);
/// Frames that one message may be split into. Empty ones cost nothing to send, and could go on for
/// ever.
pub const MESSAGE_PARTS_MAX: usize = 64;

/// Pings and pongs that a client may send at once (Autobahn sends ten). After a freeze of the
/// server, all pings of a client's last minute and a half, one a second, may arrive at once.
pub const CONTROL_FRAMES_BURST_MAX: u32 = 100;
/// After [`CONTROL_FRAMES_BURST_MAX`] pings and pongs at once, a client may send one more each time
/// this has passed.
pub const CONTROL_FRAME_INTERVAL: Duration = Duration::from_millis(50);
/// When a client's deadline has passed, the reader waits this long for bytes that have already
/// arrived. They come at once; bytes that are still on their way do not come within this time.
pub const LAST_LOOK_WAIT: Duration = Duration::from_millis(1);

/// tungstenite's read buffer, in bytes, as in the classic servers. Four times as much cost 3 KB
/// more for each idle client (tungstenite's own default is 128 KiB).
pub const READ_BUFFER_BYTES: usize = 1024;
/// Smallest and largest value of `--read-buffer` (the classic servers have 1024).
pub const READ_BUFFER_BYTES_RANGE: (usize, usize) = (512, 1024 * 1024);

/// Messages that may be unsent for one client. If there are more, the server sends them later, from
/// the log; or evicts the client, if its format has no message numbers.
pub const OUTBOX_MESSAGES_MAX: usize = 256;
/// Bytes that may wait in the outbox of a client whose frames are made for it alone, for its own
/// name or language. If there are more, the server sends further lines later, from the log.
pub const OWN_BYTES_MAX: usize = 128 * 1024;
/// A client's reader takes no further request while its outbox holds more bytes than this: the
/// answers may be large, and the client may never read them.
pub const OUTBOX_UNSENT_BYTES_MAX: usize = 64 * 1024;
/// Questions of one client (for lines, people, rooms) that may wait until the client has received
/// its previous answer.
pub const QUESTIONS_WAITING_MAX: usize = 32;
/// Smallest and largest value of `--outbox`.
pub const OUTBOX_MESSAGES_RANGE: (usize, usize) = (1, 65_536);
/// Pongs that may wait in an outbox. RFC 6455 5.5.3 allows to answer only the newest pings, so a
/// flood of pings costs no more than this.
pub const OUTBOX_PONGS_MAX: usize = 16;

/// Frames that a writer sends at most in one system call.
pub const WRITE_FRAMES_MAX: usize = 64;
/// About how many bytes a writer sends at most in one system call. A blocked call cannot be
/// interrupted, so an eviction waits at most until this much has gone out.
pub const WRITE_BYTES_MAX: usize = 16 * 1024;
/// A frame must be sent completely within this time after the writer first tries to send it, plus
/// the time that [`WRITE_WAIT_BYTES_PER_SECOND`] gives for its length (classic: 10 s).
pub const WRITE_WAIT: Duration = Duration::from_secs(10);
/// The slowest connection that the server waits for, in bytes a second.
pub const WRITE_WAIT_BYTES_PER_SECOND: u64 = 512;

/// The server pings a client this often (classic: nine tenths of the pong wait).
pub const PING_INTERVAL: Duration = Duration::from_secs(54);
/// The server gives a client up after this long without any bytes from it.
pub const PONG_WAIT: Duration = Duration::from_secs(60);
/// One WebSocket message must be whole this long after its first byte.
pub const MESSAGE_WAIT: Duration = Duration::from_secs(10);

/// When a client's reader ends the connection, the writer has this long to send what is left and
/// the close frame.
pub const FINISH_WAIT: Duration = Duration::from_secs(1);
/// A client that was sent all that it came for has this long to receive the last bytes, including
/// those in the kernel.
pub const LET_GO_WAIT: Duration = Duration::from_secs(120);
/// An evicted client that has not closed its connection is cut off after this time.
pub const EVICT_WAIT: Duration = Duration::from_secs(2);

/// The kernel's send buffer for a page load, in bytes. With a client's 16 KiB, a file of 4 MB took
/// two seconds on the loopback.
pub const DOOR_SEND_BUFFER_BYTES: usize = 128 * 1024;
/// The kernel's send buffer for one client, in bytes. The default grows to 4 MB for a client that
/// stops reading.
pub const SEND_BUFFER_BYTES: usize = 16 * 1024;

// --- The hub -----------------------------------------------------------------

/// Requests, mostly messages, that may wait for the hub before readers block, and TCP makes their
/// clients wait too. If a quarter of `--outbox` is less than this, that quarter is the bound.
pub const BROADCAST_INBOX_MAX: usize = 64;
/// Notices that may wait for the hub. Most of them say that a client leaves.
pub const UNREGISTER_INBOX_MAX: usize = 1024;

/// Messages that one push to a client carries at most.
pub const FRAME_BATCH_MESSAGES_MAX: usize = 64;
/// Bytes that one push to a client carries at most: about what an idle client's socket takes at
/// once.
pub const FRAME_BATCH_BYTES_MAX: usize = 16 * 1024;

/// A hub that is busy with one round for longer than this is reported as stuck.
pub const HUB_STUCK_AFTER: Duration = Duration::from_secs(2);

// --- Threads and the box -----------------------------------------------------

/// Stack of each of the server's own threads, in bytes. A smaller stack does not use less memory.
pub const STACK_BYTES: usize = 64 * 1024;
/// Stack of the thread in which a person edits a typed line, and of the one that packs pages, in
/// bytes.
pub const DEEP_STACK_BYTES: usize = 1024 * 1024;
/// Stack of each thread that a library starts, in bytes, where the address space is limited. The
/// default of these threads would be 2 MiB each.
pub const FOREIGN_STACK_BYTES: usize = 256 * 1024;
/// Stacks of ended threads are kept for later threads, up to this many bytes of address space
/// (glibc's own bound is 40 MiB). With half of this, each new client cost more.
pub const STACK_CACHE_BYTES: usize = 16 * 1024 * 1024;
/// An allocation of at least this many bytes gets its own memory map, which is returned when it is
/// freed. glibc starts with the same bound, but moves it.
pub const LARGE_ALLOCATION_BYTES: usize = 128 * 1024;

/// Parked threads that the pool keeps for later clients.
pub const PARKED_THREADS_MAX: usize = 64;
/// A parked thread ends after this long without work.
pub const PARKED_WAIT: Duration = Duration::from_secs(10);
/// Longest thread name, in bytes; Linux cuts the rest.
pub const THREAD_NAME_BYTES_MAX: usize = 15;

/// Memory maps for a thread's stack, if the server cannot count them: the stack and its guard.
pub const MAPS_PER_STACK: usize = 2;
/// Size of the guard of a thread's stack with musl, in bytes. With glibc it is half of that.
pub const GUARD_BYTES_MAX: usize = 8 * 1024;
/// Memory maps for the stack on which a thread handles its faults, if the thread has one.
pub const MAPS_PER_SIGNAL_STACK: usize = 2;
/// Size of the stack on which a thread handles its faults, in bytes: what the processor's registers
/// need, and a guard.
pub const SIGNAL_STACK_BYTES_MAX: usize = 20 * 1024;

/// Threads that are left free for tiny_http, the log and the system.
pub const RESERVE_THREADS: usize = 48;
/// Memory maps that the server leaves free, besides those of threads and those of the program at
/// its start. They are for large pieces of memory, and for glibc, which has up to eight arenas of
/// two maps for each core.
pub const RESERVE_MAPS: usize = 64;
/// Memory maps for each core that the server leaves free in addition to [`RESERVE_MAPS`].
pub const RESERVE_MAPS_PER_CORE: usize = 16;
/// The percentage of all memory maps that the server leaves free in addition to [`RESERVE_MAPS`].
/// musl maps its memory in small pieces, which lie between the stacks of threads. With 7,900 people
/// there were 1,180 such pieces.
pub const RESERVE_MAPS_PERCENT: usize = 3;

/// Address space for the server's own threads and for making digests of secrets, in bytes, where
/// address space is limited.
pub const SERVER_SPACE_BYTES: usize = 12 * 1024 * 1024;
/// Address space for logs, the history, and what waits for the history, in bytes, where address
/// space is limited.
pub const RESERVE_SPACE_BYTES: usize = 24 * 1024 * 1024;
/// A server that has less address space than this, in bytes, does not start.
pub const SPACE_BYTES_MIN: usize = 16 * 1024 * 1024;
/// Address space for a client or a door besides its threads, in bytes. For a client that reads
/// nothing, it holds a long answer and the waiting questions (`telling/progress/answers.rs`).
pub const HEAP_PER_PEER_BYTES: usize = 48 * 1024;
/// Address space for a client or a door besides its threads, in bytes, if glibc could not make an
/// arena. Then each client and door gets separate memory in whole pages. Otherwise
/// [`HEAP_PER_PEER_BYTES`] holds.
pub const APART_HEAP_PER_PEER_BYTES: usize = 1024 * 1024;

/// Open files that are left free for tiny_http, the log and the system.
pub const RESERVE_FILES: usize = 64;
/// Files that a server has open before any client comes: 17 with a history, and for moments three
/// more while it rewrites the history.
pub const SERVER_FILES: usize = 20;

/// Memory that one client needs, including the kernel's, in bytes.
pub const MEMORY_PER_CLIENT_BYTES: usize = 96 * 1024;
/// Memory that one page load needs, in bytes.
pub const MEMORY_PER_DOOR_BYTES: usize = 64 * 1024;
/// Memory that is left free for the program itself and its pages, in bytes.
pub const RESERVE_MEMORY_BYTES: usize = 12 * 1024 * 1024;
/// The share of the box's free memory that the server plans with, in percent.
pub const MEMORY_SHARE_PERCENT: usize = 75;

/// Clients of one address, unless `--clients-per-address` says otherwise. A school behind one
/// address fits, and a single visitor cannot take every place. Without that flag, this machine's
/// own addresses have no such bound.
pub const CLIENTS_PER_ADDRESS_MAX: usize = 256;
/// Doors that may be open in addition to the clients.
pub const DOORS_MAX: usize = 512;

/// Addresses that are printed at the start.
pub const ADDRESSES_SHOWN_MAX: usize = 12;

// --- The log -----------------------------------------------------------------

/// Lines of the server's log that may wait to be written. Further lines are lost, and counted.
pub const LOG_LINES_MAX: usize = 1024;
/// Lines of one kind (such as refusals) that the server's log takes in one window. Further lines
/// are counted, and the count is logged. This is more than a person reads, and 260 MB a day at
/// most.
pub const LOG_RATE_LINES_MAX: u32 = 20;
/// The length of one window; see [`LOG_RATE_LINES_MAX`].
pub const LOG_RATE_WINDOW: Duration = Duration::from_secs(1);
/// How long the end of the program waits for the last lines of the server's log, in each of two
/// steps.
pub const LOG_END_WAIT: Duration = Duration::from_millis(200);

/// How long `join` waits at its end for the result of the thread that reads the input, and for the
/// last texts to be printed. If the input of a script has ended, that thread has reported it
/// already.
pub const TYPIST_END_WAIT: Duration = Duration::from_millis(100);

// --- The end -----------------------------------------------------------------

/// The time from the first signal to the exit of the server.
pub const STOP_WAIT: Duration = Duration::from_secs(5);
/// When the server stops, clients have this part of [`STOP_WAIT`] to receive their last messages.
pub const STOP_CLIENTS_WAIT: Duration = Duration::from_secs(2);
/// When the server stops, the history has this part of [`STOP_WAIT`], counted from the signal, to
/// store the last messages.
pub const STOP_KEEPING_WAIT: Duration = Duration::from_secs(4);

// The answer to a ping must have time to arrive.
const _: () = assert!(PING_INTERVAL.as_millis() < PONG_WAIT.as_millis());
// A client that talks fast and also reads is not evicted for its own messages. Its reader goes on
// only while no more than a quarter of its outbox is unsent; and the current round, the inbox, and
// what that reader holds itself fit into the rest.
const _: () = assert!(
    OUTBOX_MESSAGES_MAX / 4 + FRAME_BATCH_MESSAGES_MAX + BROADCAST_INBOX_MAX < OUTBOX_MESSAGES_MAX
);
// The slowest permitted connection is not cut before it has received everything: the kernel's
// buffer holds twice the configured size.
const _: () = assert!(
    (FRAME_BATCH_BYTES_MAX + 2 * SEND_BUFFER_BYTES) as u64
        <= LET_GO_WAIT.as_secs() * WRITE_WAIT_BYTES_PER_SECOND
);
// The last client to be cut off still has time to receive its last messages.
const _: () = assert!(
    STOP_CLIENTS_WAIT.as_millis() + FINISH_WAIT.as_millis() + LINGER_WAIT.as_millis()
        < STOP_WAIT.as_millis()
);
const _: () = assert!(MESSAGE_TEXT_BYTES_MAX <= MESSAGE_TEXT_BYTES_RANGE.1);
