//! What every page has: its head, the mark, the way to the text field.
//!
//! Owns: that. A page works without its style, so nothing here hides anything.
//! Must not know: what is on a page.
//!
//! Next: `pages/row.rs`.

use maud::{DOCTYPE, Markup, html};

use super::words::Sentences;

/// A page with this title, in these words; `style` is where its style is.
pub(super) fn page(words: &Sentences, title: &str, style: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.say("language")) {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                link rel="stylesheet" href=(style);
                link rel="icon" href="/favicon.svg";
            }
            body { (body) }
        }
    }
}
