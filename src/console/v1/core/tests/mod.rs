//! Tests of a conversation's core without a connection: a test gives it events, and checks the acts
//! that it returns.
//!
//! Part: `console/v1/mod.rs`.

mod heard;
mod typed;

use std::time::Instant;

use serde_json::{Value, json};

use super::{Act, ConversationCore, Manner, WantedIdentity};

/// A core, and a clock that only the test changes.
struct Scene {
    core: ConversationCore,
    now: Instant,
}

/// The acts that the core returned, sorted by kind.
#[derive(Debug, Default)]
struct Came {
    asked: Vec<Value>,
    shown: Vec<String>,
    notes: Vec<String>,
    kept: Vec<String>,
    looks_for_token: bool,
    hung_up: bool,
    end: Option<Result<(), String>>,
}

impl Scene {
    fn new(manner: Manner) -> Self {
        let wish = WantedIdentity {
            name: Some("Ann".into()),
            rooms: vec!["lobby".into()],
            ..WantedIdentity::default()
        };
        let core = ConversationCore::new(manner, wish, "t0".into(), "id".into());
        Self { core, now: Instant::now() }
    }

    /// Makes a scene whose client is in the lobby and has received the lines up to number 41.
    fn inside(manner: Manner) -> Self {
        let mut scene = Self::new(manner);
        scene.core.connection_is_up();
        scene.is_let_in();
        scene.comes();
        scene
    }

    fn is_let_in(&mut self) {
        self.hears(json!({"type": "welcome", "version": 1, "name": "Ann", "token": "t1",
            "server": "s", "limits": {"text": 20}}));
        self.hears(json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 41, "from": 42,
            "topic": "", "people": 1}));
        self.hears(json!({"type": "caught-up", "room": "lobby", "seq": 41}));
    }

    fn hears(&mut self, told: Value) {
        self.core.hears(&told.to_string(), self.now);
    }

    fn hears_said(&mut self, seq: u64, from: &str, text: &str, id: Option<&str>) {
        self.hears(json!({"type": "message", "room": "lobby", "seq": seq, "time": 1, "from": from,
            "id": id, "text": text}));
    }

    fn types(&mut self, line: &str) -> Came {
        let here = self.core.here().to_owned();
        self.core.types(line, &here, self.now);
        self.comes()
    }

    fn loses_its_line(&mut self) -> Came {
        self.core.connection_is_lost("it broke");
        self.comes()
    }

    fn comes_back(&mut self) -> Came {
        self.core.connection_is_up();
        self.comes()
    }

    fn comes(&mut self) -> Came {
        let mut came = Came::default();
        for act in self.core.acts() {
            match act {
                Act::Ask(ask) => came.asked.push(serde_json::from_str(&ask.json()).unwrap()),
                Act::Show(text) => came.shown.push(text),
                Act::Note(words) => came.notes.push(words),
                Act::Keep(token) => came.kept.push(token),
                Act::FindToken => came.looks_for_token = true,
                Act::Holds => {}
                Act::HangUp => came.hung_up = true,
                Act::End(end) => came.end = Some(end.map_err(|error| error.to_string())),
            }
        }
        came
    }
}
