//! QR codes, as SVG and for a terminal: a camera reads an address from the screen, so that nobody
//! must type it.
//!
//! The picture has its own white ground and black squares, because cameras do not read light
//! squares on a dark ground well.
//!
//! Owns: how a QR code is drawn.
//! Must not know: which addresses are drawn, and for whom.
//!
//! Part: `html/mod.rs`.

use std::fmt::Write;

use maud::{Markup, html};
use qrcode::{Color, EcLevel, QrCode};

use crate::base::limits;

/// How many squares stay white on each side, as the standard asks for.
const MARGIN: usize = 4;
/// The width and height of the picture on a page, in pixels.
const SIDE: usize = 240;
/// How many squares stay white on each side in a terminal. Cameras need no more on a screen, and a
/// small terminal has few lines.
const TERMINAL_MARGIN: usize = 2;
/// The control sequences around each line in a terminal: white on black, and back to the usual
/// colours.
const COLORS: (&str, &str) = ("\u{1b}[97;40m", "\u{1b}[0m");

/// Draws this text as a QR code. `label` says to a reader who does not see the picture what it is.
/// `None`: the text is too long.
pub fn drawn(text: &str, label: &str) -> Option<Markup> {
    let (width, colors) = squares_of(text)?;
    let mut squares = String::new();
    for (y, row) in colors.chunks(width).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|one, next| one == next) {
            if run[0] == Color::Dark {
                let (left, top, wide) = (x + MARGIN, y + MARGIN, run.len());
                write!(squares, "M{left} {top}h{wide}v1h-{wide}z").ok()?;
            }
            x += run.len();
        }
    }
    let side = width + 2 * MARGIN;
    Some(html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(SIDE) height=(SIDE)
            viewBox={ "0 0 " (side) " " (side) } shape-rendering="crispEdges"
            role="img" aria-label=(label) {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(squares) fill="#000" {}
        }
    })
}

/// Draws this text as a QR code of characters, two squares in each, with a line end after each
/// line.
/// A white square is drawn and a black one left out, as a terminal with a dark ground needs it;
/// with `has_colors` any terminal shows it so. `None`: the text is too long.
pub fn for_terminal(text: &str, has_colors: bool) -> Option<String> {
    let (width, colors) = squares_of(text)?;
    let side = width + 2 * TERMINAL_MARGIN;
    let is_light = |x: usize, y: usize| {
        let [x, y] = [x, y].map(|place| place.checked_sub(TERMINAL_MARGIN));
        let inside = x.zip(y).filter(|(x, y)| *x < width && *y < width);
        inside.is_none_or(|(x, y)| colors[y * width + x] == Color::Light)
    };
    let (before, after) = if has_colors { COLORS } else { ("", "") };
    let mut lines = String::new();
    for y in (0..side).step_by(2) {
        lines += before;
        // Below the last line there is nothing to draw.
        lines.extend((0..side).map(|x| {
            match (is_light(x, y), y + 1 < side && is_light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }
        }));
        lines += after;
        lines.push('\n');
    }
    Some(lines)
}

/// Returns how many squares one side of the code for this text has, and their colours, line by
/// line. `None`: the text is too long.
fn squares_of(text: &str) -> Option<(usize, Vec<Color>)> {
    if text.len() > limits::QR_BYTES_MAX {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    Some((code.width(), code.to_colors()))
}

#[cfg(test)]
mod tests {
    use super::{COLORS, MARGIN, TERMINAL_MARGIN, drawn, for_terminal};
    use crate::base::limits;

    /// The picture as rows of squares, `#` for a black one.
    fn rows(svg: &str) -> Vec<String> {
        let part = |from: &str, to| svg.split_once(from).unwrap().1.split_once(to).unwrap().0;
        let side: usize = part("viewBox=\"0 0 ", " ").parse().unwrap();
        let mut rows = vec![vec!['.'; side]; side];
        for run in part(" d=\"", "\"").split('M').skip(1) {
            let (x, rest) = run.split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let wide = rest.split_once('v').unwrap().0;
            let [x, y, wide]: [usize; 3] = [x, y, wide].map(|number| number.parse().unwrap());
            rows[y][x..x + wide].fill('#');
        }
        rows.into_iter().map(|row| row.into_iter().collect()).collect()
    }

    #[test]
    fn a_code_has_its_three_corners_and_a_white_margin() {
        let svg = drawn("http://192.0.2.7:8080/r/lobby", "the lobby").unwrap().into_string();
        let rows = rows(&svg);
        let side = rows.len();
        let corner =
            ["#######.", "#.....#.", "#.###.#.", "#.###.#.", "#.###.#.", "#.....#.", "#######."];
        for (y, pattern) in corner.iter().enumerate() {
            assert!(rows[MARGIN + y][MARGIN..].starts_with(pattern), "{rows:#?}");
            assert!(rows[side - MARGIN - 7 + y][MARGIN..].starts_with(pattern), "{rows:#?}");
            let right: String = pattern.chars().rev().collect();
            assert!(rows[MARGIN + y][..side - MARGIN].ends_with(&right), "{rows:#?}");
        }
        for row in rows.iter().take(MARGIN).chain(rows.iter().rev().take(MARGIN)) {
            assert!(!row.contains('#'));
        }
        assert!(svg.contains("aria-label=\"the lobby\""));
    }

    #[test]
    fn a_text_of_any_length_up_to_the_limit_is_drawn_and_escapes_nothing_into_the_page() {
        let most = limits::QR_BYTES_MAX;
        assert!(
            drawn(&"x".repeat(most), "").is_some() && drawn(&"x".repeat(most + 1), "").is_none()
        );
        let svg = drawn("<script>", "\"><script>").unwrap().into_string();
        assert!(!svg.contains("<script>"), "{svg}");
    }
    #[test]
    fn row_104_a_terminal_shows_the_same_squares_as_the_picture() {
        let text = "http://192.168.1.23:8080/";
        let picture = rows(&drawn(text, "").unwrap().into_string());
        let shown = for_terminal(text, false).unwrap();
        let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
        let width = picture.len() - 2 * MARGIN;
        let side = width + 2 * TERMINAL_MARGIN;
        // 29 columns and 15 lines: there is space for the greeting beside it.
        assert_eq!((side, lines.len()), (29, 15));
        assert!(lines.iter().all(|line| line.len() == side));
        let more = MARGIN - TERMINAL_MARGIN;
        for (y, row) in picture[more..more + side].iter().enumerate() {
            for (x, square) in row[more..more + side].chars().enumerate() {
                let light = if y % 2 == 0 { ['█', '▀'] } else { ['█', '▄'] };
                assert_eq!(light.contains(&lines[y / 2][x]), square == '.', "{x} {y}\n{shown}");
            }
        }
        let colored = for_terminal(text, true).unwrap();
        let bare: Vec<_> = colored
            .lines()
            .map(|line| line.strip_prefix(COLORS.0).unwrap().strip_suffix(COLORS.1).unwrap())
            .collect();
        assert_eq!(bare, shown.lines().collect::<Vec<_>>());
        assert!(for_terminal(&"x".repeat(limits::QR_BYTES_MAX + 1), true).is_none());
    }
}
