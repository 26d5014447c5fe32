//! The bounds of what outlives the server: the history's file, what the history stores, checks,
//! reads and searches, and the blocks of numbers that are reserved on the disk.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: code outside `base/limits`.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

/// How long the history waits for its file while another program locks it. After that, it fails to
/// write its batch. The hub later gives it the batch again.
pub const STORE_BUSY_WAIT: Duration = Duration::from_secs(1);
/// SQLite's cache, in KiB.
pub const STORE_CACHE_KIB: i64 = 512;
/// The largest size of SQLite's write-ahead log on the disk after it was emptied, in bytes.
pub const STORE_WAL_BYTES: i64 = 1024 * 1024;

/// Most records that the history writes in one batch.
pub const BATCH_RECORDS_MAX: usize = 1024;
/// About how many bytes the records of one batch have at most.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// If this many records, such as lines or rooms, wait until the history writes them, there is no
/// space for more. See [`UNSTORED_BYTES_MAX`].
pub const UNSTORED_RECORDS_MAX: usize = 16 * 1024;
/// About how many bytes the records that wait until the history writes them may take in all. While
/// they take more, the server shows further messages in rooms without storing them. Later it stores
/// those that are still in its memory.
pub const UNSTORED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The largest size of the history's file, in MiB, unless `--keep-size` gives another. It has space
/// for more than a hundred thousand lines.
pub const HISTORY_MEBIBYTES: usize = 64;
/// The smallest and the largest value of `--keep-size`, in MiB.
pub const HISTORY_MEBIBYTES_RANGE: (usize, usize) = (8, 1024 * 1024);
/// If fewer bytes than this are free until the history's file has its largest size, the history
/// deletes old lines. So the file has space for the next batch and its indexes.
pub const HISTORY_SLACK_BYTES: u64 = 3 * 1024 * 1024;
/// The limit on the bytes of unread private messages is the largest size of the history's file,
/// divided by this number. To make space, the history deletes unread private messages last. So they
/// and [`HISTORY_SLACK_BYTES`] must fit even into the smallest file that `--keep-size` allows.
pub const UNREAD_PART_OF_FILE: u64 = 4;
/// The limit on the bytes of unread private messages, if the server has no history. It is the same
/// as with a history's file of [`HISTORY_MEBIBYTES`].
pub const UNREAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Most lines that the history deletes in one step, so that a batch of new lines need not wait
/// long.
pub const THROWN_AWAY_AT_ONCE: u32 = 2 * 1024;
/// How often the history checks whether there are lines that are too old.
pub const RETENTION_INTERVAL: Duration = Duration::from_secs(60);
/// With `--flush 2s`, the history flushes its file at most this long after it has written a batch.
/// After the flush, a power failure can no longer destroy the batch.
pub const LAZY_FLUSH_WAIT: Duration = Duration::from_secs(2);
/// After a line was edited or deleted, the history waits this long. Then it tries to remove the old
/// text from its files. As long as it cannot, it tries again each time this has passed.
pub const SCRUB_WAIT: Duration = Duration::from_secs(2);

/// Longest row that the history copies from a damaged file, in bytes. A row is a line and its id.
pub const RESCUED_ROW_BYTES_MAX: usize = 1024 * 1024;
/// How many columns a row with a line has in the oldest format of the history's file.
pub const RESCUED_LINE_COLUMNS: usize = 10;
/// While lines are copied from a damaged history: the number of a line may be this much higher than
/// the highest number that the file says is reserved. A line with a still higher number is not
/// copied, because the disk has damaged the number. Numbers of the log's far range
/// ([`NUMBERS_FAR`]) are an exception.
pub const RESCUED_AHEAD_MAX: u64 = 64 * 1024;
/// While the history copies lines from a damaged file, the new file may be this many times as large
/// as `--keep-size` allows, because the pages of such a file are only half full.
pub const RESCUED_BYTES_FACTOR: u64 = 3;

/// If the history could not write the protection copy, it tries again after this time.
///
/// The protection copy is a file with what protects rooms and names: digests of passwords and
/// secrets. The history writes each change to it at once. Otherwise a new password or secret could
/// be lost in a power failure, and the room or name would be open.
pub const PROTECTION_COPY_RETRY: Duration = Duration::from_secs(1);

/// The time between two checks of the history's file. Each check looks whether some pages of it are
/// undamaged.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(20);
/// How many pages of its file the history checks at a time. Each check goes on where the last one
/// ended. In a file of 64 MiB, all pages are checked once in 85 minutes.
pub const FILE_CHECK_PAGES: u32 = 64;
/// When the server starts, the history first checks all pages of its file that lead to other pages.
/// Then it checks other pages for about this long. Regular checks look at the rest later.
pub const START_CHECK_MAX: Duration = Duration::from_secs(2);
/// If a check of the history's file has found a fault, the next check comes after this time. Only
/// if that check finds the same fault, the file counts as damaged: another program may have been
/// writing to it.
pub const FILE_DOUBT_WAIT: Duration = Duration::from_secs(1);

/// If the history has had a batch for this long and has not stored it, the server tells people that
/// messages are not stored.
pub const STORE_SLOW_AFTER: Duration = Duration::from_secs(5);
/// After a batch could not be stored, the hub waits this long. Then it gives the batch to the
/// history again.
pub const STORE_RETRY_WAIT: Duration = Duration::from_secs(1);
/// The time that a refusal names, if the hub refuses a request for now because too much waits
/// already. The client may send the request again after this time.
pub const BUSY_RETRY_WAIT: Duration = Duration::from_secs(1);

/// About how many bytes of lines the history reads into memory at most for one answer.
pub const FOUND_BYTES_MAX: usize = 64 * 1024;
/// Most requests of all clients that can wait for the history. Only requests for pages of older
/// lines and searches count, not the lines that a client has missed.
pub const READS_WAITING_MAX: usize = 256;
/// Most requests for pages of older lines from one network that can wait for the history. Searches
/// have a limit of their own, which is the same. All clients to which no limits of a network apply
/// count as one network. See also [`READS_WAITING_MAX`].
pub const READS_WAITING_PER_NETWORK_MAX: usize = 32;
/// After the history has read missed lines for a client that is behind, it reads nothing for other
/// clients for this long. The client asks for the next part about a millisecond later, and should
/// not have to wait. [`COMING_BACK_TURN`] is the exception.
pub const COMING_BACK_PAUSE: Duration = Duration::from_millis(5);
/// Even while clients that are behind receive what they have missed, the history reads one page and
/// does one turn of a search for other clients each time this has passed.
pub const COMING_BACK_TURN: Duration = Duration::from_millis(10);

/// Longest text that a person can search for, in characters.
pub const SEARCH_CHARS_MAX: usize = 128;
/// Most words in a text that a person can search for.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Most names of authors for which a search remembers whether they match the name that the person
/// has typed.
pub const SEARCH_NAMES_MAX: usize = 1024;
/// The longest time that the history works on one search without a break. This is a turn of the
/// search. The search may need more turns.
pub const SEARCH_TURN: Duration = Duration::from_millis(20);
/// A turn of a search that finds no end sooner lasts at least this long, even if the history has
/// another task: a batch to store, or lines that a client has missed.
pub const SEARCH_TURN_MIN: Duration = Duration::from_micros(500);
/// About how many bytes a search compares before it reads the clock again. Comparing so many bytes
/// takes about ten microseconds, or 200 with the kind of text that takes longest.
pub const SEARCH_BYTES_PER_CHECK: usize = 2 * 1024;
/// A search counts each line as this many bytes in addition to its text, because even a short line
/// takes time. See [`SEARCH_BYTES_PER_CHECK`].
pub const SEARCH_LINE_BYTES: usize = 64;
/// The longest time that the history works on one search, all its turns together. Then the server
/// answers with the lines that were found so far, and with the number at which another search can
/// go on. In this time a usual machine searches a few hundred thousand lines.
pub const SEARCH_TIME_MAX: Duration = Duration::from_millis(300);
/// The shortest time that the history may work on one search, all its turns together. It is so
/// short only if very many searches wait. See [`SEARCH_TIME_SHARED`].
pub const SEARCH_TIME_MIN: Duration = Duration::from_millis(20);
/// How long the history works on all searches together that wait at one moment. Networks get equal
/// parts of this time, and the searches of one network share its part. But each search gets at
/// least [`SEARCH_TIME_MIN`] and at most [`SEARCH_TIME_MAX`].
pub const SEARCH_TIME_SHARED: Duration = Duration::from_secs(2);
/// If a search is not complete this long after the client requested it, the server answers it with
/// the lines that were found so far. If the history has spent no time on it, the server refuses it.
pub const SEARCH_WAIT: Duration = Duration::from_secs(3);

/// How many numbers of a log the hub reserves on the disk as one block, before lines get them. It
/// reserves the next block when about half of a block is used. The numbers of a block that are
/// unused at a crash are lost. Blocks may grow (see [`NUMBERS_BLOCK_WAIT`]).
pub const NUMBERS_BLOCK: u64 = 1024;
/// If the hub must reserve the next block of a log's numbers sooner than this after the block
/// before, it makes the next block twice as large, up to [`NUMBERS_BLOCK_MAX`].
pub const NUMBERS_BLOCK_WAIT: Duration = Duration::from_secs(10);
/// Most numbers in one block of reserved numbers. Half of it is more than the lines that can wait
/// for a slow disk ([`UNSTORED_RECORDS_MAX`]).
pub const NUMBERS_BLOCK_MAX: u64 = 64 * 1024;
/// How many numbers a log's far range has. While the disk cannot store the reservation of a new
/// block, new lines get numbers of the far range. At one line a second, it lasts for a day and a
/// half.
pub const NUMBERS_FAR: u64 = 1 << 17;
/// How many numbers lie between a new log's first block and its far range. Later blocks of the log
/// lie there.
pub const NUMBERS_FAR_DISTANCE: u64 = 1 << 20;
/// Most ranges of skipped numbers that the server remembers for one log and tells clients about. A
/// crash leaves one such range. A machine that loses power each day has this many after more than a
/// year.
pub const SKIPS_KEPT_MAX: usize = 512;

const _: () = assert!(NUMBERS_BLOCK_MAX / 2 > UNSTORED_RECORDS_MAX as u64);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR_DISTANCE);
