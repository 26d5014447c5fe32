//! The format of classic chats that send JSON: the subprotocol `webchat`, or the path `/webchat`.
//!
//! Each text frame is one JSON object with the fields `ip`, `type`, `user`, `from`, `FromIp` and
//! `content`. A client may also send a message as it is, without JSON. In what a client receives,
//! `user` is the name of this client. In what a client sends, `user` is the name of the only person
//! who receives the message; without a `user` the message is for everybody.
//!
//! Owns: how the texts of both directions look. The author's name in a message comes from the hub,
//! never from the text that a client sent.
//! Must not know: clients, rooms, sockets.
//!
//! Part: `formats/mod.rs`.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Frame, LogPosition, classic, plain};
use crate::base::disconnect::Disconnect;
use crate::chat::answer::{Answer, Fault};
use crate::chat::entry::{Entry, EntryKind};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::request::{PrivateMessage, Request};

const MASKED: &str = "x.x.x.x";

/// What this format must know of the client that receives a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebchatClient {
    /// The client's name.
    pub name: Name,
    /// The client's IP address; `None`: it must not be shown.
    pub addr: Option<IpAddr>,
}

/// A message that a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The name of the only receiver; `None`: the message is for everybody.
    pub to: Option<String>,
    /// The message's text, cleaned as in the classic format.
    pub text: String,
}

#[derive(Serialize)]
struct WebchatText<'a> {
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
struct WebchatRequest {
    user: String,
    content: String,
}

/// Reads one text frame of a client. If it does not begin with `{`, all of it is a message for
/// everybody, as in the classic format. Returns `None` if the message is empty.
///
/// # Errors
/// The frame begins with `{` but is no valid object, so nobody knows for whom the message is.
pub fn read(text: &str) -> Result<Option<Said>, serde_json::Error> {
    let WebchatRequest { user, content } = if text.trim_start().starts_with('{') {
        serde_json::from_str(text)?
    } else {
        WebchatRequest { user: String::new(), content: text.to_owned() }
    };
    let to = Some(user.trim()).filter(|user| !user.is_empty()).map(str::to_owned);
    Ok(classic::clean(&content).map(|text| Said { to, text }))
}

/// Makes the request for one text frame of a client: a message for everybody, or for one person. A
/// frame that is not valid becomes a request, too ([`Request::Faulty`]), whose answer says what is
/// wrong. Returns `None` if the message is empty.
///
/// # Errors
/// The message's text is too long.
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
            Request::Private(Box::new(PrivateMessage {
                to,
                id: None,
                reply_to: None,
                text,
                typed_at: None,
                // The message is for the person who has the name when the hub handles the request.
                is_for_present_owner: true,
                with: None,
                longer: Vec::new(),
            }))
        }
        Some(Err(bad)) => faulty("bad-name", bad.to_string()),
    }))
}

impl super::PersonalFormat for WebchatClient {
    fn encode_line(&self, log: NonZeroU64, entry: &Entry, _: &[Arc<Entry>]) -> Option<Frame> {
        let name = entry.by.name.shown();
        let (kind, content) = match &entry.what {
            EntryKind::Said(text) => ("broadcast", addressed(entry, text)),
            EntryKind::Private { text, .. } if !text.is_empty() => {
                ("private", addressed(entry, text))
            }
            _ if entry.log == LogName::Private => ("private", plain::text(entry)?),
            _ => ("broadcast", plain::text(entry)?),
        };
        let from_ip = address(entry.by.addr);
        let text = json(self, kind, (name, &from_ip), &content);
        Some(Frame::log_line(&text, LogPosition { log, seq: entry.seq.0 }))
    }

    fn encode_answer(&self, answer: &Answer) -> Option<Frame> {
        let content = match answer {
            Answer::Refused { reason, said: Some(said), .. } => format!("{reason}: {said}"),
            Answer::Refused { reason, .. } => reason.to_string(),
            Answer::Fault(fault) => fault.text.clone(),
            _ => return None,
        };
        Some(Frame::text(&json(self, "error", ("", ""), &content)))
    }

    /// Makes the frame that says to the client who it is, and that it is online.
    fn greeting(&self) -> Option<Frame> {
        Some(Frame::text(&json(self, "handshake", ("", ""), &format!("{}上线了", self.name))))
    }
}

fn json(
    reader: &WebchatClient,
    kind: &str,
    (from, from_ip): (&str, &str),
    content: &str,
) -> String {
    let line = WebchatText {
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

/// Returns the text for the field `content`. If the message answers another one, words before the
/// text say so: `(to Ann #12) hi`.
fn addressed(entry: &Entry, text: &str) -> String {
    let whom = plain::addressee(entry);
    if whom.is_empty() { text.to_owned() } else { format!("{} {text}", whom.trim_start()) }
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
    fn classic_b28_a_user_in_it_is_whoever_alone_is_told() {
        let to = |user: &str, text: &str| Some((Some(user.to_owned()), text.to_owned()));
        assert_eq!(said(r#"{"user": "user2", "content": " psst\n"}"#), to("user2", "psst"));
        let all = Some((None, "hi".to_owned()));
        assert_eq!(said(r#"{"type": "broadcast", "user": "", "content": "hi"}"#), all);
        assert_eq!(said(r#"{"content": "hi", "from": "somebody else"}"#), all);
        assert_eq!(said("hi\n"), all, "as a classic client says it");
        assert_eq!(said(r#"{"user": "user2"}"#), None);
        // A broken object may be meant for one person only, so it must not become a message for
        // everybody.
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
