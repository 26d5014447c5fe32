//! Any text that a client can say: as a classic message that is cleaned, encoded and read again by
//! a client; as a request of `threadbare.v1`; as a name; as a typed line; and as a piece of each
//! stream.
#![no_main]

use std::io::{Cursor, Read, Write};

use threadbare::base::limits::MESSAGE_TEXT_BYTES_MAX;
use threadbare::base::language::Language;
use threadbare::chat::entry::{Entry, Epoch, Seq, Speaker, UnixMillis, EntryKind, AuthorTag};
use threadbare::chat::name::Name;
use threadbare::chat::request::{Deed, Request};
use threadbare::chat::room_name::RoomName;
use threadbare::chat::secret::SecretSource;
use threadbare::formats::plain_input::{self, PlainInput};
use threadbare::formats::v1::decode::{self, ClientText};
use threadbare::formats::webchat::{self, Said, WebchatClient};
use threadbare::formats::{
    EpochMark, Format, LivePage, NewLines, PersonalFormat as _, ShownRoomMark,
};
use threadbare::formats::{classic, v1};
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

struct Stream(Cursor<Vec<u8>>);

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn entry(text: &str, classic: bool) -> Entry {
    let (name, whose) = (Name::guest(1), AuthorTag::default());
    let by = Speaker { name, classic, has_edited: false, whose, mark: None, addr: None };
    let (log, what) = (RoomName::lobby().into(), EntryKind::Said(text.to_owned()));
    Entry { log, epoch: Epoch(1), seq: Seq(1), at: UnixMillis(0), by, id: None, reply_to: None, what }
}

/// The text of a request is clean and short. A name, or the name of a room, stays the same when
/// it is read again.
fn as_a_request(text: &str) {
    if let Ok(ClientText::Request(Request::Post(post))) =
        decode::read(text, MESSAGE_TEXT_BYTES_MAX, SecretSource::new(None))
        && let Deed::Say(said) = &post.deed
    {
        assert!(!said.is_empty() && said.len() <= MESSAGE_TEXT_BYTES_MAX);
        assert!(said.chars().all(|sign| matches!(sign, '\n' | '\t') || !sign.is_control()));
        let frame = v1::encode_line(std::num::NonZeroU64::MIN, &entry(said, false), None);
        assert!(std::str::from_utf8(&frame.bytes()[4..]).is_ok() || frame.len() < 126);
    }
    if let Ok(ClientText::Request(Request::Private(message))) =
        decode::read(text, MESSAGE_TEXT_BYTES_MAX, SecretSource::new(None))
    {
        assert!(!message.text.is_empty() && message.text.len() <= MESSAGE_TEXT_BYTES_MAX);
        assert_eq!(Name::of_somebody(message.to.shown()).as_ref(), Ok(&message.to));
    }
    if let Ok(name) = Name::parse(text) {
        assert_eq!(Name::parse(name.shown()).as_ref(), Ok(&name), "a name is in its one form");
    }
    if let Ok(room) = RoomName::parse(text) {
        assert_eq!(RoomName::parse(room.as_str()).as_ref(), Ok(&room));
    }
}

/// A text in the dialect `webchat` becomes one JSON object of six fields.
fn as_webchat(text: &str) {
    let Ok(Some(Said { text, .. })) = webchat::read(text) else { return };
    assert!(!text.contains('\n') && text.trim() == text);
    let personal = WebchatClient { name: Name::user(7), addr: None };
    let frame = personal.encode_line(std::num::NonZeroU64::MIN, &entry(&text, false), &[]).unwrap();
    let stream = Stream(Cursor::new(frame.bytes().to_vec()));
    let mut client = WebSocket::from_raw_socket(stream, Role::Client, None);
    let told = client.read().unwrap().into_text().unwrap();
    let told: std::collections::BTreeMap<String, String> = serde_json::from_str(&told).unwrap();
    assert_eq!((told.len(), &told["content"]), (6, &text));
}

/// A typed line is a request, or an error; and each message becomes one event, one line, one list
/// item.
fn as_a_line(text: &str) {
    let mut here = "lobby".to_owned();
    if let PlainInput::Ask(Request::Post(post)) =
        plain_input::read(text, &mut here, MESSAGE_TEXT_BYTES_MAX, SecretSource::new(None))
        && let Deed::Say(said) = &post.deed
    {
        assert!(said.chars().all(|sign| matches!(sign, '\n' | '\t') || !sign.is_control()));
    }
    let (room, said) = (std::num::NonZeroU64::MIN, entry(text, false));
    let told =
        |frame: threadbare::formats::Frame| String::from_utf8(frame.bytes().to_vec()).unwrap();
    let line = told(Format::Plain.encode_line(room, &said).unwrap());
    assert!(line.trim_end_matches('\n').chars().all(|sign| !sign.is_control()));
    assert_eq!(line.matches('\n').count(), 1);
    let event = told(Format::Events.encode_line(room, &said).unwrap());
    assert_eq!(event.lines().count(), 3, "an id, its data, and an end");
    let (language, in_links) = (Language::English, text.len() % 2 == 0);
    let (before, new) = (EpochMark::default(), NewLines::default());
    let shown = ShownRoomMark::of(&RoomName::lobby());
    let (shows_presence, tells_silence, room_mark) = (true, in_links, shown);
    let page =
        LivePage { language, in_links, shows_presence, before, new, room: room_mark, form: 7, tells_silence };
    let html = Format::Html(page);
    let personal = html.personal(&Name::guest(2), None, None).unwrap();
    let item = told(personal.encode_line(room, &said, &[]).unwrap());
    assert_eq!((item.matches("<li").count(), item.matches("</li>").count()), (1, 1));
    assert!(!item.contains("<script"));
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    as_a_request(text);
    as_webchat(text);
    as_a_line(text);
    let Some(cleaned) = classic::clean(text) else {
        assert!(text.trim().is_empty());
        return;
    };
    assert!(!cleaned.contains('\n') && cleaned.trim() == cleaned && cleaned.len() <= text.len());
    assert_eq!(classic::clean(&cleaned).as_deref(), Some(cleaned.as_str()), "cleaned twice");
    let frame = classic::encode_line(&entry(&cleaned, true)).unwrap();
    let stream = Stream(Cursor::new(frame.bytes().to_vec()));
    let mut client = WebSocket::from_raw_socket(stream, Role::Client, None);
    assert_eq!(client.read().unwrap(), Message::text(cleaned));
});
