//! Turns lines of a log into text, for a person's screen or for a program that reads our output.
//!
//! Owns: the wording of these texts, and the guarantee that they contain no terminal commands.
//! Must not know: where the texts are shown, or whether they are shown at all.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::BTreeMap;

use super::authors::Authors;
use crate::base::wall_clock::UnixMillis;
use crate::base::zone;
use crate::chat::entry::SERVER_NAME;
use crate::chat::{escape, time_text};
use crate::console::v1::from_server::{
    FromServer, HeardEntry, HeardRoom, HeardSpan, LogKey, Private,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownTo {
    /// A person at a terminal. A line break in a message stays a line break.
    Person,
    /// A script, which reads each line as one message, so line breaks in a message become spaces.
    Script,
}

/// What a person may see before the text of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console::v1) struct Stamp {
    /// When the line was said, in milliseconds since 1970.
    pub(in crate::console::v1) time: u64,
    /// The number by which a command can name the line; `None`: no command needs it.
    pub(in crate::console::v1) number: Option<u64>,
    /// Where the author's name stands in the text; `None`: nowhere.
    pub(in crate::console::v1) author: Option<NamePlace>,
    /// True if somebody else speaks to the person: by their name, or in private.
    pub(in crate::console::v1) calls_us: bool,
    /// True if the person has asked for this older line. Then they need its number and its time.
    pub(in crate::console::v1) is_asked_for: bool,
    /// True if the line is the one for which the person has looked; the lines around it are shown,
    /// too.
    pub(in crate::console::v1) is_sought: bool,
}

/// A part of a text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console::v1) struct NamePlace {
    pub(in crate::console::v1) start: usize,
    pub(in crate::console::v1) len: usize,
}

impl NamePlace {
    /// Finds the name in a text.
    pub(super) fn of(text: &str, name: &str) -> Option<Self> {
        let name = escape::strip(name);
        let start = text.find(&name).filter(|_| !name.is_empty())?;
        Some(Self { start, len: name.len() })
    }
}

impl Stamp {
    /// Makes the stamp of a line that no command can name.
    pub(in crate::console::v1) fn of(time: u64) -> Self {
        Self {
            time,
            number: None,
            author: None,
            calls_us: false,
            is_asked_for: false,
            is_sought: false,
        }
    }
}

/// Returns the text for a line of a room; `None`: the line is not shown. `authors` says who said
/// the message that the line replies to.
pub(super) fn line(frame: &FromServer, reader: ShownTo, authors: &Authors) -> Option<String> {
    let author = |line: &HeardEntry| {
        let mark = line.mark.as_deref().filter(|_| !line.own);
        who(&line.from, mark) + &addressee(line.reply, authors)
    };
    let text = |line: &HeardEntry| text(&line.text, reader);
    Some(match frame {
        FromServer::Message(line) => {
            let edited = if line.edited { " (edited)" } else { "" };
            format!("{}: {}{edited}", author(line), text(line))
        }
        FromServer::Me(line) => format!("* {} {}", author(line), text(line)),
        FromServer::Edit(line) => match (reader, line.of) {
            (ShownTo::Person, Some(of)) => {
                format!("{} changed #{of}: {}", author(line), text(line))
            }
            _ => format!("{} meant: {}", author(line), text(line)),
        },
        FromServer::Topic(line) if line.text.is_empty() => {
            format!("* {} removed the topic", who(&line.from, None))
        }
        FromServer::Topic(line) => {
            format!("* {} set the topic: {}", who(&line.from, None), text(line))
        }
        FromServer::Pin(line) => match line.of {
            Some(of) => format!("* {} pinned #{of}", who(&line.from, None)),
            None if line.from == SERVER_NAME => {
                "* The pinned message is no longer stored.".to_owned()
            }
            None => format!("* {} removed the pin", who(&line.from, None)),
        },
        FromServer::NewName(line) => {
            format!("* {} is now {}", who(&line.from, None), who(&line.to, None))
        }
        // If `of` equals `seq`, the message was deleted before the server sent it to us, and this
        // line stands in its place.
        FromServer::Delete(line) if line.of != Some(line.seq) => match (reader, line.of) {
            (ShownTo::Person, Some(of)) => {
                format!("* {} deleted message #{of}", who(&line.from, None))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Returns the text for an older line that the person has asked for, and its stamp. `None`: the
/// line is not shown. An edit is named only, because its message has the new text already.
pub(super) fn past(
    frame: &FromServer,
    reader: ShownTo,
    authors: &Authors,
) -> Option<(String, Stamp)> {
    if let FromServer::Private(line) = frame {
        let text = private(line, reader, authors);
        let author = NamePlace::of(&text, if line.own { &line.to } else { &line.from });
        let number = Some(line.seq);
        return Some((text, Stamp { number, author, is_asked_for: true, ..Stamp::of(line.time) }));
    }
    let (FromServer::Message(entry)
    | FromServer::Me(entry)
    | FromServer::Edit(entry)
    | FromServer::Delete(entry)
    | FromServer::Topic(entry)
    | FromServer::Pin(entry)
    | FromServer::NewName(entry)) = frame
    else {
        return None;
    };
    let from = who(&entry.from, None);
    let text = match (frame, entry.of) {
        (FromServer::Edit(_), Some(of)) => format!("* {from} changed #{of}"),
        (FromServer::Delete(_), of) if of == Some(entry.seq) => format!("* {from} deleted this"),
        // The deleted message says it in its own place.
        (FromServer::Delete(_), _) => return None,
        _ => line(frame, reader, authors)?,
    };
    let (number, author) = (Some(entry.seq), NamePlace::of(&text, &entry.from));
    Some((text, Stamp { number, author, is_asked_for: true, ..Stamp::of(entry.time) }))
}

/// Returns the text that is shown in place of missing lines, with their count. If the server has
/// skipped the numbers, there is no count: nobody knows whether any of the numbers had a line.
pub(super) fn gap(frame: &FromServer, span: &HeardSpan) -> String {
    let private = if span.log == LogKey::Private { "private " } else { "" };
    if matches!(frame, FromServer::Skipped(_)) {
        return format!(
            "(the server restarted or was restored here: {private}lines may be missing; the \
             numbers go on at #{})",
            span.to + 1
        );
    }
    let lines = span.lines.unwrap_or((span.to + 1).saturating_sub(span.from));
    let noun = if lines == 1 { "line" } else { "lines" };
    format!("({lines} {private}{noun} lost here)")
}

/// Returns the words at the end of a search result that tell the person how to search in older
/// lines. `next` is the number for that search. `None`: there are no older lines to search, and the
/// returned text is empty.
pub(super) fn where_more_is(next: Option<u64>) -> String {
    let more = next.map(|next| format!("; for older ones /search #{next} and the same words"));
    more.unwrap_or_default()
}

pub(super) fn private(line: &Private, reader: ShownTo, authors: &Authors) -> String {
    let text = text(&line.text, reader);
    let whom = addressee(line.reply, authors);
    if line.own {
        format!("[private, to {}]{whom} {text}", who(&line.to, None))
    } else {
        format!("[private] {}{whom}: {text}", who(&line.from, line.mark.as_deref()))
    }
}

/// Returns the words that say which message a line replies to: ` (to Ann #12)`, or ` (to #12)` if
/// we do not know who said that message. If the line replies to none, returns an empty text.
fn addressee(reply: Option<u64>, authors: &Authors) -> String {
    match reply.map(|seq| (seq, authors.get(seq))) {
        None => String::new(),
        Some((seq, Some(name))) => format!(" (to {} #{seq})", who(name, None)),
        Some((seq, None)) => format!(" (to #{seq})"),
    }
}

/// Returns the list of rooms. `is_hidden` says whether a room is one of ours that others do not see
/// there.
pub(super) fn rooms(rooms: &[HeardRoom], is_hidden: impl Fn(&str) -> bool, more: bool) -> String {
    let mut shown: Vec<_> = rooms
        .iter()
        .map(|room| {
            let locked = if room.locked { ", with a password" } else { "" };
            let hidden = if is_hidden(&room.room) { ", hidden" } else { "" };
            let topic = if room.topic.is_empty() { "" } else { ": " };
            let head = format!("{} ({} here{locked}{hidden}){topic}", room.room, room.people);
            escape::strip(&format!("{head}{}", room.topic))
        })
        .collect();
    if more {
        shown.push("and more".to_owned());
    }
    shown.join("\n")
}

/// Returns the list of people in a room. `people` is the number of all people in the room, also of
/// people whose names are not in `names`. `away` has the excuses of those who are busy. Each excuse
/// is a line of its own below the list, because it could read like the rest of the list.
pub(super) fn people(
    room: &str,
    names: &[String],
    people: usize,
    away: &BTreeMap<String, String>,
) -> String {
    let more = people.saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let list = escape::strip(&format!("in {room}: {}{more}", names.join(", ")));
    let excuse = |(name, excuse): (&String, &String)| person(name, Some(excuse), None);
    let lines: Vec<_> = std::iter::once(list).chain(away.iter().map(excuse)).collect();
    lines.join("\n    ")
}

/// Returns what is known of a person: the excuse of one who is busy, or when the last connection of
/// one who is away ended, in milliseconds since 1970.
pub(super) fn person(name: &str, excuse: Option<&str>, seen: Option<u64>) -> String {
    escape::strip(&match (excuse, seen) {
        (_, Some(seen)) => format!("{name} was last seen {}", time(seen)),
        (Some(excuse), None) => format!("{name} is {}", busy(excuse)),
        (None, None) => format!("{name} is here"),
    })
}

fn busy(excuse: &str) -> String {
    if excuse.is_empty() { "away".to_owned() } else { format!("away: {excuse}") }
}

fn who(name: &str, mark: Option<&str>) -> String {
    let name = escape::strip(name);
    mark.map_or_else(|| name.clone(), |mark| format!("{name} ({})", escape::strip(mark)))
}

fn text(said: &str, reader: ShownTo) -> String {
    let lines: Vec<_> = said.lines().map(escape::strip).collect();
    lines.join(match reader {
        ShownTo::Person => "\n    ",
        ShownTo::Script => " ",
    })
}

/// Returns a time as this machine's clock shows it: `2026-11-20 18:00`.
fn time(milliseconds: u64) -> String {
    let here = zone::local(UnixMillis(milliseconds));
    format!("{} {}", time_text::day(here), time_text::clock(here))
}

#[cfg(test)]
mod tests {
    use super::{Authors, BTreeMap, ShownTo, line, past, people, private, rooms};
    use crate::console::v1::from_server::FromServer;

    fn told(json: &str) -> FromServer {
        FromServer::parse(json).unwrap()
    }

    fn nobody() -> Authors {
        Authors::default()
    }

    #[test]
    fn a_reply_says_whom_it_answers_as_far_as_that_is_known() {
        let mut authors = Authors::default();
        authors.add(12, "Ann\u{7}");
        let shown = |rest: &str| {
            let common = r#""room": "lobby", "seq": 44, "time": 5, "from": "Bo", "text": "yes""#;
            line(&told(&format!("{{{common}, {rest}}}")), ShownTo::Person, &authors).unwrap()
        };
        assert_eq!(shown(r#""type": "message", "reply": 12"#), "Bo (to Ann #12): yes");
        assert_eq!(shown(r#""type": "me", "reply": 12"#), "* Bo (to Ann #12) yes");
        assert_eq!(shown(r#""type": "message", "reply": 7"#), "Bo (to #7): yes");
        let json = r#"{"type": "private", "seq": 2, "from": "Bo", "to": "Ann", "reply": 12,
            "text": "psst"}"#;
        let FromServer::Private(line) = told(json) else { panic!() };
        let shown = private(&line, ShownTo::Person, &authors);
        assert_eq!(shown, "[private] Bo (to Ann #12): psst");
    }

    #[test]
    fn each_kind_of_line_reads_in_its_own_way() {
        let common = r#""room": "lobby", "seq": 44, "time": 1795186802000, "from": "Ann""#;
        for (rest, shown) in [
            (r#""type": "message", "text": "a\nb""#, Some("Ann: a\n    b")),
            (
                r#""type": "message", "mark": "p8cwhmph", "text": "it is me""#,
                Some("Ann (p8cwhmph): it is me"),
            ),
            (r#""type": "me", "text": "waves""#, Some("* Ann waves")),
            (r#""type": "edit", "of": 41, "text": "hullo""#, Some("Ann changed #41: hullo")),
            (r#""type": "topic", "text": "soup""#, Some("* Ann set the topic: soup")),
            (r#""type": "delete", "of": 41"#, Some("* Ann deleted message #41")),
            (r#""type": "delete", "of": 44"#, None),
        ] {
            let frame = told(&format!("{{{common}, {rest}}}"));
            assert_eq!(line(&frame, ShownTo::Person, &nobody()).as_deref(), shown, "{rest}");
        }
        let frame = told(&format!(r#"{{{common}, "type": "message", "text": "a\nb"}}"#));
        assert_eq!(line(&frame, ShownTo::Script, &nobody()).as_deref(), Some("Ann: a b"));
        let (seen, stamp) = past(&frame, ShownTo::Person, &nobody()).unwrap();
        assert_eq!((seen.as_str(), stamp.number), ("Ann: a\n    b", Some(44)));
    }

    #[test]
    fn a_private_line_says_that_it_is_one() {
        let shown = |own: &str, reader| {
            let json = format!(
                r#"{{"type": "private", "seq": 1, "time": 5, "from": "Ann", "to": "Bo", {own}
                    "id": "x", "text": "psst"}}"#
            );
            let FromServer::Private(line) = told(&json) else { panic!() };
            private(&line, reader, &nobody())
        };
        assert_eq!(shown(r#""own": true,"#, ShownTo::Person), "[private, to Bo] psst");
        assert_eq!(shown("", ShownTo::Script), "[private] Ann: psst");
    }

    #[test]
    fn i2_nothing_that_a_server_tells_commands_the_terminal() {
        let evil = "\u{1b}]0;t\u{7}\u{9b}2J";
        let json = format!(
            r#"{{"type": "message", "room": "l", "seq": 1, "from": "A{evil}", "mark": "m{evil}",
                "text": "x{evil}\ny"}}"#
        );
        let json = json.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007");
        let shown = line(&told(&json), ShownTo::Script, &nobody()).unwrap();
        assert_eq!(shown, "A (m): x y");
        let FromServer::Rooms { rooms: list, more } = told(
            r#"{"type": "rooms", "more": true, "rooms": [
                {"room": "lobby", "topic": "\u001b[2Jsoup", "people": 3},
                {"room": "k", "topic": "", "people": 1, "locked": true}]}"#,
        ) else {
            panic!()
        };
        let shown = "lobby (3 here): soup\nk (1 here, with a password)\nand more";
        assert_eq!(rooms(&list, |_| false, more), shown);
        let marked = shown.replace("password)", "password, hidden)");
        assert_eq!(rooms(&list, |name| name == "k", more), marked);
        assert_eq!(people("k", &["A\u{1b}c".into()], 2, &BTreeMap::new()), "in k: A and 1 more");
        let away = [("Bo".into(), "out)\n, Cy (away: no".into())].into();
        let told = people("k", &["Bo".into(), "Cy".into()], 2, &away);
        assert_eq!(told, "in k: Bo, Cy\n    Bo is away: out), Cy (away: no");
    }
}
