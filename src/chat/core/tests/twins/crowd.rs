//! Makes random events for a core: clients of all kinds, which do roughly what people do.
//!
//! What the crowd's clients know comes from the core's state (the newest number, who is where), and
//! from effects (tokens, names). So an event depends on the core's earlier decisions. If a seed is
//! used again, all events are the same.
//!
//! Part: `chat/core/mod.rs`.

mod asking;
mod coming;
mod storm;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::super::super::{Core, CoreEvent, CoreSettings, Effect, LogId, Moment, Start};
use super::super::chance::Chance;
use super::super::{name, token};
use crate::base::client_id::ClientId;
use crate::chat::answer::Answer;
use crate::chat::entry::{
    AuthorTag, Entry, EntryKind, Epoch, MessageId, Seen, Seq, Speaker, UnixMillis,
};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, Sizes, SkipRange};
use crate::chat::record::{
    Before, LetIn, PastLog, PersonId, Stored, StoredLine, StoredPerson, StoredPrivateLog,
    StoredRoom,
};
use crate::chat::request::{Claim, RoomPosition};
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::{Token, TokenDigest};
use storm::Storm;

/// The key of the two cores, with which they make marks.
const SERVER_KEY: u64 = 9;
const ROOMS: [&str; 10] =
    ["lobby", "kitchen", "attic", "den", "shed", "yard", "hall", "roof", "barn", "porch"];
/// The room in which people write long texts.
const LONG: &str = "attic";
const SECRETS: u8 = 5;
/// Until shortly before the end, clients leave only while at least this many are connected.
const FEW: usize = 20;

pub(super) struct Crowd {
    chance: Chance,
    at: Moment,
    /// How many events the crowd has made; `all` is how many it will make.
    happened: usize,
    all: usize,
    last_client_id: u64,
    last_token: u64,
    last_message: u64,
    members: Vec<Member>,
    /// Clients that the core has closed. The event that says that they have left comes later.
    ended: Vec<ClientId>,
    /// Tokens that clients were told, the newest last.
    told: VecDeque<TokenDigest>,
    /// The tokens in `told` that no client has shown yet.
    unshown: VecDeque<(ClientId, TokenDigest)>,
    /// Links to other devices that clients have made, the newest last.
    links: VecDeque<TokenDigest>,
    /// Links of the operator, by which somebody becomes a host, the newest last.
    host_links: VecDeque<TokenDigest>,
    /// Invites to rooms that clients have asked for, the newest last.
    invites: VecDeque<(RoomName, TokenDigest)>,
    /// Names that people had, the newest last.
    called: VecDeque<Name>,
    /// Lines that were said, the newest last.
    lines: VecDeque<(LogId, Seq)>,
    names: Vec<Name>,
    storm: Option<Storm>,
}

/// A connected client.
#[derive(Clone)]
struct Member {
    client: ClientId,
    is_classic: bool,
    /// The id of the client's newest message.
    last_id: Option<MessageId>,
}

/// Appends the new item, and removes the oldest one if there are more than `most`.
fn remember<T>(all: &mut VecDeque<T>, new: T, most: usize) {
    all.push_back(new);
    if all.len() > most {
        all.pop_front();
    }
}

impl Crowd {
    pub(super) fn new(seed: u64, all: usize) -> Self {
        let names = ["Ann", "Bo", "Cleo", "Dan", "Eve", "Fay", "Gus", "Ida"];
        let mut names: Vec<_> = (0..48)
            .map(|number: usize| name(&format!("{}{}", names[number % 8], "i".repeat(number / 8))))
            .collect();
        // The first of these names looks like Ann's. The second one reads like Bo's name with Bo's
        // mark.
        names.push(name("Аnn"));
        let mark = secret(1).mark(SERVER_KEY, name("Bo").skeleton());
        names.push(name(&format!("Bo {mark}")));
        Self {
            chance: Chance::of(seed),
            at: Moment { chat_time: Duration::ZERO, utc: UnixMillis(1_800_000_000_000) },
            happened: 0,
            all,
            last_client_id: 0,
            last_token: 1000,
            last_message: 0,
            members: Vec::new(),
            ended: Vec::new(),
            told: VecDeque::new(),
            unshown: VecDeque::new(),
            links: VecDeque::new(),
            host_links: VecDeque::new(),
            invites: VecDeque::new(),
            called: VecDeque::new(),
            lines: VecDeque::new(),
            names,
            storm: None,
        }
    }

    /// Returns the next event, and the time at which it happens.
    pub(super) fn next(&mut self, core: &Core) -> (Moment, CoreEvent) {
        self.happened += 1;
        if self.happened == 1 {
            let settings = self.settings();
            return (self.at, CoreEvent::Started(Box::new(Start { settings, stored: stored() })));
        }
        self.let_time_pass();
        (self.at, self.event(core))
    }

    fn settings(&mut self) -> CoreSettings {
        CoreSettings {
            epoch_seed: 7,
            log_entries_max: 40,
            // A run is a few days long, and names must become free in it.
            name_kept: Duration::from_hours(24),
            numbers: Sizes { block: 8, block_max: 16, far: 64, far_distance: 32 },
            room_people_max: Some(25),
            server_key: SERVER_KEY,
            ..CoreSettings::default()
        }
    }

    /// Lets time pass. In the first part of the run, so little time passes between events that too
    /// many people are away at once. Later, so much time passes that names become free. Sometimes
    /// the system clock is set to another time.
    fn let_time_pass(&mut self) {
        let is_slow = self.happened < self.all * 9 / 20;
        let millis = match self.chance.below(1000) {
            _ if self.storm.is_some() => self.chance.below(5),
            0..900 => self.chance.below(50),
            900..990 => self.chance.below(3000),
            990..998 if is_slow => self.chance.below(20_000),
            990..998 => self.chance.below(180_000),
            _ if is_slow => self.chance.below(60_000),
            _ => self.chance.below(7_200_000),
        };
        let millis = millis as u64;
        self.at.chat_time += Duration::from_millis(millis);
        self.at.utc.0 += millis;
        if self.chance.is_one_of(20_000) {
            self.at.utc.0 -= 3_600_000;
        }
    }

    fn event(&mut self, core: &Core) -> CoreEvent {
        let left = self.all - self.happened;
        if left == self.all / 200 {
            return CoreEvent::Stopping;
        }
        if !self.ended.is_empty() && self.chance.is_one_of(3) {
            return self.leaves(self.ended[0]);
        }
        if let Some(event) = self.storms(core) {
            return event;
        }
        let goes = if left < self.all / 200 { 400 } else { self.members.len() };
        match self.chance.below(1000) {
            0..170 => self.comes(core),
            part if part < 170 + goes => self.goes(),
            part if part < 900 || self.members.is_empty() => self.asks(core),
            900..985 => CoreEvent::Ticked,
            985..990 => self.skips(core),
            990..994 => self.loses(),
            994..998 => self.throws_away(core),
            998 if self.chance.is_one_of(2) => CoreEvent::FileIsNew,
            _ => CoreEvent::Ticked,
        }
    }

    fn goes(&mut self) -> CoreEvent {
        if self.members.len() < FEW && self.all - self.happened > self.all / 200 {
            return CoreEvent::Ticked;
        }
        match self.any_member() {
            Some(member) => self.leaves(member.client),
            None => CoreEvent::Ticked,
        }
    }

    fn leaves(&mut self, client: ClientId) -> CoreEvent {
        self.members.retain(|it| it.client != client);
        self.ended.retain(|it| *it != client);
        CoreEvent::Left(client)
    }

    fn any_member(&mut self) -> Option<Member> {
        let count = self.members.len();
        (count > 0).then(|| self.members[self.chance.below(count)].clone())
    }

    /// Returns a client, in most cases one that is in a room.
    fn any_speaker(&mut self, core: &Core) -> Option<Member> {
        let is_in = |it: &Member| !core.members.rooms(it.client).is_empty();
        (0..3).map_while(|_| self.any_member()).find(is_in).or_else(|| self.any_member())
    }

    /// Returns the event that a log leaves out some numbers, which no line has got.
    fn skips(&mut self, core: &Core) -> CoreEvent {
        let log = self.any_log(core);
        let first = core.log(log).unwrap().head().next();
        let last = Seq(first.0 + self.chance.below(30) as u64);
        let far = self.chance.is_one_of(3).then(|| Seq(last.0 + 1000));
        CoreEvent::Skipped(log, SkipRange { first, last, far, damaged: false })
    }

    fn loses(&mut self) -> CoreEvent {
        let lines = self.lines.iter().rev().take(self.chance.below(4) + 1);
        CoreEvent::Lost(lines.copied().collect())
    }

    fn throws_away(&mut self, core: &Core) -> CoreEvent {
        let log = core.log(self.any_log(core)).unwrap();
        let last = log.head().0.saturating_sub(self.chance.below(60) as u64);
        CoreEvent::ThrownAway(vec![(log.epoch(), Seq(last))])
    }

    fn any_log(&mut self, core: &Core) -> LogId {
        let place = self.chance.below(core.logs.iter().count());
        core.log_ids().nth(place).unwrap()
    }

    fn fresh(&mut self) -> TokenDigest {
        self.last_token += 1;
        TokenDigest::of(&Token::parse(&format!("{:032x}", self.last_token)).unwrap())
    }

    /// Returns a token that a client was told, in most cases a recent one.
    fn known_token(&mut self) -> TokenDigest {
        if self.told.is_empty() {
            return TokenDigest::of(&token(1));
        }
        let part = if self.chance.is_one_of(2) { 20 } else { self.told.len() };
        let ago = self.chance.below(part.min(self.told.len()));
        self.told[self.told.len() - 1 - ago].clone()
    }

    /// Returns a name, perhaps with a secret. In most cases that is the secret which this name
    /// always gets.
    fn claim(&mut self) -> Claim {
        let count = self.names.len();
        let number = self.chance.below(count);
        let usual = if self.chance.is_one_of(5) { self.chance.below(5) } else { number % 5 };
        let secret = self.chance.is_one_of(2).then(|| secret(usual as u8));
        Claim { name: self.names[number].clone(), secret }
    }

    fn room(&mut self) -> RoomName {
        if self.chance.is_one_of(40) {
            return RoomName::parse(&format!("r-{}", self.chance.below(400))).unwrap();
        }
        RoomName::parse(self.chance.one_of(&ROOMS)).unwrap()
    }

    /// Returns a room and how much of it a client says that it has seen, perhaps with the room's
    /// password.
    fn place(&mut self, core: &Core) -> RoomPosition {
        let room = self.room();
        let log = core.rooms.called(&room).map(|id| core.log(id).unwrap());
        let seen = log.filter(|_| self.chance.is_one_of(2)).map(|log| {
            let seq = match self.chance.below(8) {
                0 => log.head().0 + 5,
                _ => log.head().0.saturating_sub(self.chance.below(60) as u64),
            };
            let epoch = if self.chance.is_one_of(10) { Epoch(5) } else { log.epoch() };
            Seen { epoch, seq: Seq(seq) }
        });
        let password = self.chance.is_one_of(3).then(|| self.password(&room));
        let invite = self.chance.is_one_of(6).then(|| self.invite(&room));
        let (hidden, must_exist) = (self.chance.is_one_of(8), self.chance.is_one_of(8));
        let must_be_new = self.chance.is_one_of(16);
        let only_listens = self.chance.is_one_of(8);
        RoomPosition { room, seen, password, invite, hidden, must_exist, must_be_new, only_listens }
    }

    /// Returns the newest invite to this room, or one that no room has.
    fn invite(&mut self, room: &RoomName) -> TokenDigest {
        let known = self.invites.iter().rev().find(|(its, _)| its == room).cloned();
        known.map_or_else(|| self.fresh(), |(_, invite)| invite)
    }

    /// Returns a password for this room, in most cases the one that this room always gets.
    fn password(&mut self, room: &RoomName) -> Digest {
        let usual = room.as_str().len() % 5;
        let which = if self.chance.is_one_of(4) { self.chance.below(5) } else { usual };
        secret(which as u8 + SECRETS)
    }

    /// Remembers the tokens and names that clients are told.
    pub(super) fn hear(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Refuse(client, _) => self.members.retain(|it| it.client != *client),
                Effect::End(client, _) => self.ended.push(*client),
                Effect::GiveToken { client, answer, token } => {
                    if let Answer::Session(_) | Answer::Renamed { .. } = answer {
                        remember(&mut self.unshown, (*client, token.clone()), 40);
                    }
                    if let Answer::Welcome { name, .. } = answer {
                        remember(&mut self.called, name.clone(), 40);
                    }
                    remember(&mut self.told, token.clone(), 400);
                }
                Effect::NewLine { log, entry, .. } => {
                    remember(&mut self.lines, (*log, entry.seq), 40);
                }
                _ => {}
            }
        }
    }
}

fn secret(number: u8) -> Digest {
    Digest::stored(&[number + 1; 32]).unwrap()
}

/// Returns what an earlier run of the server has stored: the lobby with a few lines of Kim, whose
/// name has a secret and who has an unread message; and private messages of a person who is no
/// longer in the file.
fn stored() -> Stored {
    let (kim, gone) = (PersonId(3), PersonId(9));
    let epoch = Epoch(3);
    let (person, mark) = (Some(kim), Some(secret(2).mark(SERVER_KEY, name("Kim").skeleton())));
    let by = Speaker {
        name: name("Kim"),
        classic: false,
        has_edited: false,
        whose: AuthorTag::of(person),
        mark,
        addr: None,
    };
    let line = |log, seq, what: EntryKind| {
        let (by, id) = (by.clone(), MessageId::parse(&format!("kept-{seq}")));
        let entry =
            Entry { log, epoch, seq: Seq(seq), at: UnixMillis(5), by, id, reply_to: None, what };
        StoredLine { author: Some(kim), entry: Arc::new(entry) }
    };
    let lobby = RoomName::lobby();
    let said = |seq| line(lobby.clone().into(), seq, EntryKind::Said(format!("line {seq}")));
    let room = StoredRoom {
        rules: Box::default(),
        name: lobby.clone(),
        epoch,
        reservation: Reservation::default(),
        skips: Vec::new(),
        topic: "soup".into(),
        pinned: Seq(0),
        hidden: false,
        password: None,
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: None,
        network: None,
    };
    let private = |person, epoch| {
        let (reservation, skips) = (Reservation::default(), Vec::new());
        StoredPrivateLog { person, epoch, reservation, skips }
    };
    let what = EntryKind::Private {
        to: name("Kim"),
        with: AuthorTag::default(),
        own: false,
        text: "psst".into(),
    };
    let to_kim = line(crate::chat::log_name::LogName::Private, 1, what);
    let (name, secret) = (name("Kim"), Some(secret(2)));
    let tokens = vec![TokenDigest::of(&token(1))];
    let (named_at, gone_at) = (UnixMillis(3), Some(UnixMillis(4)));
    Stored {
        rooms: vec![past(room, Seq(9), (1..5).map(said).collect())],
        private: vec![
            past(private(kim, epoch), Seq(1), vec![to_kim]),
            past(private(gone, Epoch(4)), Seq(0), Vec::new()),
        ],
        people: vec![StoredPerson {
            is_host: false,
            id: kim,
            name,
            former: None,
            named_at,
            tokens,
            secret,
            gone_at,
            network: None,
        }],
        unread: Vec::new(),
    }
}

fn past<T>(stored: T, head: Seq, lines: Vec<StoredLine>) -> PastLog<T> {
    let (ids, ids_behind, before) = (Vec::new(), Seq(0), Before::Nothing { thrown_away: Seq(0) });
    PastLog { stored, head, lines, pinned: None, ids, ids_behind, before, skipped: Vec::new() }
}
