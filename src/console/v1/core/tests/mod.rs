//! Tests of a conversation's core without a connection: a test gives it events, and checks the acts
//! that it returns.
//!
//! Part: `console/v1/core/mod.rs`.

mod heard;
mod places;
mod typed;

use std::time::Instant;

use serde_json::{Value, json};

use super::{Act, ConsoleCore, KnownPosition, LogKey, Manner, WantedIdentity, commands, frames};

/// A core, and a clock that only the test changes.
struct Scene {
    core: ConsoleCore,
    now: Instant,
}

/// The acts that the core returned, sorted by kind.
#[derive(Debug, Default)]
struct Acts {
    requests: Vec<Value>,
    shown: Vec<String>,
    notes: Vec<String>,
    kept: Vec<String>,
    kept_rooms: Vec<Vec<String>>,
    kept_seen: Vec<(LogKey, KnownPosition)>,
    names: Vec<String>,
    looks_for_token: bool,
    takes_new_token: bool,
    hung_up: bool,
    end: Option<Result<(), String>>,
}

impl Scene {
    fn new(manner: Manner) -> Self {
        let wanted = WantedIdentity {
            name: Some("Ann".into()),
            rooms: vec!["lobby".into()],
            ..WantedIdentity::default()
        };
        let core = ConsoleCore::new(manner, wanted, "t0".into(), "id".into());
        Self { core, now: Instant::now() }
    }

    /// Makes a scene whose client is in the lobby and has received the lines up to number 41.
    fn inside(manner: Manner) -> Self {
        let mut scene = Self::new(manner);
        scene.core.on_connected();
        scene.let_in();
        scene.take_acts();
        scene
    }

    fn let_in(&mut self) {
        self.receive(json!({"type": "welcome", "version": 1, "name": "Ann", "token": "t1",
            "time": 1_000_000, "server": "s", "limits": {"text": 20}}));
        self.receive(
            json!({"type": "joined", "room": "lobby", "epoch": "e", "seq": 41, "from": 42,
            "topic": "", "people": 1}),
        );
        self.receive(json!({"type": "caught-up", "room": "lobby", "seq": 41}));
    }

    fn receive(&mut self, told: Value) {
        frames::handle_frame(&mut self.core, &told.to_string(), self.now);
    }

    fn receive_message(&mut self, seq: u64, from: &str, text: &str, id: Option<&str>) {
        self.receive(
            json!({"type": "message", "room": "lobby", "seq": seq, "time": 1, "from": from,
            "id": id, "text": text}),
        );
    }

    fn type_line(&mut self, line: &str) -> Acts {
        let here = self.core.current_room().map(str::to_owned);
        commands::handle_typed_line(&mut self.core, line, here.as_deref(), self.now);
        self.take_acts()
    }

    fn lose_connection(&mut self) -> Acts {
        self.core.on_connection_lost("it broke");
        self.take_acts()
    }

    fn reconnect(&mut self) -> Acts {
        self.core.on_connected();
        self.take_acts()
    }

    fn take_acts(&mut self) -> Acts {
        let mut acts = Acts { notes: self.core.take_hints(), ..Acts::default() };
        for act in self.core.acts() {
            match act {
                Act::Send(request) => {
                    acts.requests.push(serde_json::from_str(&request.json()).unwrap())
                }
                Act::Show(text, _) => acts.shown.push(text),
                Act::Note(words) => acts.notes.push(words),
                Act::StoreToken(token) => acts.kept.push(token),
                Act::StoreRooms(rooms) => acts.kept_rooms.push(rooms),
                Act::StoreSeen(seen) => acts.kept_seen = seen,
                Act::KeepAs(name) => acts.names.push(name),
                Act::ReadToken => acts.looks_for_token = true,
                Act::NewToken => acts.takes_new_token = true,
                Act::ResetPauses => {}
                Act::HangUp => acts.hung_up = true,
                Act::End(end) => acts.end = Some(end.map_err(|error| error.to_string())),
            }
        }
        acts
    }
}
