//! Who may look into the glass box.
//!
//! Owns: what a request from this machine is, and how a password comes with a request.
//! Must not know: what a look shows.
//!
//! Part: `glass/mod.rs`.

use data_encoding::BASE64;

use crate::admission::entrance::{Entrance, NoEntry};
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;

/// Who may look: people on this machine, people with a password, or both.
#[derive(Clone, Debug, Default)]
pub struct Viewers {
    /// Whether people on this machine may look, without a password.
    pub on_this_machine: bool,
    /// What lets people in from everywhere. Nothing: only this machine may look.
    pub with_password: Option<Entrance>,
}

impl Viewers {
    /// Whether anybody may look at all.
    pub fn is_anybody(&self) -> bool {
        self.on_this_machine || self.with_password.is_some()
    }

    /// Returns whether this request may look.
    ///
    /// # Errors
    /// The answer for a request that may not. If a password would help, it asks for one, as
    /// RFC 7617 has it: a browser then shows a form, and `curl` has `-u :PASSWORD`. The name of a
    /// user does not matter. Without a password there is nothing here for strangers: 404.
    pub(crate) fn check(&self, request: &HttpRequest<'_>) -> Result<(), Response> {
        if self.on_this_machine && is_from_this_machine(request) {
            return Ok(());
        }
        let Some(entrance) = &self.with_password else {
            return Err(Response::refusal(Refusal::NotFound));
        };
        entrance.admits(request.peer.ip(), password(request).as_deref()).map_err(|why| match why {
            NoEntry::TooManyGuesses => Response::refusal(Refusal::TooManyGuesses),
            NoEntry::PasswordNeeded => asks("This glass box has a password."),
            NoEntry::WrongPassword => asks("That is not the glass box's password."),
        })
    }
}

/// Asks for the password, in plain words and in the browser's own form.
fn asks(why: &str) -> Response {
    let words = format!(
        "{why} Enter it without a user name, or with any; in a terminal: curl -u :PASSWORD.\n"
    );
    Response::new(401, words.into_bytes())
        .with_header("Content-Type", "text/plain; charset=utf-8")
        .with_header("X-Content-Type-Options", "nosniff")
        .with_header("Cache-Control", "no-store")
        .with_header("WWW-Authenticate", "Basic realm=\"glass box\", charset=\"UTF-8\"")
}

/// Returns the password of a request: what stands after the colon of its `Authorization: Basic`.
fn password(request: &HttpRequest<'_>) -> Option<String> {
    let given = request.all("Authorization").next()?;
    let (scheme, encoded) = given.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64.decode(encoded.trim().as_bytes()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

/// Returns whether the request comes from this machine: from a loopback address, to a name that
/// means this machine in each browser, and not through a proxy. A proxy on this machine connects
/// from a loopback address, too, but people elsewhere are behind it. And a page of another site
/// could lead a name of its own to this machine.
fn is_from_this_machine(request: &HttpRequest<'_>) -> bool {
    let is_passed_on = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"]
        .iter()
        .any(|header| request.all(header).next().is_some());
    request.peer.ip().is_loopback() && request.is_for_this_machine() && !is_passed_on
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::Password;
    use crate::base::limits;

    fn status(viewers: &Viewers, headers: &[(&'static str, &'static str)], is_far: bool) -> u16 {
        let mut request = HttpRequest::for_test("GET", "/glass", headers);
        if is_far {
            request.peer = ([192, 0, 2, 1], 7).into();
        }
        viewers.check(&request).map_or_else(|answer| answer.status(), |()| 200)
    }

    #[test]
    fn only_this_machine_looks_and_nobody_behind_a_proxy() {
        let here = Viewers { on_this_machine: true, with_password: None };
        assert_eq!(status(&here, &[("Host", "localhost:8080")], false), 200);
        assert_eq!(status(&here, &[("Host", "[::1]:8080")], false), 200);
        assert_eq!(status(&here, &[("Host", "chat.example.org")], false), 404, "leads here");
        let through = [("Host", "localhost"), ("X-Forwarded-For", "192.0.2.1")];
        assert_eq!(status(&here, &through, false), 404, "a proxy");
        assert_eq!(status(&here, &[("Host", "localhost")], true), 404);
    }

    #[test]
    fn whoever_knows_the_password_looks_from_everywhere_and_a_guesser_does_not() {
        let entrance = Entrance::asking_for(Password::new("fish:soup".into()).unwrap());
        let viewers = Viewers { on_this_machine: false, with_password: Some(entrance) };
        let with = |given| [("Host", "chat.example.org"), ("Authorization", given)];
        // The password may have a colon; the name of the user has none.
        assert_eq!(status(&viewers, &with("Basic OmZpc2g6c291cA=="), true), 200);
        assert_eq!(status(&viewers, &with("basic YW5uOmZpc2g6c291cA=="), true), 200);
        assert_eq!(status(&viewers, &[("Host", "localhost")], false), 401, "also from here");
        for wrong in ["Basic OmNhdA==", "Basic %%%", "Bearer 0", "Basic"] {
            assert_eq!(status(&viewers, &with(wrong), true), 401, "{wrong}");
        }
        for _ in 0..limits::GUESSES_BURST_MAX {
            status(&viewers, &with("Basic OmNhdA=="), true);
        }
        assert_eq!(status(&viewers, &with("Basic OmZpc2g6c291cA=="), true), 429);
    }
}
