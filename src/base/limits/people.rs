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
/// Longest name of a room, in bytes of UTF-8. In a URL, the name can take three times as many
/// bytes.
pub const ROOM_BYTES_MAX: usize = 96;

/// Longest id that a client may give its message, in bytes.
pub const MESSAGE_ID_BYTES_MAX: usize = 64;
/// How many bytes one request of a client may have in addition to its text: names, ids, and sixteen
/// rooms in a hello.
pub const REQUEST_BYTES_BESIDE_TEXT: usize = 4 * 1024;
/// Longest excuse of a person who is busy (`/away lunch`), in bytes.
pub const EXCUSE_BYTES_MAX: usize = 128;
/// Longest topic of a room, in bytes.
pub const TOPIC_BYTES_MAX: usize = 512;

/// If a client has set a new secret for its name, it gets a new token. Until the client uses that
/// token, other sessions of the person cannot set another secret. After this time they can.
pub const UNSHOWN_SECRET_KEPT: Duration = Duration::from_secs(600);

/// Most rooms that one client may be in at the same time.
pub const ROOMS_PER_CLIENT_MAX: usize = 16;
/// Most rooms that may exist. If there are so many, the hub must remove an empty room to make a new
/// one. If it may remove none ([`ROOM_KEPT`]), it refuses the new room.
pub const ROOMS_MAX: usize = 200;
/// To make space for a new room, the hub usually removes no room whose newest line is younger than
/// this. [`LONE_ROOMS_SAFE`] names the exception.
pub const ROOM_KEPT: Duration = Duration::from_hours(7 * 24);
/// If no other room may be removed for a new room, the hub may remove an empty lone room even
/// during [`ROOM_KEPT`]. A network that has only this many lone rooms, or fewer, loses none of them
/// in this way.
pub const LONE_ROOMS_SAFE: usize = 4;
/// Most new rooms that one network may make at once. This is enough for a class of thirty in which
/// each person makes a room.
pub const ROOMS_BURST_MAX: u32 = 40;
/// After [`ROOMS_BURST_MAX`] new rooms at once, a network may make one more each time this has
/// passed.
pub const ROOM_INTERVAL: Duration = Duration::from_secs(60);

/// Most lines of one room's log that the hub holds in memory.
pub const ROOM_LOG_ENTRIES_MAX: usize = 1000;
/// About how many bytes the lines of one room's log may take in memory. See also
/// [`ROOM_LOGS_BYTES_MAX`].
pub const ROOM_LOG_BYTES_MAX: usize = 384 * 1024;

/// About how many bytes the logs of all rooms may take in memory together.
pub const ROOM_LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A room's log may always take this many bytes of memory, even if the logs of all rooms together
/// take too much.
pub const ROOM_LOG_BYTES_MIN: usize = 16 * 1024;

/// For how many of a room's newest lines the hub remembers the ids that clients gave to their
/// messages. A client that got no answer to a message can send it again with the same id. If the
/// first message is among these lines, the hub adds no second line.
pub const ROOM_LOG_IDS_MAX: usize = ROOM_LOG_ENTRIES_MAX;

/// Most logs of private messages that may exist. If there are so many, the hub must remove one to
/// make a new one. See [`UNREAD_KEPT`].
pub const PRIVATE_LOGS_MAX: usize = 800;
/// To make space for a new private log, the hub removes no log that has an unread message and a
/// newest line younger than this.
pub const UNREAD_KEPT: Duration = Duration::from_hours(7 * 24);
/// Most new private logs that one network may make at once.
pub const PRIVATE_LOGS_BURST_MAX: u32 = 64;
/// After [`PRIVATE_LOGS_BURST_MAX`] new private logs at once, a network may make one more each time
/// this has passed.
pub const PRIVATE_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Most lines of one private log that the hub holds in memory.
pub const PRIVATE_LOG_ENTRIES_MAX: usize = 500;
/// About how many bytes the lines of one private log may take in memory.
pub const PRIVATE_LOG_BYTES_MAX: usize = 128 * 1024;
/// About how many bytes all private logs may take in memory together.
pub const PRIVATE_LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A private log may always take this many bytes of memory, even if all private logs together take
/// too much.
pub const PRIVATE_LOG_BYTES_MIN: usize = 4 * 1024;
/// For how many of a private log's newest lines the hub remembers the ids that clients gave to
/// their messages. [`ROOM_LOG_IDS_MAX`] says why.
pub const PRIVATE_LOG_IDS_MAX: usize = PRIVATE_LOG_ENTRIES_MAX;

/// Most people of one network who may have all their messages removed at once: enough for a class
/// of thirty. For each of them the history's thread reads its whole file once.
pub const REMOVALS_BURST_MAX: u32 = 32;
/// After [`REMOVALS_BURST_MAX`] removals at once, one more person of the network may ask for it
/// each time this has passed.
pub const REMOVAL_INTERVAL: Duration = Duration::from_secs(60);

/// For one room, the server remembers at most so many people who have entered its password, and
/// need not enter it again; one more makes it forget another. Each takes 8 bytes in the file. The
/// file also has at most so many sessions that have entered the password, 24 bytes each.
pub const LET_IN_MAX: usize = 1_000;

/// Most invites that a room has, 24 bytes each. One more ends the oldest of the person who makes
/// it, or else of the person who has the most. It never ends one of the room's maker.
pub const INVITES_PER_ROOM_MAX: usize = 64;
/// Most invites of one person to one room: so nobody can end those of all others. One more ends
/// that person's oldest.
pub const INVITES_PER_PERSON_MAX: usize = 16;
// Else a room could be full of invites of its maker, and nobody else could make one.
const _: () = assert!(INVITES_PER_PERSON_MAX < INVITES_PER_ROOM_MAX);

/// How long a link to another device is worth something: time enough to pick up that device, and
/// too little to find the link in a log or a chat later.
pub const DEVICE_LINK_KEPT: Duration = Duration::from_secs(300);
/// Most links to other devices that may exist, about 100 bytes each. Beyond that the hub makes none
/// until one ends.
pub const DEVICE_LINKS_MAX: usize = 4096;
/// Most links to other devices that one network may make at once: enough for a class of thirty.
pub const DEVICE_LINKS_BURST_MAX: u32 = 32;
/// After [`DEVICE_LINKS_BURST_MAX`] links at once, a network may make one more each time this has
/// passed.
pub const DEVICE_LINK_INTERVAL: Duration = Duration::from_secs(10);

/// How long a link that makes somebody a host is worth something: time enough to type it on a
/// phone.
pub const HOST_LINK_KEPT: Duration = Duration::from_secs(900);
/// Most such links that may exist. One more ends the oldest.
pub const HOST_LINKS_MAX: usize = 16;

/// Most people who may be muted in one room, and most who may be put out of it: 32 bytes each.
pub const RULES_PER_ROOM_MAX: usize = 256;
/// Most people whose answers to one poll are counted.
pub const VOTES_PER_POLL_MAX: usize = 1024;
/// Most people in one room who have raised a hand: more than a class has.
pub const HANDS_PER_ROOM_MAX: usize = 64;
/// Most people whom somebody has named as keepers of one room.
pub const KEEPERS_PER_ROOM_MAX: usize = 16;
/// Most names of people who look after a room in one list of the people there.
pub const KEEPERS_SHOWN_MAX: usize = 32;
/// Most people who may enter a room while it is closed: 16 bytes each.
pub const ADMITTED_PER_ROOM_MAX: usize = 1024;
/// Most people who may wait for one closed room. One more is refused as the others are, and nobody
/// in the room hears of it.
pub const WAITING_PER_ROOM_MAX: usize = 64;
/// How many of the last actions in a room the server remembers, about 200 bytes each.
pub const ACTS_PER_ROOM_MAX: usize = 64;
/// Most people who may be blocked from the whole chat, about 200 bytes each.
pub const BLOCKED_MAX: usize = 64;
/// Most other people whom the block of one person spares, 8 bytes each.
pub const SPARED_PER_BLOCK_MAX: usize = 256;
/// Most rooms in the list that hosts see.
pub const WATCHED_ROOMS_MAX: usize = 100;
/// Most messages of one room that may be reported at the same time, about 250 bytes each.
pub const REPORTS_PER_ROOM_MAX: usize = 32;
/// Most of them that people of one network may have reported first: so nobody fills the list alone.
pub const REPORTS_PER_NETWORK_MAX: usize = 8;
/// Most people who are noted for one reported message.
pub const REPORTERS_MAX: usize = 16;
/// How many characters of a reported message its report shows.
pub const REPORT_CHARS_MAX: usize = 100;
/// The time between two messages of one person in slow mode, if nobody has said another.
pub const SLOW_PAUSE: Duration = Duration::from_secs(30);
/// The longest such time.
pub const SLOW_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// The longest time for which a person may be muted or put out.
pub const RULE_LASTS_MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How long an action lasts that does not say it.
pub const RULE_LASTS: Duration = Duration::from_secs(600);
/// How long a ban lasts that does not say it.
pub const BAN_LASTS: Duration = Duration::from_secs(24 * 60 * 60);
/// Most people who may be banned from one room, about 150 bytes each.
pub const BANS_PER_ROOM_MAX: usize = 64;
/// Most networks of one person that a ban is about.
pub const NETWORKS_PER_BAN_MAX: usize = 8;

/// Most clients that one person may have at the same time.
pub const CLIENTS_PER_PERSON_MAX: usize = 16;
/// The time 2026-01-01, in milliseconds since 1970. If a machine's clock shows an earlier time,
/// nobody has set the clock. Many small machines have no clock that runs without power.
pub const CLOCK_SET_FROM_MILLIS: u64 = 1_767_225_600_000;

/// Most chat lines on one page that works without scripts.
pub const PAGE_LINES: usize = 25;
/// A person can choose after what time a page without scripts reloads itself. These are the
/// shortest and the longest time, in seconds.
pub const REFRESH_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// A page without scripts reloads itself after this time if the person has chosen no other, in
/// seconds.
pub const REFRESH_SECONDS_USUAL: u16 = 10;
/// For how long a room's page may say that the person has just saved the settings of the pages.
pub const SAVED_SAID_WITHIN: Duration = Duration::from_mins(1);
/// The most characters of a message that a page shows above a reply to it. They fit into one row of
/// a text browser.
pub const QUOTE_CHARS_MAX: usize = 60;

/// How long a visit waits at most for the hub's answers. The site makes a page from them.
pub const VISIT_WAIT: Duration = Duration::from_secs(5);

/// On the line door, a person has this long to type the server's password.
pub const TYPED_PASSWORD_WAIT: Duration = Duration::from_secs(60);
/// Most bytes that the server accepts from a client that only receives lines. Such a client need
/// not send anything.
pub const STREAM_SAID_BYTES_MAX: usize = 4 * 1024;

/// A poll waits at most this long for a new line. Many proxies end a request after half a minute.
pub const POLL_WAIT: Duration = Duration::from_secs(25);
/// About how many bytes of JSON the answer to a poll has at most, unless it has only one line. If
/// the client has missed more, it must poll again for the rest.
pub const POLL_BYTES_MAX: usize = 48 * 1024;

/// If a client has seen no line of a log, it receives at first only this many of the newest lines,
/// or fewer.
pub const BACKLOG_SHOWN: u64 = 50;
/// Most lines in one answer to a request for older lines, or to a search.
pub const HISTORY_PAGE_MAX: usize = 100;
/// Most names in one list of the people in a room.
pub const WHO_NAMES_MAX: usize = 200;

/// In a room with more people than this, clients are not told when a person comes or leaves.
pub const PRESENCE_PEOPLE_MAX: usize = 100;
/// If a person's last connection is lost, the person counts as gone after this time. If the person
/// is back earlier, the server tells the room nothing.
pub const ABSENCE_WAIT: Duration = Duration::from_secs(10);
/// A person who reads pages counts as gone if the browser requests no page for this long.
pub const PAGE_WAIT: Duration = Duration::from_mins(5);

/// How long the server reserves a person's name after the person's last connection has ended,
/// unless `--keep-names` says otherwise. During that time, another client gets the name only with
/// the person's token or secret. Rooms, too, are kept for a week ([`ROOM_KEPT`]), so a class or a
/// club that meets once a week finds both.
pub const NAME_KEPT: Duration = Duration::from_hours(7 * 24);
/// The longest time that `--keep-names` accepts.
pub const NAME_KEPT_MAX: Duration = Duration::from_hours(366 * 24);
/// How long the server reserves at least a name that has a secret. A person who has set a secret
/// finds their messages again, and may change them.
pub const SECRET_NAME_KEPT: Duration = NAME_KEPT_MAX;
/// Most names of one kind that the server reserves for people who are away. The kinds are names of
/// guests, chosen names, and names with a secret. If there are more of one kind, the server frees a
/// name of the network that has the most names of this kind. People with an unread private message
/// do not count.
pub const GONE_PEOPLE_MAX: usize = 2_000;

/// If at most this many new people come from one network at once, the server reserves each of their
/// names for [`NAME_KEPT`]. This is enough for a school class or a hotspot.
pub const NEW_PEOPLE_BURST_MAX: u32 = 128;
/// After [`NEW_PEOPLE_BURST_MAX`] new people at once, the server reserves the name of one more new
/// person from the network for [`NAME_KEPT`] each time this has passed. If more come, it lets them
/// in, too, but reserves their names only for [`BRIEF_NAME_KEPT`].
pub const NEW_PERSON_INTERVAL: Duration = Duration::from_secs(10);
/// How long the server reserves a person's name after the person's last connection has ended, if
/// too many new people came from the network. See [`NEW_PERSON_INTERVAL`].
pub const BRIEF_NAME_KEPT: Duration = PAGE_WAIT;
/// Most names of people who are away that the server reserves for [`BRIEF_NAME_KEPT`].
pub const BRIEF_PEOPLE_MAX: usize = 500;
/// If a network makes too many new people, rooms, private logs or device links, the server logs a
/// warning. The next warning for this network and this kind comes after this time at the earliest.
pub const MAKERS_LOG_INTERVAL: Duration = Duration::from_mins(10);

/// A client of `threadbare.v1` must send its hello within this time after its handshake.
pub const HELLO_WAIT: Duration = Duration::from_secs(10);
/// How many messages of a client of `threadbare.v1`, pings included, the server reads at most while
/// it waits for the client's hello. On the line door, a person has one try fewer than this to type
/// the server's password.
pub const HELLO_TRIES_MAX: usize = 32;

/// How many requests one person may send at once, unless `--burst` gives another number. Nearly all
/// requests are messages.
pub const TALK_BURST: u32 = 5;
/// After [`TALK_BURST`] requests at once, a person may send this many a second, unless `--rate`
/// gives another number. The IRC server Ergo has the same number, and no person types as fast.
pub const TALK_PER_SECOND: u32 = 2;
/// The largest value that `--burst` and `--rate` take.
pub const TALK_PACE_MAX: usize = 10_000;
/// All clients of one network together may send as many requests as this many people may. A school
/// class has more pupils behind one router, but they hardly ever write all at once.
pub const NETWORK_PACE_PEOPLE: u32 = 20;
/// One network may start a number of searches and downloads of rooms at once: this number,
/// multiplied by [`TALK_BURST`]. After that it may start [`TALK_PER_SECOND`] each second, which
/// take about half of the history's time.
pub const NETWORK_SEARCHES: u32 = 4;
/// Most requests of one client that can wait because they came too fast. Further ones are refused.
/// At [`TALK_PER_SECOND`], the client's person can send so many in two seconds.
pub const WAITING_REQUESTS_MAX: usize = 4;

/// How many requests of one client the hub refuses at once because they come too fast. If the
/// client sends one more too fast, the hub ends the client.
pub const TOO_FAST_BURST_MAX: u32 = 50;
/// After [`TOO_FAST_BURST_MAX`] refusals at once, the hub may refuse one more request of the client
/// each time this has passed.
pub const TOO_FAST_INTERVAL: Duration = Duration::from_secs(1);

/// Most digests of secrets and passwords from one network that can wait until the server makes
/// them. This is enough for a class that connects at once.
pub const DIGESTS_WAITING_PER_NETWORK_MAX: usize = 32;
/// Most digests from all networks together that can wait until the server makes them. If one more
/// comes, the server refuses one: usually one of the network that has the most digests waiting.
pub const DIGESTS_WAITING_MAX: usize = 256;
/// A digest waits at most this long until the server makes it. In this time, the slowest machines
/// make thirty digests.
pub const DIGEST_WAIT: Duration = Duration::from_secs(3);
/// Most digests that one network may request at once. This is enough for a class that connects at
/// once with secrets and passwords.
pub const DIGESTS_BURST_MAX: u32 = 128;
/// After [`DIGESTS_BURST_MAX`] digests at once, a network may request one more each time this has
/// passed. On the slowest machines this takes a tenth of a core.
pub const DIGEST_INTERVAL: Duration = Duration::from_secs(1);

/// Longest secret or password, in bytes.
pub const SECRET_BYTES_MAX: usize = 256;

/// How many wrong passwords of the server one network may send at once. A second limit has the same
/// number: it counts together wrong passwords of rooms, wrong secrets of names, wrong invites and
/// wrong device links.
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
