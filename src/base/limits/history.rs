//! The bounds of what outlives the server: the history's file, what the history stores, checks,
//! reads and searches, and the blocks of numbers that are reserved on the disk.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: code outside `base/limits`.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

/// Most records that the history writes in one batch.
pub const BATCH_RECORDS_MAX: usize = 1024;
/// About how many bytes the records of one batch have at most.
pub const BATCH_BYTES_MAX: usize = 1024 * 1024;
/// How many records, such as lines or rooms, can wait until the history has stored them. If so many
/// wait, there is no space for more.
pub const UNSTORED_RECORDS_MAX: usize = 16 * 1024;
/// About how many bytes the records that wait for the history may take in all. While they take
/// more, the server shows new messages in rooms without storing them. Later it stores those that
/// are still in its memory.
pub const UNSTORED_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The same on a machine with little memory.
pub const UNSTORED_BYTES_SMALL: usize = 2 * 1024 * 1024;

/// The largest size of the history's file, in MiB, unless `--keep-size` gives another. A file of
/// this size has space for more than a hundred thousand lines.
pub const HISTORY_MEBIBYTES: usize = 64;
/// The smallest and the largest value of `--keep-size`, in MiB.
pub const HISTORY_MEBIBYTES_RANGE: (usize, usize) = (8, 1024 * 1024);
/// The history deletes old lines if fewer bytes than this are left until its file has its largest
/// size. Then the file has space for the next batch and its indexes.
pub const HISTORY_SLACK_BYTES: u64 = 3 * 1024 * 1024;
/// The limit on the bytes of all unread private messages together is the largest size of the
/// history's file, divided by this number.
pub const UNREAD_PART_OF_FILE: u64 = 4;
/// The limit on the bytes of all unread private messages together, if the server has no history. It
/// is the same as with a history's file of [`HISTORY_MEBIBYTES`].
pub const UNREAD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// With `--flush 2s`, the history flushes its file at most this long after it has written a batch.
/// After the flush, a power failure can no longer destroy the batch.
pub const LAZY_FLUSH_WAIT: Duration = Duration::from_secs(2);

/// The time between two checks of the history's file. Each check looks whether some of the file's
/// pages are undamaged.
pub const FILE_CHECK_INTERVAL: Duration = Duration::from_secs(20);
/// How many pages of its file the history checks at a time. Each check begins where the last one
/// ended. In a file of 64 MiB, each page is checked once in 85 minutes.
pub const FILE_CHECK_PAGES: u32 = 64;
/// When the server starts, the history first checks all pages of its file that lead to other pages.
/// Then it checks other pages for about this long. Regular checks look at the rest later.
pub const START_CHECK_MAX: Duration = Duration::from_secs(2);

/// If the history has had a batch for this long and has not stored it, the server tells people that
/// messages are not stored.
pub const STORE_SLOW_AFTER: Duration = Duration::from_secs(5);
/// If the history could not store a batch, the hub waits this long before it gives it the batch
/// again.
pub const STORE_RETRY_WAIT: Duration = Duration::from_secs(1);
/// If the hub refuses a request for now because too much waits already, the client may send the
/// request again after this time.
pub const BUSY_RETRY_WAIT: Duration = Duration::from_secs(1);

/// Most requests of all clients together that can wait for the history. Only searches and requests
/// for pages of older lines count. What a client has missed does not count.
pub const READS_WAITING_MAX: usize = 256;
/// Most requests for pages of older lines that can wait for the history, for all clients of one
/// network together. As many of their searches can wait, too. All clients to which no limits of a
/// network apply count as one network.
pub const READS_WAITING_PER_NETWORK_MAX: usize = 32;

/// Longest text that a person can search for, in characters.
pub const SEARCH_CHARS_MAX: usize = 128;
/// Most words in a text that a person can search for.
pub const SEARCH_WORDS_MAX: usize = 16;
/// If a search is not complete this long after the client requested it, the server answers with the
/// lines that were found so far. If the history has spent no time on the search, the server refuses
/// it.
pub const SEARCH_WAIT: Duration = Duration::from_secs(3);

/// How many numbers a log's first block has. The hub reserves a block on the disk before lines get
/// its numbers. Later blocks may be larger, up to [`NUMBERS_BLOCK_MAX`]. If the server crashes, the
/// numbers of the block that no line has got are lost.
pub const NUMBERS_BLOCK: u64 = 1024;
/// Most numbers in one block that the hub reserves for a log. Half a block must be more than the
/// lines that can wait for a slow disk ([`UNSTORED_RECORDS_MAX`]), because the hub reserves the
/// next block when about half of a block is used.
pub const NUMBERS_BLOCK_MAX: u64 = 64 * 1024;
/// How many numbers a log's far range has. While the disk cannot store the reservation of a new
/// block, new lines get numbers of the far range. With one line a second, these numbers last for a
/// day and a half.
pub const NUMBERS_FAR: u64 = 1 << 17;
/// How many numbers lie between the block of a log and its far range, for a new log and when a log
/// gets a new far range. Later blocks of the log are made of these numbers.
pub const NUMBERS_FAR_DISTANCE: u64 = 1 << 20;
/// A restored backup leaves out so many numbers in each log, and
/// [`RESTORE_NUMBERS_A_SECOND`] more for each second since its newest line. Lines that were said
/// after the backup had some of these numbers, and clients may have seen them.
pub const RESTORE_NUMBERS_LEFT_OUT: u64 = 1_000_000;
/// See [`RESTORE_NUMBERS_LEFT_OUT`]. No log has so many lines a second for long.
pub const RESTORE_NUMBERS_A_SECOND: u64 = 10;
/// Most ranges of skipped numbers that the server remembers for one log. A crash of the server
/// leaves one range. A machine that loses power each day reaches this number after more than a
/// year.
pub const SKIPS_KEPT_MAX: usize = 512;

// Unread private messages are deleted last. So they and the space for the next batch must fit even
// into the smallest file that `--keep-size` allows.
const _: () = {
    let smallest = (HISTORY_MEBIBYTES_RANGE.0 as u64) << 20;
    assert!(HISTORY_SLACK_BYTES + smallest / UNREAD_PART_OF_FILE < smallest);
};
const _: () = assert!(NUMBERS_BLOCK_MAX / 2 > UNSTORED_RECORDS_MAX as u64);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR);
const _: () = assert!(NUMBERS_BLOCK_MAX < NUMBERS_FAR_DISTANCE);
