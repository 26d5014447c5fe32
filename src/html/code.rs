//! Which parts of a message are code: what is between single back-ticks in one line, and what is
//! between three back-ticks, in any number of lines. The live page has the same rule
//! (`web/js/elements.js`). The examples in `code/examples.json` test both.
//!
//! Owns: where code begins and ends.
//! Must not know: how code looks, the links of a text.
//!
//! Part: `html/mod.rs`.

use super::link;

/// The mark before and after a block of code.
const FENCE: &str = "```";

/// A part of a message, without the marks of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// Code within a line.
    Code(&'a str),
    /// Lines of code. The text before the block does not have the line break at its end.
    Block(&'a str),
}

/// Returns the parts of a message, in order. A back-tick in a URL is a part of the URL.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut done, mut from) = (0, 0);
    let mut url = link::next_url(text, 0);
    while let Some(tick) = text[from..].find('`').map(|place| from + place) {
        if url.as_ref().is_some_and(|url| url.start < from) {
            url = link::next_url(text, from);
        }
        if let Some(url) = url.as_ref().filter(|url| url.start < tick) {
            from = url.end;
        } else if let Some((piece, length)) = code_at(&text[tick..]) {
            let before = &text[done..tick];
            let is_block = matches!(piece, Piece::Block(_));
            let shown = before.strip_suffix('\n').filter(|_| is_block).unwrap_or(before);
            pieces.extend([Piece::Text(shown), piece]);
            from = tick + length;
            done = from;
        } else {
            from = tick + 1;
        }
    }
    pieces.push(Piece::Text(&text[done..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// Returns the code at the start of a text that begins with a back-tick, and its length with its
/// marks. `None`: the back-tick is a part of the text.
fn code_at(text: &str) -> Option<(Piece<'_>, usize)> {
    block_at(text).or_else(|| {
        let inside = text.strip_prefix('`')?;
        let end = inside.find(['`', '\n'])?;
        let is_code = end > 0 && inside[end..].starts_with('`');
        is_code.then(|| (Piece::Code(&inside[..end]), end + 2))
    })
}

/// Like [`code_at`], for a block. The name of a language after the first mark is not shown, nor is
/// the line break after the block.
fn block_at(text: &str) -> Option<(Piece<'_>, usize)> {
    let rest = text.strip_prefix(FENCE)?;
    let first = rest.chars().next()?.len_utf8();
    let inside = &rest[..first + rest[first..].find(FENCE)?];
    let length = inside.len() + 2 * FENCE.len();
    let is_language = |word: &str| {
        word.chars().all(|sign| sign.is_ascii_alphanumeric() || "_+#.-".contains(sign))
    };
    let named = inside.split_once('\n').filter(|(word, _)| is_language(word));
    let lines = named.map_or(inside, |(_, lines)| lines);
    let lines = lines.strip_suffix('\n').unwrap_or(lines);
    Some((Piece::Block(lines), length + usize::from(text[length..].starts_with('\n'))))
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};

    #[test]
    fn code_is_found_as_in_the_live_page() {
        let examples: Vec<(String, String)> =
            serde_json::from_str(include_str!("code/examples.json")).unwrap();
        for (text, expected) in examples {
            let shown = pieces(&text).into_iter().map(|piece| match piece {
                Piece::Text(text) => text.to_owned(),
                Piece::Code(code) => format!("<code>{code}</code>"),
                Piece::Block(lines) => format!("<pre>{lines}</pre>"),
            });
            assert_eq!(shown.collect::<String>(), expected, "{text}");
        }
    }

    #[test]
    fn a_long_text_of_marks_is_read_in_one_go() {
        for text in ["`\n", "```a", "`a", "````", "http://a` "] {
            pieces(&text.repeat(100_000));
        }
    }
}
