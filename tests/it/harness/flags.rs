//! The program's flags for the settings that a test has changed.
//!
//! It must know every setting that a test changes; an unknown one is a failure.

use std::fmt::Debug;
use std::time::Duration;

use threadbare::base::language::Language;
use threadbare::chat::config::ChatConfig;
use threadbare::server::config::FanOut;

/// The flags for a server with `wanted`.
pub fn flags(wanted: &ChatConfig) -> Vec<String> {
    let mut flags = Vec::new();
    let mut known = ChatConfig::new(Language::English);
    let (server, wants) = (&mut known.server, &wanted.server);
    let (client, door) = (&mut server.client, &mut server.door);
    let mut number = |name, known: &mut usize, wanted: &usize| {
        differs(&mut flags, name, known, wanted, usize::to_string);
    };
    number("message-limit", &mut client.message_bytes_max, &wants.client.message_bytes_max);
    number("outbox", &mut client.outbox_messages_max, &wants.client.outbox_messages_max);
    number("read-buffer", &mut client.read_buffer_bytes, &wants.client.read_buffer_bytes);
    let mut time = |name, known: &mut Duration, wanted: &Duration| {
        differs(&mut flags, name, known, wanted, |time| format!("{}ms", time.as_millis()));
    };
    time("ping-interval", &mut client.ping_interval, &wants.client.ping_interval);
    time("pong-timeout", &mut client.pong_wait, &wants.client.pong_wait);
    time("message-timeout", &mut client.message_wait, &wants.client.message_wait);
    time("head-timeout", &mut door.head_wait, &wants.door.head_wait);
    time("idle-timeout", &mut door.first_byte_wait, &wants.door.first_byte_wait);
    differs(&mut flags, "origin", &mut door.origins, &wants.door.origins, |all| all.join(","));
    differs(&mut flags, "host", &mut door.hosts, &wants.door.hosts, |all| all.join(","));
    differs(&mut flags, "clients", &mut server.caps.clients, &wants.caps.clients, |most| {
        most.unwrap().to_string()
    });
    differs(&mut flags, "assets", &mut server.assets, &wants.assets, |folder| {
        folder.as_ref().unwrap().display().to_string()
    });
    differs(&mut flags, "fan-out", &mut server.fan_out, &wants.fan_out, |way| match way {
        FanOut::Express => "express".to_owned(),
        FanOut::Writers => "writers".to_owned(),
    });
    assert_eq!(format!("{known:?}"), format!("{wanted:?}"), "tests/it/harness/flags.rs: no flag");
    flags
}

/// Adds a flag for a setting that differs from the default.
fn differs<T: Clone + Debug + PartialEq>(
    flags: &mut Vec<String>,
    name: &str,
    known: &mut T,
    wanted: &T,
    text: impl Fn(&T) -> String,
) {
    if known != wanted {
        flags.push(format!("--{name}={}", text(wanted)));
        known.clone_from(wanted);
    }
}
