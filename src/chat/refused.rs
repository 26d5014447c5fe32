//! Why the server refused a request.
//!
//! Owns: the reasons, and their words for people and for programs.
//! Must not know: who decides.
//!
//! Part: `chat/mod.rs`.

use std::time::Duration;

/// The reason why a request was refused. Its text is one sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The client cannot get the name that it wants: another person has it or one that looks like
    /// it, or it would read like another person's name with its mark.
    #[error("this name, or one that looks like it, is taken; choose another")]
    NameTaken,
    /// Another person has the name that the client wants, or one that looks like it, and that name
    /// has a secret. The client has sent none.
    #[error(
        "this name, or one that looks like it, is taken; choose another, or enter its password if it is yours"
    )]
    NameHasSecret,
    /// A person who is away has the name that the client wants, or one that looks like it, and that
    /// name has no secret. The value is how long the name stays reserved.
    #[error("this name, or one that looks like it, is reserved for {}; choose another", who_left(*.0))]
    NameKept(Duration),
    /// Another person had the name that the client wants, or one that looks like it, before the
    /// present one, and it is kept for that person.
    #[error(
        "this name, or one that looks like it, is kept for somebody who had it before; choose another"
    )]
    NameGivenUp,
    /// The client has sent a secret that is not the secret of the name. Or it wants another name or
    /// secret for its person, and another session of this person has sent a new secret that is
    /// still pending.
    #[error("that is not the password for this name; try again, or choose another name")]
    WrongSecret,
    /// The room of the request does not exist. Or the request is one that only a client in the room
    /// may send, and the client is not in it.
    #[error("you are not in this room; join it first")]
    NotInRoom,
    /// The client wants to join a room in which it is already, or to invite a person who is in it.
    #[error("you are already in this room")]
    InRoom,
    /// The client is in as many rooms as one client may be. The value is that number.
    #[error("you are in {0} rooms, and in no more at once; leave one first")]
    RoomsOfClient(usize),
    /// The server has the maximum number of rooms, and none of them may end now. The value is that
    /// number.
    #[error("there are {0} rooms and no more fit; leave one, or join one that is there")]
    RoomsOfServer(usize),
    /// Clients of the same network have made this many rooms, and may make no more now, because the
    /// remaining rooms are for clients of other networks.
    #[error(
        "{0} rooms were created from your network, and the remaining places are for others; join a room"
    )]
    RoomsOfNetwork(usize),
    /// The room that the client wants to join has the maximum number of people. The value is that
    /// number.
    #[error("this room is full: {0} people; try again later, or join another one")]
    RoomFull(usize),
    /// The person that the client wants to be has the maximum number of clients. The value is that
    /// number.
    #[error("you are signed in on {0} devices already; you are a guest on this one")]
    TooManyDevices(usize),
    /// The client has followed a link to get a session on this device, and the link is unknown,
    /// used or too old, or the session that has made it has ended.
    #[error("this link was used before or is too old; make a new one on your other device")]
    BadLink,
    /// The client has followed a link to become a host. The link is unknown or too old, or another
    /// person has used it.
    #[error("this link was used or is too old; `threadbare host` on the server makes another")]
    BadHostLink,
    /// The client has no password of the room, and an invite that the room does not have: it is
    /// unknown, one of too many, or older than the room's password. Or the room does not exist.
    #[error("this invite is no longer valid; ask for a new one")]
    BadInvite,
    /// The client may not edit or delete this line. A message can be edited or deleted only if it
    /// is in a room's log and in the core's memory, and only by its author.
    #[error("you can edit or delete only your own recent messages; check the number")]
    NotYours,
    /// The client wants its person removed, and has not sent the person's name as a confirmation.
    #[error("that is not your name; nothing was removed")]
    NotYourName,
    /// The client wants its person removed, and the history cannot store that now.
    #[error(
        "the server cannot store anything at the moment, so nothing was removed; wait and try again"
    )]
    NotStoring,
    /// The client wants to answer or to pin a message that does not exist: no message has the
    /// number, or the message was deleted.
    #[error("there is no message with that number here")]
    NoSuchMessage,
    /// The room has a password, and the client must send it first.
    #[error("this room needs a password")]
    PasswordNeeded,
    /// The client has sent a password that is not the room's.
    #[error("that is not the room's password; try again")]
    WrongPassword,
    /// Too many wrong passwords or secrets came from the client's network. The value is how long
    /// the client must wait. Until then the server refuses the right one, too.
    #[error("too many wrong passwords from your address; wait {} and try again", seconds(*.0))]
    TooManyGuesses(Duration),
    /// The client wants to change a room's password, or whether the room is hidden, and has no
    /// right to do so: its person has not made the room, or only another session of the person has
    /// the right. Or it wants to make a room, and another person has made one of that name.
    #[error("only the person who created this room, a keeper of it, or a host can do that")]
    NotYourRoom,
    /// The client's person is a keeper of the room, and only its maker and hosts can name keepers.
    #[error("only the person who created this room, or a host, can do that")]
    NotMaker,
    /// The client's person is no host.
    #[error("only the hosts of this chat can do that")]
    NotHost,
    /// The client wants to end that somebody is a host, and there would be no host any more.
    #[error("that is the last host, who stays one; make somebody else a host first")]
    LastHost,
    /// A host has blocked the client's person from the whole chat. The value is for how long yet.
    #[error("you are blocked from this chat for {}", for_how_long(*.0))]
    Blocked(Duration),
    /// Somebody who looks after the room has muted the client's person. The value is for how long
    /// yet.
    #[error("you are muted in this room for {}; you can read it", for_how_long(*.0))]
    Muted(Duration),
    /// Somebody who looks after the room has put the client's person out. The value is for how long
    /// yet.
    #[error("you are put out of the room for {}; choose another one", for_how_long(*.0))]
    PutOut(Duration),
    /// The room is in slow mode, and the client's author has written a message a short time ago.
    /// The value is how long the author must wait.
    #[error("this room is in slow mode: wait {}, then send it again", seconds(*.0))]
    Slow(Duration),
    /// The room is closed, or somebody from the client's network is banned from it; and nobody has
    /// admitted the client's person.
    #[error("this room is for people whom its keepers let in; wait until they do")]
    Closed,
    /// Only whoever looks after the room can write in it now.
    #[error("this room is frozen: only whoever looks after it can write; wait until that ends")]
    Frozen,
    /// The client's person or the receiver is in a room with a lesson.
    #[error(
        "there is a lesson: until it ends, names stay as they are, and private messages go only \
         to those who look after the room"
    )]
    Lesson,
    /// What was typed for a poll has no question, or not two to eight answers that differ.
    #[error("this is no poll: send a question and two to eight answers, as in Tea? yes, no")]
    BadPoll,
    /// The room has no poll with this answer, or too many people have voted.
    #[error("there is no poll here with this answer; /poll shows the poll")]
    NoSuchChoice,
    /// A list of people of the room has as many as it may have. The value is that number.
    #[error("there are {0} people in this list and no more fit; remove one first")]
    ListFull(usize),
    /// The client wants to mute or to put out a person who looks after the room, too.
    #[error("that is somebody who looks after the room, too; nobody can do that to them")]
    IsKeeper,
    /// A host wants to hide the lobby or to lock it.
    #[error(
        "this room is open to everybody; for a password, start the server with --password-file"
    )]
    LobbyIsOpen,
    /// The lines that the client wants may be in the history's file, and the file cannot be read.
    #[error("older messages cannot be read right now; try again later")]
    Unreadable,
    /// The client wants to search, and the server has no history.
    #[error("this server keeps no history to search; scroll back instead")]
    NothingKept,
    /// No person has the name that is in the request. Or the client asks about a person and is
    /// itself no person.
    #[error("there is nobody with that name; check the name and send it again")]
    NoSuchPerson,
    /// The person who has the receiver's name now may be another person than the sender of the
    /// private message means.
    #[error(
        "another person may have this name now; if you mean that person, send it with anew: true"
    )]
    AnotherPerson,
    /// The client or its network does too much in a short time, or the server has no time or space
    /// for this request now. The value is how long the client must wait before it sends the request
    /// again.
    #[error("too fast: wait {}, then send it again", seconds(*.0))]
    TooFast(Duration),
}

impl Refused {
    /// Returns the reason as one word for programs. Some reasons have the same word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NameTaken | Self::NameHasSecret | Self::NameKept(_) | Self::NameGivenUp => {
                "name-taken"
            }
            Self::WrongSecret => "wrong-secret",
            Self::NotInRoom => "not-in-room",
            Self::InRoom => "in-room",
            Self::RoomsOfClient(_) | Self::RoomsOfServer(_) | Self::RoomsOfNetwork(_) => {
                "too-many-rooms"
            }
            Self::RoomFull(_) => "room-full",
            Self::TooManyDevices(_) => "too-many-devices",
            Self::BadLink => "bad-link",
            Self::BadHostLink => "bad-host-link",
            Self::BadInvite => "bad-invite",
            Self::NotYours => "not-yours",
            Self::NotYourName => "not-your-name",
            Self::NotStoring => "not-storing",
            Self::NoSuchMessage => "no-such-message",
            Self::PasswordNeeded => "password-needed",
            Self::WrongPassword => "wrong-password",
            Self::TooManyGuesses(_) => "too-many-guesses",
            Self::NotYourRoom => "not-your-room",
            Self::NotMaker => "not-maker",
            Self::NotHost => "not-host",
            Self::LastHost => "last-host",
            Self::Blocked(_) => "blocked",
            Self::Muted(_) => "muted",
            Self::PutOut(_) => "put-out",
            Self::Frozen => "frozen",
            Self::Slow(_) => "slow-mode",
            Self::Lesson => "lesson",
            Self::BadPoll => "bad-poll",
            Self::NoSuchChoice => "no-such-choice",
            Self::Closed => "room-closed",
            Self::ListFull(_) => "list-full",
            Self::IsKeeper => "is-keeper",
            Self::LobbyIsOpen => "lobby-is-open",
            Self::Unreadable => "unreadable",
            Self::NothingKept => "nothing-kept",
            Self::NoSuchPerson => "no-such-person",
            Self::AnotherPerson => "another-person",
            Self::TooFast(_) => "too-fast",
        }
    }

    /// Returns how long the client must wait, if the reason is that it was too fast, for the server
    /// or for the room's slow mode, or has guessed too often; `None`: it is another reason.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::TooFast(wait) | Self::Slow(wait) | Self::TooManyGuesses(wait) => Some(*wait),
            _ => None,
        }
    }
}

fn who_left(time: Duration) -> String {
    format!("somebody who has left, for {}", for_how_long(time))
}

/// Returns the time in words, such as `10 minutes`, rounded up.
pub fn for_how_long(time: Duration) -> String {
    match (in_minutes(time), in_hours(time)) {
        // A minute that has just begun is called a minute.
        (1, _) if time < Duration::from_secs(55) => seconds(time),
        (1, _) => "a minute".to_owned(),
        (minutes, ..=2) => format!("{minutes} minutes"),
        (_, hours @ ..=48) => format!("{hours} hours"),
        (_, hours) => format!("{} days", hours.div_ceil(24)),
    }
}

/// Returns the time in minutes, rounded up from whole seconds; at least 1.
pub fn in_minutes(time: Duration) -> u64 {
    time.as_secs().div_ceil(60).max(1)
}

/// Returns the time in hours, rounded up from whole seconds; at least 1.
pub fn in_hours(time: Duration) -> u64 {
    time.as_secs().div_ceil(60 * 60).max(1)
}

fn seconds(wait: Duration) -> String {
    match wait.as_millis().div_ceil(1000).max(1) {
        1 => "a second".to_owned(),
        more => format!("{more} seconds"),
    }
}
