//! The line in the server's log about a refused request, and what this log shows of a request's
//! query.
//!
//! People type URLs, and a mistyped URL can contain anything: a password, a session, the words of a
//! search, the name of a person's friend.
//!
//! Owns: which refusals have such a line, in which words, and which parts of a query the log shows.
//! Must not know: what a URL means. What the log shows of a path is the site's decision.
//!
//! Part: `server/http/mod.rs`.

use super::{refusal::Refusal, request::HttpRequest, site::TargetState};
use crate::base::{language::LocaleWords, limits};

/// The names of those query parameters whose values the server's log shows. They say which part of
/// a room's log a client wants, and how.
const SHOWN: [&str; 9] = ["after", "as", "at", "before", "every", "live", "log", "now", "wait"];

/// Logs a request that was refused because of its method, path, handshake or password, in the words
/// that classic chat servers use. `loggable` is the site's function that returns the part of a
/// target that the server's log shows. This is an extra line: the door logs each request, too, with
/// its status.
pub(crate) fn log(
    words: &LocaleWords,
    asked: &HttpRequest<'_>,
    refusal: Refusal,
    loggable: impl FnOnce(&str, TargetState) -> String,
) {
    let (peer, method) = (asked.peer, asked.method);
    // The door makes every target ASCII, so a cut after any byte leaves a valid text.
    let path = asked.target.get(..limits::LOG_TEXT_BYTES_MAX).unwrap_or(asked.target);
    let path = loggable(&path.escape_default().to_string(), TargetState::Unknown);
    // Only a WebSocket has such a key.
    if refusal == Refusal::UpgradeRequired && asked.all("Sec-WebSocket-Key").next().is_some() {
        tracing::warn!(%peer, %path, "{LOST_UPGRADE}");
    }
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

/// The advice for an operator whose proxy makes an ordinary request of a WebSocket's.
const LOST_UPGRADE: &str = "a WebSocket has lost its Upgrade on the way: the proxy in front must \
                            pass Upgrade and Connection on (docs/boxes)";

/// Returns the part of a target that the server's log shows. `path` returns the text to show in
/// place of the target's path. Of the query it shows three things. A parameter with a `=` and a
/// name in [`SHOWN`] is shown whole. Of another parameter with a `=`, the name is shown if it has
/// only the lower-case letters a to z. In place of all the rest stands `..`.
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
pub(crate) mod tests {
    use std::io;
    use std::sync::Arc;

    use parking_lot::Mutex;

    use crate::server::http::request::HttpRequest;
    use crate::server::http::site::Site;

    /// The log lines that the server writes during one test.
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Heard {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Makes a request, and returns the answer's status and the log lines that the request caused.
    pub(crate) fn status_and_log(
        site: &dyn Site,
        method: &str,
        target: &str,
        upgrade: bool,
    ) -> (u16, String) {
        let headers = [("Host", "a"), ("Connection", "upgrade"), ("Upgrade", "websocket")];
        let asked =
            HttpRequest::for_test(method, target, if upgrade { &headers } else { &headers[..1] });
        let heard = Heard::default();
        let writer = heard.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let response = tracing::subscriber::with_default(log.finish(), || site.answer(&asked));
        let text = String::from_utf8(heard.0.lock().clone()).unwrap();
        (response.status(), text)
    }
}
