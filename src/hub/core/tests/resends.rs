//! What is sent again under its id is there once, whatever strangers do.
//!
//! Next: `hub/core/tests/lock.rs`.

use super::crowds::{called, comes, home};
use super::numbered::{notes, say};
use super::places::{enters, says_in};
use super::{ClientId, Core, Effect, core, decide_at, id, post};
use crate::chat::entry::Seq;
use crate::chat::told::Told;
use crate::limits;

/// Ann says this under an id; its number, if it was answered, and whether the room was told it.
fn says(core: &mut Core, seconds: u64, called: &str) -> (Option<Seq>, bool) {
    let effects = decide_at(core, seconds, post(ClientId(1), id(called), say("hello")));
    let sent = notes(&effects, ClientId(1)).into_iter().find_map(|told| match told {
        Told::Sent { seq, .. } => Some(*seq),
        _ => None,
    });
    (sent, effects.iter().any(|effect| matches!(effect, Effect::Tell(..))))
}

/// Strangers make as many rooms as there may be, and fill them: on this machine, where nothing
/// holds them up.
fn a_stranger_fills_the_box(core: &mut Core) {
    let long = "x".repeat(limits::MESSAGE_TEXT_BYTES_MAX);
    for client in 10..25 {
        comes(core, 0, client, None, (None, None, None));
        for number in 1..limits::ROOMS_PER_CLIENT_MAX {
            let name = format!("r{client}-{number}");
            if enters(core, 0, client, &name).is_none() {
                (0..8).for_each(|_| says_in(core, 0, client, &name, &long));
            }
        }
    }
    assert_eq!(core.rooms_by_name.len(), limits::ROOMS_MAX);
}

#[test]
fn what_is_sent_again_behind_long_messages_is_there_once_while_strangers_fill_the_box() {
    let mut core = core();
    comes(&mut core, 0, 1, home(1), called("Ann"));
    comes(&mut core, 0, 2, home(2), called("Bo"));
    a_stranger_fills_the_box(&mut core);
    assert_eq!(says(&mut core, 1, "a1"), (Some(Seq(1)), true));
    for second in 0..8 {
        says_in(&mut core, 2 + second, 2, "lobby", &"y".repeat(limits::MESSAGE_TEXT_BYTES_MAX));
    }
    assert_eq!(says(&mut core, 20, "a1"), (Some(Seq(1)), false));
}
