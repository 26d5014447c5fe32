//! Why something did not happen that somebody asked for.
//!
//! Owns: the reasons, their words for people and for programs.
//! Must not know: who decides.
//!
//! Next: `chat/told.rs`.

use std::time::Duration;

use crate::limits;

/// Why something did not happen. Each is one sentence with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody else has the name, or one that looks the same.
    #[error(
        "this name, or one that looks like it, is taken; pick another, or give its secret if it has one"
    )]
    NameTaken,
    /// The same, and whoever has it is away: it is free after that time. It has no secret.
    #[error("this name, or one that looks like it, is kept for {}; pick another", who_left(*.0))]
    NameKept(Duration),
    /// The name has another secret than the one that was given.
    #[error("that is not the secret of this name; type it again, or pick another name")]
    WrongSecret,
    /// One must be in a room to speak there.
    #[error("you are not in this room; join it first")]
    NotInRoom,
    /// One is in a room once.
    #[error("you are in this room already")]
    InRoom,
    /// As many rooms as the box or one client may have.
    #[error("{}", no_more_rooms(*.0))]
    TooManyRooms(usize),
    /// As many rooms as one address may make, while others may want some.
    #[error("your address has made {0} rooms, and what is left is for others; join one")]
    RoomsOfAddress(usize),
    /// As many people as a room may have.
    #[error("this room is full: {0} people; try again later, or join another one")]
    RoomFull(usize),
    /// As many lines as one person may have.
    #[error("you are here {0} times already; you are a guest on this line")]
    TooManyDevices(usize),
    /// Only what is said can be edited or deleted, only by who said it, and only
    /// while it is kept.
    #[error("only your own message can be changed, while it is kept")]
    NotYours,
    /// The room asks for a password.
    #[error("this room asks for a password")]
    PasswordNeeded,
    /// It has another one.
    #[error("that is not the room's password; try again")]
    WrongPassword,
    /// Too many wrong passwords or secrets from one's address; the right one has to wait.
    #[error("too many wrong passwords from your address; wait {} and try again", seconds(*.0))]
    TooManyGuesses(Duration),
    /// Only who made a room may change how it is kept from strangers.
    #[error("only who made this room can do that")]
    NotYourRoom,
    /// The file has it, and it cannot be read.
    #[error("what is older cannot be read now; try again later")]
    Unreadable,
    /// There is no file.
    #[error("this server keeps nothing to look through; scroll back instead")]
    NothingKept,
    /// There is nobody to write to.
    #[error("nobody is called that here; look up the name and send it again")]
    NoSuchPerson,
    /// Another person may have the name of the one to whom it is.
    #[error("another person may have this name now; if you mean that one, send it with anew: true")]
    AnotherPerson,
    /// It was asked this long too early.
    #[error("too fast; wait {} and send it again", seconds(*.0))]
    TooFast(Duration),
}

impl Refused {
    /// One word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NameTaken | Self::NameKept(_) => "name-taken",
            Self::WrongSecret => "wrong-secret",
            Self::NotInRoom => "not-in-room",
            Self::InRoom => "in-room",
            Self::TooManyRooms(_) | Self::RoomsOfAddress(_) => "too-many-rooms",
            Self::RoomFull(_) => "room-full",
            Self::TooManyDevices(_) => "too-many-devices",
            Self::NotYours => "not-yours",
            Self::PasswordNeeded => "password-needed",
            Self::WrongPassword => "wrong-password",
            Self::TooManyGuesses(_) => "too-many-guesses",
            Self::NotYourRoom => "not-your-room",
            Self::Unreadable => "unreadable",
            Self::NothingKept => "nothing-kept",
            Self::NoSuchPerson => "no-such-person",
            Self::AnotherPerson => "another-person",
            Self::TooFast(_) => "too-fast",
        }
    }

    /// After how long the same would be taken, if it is a matter of time.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooFast(wait) | Self::TooManyGuesses(wait) => Some(*wait),
            _ => None,
        }
    }
}

/// Of one's own, or of all that the box has.
fn no_more_rooms(most: usize) -> String {
    if most == limits::ROOMS_PER_CLIENT_MAX {
        return format!("you are in {most} rooms, and in no more at once; leave one first");
    }
    format!("there are {most} rooms and no more fit; leave one, or join one that is there")
}

/// For whom a name is kept, and for how long.
fn who_left(time: Duration) -> String {
    let time = match (in_minutes(time), in_hours(time)) {
        (1, _) => "a minute".to_owned(),
        (minutes, ..=2) => format!("{minutes} minutes"),
        (_, hours) => format!("{hours} hours"),
    };
    format!("somebody who has left, for {time}")
}

/// Whole minutes, and not none.
pub fn in_minutes(time: Duration) -> u64 {
    time.as_secs().div_ceil(60).max(1)
}

/// Whole hours, and not none.
pub fn in_hours(time: Duration) -> u64 {
    time.as_secs().div_ceil(60 * 60).max(1)
}

/// Whole seconds, and not none.
fn seconds(wait: Duration) -> String {
    match wait.as_millis().div_ceil(1000).max(1) {
        1 => "a second".to_owned(),
        more => format!("{more} seconds"),
    }
}
