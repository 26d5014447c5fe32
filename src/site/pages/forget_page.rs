//! The page on which a person confirms that all their messages and their name are removed. Its form
//! is one of the room's page: it sends the name that the person types.
//!
//! Must not know: what is removed, and how.
//!
//! Part: `site/pages/mod.rs`.

use maud::html;

use super::{layout, shared_forms};
use crate::base::language::Language;
use crate::chat::room_name::RoomName;
use crate::html::address::{address, with_query};
use crate::html::sentences::Sentences;
use crate::site::visit::page_settings::PageSettings;
use crate::site::visit::request_session::RequestSession;

/// Makes the page for the person with this session; it leads back to `room`. `trouble` says why a
/// form of this page has removed nothing; `None`: no form was sent.
pub fn page(
    language: Language,
    settings: PageSettings,
    room: &RoomName,
    session: &RequestSession,
    trouble: Option<&str>,
) -> Vec<u8> {
    let words = Sentences::of(language);
    let title = format!("{} - {}", words.say("forgetMe"), words.say("brand"));
    let in_links = session.for_links(session.token());
    let back = with_query(&address(room), &[in_links.as_ref().map(|token| format!("s={token}"))]);
    let body = html! {
        header {
            (shared_forms::mark())
            h1.whole { (words.say("forgetMe")) }
            nav { a href=(back) { (words.fill("backToRoom", &[("room", room.as_str())])) } }
        }
        main {
            @if let Some(trouble) = trouble { p.bad role="alert" { b { (trouble) } } }
            @match session.token() {
                None => p { (words.say("deviceNeedsName")) },
                Some(token) => {
                    p { (words.say("forgetMeMore")) }
                    form method="post" action=(address(room)) accept-charset="utf-8" {
                        (shared_forms::charset())
                        input type="hidden" name="text";
                        input type="hidden" name="key" value=(token.form_key());
                        @if let Some(session) = &in_links { input type="hidden" name="s" value=(session); }
                        p {
                            label { (words.say("forgetMeName")) " "
                                input type="text" name="forget" size="20" autocomplete="off" required;
                            }
                            " " button { (words.say("forgetMeReally")) }
                        }
                    }
                }
            }
        }
    };
    layout::page(words, &title, settings, None, &body).into_string().into_bytes()
}
