//! The bounds that more than one part, or somebody outside, relies on: name, unit, reason, and how
//! they relate to each other.
//!
//! A constant is here if a client or an operator can notice it (a page of `docs/`, a flag or the
//! page's script has it), if several parts use it, or if it stands in a relation to another
//! constant here. Every other constant is in the file that uses it; if several files of
//! one part share it, it is in one of them (the console has `console/limits.rs`).
//!
//! Owns: numbers. A bound that an operator may change has a flag in `cli/`, and its constant here
//! is the default. All others are fixed.
//! Must not know: other code; this folder uses only the standard library.
//!
//! Part: `base/mod.rs`.

mod history;
mod people;

use std::time::Duration;

pub use history::*;
pub use people::*;

// --- The public port ---------------------------------------------------------

/// The address on which the server listens if the operator gives no other: port 8080 of all the
/// machine's IP addresses. Classic servers listen there, too.
pub const ADDR_DEFAULT: &str = ":8080";

// --- The door: one request at a time, from a stranger ------------------------

/// Longest head of an HTTP request, in bytes: the request line and all headers together.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Most headers of one HTTP request.
pub const HEAD_HEADERS_MAX: usize = 100;
/// Longest target of an HTTP request, that is, its path and query, in bytes. If it is longer, the
/// server answers 414.
pub const TARGET_BYTES_MAX: usize = 8 * 1024;
/// Longest address that the server draws as a QR code, in bytes. A code for more has squares too
/// small for a phone's camera.
pub const QR_BYTES_MAX: usize = 300;
/// Longest body of an HTTP request, in bytes.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// A connection may stay silent at most this long before its first HTTP request.
pub const FIRST_BYTE_WAIT: Duration = Duration::from_secs(10);
/// A connection may stay silent at most this long between two HTTP requests. A browser that has got
/// a page may leave six silent connections open, and each of them is a door.
pub const NEXT_REQUEST_WAIT: Duration = Duration::from_secs(2);
/// The head of an HTTP request must be complete this long after its first byte. Classic servers
/// have the same limit.
pub const HEAD_WAIT: Duration = Duration::from_secs(3);
/// The body of an HTTP request must be complete this long after its head was complete.
pub const BODY_WAIT: Duration = Duration::from_secs(10);
/// One exchange with tiny_http may take this long. It begins when the door asks for a place among
/// the exchanges, and ends with the last byte of tiny_http's answer.
pub const EXCHANGE_WAIT: Duration = Duration::from_secs(5);
/// The door must have sent an HTTP answer completely within this time after it began to send.
pub const ANSWER_WAIT: Duration = Duration::from_secs(30);

/// The server closes a connection after this many HTTP requests. Any other large number would do as
/// well.
pub const REQUESTS_PER_CONNECTION_MAX: u32 = 1000;
/// Most exchanges with tiny_http at the same time. The bound keeps the number of tiny_http's
/// threads and file descriptors small. In a measurement, four exchanges at a time were as fast as
/// any number.
pub const EXCHANGES_MAX: usize = 4;

/// Longest body of an answer that goes through tiny_http's private socket, in bytes. A longer body
/// goes to the door in memory.
pub const PRIVATE_BODY_BYTES_MAX: usize = 64 * 1024;
/// Largest answer that a door reads from tiny_http, in bytes: a head, and a body of at most
/// [`PRIVATE_BODY_BYTES_MAX`]. The private socket takes 192 KiB before the door reads.
pub const ANSWER_BYTES_MAX: usize = 128 * 1024;
const _: () = assert!(PRIVATE_BODY_BYTES_MAX < ANSWER_BYTES_MAX && ANSWER_BYTES_MAX < 192 * 1024);

/// After its last answer or close frame the server goes on reading what the peer sends, for at most
/// this long. Otherwise the peer could receive a reset instead of that answer or frame.
pub const LINGER_WAIT: Duration = Duration::from_secs(1);

/// Most bytes that a door reads from a public socket at a time. With the end of one HTTP request,
/// it may read the beginning of the next one, but fewer bytes than this.
pub const DOOR_READ_BYTES: usize = 4 * 1024;

/// If the server refuses an HTTP request for now, it tells the peer to try again after this time.
/// For some reasons it names another time: see `server/http/refusal.rs`.
pub const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Most addresses of a hotspot (`--hotspot`) that may have pressed *Stay connected*. More phones
/// than one Wi-Fi carries; an entry takes some 50 bytes.
pub const STAYING_MAX: usize = 1024;
/// How long an address of a hotspot counts as one that has pressed *Stay connected*. After a day,
/// another phone may have the address.
pub const STAY: Duration = Duration::from_hours(12);

/// Largest file that is served from the folder of the operator's page, in bytes.
pub const OWN_FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

// --- One client --------------------------------------------------------------

/// Longest text of one chat message, in bytes of UTF-8, unless `--message-limit` gives another
/// length. Classic servers allow 512 bytes.
pub const MESSAGE_TEXT_BYTES_MAX: usize = 4096;
/// Smallest and largest value of `--message-limit`, in bytes.
pub const MESSAGE_TEXT_BYTES_RANGE: (usize, usize) = (1, 64 * 1024);
/// Most frames into which a client may split one WebSocket message. Without this bound, a client
/// could send empty frames of one message for ever.
pub const MESSAGE_PARTS_MAX: usize = 64;

/// Most pings and pongs that a client may send at once. A client may send a ping each second. If
/// the server's process was suspended for a minute and a half, the pings of that time arrive all at
/// once.
pub const CONTROL_FRAMES_BURST_MAX: u32 = 100;
/// After [`CONTROL_FRAMES_BURST_MAX`] pings and pongs at once, a client may send one more each time
/// this has passed.
pub const CONTROL_FRAME_INTERVAL: Duration = Duration::from_millis(50);

/// The size of a client's read buffer in tungstenite, in bytes. Classic servers have the same size.
/// With a buffer four times as large, each idle client needed 3 KB more.
pub const READ_BUFFER_BYTES: usize = 1024;
/// Smallest and largest value of `--read-buffer`, in bytes.
pub const READ_BUFFER_BYTES_RANGE: (usize, usize) = (512, 1024 * 1024);

/// Most messages that can wait in one client's outbox, unless `--outbox` gives another number. If
/// there is no space for a new line, a numbered client falls behind, and a classic client is
/// evicted.
pub const OUTBOX_MESSAGES_MAX: usize = 256;
/// Some clients get frames that are made for them alone. Such a client falls behind if there is a
/// new line for it while its outbox holds more bytes than this.
pub const OWN_BYTES_MAX: usize = 128 * 1024;
/// While more than this many bytes are unsent to a client, the client's reader keeps the request
/// that it has, and reads nothing more from the socket. Answers may be large, and the client may
/// never read them.
pub const OUTBOX_UNSENT_BYTES_MAX: usize = 64 * 1024;
/// Most requests with long answers (lines, people, rooms, or what a search finds) that one client
/// can have waiting. They wait until the client's previous long answer has been sent.
pub const QUESTIONS_WAITING_MAX: usize = 32;
/// Smallest and largest value of `--outbox`, in messages.
pub const OUTBOX_MESSAGES_RANGE: (usize, usize) = (1, 65_536);
/// Most pongs that can wait in one client's outbox. RFC 6455 5.5.3 allows the server to answer only
/// the newest pings. So a client that sends very many pings costs no more than this.
pub const OUTBOX_PONGS_MAX: usize = 16;

/// Most frames that a writer sends in one system call.
pub const WRITE_FRAMES_MAX: usize = 64;
/// The time that a writer has to send one frame completely. For a long frame it has more time: see
/// [`WRITE_WAIT_BYTES_PER_SECOND`]. In the classic servers the time is always ten seconds.
pub const WRITE_WAIT: Duration = Duration::from_secs(10);
/// How many bytes of a frame give its writer one more second, in addition to [`WRITE_WAIT`]. So a
/// client that takes fewer bytes a second may be too slow.
pub const WRITE_WAIT_BYTES_PER_SECOND: u64 = 512;

/// The time between two pings that the server sends to a client. As in classic servers, it is nine
/// tenths of [`PONG_WAIT`].
pub const PING_INTERVAL: Duration = Duration::from_secs(54);
/// The server ends a WebSocket client that has sent no byte for this long and has not answered a
/// ping that really left (`server/client/read_deadlines.rs`). On a stream, where clients answer no
/// pings, the kernel ends a connection whose peer acknowledges nothing for this long.
pub const PONG_WAIT: Duration = Duration::from_secs(60);
/// One WebSocket message must be complete this long after its first byte.
pub const MESSAGE_WAIT: Duration = Duration::from_secs(10);

/// When a client's reader has ended, the writer has this long to send what the outbox still holds,
/// and the close frame.
pub const FINISH_WAIT: Duration = Duration::from_secs(1);
/// The hub ends a client that saves a room when the whole file is in the outbox, or when it cannot
/// or must not send the rest. The client has this long to receive what is still in the outbox. Then
/// the hub hangs up. A client that ends for another reason has [`EVICT_WAIT`] or
/// [`STOP_CLIENTS_WAIT`].
pub const LET_GO_WAIT: Duration = Duration::from_secs(120);
/// When the hub ends a client because the client is too slow or too fast, or because its session
/// has ended or has a new token, the hub hangs up after this time.
pub const EVICT_WAIT: Duration = Duration::from_secs(2);

/// The size of the kernel's send buffer for one client, in bytes. By default the kernel lets it
/// grow to 4 MB for a client that stops reading.
pub const SEND_BUFFER_BYTES: usize = 16 * 1024;
/// The same on a machine with little memory. Of 700 clients, each that does not read then holds 11
/// KB less.
pub const SEND_BUFFER_BYTES_SMALL: usize = 8 * 1024;

// --- The hub -----------------------------------------------------------------

// Lesson 8 of the course: docs/course/08-pressure
/// Most requests of all clients together that can wait until the hub takes them. If there are more,
/// the readers block, and TCP makes their clients wait, too. If a quarter of `--outbox` is a
/// smaller number, that is the limit.
pub const BROADCAST_INBOX_MAX: usize = 64;

/// Most messages that the hub puts into one client's outbox at a time. If a quarter of `--outbox`
/// is a smaller number, that is the limit.
pub const FRAME_BATCH_MESSAGES_MAX: usize = 64;
/// About how many bytes the hub puts into one client's outbox at a time at most. The socket of an
/// idle client takes about this many at once.
pub const FRAME_BATCH_BYTES_MAX: usize = 16 * 1024;

/// If one round of the hub lasts longer than this, the server reports the hub as stuck.
pub const HUB_STUCK_AFTER: Duration = Duration::from_secs(2);

// --- Threads and the machine -------------------------------------------------

// Lesson 2 of the course: docs/course/02-thread-cost
/// The size of the stack of nearly all threads that the program starts, in bytes. A few have a
/// larger stack (`base/threads/mod.rs`). With a smaller stack, a thread did not need less memory.
pub const STACK_BYTES: usize = 64 * 1024;

/// How much address space one client or one door needs in addition to its threads, in bytes. A long
/// answer needs it, and so do the requests that wait while the client reads nothing.
pub const HEAP_PER_PEER_BYTES: usize = 48 * 1024;

/// The smallest value of `--memory`, in bytes. The program itself takes half of it.
pub const MEMORY_BYTES_MIN: usize = 12 * 1024 * 1024;
/// How many file descriptors the server sets aside for tiny_http, the log and the system. Clients
/// cannot use these. On a small machine it sets aside fewer.
pub const RESERVE_FILES: usize = 64;

/// Most clients that may be connected from one network, unless `--clients-per-address` gives
/// another number. This is enough for a school behind one IP address, and a single visitor cannot
/// take all places. Without that flag, loopback addresses have no limit.
pub const CLIENTS_PER_NETWORK_MAX: usize = 256;
/// Most doors that may be open at the same time, however large the machine is.
pub const DOORS_MAX: usize = 512;

// --- The server's log --------------------------------------------------------

/// Most bytes of a peer's text that one line of the server's log shows.
pub const LOG_TEXT_BYTES_MAX: usize = 256;
/// Most lines of one kind, such as refusals, that the server logs in one window of time. If there
/// are more, it later logs how many it has left out. So one kind fills no more than about 260 MB a
/// day.
pub const LOG_RATE_LINES_MAX: u32 = 20;
/// The length of one window of time for [`LOG_RATE_LINES_MAX`].
pub const LOG_RATE_WINDOW: Duration = Duration::from_secs(1);

// --- The end -----------------------------------------------------------------

/// The longest time from the first signal to stop the server until the server exits.
pub const STOP_WAIT: Duration = Duration::from_secs(5);
/// When the server stops, clients have at most this long to receive their last messages. This time
/// is a part of [`STOP_WAIT`].
pub const STOP_CLIENTS_WAIT: Duration = Duration::from_secs(2);
/// When the server stops and a service manager keeps its port open, requests that are on their way
/// have at most this long to be answered. This time is a part of [`STOP_WAIT`].
pub const STOP_ARRIVALS_WAIT: Duration = Duration::from_millis(300);
/// When the server stops and a service manager keeps its port open, requests that have arrived have
/// at most this long to be answered. This time is a part of [`STOP_WAIT`].
pub const STOP_ANSWERS_WAIT: Duration = Duration::from_millis(600);
/// When the server stops, the history has at most this long, from the beginning of the stop, to
/// store the last messages. This time is a part of [`STOP_WAIT`].
pub const STOP_KEEPING_WAIT: Duration = Duration::from_secs(4);

// --- The console -------------------------------------------------------------

/// Longest text that the console sends, in bytes. No Threadbare server takes a longer one.
pub const CONSOLE_LINE_BYTES_MAX: usize = MESSAGE_TEXT_BYTES_RANGE.1;
/// How many lines `/history` requests if the person types no count.
pub const CONSOLE_HISTORY_LINES: u32 = 20;
/// The longest time for which `threadbare send` waits until the server has confirmed the message,
/// unless `--timeout` gives another.
pub const SEND_WAIT: Duration = Duration::from_secs(30);

// The answer to a ping must have time to arrive before the server ends the client's connection.
const _: () = assert!(PING_INTERVAL.as_millis() < PONG_WAIT.as_millis());
// A client that sends fast and also reads must not be evicted for its own messages. Its reader
// takes a request only while at most a quarter of its outbox is used. The rest must have space for
// the messages that the hub may still push before the reader looks at the outbox again.
const _: () = assert!(
    OUTBOX_MESSAGES_MAX / 4 + FRAME_BATCH_MESSAGES_MAX + BROADCAST_INBOX_MAX < OUTBOX_MESSAGES_MAX
);
// On the slowest permitted connection, a client must have time to receive its last bytes: the last
// lines in its outbox, and those in the kernel's send buffer. The kernel makes this buffer twice as
// large as it was told.
const _: () = assert!(
    (FRAME_BATCH_BYTES_MAX + 2 * SEND_BUFFER_BYTES) as u64
        <= LET_GO_WAIT.as_secs() * WRITE_WAIT_BYTES_PER_SECOND
);
// Even the client that is disconnected last must have time to receive its last messages before the
// server exits.
const _: () = assert!(
    STOP_ARRIVALS_WAIT.as_millis()
        + STOP_ANSWERS_WAIT.as_millis()
        + STOP_CLIENTS_WAIT.as_millis()
        + FINISH_WAIT.as_millis()
        + LINGER_WAIT.as_millis()
        < STOP_WAIT.as_millis()
);
const _: () = assert!(MESSAGE_TEXT_BYTES_MAX <= MESSAGE_TEXT_BYTES_RANGE.1);
