//! The page that a browser stores for the time when the server does not answer (`web/away.js`).
//!
//! Must not know: when it is shown.
//!
//! Room: `site/pages/mod.rs`.

use maud::html;

use super::frame;
use crate::base::limits;
use crate::base::words::Language;
use crate::html::words::Sentences;
use crate::site::visit::settings::PageSettings;

/// Returns the page in the reader's language and colours. It reloads by itself.
pub fn page(language: Language, settings: PageSettings) -> Vec<u8> {
    let words = Sentences::of(language);
    let seconds = limits::AWAY_RETRY_SECONDS;
    let body = html! {
        main {
            h1 { (words.say("boxAway")) }
            p { (words.fill("boxAwayMore", &[("n", &seconds.to_string())])) }
            // Leads to the address of this page itself.
            p { a href="" { (words.say("tryNow")) } }
        }
    };
    frame::list(words, words.say("brand"), settings, seconds, &body).into_string().into_bytes()
}
