//! Who a form makes of a stranger: one person, however often it is sent.
//!
//! An answer may be lost on its way, or a button pressed twice. Whoever has no session yet
//! would be somebody else each time, who says it all again, and could never be called as
//! the first one is. So a stranger's form has a seed, and the session is made of that,
//! of what they want to be called, and of where they come from.
//!
//! Owns: what such a form says of its sender; the session that is made of it.
//! Must not know: HTML, who there is.
//!
//! Next: `visit/form_key.rs`.

use std::fmt;
use std::net::IpAddr;

use super::form_key::FormKey;
use crate::admission::Home;
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::Token;

/// What a form says of a stranger who sends it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stranger {
    /// `NAME`, or `NAME#SECRET`; empty for a guest's.
    typed: String,
    /// What no other form has in it; `None`: it was not made for strangers.
    seed: Option<Token>,
}

impl Stranger {
    /// Who typed this name, with a secret behind its `#` or in a field of its own.
    #[must_use]
    pub fn new(name: String, secret: &str, seed: Option<Token>) -> Self {
        let is_whole = secret.is_empty() || name.contains('#');
        Self { typed: if is_whole { name } else { format!("{name}#{secret}") }, seed }
    }

    /// The name with its secret, as `threadbare.v1` has them.
    #[must_use]
    pub fn claim(&self) -> &str {
        &self.typed
    }

    /// The name alone, as it was typed.
    #[must_use]
    pub fn name(&self) -> &str {
        without_secret(&self.typed)
    }
}

/// A name as it was typed, without what is behind its `#`: that is a secret.
pub fn without_secret(typed: &str) -> &str {
    typed.split('#').next().unwrap_or_default()
}

/// A secret may be in it, and must not slip into a log line.
impl fmt::Debug for Stranger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Stranger({:?})", self.name())
    }
}

/// Makes sessions of forms.
#[derive(Debug)]
pub(super) struct Strangers {
    /// Without it, whoever knows the form could make the session.
    key: FormKey,
}

impl Strangers {
    pub(super) fn new(key: FormKey) -> Self {
        Self { key }
    }

    /// The session of whoever sends this form from there; `None` if the form has no seed.
    ///
    /// Where they come from is in it so that a page which somebody else made, and sent
    /// from there before, brings nobody into that one's session. With another secret it
    /// is another one, so that a form tells nobody's.
    pub(super) fn session(
        &self,
        claim: Option<&Claim>,
        form: &Stranger,
        from: IpAddr,
    ) -> Option<Token> {
        let name = claim.map_or("", |claim| claim.name.shown());
        let secret = claim.and_then(|claim| claim.secret.as_ref()).map_or(&[][..], Digest::bytes);
        let seed = form.seed.as_ref()?.reveal();
        let home = Home::of(from).bytes();
        let key = self.key.bytes()?;
        // All but the last two have the same length everywhere, and no name has a NUL.
        Some(Token::of([key, seed.as_bytes(), &home, name.as_bytes(), b"\0", secret]))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{FormKey, Stranger, Strangers};
    use crate::chat::name::Name;
    use crate::chat::request::Claim;
    use crate::chat::secret::Digest;
    use crate::chat::token::Token;

    #[test]
    fn a_form_makes_one_session_and_none_for_another_name_secret_or_place() {
        let strangers = Strangers::new(FormKey::of(None));
        let form = Stranger::new("Ann".to_owned(), "", Token::new().ok());
        let claim = |name, secret: Option<&str>| Claim {
            name: Name::parse(name).unwrap(),
            secret: secret.map(Digest::of_name),
        };
        let at: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
        let session = |claim: Option<&Claim>, ip| strangers.session(claim, &form, ip).unwrap();
        let ann = claim("Ann", None);
        assert_eq!(session(Some(&ann), at[0]), session(Some(&ann), at[0]));
        let others = [
            session(Some(&ann), at[1]),
            session(Some(&claim("Bo", None)), at[0]),
            session(Some(&claim("Ann", Some("fish"))), at[0]),
            session(None, at[0]),
            strangers
                .session(Some(&ann), &Stranger::new("Ann".into(), "", Token::new().ok()), at[0])
                .unwrap(),
            Strangers::new(FormKey::of(None)).session(Some(&ann), &form, at[0]).unwrap(),
        ];
        for other in others {
            assert_ne!(session(Some(&ann), at[0]), other);
        }
        let seedless = Stranger::new("Ann".to_owned(), "", None);
        assert_eq!(strangers.session(Some(&ann), &seedless, at[0]), None);
    }

    #[test]
    fn a_secret_is_behind_the_name_or_in_its_own_field_and_in_no_log_line() {
        for form in [
            Stranger::new("Ann#fish".to_owned(), "", None),
            Stranger::new("Ann".to_owned(), "fish", None),
        ] {
            assert_eq!((form.name(), form.claim()), ("Ann", "Ann#fish"));
            assert!(!format!("{form:?}").contains("fish"));
        }
        assert_eq!(Stranger::new("Ann#fish".to_owned(), "soup", None).claim(), "Ann#fish");
        assert_eq!(Stranger::default().claim(), "");
    }
}
