//! Which person a client becomes: the person of its token, the person whose name and secret the
//! client sends, or a new person.
//!
//! Owns: which of the three persons a client becomes.
//! Must not know: how often a client may try a wrong secret.
//!
//! Part: `chat/core/mod.rs`.

use super::{People, Person, secrets, sessions};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::entry::UnixMillis;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::{NetworkTag, PersonId};
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::secret::Mark;
use crate::chat::token::TokenDigest;

/// The person that a client has become.
pub(crate) struct Identified {
    pub(crate) id: PersonId,
    /// The token of the client's session. A client that sends it can become this person.
    pub(crate) token: TokenDigest,
    /// The refusal that the client must be told, because it did not get the person or name that it
    /// wanted; `None`: there is no refusal.
    pub(crate) refused: Option<Refused>,
}

/// Makes a client a client of a person: of the person whose token it has sent; or else of the
/// person whose name and secret it has sent; or else of a new person. If an existing person has the
/// maximum number of clients, the client becomes a new guest instead. The token of the client's
/// session is the one that it has sent. It is `fresh` if the client has sent none, or becomes a
/// guest instead of an existing person.
pub(crate) fn identify_client(
    people: &mut People,
    client: ClientId,
    network: Option<NetworkTag>,
    now: UnixMillis,
    wanted: Option<Claim>,
    token: Option<TokenDigest>,
    fresh: TokenDigest,
) -> Identified {
    let known = token.as_ref().and_then(|token| people.tokens.owner(token));
    let whose = known.or_else(|| claimed_owner(people, wanted.as_ref()?));
    let (id, token, refused) = match whose {
        Some(id) if is_full(people, id, &[]) => {
            let (id, _) = make_person(people, network, now, None);
            (id, fresh, Some(Refused::TooManyDevices(limits::CLIENTS_PER_PERSON_MAX)))
        }
        Some(id) => (id, token.unwrap_or(fresh), None),
        // If the client sent a token, the new person gets that token. So even if the welcome is
        // lost, the client can connect again with that token and get its name.
        None => {
            let (id, refused) = make_person(people, network, now, wanted);
            (id, token.unwrap_or(fresh), refused)
        }
    };
    sessions::begin_session(people, client, id, token.clone());
    people.add_client(id, client);
    Identified { id, token, refused }
}

/// Makes a person for a client that has no session. The person is removed when this client leaves,
/// and is never stored. `called` makes its name from a new guest number. If that name is not free,
/// the new person gets a guest name.
pub(crate) fn make_passing_person(
    people: &mut People,
    client: ClientId,
    called: fn(u64) -> Name,
    now: UnixMillis,
) -> PersonId {
    let number = people.next_number();
    let name = Some(called(number)).filter(|name| is_free_name(people, name, None));
    let name = name.unwrap_or_else(|| Name::guest(number));
    let id = people.add(Person::new(name, now, None, None));
    people.add_client(id, client);
    id
}

/// Returns whether the token's person may have one more client; `false`, too, if no person has the
/// token.
pub(crate) fn has_place_for_token(people: &People, token: &TokenDigest) -> bool {
    people.tokens.owner(token).is_some_and(|id| !is_full(people, id, &[]))
}

/// Returns whether the person may have one more client.
pub(super) fn has_place(people: &People, id: PersonId) -> bool {
    !is_full(people, id, &[])
}

/// Returns whether the token's person may have one more client after a client has shown the token.
/// Showing the token may end other sessions; their clients are not counted. Returns `false`, too,
/// if no person has the token.
pub(crate) fn will_have_place_for_token(people: &People, token: &TokenDigest) -> bool {
    let replaced = people.tokens.replaced_by(token);
    people.tokens.owner(token).is_some_and(|id| !is_full(people, id, &replaced))
}

/// Returns whether the person has the maximum number of clients. Two kinds of clients do not count:
/// clients that are about to be disconnected, and clients whose session has a token in `but`.
fn is_full(people: &People, id: PersonId, but: &[TokenDigest]) -> bool {
    let stays = |client: &&ClientId| {
        !people.tokens.has_session_of(**client, but) && !people.disconnecting.contains(client)
    };
    let stay = people.clients(id).iter().filter(stays).count();
    stay >= limits::CLIENTS_PER_PERSON_MAX
}

/// Returns whether the person has too many clients for the client that sends this claim. If the
/// claim's secret is pending, the claim ends other sessions, and the clients of those sessions are
/// not counted.
pub(crate) fn is_full_for_claim(people: &People, id: PersonId, claim: &Claim) -> bool {
    let new = claim.secret.as_ref().filter(|secret| !secrets::has_secret(people, id, secret));
    let replaced = new.map(|secret| people.tokens.ended_by_secret(id, secret, None));
    is_full(people, id, &replaced.unwrap_or_default())
}

pub(crate) fn move_client(
    people: &mut People,
    client: ClientId,
    from: PersonId,
    into: PersonId,
    fresh: Option<TokenDigest>,
) {
    people.remove_client(from, client);
    if let Some(token) = fresh {
        sessions::begin_session(people, client, into, token);
    }
    people.add_client(into, client);
}

/// Returns the person who has the name in the claim, if the claim's secret is the secret of this
/// name, or is pending for it. `None`: the claim has another secret or none, or no person
/// has the name.
pub(crate) fn claimed_owner(people: &People, claim: &Claim) -> Option<PersonId> {
    let secret = claim.secret.as_ref()?;
    let id = people.called(&claim.name)?;
    let is_pending = secrets::has_pending_secret(people, id, secret);
    (is_pending || secrets::has_secret(people, id, secret)).then_some(id)
}

/// Returns why a claim is refused. If the name's owner has a secret or a pending one: `WrongSecret`
/// if the claim has a secret, too, and else `NameHasSecret`. Otherwise what [`why_not_free`] says.
pub(crate) fn usual_claim_refusal(people: &People, claim: &Claim) -> Refused {
    let owner = people.called(&claim.name);
    match owner.is_some_and(|id| secrets::has_any_secret(people, id)) {
        true if claim.secret.is_some() => Refused::WrongSecret,
        true => Refused::NameHasSecret,
        false => why_not_free(people, &claim.name),
    }
}

/// Returns why the core refuses a name that is not free to a client that has sent no secret:
/// `NameGivenUp` if it is the former name of a person (`former_names.rs`), and else `NameTaken`.
pub(super) fn why_not_free(people: &People, wanted: &Name) -> Refused {
    let is_taken = people.called(wanted).is_some();
    match people.former_names.owner(wanted.skeleton()) {
        Some(_) if !is_taken => Refused::NameGivenUp,
        _ => Refused::NameTaken,
    }
}

/// Returns whether the name is free: no person except `own` has this name or one that looks like
/// it, and none is kept for such a person (`former_names.rs`). The name must also not look like
/// such a name followed by its person's mark, because readers could not tell a person named
/// `Ann p8cwhmph` from Ann with that mark.
pub(crate) fn is_free_name(people: &People, wanted: &Name, own: Option<PersonId>) -> bool {
    let owner = |skeleton: &Skeleton| {
        let present = people.by_skeleton.get(skeleton).copied();
        present.or(people.former_names.owner(skeleton)).filter(|id| Some(*id) != own)
    };
    let is_shown_so = |(name, mark): (Skeleton, Skeleton)| {
        let marks = owner(&name).into_iter().flat_map(|id| marks_of_person(people, id, &name));
        marks.map(|shown| Skeleton::of_mark(&shown)).any(|shown| shown == mark)
    };
    owner(wanted.skeleton()).is_none() && !wanted.read_with_mark().any(is_shown_so)
}

/// Returns the marks of this person's secrets: under this name the mark of the name's secret, and
/// the mark that each client shows. A mark may appear more than once.
fn marks_of_person<'a>(
    people: &'a People,
    id: PersonId,
    name: &Skeleton,
) -> impl Iterator<Item = Mark> + use<'a> {
    let usual = people
        .by_id
        .get(&id)
        .and_then(|person| Some(person.secret.as_ref()?.mark(people.server_key, name)));
    let clients = people.clients(id).iter();
    let shown = clients.filter_map(move |client| secrets::shown_mark(people, id, *client));
    usual.into_iter().chain(shown)
}

fn make_person(
    people: &mut People,
    network: Option<NetworkTag>,
    now: UnixMillis,
    wanted: Option<Claim>,
) -> (PersonId, Option<Refused>) {
    let number = people.next_number();
    let (name, secret, refused) = match wanted {
        Some(Claim { name, secret }) if is_free_name(people, &name, None) => (name, secret, None),
        other => {
            (Name::guest(number), None, other.map(|claim| usual_claim_refusal(people, &claim)))
        }
    };
    (people.add(Person::new(name, now, secret, network)), refused)
}
