//! The forms about links that one person gives to another, or to another device.
//!
//! Owns: what the server has read from such a form.
//! Must not know: HTML, which links are worth something.
//!
//! Part: `site/visit/mod.rs`.

use super::form_id::FormId;
use super::stranger::Stranger;
use crate::chat::token::Token;

/// A form that makes an invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkForm {
    /// True if the form was not made for the session of the request.
    pub is_stale: bool,
    /// The form's number; `None`: it has none.
    pub form_id: Option<FormId>,
    /// The name of the person to whom the invite goes; `None`: the page only shows it.
    pub to: Option<String>,
    /// True if the page of the form shows the invite, which the same number has made.
    pub is_made: bool,
}

/// A form of the page for another device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceForm {
    /// Make a link.
    Make {
        /// True if the form was not made for the session of the request.
        is_stale: bool,
    },
    /// End all other sessions of the person.
    SignOut {
        /// True if the form was not made for the session of the request.
        is_stale: bool,
        /// The seed of the form: random, and different in each form. `None`: the form has none.
        seed: Option<Token>,
    },
    /// Show the page of this link, with the name of the person who has made it.
    Look(Token),
    /// Become a client of the person who has made the link.
    Follow {
        /// The link's token; `None`: the form has no text that can be one.
        link: Option<Token>,
        /// The seed of the form: random, and different in each form. `None`: the form has none.
        seed: Option<Token>,
    },
}

/// A request about the operator's link by which somebody becomes a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostForm {
    /// Show the page of this link; `None`: of none.
    Look(Option<Token>),
    /// Become a host.
    Follow {
        /// The link's token; `None`: the form has no text that can be one.
        link: Option<Token>,
        /// Whom the form makes of a stranger.
        stranger: Stranger,
        /// True if the form was not made for the session of the request.
        is_stale: bool,
    },
}
