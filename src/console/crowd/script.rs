//! What the crowd says: messages that a person can read and a program can find
//! again among whatever else is said in the room.
//!
//! `crowd k3f9 #17 @850123us person 17 says hello`: the tag of the run, the
//! message's number, when it was sent (in microseconds of the sending process,
//! which is the receiving one), and who sent it.
//!
//! Pure but for the random tag. Must not know: sockets, threads.
//!
//! Next: `console/crowd/count.rs`.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::limits;

/// Letters of a tag: none that is mistaken for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters in a tag: a million runs at once before two are likely the same.
const TAG_LETTERS: usize = 4;

/// The messages of one run.
pub(super) struct Script {
    /// `crowd k3f9 #`.
    opening: String,
    roll_call: String,
    /// Numbers from here on are not of this run, whatever they look like.
    messages: u64,
}

/// A message of this run, come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) number: u64,
    /// When it was sent, from the beginning of the run.
    pub(super) at: Duration,
}

impl Script {
    /// A script for messages 0 to `messages`, with a tag of its own.
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

    /// What is said before message 0, until everybody has heard it.
    pub(super) fn roll_call(&self) -> &str {
        &self.roll_call
    }

    /// Whether `line` is the roll call of this run.
    pub(super) fn is_roll_call(&self, line: &str) -> bool {
        line.contains(&self.roll_call)
    }

    /// The words of one message.
    pub(super) fn write(&self, spoken: Spoken, person: usize) -> String {
        let Spoken { number, at } = spoken;
        let text =
            format!("{}{number} @{}us person {person} says hello", self.opening, at.as_micros());
        debug_assert!(text.len() <= limits::CROWD_TEXT_BYTES_MAX, "{text}");
        text
    }

    /// The message in `line`, wherever it stands there: servers may put a name
    /// in front of it.
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

    use super::{Script, Spoken};
    use crate::limits;

    #[test]
    fn a_message_is_found_again_with_its_number_and_time() {
        let script = Script::new(600);
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
        let script = Script::new(600);
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
        let script = Script::new(u64::MAX);
        let at = Duration::from_micros(u64::MAX);
        let text = script.write(Spoken { number: u64::MAX - 1, at }, limits::CROWD_PEOPLE_MAX);
        assert!(text.len() <= limits::CROWD_TEXT_BYTES_MAX, "{} bytes", text.len());
    }
}
