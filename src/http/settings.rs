//! How somebody likes their pages: where that is chosen, and where it is kept.
//!
//! Owns: the cookie that has it. It is nobody's name and no secret, and whoever keeps no
//! cookies has pages as their browser has them.
//! Must not know: what a page does with it.
//!
//! Next: `pages/settings.rs`.

use crate::chat::room_name::RoomName;
use crate::door::refusal::Refusal;
use crate::door::ticket::SharedBytes;
use crate::http::asked::Asked;
use crate::http::reply::Reply;
use crate::http::room::session;
use crate::limits;
use crate::pages::address::{address, with_query};
use crate::pages::moment;
use crate::pages::settings;
use crate::pages::words::language;
use crate::visit::settings::Settings;
use crate::words::Language;

const COOKIE: &str = "threadbare-look";

/// What whoever asks has chosen.
pub(super) fn of(asked: &Asked<'_>) -> Settings {
    Settings::parse(asked.cookie(COOKIE).unwrap_or_default().as_bytes())
}

/// In which language they are answered.
pub(super) fn language_of(asked: &Asked<'_>) -> Language {
    of(asked).language.unwrap_or_else(|| language(asked.all("Accept-Language").next()))
}

/// Answers a request for the page of settings, or for what was chosen there.
pub(super) fn answer(asked: &Asked<'_>) -> Reply {
    let said = |name| asked.parameter(name).or_else(|| asked.field(name));
    let room = said("room").and_then(|name| RoomName::parse(&name).ok());
    let room = room.unwrap_or_else(RoomName::lobby);
    // Only for the way back: whoever has it in links keeps it there.
    let (token, in_links) = session(asked);
    let token = token.filter(|_| in_links).map(|token| token.reveal());
    match asked.method {
        "GET" | "HEAD" => {
            let page = settings::page(language_of(asked), of(asked), &room, token.as_deref());
            Reply::page(SharedBytes::Counted(page.into()))
        }
        "POST" => {
            let link = token.map(|token| format!("s={token}"));
            let site = asked.site().unwrap_or_default();
            let to = format!("{site}{}", with_query(&moment::now(&address(&room)), &[link]));
            let mut reply = Reply::elsewhere(to);
            reply.header("Set-Cookie", cookie(&Settings::parse(&asked.body)));
            reply
        }
        _ => Reply::refuse(Refusal::WrongMethod),
    }
}

fn cookie(settings: &Settings) -> String {
    let form = settings.form();
    let seconds = if form.is_empty() { 0 } else { limits::SETTINGS_KEPT.as_secs() };
    format!("{COOKIE}={form}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")
}
