//! A password as a person typed it.
//!
//! Owns: the password's text, which is neither logged nor shown by accident.
//! Must not know: whether it is the password of the server or of a room, or the secret of a name.
//!
//! Part: `admission/mod.rs`.

use std::fmt;

use crate::base::limits;

/// The text of a password or a secret, as a person typed it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Box<str>);

impl Password {
    /// Makes a password. `None` if it is empty or longer than [`limits::SECRET_BYTES_MAX`] bytes.
    pub fn new(words: String) -> Option<Self> {
        let fits = (1..=limits::SECRET_BYTES_MAX).contains(&words.len());
        fits.then(|| Self(words.into()))
    }

    /// Returns whether `given` is this password. The time that the comparison takes may reveal how
    /// much of `given` is right, so the callers must let one network guess only a few times.
    pub fn is(&self, given: &str) -> bool {
        *self.0 == *given
    }

    /// Returns the password's text.
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
    use crate::base::limits;

    #[test]
    fn it_is_not_shown_and_has_a_length() {
        assert_eq!(format!("{:?}", Password::new("x".into())), "Some(Password(..))");
        assert_eq!(Password::new(String::new()), None);
        assert!(Password::new("x".repeat(limits::SECRET_BYTES_MAX)).is_some());
        assert_eq!(Password::new("x".repeat(limits::SECRET_BYTES_MAX + 1)), None);
    }
}
