//! A form that wants something else than to say a text or to enter: a command, a private message, a
//! change of a message.
//!
//! Owns: what the server has read from such a form.
//! Must not know: how the request is parsed, HTML.
//!
//! Part: `site/visit/mod.rs`.

use super::page_request::MessageForm;
use crate::chat::command;
use crate::chat::entry::{Seq, UnixMillis};
use crate::formats::v1::fields::RequestFields;

/// What the hub is asked for by a form that wants something else than to say a text or to enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandRequest {
    /// The request itself, before it is parsed.
    pub input: CommandForm,
    /// The other person's name, as the form has it, if the form is one for private messages.
    /// `None`: it is another form.
    pub to: Option<String>,
    /// The time at which the form was made, less a millisecond, if the server filled in the
    /// addressee's name. `None`: the person typed the name, or there is no addressee.
    pub form_made_at: Option<UnixMillis>,
    /// The number of the person's own message to change or delete; `None`: it changes none.
    pub change: Option<Seq>,
    /// The page with the form, if it is one to look after a room or the chat. The answer is that
    /// page again.
    pub keeping: Option<KeepingPage>,
    /// The form that the request came in.
    pub form: MessageForm,
}

/// A page to look after something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepingPage {
    /// Of a room.
    Room,
    /// Of the whole chat.
    Chat,
}

impl CommandRequest {
    /// Makes a request that does not change an older message.
    pub fn of(input: CommandForm, to: Option<String>, form: MessageForm) -> Self {
        Self { input, to, form_made_at: None, change: None, keeping: None, form }
    }

    /// Returns whom the command invites by name; `None`: it is another command.
    pub fn invitee(&self) -> Option<&str> {
        let is_typed = self.input == CommandForm::Typed && self.to.is_none();
        command::invitee(&self.form.text).filter(|_| is_typed)
    }
}

/// A request in a form, before it is parsed. Computing the digest of a secret in it takes a while,
/// so the door's thread parses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandForm {
    /// The request is the command in the form's text, which the person typed.
    Typed,
    /// The request has these fields, which the server has filled from the form's fields.
    Filled(Box<RequestFields>),
}
