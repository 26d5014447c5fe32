//! What the log has of a request that a site has answered or refused.
//!
//! People type addresses, and a slip may have anything in it: a password, a session, what
//! somebody looks for, whom they write to.
//!
//! Owns: the words of the classic chats for what went wrong (B5, B8, B31), and which parts
//! of a target they are said with.
//! Must not know: what an address means.
//!
//! Next: `client/seat.rs`.

use crate::http::refusal::Refusal;
use crate::http::request::HttpRequest;
use crate::limits;
use crate::words::Words;

/// What a query may say in the log: where in a log somebody is, and how they are told.
const SHOWN: [&str; 9] = ["after", "as", "at", "before", "every", "live", "log", "now", "wait"];

/// Addresses of the classic chat.
const OURS: [&str; 6] = ["/", "/chat", "/classic.js", "/healthz", "/version", "/ws"];

/// The words of the classic chats for what went wrong; `shown` says what of a target the
/// log may have. The door logs each request beside this, with its status.
pub(crate) fn refusal(
    words: &Words,
    asked: &HttpRequest<'_>,
    refusal: Refusal,
    shown: impl FnOnce(&str) -> String,
) {
    let (peer, method) = (asked.peer, asked.method);
    // Targets are ASCII: the door saw to that.
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

/// A target of the classic chat, as the log may show it, which is escaped already.
/// `is_there`: it was answered with something, so its path is no slip.
pub(super) fn target(text: &str, is_there: bool) -> String {
    veiled(text, |path| {
        let is_known = is_there || path == "-" || OURS.contains(&path);
        if is_known { path.to_owned() } else { "/..".to_owned() }
    })
}

/// A target whose path is shown as `path` says, and of whose query only the words that are
/// ours.
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
