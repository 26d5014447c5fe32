//! How a person becomes a host: the operator makes a link, and a client follows it. The operator
//! can also end that somebody is a host, and see what the hosts see.
//!
//! Owns: which person may follow a link, and what stands on record about hosts.
//! Must not know: how long a link is worth something (`people/hosts.rs`); what a host does
//! (`blocking.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::blocking::tell_role;
use super::refuse;
use super::room_state::answer_rules_of_chat;
use crate::base::client_id::ClientId;
use crate::chat::act::{ActRecord, RoomAction};
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::people::hosts::{end_host, is_host, make_host};
use crate::chat::core::rooms::rules;
use crate::chat::core::{Core, Effect, OperatorAsks};
use crate::chat::entry::SERVER_NAME;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::token::TokenDigest;

/// Does what the operator asks for. The operator's client gets one answer.
pub(super) fn answer_operator(core: &mut Core, client: ClientId, asks: OperatorAsks<TokenDigest>) {
    match asks {
        OperatorAsks::HostLink(link) => make_host_link(core, client, link),
        OperatorAsks::RulesOfChat => answer_rules_of_chat(core, client),
        OperatorAsks::EndHost(name) => end_host_called(core, client, &name),
    }
}

/// Makes a link by which somebody becomes a host, and sends it to the operator's client.
fn make_host_link(core: &mut Core, client: ClientId, link: TokenDigest) {
    core.host_links.add(link.clone(), core.now.chat_time);
    let answer = Answer::DeviceLink(None);
    core.effects.push(Effect::GiveToken { client, answer, token: link });
}

/// Ends that the person with this name is a host. Answers `NotHost` to the operator and to the
/// person's clients. Refused with `NoSuchPerson`, also if the person is no host.
fn end_host_called(core: &mut Core, client: ClientId, name: &Name) {
    let person = core.people.called(name).filter(|person| is_host(&core.people, *person));
    let Some(person) = person else {
        return refuse(core, client, None, Refused::NoSuchPerson);
    };
    end_host(&mut core.people, person);
    put_host_on_record(core, person, false);
    tell_role(core, person, &Answer::NotHost);
    core.effects.push(Effect::Answer(client, Answer::NotHost));
}

/// Puts on record that the operator has made this person a host, or has ended it.
fn put_host_on_record(core: &mut Core, person: PersonId, is_host: bool) {
    let Some(name) = core.people.name(person).cloned() else { return };
    let Some(lobby) = core.rooms.lobby_id() else { return };
    let act = ActRecord {
        at: core.now.utc,
        by: Name::stored(SERVER_NAME),
        action: RoomAction::Host(name, is_host),
        reason: String::new(),
    };
    rules::put_on_record(&mut core.rooms, &mut core.logs, lobby, act);
}

/// Makes the client's person a host, and tells all clients of the person. Refused with
/// `BadHostLink` if the link is worth nothing, which counts as a guess of the client's network.
/// Nobody can guess a link, so a network that has guessed too often may still follow a right one.
pub(super) fn become_host(core: &mut Core, client: ClientId, link: &TokenDigest) {
    let Some(person) = core.person(client).filter(|id| !core.people.is_passing(*id)) else {
        let answer = Answer::Fault(Fault::session_over());
        return core.effects.push(Effect::Answer(client, answer));
    };
    let (network, now) = (core.network_of(client), core.now.chat_time);
    if !core.host_links.take(link, person, now) {
        let guess = core.network_limits.guess(network, true, now);
        return refuse(core, client, None, guess.err().unwrap_or(Refused::BadHostLink));
    }
    if !is_host(&core.people, person) {
        make_host(&mut core.people, person);
        put_host_on_record(core, person, true);
    }
    tell_role(core, person, &Answer::Host);
}
