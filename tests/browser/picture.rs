//! A screen as pixels: which part of it is the page, where its words begin, which of them are
//! selected.
//!
//! Owns: how Xvfb stores a screen, and how a PNG is written.
//! Must not know: which browser it is.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::look::screenshots;

/// A column and a line of the screen, in pixels.
pub(crate) type Place = (usize, usize);

/// The page's background colour from `web/base.css`: blue, green, red.
const PAPER: [u8; 3] = [0xf6, 0xfa, 0xfb];
/// A selection is dark, at least this high before its letters begin, and wider than a letter.
const MARK_LINES: usize = 3;
const MARK_COLUMNS: usize = 20;

fn is_paper(point: &[u8; 4]) -> bool {
    point[..3] == PAPER
}

/// The screen at one moment.
pub(crate) struct Picture {
    bytes: Vec<u8>,
    /// The offset of the first pixel.
    start: usize,
    width: usize,
    height: usize,
}

impl Picture {
    /// Reads a file of Xvfb: a head of numbers, a table of colours, the pixels. `None`: the file is
    /// not complete yet.
    pub(crate) fn of(file: &Path) -> Option<Self> {
        let bytes = std::fs::read(file).unwrap();
        let number = |at: usize| {
            let four = bytes.get(4 * at..)?.first_chunk()?;
            Some(usize::try_from(u32::from_be_bytes(*four)).unwrap())
        };
        let (start, width, height) = (number(0)? + 12 * number(19)?, number(4)?, number(5)?);
        if width == 0 || bytes.len() < start + 4 * width * height {
            return None;
        }
        assert_eq!(number(12), Some(4 * width), "four bytes a point, and nothing between lines");
        Some(Self { bytes, start, width, height })
    }

    fn line(&self, y: usize) -> &[[u8; 4]] {
        self.bytes[self.start + 4 * self.width * y..][..4 * self.width].as_chunks().0
    }

    /// The place of the page: columns and lines.
    pub(crate) fn page(&self) -> Option<(Range<usize>, Range<usize>)> {
        let is_page = |y: &usize| {
            let line = self.line(*y);
            // For most lines, this one pixel decides.
            is_paper(&line[self.width / 2])
                && line.iter().filter(|point| is_paper(point)).count() > self.width / 2
        };
        let (top, bottom) = ((0..self.height).find(is_page)?, (0..self.height).rfind(is_page)?);
        let line = self.line(top);
        let (left, right) = (line.iter().position(is_paper)?, line.iter().rposition(is_paper)?);
        (bottom > top).then_some((left..right, top..bottom))
    }

    /// A place in the page's first word.
    pub(crate) fn first_word(&self) -> Option<Place> {
        let (columns, mut lines) = self.page()?;
        let ink = |y: usize| self.line(y)[columns.clone()].iter().position(|it| !is_paper(it));
        // In the middle of its letters.
        let y = 6 + lines.find(|y| ink(*y).is_some())?;
        Some((columns.start + ink(y)?, y))
    }

    /// The place where the first selected words end.
    pub(crate) fn marked(&self) -> Option<Place> {
        let (columns, lines) = self.page()?;
        (lines.start..lines.end - MARK_LINES).find_map(|y| {
            let mut end = columns.start;
            self.line(y)[columns.clone()].chunk_by(|one, other| one == other).find_map(|run| {
                let begin = end;
                end += run.len();
                let is_wide = run.len() >= MARK_COLUMNS;
                let is_dark = run[0][..3].iter().all(|part| *part < 0xa0);
                let is_high =
                    || (1..MARK_LINES).all(|more| self.line(y + more)[begin..end] == *run);
                // The middle of a line of letters is this far below the start of the selection.
                (is_wide && is_dark && is_high()).then_some((end, y + 10))
            })
        })
    }

    /// Writes it into `target/screenshots`.
    pub(crate) fn keep(&self, name: &str) {
        let mut lines = ZlibEncoder::new(Vec::new(), Compression::fast());
        for y in 0..self.height {
            // In a PNG, each line begins with its filter: none.
            let mut written = vec![0];
            self.line(y).iter().for_each(|[blue, green, red, _]| {
                written.extend([red, green, blue]);
            });
            lines.write_all(&written).unwrap();
        }
        let [width, height] =
            [self.width, self.height].map(|it| u32::try_from(it).unwrap().to_be_bytes());
        let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
        png.extend(part(*b"IHDR", &[&width[..], &height, &[8, 2, 0, 0, 0]].concat()));
        png.extend(part(*b"IDAT", &lines.finish().unwrap()));
        png.extend(part(*b"IEND", &[]));
        std::fs::write(screenshots().join(name), png).unwrap();
    }
}

/// One part of a PNG.
pub(crate) fn part(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut check = flate2::Crc::new();
    check.update(&kind);
    check.update(data);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &kind, data, &check.sum().to_be_bytes()].concat()
}
