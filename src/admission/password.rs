//! A password as a person typed it.
//!
//! Owns: that it is neither logged nor shown by accident.
//! Must not know: what it opens; a box, a room or a name.
//!
//! Next: `admission/entrance.rs`.

use std::fmt;

use crate::limits;

/// A password as it was typed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    /// `None` for an empty one, or one of more than [`limits::SECRET_BYTES_MAX`].
    pub fn new(words: String) -> Option<Self> {
        let fits = (1..=limits::SECRET_BYTES_MAX).contains(&words.len());
        fits.then(|| Self(words.into()))
    }

    /// Whether `given` is it. How long that takes may tell how much of it is
    /// right; so guesses must be few.
    pub fn is(&self, given: &str) -> bool {
        *self.0 == *given
    }

    /// The words themselves.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Password;
    use crate::limits;

    #[test]
    fn it_is_not_shown_and_has_a_length() {
        assert_eq!(format!("{:?}", Password::new("x".into())), "Some(Password(..))");
        assert_eq!(Password::new(String::new()), None);
        assert!(Password::new("x".repeat(limits::SECRET_BYTES_MAX)).is_some());
        assert_eq!(Password::new("x".repeat(limits::SECRET_BYTES_MAX + 1)), None);
    }
}
