//! SQLite's write-ahead log (`-wal`) and SQLite's index of it (`-shm`).
//!
//! SQLite writes a changed page first to the log, as a frame with a head of its own. Later a
//! checkpoint copies the newest version of each page into the main file. The index survives a kill
//! of the program. It says how many frames the log has, and how many of them are in the main file.
//!
//! Owns: the formats of the two files, and which frames of the log are whole.
//! Must not know: what is in a page.
//!
//! Part: `history/sqlite_file/mod.rs`.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::{be32, page_bytes};

/// Length of the head of a write-ahead log, in bytes. Each frame in the log has a head of its own.
pub(crate) const WAL_HEAD_BYTES: usize = 32;
const FRAME_HEAD_BYTES: usize = 24;
/// Length of the head of the index, in bytes. The index begins with this head, stored twice. After
/// both heads it says how many frames of the log are in the main file.
const INDEX_HEAD_BYTES: usize = 48;
/// Length of both heads of the index and of the fields after them, in bytes.
const INDEX_HEADS_BYTES: usize = INDEX_LISTS_AT as usize;
const INDEX_VERSION: u64 = 3_007_000;
/// Length of a block of the index, in bytes. The blocks list the number of the page in each frame.
/// The first block also has the heads, so it lists fewer pages.
const INDEX_BLOCK_BYTES: u64 = 32_768;
const INDEX_BLOCK_PAGES: u64 = 4096;
const INDEX_LISTS_AT: u64 = 136;
const INDEX_FIRST_PAGES: u64 = INDEX_BLOCK_PAGES - INDEX_LISTS_AT / 4;

pub(crate) struct WriteAheadLog {
    pub(crate) page_bytes: usize,
    /// The offset in the log at which the last complete transaction ends.
    pub(crate) end: u64,
    /// For each page in the complete transactions, the offset in the log of its newest version.
    pub(crate) newest: HashMap<u32, u64>,
    /// How many pages the file has after the last complete transaction; `None`: there is no such
    /// transaction.
    pub(super) pages: Option<u32>,
}

impl WriteAheadLog {
    pub(crate) fn frames(&self) -> u64 {
        (self.end - WAL_HEAD_BYTES as u64) / (FRAME_HEAD_BYTES + self.page_bytes) as u64
    }

    /// Reads a log. `None`: its head is not whole. Blocks for the disk.
    pub(crate) fn read(wal: &File) -> Option<Self> {
        let mut end = WAL_HEAD_BYTES as u64;
        let mut head = [0; WAL_HEAD_BYTES];
        wal.read_exact_at(&mut head, 0).ok()?;
        let magic = be32(&head, 0);
        let is_big = match magic {
            0x377f_0682 => false,
            0x377f_0683 => true,
            _ => return None,
        };
        let page_bytes = page_bytes(be32(&head, 8))?;
        let mut sum = (0, 0);
        add_to_checksum(&mut sum, &head[..24], is_big);
        if sum != (be32(&head, 24), be32(&head, 28)) {
            return None;
        }
        let (mut newest, mut waiting, mut pages) = (HashMap::new(), Vec::new(), None);
        let mut place = WAL_HEAD_BYTES as u64;
        let mut frame = vec![0; FRAME_HEAD_BYTES + page_bytes];
        while wal.read_exact_at(&mut frame, place).is_ok() {
            add_to_checksum(&mut sum, &frame[..8], is_big);
            add_to_checksum(&mut sum, &frame[FRAME_HEAD_BYTES..], is_big);
            // This frame is from an earlier use of the log, or it is spoiled: ignore it and all
            // later ones.
            if frame[8..16] != head[16..24] || sum != (be32(&frame, 16), be32(&frame, 20)) {
                break;
            }
            waiting.push((be32(&frame, 0), place + FRAME_HEAD_BYTES as u64));
            // Use only complete transactions. This field of a frame is above 0 only in the last
            // frame of a transaction: it says how many pages the file has then.
            if be32(&frame, 4) > 0 {
                newest.extend(waiting.drain(..));
                pages = Some(be32(&frame, 4));
                end = place + frame.len() as u64;
            }
            place += frame.len() as u64;
        }
        Some(Self { page_bytes, end, newest, pages })
    }
}

/// Adds bytes to the checksum of a log or of the head of its index. The bytes are read as words of
/// four bytes, two at a time. If `is_big` is true, the words are big-endian.
fn add_to_checksum(sum: &mut (u32, u32), bytes: &[u8], is_big: bool) {
    let (words, _) = bytes.as_chunks::<4>();
    let read = if is_big { u32::from_be_bytes } else { u32::from_le_bytes };
    for pair in words.chunks_exact(2) {
        sum.0 = sum.0.wrapping_add(read(pair[0])).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(read(pair[1])).wrapping_add(sum.0);
    }
}

/// SQLite's index of a write-ahead log (`WAL-mode File Format` in SQLite's documents).
pub(crate) struct WalIndex {
    /// How many frames the log had when SQLite wrote the index.
    pub(crate) frames: u64,
    /// How many frames of the log, counted from the first, are in the main file.
    pub(crate) checkpointed: u64,
    /// The length in bytes that the main file has when all frames are in it.
    pub(crate) file_bytes: u64,
    page_bytes: u64,
    /// Two random numbers that the head and each frame of the log repeat.
    pub(crate) salts: [u8; 8],
    bytes: Vec<u8>,
}

impl WalIndex {
    /// Parses the index. `None`: it is not whole or contradicts itself, SQLite was writing it at
    /// this moment, or its version is unknown.
    pub(crate) fn parse(bytes: Vec<u8>) -> Option<Self> {
        let (head, rest) = bytes.split_at_checked(INDEX_HEAD_BYTES)?;
        let mut sum = (0, 0);
        add_to_checksum(&mut sum, &head[..40], cfg!(target_endian = "big"));
        let has_sum = [sum.0, sum.1].map(u64::from) == [number(head, 40), number(head, 44)];
        let is_whole = rest.starts_with(head) && head[12] == 1 && has_sum;
        if !is_whole || number(head, 0) != INDEX_VERSION {
            return None;
        }
        let page_bytes = match u16::from_ne_bytes([head[14], head[15]]) {
            1 => 1 << 16,
            bytes => u64::from(bytes),
        };
        let (frames, checkpointed) = (number(head, 16), number(rest, INDEX_HEAD_BYTES));
        let file_bytes = number(head, 20) * page_bytes;
        let salts = head[32..40].try_into().ok()?;
        let index = Self { frames, checkpointed, file_bytes, page_bytes, salts, bytes };
        (checkpointed <= frames).then_some(index)
    }

    /// Reads the heads of the index, but not its list of pages. Blocks for the disk.
    pub(crate) fn read_heads(file: &File) -> Option<Self> {
        let mut heads = vec![0; INDEX_HEADS_BYTES];
        file.read_exact_at(&mut heads, 0).ok()?;
        Self::parse(heads)
    }

    /// Returns the length in bytes that the write-ahead log has with all frames that the index
    /// knows.
    pub(crate) fn log_bytes(&self) -> u64 {
        WAL_HEAD_BYTES as u64 + self.frames * (FRAME_HEAD_BYTES as u64 + self.page_bytes)
    }

    /// Returns the number of the page that a frame has; the first frame is 0. Returns 0 if the
    /// index does not list the frame.
    pub(crate) fn page_of(&self, frame: u64) -> u64 {
        let at = match frame.checked_sub(INDEX_FIRST_PAGES) {
            None => INDEX_LISTS_AT + 4 * frame,
            Some(later) => {
                let block = 1 + later / INDEX_BLOCK_PAGES;
                block * INDEX_BLOCK_BYTES + 4 * (later % INDEX_BLOCK_PAGES)
            }
        };
        usize::try_from(at).map_or(0, |at| number(&self.bytes, at))
    }
}

/// Returns a number of the index, which is in the byte order of the machine; 0 if the bytes
/// are too few.
fn number(bytes: &[u8], at: usize) -> u64 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u64::from(u32::from_ne_bytes(four.unwrap_or_default()))
}
