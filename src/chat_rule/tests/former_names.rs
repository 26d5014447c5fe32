//! The name that somebody has given up is kept for them: nobody else looks like the author of their
//! old messages.
//!
//! Part: `chat_rule/mod.rs`.

use super::numbered::{CLEO, answers, refusal, welcome_name};
use super::{
    ANN, BO, Happened, RecordedChat, Stored, apply, apply_at, chat, mark_of, moment, name,
    numbered, settings, token,
};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::entry::UnixMillis;
use crate::chat::record::{PersonId, StoredPerson};
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, PrivateMessage, Request};
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

fn renames(chat: &mut RecordedChat, client: ClientId, to: &str) -> Option<Refused> {
    let claim = Box::new(Claim { name: name(to), secret: None });
    let done = apply(chat, Happened::Asked(client, Request::Rename(claim, None)));
    refusal(&done, client).cloned()
}

/// Ann is called Anni now, and Bo is there.
fn anni_and_bo() -> RecordedChat {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    assert_eq!(renames(&mut chat, ANN, "Anni"), None);
    chat
}

#[test]
fn nobody_else_gets_the_name_that_somebody_gave_up_nor_one_that_looks_like_it() {
    let mut chat = anni_and_bo();
    for wanted in ["Ann", "ANN", "Аnn"] {
        assert_eq!(renames(&mut chat, BO, wanted), Some(Refused::NameGivenUp), "{wanted}");
        let done = apply(&mut chat, numbered(CLEO, Some(wanted), None, 3));
        assert_eq!(refusal(&done, CLEO), Some(&Refused::NameGivenUp), "{wanted}");
        assert!(welcome_name(&done, CLEO).starts_with("guest-"));
        apply(&mut chat, Happened::Left(CLEO));
    }
    assert_eq!(renames(&mut chat, ANN, "Ann"), None, "who had it may go back to it");
    assert_eq!(renames(&mut chat, BO, "Anni"), Some(Refused::NameGivenUp));
    assert_eq!(renames(&mut chat, BO, "Ann"), Some(Refused::NameTaken));
}

#[test]
fn nobody_is_called_as_another_one_was_shown_with_the_mark_of_a_secret() {
    let mut chat = chat();
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    apply(&mut chat, numbered(BO, Some("Bo"), None, 2));
    let claim = Claim { name: name("Ann"), secret: Some(Digest::of_name("fish")) };
    apply(&mut chat, Happened::Asked(ANN, Request::Rename(Box::new(claim), None)));
    assert_eq!(renames(&mut chat, ANN, "Anni"), None);
    let looks = format!("Ann ({})", mark_of("Ann", "fish"));
    assert_eq!(renames(&mut chat, BO, &looks), Some(Refused::NameTaken));
    let other = format!("Ann ({})", mark_of("Ann", "soup"));
    assert_eq!(renames(&mut chat, BO, &other), None);
}

#[test]
fn only_the_last_name_that_somebody_chose_is_kept() {
    let mut chat = anni_and_bo();
    // A name that differs in its capitals only is the same name.
    assert_eq!(renames(&mut chat, ANN, "ANNI"), None);
    assert_eq!(renames(&mut chat, BO, "Ann"), Some(Refused::NameGivenUp));
    assert_eq!(renames(&mut chat, ANN, "Anne"), None);
    assert_eq!(renames(&mut chat, BO, "Anni"), Some(Refused::NameGivenUp));
    assert_eq!(renames(&mut chat, BO, "Ann"), None);
    // A refused wish changes nothing of what is kept.
    assert_eq!(renames(&mut chat, ANN, "Bo"), Some(Refused::NameGivenUp));
    assert_eq!(renames(&mut chat, ANN, "Anni"), None);
    assert_eq!(renames(&mut chat, BO, "Anne"), Some(Refused::NameGivenUp));
    assert_eq!(renames(&mut chat, BO, "Bo"), None);
}

#[test]
fn no_private_message_goes_to_a_name_that_somebody_gave_up() {
    let mut chat = anni_and_bo();
    let message = PrivateMessage {
        to: name("Ann"),
        id: None,
        reply_to: None,
        text: "psst".into(),
        typed_at: None,
        is_for_present_owner: false,
        with: None,
        longer: Vec::new(),
    };
    let done = apply(&mut chat, Happened::Asked(BO, Request::Private(Box::new(message))));
    assert_eq!(refusal(&done, BO), Some(&Refused::NoSuchPerson));
    assert!(answers(&done, ANN).is_empty());
}

#[test]
fn whoever_is_forgotten_or_removed_frees_both_names() {
    let mut chat = anni_and_bo();
    let removal = Request::ForgetMe(Box::new(name("Anni")));
    apply(&mut chat, Happened::Asked(ANN, removal));
    for wanted in ["Ann", "Anni"] {
        assert_eq!(renames(&mut chat, BO, wanted), None, "{wanted}, of a person who is removed");
    }
    let mut chat = anni_and_bo();
    apply(&mut chat, Happened::Left(ANN));
    assert_eq!(renames(&mut chat, BO, "Ann"), Some(Refused::NameGivenUp));
    let end = limits::NAME_KEPT.as_secs() + 1;
    apply_at(&mut chat, end, Happened::Ticked);
    for (client, wanted, fresh) in [(CLEO, "Ann", 3), (ClientId(6), "Anni", 4)] {
        let done = apply_at(&mut chat, end, numbered(client, Some(wanted), None, fresh));
        assert_eq!(welcome_name(&done, client), wanted);
    }
}

#[test]
fn a_former_name_is_stored_and_is_kept_after_a_restart() {
    let anni = |id, called: &str, former: &str| StoredPerson {
        is_host: false,
        id: PersonId(id),
        name: name(called),
        former: Some(name(former)),
        named_at: UnixMillis(0),
        tokens: vec![TokenDigest::of(&token(u8::try_from(id).unwrap()))],
        secret: None,
        gone_at: None,
        network: None,
    };
    // The third one's former name is the second one's present name: the file was damaged.
    let people = vec![anni(11, "Anni", "Ann"), anni(12, "Bo", "Bob"), anni(13, "Kim", "Bo")];
    let stored = Stored { people, ..Stored::default() };
    let mut chat = RecordedChat::new(settings(1000, 64, 7), stored, moment(0));
    let done = apply(&mut chat, numbered(CLEO, Some("Ann"), None, 3));
    assert_eq!(refusal(&done, CLEO), Some(&Refused::NameGivenUp));
    let done = apply(&mut chat, numbered(BO, None, Some(token(12)), 4));
    assert_eq!(welcome_name(&done, BO), "Bo");
    assert_eq!(renames(&mut chat, BO, "Robert"), None);
    assert_eq!(renames(&mut chat, CLEO, "Bob"), None, "Bo's newest former name is Bo");
    assert_eq!(renames(&mut chat, CLEO, "Bo"), Some(Refused::NameGivenUp));
    apply(&mut chat, numbered(ANN, None, Some(token(11)), 5));
    let told = apply(&mut chat, Happened::Asked(ANN, Request::Whois(Box::new(name("Ann")))));
    assert!(matches!(answers(&told, ANN)[..], [Answer::Refused { .. }]), "{told:?}");
}
