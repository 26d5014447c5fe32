//! What can happen to the chat (`Chat::step`).
//!
//! Owns: which events there are.
//! Must not know: what follows from an event; `chat_rule/chat.rs` has that.
//!
//! Part: `chat_rule/mod.rs`.

use crate::base::client_id::ClientId;
use crate::chat::core::{CameFrom, Newcomer};
use crate::chat::entry::{Epoch, Seq};
use crate::chat::record::FoundLines;
use crate::chat::request::Request;

/// Something that has happened, or whose time in the hub's round has come.
#[derive(Debug)]
pub enum ChatEvent {
    /// A client wants to enter, and waits until the chat welcomes or refuses it.
    Newcomer(ClientId, Newcomer, CameFrom),
    /// A client has sent a request. The chat drops the request if it has closed the client or did
    /// not welcome it.
    Asked(ClientId, Request),
    /// A client has left, and the chat has got all its requests.
    Left(ClientId),
    /// Everything has been sent to this client. If it waits for a chunk or an answer, it gets that
    /// at this round's or a later [`CatchUpTurn`](Self::CatchUpTurn).
    Drained(ClientId),
    /// The chat must push all queued lines and answers now: newcomers come next, or this round has
    /// no more requests.
    PushCollected,
    /// It is the turn of the clients that are behind, and of the questions that have waited until
    /// their client had received its previous long answer. The chat serves a few of them.
    CatchUpTurn,
    /// Time has passed. The chat does what is due, and handles at most one of the requests that
    /// came too fast and have waited long enough.
    Ticked,
    /// The server is stopping.
    Stopping,
    /// The history has ended the batch that the hub gave it. `Ok`: the batch is stored. `Err`: the
    /// reason why it is not.
    BatchEnded(Result<(), String>),
    /// The history has begun a new, empty file, because the old one was lost or damaged. If it had
    /// a batch, that batch is not stored.
    FileIsNew,
    /// The history's file is lost or damaged. The history begins a new file when it gets the next
    /// batch.
    FileIsLost,
    /// The history has deleted old lines. Each item has the epoch of a log, and the number up to
    /// which the log's lines are deleted.
    ThrownAway(Vec<(Epoch, Seq)>),
    /// The history has answered the oldest query that it had not answered yet. `Ok`: the lines that
    /// it found. `Err`: the reason why it cannot read them.
    QueryAnswered(Result<FoundLines, String>),
}
