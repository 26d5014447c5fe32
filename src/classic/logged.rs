//! What the server's log shows of a request's target.
//!
//! People type URLs, and a mistyped URL can contain anything: a password, a session, the words of a
//! search, the name of a person's friend.
//!
//! Owns: the words in which a refused request is logged, and which parts of its target the log
//! shows.
//! Must not know: what a URL means.
//!
//! Part: `classic/mod.rs`.

use crate::base::language::LogWords;
use crate::base::limits;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::site::TargetState;

/// The names of those query parameters whose values the server's log shows. They say which part of
/// a room's log a client wants, and how. The classic chat has no such parameters, but uses the same
/// list as the chat with rooms.
const SHOWN: [&str; 9] = ["after", "as", "at", "before", "every", "live", "log", "now", "wait"];

/// The URL paths of the classic chat that the log shows even if the request was refused.
const OURS: [&str; 6] = ["/", "/chat", "/classic.js", "/healthz", "/version", "/ws"];

/// Logs a request that was refused because of its method, path, handshake or password, in the words
/// that classic chat servers use. `loggable` is the site's function that returns the part of a
/// target that the log shows. This is an extra line: the door logs each request, too, with its
/// status.
pub(crate) fn refusal(
    words: &LogWords,
    asked: &HttpRequest<'_>,
    refusal: Refusal,
    loggable: impl FnOnce(&str, TargetState) -> String,
) {
    let (peer, method) = (asked.peer, asked.method);
    // The door makes every target ASCII, so a cut after any byte leaves a valid text.
    let path = asked.target.get(..limits::LOG_TEXT_BYTES_MAX).unwrap_or(asked.target);
    let path = loggable(&path.escape_default().to_string(), TargetState::Unknown);
    match refusal {
        Refusal::WrongMethod | Refusal::OnlyGet => {
            tracing::info!(%peer, %method, %path, "{}", words.wrong_method);
        }
        Refusal::NotFound => tracing::info!(%peer, %method, %path, "{}", words.wrong_path),
        Refusal::UpgradeRequired
        | Refusal::WrongSocketVersion
        | Refusal::BadHandshake
        | Refusal::PasswordNeeded
        | Refusal::WrongPassword
        | Refusal::TooManyGuesses => {
            tracing::warn!(%peer, %method, %path, "{}", words.upgrade_failed);
        }
        _ => {}
    }
}

/// Returns the part of a classic chat's target that the log shows. `target` is escaped for the log
/// already.
pub(super) fn loggable(target: &str, state: TargetState) -> String {
    veiled(target, |path| {
        let is_known = state == TargetState::Served || path == "-" || OURS.contains(&path);
        if is_known { path.to_owned() } else { "/..".to_owned() }
    })
}

/// Returns the part of a target that the log shows. `path` returns the text to show in place of the
/// target's path. Of the query it shows three things. A parameter with a `=` and a name in
/// [`SHOWN`] is shown whole. Of another parameter with a `=`, the name is shown if it has only the
/// lower-case letters a to z. In place of all the rest stands `..`.
pub(crate) fn veiled(text: &str, path: impl FnOnce(&str) -> String) -> String {
    let Some((its_path, query)) = text.split_once('?') else { return path(text) };
    let veil = |pair: &str| match pair.split_once('=') {
        Some((key, _)) if SHOWN.contains(&key) => pair.to_owned(),
        Some((key, _)) if key.bytes().all(|byte| byte.is_ascii_lowercase()) => format!("{key}=.."),
        _ => "..".to_owned(),
    };
    let query: Vec<_> = query.split('&').map(veil).collect();
    format!("{}?{}", path(its_path), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::TargetState::{Served, Unknown};
    use super::loggable;

    #[test]
    fn of_a_target_the_log_has_the_words_that_are_ours() {
        for (text, state, shown) in [
            ("/", Served, "/"),
            ("/ws", Unknown, "/ws"),
            ("/chat?password=x", Unknown, "/chat?password=.."),
            ("/ws?a=b&password=x&c", Unknown, "/ws?a=..&password=..&.."),
            ("/ws?pass%77ord=x", Unknown, "/ws?.."),
            ("/my-password", Unknown, "/.."),
            ("/pictures/cat.png", Served, "/pictures/cat.png"),
            ("/nowhere?after=1", Unknown, "/..?after=1"),
            ("-", Unknown, "-"),
        ] {
            assert_eq!(loggable(text, state), shown, "{text}");
        }
    }
}
