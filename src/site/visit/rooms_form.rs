//! The forms of the page with the list of rooms: to enter a room, and to make a new one.
//!
//! Owns: what the server has read from these forms.
//! Must not know: HTML, which rooms there are.
//!
//! Part: `site/visit/mod.rs`.

use super::stranger::Stranger;
use crate::admission::Password;
use crate::chat::room_name::RoomName;

/// The field by which the server tells the form for a new room from the form to enter a room.
pub const NEW_ROOM: &str = "new-room";

/// What was read from a request for the page with the list of rooms, or from that page's form, with
/// which a person goes into a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomsForm {
    /// The room that the person has just left; `None`: the person comes from no room.
    pub left: Option<RoomName>,
    /// The room from which the reader has come, and to which the page leads back.
    pub from: Option<RoomName>,
    /// The room that the person typed or chose; `None`: the page is only shown.
    pub to: Option<String>,
    /// The name for a new room that was typed on another page; `None`: none was typed.
    pub named: Option<String>,
    /// What the form says about a stranger; `None`: the form has no field for a name.
    pub stranger: Option<Stranger>,
    /// The password for a new room as it was typed; `None`: none was typed.
    pub password: Option<Password>,
    /// True if the typed password is longer than a password can be.
    pub is_password_long: bool,
    /// A message that the reader has typed on another page, and that is not sent yet; empty: there
    /// is none. It comes along into the room.
    pub text: String,
    /// True if it is the form for a new room. The form to enter a room makes none.
    pub is_new: bool,
    /// True if the person wants the new room to be hidden.
    pub is_hidden: bool,
    /// True if the form was not made for the session of the request.
    pub is_stale: bool,
    /// True if the typed name is in use and has no secret.
    pub is_name_in_use: bool,
    /// True if the secret that was typed beside the name is not wrong, so the form has it again.
    pub keeps_secret: bool,
}

impl RoomsForm {
    /// Returns a copy of the form that has the typed secret again.
    #[must_use]
    pub fn kept(&self) -> Self {
        Self { keeps_secret: true, ..self.clone() }
    }

    /// Returns whether it is the form for a new room. A program may leave out the field that says
    /// so.
    pub fn is_of_new_room(&self) -> bool {
        self.is_new || self.is_of_private_room()
    }

    /// Returns whether the new room is to have a password or to be hidden.
    pub fn is_of_private_room(&self) -> bool {
        self.password.is_some() || self.is_password_long || self.is_hidden
    }
}
