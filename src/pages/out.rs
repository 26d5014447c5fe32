//! The page before another place: its address has no session in it, so a browser that
//! tells the next place where it came from tells nothing.
//!
//! Owns: that page.
//! Must not know: who goes there.
//!
//! Next: `pages/away.rs`.

use maud::html;

use super::words::Sentences;
use super::{frame, link};
use crate::visit::settings::Settings;
use crate::words::Language;

/// The page; `None`: the address is none of the web's.
pub fn page(language: Language, settings: Settings, to: &str) -> Option<Vec<u8>> {
    let is_web = !to.starts_with("mailto:") && link::leads_somewhere(to);
    let words = Sentences::of(language);
    let body = html! {
        main {
            h1 { (words.say("leadsOut")) }
            p { a href=(to) rel="noopener noreferrer nofollow ugc" { (to) } }
        }
    };
    let page = frame::page(words, words.say("brand"), settings, None, &body);
    is_web.then(|| page.into_string().into_bytes())
}
