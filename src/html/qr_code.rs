//! QR codes as SVG: a camera reads an address from the screen, so that nobody must type it.
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

/// Draws this text as a QR code. `label` says to a reader who does not see the picture what it is.
/// `None`: the text is too long.
pub fn drawn(text: &str, label: &str) -> Option<Markup> {
    if text.len() > limits::QR_BYTES_MAX {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (width, colors) = (code.width(), code.to_colors());
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

#[cfg(test)]
mod tests {
    use super::{MARGIN, drawn};
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
}
