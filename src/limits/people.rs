//! The bounds of what people and rooms may be called, keep and ask for.
//!
//! Owns: as `limits/mod.rs`, whose part it is.
//! Must not know: any other file.
//!
//! Next: `limits/console.rs`.

use std::time::Duration;

/// Longest name of a person, in characters that one sees ...
pub const NAME_CHARS_MAX: usize = 32;
/// ... and in bytes of UTF-8: so many characters of three bytes, as Chinese has.
pub const NAME_BYTES_MAX: usize = 96;
/// Combining marks in a row, vowel signs among them; Burmese has up to five.
pub const NAME_MARKS_MAX: usize = 6;
/// ... of which above, below or around their letter.
pub const NAME_PILED_MARKS_MAX: usize = 3;
/// Longest text that is looked at as a name, in bytes: in parts it is longer.
pub const TYPED_NAME_BYTES_MAX: usize = 4 * NAME_BYTES_MAX;
/// Longest name of a room, in characters that one sees ...
pub const ROOM_CHARS_MAX: usize = 32;
/// ... and in bytes of UTF-8; in a URL three times that.
pub const ROOM_BYTES_MAX: usize = 96;
/// Longest id that a sender gives its message, in bytes.
pub const MESSAGE_ID_BYTES_MAX: usize = 64;
/// Bytes of a request beside its text: names, ids, and sixteen rooms in a hello.
pub const REQUEST_BYTES_BESIDE_TEXT: usize = 4 * 1024;
/// Longest topic of a room, in bytes.
pub const TOPIC_BYTES_MAX: usize = 512;
/// What a session may have gained that is not all its person's: a new secret that was not shown yet,
/// and rooms that it made or opened. Of more rooms the oldest are not remembered.
pub const UNSHOWN_GAINS_MAX: usize = 32;
/// How long a new secret of a name, whose new token nobody has shown, keeps another secret away:
/// its answer may be lost, and may have been mistyped.
pub const UNSHOWN_SECRET_KEPT: Duration = Duration::from_secs(600);
/// Rooms that one client may be in at once.
pub const ROOMS_PER_CLIENT_MAX: usize = 16;
/// Rooms that there may be; the one that is empty for longest makes place ...
pub const ROOMS_MAX: usize = 200;
/// ... but none in which something was said within this ...
pub const ROOM_KEPT: Duration = Duration::from_hours(7 * 24);
/// ... unless nobody but the address that made it has said anything there, and that
/// address has more rooms than this to itself.
pub const LONE_ROOMS_SAFE: usize = 4;
/// New rooms that one address may make at once: a class of thirty, each with a room ...
pub const ROOMS_BURST_MAX: u32 = 40;
/// ... and then one each of these.
pub const ROOM_INTERVAL: Duration = Duration::from_secs(60);
/// Lines of a room's log that are kept in memory ...
pub const LOG_ENTRIES_MAX: usize = 1000;
/// ... and about how many bytes they may take ...
pub const LOG_BYTES_MAX: usize = 384 * 1024;

/// About what a line takes in memory besides its text and its id, twice over for its place in the
/// log. The same number on every machine: two servers that are told the same must forget the
/// same lines, also if one has words of 32 bits.
pub const ENTRY_BYTES: usize = 2 * 176;

/// The same of a room in the list of rooms.
pub const ROOM_LINE_BYTES: usize = 56;
/// ... of what all rooms' logs have together ...
pub const LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// ... and so much each of them may always have.
pub const LOG_BYTES_MIN: usize = 16 * 1024;
/// When this much more was said, the hub looks how much memory all logs take ...
pub const LOGS_LOOK_BYTES: usize = 64 * 1024;
/// ... and if it is too much, a log gives up so much at a time.
pub const LOG_GIVES_BYTES: usize = 16 * 1024;
/// Lines of a room's log whose ids are remembered, 36 bytes each: what is sent again is
/// there once while no more lines have come.
pub const LOG_IDS_MAX: usize = LOG_ENTRIES_MAX;
/// Logs of private messages that there may be; the one in which nothing was said for
/// longest makes place ...
pub const PRIVATE_LOGS_MAX: usize = 800;
/// ... but none whose owner was away when the last was said in it, for so long.
pub const UNREAD_KEPT: Duration = Duration::from_hours(7 * 24);
/// New logs of private messages that one address may make at once ...
pub const PRIVATE_LOGS_BURST_MAX: u32 = 64;
/// ... and then one each of these.
pub const PRIVATE_LOG_INTERVAL: Duration = Duration::from_secs(10);
/// Lines of one of them that are kept in memory ...
pub const PRIVATE_LOG_ENTRIES_MAX: usize = 500;
/// ... and about how many bytes they may take ...
pub const PRIVATE_LOG_BYTES_MAX: usize = 128 * 1024;
/// ... of what all of them have together ...
pub const PRIVATE_LOGS_BYTES_MAX: usize = 4 * 1024 * 1024;
/// ... and so much each of them may always have.
pub const PRIVATE_LOG_BYTES_MIN: usize = 4 * 1024;
/// As [`LOG_IDS_MAX`], of private messages.
pub const PRIVATE_LOG_IDS_MAX: usize = PRIVATE_LOG_ENTRIES_MAX;
/// Clients that one person may have at once.
pub const CLIENTS_PER_PERSON_MAX: usize = 16;
/// A clock that shows an earlier time (2026-01-01, in milliseconds) than when this was
/// written has not been set: many a small box has none that goes on without power.
pub const CLOCK_SET_FROM_MILLIS: u64 = 1_767_225_600_000;
/// Lines of one page that needs no script.
pub const PAGE_LINES: usize = 25;
/// How often a page may be loaded again by itself, in seconds ...
pub const REFRESH_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// ... and how often it is, if nobody says.
pub const REFRESH_SECONDS_USUAL: u16 = 10;
/// How long a browser keeps how its pages are liked.
pub const SETTINGS_KEPT: Duration = Duration::from_hours(365 * 24);
/// Links that are made of one text, on pages: each may be a hundred times what was typed.
pub const LINKS_PER_TEXT_MAX: usize = 32;
/// A link to a line shows about so many behind it.
pub const LINES_BEHIND_LINKED: u64 = 12;
/// What is said by a form may wait this long for its turn.
pub const VISIT_TURN_WAIT: Duration = Duration::from_secs(2);
/// A page's visit to the hub may take this long.
pub const VISIT_WAIT: Duration = Duration::from_secs(5);
/// Answers that one page's visit may leave unread; a page asks for fewer.
pub const VISIT_TOLD_MAX: usize = 32;
/// Whoever types lines has so long for the box's password.
pub const TYPED_PASSWORD_WAIT: Duration = Duration::from_secs(60);
/// Bytes that a client may send which only listens: it has nothing to say.
pub const STREAM_SAID_BYTES_MAX: usize = 4 * 1024;
/// A long poll waits so long for something to be said; who stands between gives up
/// after half a minute.
pub const POLL_WAIT: Duration = Duration::from_secs(25);
/// What a long poll may leave unread before it is answered with what it has.
pub const POLL_UNREAD_MAX: usize = 256;
/// ... and what one has missed at most, in bytes: whoever has missed more polls again behind
/// that.
pub const POLL_BYTES_MAX: usize = 256 * 1024;
/// Lines that somebody is told who comes into a room for the first time.
pub const BACKLOG_SHOWN: u64 = 50;
/// Lines of one piece of history.
pub const HISTORY_PAGE_MAX: usize = 100;
/// Names in one list of who is here.
pub const WHO_NAMES_MAX: usize = 200;
/// In a room with more people than this, nobody is told of each coming and going.
pub const PRESENCE_PEOPLE_MAX: usize = 100;
/// A person whose last line was lost is gone after this; who is back before has
/// never been away.
pub const ABSENCE_WAIT: Duration = Duration::from_secs(10);
/// ... and whoever reads pages, this long after its last one.
pub const PAGE_WAIT: Duration = Duration::from_mins(5);
/// People who are waited for at once, each in each of its rooms.
pub const ABSENT_MAX: usize = 10_000;
/// A name is kept for its token this long after its last line was seen, unless
/// `--keep-names` says otherwise ...
pub const NAME_KEPT: Duration = Duration::from_hours(24);
/// ... which takes this at most.
pub const NAME_KEPT_MAX: Duration = Duration::from_hours(366 * 24);
/// Names that are kept for people who are not here: of guests, of others, and of those who
/// have a secret for theirs, so many each. Of too many, one goes from the address that has
/// most; nobody to whom a private message waits.
pub const GONE_PEOPLE_MAX: usize = 2_000;
/// New people of one address whose names are kept, at once: a class, a hotspot ...
pub const NEW_PEOPLE_BURST_MAX: u32 = 128;
/// ... and then one each of these. The others come in, too, but ...
pub const NEW_PERSON_INTERVAL: Duration = Duration::from_secs(10);
/// ... their names are kept only so long after their last line ...
pub const BRIEF_NAME_KEPT: Duration = PAGE_WAIT;
/// ... and for no more of them than this.
pub const BRIEF_PEOPLE_MAX: usize = 500;
/// That one address makes more than it may is logged once in this time.
pub const MAKERS_LOG_INTERVAL: Duration = Duration::from_mins(10);
/// The first message of a numbered client must have come this long after its
/// handshake.
pub const HELLO_WAIT: Duration = Duration::from_secs(10);
/// ... and within so many messages, pings among them.
pub const HELLO_TRIES_MAX: usize = 32;
/// People whose leaving is told in one step of the hub.
pub const LEAVINGS_PER_STEP: usize = 32;
/// Longest sentence about a request that could not be read, in characters.
pub const FAULT_TEXT_CHARS_MAX: usize = 200;
/// Clients that are told a piece of what they missed in one round of the hub.
pub const CATCH_UPS_PER_ROUND: usize = 16;
/// Things that one person may ask for at once: to say something, mostly ...
pub const TALK_BURST: u32 = 5;
/// ... and then a second (Ergo's, and nobody types as fast).
pub const TALK_PER_SECOND: u32 = 2;
/// Most that `--burst` and `--rate` take.
pub const TALK_PACE_MAX: usize = 10_000;
/// An address has the pace of so many people: a school class behind one router
/// hardly ever talks all at once.
pub const ADDRESS_PACE_PEOPLE: u32 = 20;
/// Searches, and rooms as a file, that an address may ask for at once, in what one person may ask
/// for: twenty, and then two a second. A class that looks for something at once is let in, and whoever
/// goes on so has about half of the history's time. Of pages of older lines it has the pace of
/// [`ADDRESS_PACE_PEOPLE`].
pub const ADDRESS_SEARCHES: u32 = 4;
/// Requests of a client that wait for their turn; at its usual pace, for two
/// seconds at most.
pub const WAITING_REQUESTS_MAX: usize = 4;
/// Waiting requests whose turn comes in one round of the hub.
pub const TURNS_PER_ROUND: usize = 64;
/// A client may be told so often that it is too fast ...
pub const TOO_FAST_BURST_MAX: u32 = 50;
/// ... and once more each time this has passed; then it is cut.
pub const TOO_FAST_INTERVAL: Duration = Duration::from_secs(1);
/// Buckets that are kept before anybody looks which of them are full again.
pub const BUCKETS_KEPT_MIN: usize = 64;
/// Memory for one digest of a secret, in KiB; one is made at a time. More would be
/// safer (RFC 9106 says 64 MiB), and too much for a box that has 64.
pub const SECRET_KIB: u32 = 4 * 1024;
/// Times that memory is gone through: about 10 ms.
pub const SECRET_PASSES: u32 = 3;
/// Digests of one address that may wait for their turn: a class comes in with them ...
pub const DIGESTS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// ... and of all addresses; then whoever has most waiting makes place.
pub const DIGESTS_WAITING_MAX: usize = 256;
/// A digest waits so long for its turn; the slowest box makes thirty meanwhile.
pub const DIGEST_WAIT: Duration = Duration::from_secs(3);
/// Digests that one address may ask for at once: a class with secrets and passwords ...
pub const DIGESTS_BURST_MAX: u32 = 128;
/// ... and then one each of these: of the slowest box's core a tenth.
pub const DIGEST_INTERVAL: Duration = Duration::from_secs(1);
/// Longest secret or password, in bytes.
pub const SECRET_BYTES_MAX: usize = 256;
/// People whom a locked room lets in again without its password.
pub const LET_IN_MAX: usize = 1_000;
/// Wrong passwords, of the box or of a room, and wrong secrets of a name that one
/// address may give at once ...
pub const GUESSES_BURST_MAX: u32 = 10;
/// ... and one more each time this has passed.
pub const GUESS_INTERVAL: Duration = Duration::from_secs(6);
/// How long another program may hold the history's file before a batch has
/// failed; it is tried again.
pub const STORE_BUSY_WAIT: Duration = Duration::from_secs(1);
/// SQLite's cache, in KiB.
pub const STORE_CACHE_KIB: i64 = 512;
/// What is left of its log of changes once that is empty, in bytes.
pub const STORE_WAL_BYTES: i64 = 1024 * 1024;
/// Records of one batch ...
pub const BATCH_RECORDS_MAX: usize = 1024;
/// ... and about how many bytes they have.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Records that may wait for the history ...
pub const UNSAVED_RECORDS_MAX: usize = 16 * 1024;
/// ... and about how many bytes they may take; more are shown and not kept.
pub const UNSAVED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Largest file of the history, in MiB, unless `--keep-size` says more: a hundred
/// thousand lines and more.
pub const HISTORY_MEBIBYTES: usize = 64;
/// What `--keep-size` takes.
pub const HISTORY_MEBIBYTES_RANGE: (usize, usize) = (8, 1024 * 1024);
/// So much of that stays free for what comes next, in bytes: a batch and its
/// indexes.
pub const HISTORY_SLACK_BYTES: u64 = 3 * 1024 * 1024;
/// One part in so many of what the file may have is private messages that nobody has read yet: none
/// of it is thrown away, and with the slack it fits into the smallest file.
pub const UNREAD_PART_OF_FILE: u64 = 4;
/// The same in bytes, of a file of the usual size.
pub const UNREAD_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Lines that are thrown away at once; a batch that waits is not to wait long.
pub const THROWN_AWAY_AT_ONCE: u32 = 2 * 1024;
/// Lines older than they may be are looked for this often.
pub const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// With `--flush 2s` what is kept is safe after this.
pub const LAZY_FLUSH_WAIT: Duration = Duration::from_secs(2);
/// Lines that a reader of plain lines was told again, and that an edit behind them is compared
/// with, until it has caught up. The hub holds pointers to lines: 1 KiB a client, for that time.
pub const RETOLD_LINES_MAX: usize = 128;
/// What was edited, deleted or thrown away is in no file of the history any more after this.
pub const SCRUB_WAIT: Duration = Duration::from_secs(2);
/// Longest row that is taken over from a damaged history, in bytes: a line and its id.
pub const RESCUED_ROW_BYTES_MAX: usize = 1024 * 1024;
/// Values of a line in the oldest form of the history's file.
pub const RESCUED_LINE_COLUMNS: usize = 10;
/// A damaged room's line may be so far ahead of the numbers that it had reserved: what is
/// further off is a byte that the disk has spoiled.
pub const RESCUED_AHEAD_MAX: u64 = 64 * 1024;
/// A rescued file may be so many times as large as `--keep-size` until the oldest lines are
/// thrown away: its pages are filled by half.
pub const RESCUED_BYTES_FACTOR: u64 = 3;
/// A change of who may enter is written to its own file at once. Otherwise a new room password or
/// secret would be missing after a power failure, and the room or name would be open. The makers'
/// pace bounds how often this happens. After a write that failed, the history waits for this long.
pub const ACCESS_RETRY: Duration = Duration::from_secs(1);
/// Whether the history's file is what it was is looked at this often ...
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(20);
/// ... with this many of its pages, each time the next ones: all of 64 MiB in 85 minutes.
pub const FILE_CHECK_PAGES: u32 = 64;
/// A start looks at all pages of the history for no longer than this; what is left of a larger file
/// is looked at later, with those.
pub const START_CHECK_MAX: Duration = Duration::from_secs(2);
/// What looks odd is looked at again after this: another program may have been writing.
pub const FILE_DOUBT_WAIT: Duration = Duration::from_secs(1);
/// After something could not be kept it is tried again this often.
pub const STORE_RETRY_WAIT: Duration = Duration::from_secs(1);
/// Lines that one answer of the history brings into memory, in bytes.
pub const FOUND_BYTES_MAX: usize = 64 * 1024;
/// Questions for older lines that may wait for their turn, beside those of clients
/// who must be told what they have missed ...
pub const READS_WAITING_MAX: usize = 256;
/// ... of which one address may have so many that are for a page of lines, and as many that
/// are for words. This machine's own count as one address.
pub const READS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// Whoever comes back asks for the next piece of what was missed about a millisecond after the last one:
/// for so long nobody else is read for ...
pub const COMING_BACK_PAUSE: Duration = Duration::from_millis(5);
/// ... but for one page and one search each of these, so that nobody waits for ever.
pub const COMING_BACK_TURN: Duration = Duration::from_millis(10);
/// Longest text that is looked for, in characters ...
pub const SEARCH_CHARS_MAX: usize = 128;
/// ... and most words.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Names that one look through the history remembers to have compared.
pub const SEARCH_NAMES_MAX: usize = 1024;
/// So long the history looks for words before others who look have their turn ...
pub const SEARCH_TURN: Duration = Duration::from_millis(20);
/// ... and so long at least while it has something else to do: a batch to keep, and what
/// somebody has missed, wait for this.
pub const SEARCH_TURN_MIN: Duration = Duration::from_micros(500);
/// Bytes that it looks at before it looks at the clock: some ten microseconds, and 200 of
/// those texts that take longest to compare.
pub const SEARCH_BYTES_PER_CHECK: usize = 2 * 1024;
/// ... and what a line counts beside its text, in bytes.
pub const SEARCH_LINE_BYTES: usize = 64;
/// So long it looks for one question at most, in all its turns: then it is answered with what
/// was found so far, and from where on to ask again. Some hundred thousand lines of a usual
/// box.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(300);
/// ... and so long at least, however many others look.
pub const SEARCH_TIME_MIN: Duration = Duration::from_millis(20);
/// Those who look at the same time share this much of it: less than they wait, for some of that
/// time goes to what is kept, and to who comes back.
pub const SEARCH_TIME_SHARED: Duration = Duration::from_secs(2);
/// Whoever looks for words is answered after this, however far that came.
pub const SEARCH_WAIT: Duration = Duration::from_secs(3);
/// A page that says that the box is away tries again after this, in seconds.
pub const AWAY_RETRY_SECONDS: u16 = 30;
/// Numbers of a log that are reserved on the disk ahead of use, and more at half: a
/// crash skips as many at most ...
pub const NUMBERS_BLOCK: u64 = 1024;
/// ... unless people talk so fast that a block lasts for less than this: the next has twice
/// as many ...
pub const NUMBERS_BLOCK_WAIT: Duration = Duration::from_secs(10);
/// ... up to this. Half of it is more than may wait for a disk that is slow.
pub const NUMBERS_BLOCK_MAX: u64 = 64 * 1024;
/// Lines of one log that may be said while the disk takes no reservation: a day and a half of
/// one each second.
pub const NUMBERS_FAR: u64 = 1 << 17;
/// Numbers that are skipped then, for the next life of the server to go on with.
pub const NUMBERS_GAP: u64 = 1 << 20;
/// Rows of numbers in one log that crashes have skipped and that are told as such: of a box whose
/// power goes each day, more than a year's.
pub const SKIPS_KEPT_MAX: usize = 512;

const _: () = assert!(NUMBERS_BLOCK_MAX / 2 > UNSAVED_RECORDS_MAX as u64);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_GAP);

/// What each of so many rooms' logs may take in memory, in bytes.
pub fn log_bytes_max(logs: usize) -> usize {
    LOG_BYTES_MAX.min(LOGS_BYTES_MAX / logs.max(1))
}

/// The same of logs of private messages.
pub fn private_log_bytes_max(logs: usize) -> usize {
    PRIVATE_LOG_BYTES_MAX.min(PRIVATE_LOGS_BYTES_MAX / logs.max(1))
}
