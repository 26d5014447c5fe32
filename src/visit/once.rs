//! What a form is called, so that sending it again does no harm.
//!
//! A form may come twice: a press too many, a page that is loaded again, somebody who
//! goes back. What is done with it is called by the form's number and by all that was
//! filled in: the same from the same form is one deed, anything else is another. And as
//! long as the hub remembers what things were called since the form was made, it can
//! tell.
//!
//! Owns: that number's shape.
//! Must not know: HTML.
//!
//! Next: `visit/seen.rs`.

use crate::chat::entry::{MessageId, Seq};
use crate::chat::token::random;
use crate::chat::told::Told;
use crate::fingerprint::fingerprint;

/// A form's number: `SEQ-RANDOM`, how far its room was when it was made, and what nobody
/// else has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once(String);

/// Leaves place in an id for the words' fingerprint.
const BYTES_MAX: usize = 46;

impl Once {
    /// Of a form that is made now; `None`: the kernel has no randomness.
    pub fn new(at: Seq) -> Option<Self> {
        let bytes = random::<12>().ok()?;
        let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self(format!("{}-{random}", at.0)))
    }

    /// As it stood in a form; `None` if no form of ours is called so.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, random) = text.split_once('-')?;
        at.parse::<u64>().ok()?;
        let fits = text.len() <= BYTES_MAX && random.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(text.to_owned()))
    }

    /// As it stands in a form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How far the room was when the form was made.
    pub fn at(&self) -> Seq {
        let at = self.0.split_once('-').and_then(|(at, _)| at.parse().ok());
        Seq(at.unwrap_or_default())
    }

    /// Whether the room of which this was told has forgotten what things were called when
    /// the form was made.
    pub(super) fn is_too_old(&self, told: &[Told]) -> bool {
        let ids_behind = told.iter().find_map(|told| match told {
            Told::Joined(joined) => Some(joined.ids_behind),
            _ => None,
        });
        ids_behind.is_some_and(|ids_behind| self.at() < ids_behind)
    }

    /// What is called so that was filled into this form: all of its fields, in their order.
    pub fn id(&self, fields: &[&str]) -> Option<MessageId> {
        let parts = fields.iter().flat_map(|field| [field.as_bytes(), b"\0"]);
        MessageId::parse(&format!("{}-{}", self.0, fingerprint(parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::Once;
    use crate::chat::entry::Seq;

    #[test]
    fn a_form_is_called_by_its_place_and_a_deed_by_what_was_filled_in_too() {
        let once = Once::new(Seq(u64::MAX)).unwrap();
        assert_eq!(Once::parse(once.as_str()), Some(once.clone()));
        assert_eq!(once.at(), Seq(u64::MAX));
        assert_eq!(once.id(&["hello", "Bo"]), once.id(&["hello", "Bo"]));
        assert_ne!(once.id(&["hello", "Bo"]).unwrap(), once.id(&["hello", "Cy"]).unwrap());
        assert_ne!(once.id(&["hello", "Bo"]), once.id(&["helloBo", ""]));
        assert_ne!(once.id(&["hello"]), Once::new(Seq(7)).unwrap().id(&["hello"]));
    }

    #[test]
    fn what_no_form_of_ours_is_called_is_none() {
        for text in ["", "7", "-ab", "x-ab", "7-xyz", "7-ab cd", &format!("7-{}", "a".repeat(60))] {
            assert_eq!(Once::parse(text), None, "{text}");
        }
    }
}
