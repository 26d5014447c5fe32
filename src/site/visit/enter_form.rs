//! The form with which a person enters a room, and the server.
//!
//! Owns: what the server has read from this form.
//! Must not know: HTML, which rooms there are.
//!
//! Part: `site/visit/mod.rs`.

use super::stranger::Stranger;
use crate::admission::Password;
use crate::chat::entry::Seq;
use crate::chat::token::Token;

/// A request to enter a room, and the server if the person is not in it yet: a form, or a URL with
/// the server's password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnterForm {
    /// What the form says about its sender, if that is a stranger: the wanted name, its secret, and
    /// the form's seed.
    pub stranger: Stranger,
    /// The room's password as it was typed; `None`: none was typed. Its digest takes a while, so
    /// the door's thread computes it.
    pub password: Option<Password>,
    /// True if the room is to be hidden, if this form makes it.
    pub is_hidden: bool,
    /// True if this form makes no room: the person may have mistyped the room's name.
    pub must_exist: bool,
    /// True if this form only makes a room: the person may not know that another person has made a
    /// room of that name, and would write into that one.
    pub must_be_new: bool,
    /// An invite to the room, which counts as the room's password; `None`: the form has no invite.
    pub invite: Option<Token>,
    /// True if the person has pressed *Sign in*: the form makes no new person of a name.
    pub signs_in: bool,
    /// True if the form is on the page that a reader gets after signing out.
    pub has_left: bool,
    /// A text that was typed into the form, or that an earlier form could not send; empty: none.
    pub text: String,
    /// The name of the other person, if the form is on the page of a private talk. Then `text` is a
    /// private message, which must never be in the field of a room. `None`: it is another page.
    pub to: Option<String>,
    /// The number of the message that `text` replies to; `None`: it replies to none.
    pub reply_to: Option<Seq>,
    /// True if the form was not made for the session of the request.
    pub is_stale: bool,
    /// The URL on this server to go to after entering; `None`: the room's page.
    pub then: Option<String>,
    /// The message to which a link has led that stopped at this form; `None`: there is none.
    pub linked: Option<Seq>,
    /// The URL that contained the server's password, without the password. If the password is wrong
    /// or cannot be checked, the reader is redirected there. `None`: the request is a form.
    pub else_to: Option<String>,
}
