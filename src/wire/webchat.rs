//! The dialect of classic chats that send JSON: the subprotocol `webchat`, or the
//! path `/webchat`.
//!
//! Every text is one object with six fields: `ip`, `type`, `user`, `from`,
//! `FromIp`, `content`. In what is told, `user` is whoever is told it; in what is
//! said, whoever alone is to be told. Without a `user` it is for everybody.
//!
//! Owns: both directions. Who speaks is what the hub says, never what a client
//! says (B28).
//! Must not know: clients, rooms, sockets.
//!
//! Next: `wire/events.rs`.

use std::net::IpAddr;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use super::{Frame, LogPlace, classic, plain};
use crate::chat::entry::{Entry, What};
use crate::chat::name::Name;
use crate::chat::request::{PrivateMessage, Request};
use crate::chat::told::{Fault, Told};
use crate::disconnect::Disconnect;

/// What stands for an address that is not to be shown.
const MASKED: &str = "x.x.x.x";

/// Whoever is told something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Its name.
    pub name: Name,
    /// Its address; `None`: that is not shown.
    pub addr: Option<IpAddr>,
}

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// To whom alone; `None`: to everybody.
    pub to: Option<String>,
    /// Cleaned as a classic text is.
    pub text: String,
}

#[derive(Serialize)]
struct Line<'a> {
    ip: String,
    r#type: &'a str,
    user: &'a str,
    from: &'a str,
    #[serde(rename = "FromIp")]
    from_ip: String,
    content: &'a str,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    user: String,
    content: String,
}

/// Reads one text; one that does not look like an object is for everybody as it
/// stands. `None`: there is nothing in it.
///
/// # Errors
/// It looks like one and is none: whom it is for cannot be known.
pub fn read(text: &str) -> Result<Option<Said>, serde_json::Error> {
    let Asked { user, content } = if text.trim_start().starts_with('{') {
        serde_json::from_str(text)?
    } else {
        Asked { user: String::new(), content: text.to_owned() }
    };
    let to = Some(user.trim()).filter(|user| !user.is_empty()).map(str::to_owned);
    Ok(classic::clean(&content).map(|text| Said { to, text }))
}

/// What a text asks for: to tell everybody, or one.
///
/// # Errors
/// It is too long.
pub(super) fn request(text: &str, text_bytes_max: usize) -> Result<Option<Request>, Disconnect> {
    let faulty = |word, text| Request::Faulty(Box::new(Fault::new(word, text)));
    let Said { to, text } = match read(text) {
        Ok(Some(said)) => said,
        Ok(None) => return Ok(None),
        Err(error) => {
            return Ok(Some(faulty("bad-json", format!("this is no message: {error}"))));
        }
    };
    if text.len() > text_bytes_max {
        return Err(Disconnect::MessageTooLong);
    }
    Ok(Some(match to.as_deref().map(Name::of_somebody) {
        None => Request::Classic(text),
        Some(Ok(to)) => {
            // It is typed for who has the name at this moment.
            let (typed_at, is_anew) = (None, true);
            let (id, longer) = (None, Vec::new());
            let message = PrivateMessage { to, id, text, typed_at, is_anew, longer };
            Request::Private(Box::new(message))
        }
        Some(Err(bad)) => faulty("bad-name", bad.to_string()),
    }))
}

impl super::Reader for Reader {
    fn tell(&self, room: NonZeroU64, entry: &Entry) -> Option<Frame> {
        let name = entry.by.name.shown();
        let (kind, content) = match &entry.what {
            What::Said(text) => ("broadcast", text.clone()),
            What::Private { text, .. } => ("private", text.to_string()),
            _ => ("broadcast", plain::text(entry)?),
        };
        let from_ip = address(entry.by.addr);
        let text = json(self, kind, (name, &from_ip), &content);
        Some(Frame::log_line(&text, LogPlace { room, seq: entry.seq.0 }))
    }

    fn told(&self, told: &Told) -> Option<Frame> {
        let content = match told {
            Told::Refused { reason, said: Some(said), .. } => format!("{reason}: {said}"),
            Told::Refused { reason, .. } => reason.to_string(),
            Told::Fault(fault) => fault.text.clone(),
            _ => return None,
        };
        Some(Frame::text(&json(self, "error", ("", ""), &content)))
    }

    /// Who one is, and that one is there.
    fn greeting(&self) -> Option<Frame> {
        Some(Frame::text(&json(self, "handshake", ("", ""), &format!("{}上线了", self.name))))
    }
}

fn json(reader: &Reader, kind: &str, (from, from_ip): (&str, &str), content: &str) -> String {
    let line = Line {
        ip: address(reader.addr),
        r#type: kind,
        user: reader.name.shown(),
        from,
        from_ip: from_ip.to_owned(),
        content,
    };
    #[expect(clippy::expect_used, reason = "no map with odd keys, no failing writer")]
    serde_json::to_string(&line).expect("a line is always JSON")
}

fn address(addr: Option<IpAddr>) -> String {
    addr.map_or_else(|| MASKED.to_owned(), |addr| addr.to_canonical().to_string())
}

#[cfg(test)]
mod tests {
    use super::{Said, read};

    fn said(text: &str) -> Option<(Option<String>, String)> {
        read(text).unwrap().map(|Said { to, text }| (to, text))
    }

    #[test]
    fn b28_a_user_in_it_is_whoever_alone_is_told() {
        let to = |user: &str, text: &str| Some((Some(user.to_owned()), text.to_owned()));
        assert_eq!(said(r#"{"user": "user2", "content": " psst\n"}"#), to("user2", "psst"));
        let all = Some((None, "hi".to_owned()));
        assert_eq!(said(r#"{"type": "broadcast", "user": "", "content": "hi"}"#), all);
        assert_eq!(said(r#"{"content": "hi", "from": "somebody else"}"#), all);
        assert_eq!(said("hi\n"), all, "as a classic client says it");
        assert_eq!(said(r#"{"user": "user2"}"#), None);
        // What should be one, and is not, may be meant for one person only.
        for odd in [
            r#"{"user": "user2", "content": "psst \ud83d"}"#,
            r#"{"user": 2, "content": "psst"}"#,
            r#"{"user": "user2", "content": null}"#,
            r#" {"user": "user2", "content": "psst""#,
            r#"{"user": "user2", "user": "user3", "content": "psst"}"#,
        ] {
            read(odd).unwrap_err();
        }
        assert_eq!(said(r#"["user2","psst"]"#), Some((None, r#"["user2","psst"]"#.to_owned())));
    }
}
