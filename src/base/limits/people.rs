//! The bounds for people and rooms: how long their names may be, how much the server stores about
//! them, and how many requests a person may send.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: any file outside `base/limits`.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

/// Longest name of a person, in visible characters.
pub const NAME_CHARS_MAX: usize = 32;
/// Longest name of a person, in bytes of UTF-8: enough for [`NAME_CHARS_MAX`] characters of three
/// bytes, such as Chinese.
pub const NAME_BYTES_MAX: usize = 96;
/// Most combining marks in a row in a name, including vowel signs. Burmese has up to five.
pub const NAME_MARKS_MAX: usize = 6;
/// Most marks in a row in a name that stand above, below or around their letter. They are counted
/// for [`NAME_MARKS_MAX`] too.
pub const NAME_PILED_MARKS_MAX: usize = 3;
/// Longest typed text that the server takes for a name, in bytes. Characters that are typed in
/// parts (a letter and its marks) need more bytes than the final name.
pub const TYPED_NAME_BYTES_MAX: usize = 4 * NAME_BYTES_MAX;

/// Longest name of a room, in visible characters.
pub const ROOM_CHARS_MAX: usize = 32;
/// Longest name of a room, in bytes of UTF-8. In a URL the name takes up to three times as many
/// bytes.
pub const ROOM_BYTES_MAX: usize = 96;

/// Longest id that a client gives its message, in bytes.
pub const MESSAGE_ID_BYTES_MAX: usize = 64;
/// How many bytes a request may have in addition to its text: for names, ids, and sixteen rooms in
/// a hello.
pub const REQUEST_BYTES_BESIDE_TEXT: usize = 4 * 1024;
/// Longest topic of a room, in bytes.
pub const TOPIC_BYTES_MAX: usize = 512;

/// Rights that a session may have gained with a new token that no client has sent back yet: a new
/// secret, rooms that the session made, and rooms whose password it gave. If there are more, the
/// oldest rights to rooms are forgotten.
pub const UNSHOWN_RIGHTS_MAX: usize = 32;
/// With a new secret for its name, a client gets a new token. Until a client sends that token back,
/// the person's other devices cannot set another secret. This lasts at most this long, because the
/// answer with the token may have been lost, and the person may have mistyped the secret.
pub const UNSHOWN_SECRET_KEPT: Duration = Duration::from_secs(600);

/// Rooms that one client may be in at the same time.
pub const ROOMS_PER_CLIENT_MAX: usize = 16;
/// Rooms that may exist. To make one more, the hub removes the room that has been empty for the
/// longest time.
pub const ROOMS_MAX: usize = 200;
/// The hub does not remove a room in which a person wrote something within this time.
/// [`LONE_ROOMS_SAFE`] has the exception.
pub const ROOM_KEPT: Duration = Duration::from_hours(7 * 24);
/// [`ROOM_KEPT`] does not protect a room in which only people from its maker's address have
/// written, if that address has more such rooms than this.
pub const LONE_ROOMS_SAFE: usize = 4;
/// New rooms that one address may make at once. This is enough for a class of thirty that makes a
/// room each.
pub const ROOMS_BURST_MAX: u32 = 40;
/// After [`ROOMS_BURST_MAX`] new rooms at once, an address may make one more each time this has
/// passed.
pub const ROOM_INTERVAL: Duration = Duration::from_secs(60);

/// Lines of a room's log that the hub holds in memory.
pub const LOG_ENTRIES_MAX: usize = 1000;
/// About how many bytes the lines of a room's log may take in memory. See also [`LOGS_BYTES_MAX`].
pub const LOG_BYTES_MAX: usize = 384 * 1024;

/// A line in memory counts as this many bytes in addition to its text and its id: about twice what
/// its entry takes. The number is equal on every machine. If two servers get the same events, they
/// must forget the same lines, even if one of them has 32-bit words.
pub const ENTRY_BYTES: usize = 2 * 176;

/// A room in an answer that lists rooms counts as this many bytes in addition to the texts of its
/// name and its topic.
pub const ROOM_LINE_BYTES: usize = 56;

/// About how many bytes the logs of all rooms may take in memory together.
pub const LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A room's log may always take this many bytes, even if all logs together take too much.
pub const LOG_BYTES_MIN: usize = 16 * 1024;
/// Each time the logs have grown by this many bytes, the hub checks how much memory all of them
/// take.
pub const LOGS_LOOK_BYTES: usize = 64 * 1024;
/// If all logs take too much memory, the hub removes about this many bytes of lines from one log at
/// a time.
pub const LOG_GIVES_BYTES: usize = 16 * 1024;

/// Lines of a room's log whose ids the hub remembers, with 36 bytes each. A client may send a
/// message again because it got no answer. The hub recognizes the repetition if no more than this
/// many lines have come after the message.
pub const LOG_IDS_MAX: usize = LOG_ENTRIES_MAX;

/// Logs of private messages that may exist. To make one more, the hub removes the log that has had
/// no new line for the longest time.
pub const PRIVATE_LOGS_MAX: usize = 800;
/// If the owner of a log of private messages was away when its last message came, the hub does not
/// remove the log within this time.
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
/// A private log may always take this many bytes, even if all private logs together take too much.
pub const PRIVATE_LOG_BYTES_MIN: usize = 4 * 1024;
/// Lines of a private log whose ids the hub remembers. [`LOG_IDS_MAX`] says what the ids are for.
pub const PRIVATE_LOG_IDS_MAX: usize = PRIVATE_LOG_ENTRIES_MAX;

/// Clients that one person may have at the same time.
pub const CLIENTS_PER_PERSON_MAX: usize = 16;
/// A machine's clock that shows an earlier time than this (2026-01-01, in milliseconds) has not
/// been set. Many small machines have no clock that runs without power.
pub const CLOCK_SET_FROM_MILLIS: u64 = 1_767_225_600_000;

/// Lines on one page that works without scripts.
pub const PAGE_LINES: usize = 25;
/// How often a page may reload itself, in seconds.
pub const REFRESH_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// How often a page reloads itself if the person has not set the time, in seconds.
pub const REFRESH_SECONDS_USUAL: u16 = 10;
/// How long a browser keeps the cookie with the settings of the pages.
pub const SETTINGS_KEPT: Duration = Duration::from_hours(365 * 24);
/// Links that a page makes from one text. The HTML of a link may be a hundred times as long as what
/// was typed.
pub const LINKS_PER_TEXT_MAX: usize = 32;
/// If a link leads to one line, the page shows about this many lines after that line.
pub const LINES_BEHIND_LINKED: u64 = 12;

/// The hub refuses a message from a page's form if it would have to wait longer than this, because
/// its person or address sends too fast.
pub const VISIT_TURN_WAIT: Duration = Duration::from_secs(2);
/// To answer a browser's request, a page visits the hub as a client. The visit may take this long.
pub const VISIT_WAIT: Duration = Duration::from_secs(5);
/// Answers of the hub that one page's visit may not have read yet. A page requests fewer.
pub const VISIT_TOLD_MAX: usize = 32;

/// On a line connection, a person has this long to type the server's password.
pub const TYPED_PASSWORD_WAIT: Duration = Duration::from_secs(60);
/// Bytes that a client which only receives lines may send. Such a client has nothing to send.
pub const STREAM_SAID_BYTES_MAX: usize = 4 * 1024;

/// A long poll waits this long for a new line. Many proxies end a request after half a minute.
pub const POLL_WAIT: Duration = Duration::from_secs(25);
/// Lines that may wait until a long poll takes them into its answer.
pub const POLL_UNREAD_MAX: usize = 256;
/// About how many bytes of JSON the answer to a long poll has at most. If the client has missed
/// more than that, it polls again, with the number at which this answer ends. The answer stays in
/// memory while the client does not read it, so this bound is at most
/// [`HEAP_PER_PEER_BYTES`](super::HEAP_PER_PEER_BYTES).
pub const POLL_BYTES_MAX: usize = 48 * 1024;

/// Lines that a client receives when it comes into a room for the first time.
pub const BACKLOG_SHOWN: u64 = 50;
/// Lines in one page of history.
pub const HISTORY_PAGE_MAX: usize = 100;
/// Names in one list of the people in a room.
pub const WHO_NAMES_MAX: usize = 200;

/// In a room with more people than this, clients are not told each time a person comes or leaves.
pub const PRESENCE_PEOPLE_MAX: usize = 100;
/// A person whose last connection was lost counts as gone after this time. If the person is back
/// earlier, the room is told nothing.
pub const ABSENCE_WAIT: Duration = Duration::from_secs(10);
/// A person who reads pages has left if the browser requests no page for this long.
pub const PAGE_WAIT: Duration = Duration::from_mins(5);
/// People who are still shown in a room although their last connection is gone, because
/// [`ABSENCE_WAIT`] or [`PAGE_WAIT`] is not over. A person counts once for each room. If there are
/// more, those who went first have left, and the server tells their rooms at once.
pub const ABSENT_MAX: usize = 10_000;

/// The server keeps a person's name for this long after it last saw a connection of the person,
/// unless `--keep-names` says otherwise. Until then, only the person's token or secret gives the
/// name.
pub const NAME_KEPT: Duration = Duration::from_hours(24);
/// The longest time that `--keep-names` accepts.
pub const NAME_KEPT_MAX: Duration = Duration::from_hours(366 * 24);
/// How many names the server keeps for people who are not connected. The bound holds for each kind
/// of people: guests, people with a name of their own, and people with a secret. If there are too
/// many, the server forgets a name from the address with most of them, but never that of a person
/// with an unread private message.
pub const GONE_PEOPLE_MAX: usize = 2_000;

/// New people who may come from one address at once so that the server keeps each name for
/// [`NAME_KEPT`]. This is enough for a school class or a hotspot.
pub const NEW_PEOPLE_BURST_MAX: u32 = 128;
/// After [`NEW_PEOPLE_BURST_MAX`] new people at once, the server keeps the name of one more from
/// that address each time this has passed. If more new people come from the address, the server
/// lets them in as well, but keeps their names only for [`BRIEF_NAME_KEPT`].
pub const NEW_PERSON_INTERVAL: Duration = Duration::from_secs(10);
/// How long the server keeps the name of a new person after their last connection, if too many new
/// people have come from their address. See [`NEW_PERSON_INTERVAL`].
pub const BRIEF_NAME_KEPT: Duration = PAGE_WAIT;
/// Names of people who are not connected that the server keeps for [`BRIEF_NAME_KEPT`].
pub const BRIEF_PEOPLE_MAX: usize = 500;
/// In this time, the server's log has at most one line about an address that makes too many things
/// of one kind, such as rooms.
pub const MAKERS_LOG_INTERVAL: Duration = Duration::from_mins(10);

/// A numbered client, that is one that knows the numbers of lines, must send its hello within this
/// time after its handshake.
pub const HELLO_WAIT: Duration = Duration::from_secs(10);
/// A numbered client must send its hello among this many first messages, including pings.
pub const HELLO_TRIES_MAX: usize = 32;

/// People whose leaving the hub announces in one step.
pub const LEAVINGS_PER_STEP: usize = 32;
/// Longest sentence in which the server says why it could not parse a request, in characters.
pub const FAULT_TEXT_CHARS_MAX: usize = 200;
/// Clients to which the hub sends missed lines in one round.
pub const CATCH_UPS_PER_ROUND: usize = 16;

/// Requests that one person may send at once, mostly messages.
pub const TALK_BURST: u32 = 5;
/// After [`TALK_BURST`] requests at once, a person may send this many a second. Ergo has the same
/// number, and no person types as fast.
pub const TALK_PER_SECOND: u32 = 2;
/// The largest value that `--burst` and `--rate` take.
pub const TALK_PACE_MAX: usize = 10_000;
/// An address may send as many requests as this many people together. A school class has more
/// pupils behind one router, but they hardly ever write all at once.
pub const ADDRESS_PACE_PEOPLE: u32 = 20;
/// An address may start this many times as many searches and downloads of a room at once as a
/// person may send requests. That is twenty at once, and then two a second. So a whole class can
/// search at once. If an address goes on with two searches a second, they take about half of the
/// history's time. For pages of older lines, the bound of an address is [`ADDRESS_PACE_PEOPLE`].
pub const ADDRESS_SEARCHES: u32 = 4;
/// Requests of one client that may wait because the client sent them too fast. At the usual pace
/// each of them waits for two seconds at most.
pub const WAITING_REQUESTS_MAX: usize = 4;
/// Some requests had to wait because their clients sent too fast. The hub handles at most this many
/// of them in one round.
pub const TURNS_PER_ROUND: usize = 64;

/// The hub may refuse this many requests of a client at once because the client sends too fast. If
/// there are more, the hub ends the client's connection.
pub const TOO_FAST_BURST_MAX: u32 = 50;
/// After [`TOO_FAST_BURST_MAX`] refusals at once, the hub may refuse the client once more each time
/// this has passed.
pub const TOO_FAST_INTERVAL: Duration = Duration::from_secs(1);
/// When this many token buckets are stored, the full ones are removed.
pub const BUCKETS_KEPT_MIN: usize = 64;

/// Memory for one digest of a secret, in KiB. One digest is made at a time. More memory would be
/// safer (RFC 9106 says 64 MiB), but some machines have only 64 MiB in all.
pub const SECRET_KIB: u32 = 4 * 1024;
/// Passes over the [`SECRET_KIB`] of memory for one digest. Together they take about 10 ms.
pub const SECRET_PASSES: u32 = 3;

/// Digests of secrets and passwords that may wait to be made for one address. This is enough for a
/// class that comes in.
pub const DIGESTS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// Digests that may wait to be made for all addresses. If there are more, the server refuses one of
/// the address with most of them.
pub const DIGESTS_WAITING_MAX: usize = 256;
/// A digest waits at most this long to be made. The slowest machines make thirty in this time.
pub const DIGEST_WAIT: Duration = Duration::from_secs(3);
/// Digests that one address may request at once. This is enough for a class that comes in with
/// secrets and passwords.
pub const DIGESTS_BURST_MAX: u32 = 128;
/// After [`DIGESTS_BURST_MAX`] digests at once, an address may request one more each time this has
/// passed. On the slowest machines this takes a tenth of a core.
pub const DIGEST_INTERVAL: Duration = Duration::from_secs(1);

/// Longest secret or password, in bytes.
pub const SECRET_BYTES_MAX: usize = 256;
/// People who may have given a locked room's password and need not give it again.
pub const LET_IN_MAX: usize = 1_000;

/// Wrong passwords (of the server or of a room) and wrong secrets of a name that one address may
/// give at once.
pub const GUESSES_BURST_MAX: u32 = 10;
/// After [`GUESSES_BURST_MAX`] wrong passwords and secrets at once, an address may give one more
/// each time this has passed.
pub const GUESS_INTERVAL: Duration = Duration::from_secs(6);

/// If another program locks the history's file for longer than this, writing a batch of lines
/// fails. The history writes the batch again later.
pub const STORE_BUSY_WAIT: Duration = Duration::from_secs(1);
/// SQLite's cache, in KiB.
pub const STORE_CACHE_KIB: i64 = 512;
/// The largest size of SQLite's write-ahead log on the disk after it was emptied, in bytes.
pub const STORE_WAL_BYTES: i64 = 1024 * 1024;

/// Records that the history writes in one batch at most.
pub const BATCH_RECORDS_MAX: usize = 1024;
/// About how many bytes the records of one batch have at most.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Records that may wait until the history writes them.
pub const UNSTORED_RECORDS_MAX: usize = 16 * 1024;
/// About how many bytes the records may take that wait until the history writes them. If there are
/// more, the server sends further lines to the clients but does not store them.
pub const UNSTORED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Largest file of the history, in MiB, unless `--keep-size` says otherwise: more than a hundred
/// thousand lines.
pub const HISTORY_MEBIBYTES: usize = 64;
/// The smallest and the largest value of `--keep-size`, in MiB.
pub const HISTORY_MEBIBYTES_RANGE: (usize, usize) = (8, 1024 * 1024);
/// Bytes of the history's file that stay free for what is written next: a batch and its indexes.
pub const HISTORY_SLACK_BYTES: u64 = 3 * 1024 * 1024;
/// The largest size of the history's file, divided by this, is the number of bytes that unread
/// private messages may take. The history deletes none of them. With [`HISTORY_SLACK_BYTES`] they
/// fit into the smallest file.
pub const UNREAD_PART_OF_FILE: u64 = 4;
/// How many bytes unread private messages may take if the server has no history: as much as
/// [`UNREAD_PART_OF_FILE`] allows in a file of the usual size.
pub const UNREAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Lines that the history deletes at once. If it deleted more, a batch of new lines would have to
/// wait long.
pub const THROWN_AWAY_AT_ONCE: u32 = 2 * 1024;
/// How often the history checks whether there are lines that are too old.
pub const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// With `--flush 2s`, a stored line is safe from a power failure after this time.
pub const LAZY_FLUSH_WAIT: Duration = Duration::from_secs(2);
/// A client of the plain format sees no numbers of lines. While it catches up, the hub remembers
/// this many lines that it has sent to the client. It compares later edits with them. It holds
/// pointers to these lines: 1 KiB per client, until the client has caught up.
pub const SENT_LINES_REMEMBERED_MAX: usize = 128;
/// After this time, the old text of an edited or deleted line is in no file of the history any
/// more.
pub const SCRUB_WAIT: Duration = Duration::from_secs(2);

/// Longest row that the history copies from a damaged file, in bytes. A row is a line and its id.
pub const RESCUED_ROW_BYTES_MAX: usize = 1024 * 1024;
/// How many columns a row with a line has in the oldest format of the history's file.
pub const RESCUED_LINE_COLUMNS: usize = 10;
/// A line that is copied from a damaged history may have a number that lies up to this far above
/// the numbers that its log had reserved. A higher number comes from a byte that the disk has
/// damaged, unless it lies in the log's far range (see [`NUMBERS_FAR`]).
pub const RESCUED_AHEAD_MAX: u64 = 64 * 1024;
/// A file with lines from a damaged history may be this many times as large as `--keep-size` before
/// the history deletes its oldest lines. The reason is that its pages are only half full.
pub const RESCUED_BYTES_FACTOR: u64 = 3;

/// The history tries again after this time if it could not write the access file.
///
/// That file says who may enter: it has the passwords of rooms and the secrets of names. The
/// history writes each change to it at once. Otherwise a new one could be lost in a power failure,
/// and the room or name would be open.
pub const ACCESS_RETRY: Duration = Duration::from_secs(1);

/// How often the history checks whether some pages of its file are undamaged.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(20);
/// How many pages of its file the history checks at a time. Each check goes on where the last one
/// ended. For 64 MiB all checks take 85 minutes.
pub const FILE_CHECK_PAGES: u32 = 64;
/// When the server starts, the history checks pages of its file for no longer than this. The
/// remaining pages of a larger file are checked later, by the regular checks.
pub const START_CHECK_MAX: Duration = Duration::from_secs(2);
/// A page of the file that seems damaged is checked again after this time, because another program
/// may have been writing to it.
pub const FILE_DOUBT_WAIT: Duration = Duration::from_secs(1);

/// If the disk has not stored a batch for this long, the server tells people that messages are not
/// stored.
pub const STORE_SLOW_AFTER: Duration = Duration::from_secs(5);
/// How often the history tries again to write a batch that failed.
pub const STORE_RETRY_WAIT: Duration = Duration::from_secs(1);

/// Bytes of lines that the history reads into memory for one answer.
pub const FOUND_BYTES_MAX: usize = 64 * 1024;
/// Requests for older lines that may wait until the history reads them. They do not include the
/// requests of clients that must receive what they have missed.
pub const READS_WAITING_MAX: usize = 256;
/// One address may have this many pages of older lines waiting, and as many searches. They count
/// for [`READS_WAITING_MAX`] too. All clients on this machine count as one address.
pub const READS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// A client that comes back requests its next missed lines about a millisecond after the last ones.
/// So the history reads nothing for other clients until this time has passed. [`COMING_BACK_TURN`]
/// has the exception.
pub const COMING_BACK_PAUSE: Duration = Duration::from_millis(5);
/// While clients come back and receive what they have missed, the history still reads one page and
/// does one search for other clients each time this has passed. So those clients do not wait for
/// ever.
pub const COMING_BACK_TURN: Duration = Duration::from_millis(10);

/// Longest text that a person can search for, in characters.
pub const SEARCH_CHARS_MAX: usize = 128;
/// Most words in a text that a person can search for.
pub const SEARCH_WORDS_MAX: usize = 16;
/// A search remembers for this many names whether they are the name of the author that it looks
/// for.
pub const SEARCH_NAMES_MAX: usize = 1024;
/// How long the history works on one search before it works on another. This is a turn of the
/// search.
pub const SEARCH_TURN: Duration = Duration::from_millis(20);
/// How long a turn of a search lasts at least, even when another task of the history waits: a batch
/// to store, or lines that a client has missed.
pub const SEARCH_TURN_MIN: Duration = Duration::from_micros(500);
/// Bytes that a search compares before it reads the clock again. This takes some ten microseconds,
/// or 200 with the kind of text that takes longest.
pub const SEARCH_BYTES_PER_CHECK: usize = 2 * 1024;
/// A search counts each line as this many bytes in addition to its text. See
/// [`SEARCH_BYTES_PER_CHECK`].
pub const SEARCH_LINE_BYTES: usize = 64;
/// The longest time that the history works on one search, all its turns together. After that, the
/// server answers with the lines that were found so far, and with the number at which another
/// search can go on. This is enough for some hundred thousand lines on a usual machine.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(300);
/// The history may work on one search for at least this long, all its turns together, even if very
/// many other searches wait. See [`SEARCH_TIME_MAX`].
pub const SEARCH_TIME_MIN: Duration = Duration::from_millis(20);
/// The searches that wait at one moment have together this much of the history's time. It is less
/// than [`SEARCH_WAIT`], because the history also stores lines, and reads them for clients that
/// come back.
pub const SEARCH_TIME_SHARED: Duration = Duration::from_secs(2);
/// The server answers a search after this time, even if the search is not complete.
pub const SEARCH_WAIT: Duration = Duration::from_secs(3);

/// A page that says that the server is not reachable tries again after this many seconds.
pub const AWAY_RETRY_SECONDS: u16 = 30;

/// Numbers of a log that the hub reserves on the disk before lines get them. It reserves more when
/// half of them are used. After a crash at most this many numbers have no line, unless the block of
/// reserved numbers has grown. See [`NUMBERS_BLOCK_WAIT`].
pub const NUMBERS_BLOCK: u64 = 1024;
/// If a block of reserved numbers is used up in less than this, the next block is twice as large.
pub const NUMBERS_BLOCK_WAIT: Duration = Duration::from_secs(10);
/// Most numbers in one block of reserved numbers. Half of them are more than the lines that may
/// wait for a slow disk.
pub const NUMBERS_BLOCK_MAX: u64 = 64 * 1024;
/// How many numbers a log's far range has. Its lines get these numbers while the disk cannot store
/// that a new block is reserved. With one line each second they last a day and a half.
pub const NUMBERS_FAR: u64 = 1 << 17;
/// How many numbers lie between a log's reserved block and its far range. The next runs of the
/// server reserve their blocks among these numbers.
pub const NUMBERS_FAR_DISTANCE: u64 = 1 << 20;
/// Ranges of numbers of one log without a line, left by crashes, that the server remembers and
/// tells clients. A machine that loses power each day needs more than a year to have so many.
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
