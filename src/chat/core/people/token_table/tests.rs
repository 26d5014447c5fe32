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

fn secret(number: u8) -> Digest {
    Digest::stored(&[number; 32]).unwrap()
}

/// The session `old` of Ann's client sends a new secret, and gets the token `new`.
fn sends(table: &mut TokenTable, old: u8, new: u8, number: u8) {
    table.set_session(CLIENT, token(old));
    let gained = (vec![Right::Secret(secret(number))], false);
    assert!(table.issue(PersonId(1), CLIENT, token(new), gained, Duration::ZERO));
}

/// The session has sent a second new secret before a client shows the first one's token.
#[test]
fn a_new_secret_does_not_end_the_newer_token_of_the_same_session() {
    let (mut table, ann) = (TokenTable::default(), PersonId(1));
    table.give(ann, token(1));
    table.give(ann, token(9));
    sends(&mut table, 1, 2, 7);
    sends(&mut table, 2, 3, 8);
    let (_, _, replaced) = table.show(&token(2)).unwrap();
    assert_eq!(replaced, [token(1), token(9)]);
    assert_eq!(table.of(ann), [token(2), token(3)]);
    let (_, rights, _) = table.show(&token(3)).unwrap();
    assert_eq!(rights, [Right::Secret(secret(8))]);
    assert_eq!(table.of(ann), [token(3)]);
}

#[test]
fn a_secret_that_was_sent_between_two_equal_ones_ends_with_the_second() {
    let three = || {
        let mut table = TokenTable::default();
        table.give(PersonId(1), token(1));
        for (old, new, number) in [(1, 2, 7), (2, 3, 8), (3, 4, 7)] {
            sends(&mut table, old, new, number);
        }
        table
    };
    // The newest token is shown, or another device comes with the name and the secret.
    for is_shown in [true, false] {
        let (mut table, ann) = (three(), PersonId(1));
        if is_shown {
            table.show(&token(4)).unwrap();
        } else {
            table.settle_secret(ann, &secret(7), None);
        }
        assert_eq!(table.of(ann), [token(2), token(4)]);
        assert_eq!(table.new_secrets(ann).count(), 0);
    }
    // Each is shown, one after the other: the last wish counts.
    let mut table = three();
    for (shown, number) in [(2, 7), (3, 8), (4, 7)] {
        let (_, rights, _) = table.show(&token(shown)).unwrap();
        assert_eq!(rights, [Right::Secret(secret(number))]);
    }
    assert_eq!(table.of(PersonId(1)), [token(4)]);
}
