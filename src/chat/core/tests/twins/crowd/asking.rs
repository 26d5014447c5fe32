//! Random requests of connected clients.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::{Crowd, LONG, Member, RoomName, remember};
use crate::chat::act::{ActDetails, RoomAct, RoomAction, WORDS};
use crate::chat::core::{Core, CoreEvent, MemberRequest};
use crate::chat::entry::{AuthorTag, Epoch, MessageId, Seen, Seq, UnixMillis};
use crate::chat::request::{
    Deed, PasswordChange, Post, PrivateMessage, ReplyTo, RoomSettings, longer_names,
};

impl Crowd {
    /// Somebody does something in a room.
    fn acts(&mut self, core: &Core, member: &Member) -> MemberRequest {
        let (room, whom) = (self.own_room(core, member), self.somebody());
        let lasts = Duration::from_secs(self.chance.below(2_000) as u64);
        let word = self.chance.one_of(&WORDS);
        let seq = Some(Seq(self.chance.below(40) as u64));
        let (whom, choice) = (Some(whom), Some(1));
        let details = ActDetails { whom, seq, choice, lasts: Some(lasts) };
        let action = RoomAction::of(word, details).unwrap();
        let reason = if word == "poll" { "Tea? | yes | no" } else { "" };
        let reason = reason.to_owned();
        MemberRequest::Act(Box::new(RoomAct { room, action, reason }))
    }

    pub(super) fn asks(&mut self, core: &Core) -> CoreEvent {
        let Some(member) = self.any_speaker(core) else { return CoreEvent::Ticked };
        let client = member.client;
        if member.is_classic && !self.chance.is_one_of(10) {
            return CoreEvent::Asked(client, MemberRequest::Classic(self.text(false)));
        }
        let request = match self.chance.below(1000) {
            0..560 => self.post(core, &member),
            560..690 => self.private_message(&member),
            690..790 => {
                let fresh = (!self.chance.is_one_of(5)).then(|| self.fresh());
                MemberRequest::Join(Box::new(self.place(core)), fresh)
            }
            790..830 => MemberRequest::Leave(self.own_room(core, &member)),
            830..840 => MemberRequest::Rooms,
            840..855 => MemberRequest::Who(self.own_room(core, &member)),
            855..865 => {
                let name = Box::new(self.somebody());
                MemberRequest::Whois(name)
            }
            865..870 => MemberRequest::Typing(self.own_room(core, &member)),
            870..875 => self.have_read(core, &member),
            875..880 => {
                let excuse = self.text(false).chars().take(9).collect();
                MemberRequest::Excuse(Some(excuse).filter(|_| !self.chance.is_one_of(3)))
            }
            880..910 => {
                let fresh = (!self.chance.is_one_of(5)).then(|| self.fresh());
                MemberRequest::Rename(Box::new(self.claim()), fresh)
            }
            930..935 => MemberRequest::Quit,
            935..965 => self.set(core, &member),
            982..984 => MemberRequest::SignOutElsewhere(self.fresh()),
            993..994 => MemberRequest::RoomState(self.own_room(core, &member)),
            920..930 | 990..993 => self.acts(core, &member),
            915..920 | 988..990 => {
                let link = self.host_links.back().cloned();
                MemberRequest::BecomeHost(link.unwrap_or_else(|| self.fresh()))
            }
            984..988 => {
                let own = core.person(client).and_then(|person| core.people.name(person)).cloned();
                let name = own.filter(|_| !self.chance.is_one_of(4));
                MemberRequest::ForgetMe(Box::new(name.unwrap_or_else(|| self.somebody())))
            }
            975..982 => {
                let (room, invite) = (self.own_room(core, &member), self.fresh());
                remember(&mut self.invites, (room.clone(), invite.clone()), 20);
                let to = self.chance.is_one_of(4).then(|| Box::new(self.somebody()));
                MemberRequest::Invite(room, invite, to)
            }
            965..975 => {
                let link = self.fresh();
                remember(&mut self.links, link.clone(), 10);
                MemberRequest::LinkDevice(link)
            }
            _ => {
                let unshown = self.unshown.iter().rev().find(|(its, _)| *its == client).cloned();
                let own = unshown.filter(|_| !self.chance.is_one_of(5)).map(|(_, token)| token);
                MemberRequest::Session(own.unwrap_or_else(|| self.known_token()))
            }
        };
        CoreEvent::Asked(client, request)
    }

    /// Returns a room, in most cases one that the client is in.
    fn own_room(&mut self, core: &Core, member: &Member) -> RoomName {
        let rooms = Some(core.members.rooms(member.client));
        let rooms = rooms.filter(|rooms| !rooms.is_empty() && !self.chance.is_one_of(20));
        let id = rooms.map(|rooms| self.chance.one_of(rooms));
        let name = id.and_then(|id| Some(core.rooms.get(id)?.name().clone()));
        name.unwrap_or_else(|| self.room())
    }

    /// Says that a person has read a room up to one of its lines, or beyond the newest.
    fn have_read(&mut self, core: &Core, member: &Member) -> MemberRequest {
        let room = self.own_room(core, member);
        let log = core.rooms.called(&room).map(|id| core.log(id).unwrap());
        let (epoch, head) = log.map_or((Epoch(7), 0), |log| (log.epoch(), log.head().0));
        let seq = Seq((head + 2).saturating_sub(self.chance.below(6) as u64));
        MemberRequest::HaveRead(room.into(), Seen { epoch, seq }, AuthorTag::default())
    }

    fn text(&mut self, is_long: bool) -> String {
        self.last_message += 1;
        let words = if is_long { 3000 } else { self.chance.below(8) };
        format!("line {}{}", self.last_message, " and".repeat(words))
    }

    /// Returns a new message id, or the id of the client's newest message again, as if the answer
    /// to that message was lost.
    fn id(&mut self, member: &Member) -> Option<MessageId> {
        if self.chance.is_one_of(15) {
            return member.last_id.clone();
        }
        self.last_message += 1;
        let id = MessageId::parse(&format!("m-{}", self.last_message));
        let its = self.members.iter_mut().find(|it| it.client == member.client);
        its.into_iter().for_each(|it| it.last_id.clone_from(&id));
        id.filter(|_| !self.chance.is_one_of(8))
    }

    fn post(&mut self, core: &Core, member: &Member) -> MemberRequest {
        let room = self.own_room(core, member);
        let text = self.text(room.as_str() == LONG);
        let log = core.rooms.called(&room).map(|id| core.log(id).unwrap());
        let ago = self.chance.below(12) as u64;
        let newest = log.map(|log| log.head());
        let of = log.filter(|_| self.chance.is_one_of(4));
        let of = of.map(|log| Seq(log.head().0.saturating_sub(ago)));
        let deed = match self.chance.below(100) {
            0..72 => Deed::Say(text),
            72..78 => Deed::Act(text),
            78..80 => Deed::Topic(text.chars().take(80).collect()),
            80..82 => Deed::Pin(of.or(newest).unwrap_or_default()),
            82..92 => Deed::Edit { of, text },
            _ => Deed::Delete { of },
        };
        let reply_to = log.filter(|_| self.chance.is_one_of(6)).map(|log| {
            if self.chance.is_one_of(4) {
                return ReplyTo::NewestOfOthers;
            }
            ReplyTo::Message(Seq((log.head().0 + 2).saturating_sub(ago * ago)))
        });
        MemberRequest::Post(Box::new(Post {
            log: room.into(),
            id: self.id(member),
            reply_to,
            deed,
        }))
    }

    pub(super) fn somebody(&mut self) -> super::Name {
        if self.called.is_empty() || self.chance.is_one_of(5) {
            return self.claim().name;
        }
        let place = self.chance.below(self.called.len());
        self.called[place].clone()
    }

    fn private_message(&mut self, member: &Member) -> MemberRequest {
        let (to, text) = (self.somebody(), self.text(false));
        let longer = longer_names(to.shown(), &text);
        let id = self.id(member);
        let waited = self.chance.below(2_000) as u64;
        let typed_at = Some(UnixMillis(self.at.utc.0.saturating_sub(waited)));
        let is_for_present_owner = self.chance.is_one_of(2);
        let reply_to = self.chance.is_one_of(2).then(|| Seq(self.chance.below(8) as u64));
        let number =
            |chance: &mut super::Chance| u32::try_from(chance.below(64)).unwrap_or_default();
        let with =
            self.chance.is_one_of(4).then(|| AuthorTag::from_number(number(&mut self.chance)));
        MemberRequest::Private(Box::new(PrivateMessage {
            reply_to,
            to,
            id,
            text,
            typed_at,
            is_for_present_owner,
            with,
            longer,
        }))
    }

    fn set(&mut self, core: &Core, member: &Member) -> MemberRequest {
        let room = self.own_room(core, member);
        let hidden = self.chance.is_one_of(3).then(|| self.chance.is_one_of(2));
        let password = match self.chance.below(4) {
            0 => PasswordChange::Keep,
            1 => PasswordChange::Remove,
            _ => PasswordChange::Set(self.password(&room)),
        };
        let fresh = (!self.chance.is_one_of(3)).then(|| self.fresh());
        MemberRequest::Set(Box::new(RoomSettings { room, hidden, password }), fresh)
    }
}
