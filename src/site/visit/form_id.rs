//! The number of a form, so that sending the form twice does no harm.
//!
//! A form may be sent twice: a reader presses the button again, reloads the page, or goes back. So
//! the message id is made of the form's number and of what the form asks for. The same fields in
//! the same form give the same id, so the hub makes only one message of them. Other fields give
//! another id. This works only as long as the hub remembers all message ids that were used since
//! the form was made.
//!
//! Owns: the shape of that number.
//! Must not know: HTML.
//!
//! Part: `site/visit/mod.rs`.

use data_encoding::HEXLOWER;

use crate::base::fingerprint::{fingerprint, fnv_1a};
use crate::chat::answer::Answer;
use crate::chat::entry::{MessageId, Seq};
use crate::chat::token::random;

/// A form's number, `SEQ-RANDOM`: the number of the newest line in the room's log when the form was
/// made, and a random part that is unique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormId(String);

/// The limit on the bytes of a form's number. It leaves space in a message id for the fingerprint
/// of the fields.
const BYTES_MAX: usize = 46;

impl FormId {
    /// Makes the number of a new form. `at` is the number of the newest line in the room's log.
    /// `None`: the kernel has no randomness.
    pub fn new(at: Seq) -> Option<Self> {
        let bytes = random::<12>().ok()?;
        Some(Self(format!("{}-{}", at.0, HEXLOWER.encode(&bytes))))
    }

    /// Reads a form's number from `text`; `None`: the text does not have the shape of such a
    /// number.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, random) = text.split_once('-')?;
        at.parse::<u64>().ok()?;
        let fits = text.len() <= BYTES_MAX && random.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the number as it is written in a form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a short mark of the form, for a link in a frame of its page. It is not 0, and other
    /// forms have other marks as a rule.
    pub fn mark(&self) -> u32 {
        u32::try_from(fnv_1a([self.0.as_bytes()]) % u64::from(u32::MAX)).unwrap_or_default() | 1
    }

    /// Returns the number of the newest line in the room's log when the form was made.
    pub fn at(&self) -> Seq {
        let at = self.0.split_once('-').and_then(|(at, _)| at.parse().ok());
        Seq(at.unwrap_or_default())
    }

    /// Returns whether the form was made before the oldest message whose id the room still
    /// remembers. `answers` has what the hub said when the visitor entered the room. If the visitor
    /// did not get into the room, this returns false.
    pub(super) fn is_too_old(&self, answers: &[Answer]) -> bool {
        let ids_behind = answers.iter().find_map(|answer| match answer {
            Answer::Joined(joined) => Some(joined.ids_behind),
            _ => None,
        });
        ids_behind.is_some_and(|ids_behind| self.at() < ids_behind)
    }

    /// Returns the message id for these fields of the form. The same fields in another order give
    /// another id.
    pub fn id(&self, fields: &[&str]) -> Option<MessageId> {
        let parts = fields.iter().flat_map(|field| [field.as_bytes(), b"\0"]);
        MessageId::parse(&format!("{}-{}", self.0, fingerprint(parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::FormId;
    use crate::chat::entry::Seq;

    #[test]
    fn a_form_is_called_by_its_place_and_a_deed_by_what_was_filled_in_too() {
        let form_id = FormId::new(Seq(u64::MAX)).unwrap();
        assert_eq!(FormId::parse(form_id.as_str()), Some(form_id.clone()));
        assert_eq!(form_id.at(), Seq(u64::MAX));
        assert_eq!(form_id.id(&["hello", "Bo"]), form_id.id(&["hello", "Bo"]));
        assert_ne!(form_id.id(&["hello", "Bo"]).unwrap(), form_id.id(&["hello", "Cy"]).unwrap());
        assert_ne!(form_id.id(&["hello", "Bo"]), form_id.id(&["helloBo", ""]));
        assert_ne!(form_id.id(&["hello"]), FormId::new(Seq(7)).unwrap().id(&["hello"]));
    }

    #[test]
    fn what_no_form_of_ours_is_called_is_none() {
        for text in ["", "7", "-ab", "x-ab", "7-xyz", "7-ab cd", &format!("7-{}", "a".repeat(60))] {
            assert_eq!(FormId::parse(text), None, "{text}");
        }
    }
}
