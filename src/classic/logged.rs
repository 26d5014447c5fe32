//! What the log shows of a request that a site has answered or refused.
//!
//! People type addresses, and a typing error may contain anything: a password, a session, what a
//! person searches for, to whom a person writes.
//!
//! Owns: the words in which a refused request is logged, and which parts of its target the log
//! shows.
//! Must not know: what an address means.
//!
//! Part: `classic/mod.rs`.

use crate::base::limits;
use crate::base::words::LogWords;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;

/// Query parameters whose values the log may show: the position in a room's log, and how a client
/// wants to receive the log. The classic chat has no such parameters; its log has the form of the
/// log of the chat with rooms.
const SHOWN: [&str; 9] = ["after", "as", "at", "before", "every", "live", "log", "now", "wait"];

/// Addresses of the classic chat.
const OURS: [&str; 6] = ["/", "/chat", "/classic.js", "/healthz", "/version", "/ws"];

/// Logs a refused request, in the words that classic chat servers use. `shown` returns what the log
/// may show of a target. The door also logs each request, with its status.
pub(crate) fn refusal(
    words: &LogWords,
    asked: &HttpRequest<'_>,
    refusal: Refusal,
    shown: impl FnOnce(&str) -> String,
) {
    let (peer, method) = (asked.peer, asked.method);
    // The door encodes targets as ASCII, so a target can be cut after any byte.
    let path = asked.target.get(..limits::LOG_TEXT_BYTES_MAX).unwrap_or(asked.target);
    let path = shown(&path.escape_default().to_string());
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

/// Returns what the log may show of a target of the classic chat. The target is escaped already.
/// `is_there`: something was found at this address, so its path is no typing error.
pub(super) fn target(text: &str, is_there: bool) -> String {
    veiled(text, |path| {
        let is_known = is_there || path == "-" || OURS.contains(&path);
        if is_known { path.to_owned() } else { "/..".to_owned() }
    })
}

/// Returns what the log shows of a target. `path` returns the text to show in place of the target's
/// path. In the query, a parameter with a name in [`SHOWN`] and a value stays whole. Of another
/// parameter only the name stays, if it has only the letters a to z and a `=` follows. `..` stands
/// for what is left out.
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
    use super::target;

    #[test]
    fn of_a_target_the_log_has_the_words_that_are_ours() {
        for (text, is_there, shown) in [
            ("/", true, "/"),
            ("/ws", false, "/ws"),
            ("/chat?password=x", false, "/chat?password=.."),
            ("/ws?a=b&password=x&c", false, "/ws?a=..&password=..&.."),
            ("/ws?pass%77ord=x", false, "/ws?.."),
            ("/my-password", false, "/.."),
            ("/pictures/cat.png", true, "/pictures/cat.png"),
            ("/nowhere?after=1", false, "/..?after=1"),
            ("-", false, "-"),
        ] {
            assert_eq!(target(text, is_there), shown, "{text}");
        }
    }
}
