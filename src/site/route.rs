//! Decides what a URL means.
//!
//! Runs on threads `http-<n>`.
//! Blocks on: nothing, except the disk for a file of the operator's own pages (`--assets`).
//! Owns: the list of the server's URLs.
//! Must not know: sockets. A route never waits and reserves nothing. It returns a verdict, which
//! says what happens to the connection. The door carries the verdict out.
//!
//! Part: `site/mod.rs`.

use super::context::{self, Context};
use super::origin::our_origin;
use super::room_route::{
    answer_room, list_rooms, redirect_to_named_room, redirect_to_new_room, set_cookie,
};
use super::{
    charset, device_route, host_route, log_target, room_post, settings_route, stay_route, upgrade,
};
use crate::assets::{FrontPage, built_in};
use crate::chat::room_name::RoomName;
use crate::html::qr_code;
use crate::html::sentences::language;
use crate::server::http::{
    refusal::Refusal, refusal_log, request::HttpRequest, response::Response,
};
use crate::server::status;
use crate::site::pages::refusal_page::{self, RefusedBrowser};
use crate::site::pages::standalone;

/// Returns the answer to one request, or what the door must do to get it. Writes a refusal to the
/// server's log.
pub(super) fn route(context: &Context, http: &HttpRequest<'_>) -> Response {
    let kind = http.all("Content-Type").next().unwrap_or_default();
    let body = charset::to_utf8(kind, room_post::is_form(http), http.body.to_vec());
    let is_readable = body.is_ok();
    // From here on the request's body is UTF-8.
    let body = body.unwrap_or_default();
    let http = &HttpRequest { body: &body, ..http.clone() };
    let chosen = if is_readable { choose(context, http) } else { Err(Refusal::UnknownCharset) };
    chosen.unwrap_or_else(|refusal| {
        refusal_log::log(context.words, http, refusal, log_target::loggable);
        let page = refused_browser(http).map(|who| refusal_page::answer_browser(refusal, &who));
        page.unwrap_or_else(|| Response::refusal(refusal))
    })
}

/// Returns the browser that gets a page if its request is refused; `None`: the sender is no browser
/// that shows pages.
fn refused_browser(http: &HttpRequest<'_>) -> Option<RefusedBrowser> {
    let browser = RefusedBrowser::of(http.target, |name| http.all(name).next())?;
    Some(browser.with_form(http.body))
}

fn choose(context: &Context, http: &HttpRequest<'_>) -> Result<Response, Refusal> {
    match http.path() {
        "/ws" | "/chat" | "/webchat" => upgrade::answer_upgrade(http, context),
        _ if http.is_upgrade() => Err(Refusal::NotFound),
        path if path.starts_with("/r/") => answer_room(http, &path["/r/".len()..], context),
        "/" if matches!(context.front_page, FrontPage::BuiltIn) => answer_front(context, http),
        "/settings" => settings_route::answer_settings(http, context),
        "/device" => device_route::answer_device(http, context),
        "/host" => host_route::answer_host(http, context),
        "/session" => set_cookie(http, context),
        "/stay" => stay_route::answer_stay(http, context),
        path if path == "/rooms" || path.starts_with("/rooms/now/") => list_rooms(http, context),
        path => {
            let found = answer_read_only(context, path, http).ok_or(Refusal::NotFound)?;
            if http.is_safe() { found } else { Err(Refusal::WrongMethod) }
        }
    }
}

/// Answers the URL `/` of the built-in pages: shows the lobby, or redirects to the room in
/// `?room=`.
fn answer_front(context: &Context, http: &HttpRequest<'_>) -> Result<Response, Refusal> {
    if !http.is_safe() {
        return Err(Refusal::WrongMethod);
    }
    if let Some(response) = redirect_to_new_room(http) {
        return Ok(response);
    }
    if let Some(response) = stay_route::redirect_of_pop_up(http, context) {
        return Ok(response);
    }
    if refused_browser(http).is_some_and(|browser| browser.wants_no_room()) {
        return Err(Refusal::NotFound);
    }
    redirect_to_named_room(http)
        .map_or_else(|| answer_room(http, RoomName::lobby().as_str(), context), Ok)
}

/// Returns the answer for a URL that can only be read, such as that of a file; `None`: there is
/// nothing at this URL.
fn answer_read_only(
    context: &Context,
    path: &str,
    http: &HttpRequest<'_>,
) -> Option<Result<Response, Refusal>> {
    let response = match (path, &context.front_page) {
        ("/healthz", _) => {
            let health = &context.notes.health;
            return Some(status::health(health.state(), health.is_unstored()));
        }
        ("/version", _) => Some(status::version()),
        ("/metrics", _) if context.metrics.is_some() => context.metrics_answer(),
        ("/out", _) => out_page(http),
        ("/qr", _) => qr_picture(context, http),
        ("/away", _) => Some(away_page(http)),
        ("/", FrontPage::Own(own)) => own.page(http.host()),
        // Even if the operator has made another front page, the pages of rooms are the built-in
        // ones and need the built-in files.
        (_, FrontPage::Own(own)) => own
            .file(path, http.host())
            .or_else(|| is_of_rooms(path).then(|| asset(path, http)).flatten()),
        (_, FrontPage::BuiltIn) => asset(path, http),
    };
    response.map(Ok)
}

fn is_of_rooms(path: &str) -> bool {
    path.starts_with("/assets/") || path == built_in::WORKER
}

fn away_page(http: &HttpRequest<'_>) -> Response {
    // The service worker requests this page, in the language of the page that started the worker.
    let named = http.parameter("lang").map(|tag| language(Some(&tag)));
    let language = named.unwrap_or_else(|| settings_route::language_of(http));
    context::page(standalone::away(language, settings_route::settings_of(http)))
}

/// Returns a picture of the QR code for the address in `to`, which is a path of this server. The
/// origin is added here, so a code never leads to another site. `None`: there is no such path, or
/// it is too long.
fn qr_picture(context: &Context, http: &HttpRequest<'_>) -> Option<Response> {
    let to = http.parameter("to").filter(|to| to.starts_with('/') && !to.starts_with("//"))?;
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let origin = context.renderer.origin_for_others(http.is_for_this_machine());
    let origin = origin.or_else(|| our_origin(http));
    let address = origin.unwrap_or_else(|| format!("{}://{}", http.scheme(), http.host())) + &to;
    let picture = is_plain.then(|| qr_code::drawn(&address, &address))??;
    let mut response = context::page(picture.into_string());
    response.set("Content-Type", "image/svg+xml");
    Some(response)
}

fn asset(path: &str, http: &HttpRequest<'_>) -> Option<Response> {
    built_in::file(path, http.accepts_gzip(), http.all("If-None-Match").next())
}

/// Returns the page that is shown before a link leads to another site; `None`: the request names no
/// URL of the web.
fn out_page(http: &HttpRequest<'_>) -> Option<Response> {
    let (language, settings) =
        (settings_route::language_of(http), settings_route::settings_of(http));
    Some(context::page(standalone::leads_out(language, settings, &http.parameter("to")?)?))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::base::language::Language;
    use crate::base::threads::Pool;
    use crate::chat::config::ChatConfig;
    use crate::server::http::refusal_log::tests::status_and_log;
    use crate::site::ChatSite;
    use crate::site::tests::chat;

    fn site(language: Language) -> Arc<ChatSite> {
        chat(&ChatConfig::new(language), &Pool::new()).site
    }

    #[test]
    fn classic_b8_b31_what_went_wrong_is_logged_in_the_words_of_the_classic_chats() {
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
                let (found, log) = status_and_log(&**site, method, target, upgrade);
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
            assert_eq!(status_and_log(&*site, "GET", target, false), (200, String::new()));
        }
    }

    #[test]
    fn a13_a_target_stays_on_its_line_in_the_log() {
        let (_, log) = status_and_log(&*site(Language::English), "GET", "/a\nb\u{1b}[31m", false);
        assert!(log.contains("path=/.."), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}
