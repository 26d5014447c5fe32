//! Makes a picture of a page small: a page has few colours, so each pixel becomes the number of
//! one.
//!
//! Owns: how a browser's PNG is read, and how one with a table of colours is written.
//! Must not know: what is in the picture.

use std::collections::HashMap;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::picture::part;

/// A table in a PNG has so many colours at most.
const COLOURS_MAX: usize = 256;

type Colour = [u8; 3];

/// The same picture with 256 colours at most. What is drawn in other colours (they are at the edges
/// of letters) gets the nearest one.
pub(crate) fn with_few_colours(png: &[u8]) -> Vec<u8> {
    let (width, pixels) = read(png);
    let mut counts: HashMap<Colour, usize> = HashMap::new();
    for pixel in &pixels {
        *counts.entry(*pixel).or_default() += 1;
    }
    let mut table: Vec<Colour> = counts.keys().copied().collect();
    // The order of a map changes from run to run, and the picture must not.
    table.sort_unstable_by_key(|colour| (std::cmp::Reverse(counts[colour]), *colour));
    table.truncate(COLOURS_MAX);
    let numbers: HashMap<Colour, u8> =
        counts.into_keys().map(|colour| (colour, nearest(&table, colour))).collect();
    let mut lines = ZlibEncoder::new(Vec::new(), Compression::best());
    for line in pixels.chunks(width) {
        // In a PNG, each line begins with its filter: none.
        lines.write_all(&[0]).unwrap();
        let line: Vec<u8> = line.iter().map(|pixel| numbers[pixel]).collect();
        lines.write_all(&line).unwrap();
    }
    let [width, height] =
        [width, pixels.len() / width].map(|it| u32::try_from(it).unwrap().to_be_bytes());
    let mut small = png[..8].to_vec();
    small.extend(part(*b"IHDR", &[&width[..], &height, &[8, 3, 0, 0, 0]].concat()));
    small.extend(part(*b"PLTE", &table.concat()));
    small.extend(part(*b"IDAT", &lines.finish().unwrap()));
    small.extend(part(*b"IEND", &[]));
    small
}

fn nearest(table: &[Colour], colour: Colour) -> u8 {
    let distance = |other: &Colour| -> u32 {
        colour.iter().zip(other).map(|(one, two)| u32::from(one.abs_diff(*two)).pow(2)).sum()
    };
    let number = (0..table.len()).min_by_key(|number| distance(&table[*number])).unwrap();
    u8::try_from(number).unwrap()
}

/// The width of a picture with eight bits for each part of a colour, and its pixels.
fn read(png: &[u8]) -> (usize, Vec<Colour>) {
    let number = |at: usize| {
        let four = png[at..].first_chunk().unwrap();
        usize::try_from(u32::from_be_bytes(*four)).unwrap()
    };
    let (width, bytes_a_pixel) = (number(16), if png[25] == 6 { 4 } else { 3 });
    assert!(png[24] == 8 && [2, 6].contains(&png[25]), "eight bits, red, green, blue");
    let (mut packed, mut at) = (Vec::new(), 8);
    while at < png.len() {
        let data = &png[at + 8..][..number(at)];
        if png[at + 4..].starts_with(b"IDAT") {
            packed.extend_from_slice(data);
        }
        at += data.len() + 12;
    }
    let mut bytes = Vec::new();
    ZlibDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    let mut above = vec![0; width * bytes_a_pixel];
    let mut pixels = Vec::new();
    for filtered in bytes.chunks(1 + above.len()) {
        let line = unfiltered(filtered[0], &filtered[1..], &above, bytes_a_pixel);
        pixels.extend(line.chunks(bytes_a_pixel).map(|it| [it[0], it[1], it[2]]));
        above = line;
    }
    (width, pixels)
}

/// A line as it was before its filter: each byte is stored as the difference to its neighbours.
fn unfiltered(filter: u8, filtered: &[u8], above: &[u8], bytes_a_pixel: usize) -> Vec<u8> {
    let mut line: Vec<u8> = Vec::with_capacity(filtered.len());
    for (at, byte) in filtered.iter().enumerate() {
        let before = |line: &[u8]| at.checked_sub(bytes_a_pixel).map_or(0, |at| line[at]);
        let (left, up, corner) = (before(&line), above[at], before(above));
        let guess = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => u8::midpoint(left, up),
            4 => {
                let far = |one: u8, two: u8| i16::from(one) - i16::from(two);
                let [by_left, by_up] = [far(up, corner), far(left, corner)];
                let distances = [by_left.abs(), by_up.abs(), (by_left + by_up).abs()];
                let least = distances.iter().min().unwrap();
                [left, up, corner][distances.iter().position(|it| it == least).unwrap()]
            }
            other => panic!("a filter that PNG does not have: {other}"),
        };
        line.push(byte.wrapping_add(guess));
    }
    line
}
