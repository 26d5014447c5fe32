//! Tests of the chat: most of them test a rule of the core, one by one, and some play thousands of
//! random events. A test runs the whole chat (`chat_rule/chat.rs`), because only the whole chat
//! shows what a client is sent at the end. `recorder.rs` records that; `world.rs` also has
//! outboxes, a file and people's devices.
//!
//! Owns: how a test talks to the chat.
//!
//! Part: `chat_rule/mod.rs`.

mod acts;
mod answers;
mod away;
mod blocking;
mod bounds;
mod classic;
mod correspondents;
mod crash;
mod crowds;
mod deleting;
mod device;
mod device_links;
mod excuses;
mod fate;
mod file;
mod former_names;
mod gains_for_the_person;
mod guesses;
mod hosts;
mod invites;
mod joins;
mod keeping;
mod lesson;
mod lives;
mod lock;
mod lookup_pace;
mod lookups;
mod names;
mod numbered;
mod numbers;
mod outbox;
mod pace;
mod pins;
mod places;
mod poll;
mod private;
mod private_changes;
mod private_logs;
mod reading;
mod recorder;
mod removal;
mod renaming;
mod replying;
mod resends;
mod saving;
mod searching;
mod sessions;
mod tokens;
mod unread;
mod views;
mod visiting;
mod world;

use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::config::TalkPace;
use crate::chat::core::tests::{name, token};
use crate::chat::core::{CameFrom, CoreSettings, Greeting, Made, Moment, Newcomer, Stay};
use crate::chat::entry::{MessageId, Seen, UnixMillis};
use crate::chat::record::Stored;
use crate::chat::request::{Claim, Deed, Hello, Post, Request, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::Token;
use crate::chat_rule::chat::ChatSettings;
use recorder::{Done, Happened, RecordedChat};

const ANN: ClientId = ClientId(1);
const BO: ClientId = ClientId(2);

fn chat() -> RecordedChat {
    chat_that_keeps(1000, 64)
}

fn chat_that_keeps(log_entries_max: usize, chunk_lines_max: usize) -> RecordedChat {
    RecordedChat::new(settings(log_entries_max, chunk_lines_max, 7), Stored::default(), moment(0))
}

fn settings(log_entries_max: usize, chunk_lines_max: usize, epoch_seed: u64) -> ChatSettings {
    let server_key = epoch_seed;
    let core = CoreSettings { epoch_seed, log_entries_max, server_key, ..CoreSettings::default() };
    let (pace, stores) = (TalkPace::default(), false);
    let unstored_records_max = limits::UNSTORED_RECORDS_MAX;
    let unstored_bytes_max = limits::UNSTORED_BYTES_MAX;
    ChatSettings { core, chunk_lines_max, stores, unstored_records_max, unstored_bytes_max, pace }
}

/// The mark of this name with this secret in [`chat`] and similar chats, whose key is 7.
fn mark_of(shown: &str, secret: &str) -> Mark {
    Digest::of_name(secret).mark(7, name(shown).skeleton())
}

fn moment(seconds: u64) -> Moment {
    let chat_time = std::time::Duration::from_secs(seconds);
    Moment { chat_time, utc: UnixMillis(1_000_000 + seconds * 1000) }
}

/// Applies one event at time zero. Returns what the chat did.
fn apply(chat: &mut RecordedChat, event: Happened) -> Vec<Done> {
    apply_at(chat, 0, event)
}

fn apply_at(chat: &mut RecordedChat, seconds: u64, event: Happened) -> Vec<Done> {
    let mut done = Vec::new();
    chat.apply(moment(seconds), event, &mut done);
    done
}

fn said(client: ClientId, text: &str) -> Happened {
    Happened::Asked(client, Request::Classic(text.into()))
}

fn came_from(network: Option<ClientNetwork>) -> CameFrom {
    CameFrom { network, addr: None }
}

fn id(text: &str) -> Option<MessageId> {
    MessageId::parse(text)
}

fn place(room: RoomName, seen: Option<Seen>) -> RoomPosition {
    RoomPosition { seen, ..RoomPosition::of(room) }
}

/// Returns the event of a numbered client that says hello with this name and enters the lobby.
fn numbered(client: ClientId, wanted: Option<&str>, had: Option<Token>, fresh: u8) -> Happened {
    let seen = None;
    let rooms = vec![place(RoomName::lobby(), seen)];
    let name = wanted.map(|wanted| Claim { name: name(wanted), secret: None });
    let hello = Hello { name, token: had, rooms, ..Hello::default() };
    let greeting =
        Greeting { hello, fresh: token(fresh), is_admitted: true, stay: Stay::Connected };
    Happened::Newcomer(client, Newcomer::WithHello(Box::new(greeting)), came_from(None))
}

fn post(client: ClientId, id: Option<MessageId>, deed: Deed) -> Happened {
    Happened::Asked(
        client,
        Request::Post(Box::new(Post { log: RoomName::lobby().into(), id, reply_to: None, deed })),
    )
}

fn join(client: ClientId, room: &str, seen: Option<Seen>) -> Happened {
    let room = RoomName::parse(room).unwrap();
    Happened::Asked(client, Request::Join(Box::new(place(room, seen)), None))
}
