//! The page in front of a link to another site. Its address contains no session, so a browser
//! that tells the other site where it comes from reveals nothing.
//!
//! Must not know: who goes there.
//!
//! Room: `site/pages/mod.rs`.

use maud::html;

use super::frame;
use crate::base::words::Language;
use crate::html::link;
use crate::html::words::Sentences;
use crate::site::visit::settings::PageSettings;

/// Returns the page; `None`: the address is not an address of the web.
pub fn page(language: Language, settings: PageSettings, to: &str) -> Option<Vec<u8>> {
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
