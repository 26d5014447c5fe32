//! The bounds for people and rooms: their names, what is stored of them, what they may ask for.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: any other file.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

/// Longest name of a person, in visible characters.
pub const NAME_CHARS_MAX: usize = 32;
/// Longest name of a person, in bytes of UTF-8: enough for [`NAME_CHARS_MAX`] characters of three
/// bytes, such as Chinese.
pub const NAME_BYTES_MAX: usize = 96;
/// Combining marks in a row in a name, including vowel signs. Burmese has up to five.
pub const NAME_MARKS_MAX: usize = 6;
/// Of the combining marks in a row in a name, those that stand above, below or around their letter.
/// They count for [`NAME_MARKS_MAX`] too.
pub const NAME_PILED_MARKS_MAX: usize = 3;
/// Longest text that is examined as a name, in bytes. Characters that are typed in parts (a letter
/// and its marks) need more bytes than the final name.
pub const TYPED_NAME_BYTES_MAX: usize = 4 * NAME_BYTES_MAX;

/// Longest name of a room, in visible characters.
pub const ROOM_CHARS_MAX: usize = 32;
/// Longest name of a room, in bytes of UTF-8. In a URL the name takes up to three times as many
/// bytes.
pub const ROOM_BYTES_MAX: usize = 96;

/// Longest id that a client gives its message, in bytes.
pub const MESSAGE_ID_BYTES_MAX: usize = 64;
/// How many bytes a request may have besides its text: for names, ids, and sixteen rooms in a
/// hello.
pub const REQUEST_BYTES_BESIDE_TEXT: usize = 4 * 1024;
/// Longest topic of a room, in bytes.
pub const TOPIC_BYTES_MAX: usize = 512;

/// What a session may have that its person's other sessions do not have yet: a new secret whose
/// token no client has sent back, and rooms that the session made, or whose password it gave. If
/// there are more rooms, the oldest are forgotten.
pub const UNSHOWN_RIGHTS_MAX: usize = 32;
/// With a new secret for its name, a client gets a new token. Until a client sends that token back,
/// the person's other devices cannot set another secret, but at most for this long: the answer with
/// the token may have been lost, and the person may have mistyped the secret.
pub const UNSHOWN_SECRET_KEPT: Duration = Duration::from_secs(600);

/// Rooms that one client may be in at the same time.
pub const ROOMS_PER_CLIENT_MAX: usize = 16;
/// Rooms that may exist. To make one more, the hub removes the room that has been empty longest.
pub const ROOMS_MAX: usize = 200;
/// The hub does not remove a room in which something was said within this time. [`LONE_ROOMS_SAFE`]
/// has the exception.
pub const ROOM_KEPT: Duration = Duration::from_hours(7 * 24);
/// [`ROOM_KEPT`] does not protect a room if only the address that made it has said anything there,
/// and that address has more such rooms than this.
pub const LONE_ROOMS_SAFE: usize = 4;
/// New rooms that one address may make at once: for a class of thirty, each with a room.
pub const ROOMS_BURST_MAX: u32 = 40;
/// After [`ROOMS_BURST_MAX`] new rooms at once, an address may make one more each time this has
/// passed.
pub const ROOM_INTERVAL: Duration = Duration::from_secs(60);

/// Lines of a room's log that the hub holds in memory.
pub const LOG_ENTRIES_MAX: usize = 1000;
/// About how many bytes the lines of a room's log may take in memory. See also [`LOGS_BYTES_MAX`].
pub const LOG_BYTES_MAX: usize = 384 * 1024;

/// A line counts in memory as this many bytes besides its text and its id: about twice what its
/// entry takes. The number is equal on every machine: two servers that get the same events must
/// forget the same lines, even if one of the servers has 32-bit words.
pub const ENTRY_BYTES: usize = 2 * 176;

/// A room counts as this many bytes in an answer that lists rooms, besides the texts of its name
/// and its topic.
pub const ROOM_LINE_BYTES: usize = 56;

/// About how many bytes the logs of all rooms may take in memory together.
pub const LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A room's log may take this many bytes in any case, even if all logs together take too much.
pub const LOG_BYTES_MIN: usize = 16 * 1024;
/// After this many more bytes were said, the hub checks how much memory all logs take.
pub const LOGS_LOOK_BYTES: usize = 64 * 1024;
/// If all logs take too much memory, a log gives up this many bytes at a time.
pub const LOG_GIVES_BYTES: usize = 16 * 1024;

/// Lines of a room's log whose ids are remembered, 36 bytes each. A message that is sent again is
/// recognized as a repetition as long as not more lines than this have come after it.
pub const LOG_IDS_MAX: usize = LOG_ENTRIES_MAX;

/// Logs of private messages that may exist. To make one more, the hub removes the log that has been
/// quiet longest.
pub const PRIVATE_LOGS_MAX: usize = 800;
/// If the owner of a private log was away when its last message came, the hub does not remove the
/// log for this time.
pub const UNREAD_KEPT: Duration = Duration::from_hours(7 * 24);
/// New logs of private messages that one address may make at once.
pub const PRIVATE_LOGS_BURST_MAX: u32 = 64;
/// After [`PRIVATE_LOGS_BURST_MAX`] new private logs at once, an address may make one more each
/// time this has passed.
pub const PRIVATE_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// Lines of a private log that the hub holds in memory.
pub const PRIVATE_LOG_ENTRIES_MAX: usize = 500;
/// About how many bytes the lines of a private log may take in memory.
pub const PRIVATE_LOG_BYTES_MAX: usize = 128 * 1024;
/// About how many bytes all private logs may take in memory together.
pub const PRIVATE_LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A private log may take this many bytes in any case, even if all private logs together take too
/// much.
pub const PRIVATE_LOG_BYTES_MIN: usize = 4 * 1024;
/// Lines of a private log whose ids are remembered. [`LOG_IDS_MAX`] says what the ids are for.
pub const PRIVATE_LOG_IDS_MAX: usize = PRIVATE_LOG_ENTRIES_MAX;

/// Clients that one person may have at the same time.
pub const CLIENTS_PER_PERSON_MAX: usize = 16;
/// A clock that shows a time before this (2026-01-01, in milliseconds) has not been set: many small
/// boxes have no clock that runs without power.
pub const CLOCK_SET_FROM_MILLIS: u64 = 1_767_225_600_000;

/// Lines on one page that works without scripts.
pub const PAGE_LINES: usize = 25;
/// How often a page may reload itself, in seconds.
pub const REFRESH_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// How often a page reloads itself if the person has not chosen, in seconds.
pub const REFRESH_SECONDS_USUAL: u16 = 10;
/// How long a browser keeps the settings of its pages.
pub const SETTINGS_KEPT: Duration = Duration::from_hours(365 * 24);
/// Links that are made from one text on a page: each link may be a hundred times as long as what
/// was typed.
pub const LINKS_PER_TEXT_MAX: usize = 32;
/// A page to which a link to a line leads shows about this many lines after that line.
pub const LINES_BEHIND_LINKED: u64 = 12;

/// The hub refuses a message from a page's form if the limit on pace would make it wait longer than
/// this.
pub const VISIT_TURN_WAIT: Duration = Duration::from_secs(2);
/// A page's visit to the hub may take this long.
pub const VISIT_WAIT: Duration = Duration::from_secs(5);
/// Answers that one page's visit may leave unread. A page asks for fewer.
pub const VISIT_TOLD_MAX: usize = 32;

/// A person who types on a line connection has this long to give the server's password.
pub const TYPED_PASSWORD_WAIT: Duration = Duration::from_secs(60);
/// Bytes that a client which only listens may send. It has nothing to say.
pub const STREAM_SAID_BYTES_MAX: usize = 4 * 1024;

/// A long poll waits this long for a new line. Proxies in between give up after half a minute.
pub const POLL_WAIT: Duration = Duration::from_secs(25);
/// Lines that a long poll may collect before the server answers it with what it has.
pub const POLL_UNREAD_MAX: usize = 256;
/// About how many bytes of JSON the answer to a long poll has at most. If the client has missed
/// more than that, it polls again from where this answer ends. The server holds the answer of a
/// client that reads nothing, so this is at most
/// [`HEAP_PER_PEER_BYTES`](super::HEAP_PER_PEER_BYTES).
pub const POLL_BYTES_MAX: usize = 48 * 1024;

/// Lines that a client receives when it comes into a room for the first time.
pub const BACKLOG_SHOWN: u64 = 50;
/// Lines in one page of history.
pub const HISTORY_PAGE_MAX: usize = 100;
/// Names in one list of the people in a room.
pub const WHO_NAMES_MAX: usize = 200;

/// In a room with more people than this, clients are not told of each coming and going.
pub const PRESENCE_PEOPLE_MAX: usize = 100;
/// A person whose last connection was lost counts as gone after this time. If the person is back
/// earlier, the room is told nothing.
pub const ABSENCE_WAIT: Duration = Duration::from_secs(10);
/// A person who reads pages, and asks for no further page, counts as gone this long after the last
/// page.
pub const PAGE_WAIT: Duration = Duration::from_mins(5);
/// People who are gone but whom the server still shows in a room, until [`ABSENCE_WAIT`] or
/// [`PAGE_WAIT`] is over. A person counts once for each room. If there are more, the server tells
/// the rooms at once that the first of them have left.
pub const ABSENT_MAX: usize = 10_000;

/// The server keeps a name for its person's token this long after the person's last connection was
/// seen, unless `--keep-names` says otherwise.
pub const NAME_KEPT: Duration = Duration::from_hours(24);
/// The longest time that `--keep-names` takes.
pub const NAME_KEPT_MAX: Duration = Duration::from_hours(366 * 24);
/// How many names the server keeps for people who are not here. The bound holds for each kind of
/// people: guests, people with a secret, and all others. If there are too many, the server forgets
/// a name from the address with most of them, but never a person with an unread private message.
pub const GONE_PEOPLE_MAX: usize = 2_000;

/// New people who may come from one address at once and whose names the server keeps for
/// [`NAME_KEPT`]: a class, a hotspot.
pub const NEW_PEOPLE_BURST_MAX: u32 = 128;
/// After [`NEW_PEOPLE_BURST_MAX`] new people at once, the server keeps the name of one more from
/// that address each time this has passed. Other new people of the address come in as well, but the
/// server keeps their names only for [`BRIEF_NAME_KEPT`].
pub const NEW_PERSON_INTERVAL: Duration = Duration::from_secs(10);
/// How long the server keeps the name of a new person after their last connection, if too many new
/// people have come from their address. See [`NEW_PERSON_INTERVAL`].
pub const BRIEF_NAME_KEPT: Duration = PAGE_WAIT;
/// Names that the server keeps for [`BRIEF_NAME_KEPT`], for people who are not here.
pub const BRIEF_PEOPLE_MAX: usize = 500;
/// The server's log has at most one line in this time about an address that makes more than it may.
pub const MAKERS_LOG_INTERVAL: Duration = Duration::from_mins(10);

/// A numbered client must send its hello within this time after its handshake.
pub const HELLO_WAIT: Duration = Duration::from_secs(10);
/// A numbered client must send its hello within this many messages, including pings.
pub const HELLO_TRIES_MAX: usize = 32;

/// People whose leaving is announced in one step of the hub.
pub const LEAVINGS_PER_STEP: usize = 32;
/// Longest sentence about a request that could not be parsed, in characters.
pub const FAULT_TEXT_CHARS_MAX: usize = 200;
/// Clients that receive a piece of what they missed in one round of the hub.
pub const CATCH_UPS_PER_ROUND: usize = 16;

/// Requests that one person may send at once, mostly messages.
pub const TALK_BURST: u32 = 5;
/// After [`TALK_BURST`] requests at once, a person may send this many a second. Ergo has the same
/// number, and no person types as fast.
pub const TALK_PER_SECOND: u32 = 2;
/// The largest value that `--burst` and `--rate` take.
pub const TALK_PACE_MAX: usize = 10_000;
/// An address may send as many requests as this many people: the pupils of a school class behind
/// one router hardly ever talk all at once.
pub const ADDRESS_PACE_PEOPLE: u32 = 20;
/// An address may start this many times as many searches and downloads of a room at once as a
/// person may send requests: twenty, and then two a second. So a class that searches at once is
/// served, and an address that goes on at that pace takes about half of the history's time. For
/// pages of older lines, an address has the pace of [`ADDRESS_PACE_PEOPLE`].
pub const ADDRESS_SEARCHES: u32 = 4;
/// Requests of one client that may wait until the limit on pace allows them. At the usual pace they
/// wait for two seconds at most.
pub const WAITING_REQUESTS_MAX: usize = 4;
/// Requests that had to wait because they came too fast: the hub handles at most this many of them
/// in one round.
pub const TURNS_PER_ROUND: usize = 64;

/// The hub may refuse a client this often at once for being too fast. After that it cuts the
/// client.
pub const TOO_FAST_BURST_MAX: u32 = 50;
/// After [`TOO_FAST_BURST_MAX`] refusals at once, the hub may refuse the client once more each time
/// this has passed.
pub const TOO_FAST_INTERVAL: Duration = Duration::from_secs(1);
/// When this many buckets are stored, full buckets are looked for and dropped.
pub const BUCKETS_KEPT_MIN: usize = 64;

/// Memory for one digest of a secret, in KiB. One digest is made at a time. More would be safer
/// (RFC 9106 says 64 MiB), but is too much for a box that has 64 MiB in all.
pub const SECRET_KIB: u32 = 4 * 1024;
/// Passes over the [`SECRET_KIB`] of memory for one digest. Together they take about 10 ms.
pub const SECRET_PASSES: u32 = 3;

/// Digests of one address that may wait to be made: enough for a class that comes in.
pub const DIGESTS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// Digests of all addresses that may wait to be made. If there are more, the address with most of
/// them loses one.
pub const DIGESTS_WAITING_MAX: usize = 256;
/// A digest waits at most this long to be made. The slowest box makes thirty in this time.
pub const DIGEST_WAIT: Duration = Duration::from_secs(3);
/// Digests that one address may ask for at once: enough for a class with secrets and passwords.
pub const DIGESTS_BURST_MAX: u32 = 128;
/// After [`DIGESTS_BURST_MAX`] digests at once, an address may ask for one more each time this has
/// passed: a tenth of a core of the slowest box.
pub const DIGEST_INTERVAL: Duration = Duration::from_secs(1);

/// Longest secret or password, in bytes.
pub const SECRET_BYTES_MAX: usize = 256;
/// People who may come into a locked room again without its password.
pub const LET_IN_MAX: usize = 1_000;

/// Wrong passwords (of the server or of a room) and wrong secrets of a name that one address may
/// give at once.
pub const GUESSES_BURST_MAX: u32 = 10;
/// After [`GUESSES_BURST_MAX`] wrong passwords and secrets at once, an address may give one more
/// each time this has passed.
pub const GUESS_INTERVAL: Duration = Duration::from_secs(6);

/// How long another program may lock the history's file before a batch fails. The batch is tried
/// again.
pub const STORE_BUSY_WAIT: Duration = Duration::from_secs(1);
/// SQLite's cache, in KiB.
pub const STORE_CACHE_KIB: i64 = 512;
/// Bytes that SQLite's write-ahead log keeps on the disk after it was emptied.
pub const STORE_WAL_BYTES: i64 = 1024 * 1024;

/// Records that one batch for the history has at most.
pub const BATCH_RECORDS_MAX: usize = 1024;
/// About how many bytes the records of one batch for the history have at most.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Records that may wait for the history.
pub const UNSTORED_RECORDS_MAX: usize = 16 * 1024;
/// About how many bytes the records that wait for the history may take. The server shows further
/// lines and does not store them.
pub const UNSAVED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Largest file of the history, in MiB, unless `--keep-size` says otherwise: more than a hundred
/// thousand lines.
pub const HISTORY_MEBIBYTES: usize = 64;
/// The smallest and the largest value of `--keep-size`, in MiB.
pub const HISTORY_MEBIBYTES_RANGE: (usize, usize) = (8, 1024 * 1024);
/// Bytes of the file that stay free for what comes next: a batch and its indexes.
pub const HISTORY_SLACK_BYTES: u64 = 3 * 1024 * 1024;
/// Unread private messages may take as many bytes as the largest size of the history's file divided
/// by this. The history deletes none of them. With [`HISTORY_SLACK_BYTES`] they fit into the
/// smallest file.
pub const UNREAD_PART_OF_FILE: u64 = 4;
/// How many bytes unread private messages may take if the server has no history: as much as in a
/// file of the usual size, see [`UNREAD_PART_OF_FILE`].
pub const UNREAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Lines that the history deletes at once. More would make a waiting batch wait long.
pub const THROWN_AWAY_AT_ONCE: u32 = 2 * 1024;
/// How often the history looks for lines that are too old.
pub const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// With `--flush 2s`, what is stored is safe from a power failure after this time.
pub const LAZY_FLUSH_WAIT: Duration = Duration::from_secs(2);
/// While a client of the plain format catches up, the hub remembers this many lines that it has
/// sent to the client, and compares later edits with them. It holds pointers to these lines: 1 KiB
/// per client, until the client has caught up.
pub const SENT_LINES_REMEMBERED_MAX: usize = 128;
/// What was edited or deleted is in no file of the history any more after this time.
pub const SCRUB_WAIT: Duration = Duration::from_secs(2);

/// Longest row that is copied from a damaged history, in bytes: a line and its id.
pub const RESCUED_ROW_BYTES_MAX: usize = 1024 * 1024;
/// The number of columns of a line in the oldest format of the history's file.
pub const RESCUED_LINE_COLUMNS: usize = 10;
/// How far the number of a line from a damaged history may lie above the numbers that its log had
/// reserved. A higher number that also lies above the log's far range (see [`NUMBERS_FAR`]) comes
/// from a byte that the disk has spoiled.
pub const RESCUED_AHEAD_MAX: u64 = 64 * 1024;
/// A rescued file may be this many times as large as `--keep-size` before its oldest lines are
/// deleted, because its pages are only half full.
pub const RESCUED_BYTES_FACTOR: u64 = 3;

/// The history tries again after this time if it could not write the access file.
///
/// That file has who may enter: the passwords of rooms and the secrets of names. The history writes
/// each change to it at once. Otherwise a new password or secret would be missing after a power
/// failure, and the room or name would be open.
pub const ACCESS_RETRY: Duration = Duration::from_secs(1);

/// How often the history checks whether its file is still intact.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(20);
/// How many pages of its file the history checks at a time. Each check takes the next ones: 64 MiB
/// take 85 minutes.
pub const FILE_CHECK_PAGES: u32 = 64;
/// At its start, the history checks pages for no longer than this. The remaining pages of a larger
/// file are checked later, by the regular checks.
pub const START_CHECK_MAX: Duration = Duration::from_secs(2);
/// A suspicious page is checked again after this time: another program may have been writing.
pub const FILE_DOUBT_WAIT: Duration = Duration::from_secs(1);

/// If the disk has not answered a batch for this long, people are told that messages are not
/// stored.
pub const STORE_SLOW_AFTER: Duration = Duration::from_secs(5);
/// How often a failed batch is tried again.
pub const STORE_RETRY_WAIT: Duration = Duration::from_secs(1);

/// Bytes of lines that one answer of the history brings into memory.
pub const FOUND_BYTES_MAX: usize = 64 * 1024;
/// Questions for older lines that may wait for their turn. Those of clients that must receive what
/// they have missed do not count.
pub const READS_WAITING_MAX: usize = 256;
/// Pages of older lines that one address may wait for, and as many searches. They count for
/// [`READS_WAITING_MAX`] too. All clients on this machine count as one address.
pub const READS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// A client that comes back asks for its next piece about a millisecond after the last one. During
/// this pause the history reads nothing for the other clients. [`COMING_BACK_TURN`] has the
/// exception.
pub const COMING_BACK_PAUSE: Duration = Duration::from_millis(5);
/// While clients come back, the history reads one page and does one search for the other clients
/// each time this has passed, so that those do not wait for ever.
pub const COMING_BACK_TURN: Duration = Duration::from_millis(10);

/// Longest text that a person can search for, in characters.
pub const SEARCH_CHARS_MAX: usize = 128;
/// Most words in a text that a person can search for.
pub const SEARCH_WORDS_MAX: usize = 16;
/// For this many names, one search remembers whether they are the wanted author's.
pub const SEARCH_NAMES_MAX: usize = 1024;
/// How long the history works on one search before other searches have their turn.
pub const SEARCH_TURN: Duration = Duration::from_millis(20);
/// How long the history works on one search at least, even when other work waits: a batch to store,
/// or lines that a client has missed.
pub const SEARCH_TURN_MIN: Duration = Duration::from_micros(500);
/// Bytes that a search examines before it looks at the clock. They take some ten microseconds, or
/// 200 with the texts that take longest to compare.
pub const SEARCH_BYTES_PER_CHECK: usize = 2 * 1024;
/// What a search counts for each line in addition to its text, in bytes. See
/// [`SEARCH_BYTES_PER_CHECK`].
pub const SEARCH_LINE_BYTES: usize = 64;
/// The longest time that the history works on one search, in all its turns. Then the search is
/// answered with what was found so far, and with the number from which to search on. This is enough
/// for some hundred thousand lines on a usual box.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(300);
/// The history may work on one search for at least this long, in all the search's turns, however
/// many other searches wait. See [`SEARCH_TIME_MAX`].
pub const SEARCH_TIME_MIN: Duration = Duration::from_millis(20);
/// Searches that wait at the same time share this much of the history's time. It is less than
/// [`SEARCH_WAIT`], because some of that time goes to storing, and to clients that come back.
pub const SEARCH_TIME_SHARED: Duration = Duration::from_secs(2);
/// A search is answered after this time, even if it is not complete.
pub const SEARCH_WAIT: Duration = Duration::from_secs(3);

/// A page that says that the server is away tries again after this, in seconds.
pub const AWAY_RETRY_SECONDS: u16 = 30;

/// Numbers of a log that the hub reserves on the disk ahead of use. It reserves more when half of
/// them are used. A crash skips at most this many, unless the block has grown. See
/// [`NUMBERS_BLOCK_WAIT`].
pub const NUMBERS_BLOCK: u64 = 1024;
/// If people talk so fast that a block of reserved numbers lasts for less than this, the next block
/// is twice as large.
pub const NUMBERS_BLOCK_WAIT: Duration = Duration::from_secs(10);
/// Largest block of reserved numbers. Half of it is more than the lines that may wait for a slow
/// disk.
pub const NUMBERS_BLOCK_MAX: u64 = 64 * 1024;
/// Numbers in a log's far range: this many lines may be said in one log while the disk stores no
/// reservation. With one line each second that is a day and a half.
pub const NUMBERS_FAR: u64 = 1 << 17;
/// Numbers of a log between its reserved block and its far range. The next runs of the server take
/// their blocks from here.
pub const NUMBERS_FAR_DISTANCE: u64 = 1 << 20;
/// Ranges of numbers in one log that crashes have skipped and that clients are told of. A box that
/// loses power each day needs more than a year to fill this.
pub const SKIPS_KEPT_MAX: usize = 512;

const _: () = assert!(NUMBERS_BLOCK_MAX / 2 > UNSTORED_RECORDS_MAX as u64);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR_DISTANCE);

/// Returns how many bytes each room's log may take in memory if `logs` rooms have a log.
pub fn log_bytes_max(logs: usize) -> usize {
    LOG_BYTES_MAX.min(LOGS_BYTES_MAX / logs.max(1))
}

/// Returns how many bytes each private log may take in memory if there are `logs` private logs.
pub fn private_log_bytes_max(logs: usize) -> usize {
    PRIVATE_LOG_BYTES_MAX.min(PRIVATE_LOGS_BYTES_MAX / logs.max(1))
}
