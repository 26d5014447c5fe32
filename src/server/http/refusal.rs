//! Every way to refuse a request: one table of statuses, words for the server's log and plain
//! words.
//!
//! The plain words are for a person: what happened, then what to do. If the classic chats have
//! words for a refusal, the plain words begin with these.
//!
//! Owns: the refusals of the door and those of the routes.
//! Must not know: sockets; which code refuses a request.
//!
//! Part: `server/http/mod.rs`.

use std::time::Duration;

use crate::admission::entrance::NoEntry;
use crate::base::limits;

/// If the server cannot let a peer in as a client, it tells the peer to try again after this time.
/// The time is longer than [`RETRY_AFTER`](limits::RETRY_AFTER), because a client must leave first.
const RETRY_AFTER_FULL: Duration = Duration::from_secs(30);

macro_rules! refusals {
    ($(
        $(#[$doc:meta])*
        $name:ident $(($count:ident))? = $status:literal, $word:literal, $text:literal;
    )*) => {
        /// Why a request does not get the answer that it asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Refusal { $($(#[$doc])* $name $(($count))?,)* }

        impl Refusal {
            /// All refusals, for tests that try each of them. Where a refusal has a value, the
            /// value here is `usize::MAX`.
            pub const ALL: &[Self] = &[$(Self::$name $(($count::MAX))?,)*];

            /// Returns the status of the answer.
            pub fn status(self) -> u16 {
                match self { $(Self::$name { .. } => $status,)* }
            }

            /// Returns one word for the server's log, by which an operator can search it.
            pub fn log_word(self) -> &'static str {
                match self { $(Self::$name { .. } => $word,)* }
            }

            /// Returns the plain words, which the refused person reads: in English, and with a line
            /// feed at the end.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name { .. } => concat!($text, "\n"),)* }
            }
        }
    };
}

refusals! {
    /// The bytes are no request head: for example, they are TLS, or have a bare line feed or a
    /// control byte.
    Malformed = 400, "malformed",
        "Bad request. This port speaks plain HTTP/1.1; check the address and the program that sent this.";
    /// The request of HTTP/1.1 has no `Host`; or a request has several of them, or names a host
    /// that cannot be one.
    BadHost = 400, "bad_host",
        "Bad request. Send exactly one Host header with the name from the address line.";
    /// The length of the body is no number, or two programs could read two different lengths from
    /// the headers.
    BadLength = 400, "bad_length",
        "Bad request. Send exactly one Content-Length, in digits, and no Transfer-Encoding.";
    /// The body is sent in chunks, and no header gives its length.
    LengthRequired = 411, "length_required",
        "Length required. Send the body with a Content-Length instead of in chunks.";
    /// The body is longer than `BODY_BYTES_MAX`.
    BodyTooLarge = 413, "body_too_large",
        "Body too large. Send at most 64 KiB at a time.";
    /// The target is longer than `TARGET_BYTES_MAX`.
    TargetTooLong = 414, "target_too_long",
        "Address too long. Use a shorter one, of 8 KiB at most.";
    /// The head is longer than `HEAD_BYTES_MAX`.
    HeadTooLarge = 431, "head_too_large",
        "Headers too large. Send at most 16 KiB of them; deleting this site's cookies may help.";
    /// The head has more headers than `HEAD_HEADERS_MAX`.
    TooManyHeaders = 431, "too_many_headers",
        "Too many headers. Send at most 100 of them.";
    /// The head was not whole in time.
    HeadTooSlow = 408, "head_too_slow",
        "Request timeout. The request did not arrive in time; please try again.";
    /// The body was not whole in time.
    BodyTooSlow = 408, "body_too_slow",
        "Request timeout. The body did not arrive in time; please try again.";
    /// `Expect` has another value than `100-continue`, or there are several of them.
    ExpectationFailed = 417, "expectation_failed",
        "Expectation failed. Leave the Expect header out, or say 100-continue.";
    /// The version of HTTP is not 1.0 or 1.1.
    WrongVersion = 505, "wrong_version",
        "HTTP version not supported. Speak HTTP/1.1 or HTTP/1.0 here.";
    /// The host name in the request is not this server's. The request may be an attack (DNS
    /// rebinding), or the operator has forgotten `--host`.
    ForeignHost = 421, "foreign_host",
        "Misdirected request. This server does not know itself by that name; open it by its IP address, or start it with --host NAME.";
    /// The request's `Origin` is another site, and the operator has not admitted that site
    /// (`--origin`); or it is no proper `Origin`.
    ForeignOrigin = 403, "foreign_origin",
        "Forbidden. A page from another site may not talk to this chat; start the server with --origin ORIGIN to allow it.";
    /// The server, or the route of this URL, does not accept the method.
    WrongMethod = 405, "wrong_method",
        "Method not allowed. Use GET or HEAD here.";
    /// The request is for a WebSocket or a poll, and its method is not GET.
    OnlyGet = 405, "only_get",
        "Method not allowed. Use GET here: a WebSocket begins with it.";
    /// The body is of another type than a form, a text or JSON.
    UnknownBody = 415, "unknown_body",
        "Unsupported media type. Send a form, text/plain, or application/json here.";
    /// The encoding of the body is unknown, or the body is not valid in it.
    UnknownCharset = 415, "unknown_charset",
        "Unsupported media type. Send UTF-8, or say which encoding it is, as in Content-Type: text/plain; charset=windows-1251 (nothing was said).";
    /// A program without a session sent a message or a command, and the server does not allow
    /// guests (`--guests`).
    NoGuests = 403, "no_guests",
        "Forbidden. Say hello first, or let whoever runs this server start it with --guests.";
    /// The URL asks for a file in a format that the server cannot write.
    UnknownForm = 422, "unknown_form",
        "Unprocessable content. Say ?as=text, ?as=csv or ?as=jsonl after the address.";
    /// The server has nothing at this URL.
    NotFound = 404, "not_found",
        "Not found. Nothing lives at this address; the chat is at /.";
    /// The URL is for WebSockets, and the request is no WebSocket handshake.
    UpgradeRequired = 426, "upgrade_required",
        "Upgrade required. This address is for WebSocket clients; the chat's page is at /.";
    /// The handshake does not name exactly one version, or names another one than 13.
    WrongSocketVersion = 426, "wrong_socket_version",
        "Upgrade required. Speak version 13 of the WebSocket protocol (RFC 6455).";
    /// The handshake does not have exactly one proper key.
    BadHandshake = 400, "bad_handshake",
        "Bad request. Send exactly one Sec-WebSocket-Key: 16 bytes in base64.";
    /// The machine's CPU is busier than `--cpu` allows.
    Overloaded = 503, "overloaded",
        "Too busy. This server has more to do than it can do well; please try again in a few seconds.";
    /// No place for an exchange with tiny_http became free within the exchange's deadline.
    NoExchange = 503, "no_exchange",
        "Too busy. Too many pages are being asked for at once; please try again in a few seconds.";
    /// tiny_http could not be reached, or did not answer in time; or the server is stopping.
    NoAnswer = 503, "no_answer",
        "Not ready. The server could not answer in time; please try again in a few seconds.";
    /// The server has a password. A client that needs it to open a WebSocket sent none; or the
    /// request for a stream has neither a token nor the right password.
    PasswordNeeded = 403, "password_needed",
        "Forbidden. This server needs a password; add ?password= and the password to the address.";
    /// The client gave a wrong password.
    WrongPassword = 403, "wrong_password",
        "Forbidden. That is not this server's password; ask whoever runs it.";
    /// Too many wrong passwords came from the client's network (its IPv4 address, or its IPv6 /64).
    TooManyGuesses = 429, "too_many_guesses",
        "Too many wrong passwords. They came from your address; please try again in 6 seconds.";
    /// The server has as many clients as the machine can hold or the operator allows, or gets no
    /// thread for one more. The value is the number of clients that the server has.
    NoSeat(usize) = 503, "no_seat",
        "Full. As many people are here as this server can hold; please try again in half a minute.";
    /// As many clients are connected from one IP address (or one IPv6 network) as
    /// `--clients-per-address` allows. The value is the number of these clients.
    NetworkFull(usize) = 503, "address_full",
        "Full. As many people from your address are here as one address may bring; please try again when somebody has left.";
    /// The server has no door, no thread or no file descriptor for one more connection.
    NoDoor = 503, "no_door",
        "Full. The server has no free connections; please try again in a few seconds.";
    /// The answer of `/healthz` if the hub has stopped or hangs.
    Unhealthy = 503, "unhealthy",
        "Not healthy. The hub has stopped or hangs; restart the server if this stays.";
    /// The answer could not be made, or the door could not read the whole answer.
    Broken = 500, "broken",
        "Internal error. Something broke here, and the log says what; please try again.";
}

impl Refusal {
    /// Returns how long a refused peer should wait before it asks again. Only answers with the
    /// status 429 or 503 tell the peer this time (`Retry-After`).
    pub fn retry_after(self) -> Duration {
        match self {
            Self::NoSeat(_) => RETRY_AFTER_FULL,
            Self::TooManyGuesses => limits::GUESS_INTERVAL,
            _ => limits::RETRY_AFTER,
        }
    }

    /// Returns the headers of the answer whose body is the plain words of this refusal.
    pub fn headers(self) -> Vec<(&'static str, String)> {
        let mut headers = vec![
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ("Cache-Control", "no-store".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
        ];
        match self {
            Self::WrongMethod => headers.push(("Allow", "GET, HEAD".to_owned())),
            Self::OnlyGet => headers.push(("Allow", "GET".to_owned())),
            Self::WrongSocketVersion => {
                headers.push(("Sec-WebSocket-Version", "13".to_owned()));
            }
            _ if matches!(self.status(), 429 | 503) => {
                headers.push(("Retry-After", self.retry_after().as_secs().to_string()));
            }
            _ => {}
        }
        headers
    }
}

impl From<NoEntry> for Refusal {
    fn from(why: NoEntry) -> Self {
        match why {
            NoEntry::PasswordNeeded => Self::PasswordNeeded,
            NoEntry::WrongPassword => Self::WrongPassword,
            NoEntry::TooManyGuesses => Self::TooManyGuesses,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Refusal;
    use crate::base::limits;

    #[test]
    fn every_refusal_has_its_own_log_word_and_one_sentence_what_to_do() {
        let words: HashSet<_> = Refusal::ALL.iter().map(|refusal| refusal.log_word()).collect();
        assert_eq!(words.len(), Refusal::ALL.len());
        for refusal in Refusal::ALL {
            assert!((400..600).contains(&refusal.status()), "{refusal:?}");
            let text = refusal.text();
            assert!(text.ends_with(".\n"), "{refusal:?}");
            assert_eq!(text.matches(". ").count(), 1, "{refusal:?}: {text}");
        }
    }

    #[test]
    fn classic_b5_the_classic_words_come_first() {
        assert!(Refusal::NotFound.text().starts_with("Not found"));
        assert!(Refusal::WrongMethod.text().starts_with("Method not allowed"));
        assert!(Refusal::OnlyGet.text().starts_with("Method not allowed"));
    }

    #[test]
    fn the_bounds_in_the_words_are_those_that_hold() {
        for (refusal, bound) in [
            (Refusal::BodyTooLarge, limits::BODY_BYTES_MAX / 1024),
            (Refusal::TargetTooLong, limits::TARGET_BYTES_MAX / 1024),
            (Refusal::HeadTooLarge, limits::HEAD_BYTES_MAX / 1024),
            (Refusal::TooManyHeaders, limits::HEAD_HEADERS_MAX),
            (Refusal::TooManyGuesses, limits::GUESS_INTERVAL.as_secs() as usize),
        ] {
            assert!(refusal.text().contains(&format!(" {bound} ")), "{refusal:?}");
        }
    }

    #[test]
    fn whoever_may_come_back_is_told_when() {
        for refusal in Refusal::ALL.iter().filter(|it| matches!(it.status(), 429 | 503)) {
            let mut headers = refusal.headers().into_iter();
            let wait = headers.find(|(name, _)| *name == "Retry-After").map(|(_, wait)| wait);
            assert_eq!(wait, Some(refusal.retry_after().as_secs().to_string()), "{refusal:?}");
        }
    }
}
