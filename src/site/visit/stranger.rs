//! The person that a form makes of a stranger: one person, however often the stranger sends the
//! form.
//!
//! An answer may get lost, or a button may be pressed twice. A browser without a session would
//! become a new person each time, would say its text again, and could not have its first name
//! again. So a stranger's form contains a random seed. The session is derived from the seed, the
//! name and secret, and the sender's network: the same form gives the same session.
//!
//! Owns: what such a form says about its sender; the session that is made of it.
//! Must not know: HTML, which people there are.
//!
//! Part: `site/visit/mod.rs`.

use std::fmt;
use std::net::IpAddr;

use super::form_key::FormKey;
use crate::admission::{ClientNetwork, Password};
use crate::chat::request::Claim;
use crate::chat::secret::Digest;
use crate::chat::token::Token;

/// The value of the button *Sign in* in a form for a message. Its name is `enter`.
pub const SIGN_IN: &str = "sign-in";

/// What a form says about the stranger who sends it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stranger {
    /// `NAME`, or `NAME#SECRET`; empty: nothing was typed, and the hub gives a guest's name.
    typed: String,
    /// The seed of the form: random, and different in each form. `None`: the form has no seed.
    seed: Option<Token>,
}

impl Stranger {
    /// Makes a stranger who typed this name. The secret is either after the `#` in the name or in
    /// `secret`.
    #[must_use]
    pub fn new(name: String, secret: &str, seed: Option<Token>) -> Self {
        let is_whole = secret.is_empty() || name.contains('#');
        Self { typed: if is_whole { name } else { format!("{name}#{secret}") }, seed }
    }

    /// Returns what was typed, `NAME` or `NAME#SECRET`, as `threadbare.v1` has them.
    pub fn claim(&self) -> &str {
        &self.typed
    }

    /// Returns the name alone, as it was typed.
    pub fn name(&self) -> &str {
        without_secret(&self.typed)
    }

    /// Returns the secret alone, as it was typed; `None`: none was typed, or it is too long.
    pub fn secret(&self) -> Option<Password> {
        let (_, secret) = self.typed.split_once('#')?;
        Password::new(secret.to_owned())
    }

    /// Returns the session of a stranger who sends this form from the network `from`. With the same
    /// key, the same claim, form and network give the same session. `None`: the form has no seed,
    /// or the server has no key.
    ///
    /// The key is secret. Otherwise anyone who knows a form could compute its session.
    ///
    /// The network is part of the input. Otherwise an attacker could make a page with a form and
    /// send the form once. A reader who sends the same form would then get the attacker's session.
    /// The stranger's secret is part of the input, too. So an attacker who has only the form cannot
    /// get the session of a person who has a secret.
    pub(super) fn session(
        &self,
        key: &FormKey,
        claim: Option<&Claim>,
        from: IpAddr,
    ) -> Option<Token> {
        let name = claim.map_or("", |claim| claim.name.shown());
        let secret = claim.and_then(|claim| claim.secret.as_ref()).map_or(&[][..], Digest::bytes);
        // No name has a NUL.
        let claimed = [name.as_bytes(), b"\0", secret];
        session_of_form(key, FormKind::Stranger, self.seed.as_ref()?, from, &claimed)
    }
}

/// The kinds of forms that give their sender a session. Each kind has a label of its own in the
/// input of the hash. So no form gives the session of a form of another kind.
#[derive(Clone, Copy, Debug)]
pub(super) enum FormKind {
    /// A stranger's form, which makes a person.
    Stranger,
    /// The form of a link to another device.
    DeviceLink,
    /// The form by which a person signs out everywhere else.
    SignOut,
}

/// Returns the session that a form with this seed gives. With the same key, kind, seed, network and
/// `rest` it is the same session. `None`: the server has no key.
pub(super) fn session_of_form(
    key: &FormKey,
    kind: FormKind,
    seed: &Token,
    from: IpAddr,
    rest: &[&[u8]],
) -> Option<Token> {
    let label: &[u8] = match kind {
        FormKind::Stranger => b"stranger\0",
        FormKind::DeviceLink => b"link\0",
        FormKind::SignOut => b"sign-out\0",
    };
    let (seed, network) = (seed.reveal(), ClientNetwork::of(from).bytes());
    // The key, the seed and the network have a fixed length, and no label has a second NUL. So two
    // different inputs never give the same bytes.
    let parts = [key.bytes()?, label, seed.as_bytes(), &network].into_iter();
    Some(Token::of(parts.chain(rest.iter().copied())))
}

/// Returns a typed name without its secret, which is everything after the `#`.
pub fn without_secret(typed: &str) -> &str {
    typed.split('#').next().unwrap_or_default()
}

/// The text may contain a secret, which must not get into a log line.
impl fmt::Debug for Stranger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Stranger({:?})", self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{FormKey, Stranger};
    use crate::chat::name::Name;
    use crate::chat::request::Claim;
    use crate::chat::secret::Digest;
    use crate::chat::token::Token;

    #[test]
    fn a_form_makes_one_session_and_none_for_another_name_secret_or_place() {
        let key = FormKey::of(None);
        let form = Stranger::new("Ann".to_owned(), "", Token::new().ok());
        let claim = |name, secret: Option<&str>| Claim {
            name: Name::parse(name).unwrap(),
            secret: secret.map(Digest::of_name),
        };
        let at: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
        let session = |claim: Option<&Claim>, ip| form.session(&key, claim, ip).unwrap();
        let ann = claim("Ann", None);
        assert_eq!(session(Some(&ann), at[0]), session(Some(&ann), at[0]));
        let others = [
            session(Some(&ann), at[1]),
            session(Some(&claim("Bo", None)), at[0]),
            session(Some(&claim("Ann", Some("fish"))), at[0]),
            session(None, at[0]),
            Stranger::new("Ann".into(), "", Token::new().ok())
                .session(&key, Some(&ann), at[0])
                .unwrap(),
            form.session(&FormKey::of(None), Some(&ann), at[0]).unwrap(),
        ];
        for other in others {
            assert_ne!(session(Some(&ann), at[0]), other);
        }
        let seedless = Stranger::new("Ann".to_owned(), "", None);
        assert_eq!(seedless.session(&key, Some(&ann), at[0]), None);
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
