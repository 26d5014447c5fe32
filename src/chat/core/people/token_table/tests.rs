//! Which token replaces which.
//!
//! Part: `chat/core/mod.rs`.

use std::num::NonZeroU64;
use std::time::Duration;

use super::{LogId, PersonId, Right, TokenDigest, TokenTable};
use crate::base::client_id::ClientId;
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
