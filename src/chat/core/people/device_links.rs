//! Links by which a second device gets a session of the same person. The first client that follows
//! such a link becomes a client of the person who has made it.
//!
//! A link is worth something for a few minutes, and once. It belongs to the session that has made
//! it: if that session ends, or gets a new token, its link ends, too. So a stranger with a
//! session's old token cannot make a link first and use it later. The new session gets the rights
//! to rooms that the maker's session has.
//!
//! Browsers send a form again if its answer was lost. Therefore the table remembers a used link
//! until its time is over, with the token of the session that it has given. The same form brings
//! the same token, and gets the same session again; any other token is refused.
//!
//! Owns: when a link is worth something, and how many there may be.
//! Must not know: how many links may be made from one network; how a link is written.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::People;
use super::claims::has_place;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::token::TokenDigest;

/// The links that were made during the last minutes, by the digests of their tokens. They are not
/// stored: a restart of the server ends all of them.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct DeviceLinks(
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    BTreeMap<TokenDigest, DeviceLink>,
);

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct DeviceLink {
    /// The token of the session that has made the link.
    maker: TokenDigest,
    /// The person whom that session belongs to.
    person: PersonId,
    /// When the link ends, in chat time.
    until: Duration,
    /// The token of the session that the link has given; `None`: nobody has followed it yet.
    given: Option<TokenDigest>,
}

/// Why a client gets no link.
pub(crate) enum NoLink {
    /// The client has no session, or its session is over.
    SessionOver,
    /// There are too many links. One ends after this time.
    Full(Duration),
}

/// Notes the link with the token `link`, made by this client's session. An older link of the same
/// session ends.
///
/// # Errors
/// The client gets no link.
pub(crate) fn add_device_link(
    people: &mut People,
    client: ClientId,
    link: TokenDigest,
    now: Duration,
) -> Result<(), NoLink> {
    let session = people.tokens.session(client);
    let owned = session.and_then(|maker| Some((maker.clone(), people.tokens.owner(maker)?)));
    let (maker, person) = owned.ok_or(NoLink::SessionOver)?;
    let links = &mut people.device_links.0;
    links.retain(|_, it| it.until > now && it.maker != maker);
    if links.len() >= limits::DEVICE_LINKS_MAX {
        let first = links.values().map(|it| it.until).min().unwrap_or(now);
        return Err(NoLink::Full(first.saturating_sub(now)));
    }
    let until = now + limits::DEVICE_LINK_KEPT;
    links.insert(link, DeviceLink { maker, person, until, given: None });
    Ok(())
}

/// Returns the person who has made this link. A client that follows the link becomes a client of
/// this person. `None`: the link is unknown, used or too old, or the session that has made it has
/// ended.
pub(crate) fn person_of_link(
    people: &People,
    link: &TokenDigest,
    now: Duration,
) -> Option<PersonId> {
    let found = people.device_links.0.get(link).filter(|it| it.until > now && it.given.is_none());
    found.filter(|it| people.tokens.owner(&it.maker) == Some(it.person)).map(|it| it.person)
}

/// Follows a link: makes `fresh` a token of the person who has made it. If the link has given this
/// token before, changes nothing.
///
/// # Errors
/// The link is unknown, used or too old, or its maker's session has ended. Or the person has the
/// maximum number of clients, or of sessions of which none can go; then the link stays worth
/// something.
pub(crate) fn follow_device_link(
    people: &mut People,
    link: &TokenDigest,
    fresh: &TokenDigest,
    now: Duration,
) -> Result<(), Refused> {
    let People { device_links, tokens, .. } = people;
    let found = device_links.0.get_mut(link).filter(|it| it.until > now);
    let found = found.filter(|it| match &it.given {
        Some(given) => given == fresh && tokens.owner(given) == Some(it.person),
        None => tokens.owner(&it.maker) == Some(it.person),
    });
    let Some(found) = found else { return Err(Refused::BadLink) };
    if found.given.is_some() {
        return Ok(());
    }
    let (person, maker) = (found.person, found.maker.clone());
    if !has_place(people, person) || !people.tokens.give_by_link(person, &maker, fresh.clone()) {
        return Err(Refused::TooManyDevices(limits::CLIENTS_PER_PERSON_MAX));
    }
    people.device_links.0.entry(link.clone()).and_modify(|it| it.given = Some(fresh.clone()));
    people.note_change(person);
    Ok(())
}
