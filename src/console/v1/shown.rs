//! How lines read on a screen or in a script's input.
//!
//! Owns: the words, and that nothing in them can command a terminal.
//! Must not know: where they are shown, or whether they should be.
//!
//! Next: `console/v1/core/mod.rs`.

use std::time::{Duration, UNIX_EPOCH};

use super::tell::{Line, PRIVATE, Private, RoomLine, Span, Tell};
use crate::chat::escape;

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// Sees line breaks as they are.
    Person,
    /// Takes a line for a message.
    Script,
}

/// A line of a log, as it is heard; `None` where there is nothing to show.
pub(super) fn line(tell: &Tell, reader: Reader) -> Option<String> {
    let text = |line: &Line| text(&line.text, reader);
    Some(match tell {
        Tell::Message(line) => format!("{}: {}", who(&line.from, line.mark.as_deref()), text(line)),
        Tell::Me(line) => format!("* {} {}", who(&line.from, line.mark.as_deref()), text(line)),
        Tell::Edit(line) => {
            format!("{} meant: {}", who(&line.from, line.mark.as_deref()), text(line))
        }
        Tell::Topic(line) => format!("* {} set the topic: {}", who(&line.from, None), text(line)),
        // One that was deleted before we came stands in its own place.
        Tell::Delete(line) if line.of != Some(line.seq) => match (reader, line.of) {
            (Reader::Person, Some(of)) => {
                format!("* {} deleted message #{of}", who(&line.from, None))
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The same in a history: with its number and its time, so that it can be named.
pub(super) fn past(tell: &Tell, reader: Reader) -> Option<String> {
    let (Tell::Message(its) | Tell::Me(its) | Tell::Edit(its) | Tell::Topic(its)) = tell else {
        return None;
    };
    Some(format!("#{} {} {}", its.seq, time(its.time), line(tell, reader)?))
}

/// Numbers between lines that were said before one came. Of what a crash has skipped nobody
/// knows how many were lines.
pub(super) fn gap(tell: &Tell, span: &Span) -> String {
    let lines = span.lines.unwrap_or((span.to + 1).saturating_sub(span.from));
    let up_to = if matches!(tell, Tell::Skipped(_)) { "up to " } else { "" };
    let private = if span.room == PRIVATE { "private " } else { "" };
    let noun = if lines == 1 { "line" } else { "lines" };
    format!("({up_to}{lines} {private}{noun} lost here)")
}

/// Behind what was found: how to see older ones, if there may be any.
pub(super) fn where_more_is(next: Option<u64>) -> String {
    let more = next.map(|next| format!("; for older ones /search #{next} and the same words"));
    more.unwrap_or_default()
}

/// A line to one person, of which there are two: who says it hears it too.
pub(super) fn private(line: &Private, reader: Reader) -> String {
    let text = text(&line.text, reader);
    if line.own {
        format!("[private, to {}] {text}", who(&line.to, None))
    } else {
        format!("[private] {}: {text}", who(&line.from, line.mark.as_deref()))
    }
}

/// The rooms of the box, one a line.
pub(super) fn rooms(rooms: &[RoomLine], more: bool) -> String {
    let mut shown: Vec<_> = rooms
        .iter()
        .map(|one| {
            let locked = if one.locked { ", with a password" } else { "" };
            let topic = if one.topic.is_empty() { "" } else { ": " };
            let head = format!("{} ({} here{locked}){topic}", one.room, one.people);
            escape::strip(&format!("{head}{}", one.topic))
        })
        .collect();
    if more {
        shown.push("and more".to_owned());
    }
    shown.join("\n")
}

/// Who is in a room.
pub(super) fn people(room: &str, names: &[String], people: usize) -> String {
    let more = people.saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    escape::strip(&format!("in {room}: {}{more}", names.join(", ")))
}

fn who(name: &str, mark: Option<&str>) -> String {
    let name = escape::strip(name);
    mark.map_or_else(|| name.clone(), |mark| format!("{name} ({})", escape::strip(mark)))
}

fn text(said: &str, reader: Reader) -> String {
    let lines: Vec<_> = said.lines().map(escape::strip).collect();
    lines.join(match reader {
        Reader::Person => "\n    ",
        Reader::Script => " ",
    })
}

fn time(milliseconds: u64) -> String {
    let at = UNIX_EPOCH + Duration::from_millis(milliseconds);
    humantime::format_rfc3339_seconds(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::{Reader, line, past, people, private, rooms};
    use crate::console::v1::tell::Tell;

    fn told(json: &str) -> Tell {
        Tell::read(json).unwrap()
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
            (r#""type": "edit", "of": 41, "text": "hullo""#, Some("Ann meant: hullo")),
            (r#""type": "topic", "text": "soup""#, Some("* Ann set the topic: soup")),
            (r#""type": "delete", "of": 41"#, Some("* Ann deleted message #41")),
            (r#""type": "delete", "of": 44"#, None),
        ] {
            let tell = told(&format!("{{{common}, {rest}}}"));
            assert_eq!(line(&tell, Reader::Person).as_deref(), shown, "{rest}");
        }
        let tell = told(&format!(r#"{{{common}, "type": "message", "text": "a\nb"}}"#));
        assert_eq!(line(&tell, Reader::Script).as_deref(), Some("Ann: a b"));
        let seen = past(&tell, Reader::Person).unwrap();
        assert_eq!(seen, "#44 2026-11-20T15:00:02Z Ann: a\n    b");
    }

    #[test]
    fn a_private_line_says_that_it_is_one() {
        let shown = |own: &str, reader| {
            let json = format!(
                r#"{{"type": "private", "seq": 1, "time": 5, "from": "Ann", "to": "Bo", {own}
                    "id": "x", "text": "psst"}}"#
            );
            let Tell::Private(line) = told(&json) else { panic!() };
            private(&line, reader)
        };
        assert_eq!(shown(r#""own": true,"#, Reader::Person), "[private, to Bo] psst");
        assert_eq!(shown("", Reader::Script), "[private] Ann: psst");
    }

    #[test]
    fn i2_nothing_that_a_server_tells_commands_the_terminal() {
        let evil = "\u{1b}]0;t\u{7}\u{9b}2J";
        let json = format!(
            r#"{{"type": "message", "room": "l", "seq": 1, "from": "A{evil}", "mark": "m{evil}",
                "text": "x{evil}\ny"}}"#
        );
        let json = json.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007");
        let shown = line(&told(&json), Reader::Script).unwrap();
        assert_eq!(shown, "A (m): x y");
        let Tell::Rooms { rooms: list, more } = told(
            r#"{"type": "rooms", "more": true, "rooms": [
                {"room": "lobby", "topic": "\u001b[2Jsoup", "people": 3},
                {"room": "k", "topic": "", "people": 1, "locked": true}]}"#,
        ) else {
            panic!()
        };
        let shown = "lobby (3 here): soup\nk (1 here, with a password)\nand more";
        assert_eq!(rooms(&list, more), shown);
        assert_eq!(people("k", &["A\u{1b}c".into()], 2), "in k: A and 1 more");
    }
}
