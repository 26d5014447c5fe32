//! After a restart the server still knows from which IP address each room and person was made.
//!
//! Part: `chat_rule/mod.rs`.

use super::crowds::{BURST, called, comes, comes_and_goes, is_taken, network, one_too_many};
use super::file::File;
use super::places::{enters, many_addresses_fill_the_box, room, says_in};
use super::{ChatSettings, Done, Happened, RecordedChat, apply_at, moment, settings};
use crate::base::limits;

/// A hub with a file. It can be restarted.
struct Lives {
    chat: RecordedChat,
    file: File,
    count: u64,
}

impl Lives {
    fn new() -> Self {
        let mut file = File::default();
        Self { chat: begin(&mut file, 1), file, count: 1 }
    }

    /// Stores all waiting records. If the history has a batch already, that batch fails and is
    /// tried again.
    fn keeps(&mut self, seconds: u64) {
        apply_at(&mut self.chat, seconds, Happened::BatchEnded(Err("again".to_owned())));
        let mut done = apply_at(&mut self.chat, seconds + 2, Happened::Ticked);
        while let Some(batch) = done.into_iter().find_map(batch) {
            self.file.keep(batch);
            done = apply_at(&mut self.chat, seconds + 2, Happened::BatchEnded(Ok(())));
        }
    }

    /// The server stops and starts again with the same file.
    fn restarts(&mut self, seconds: u64) {
        self.keeps(seconds);
        self.count += 1;
        self.chat = begin(&mut self.file, self.count);
    }
}

fn begin(file: &mut File, life: u64) -> RecordedChat {
    let settings = ChatSettings { stores: true, ..settings(1000, 64, 1000 * life) };
    RecordedChat::new(settings, file.begin(4, &crate::chat::numbers::Sizes::default()), moment(0))
}

fn batch(one: Done) -> Option<Vec<crate::chat::record::Record>> {
    if let Done::Store(batch) = one { Some(batch) } else { None }
}

#[test]
fn a_crowd_of_an_earlier_life_costs_its_own_names_in_the_next() {
    let mut server = Lives::new();
    comes_and_goes(&mut server.chat, 0, 1, 1, "Silent Ann");
    // These people come so slowly that the server remembers all of them.
    for number in 0..limits::GONE_PEOPLE_MAX as u64 - 1 {
        let at = 10 * number;
        comes_and_goes(&mut server.chat, at, 10_000 + number, 2, &format!("Crowd {number}"));
        if number % 100 == 0 {
            server.keeps(at);
        }
    }
    server.restarts(20_000);
    for number in 0..100 {
        comes_and_goes(&mut server.chat, 1, 20_000 + number, 3, &format!("Class {number}"));
    }
    assert!(is_taken(&mut server.chat, 2, 5, "Silent Ann"));
    assert!(is_taken(&mut server.chat, 2, 6, "Class 99"));
    assert!(!is_taken(&mut server.chat, 2, 7, "Crowd 0"));
}

#[test]
fn who_is_remembered_for_a_moment_is_in_no_file() {
    let mut server = Lives::new();
    one_too_many(&mut server.chat);
    server.restarts(1);
    assert!(is_taken(&mut server.chat, 1, 1, &format!("Crowd {}", BURST - 1)));
    assert!(!is_taken(&mut server.chat, 1, 2, &format!("Crowd {BURST}")));
}

#[test]
fn another_address_makes_a_room_at_any_time_also_in_the_next_life() {
    let mut server = Lives::new();
    comes(&mut server.chat, 0, 1, network(1), called("Ann"));
    comes(&mut server.chat, 0, 2, network(2), called("Bo"));
    enters(&mut server.chat, 1, 1, "shared");
    enters(&mut server.chat, 1, 2, "shared");
    says_in(&mut server.chat, 1, 2, "shared", "bread");
    many_addresses_fill_the_box(&mut server.chat);
    server.restarts(6601);
    for number in 0..30 {
        let client = 200 + number;
        comes(
            &mut server.chat,
            1,
            client,
            network(u8::try_from(150 + number).unwrap()),
            (None, None, None),
        );
        assert_eq!(enters(&mut server.chat, 1, client, &format!("new-{number}")), None, "{number}");
    }
    assert!(server.chat.room_called(&room("shared")).is_some());
}
