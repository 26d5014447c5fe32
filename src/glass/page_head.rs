//! The head that all pages of the glass box have, and the page of a recording.
//!
//! Owns: the style and the icon of these pages.
//! Must not know: what a page shows.
//!
//! Part: `glass/mod.rs`.

use maud::{Markup, html};

use crate::assets::built_in;
use crate::base::base_path::link;

/// Returns the head of a page with this title. `more` is what only this page has in its head.
pub(crate) fn head(title: &str, more: &Markup) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            title { (title) }
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            link rel="stylesheet" href=(built_in::address("base.css"));
            link rel="stylesheet" href=(built_in::address("glass/glass.css"));
            link rel="icon" href=(link("/favicon.svg")) type="image/svg+xml";
            (more)
        }
    }
}
