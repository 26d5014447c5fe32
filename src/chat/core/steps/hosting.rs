//! How a person becomes a host: the operator makes a link, and a client follows it.
//!
//! Owns: which client may make a link, and which person may follow one.
//! Must not know: how long a link is worth something (`people/hosts.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::base::client_id::ClientId;
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::people::hosts::make_host;
use crate::chat::core::{Core, Effect};
use crate::chat::refused::Refused;
use crate::chat::token::TokenDigest;

/// Makes a link by which somebody becomes a host, and sends it to the operator's client.
pub(super) fn make_host_link(core: &mut Core, client: ClientId, link: TokenDigest) {
    core.host_links.add(link.clone(), core.now.chat_time);
    let answer = Answer::DeviceLink(None);
    core.effects.push(Effect::GiveToken { client, answer, token: link });
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
    make_host(&mut core.people, person);
    for device in core.people.clients(person).to_vec() {
        core.effects.push(Effect::Answer(device, Answer::Host));
    }
}
