//! Two pages that need nothing from the hub: the page that a browser shows while the server does
//! not answer, and the page in front of a link to another site.
//!
//! Must not know: when they are shown, and to whom.
//!
//! Part: `site/pages/mod.rs`.

use maud::html;

use super::layout;
use crate::base::language::Language;
use crate::html::{link, sentences::Sentences};
use crate::site::visit::page_settings::PageSettings;

/// A page that says that the server does not answer reloads itself after this many seconds.
const AWAY_RETRY_SECONDS: u16 = 30;

/// Makes the page that a browser stores for the time when the server does not answer
/// (`web/away.js`), in the language and the colours of this browser. The page reloads by itself.
pub fn away(language: Language, settings: PageSettings) -> Vec<u8> {
    let words = Sentences::of(language);
    let seconds = AWAY_RETRY_SECONDS;
    let body = html! {
        main {
            h1 { (words.say("boxAway")) }
            p { (words.fill("boxAwayMore", &[("n", &seconds.to_string())])) }
            // An empty URL means this page itself.
            p { a href="" { (words.say("tryNow")) } }
        }
    };
    layout::document(words, words.say("brand"), settings, None, Some(seconds), &body)
        .into_string()
        .into_bytes()
}

/// Makes the page in front of a link to another site; `None`: `to` is no URL of the web that may be
/// a link. The page's own URL contains no session, so a browser that tells the other site where it
/// comes from reveals nothing.
pub fn leads_out(language: Language, settings: PageSettings, to: &str) -> Option<Vec<u8>> {
    let is_web = !to.starts_with("mailto:") && link::leads_somewhere(to);
    let words = Sentences::of(language);
    let body = html! {
        main {
            h1 { (words.say("leadsOut")) }
            p { a href=(to) rel="noopener noreferrer nofollow ugc" { (to) } }
        }
    };
    let page = layout::page(words, words.say("brand"), settings, None, &body);
    is_web.then(|| page.into_string().into_bytes())
}
