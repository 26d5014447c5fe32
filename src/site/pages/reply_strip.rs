//! The frame beside the form of a live page without scripts. It says to which message the form
//! replies. So *Reply* in the stream leaves the page as it is, and the text that is typed there.
//!
//! The frame's answer sets a cookie with the mark of the form and the number of the message; the
//! form of that mark, and no other one, then replies to it (`site/room_post.rs`).
//!
//! Runs on thread `door`. Blocks as `site/visit/mod.rs` says.
//! Owns: that cookie, and what the frame shows.
//! Must not know: how a message is sent.
//!
//! Part: `site/pages/mod.rs`.

use std::time::Duration;

use maud::html;

use super::cookies::hidden_cookie;
use super::layout;
use super::renderer::PageRenderer;
use crate::chat::entry::Seq;
use crate::html::address::reply_frame;
use crate::html::quote;
use crate::html::sentences::Sentences;
use crate::html::text::sentence;
use crate::server::http::response::Response;
use crate::site::visit::page_request::PageRequest;
use crate::site::visit::read_room::read_message;

/// The name of the cookie: `MARK.SEQ`.
pub const REPLY_COOKIE: &str = "threadbare-reply";

/// How long a browser keeps the cookie. Its form is seldom older.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What the frame is to show.
#[derive(Clone, Copy, Debug)]
pub struct ReplyStrip {
    /// The message to reply to; `None`: the form replies to none.
    pub to: Option<Seq>,
    /// The mark of the form.
    pub form: u32,
}

impl PageRenderer {
    /// Makes the page in the frame. Blocks as [`serve`](Self::serve) does.
    pub fn reply_strip(&self, strip: ReplyStrip, request: &PageRequest) -> Response {
        let words = Sentences::of(request.language);
        let found = strip.to.map(|seq| read_message(&self.visits, seq, request));
        let message = found.as_ref().and_then(|found| found.as_ref().ok()?.as_deref());
        let message = message.filter(|message| message.what.is_message());
        let cancel = reply_frame(&request.room, 0, strip.form);
        let body = html! {
            main.strip {
                p {
                    @match (message, strip.to) {
                        (Some(message), _) => {
                            span {
                                (sentence(words, "replyingTo", &[("name", message.by.name.shown())]))
                                bdi { (quote::words_of(words, message)) }
                            }
                            " " a href=(cancel) { (words.say("cancel")) }
                        }
                        (None, Some(_)) => { span.bad { (words.say("replyDeleted")) } }
                        (None, None) => { small { (words.say("liveLimits")) } }
                    }
                }
            }
        };
        let (title, settings) = (words.say("answer"), request.settings);
        let page = layout::document(words, title, settings, None, None, &body).into_string();
        let (value, kept) = match message {
            Some(message) => (format!("{}.{}", strip.form, message.seq.0), KEPT),
            None => (String::new(), Duration::ZERO),
        };
        Response::new(200, page)
            .with_header("Set-Cookie", hidden_cookie(REPLY_COOKIE, &value, kept))
    }
}
