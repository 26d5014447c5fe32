//! Rows H2 and H5: texts of characters that control direction, pile up, or come in parts.
//!
//! Goal: the server passes a text on byte for byte, or refuses it with a reason; no client ever
//! gets a part of it. `Person` and `Numbered` refuse what is not UTF-8.

use serde_json::json;
use threadbare::base::limits::{MESSAGE_TEXT_BYTES_MAX, TOPIC_BYTES_MAX};

use crate::harness::person::End;
use crate::harness::{Numbered, Person, TestServer};

/// Signs of one to seven characters. None of them may be split.
const SIGNS: [&str; 8] = [
    "é",
    "e\u{301}",
    "王",
    "🦊",
    "👍🏽",
    "🇪🇺",
    "1\u{fe0f}\u{20e3}",
    "👨\u{200d}👩\u{200d}👧\u{200d}👦",
];

/// Controls of the bidirectional algorithm: embeddings, overrides, isolates, and their ends.
fn bidi_controls() -> impl Iterator<Item = char> {
    ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}')
}

/// Texts that reach a limit of so many bytes at three places: before a sign's last character, in
/// the middle of a character, and right after it.
fn around_a_limit(bytes_max: usize) -> Vec<String> {
    let mut texts = Vec::new();
    for sign in SIGNS {
        let last = sign.chars().next_back().unwrap().len_utf8();
        for beyond in [0, 1, last] {
            texts.push("x".repeat(bytes_max - sign.len() + beyond) + sign);
        }
    }
    texts
}

/// Characters that pile up, and parts of signs.
fn piles_and_parts() -> Vec<String> {
    let mut texts: Vec<String> = [
        // Joiners that join nothing, variation selectors, skin tones, halves of flags, and ends
        // without a beginning.
        "a\u{200d}",
        "a\u{200c}\u{200d}\u{200c}",
        "👨\u{200d}",
        "\u{200d}👩",
        "a\u{fe0f}",
        "\u{fe0e}a",
        "\u{1f3fd}",
        "\u{1f1ea}",
        "🇪🇺\u{1f1ea}",
        "\u{20e3}",
        "\u{1f3f4}\u{e0067}\u{e0062}",
        "a\u{e007f}",
        "\u{feff}a\u{feff}",
        "\u{fffd}\u{ffff}\u{10ffff}",
        "\u{e000}\u{f8ff}",
        "\u{1112}\u{1161}\u{11ab}\u{11ab}",
        "\u{fdfd}\u{12031}",
        "a\u{2028}b\u{2029}c",
    ]
    .map(str::to_owned)
    .into();
    for mark in ["\u{301}", "\u{336}", "\u{20dd}", "\u{e47}", "\u{93f}"] {
        texts.push(format!("a{}", mark.repeat(1000)));
    }
    texts.push("\u{301}".repeat(1000));
    texts.push(format!("a{}", "\u{200d}".repeat(1000)));
    texts.push(format!("a{}", "\u{1f3fd}".repeat(1023)));
    texts
}

/// Three clients that hear each other: two of `threadbare.v1` and a classic one.
struct Room {
    ann: Numbered,
    bo: Numbered,
    old: Person,
    /// Last, because dropping it waits for the clients' goodbyes.
    server: TestServer,
}

impl Room {
    fn new() -> Self {
        let server = TestServer::start();
        let [ann, bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
        let old = server.joins("old");
        let mut room = Self { ann, bo, old, server };
        for person in [&mut room.ann, &mut room.bo] {
            person.hears_until(|line| line["text"] == "(old is here)");
        }
        room
    }

    /// The next message of both numbered clients.
    fn both_hear(&mut self, text: &str, from: Option<&str>) {
        for person in [&mut self.ann, &mut self.bo] {
            let line = person.hears_until(|line| line["type"] == "message");
            assert!(line["text"] == text, "{line}, not {}", text.escape_unicode());
            assert!(from.is_none_or(|from| line["from"] == from), "{line}");
        }
    }

    /// Ann says this; returns whether the others got it.
    fn ann_says(&mut self, text: &str) -> bool {
        if text.len() > MESSAGE_TEXT_BYTES_MAX {
            self.ann.asks(json!({"type": "say", "room": "lobby", "id": "x", "text": text}));
            let line = self.ann.hears_until(|line| line["id"] == "x");
            assert_eq!((&line["type"], &line["reason"]), (&json!("error"), &json!("too-long")));
            return false;
        }
        self.ann.says(text);
        self.both_hear(text, Some("Ann"));
        self.old.hears(&format!("Ann: {text}"));
        true
    }

    /// The classic client says this; returns whether the others got it.
    fn old_says(&mut self, text: &str) -> bool {
        if text.len() > MESSAGE_TEXT_BYTES_MAX {
            let mut other = Person::connects(self.server.addr, "other", "/ws");
            other.says(text);
            assert_eq!(other.hears_the_end(), End::Closed(Some(1009)));
            assert!(other.heard().is_empty(), "{:?}", other.heard());
            return false;
        }
        self.old.says(text);
        self.old.hears(text);
        self.both_hear(text, None);
        true
    }
}

#[test]
fn h5_a_text_is_told_byte_for_byte_or_refused_and_never_cut() {
    let texts = [around_a_limit(MESSAGE_TEXT_BYTES_MAX), piles_and_parts()].concat();
    assert!(texts.len() >= 40, "{}", texts.len());
    let mut room = Room::new();
    let mut told = 0;
    for text in &texts {
        // After a refused text, the next message that a client gets is the next accepted one.
        let by_both = (room.ann_says(text), room.old_says(text));
        assert_eq!(by_both.0, by_both.1, "{}", text.escape_unicode());
        told += usize::from(by_both.0);
    }
    assert_eq!(told, texts.len() - 2 * SIGNS.len());
    assert!(room.ann_says("the end"));
    // A later client gets the same texts.
    let later = Numbered::joins(room.server.addr, "Later");
    for (seq, text) in &later.view("lobby").lines {
        assert_eq!(Some(text), room.bo.view("lobby").lines.get(seq));
    }
}

#[test]
fn h5_a_topic_is_told_byte_for_byte_or_refused_and_never_cut() {
    let mut room = Room::new();
    for (number, text) in around_a_limit(TOPIC_BYTES_MAX).iter().enumerate() {
        let id = number.to_string();
        room.ann.asks(json!({"type": "topic", "room": "lobby", "id": id, "text": text}));
        if text.len() > TOPIC_BYTES_MAX {
            assert_eq!(room.ann.hears("error")["reason"], "too-long");
        } else {
            assert_eq!(room.bo.hears("topic")["text"], *text);
            room.old.hears(&format!("* Ann set the topic: {text}"));
        }
    }
}

#[test]
fn h5_half_a_character_in_json_is_an_error_and_a_whole_one_is_a_character() {
    let mut room = Room::new();
    for half in ["\\ud83e", "\\udd8a", "\\udd8a\\ud83e", "\\ud83ex", "\\ud83e\\n"] {
        let say = format!(r#"{{"type":"say","room":"lobby","text":"a{half}"}}"#);
        room.ann.sends_raw(&say);
        assert_eq!(room.ann.hears("error")["reason"], "bad-json", "{half}");
    }
    // In JSON, the text takes three times as many bytes.
    for (count, is_told) in
        [(MESSAGE_TEXT_BYTES_MAX / 4, true), (MESSAGE_TEXT_BYTES_MAX / 4 + 1, false)]
    {
        let foxes = "\\ud83e\\udd8a".repeat(count);
        room.ann.sends_raw(&format!(r#"{{"type":"say","room":"lobby","text":"{foxes}"}}"#));
        if is_told {
            room.both_hear(&"🦊".repeat(count), Some("Ann"));
            room.old.hears(&format!("Ann: {}", "🦊".repeat(count)));
        } else {
            assert_eq!(room.ann.hears("error")["reason"], "too-long");
        }
    }
    assert!(room.ann_says("the end"));
}

#[test]
fn h2_what_turns_the_line_is_refused_in_names_and_told_in_texts() {
    let mut room = Room::new();
    let names = bidi_controls().flat_map(|control| {
        [format!("ad{control}min"), format!("{control}admin"), format!("אבג{control}")]
    });
    let names: Vec<_> = names.collect();
    assert!(names.len() >= 20);
    for name in &names {
        room.ann.asks(json!({"type": "name", "name": name}));
        let told = room.ann.hears("error");
        assert_eq!(told["reason"], "bad-name", "{}", name.escape_unicode());
        assert_eq!(told["why"], "direction", "{}", name.escape_unicode());
        let mut stranger = Numbered::connects(room.server.addr);
        stranger.asks(json!({"type": "hello", "name": name}));
        assert_eq!(stranger.hears("error")["reason"], "bad-name", "{}", name.escape_unicode());
    }
    // Texts pass unchanged; the program that shows them must isolate them.
    for control in bidi_controls() {
        for text in [format!("a{control}b"), format!("{control}a"), format!("אבג{control} 123")]
        {
            assert!(room.ann_says(&text) && room.old_says(&text));
        }
    }
}
