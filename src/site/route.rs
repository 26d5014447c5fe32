//! What a URL means.
//!
//! Runs on threads `http-<n>`. Blocks on: nothing, but the disk for an own page's file.
//! Owns: the addresses of the server.
//! Must not know: sockets. A route never waits and reserves nothing: what it
//! wants done to the connection is a verdict, and the door does it.
//!
//! Next: `site/context.rs`.

use super::context::Context;
use super::reading::takes_gzip;
use super::shown::target;
use super::{answers, charset, posted, room, settings, upgrade};
use crate::assets;
use crate::chat::room_name::RoomName;
use crate::classic::{Pages, logged, status};
use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::http::response::Response;
use crate::pages::refused::{self, Asker};
use crate::pages::words::language;
use crate::pages::{away, out};

/// Decides about one request.
pub(super) fn route(context: &Context, asked: &HttpRequest<'_>) -> Response {
    let kind = asked.all("Content-Type").next().unwrap_or_default();
    let body = charset::to_utf8(kind, posted::is_form(asked), asked.body.to_vec());
    let is_readable = body.is_ok();
    // All that comes after this reads UTF-8, or nothing.
    let body = body.unwrap_or_default();
    let asked = &HttpRequest { body: &body, ..asked.clone() };
    let chosen = if is_readable { choose(context, asked) } else { Err(Refusal::UnknownCharset) };
    chosen.unwrap_or_else(|refusal| {
        logged::refusal(context.words, asked, refusal, |it| target(it, false));
        // Nobody is full here, or asked for too much: that is the door's to find out.
        let page = asker(asked).map(|asker| refused::answer(refusal, &asker, 0));
        page.unwrap_or_else(|| Response::refuse(refusal))
    })
}

/// Whoever asks, if it is to be told no in a page.
fn asker(asked: &HttpRequest<'_>) -> Option<Asker> {
    let asker = Asker::of(asked.target, |name| asked.all(name).next())?;
    Some(asker.with_form(asked.body))
}

fn choose(context: &Context, asked: &HttpRequest<'_>) -> Result<Response, Refusal> {
    match asked.path() {
        "/ws" | "/chat" | "/webchat" => upgrade::answer(asked, context),
        // A WebSocket begins there and nowhere else (B8).
        _ if asked.is_upgrade() => Err(Refusal::NotFound),
        path if path.starts_with("/r/") => room::answer(asked, &path["/r/".len()..], context),
        "/" if matches!(context.pages, Pages::BuiltIn) => front(context, asked),
        "/settings" => settings::answer(asked, context),
        "/session" => room::keep(asked, context),
        path if path == "/rooms" || path.starts_with("/rooms/now/") => room::gate(asked, context),
        path => {
            let found = shown(context, path, asked).ok_or(Refusal::NotFound)?;
            if asked.only_looks() { found } else { Err(Refusal::WrongMethod) }
        }
    }
}

/// The box has a front room, and it is open.
fn front(context: &Context, asked: &HttpRequest<'_>) -> Result<Response, Refusal> {
    if !asked.only_looks() {
        return Err(Refusal::WrongMethod);
    }
    if asker(asked).is_some_and(|asker| asker.wants_no_room()) {
        return Err(Refusal::NotFound);
    }
    room::go(asked).map_or_else(|| room::answer(asked, RoomName::lobby().as_str(), context), Ok)
}

/// What is only shown at this address; `None`: nothing is there.
fn shown(
    context: &Context,
    path: &str,
    asked: &HttpRequest<'_>,
) -> Option<Result<Response, Refusal>> {
    let response = match (path, &context.pages) {
        ("/healthz", _) => {
            return Some(status::health(context.pulse.state(), context.pulse.is_unkept()));
        }
        ("/version", _) => Some(status::version()),
        ("/out", _) => out(asked),
        ("/away", _) => Some(away(asked)),
        ("/", Pages::Own(own)) => own.page(asked.host()),
        // The rooms are ours all the same, and look as ours do.
        (_, Pages::Own(own)) => own
            .file(path, asked.host())
            .or_else(|| is_of_rooms(path).then(|| asset(path, asked)).flatten()),
        (_, Pages::BuiltIn) => asset(path, asked),
    };
    response.map(Ok)
}

/// Whether the rooms' pages ask for it.
fn is_of_rooms(path: &str) -> bool {
    path.starts_with("/assets/") || path == assets::WORKER
}

/// The page for the time when nobody answers.
fn away(asked: &HttpRequest<'_>) -> Response {
    // The browser's own program asks for it, in the language of the page that began it.
    let wanted = asked.parameter("lang").map(|tag| language(Some(&tag)));
    let language = wanted.unwrap_or_else(|| settings::language_of(asked));
    answers::page(away::page(language, settings::of(asked)))
}

/// A file of the built-in pages.
fn asset(path: &str, asked: &HttpRequest<'_>) -> Option<Response> {
    assets::file(path, takes_gzip(asked), asked.all("If-None-Match").next())
}

/// A page before another place.
fn out(asked: &HttpRequest<'_>) -> Option<Response> {
    let (language, settings) = (settings::language_of(asked), settings::of(asked));
    Some(answers::page(out::page(language, settings, &asked.parameter("to")?)?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::chat_config::ChatConfig;
    use crate::classic::tests::ask;
    use crate::site::ChatSite;
    use crate::site::tests::chat;
    use crate::threads::Pool;
    use crate::words::Language;

    fn site(language: Language) -> Arc<ChatSite> {
        chat(&ChatConfig::new(language), &Pool::new()).site
    }

    #[test]
    fn b8_b31_what_went_wrong_is_logged_in_the_words_of_the_classic_chats() {
        let [in_english, in_chinese] = [Language::English, Language::Chinese].map(site);
        for (method, target, upgrade, status, english, chinese) in [
            ("POST", "/chat", true, 405, "wrong method", "请求方式错误"),
            ("POST", "/", false, 405, "wrong method", "请求方式错误"),
            ("GET", "/elsewhere", true, 404, "wrong path", "请求路径错误"),
            ("GET", "/", true, 404, "wrong path", "请求路径错误"),
            ("GET", "/none", false, 404, "wrong path", "请求路径错误"),
            ("GET", "/chat", false, 426, "upgrade failed", "获取连接失败"),
            ("GET", "/ws", true, 426, "upgrade failed", "获取连接失败"),
        ] {
            for (site, words) in [(&in_english, english), (&in_chinese, chinese)] {
                let (found, log) = ask(&**site, method, target, upgrade);
                assert_eq!(found, status, "{method} {target}");
                assert!(log.contains(words), "{method} {target}: {log}");
                assert_eq!(log.lines().count(), 1, "{log}");
            }
        }
    }

    #[test]
    fn a_good_request_leaves_no_word_of_its_own() {
        let site = site(Language::English);
        for target in ["/", "/healthz", "/version?x", "/favicon.svg"] {
            assert_eq!(ask(&*site, "GET", target, false), (200, String::new()));
        }
    }

    #[test]
    fn a13_a_target_stays_on_its_line_in_the_log() {
        let (_, log) = ask(&*site(Language::English), "GET", "/a\nb\u{1b}[31m", false);
        assert!(log.contains("path=/.."), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}
