//! The messages of a crowd. A person can read them, and this program finds them among the other
//! messages in the room.
//!
//! For example, `crowd k3f9 #17 @850123us person 17 says hello` contains the tag of the run, the
//! message's number, its sending time, and its sender. The time is in microseconds since the start
//! of the run, by the clock of this process, which both sends and receives.
//!
//! Pure, except for the random tag.
//! Must not know: sockets, threads.
//!
//! Part: `console/crowd/mod.rs`.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Longest message that `crowd` sends, in bytes. Every classic server takes a message of this
/// length.
pub(super) const CROWD_TEXT_BYTES_MAX: usize = 120;

/// The letters and digits of which a tag is made. Those that look alike, such as `l` and `1`, are
/// left out.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// The number of characters in a tag. A million different tags are possible.
const TAG_LETTERS: usize = 4;

pub(super) struct CrowdScript {
    /// The beginning of each message, for example `crowd k3f9 #`.
    opening: String,
    roll_call: String,
    /// The number of messages that the run has. They are numbered from 0, so a message with this
    /// number or a higher one does not belong to this run.
    messages: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) number: u64,
    /// The time from the start of the run to the sending of the message.
    pub(super) at: Duration,
}

impl CrowdScript {
    pub(super) fn new(messages: u64) -> Self {
        let mut random = RandomState::new().hash_one(messages);
        let mut tag = String::new();
        for _ in 0..TAG_LETTERS {
            tag.push(char::from(LETTERS[(random % 32) as usize]));
            random /= 32;
        }
        let roll_call = format!("crowd {tag} is everybody here?");
        Self { opening: format!("crowd {tag} #"), roll_call, messages }
    }

    /// Returns the text of the roll call, which the crowd sends before message 0.
    pub(super) fn roll_call(&self) -> &str {
        &self.roll_call
    }

    pub(super) fn is_roll_call(&self, line: &str) -> bool {
        line.contains(&self.roll_call)
    }

    /// Returns the text of one message. `person` is the number of the person who sends it.
    pub(super) fn write(&self, spoken: Spoken, person: usize) -> String {
        let Spoken { number, at } = spoken;
        let text =
            format!("{}{number} @{}us person {person} says hello", self.opening, at.as_micros());
        debug_assert!(text.len() <= CROWD_TEXT_BYTES_MAX, "{text}");
        text
    }

    /// Finds a message of this run in `line`, at any position, because some servers put a name in
    /// front of it. `None`: `line` has no such message.
    pub(super) fn read(&self, line: &str) -> Option<Spoken> {
        let start = line.find(&self.opening)? + self.opening.len();
        let (number, rest) = line[start..].split_once(" @")?;
        let (micros, _) = rest.split_once("us ")?;
        let number = number.parse().ok().filter(|number| *number < self.messages)?;
        Some(Spoken { number, at: Duration::from_micros(micros.parse().ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CROWD_TEXT_BYTES_MAX, CrowdScript, Spoken};
    use crate::console::crowd::CROWD_PEOPLE_MAX;

    #[test]
    fn a_message_is_found_again_with_its_number_and_time() {
        let script = CrowdScript::new(600);
        let spoken = Spoken { number: 17, at: Duration::from_micros(850_123) };
        let text = script.write(spoken, 17);
        assert!(text.ends_with(" #17 @850123us person 17 says hello"), "{text}");
        assert_eq!(script.read(&text), Some(spoken));
        assert_eq!(script.read(&format!("ann: {text}")), Some(spoken));
        assert!(script.is_roll_call(&format!("ann: {}", script.roll_call())));
        assert!(!script.is_roll_call(&text));
        assert_eq!(script.read(script.roll_call()), None);
    }

    #[test]
    fn what_others_say_is_not_taken_for_ours() {
        let script = CrowdScript::new(600);
        let text = script.write(Spoken { number: 599, at: Duration::ZERO }, 0);
        assert!(script.read(&text).is_some());
        for other in [
            "hello".to_owned(),
            String::new(),
            text.replace("#599", "#600"),
            text.replace("#599", "#-1"),
            text.replace("#599", "#99999999999999999999"),
            text.replace("@0us", "@us"),
            text.replace("crowd ", "crowd x"),
            text[..text.len() / 2].to_owned(),
        ] {
            assert_eq!(script.read(&other), None, "{other}");
        }
    }

    #[test]
    fn the_longest_message_fits_every_classic_server() {
        let script = CrowdScript::new(u64::MAX);
        let at = Duration::from_micros(u64::MAX);
        let text = script.write(Spoken { number: u64::MAX - 1, at }, CROWD_PEOPLE_MAX);
        assert!(text.len() <= CROWD_TEXT_BYTES_MAX, "{} bytes", text.len());
    }
}
