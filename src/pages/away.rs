//! The page that a browser keeps for the time when the box is away (`web/away.js`).
//!
//! Owns: that page.
//! Must not know: when it is shown.
//!
//! Next: `pages/desk.rs`.

use maud::html;

use super::frame;
use super::words::Sentences;
use crate::limits;
use crate::visit::settings::Settings;
use crate::words::Language;

/// The page, in the words and colours of whoever keeps it; it loads again by itself.
pub fn page(language: Language, settings: Settings) -> Vec<u8> {
    let words = Sentences::of(language);
    let seconds = limits::AWAY_RETRY_SECONDS;
    let body = html! {
        main {
            h1 { (words.say("boxAway")) }
            p { (words.fill("boxAwayMore", &[("n", &seconds.to_string())])) }
            // To the address at which it is shown.
            p { a href="" { (words.say("tryNow")) } }
        }
    };
    frame::list(words, words.say("brand"), settings, seconds, &body).into_string().into_bytes()
}
