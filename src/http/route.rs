//! Connection path, step 3: what a URL means.
//!
//! Owns: the addresses of the server, and the log's words for those that are
//! wrong (B31).
//! Must not know: sockets. A handler never waits and reserves nothing: what it
//! wants done to the connection is a verdict, and the door does it.
//!
//! Next: `http/reply.rs`.

use std::sync::Arc;

use crate::admission::Entry;
use crate::chat::room_name::RoomName;
use crate::door::refusal::Refusal;
use crate::door::shown;
use crate::door::ticket::SharedBytes;
use crate::http::asked::Asked;
use crate::http::own::OwnPage;
use crate::http::reply::Reply;
use crate::http::{assets, room, settings, status, upgrade};
use crate::hub::pulse::Pulse;
use crate::limits;
use crate::pages::refused::{self, Asker};
use crate::pages::words::language;
use crate::pages::{away, out};
use crate::words::Words;

/// Everything that routes know.
pub(super) struct Site {
    pub(super) pages: Pages,
    pub(super) pulse: Arc<Pulse>,
    pub(super) words: &'static Words,
    pub(super) entry: Entry,
    /// Programs may say something without a session.
    pub(super) guests: bool,
}

/// Where the page comes from.
pub(super) enum Pages {
    /// Out of the program.
    BuiltIn,
    /// Out of a folder of the operator's.
    Own(OwnPage),
}

/// Decides about one request.
pub(super) fn route(site: &Site, asked: &Asked<'_>) -> Reply {
    let reply = choose(site, asked);
    let Some(refusal) = reply.refusal else { return reply };
    log(site.words, asked, refusal);
    match asker(asked) {
        // Nobody is full here, or asked for too much: that is the door's to find out.
        Some(asker) => Reply::refuse_by(refused::answer(refusal, &asker, 0), refusal),
        None => reply,
    }
}

/// Whoever asks, if it is to be told no in a page.
fn asker(asked: &Asked<'_>) -> Option<Asker> {
    let asker = Asker::of(asked.target, |name| asked.all(name).next())?;
    Some(asker.with_form(&asked.body))
}

fn choose(site: &Site, asked: &Asked<'_>) -> Reply {
    if asked.is_unreadable {
        return Reply::refuse(Refusal::UnknownCharset);
    }
    let found = match asked.path() {
        "/ws" | "/chat" | "/webchat" => return upgrade::answer(asked, &site.entry),
        // A WebSocket begins there and nowhere else (B8).
        _ if asked.is_upgrade() => None,
        path if path.starts_with("/r/") => {
            return room::answer(asked, &path["/r/".len()..], site);
        }
        "/" => match &site.pages {
            // The box has a front room, and it is open.
            Pages::BuiltIn if matches!(asked.method, "GET" | "HEAD") => {
                if asker(asked).is_some_and(|asker| asker.wants_no_room()) {
                    return Reply::refuse(Refusal::NotFound);
                }
                return room::go(asked)
                    .unwrap_or_else(|| room::answer(asked, RoomName::lobby().as_str(), site));
            }
            Pages::BuiltIn => return Reply::refuse(Refusal::WrongMethod),
            Pages::Own(own) => own.page(asked.host()),
        },
        "/settings" => return settings::answer(asked, site),
        "/session" => return room::keep(asked, site),
        path if path == "/rooms" || path.starts_with("/rooms/now/") => {
            return room::gate(asked, site);
        }
        "/out" => out(asked),
        "/away" => Some(away(asked)),
        "/healthz" => Some(status::health(site.pulse.state(), site.pulse.is_unkept())),
        "/version" => Some(status::version()),
        #[cfg(test)]
        "/panic" => panic!("a route may panic"),
        path => match &site.pages {
            Pages::BuiltIn => asset(path, asked),
            // The rooms are ours all the same, and look as ours do.
            Pages::Own(own) => own
                .file(path, asked.host())
                .or_else(|| is_of_rooms(path).then(|| asset(path, asked)).flatten()),
        },
    };
    match found {
        None => Reply::refuse(Refusal::NotFound),
        Some(reply) if matches!(asked.method, "GET" | "HEAD") => reply,
        Some(_) => Reply::refuse(Refusal::WrongMethod),
    }
}

/// Whether the rooms' pages ask for it.
fn is_of_rooms(path: &str) -> bool {
    path.starts_with("/assets/") || path == assets::WORKER
}

/// The page for the time when nobody answers.
fn away(asked: &Asked<'_>) -> Reply {
    // The browser's own program asks for it, in the language of the page that began it.
    let wanted = asked.parameter("lang").map(|tag| language(Some(&tag)));
    let language = wanted.unwrap_or_else(|| settings::language_of(asked));
    let page = away::page(language, settings::of(asked));
    Reply::page(SharedBytes::Counted(page.into()))
}

/// A file of the built-in pages.
fn asset(path: &str, asked: &Asked<'_>) -> Option<Reply> {
    assets::file(path, asked.takes_gzip(), asked.all("If-None-Match").next())
}

/// A page before another place.
fn out(asked: &Asked<'_>) -> Option<Reply> {
    let (language, settings) = (settings::language_of(asked), settings::of(asked));
    let page = out::page(language, settings, &asked.parameter("to")?)?;
    Some(Reply::page(SharedBytes::Counted(page.into())))
}

/// The words of the classic chats for what went wrong. The door logs each
/// request beside this, with its status.
fn log(words: &Words, asked: &Asked<'_>, refusal: Refusal) {
    let (peer, method) = (asked.peer, asked.method);
    // Targets are ASCII: the door saw to that.
    let path = asked.target.get(..limits::LOG_TEXT_BYTES_MAX).unwrap_or(asked.target);
    let path = path.escape_default().to_string();
    let path = shown::target(&path, false);
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::{Pages, Site, route};
    use crate::admission::Entry;
    use crate::http::asked::Asked;
    use crate::hub::pulse::Pulse;
    use crate::words::Language;

    /// The log of one test.
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

    /// The status of an answer, and what the log says beside it.
    fn ask(language: Language, method: &str, target: &str, upgrade: bool) -> (u16, String) {
        let site = Site {
            pages: Pages::BuiltIn,
            pulse: Arc::new(Pulse::default()),
            words: language.words(),
            entry: Entry::default(),
            guests: false,
        };
        let headers = [("Host", "a"), ("Connection", "upgrade"), ("Upgrade", "websocket")];
        let asked = Asked::for_test(method, target, if upgrade { &headers } else { &headers[..1] });
        let heard = Heard::default();
        let writer = heard.clone();
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let reply = tracing::subscriber::with_default(log.finish(), || route(&site, &asked));
        let text = String::from_utf8(heard.0.lock().clone()).unwrap();
        (reply.status, text)
    }

    #[test]
    fn b8_b31_what_went_wrong_is_logged_in_the_words_of_the_classic_chats() {
        for (method, target, upgrade, status, english, chinese) in [
            ("POST", "/chat", true, 405, "wrong method", "请求方式错误"),
            ("POST", "/", false, 405, "wrong method", "请求方式错误"),
            ("GET", "/elsewhere", true, 404, "wrong path", "请求路径错误"),
            ("GET", "/", true, 404, "wrong path", "请求路径错误"),
            ("GET", "/none", false, 404, "wrong path", "请求路径错误"),
            ("GET", "/chat", false, 426, "upgrade failed", "获取连接失败"),
            ("GET", "/ws", true, 426, "upgrade failed", "获取连接失败"),
        ] {
            for (language, words) in [(Language::English, english), (Language::Chinese, chinese)] {
                let (found, log) = ask(language, method, target, upgrade);
                assert_eq!(found, status, "{method} {target}");
                assert!(log.contains(words), "{method} {target}: {log}");
                assert_eq!(log.lines().count(), 1, "{log}");
            }
        }
    }

    #[test]
    fn a_good_request_leaves_no_word_of_its_own() {
        for target in ["/", "/healthz", "/version?x", "/favicon.svg"] {
            assert_eq!(ask(Language::English, "GET", target, false), (200, String::new()));
        }
    }

    #[test]
    fn a13_a_target_stays_on_its_line_in_the_log() {
        let (_, log) = ask(Language::English, "GET", "/a\nb\u{1b}[31m", false);
        assert!(log.contains("path=/.."), "{log}");
        assert_eq!(log.lines().count(), 1, "{log}");
    }
}
