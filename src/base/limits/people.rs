//! The bounds for people and rooms: how long their names may be, how much the server stores about
//! them, and how many requests a person may send.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: code outside `base/limits`.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

/// Longest name of a person, in visible characters.
pub const NAME_CHARS_MAX: usize = 32;
/// Longest name of a person, in bytes of UTF-8: enough for [`NAME_CHARS_MAX`] characters of three
/// bytes, such as Chinese.
pub const NAME_BYTES_MAX: usize = 96;
/// Longest typed text that the server takes for a name, in bytes. Characters that are typed in
/// parts (a letter and its marks) need more bytes than the final name.
pub const TYPED_NAME_BYTES_MAX: usize = 4 * NAME_BYTES_MAX;

/// Longest name of a room, in visible characters.
pub const ROOM_CHARS_MAX: usize = 32;
/// Longest name of a room, in bytes of UTF-8. In a URL the name takes up to three times as many
/// bytes.
pub const ROOM_BYTES_MAX: usize = 96;

/// Longest id that a client may give its message, in bytes.
pub const MESSAGE_ID_BYTES_MAX: usize = 64;
/// How many bytes a client's request may have in addition to its text. They are for names, ids, and
/// sixteen rooms in a hello.
pub const REQUEST_BYTES_BESIDE_TEXT: usize = 4 * 1024;
/// Longest topic of a room, in bytes.
pub const TOPIC_BYTES_MAX: usize = 512;

/// A client has set a new secret for its name and has got a new token. Until it uses that token,
/// other sessions of the person cannot set another secret. After this time they can.
pub const UNSHOWN_SECRET_KEPT: Duration = Duration::from_secs(600);

/// Most rooms that one client may be in at the same time.
pub const ROOMS_PER_CLIENT_MAX: usize = 16;
/// Most rooms that may exist. If there are as many, the hub removes an empty room before it makes a
/// new one. If it may remove none, it refuses the new room. See [`ROOM_KEPT`].
pub const ROOMS_MAX: usize = 200;
/// To make space for a new room, the hub usually removes no room whose newest line is younger than
/// this. [`LONE_ROOMS_SAFE`] names the exception.
pub const ROOM_KEPT: Duration = Duration::from_hours(7 * 24);
/// A lone room is one in which only people from its maker's network have written. If the hub must
/// remove a room and finds no other, it may remove an empty lone room even during [`ROOM_KEPT`].
/// But a network with this many lone rooms, or fewer, loses none.
pub const LONE_ROOMS_SAFE: usize = 4;
/// One network may make at most this many new rooms at once. This is enough for a class of thirty
/// that makes a room each.
pub const ROOMS_BURST_MAX: u32 = 40;
/// After [`ROOMS_BURST_MAX`] new rooms at once, a network may make one more each time this has
/// passed.
pub const ROOM_INTERVAL: Duration = Duration::from_secs(60);

/// Most lines of a room's log that the hub holds in memory.
pub const ROOM_LOG_ENTRIES_MAX: usize = 1000;
/// About how many bytes the lines of one room's log may take in memory. See also
/// [`ROOM_LOGS_BYTES_MAX`].
pub const ROOM_LOG_BYTES_MAX: usize = 384 * 1024;

/// About how many bytes the logs of all rooms may take in memory together.
pub const ROOM_LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A room's log may always take this many bytes of memory, even if all logs together take too much.
pub const ROOM_LOG_BYTES_MIN: usize = 16 * 1024;

/// For how many of a room's newest lines the hub remembers the ids that clients gave them, in 36
/// bytes each. A client that got no answer to a message can send it again with the same id. If the
/// first message is among these lines, the hub adds no second line.
pub const ROOM_LOG_IDS_MAX: usize = ROOM_LOG_ENTRIES_MAX;

/// Most logs of private messages that may exist. If there are as many, the hub must remove one
/// before it makes a new one. Of those that it may remove (see [`UNREAD_KEPT`]), it takes one of
/// the network whose people have the most logs: the one whose newest line is the oldest.
pub const PRIVATE_LOGS_MAX: usize = 800;
/// To make space for a new private log, the hub removes no log with an unread message whose newest
/// line is younger than this.
pub const UNREAD_KEPT: Duration = Duration::from_hours(7 * 24);
/// Most new logs of private messages that one network may make at once.
pub const PRIVATE_LOGS_BURST_MAX: u32 = 64;
/// After [`PRIVATE_LOGS_BURST_MAX`] new private logs at once, a network may make one more each time
/// this has passed.
pub const PRIVATE_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Most lines of a private log that the hub holds in memory.
pub const PRIVATE_LOG_ENTRIES_MAX: usize = 500;
/// About how many bytes the lines of a private log may take in memory.
pub const PRIVATE_LOG_BYTES_MAX: usize = 128 * 1024;
/// About how many bytes all private logs may take in memory together.
pub const PRIVATE_LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A private log may always take this many bytes of memory, even if all private logs together take
/// too much.
pub const PRIVATE_LOG_BYTES_MIN: usize = 4 * 1024;
/// For how many of a private log's newest lines the hub remembers the ids that clients gave them.
/// [`ROOM_LOG_IDS_MAX`] says what the ids are for.
pub const PRIVATE_LOG_IDS_MAX: usize = PRIVATE_LOG_ENTRIES_MAX;

/// Most clients that one person may have at the same time.
pub const CLIENTS_PER_PERSON_MAX: usize = 16;
/// If a machine's clock shows an earlier time than this, it was never set. This time is 2026-01-01,
/// in milliseconds since 1970. Many small machines have no clock that runs without power.
pub const CLOCK_SET_FROM_MILLIS: u64 = 1_767_225_600_000;

/// Most chat lines on one page that works without scripts.
pub const PAGE_LINES: usize = 25;
/// The shortest and the longest time after which a page reloads itself, in seconds.
pub const REFRESH_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// A page reloads itself after this time if the person has not set another, in seconds.
pub const REFRESH_SECONDS_USUAL: u16 = 10;
/// How long after settings were saved a room's page may still say so.
pub const SAVED_SAID_WITHIN: Duration = Duration::from_mins(1);
/// The most characters of an answered message that a page shows above the answer. They fit into one
/// row of a text browser.
pub const QUOTE_CHARS_MAX: usize = 60;

/// To make a page, the site visits the hub as a client. The visit waits at most this long for the
/// hub's answers.
pub const VISIT_WAIT: Duration = Duration::from_secs(5);

/// On a line connection, a person has this long to type the server's password.
pub const TYPED_PASSWORD_WAIT: Duration = Duration::from_secs(60);
/// Most bytes that the server accepts from a client that only receives lines. Such a client has
/// nothing to send.
pub const STREAM_SAID_BYTES_MAX: usize = 4 * 1024;

/// A long poll waits at most this long for a new line. Many proxies end a request after half a
/// minute.
pub const POLL_WAIT: Duration = Duration::from_secs(25);
/// About how many bytes of JSON the answer to a poll has at most. If the client has missed more
/// than that, it polls again, with the number at which this answer ends. The answer stays in memory
/// while the client does not read it, so this bound is at most
/// [`HEAP_PER_PEER_BYTES`](super::HEAP_PER_PEER_BYTES).
pub const POLL_BYTES_MAX: usize = 48 * 1024;

/// Most older lines that a client receives at first when it comes into a room of which it has seen
/// no line.
pub const BACKLOG_SHOWN: u64 = 50;
/// Most lines in one page of history.
pub const HISTORY_PAGE_MAX: usize = 100;
/// Most names in one list of the people in a room.
pub const WHO_NAMES_MAX: usize = 200;

/// In a room with more people than this, clients are not told when a person comes or leaves.
pub const PRESENCE_PEOPLE_MAX: usize = 100;
/// A person whose last connection was lost counts as gone after this time. If the person is back
/// earlier, the room is told nothing.
pub const ABSENCE_WAIT: Duration = Duration::from_secs(10);
/// A person who reads pages counts as gone if the browser requests no page for this long.
pub const PAGE_WAIT: Duration = Duration::from_mins(5);

/// The server keeps a person's name for this long after it last saw a connection of the person,
/// unless `--keep-names` says otherwise. During that time, another client gets the name only with
/// the person's token or secret.
pub const NAME_KEPT: Duration = Duration::from_hours(24);
/// The longest time that `--keep-names` accepts.
pub const NAME_KEPT_MAX: Duration = Duration::from_hours(366 * 24);
/// Most names that the server keeps for people of one kind who are not connected. The kinds are
/// guests, people who have chosen a name, and people whose name has a secret. If there are more
/// names of a kind, the server forgets one from the network that has the most of them. The names of
/// people with an unread private message do not count and stay.
pub const GONE_PEOPLE_MAX: usize = 2_000;

/// If no more new people than this come from one network at once, the server keeps each of their
/// names for [`NAME_KEPT`]. This is enough for a school class or a hotspot.
pub const NEW_PEOPLE_BURST_MAX: u32 = 128;
/// After [`NEW_PEOPLE_BURST_MAX`] new people at once, the server keeps the name of one more from
/// that network each time this has passed. If more new people come from there, the server lets them
/// in as well, but keeps their names only for [`BRIEF_NAME_KEPT`].
pub const NEW_PERSON_INTERVAL: Duration = Duration::from_secs(10);
/// How long the server keeps the name of a new person after their last connection, if too many new
/// people have come from their network. See [`NEW_PERSON_INTERVAL`].
pub const BRIEF_NAME_KEPT: Duration = PAGE_WAIT;
/// Most names of people who are not connected that the server keeps for [`BRIEF_NAME_KEPT`].
pub const BRIEF_PEOPLE_MAX: usize = 500;
/// If a network makes too many things of one kind, such as rooms, the server logs that. During this
/// time it does not log it again for that network and kind.
pub const MAKERS_LOG_INTERVAL: Duration = Duration::from_mins(10);

/// A numbered client, that is one that knows the numbers of lines, must send its hello within this
/// time after its handshake.
pub const HELLO_WAIT: Duration = Duration::from_secs(10);
/// How many messages of a numbered client, pings included, the server reads while it waits for the
/// client's hello. On a line connection, a person has one try fewer than this to type the server's
/// password.
pub const HELLO_TRIES_MAX: usize = 32;

/// How many requests one person may send at once, unless `--burst` gives another number; further
/// ones must wait. Nearly all of them are messages.
pub const TALK_BURST: u32 = 5;
/// After [`TALK_BURST`] requests at once, a person may send this many a second, unless `--rate`
/// gives another number. The IRC server Ergo has the same number, and no person types as fast.
pub const TALK_PER_SECOND: u32 = 2;
/// The largest value that `--burst` and `--rate` take.
pub const TALK_PACE_MAX: usize = 10_000;
/// A network may send as many requests as this many people together. A school class has more pupils
/// behind one router, but they hardly ever write all at once.
pub const NETWORK_PACE_PEOPLE: u32 = 20;
/// One network may start this number times [`TALK_BURST`] searches and downloads of rooms at once,
/// so that a whole class can search. After that it may start [`TALK_PER_SECOND`] a second, which
/// take about half of the history's time.
pub const NETWORK_SEARCHES: u32 = 4;
/// Most requests of one client that can wait because they came too fast. Further ones are refused.
/// With the usual limit for one person, each of them waits for at most two seconds.
pub const WAITING_REQUESTS_MAX: usize = 4;

/// The hub may refuse this many requests of a client at once because they come too fast. If there
/// are more, the hub ends the client.
pub const TOO_FAST_BURST_MAX: u32 = 50;
/// After [`TOO_FAST_BURST_MAX`] refusals at once, the hub may refuse one more request of the client
/// each time this has passed.
pub const TOO_FAST_INTERVAL: Duration = Duration::from_secs(1);

/// Most digests of secrets and passwords that can wait to be made for one network. This is enough
/// for a class that connects at once.
pub const DIGESTS_WAITING_PER_NETWORK_MAX: usize = 32;
/// Most digests that can wait to be made for all networks. If one more comes, the server refuses
/// one: usually of the network that waits for the most digests.
pub const DIGESTS_WAITING_MAX: usize = 256;
/// A digest waits at most this long to be made. The slowest machines make thirty in this time.
pub const DIGEST_WAIT: Duration = Duration::from_secs(3);
/// Most digests that one network may request at once. This is enough for a class that connects at
/// once with secrets and passwords.
pub const DIGESTS_BURST_MAX: u32 = 128;
/// After [`DIGESTS_BURST_MAX`] digests at once, a network may request one more each time this has
/// passed. On the slowest machines this takes a tenth of a core.
pub const DIGEST_INTERVAL: Duration = Duration::from_secs(1);

/// Longest secret or password, in bytes.
pub const SECRET_BYTES_MAX: usize = 256;

/// How many wrong passwords of the server one network may send at once. It may also send so many
/// wrong passwords of rooms and secrets of names, counted together.
pub const GUESSES_BURST_MAX: u32 = 10;
/// After [`GUESSES_BURST_MAX`] wrong guesses at once, a network may make one more each time this
/// has passed.
pub const GUESS_INTERVAL: Duration = Duration::from_secs(6);

// The space that the server counts for a client is enough for an answer to a poll.
const _: () = assert!(POLL_BYTES_MAX <= super::HEAP_PER_PEER_BYTES);

/// Returns how many bytes each room's log may take in memory if `logs` rooms have a log.
pub fn room_log_bytes_max(logs: usize) -> usize {
    ROOM_LOG_BYTES_MAX.min(ROOM_LOGS_BYTES_MAX / logs.max(1))
}

/// Returns how many bytes each private log may take in memory if there are `logs` private logs.
pub fn private_log_bytes_max(logs: usize) -> usize {
    PRIVATE_LOG_BYTES_MAX.min(PRIVATE_LOGS_BYTES_MAX / logs.max(1))
}
