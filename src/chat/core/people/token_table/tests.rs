//! Which token replaces which.
//!
//! Part: `chat/core/mod.rs`.

use std::num::NonZeroU64;
use std::time::Duration;

use super::{LogId, PersonId, Right, TokenDigest, TokenTable};
use crate::base::client_id::ClientId;
use crate::chat::secret::Digest;
use crate::chat::token::Token;

const CLIENT: ClientId = ClientId(1);

fn token(number: u8) -> TokenDigest {
    TokenDigest::of(&Token::parse(&format!("{number:032x}")).unwrap())
}

/// Issues the token `new` to the session `old` of Ann's client, for a room that it has made.
fn issue(table: &mut TokenTable, ann: PersonId, old: u8, new: u8) {
    table.set_session(CLIENT, token(old));
    let made = vec![Right::Made(LogId(NonZeroU64::MIN))];
    assert!(table.issue(ann, CLIENT, token(new), (made, false), Duration::ZERO));
}

#[test]
fn a_pending_token_replaces_the_old_one_when_it_is_shown_and_not_before() {
    let (mut table, ann) = (TokenTable::default(), PersonId(1));
    assert!(table.give(ann, token(1)));
    issue(&mut table, ann, 1, 2);
    assert_eq!(table.of(ann), [token(1), token(2)]);
    let (person, rights, replaced) = table.show(&token(2)).unwrap();
    assert_eq!((person, rights.len(), replaced), (ann, 1, vec![token(1)]));
    assert_eq!(table.of(ann), [token(2)]);
    assert_eq!(table.owner(&token(1)), None);
    assert!(table.show(&token(2)).is_none(), "it was shown before");
}

#[test]
fn a_second_token_for_the_same_old_one_takes_the_place_of_the_first() {
    let (mut table, ann) = (TokenTable::default(), PersonId(1));
    table.give(ann, token(1));
    issue(&mut table, ann, 1, 2);
    issue(&mut table, ann, 1, 3);
    assert_eq!(table.of(ann), [token(1), token(3)]);
}

#[test]
fn no_token_of_another_person_is_replaced() {
    let (mut table, ann, bo) = (TokenTable::default(), PersonId(1), PersonId(2));
    table.give(ann, token(1));
    table.remove_all(ann);
    table.give(bo, token(1));
    issue(&mut table, ann, 1, 2);
    table.show(&token(2)).unwrap();
    assert_eq!(table.owner(&token(1)), Some(bo));
    assert_eq!((table.of(bo), table.of(ann)), (&[token(1)][..], &[token(2)][..]));
}

/// The session has sent a second new secret before a client shows the first one's token.
#[test]
fn a_new_secret_does_not_end_the_pending_token_of_the_session_that_has_sent_it() {
    let secret = |number| Digest::stored(&[number; 32]).unwrap();
    let (mut table, ann) = (TokenTable::default(), PersonId(1));
    table.give(ann, token(1));
    table.give(ann, token(9));
    let sends = |table: &mut TokenTable, old, new, number| {
        table.set_session(CLIENT, token(old));
        let rights = vec![Right::Secret(secret(number))];
        assert!(table.issue(ann, CLIENT, token(new), (rights, false), Duration::ZERO));
    };
    sends(&mut table, 1, 2, 7);
    sends(&mut table, 2, 3, 8);
    let (_, _, replaced) = table.show(&token(2)).unwrap();
    assert_eq!(replaced, [token(1), token(9)]);
    assert_eq!(table.of(ann), [token(2), token(3)]);
    let (_, rights, _) = table.show(&token(3)).unwrap();
    assert_eq!(rights, [Right::Secret(secret(8))]);
    assert_eq!(table.of(ann), [token(3)]);
}
