//! What the server's log shows of a request that a site has answered or refused.
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

/// Query parameters whose values the server's log shows: a client's position in a room's log, and
/// how a client wants to receive a room's log. The classic chat has no such parameters, but uses
/// the same list as the chat with rooms.
const SHOWN: [&str; 9] = ["after", "as", "at", "before", "every", "live", "log", "now", "wait"];

/// The URL paths that the classic chat has. The log shows them whole.
const OURS: [&str; 6] = ["/", "/chat", "/classic.js", "/healthz", "/version", "/ws"];

/// Logs a request that was refused because of its method, path, handshake or password, in the words
/// that classic chat servers use. `loggable` returns the part of a target that the log shows. This
/// is an extra line: the door logs each request, too, with its status.
pub(crate) fn refusal(
    words: &LogWords,
    asked: &HttpRequest<'_>,
    refusal: Refusal,
    loggable: impl FnOnce(&str, TargetState) -> String,
) {
    let (peer, method) = (asked.peer, asked.method);
    // The door makes every target ASCII, so a target can be cut after any byte.
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

/// Returns the part of a classic chat's target that the log shows. The target is escaped already.
pub(super) fn loggable(target: &str, state: TargetState) -> String {
    veiled(target, |path| {
        let is_known = state == TargetState::Served || path == "-" || OURS.contains(&path);
        if is_known { path.to_owned() } else { "/..".to_owned() }
    })
}

/// Returns the part of a target that the log shows. `path` returns the text to show in place of the
/// target's path. A query parameter that has a value and a name in [`SHOWN`] is shown whole. Of any
/// other parameter only the name is shown, if the name has only the letters a to z and is followed
/// by `=`. Each part that is not shown is replaced by `..`.
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
