//! The disk as a power cut may have left it: everything that was flushed is there; any part of the
//! rest may be missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rusqlite::Connection;

use crate::harness::{Rng, StoredLine, kept_in};

/// The system calls that the trace contains.
pub const CALLS: &str = "pwrite64,write,ftruncate,fsync,fdatasync,sendto";
/// A disk writes so many bytes completely or not at all.
const SECTOR: usize = 512;

/// What the server did, in order.
pub enum Step {
    Write {
        file: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        file: String,
        length: usize,
    },
    /// The file is safe since this time.
    Flushed {
        file: String,
        at: f64,
    },
    /// A client got `sent` for these ids, or was shown lines up to this number.
    Told {
        sent: Vec<String>,
        shown: u64,
    },
}

/// One file on the disk.
pub struct OnDisk {
    flushed: Vec<u8>,
    /// Written since the last flush.
    loose: Vec<(usize, Vec<u8>)>,
}

impl OnDisk {
    /// A file that is completely flushed.
    pub fn of(flushed: Vec<u8>) -> Self {
        Self { flushed, loose: Vec::new() }
    }

    fn put(bytes: &mut Vec<u8>, at: usize, what: &[u8]) {
        bytes.resize(bytes.len().max(at + what.len()), 0);
        bytes[at..at + what.len()].copy_from_slice(what);
    }

    fn flush(&mut self) {
        for (at, what) in self.loose.drain(..) {
            Self::put(&mut self.flushed, at, &what);
        }
    }

    /// The file as a power cut may leave it; `rng` decides for each sector whether it was written.
    fn after_a_cut(&self, mut rng: impl FnMut() -> bool) -> Vec<u8> {
        let mut bytes = self.flushed.clone();
        for (at, what) in &self.loose {
            for (place, sector) in what.chunks(SECTOR).enumerate() {
                if rng() {
                    Self::put(&mut bytes, at + place * SECTOR, sector);
                }
            }
        }
        bytes
    }
}

/// Decodes `\x41\x42`, the notation of the trace.
fn bytes_of(hex: &str) -> Vec<u8> {
    hex.split("\\x").skip(1).filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect()
}

fn text_of(hex: &str) -> String {
    String::from_utf8_lossy(&bytes_of(hex)).into_owned()
}

/// The ids in the acknowledgements that one send carries.
fn acknowledged(sent: &str) -> Vec<String> {
    let lines = sent.split(r#"{"type":"sent""#).skip(1);
    let id = |line: &str| Some(line.split(r#""id":""#).nth(1)?.split('"').next()?.to_owned());
    lines.filter_map(id).collect()
}

/// The highest number of the messages that one send carries.
fn shown(sent: &str) -> u64 {
    let lines = sent.split(r#"{"type":"message""#).skip(1);
    let seq = |line: &str| {
        let number = line.split(r#""seq":"#).nth(1)?;
        number.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
    };
    lines.filter_map(seq).max().unwrap_or(0)
}

/// Reads from the trace what the server did.
pub fn steps(trace: &str) -> Vec<Step> {
    let mut flushing = BTreeMap::new();
    trace.lines().filter_map(|line| step(line, &mut flushing)).collect()
}

/// One line of a trace: `PID TIME call(3<path>, "data", 4096, 0) = 4096`. A flush is over only with
/// its result, which may be on a line of its own.
fn step(line: &str, flushing: &mut BTreeMap<String, String>) -> Option<Step> {
    let (thread, call) = line.split_once(' ')?;
    let (at, call) = call.trim_start().split_once(' ')?;
    let at = at.parse().ok()?;
    if call.starts_with("<...") {
        let is_flush = call.contains("sync resumed>") && call.ends_with("= 0");
        let file = flushing.remove(thread).filter(|_| is_flush)?;
        return Some(Step::Flushed { file, at });
    }
    let (name, rest) = call.split_once('(')?;
    let file = text_of(rest.split_once('<')?.1.split_once('>')?.0);
    let data = || rest.split('"').nth(1).map(bytes_of);
    // The last of the numbers: an offset, or a length.
    let last = || -> Option<usize> {
        let numbers = rest.rsplit_once(" = ").map_or(rest, |(before, _)| before);
        let numbers = numbers.trim_end_matches(" <unfinished ...>").trim_end();
        numbers.trim_end_matches(')').rsplit(", ").next()?.trim().parse().ok()
    };
    match name {
        "pwrite64" => Some(Step::Write { file, at: last()?, bytes: data()? }),
        "ftruncate" => Some(Step::Cut { file, length: last()? }),
        "fsync" | "fdatasync" if line.ends_with("= 0") => Some(Step::Flushed { file, at }),
        "fsync" | "fdatasync" => {
            flushing.insert(thread.to_owned(), file);
            None
        }
        "sendto" => {
            let text = String::from_utf8_lossy(&data()?).into_owned();
            let (sent, shown) = (acknowledged(&text), shown(&text));
            (!sent.is_empty() || shown > 0).then_some(Step::Told { sent, shown })
        }
        _ => None,
    }
}

/// The history that a power cut has left, opened.
pub struct Image {
    pub lines: Vec<StoredLine>,
    /// The next life of the server will treat the lobby's numbers up to this one as used.
    pub reserved: u64,
}

impl Image {
    fn of(file: &Path) -> Self {
        let lines = kept_in(file);
        let sql = "SELECT reserved FROM rooms WHERE name = 'lobby'";
        let reserved = Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0));
        Self { lines, reserved: reserved.map(i64::cast_unsigned).unwrap() }
    }

    pub fn ids(&self) -> BTreeSet<String> {
        self.lines.iter().filter_map(|line| line.id.clone()).collect()
    }
}

/// Both files, and what clients were told, as far as the steps have come.
#[derive(Default)]
pub struct Disk {
    pub files: BTreeMap<String, OnDisk>,
    pub told: BTreeSet<String>,
    /// The ids that were confirmed before the last flush.
    pub safe: BTreeSet<String>,
    /// The highest number that a client was shown.
    pub shown: u64,
}

impl Disk {
    /// Applies one more step.
    pub fn takes(&mut self, step: Step) {
        match step {
            Step::Write { file, at, bytes } => {
                self.files.get_mut(&file).into_iter().for_each(|it| {
                    it.loose.push((at, bytes.clone()));
                });
            }
            Step::Cut { file, length } => self.files.get_mut(&file).into_iter().for_each(|it| {
                it.flush();
                it.flushed.truncate(length);
            }),
            Step::Flushed { file, .. } => {
                if let Some(flushed) = self.files.get_mut(&file) {
                    flushed.flush();
                    self.safe.clone_from(&self.told);
                }
            }
            Step::Told { sent, shown } => {
                self.told.extend(sent);
                self.shown = self.shown.max(shown);
            }
        }
    }

    /// Cuts the power now, and returns what is in the folder afterwards.
    pub fn is_cut(&self, folder: &Path, rng: &mut Rng) -> Image {
        let nothing_more = rng.below(2) == 0;
        for (name, file) in &self.files {
            let left = file.after_a_cut(|| !nothing_more && rng.below(2) == 0);
            std::fs::write(folder.join(Path::new(name).file_name().unwrap()), left).unwrap();
        }
        drop(std::fs::remove_file(folder.join("threadbare.sqlite-shm")));
        Image::of(&folder.join("threadbare.sqlite"))
    }
}
