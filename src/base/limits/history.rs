//! The bounds of what outlives the server: the history's file, what the history stores, checks,
//! reads and searches, and the blocks of numbers that are reserved on the disk.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: code outside `base/limits`.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

/// If another program locks the history's file for longer than this, writing a batch of lines
/// fails. The history writes the batch again later.
pub const STORE_BUSY_WAIT: Duration = Duration::from_secs(1);
/// SQLite's cache, in KiB.
pub const STORE_CACHE_KIB: i64 = 512;
/// The largest size of SQLite's write-ahead log on the disk after it was emptied, in bytes.
pub const STORE_WAL_BYTES: i64 = 1024 * 1024;

/// Most records that the history writes in one batch.
pub const BATCH_RECORDS_MAX: usize = 1024;
/// About how many bytes the records of one batch have at most.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// Most records that can wait until the history writes them.
pub const UNSTORED_RECORDS_MAX: usize = 16 * 1024;
/// About how many bytes the records that wait until the history writes them may take in all. While
/// they take more, the server sends further lines to the clients without storing them. Later it
/// stores those that are still in its memory.
pub const UNSTORED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Largest file of the history, in MiB, unless `--keep-size` says otherwise. It has space for more
/// than a hundred thousand lines.
pub const HISTORY_MEBIBYTES: usize = 64;
/// The smallest and the largest value of `--keep-size`, in MiB.
pub const HISTORY_MEBIBYTES_RANGE: (usize, usize) = (8, 1024 * 1024);
/// The history deletes old lines when its file may grow by fewer bytes than this. So the file has
/// space for the next batch and its indexes.
pub const HISTORY_SLACK_BYTES: u64 = 3 * 1024 * 1024;
/// The largest size of the history's file, divided by this, is the number of bytes that unread
/// private messages may take. The history deletes such a message only if nothing else is left to
/// delete. So these bytes and [`HISTORY_SLACK_BYTES`] must fit even into the smallest file that
/// `--keep-size` allows.
pub const UNREAD_PART_OF_FILE: u64 = 4;
/// How many bytes unread private messages may take if the server has no history: as much as
/// [`UNREAD_PART_OF_FILE`] allows in a file of the usual size.
pub const UNREAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most lines that the history deletes in one step. If it deleted more, a batch of new lines would
/// have to wait long.
pub const THROWN_AWAY_AT_ONCE: u32 = 2 * 1024;
/// How often the history checks whether there are lines that are too old.
pub const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// With `--flush 2s`, a stored line is safe from a power failure after this time.
pub const LAZY_FLUSH_WAIT: Duration = Duration::from_secs(2);
/// This long after a line was edited or deleted, the history removes the old text from all its
/// files.
pub const SCRUB_WAIT: Duration = Duration::from_secs(2);

/// Longest row that the history copies from a damaged file, in bytes. A row is a line and its id.
pub const RESCUED_ROW_BYTES_MAX: usize = 1024 * 1024;
/// How many columns a row with a line has in the oldest format of the history's file.
pub const RESCUED_LINE_COLUMNS: usize = 10;
/// A line that is copied from a damaged history may have a number up to this much higher than the
/// highest number that its log had reserved. Numbers up to the end of the log's far range
/// ([`NUMBERS_FAR`]) are right, too. Any other higher number comes from a byte that the disk has
/// damaged.
pub const RESCUED_AHEAD_MAX: u64 = 64 * 1024;
/// A file with lines from a damaged history may be this many times as large as `--keep-size` before
/// the history deletes its oldest lines, because the pages of such a file are only half full.
pub const RESCUED_BYTES_FACTOR: u64 = 3;

/// If the history could not write the protection copy, it tries again after this time.
///
/// The protection copy is a file with the passwords of rooms and the secrets of names. The history
/// writes each change to it at once. Otherwise a new password or secret could be lost in a power
/// failure, and the room or name would be open.
pub const PROTECTION_COPY_RETRY: Duration = Duration::from_secs(1);

/// How often the history checks whether some pages of its file are undamaged.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(20);
/// How many pages of its file the history checks at a time. Each check goes on where the last one
/// ended. In a file of 64 MiB, all pages are checked once in 85 minutes.
pub const FILE_CHECK_PAGES: u32 = 64;
/// When the server starts, the history checks pages of its file for no longer than this. The
/// remaining pages of a larger file are checked later, by the regular checks.
pub const START_CHECK_MAX: Duration = Duration::from_secs(2);
/// The history checks a page of its file that seems damaged again after this time, because another
/// program may have been writing to it.
pub const FILE_DOUBT_WAIT: Duration = Duration::from_secs(1);

/// If the disk has not stored a batch for this long, the server tells people that messages are not
/// stored.
pub const STORE_SLOW_AFTER: Duration = Duration::from_secs(5);
/// How often the history tries again to write a batch that failed.
pub const STORE_RETRY_WAIT: Duration = Duration::from_secs(1);
/// If the hub refuses a request because too many others wait, the client may send it again after
/// this time.
pub const BUSY_RETRY_WAIT: Duration = Duration::from_secs(1);

/// Most bytes of lines that the history reads into memory for one answer.
pub const FOUND_BYTES_MAX: usize = 64 * 1024;
/// Most requests that can wait for the history: pages of older lines and searches are counted
/// together, for all clients. Requests of clients that must receive what they have missed do not
/// count.
pub const READS_WAITING_MAX: usize = 256;
/// Most requests for pages of older lines that can wait for one network. As many searches can wait
/// in addition. [`READS_WAITING_MAX`] bounds both for all networks together. All clients on this
/// machine count as one network.
pub const READS_WAITING_PER_ADDRESS_MAX: usize = 32;
/// A client that comes back requests its missed lines part by part, each about a millisecond after
/// the previous one. So after each part, the history reads nothing for other clients until this
/// time has passed. [`COMING_BACK_TURN`] is the exception.
pub const COMING_BACK_PAUSE: Duration = Duration::from_millis(5);
/// While clients come back and receive what they have missed, the history still reads one page and
/// does one search for other clients each time this has passed. So those clients do not wait for
/// ever.
pub const COMING_BACK_TURN: Duration = Duration::from_millis(10);

/// Longest text that a person can search for, in characters.
pub const SEARCH_CHARS_MAX: usize = 128;
/// Most words in a text that a person can search for.
pub const SEARCH_WORDS_MAX: usize = 16;
/// A search remembers for this many names whether each of them is the name of the author whose
/// lines the person wants to find.
pub const SEARCH_NAMES_MAX: usize = 1024;
/// How long the history works on one search before it works on another. This is a turn of the
/// search.
pub const SEARCH_TURN: Duration = Duration::from_millis(20);
/// How long a turn of a search lasts at least, even when another task of the history waits: a batch
/// to store, or lines that a client has missed.
pub const SEARCH_TURN_MIN: Duration = Duration::from_micros(500);
/// How many bytes a search compares before it reads the clock again. Comparing so many bytes takes
/// about ten microseconds, or 200 with the kind of text that takes longest.
pub const SEARCH_BYTES_PER_CHECK: usize = 2 * 1024;
/// A search counts each line as this many bytes in addition to its text, because even a short line
/// takes time. See [`SEARCH_BYTES_PER_CHECK`].
pub const SEARCH_LINE_BYTES: usize = 64;
/// The longest time that the history works on one search, all its turns together. After that, the
/// server answers with the lines that were found so far, and with the number at which another
/// search can go on. In this time a usual machine searches a few hundred thousand lines.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(300);
/// Even if very many searches wait, the history may work on each of them for this long, all its
/// turns together. See [`SEARCH_TIME_MAX`].
pub const SEARCH_TIME_MIN: Duration = Duration::from_millis(20);
/// All searches that wait at one moment share this much of the history's time. It is less than
/// [`SEARCH_WAIT`], because the history also stores lines, and reads them for clients that come
/// back.
pub const SEARCH_TIME_SHARED: Duration = Duration::from_secs(2);
/// The server answers a search after this time, even if the search is not complete. If the history
/// has not begun the search, the server refuses it.
pub const SEARCH_WAIT: Duration = Duration::from_secs(3);

/// How many numbers of a log the hub reserves on the disk as one block, before lines get them. The
/// hub reserves the next block when half of a block is used. After a crash, up to this many numbers
/// have no line, or more if the blocks have grown (see [`NUMBERS_BLOCK_WAIT`]).
pub const NUMBERS_BLOCK: u64 = 1024;
/// If the hub must reserve the next block of a log's numbers sooner than this after the block
/// before, it makes the next block twice as large.
pub const NUMBERS_BLOCK_WAIT: Duration = Duration::from_secs(10);
/// Most numbers in one block of reserved numbers. Half of such a block has more numbers than lines
/// can wait for a slow disk ([`UNSTORED_RECORDS_MAX`]).
pub const NUMBERS_BLOCK_MAX: u64 = 64 * 1024;
/// How many numbers a log's far range has. While the disk cannot store the reservation of a new
/// block, the log's new lines get numbers of the far range. With one line each second, these last a
/// day and a half.
pub const NUMBERS_FAR: u64 = 1 << 17;
/// How many numbers lie between a log's reserved block and its far range. The next runs of the
/// server reserve their blocks among these numbers.
pub const NUMBERS_FAR_DISTANCE: u64 = 1 << 20;
/// Most ranges of skipped numbers that the server remembers for one log and tells clients about. A
/// crash leaves such a range of numbers without lines. A machine that loses power each day needs
/// more than a year until it has this many ranges.
pub const SKIPS_KEPT_MAX: usize = 512;

const _: () = assert!(NUMBERS_BLOCK_MAX / 2 > UNSTORED_RECORDS_MAX as u64);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR_DISTANCE);
