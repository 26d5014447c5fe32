//! Every reason, in every language.
//!
//! Owns: a list of all of them.

use std::time::Duration;

use super::{Sentences, bad_command, bad_name, bad_room, fault, no_name, no_room, refused};
use crate::base::language::Language;
use crate::chat::answer::{Fault, Wrong};
use crate::chat::bad_command::BadCommand;
use crate::chat::command;
use crate::chat::name::BadName;
use crate::chat::refused::Refused;
use crate::chat::room_name::BadRoomName;

fn of(language: Language) -> &'static Sentences {
    Sentences::of(language)
}

const NAMES: [BadName; 13] = [
    BadName::Empty,
    BadName::OnlySpaces,
    BadName::TooLong,
    BadName::TooManyBytes,
    BadName::LineBreak,
    BadName::Control,
    BadName::Direction,
    BadName::Invisible,
    BadName::Marks,
    BadName::Sign('#'),
    BadName::GivenByServer,
    BadName::Note,
    BadName::Character('\u{ad}'),
];

const ROOMS: [BadRoomName; 6] = [
    BadRoomName::Empty,
    BadRoomName::TooLong,
    BadRoomName::TooManyBytes,
    BadRoomName::Invisible,
    BadRoomName::Marks,
    BadRoomName::Character('/'),
];

fn refusals() -> Vec<Refused> {
    let wait = Duration::from_millis(2500);
    vec![
        Refused::NameTaken,
        Refused::NameHasSecret,
        Refused::NameKept(wait),
        Refused::NameGivenUp,
        Refused::WrongSecret,
        Refused::NotInRoom,
        Refused::InRoom,
        Refused::RoomsOfClient(16),
        Refused::RoomsOfServer(200),
        Refused::RoomsOfNetwork(100),
        Refused::RoomFull(25),
        Refused::TooManyDevices(16),
        Refused::BadLink,
        Refused::BadInvite,
        Refused::NotYours,
        Refused::NotYourName,
        Refused::NotStoring,
        Refused::NoSuchMessage,
        Refused::PasswordNeeded,
        Refused::WrongPassword,
        Refused::TooManyGuesses(wait),
        Refused::NotYourRoom,
        Refused::Unreadable,
        Refused::NothingKept,
        Refused::NoSuchPerson,
        Refused::AnotherPerson,
        Refused::TooFast(wait),
    ]
}

fn commands() -> Vec<BadCommand> {
    let usages = ["/me TEXT", "/delete, or /delete #42", "/at #42, or /at kitchen#42", "/hide, so"];
    let written = usages.into_iter().map(BadCommand::Written);
    let others = [
        BadCommand::Unknown("42".into()),
        BadCommand::TooManyLines,
        BadCommand::NoNumber("4x".into()),
        BadCommand::Room(BadRoomName::Empty),
        BadCommand::TopicAbove("房".into()),
        BadCommand::OnlyInRoom,
        BadCommand::CannotIgnore,
        BadCommand::NothingToDo,
        BadCommand::Help,
    ];
    written.chain(others).collect()
}

fn faults() -> Vec<Fault> {
    let wrongs = [
        None,
        Some(Wrong::Name(BadName::Empty)),
        Some(Wrong::Room(BadRoomName::Empty)),
        Some(Wrong::Command(BadCommand::NothingToDo)),
        Some(Wrong::Empty),
        Some(Wrong::TooLong(7)),
        Some(Wrong::NoAddressee),
        Some(Wrong::NoSecret),
        Some(Wrong::LongSecret),
        Some(Wrong::TooManyGuesses(Duration::from_secs(6))),
        Some(Wrong::TooManySecrets),
        Some(Wrong::TooManyWords),
    ];
    let faults = wrongs.into_iter().map(|wrong| {
        let fault = Fault::new("any", "as a program reads it".into());
        Fault { wrong: wrong.map(Box::new), ..fault }
    });
    faults.collect()
}

/// Removes what is the same in every language: commands, names that the server gives, the code of a
/// character, a name with a secret.
fn without_code(said: &str) -> String {
    let mut said = said.to_owned();
    for code in ["guest-041", "user7", "U+00AD", "Ann#secret", "10m"] {
        said = said.replace(code, "");
    }
    let mut pieces = said.split(['/', '#']);
    let first = pieces.next().unwrap_or_default().to_owned();
    let is_word = |sign: char| sign.is_ascii_alphanumeric();
    pieces.fold(first, |said, piece| said + piece.trim_start_matches(is_word))
}

#[test]
fn no_reason_has_english_words_on_a_chinese_page_nor_a_blank() {
    let words = of(Language::Chinese);
    let names = NAMES.map(|why| no_name(words, why));
    let rooms = ROOMS.map(|why| no_room(words, why));
    let refusals: Vec<_> = refusals().iter().map(|why| refused(words, why)).collect();
    let commands: Vec<_> = commands().iter().map(|why| bad_command(words, why)).collect();
    let faults: Vec<_> = faults().iter().map(|it| fault(words, it)).collect();
    let all = names.iter().chain(&rooms).chain(&refusals).chain(&commands).chain(&faults);
    for said in all {
        let of_words = without_code(&said.replace('\n', " "));
        assert!(!of_words.chars().any(|sign| sign.is_ascii_alphabetic()), "{said}");
        assert!(!said.is_empty() && !said.contains(['{', '}']), "{said}");
    }
}

#[test]
fn in_english_a_page_says_of_names_what_programs_are_told() {
    let words = of(Language::English);
    // Who has typed nothing is asked for a name by a whole sentence.
    for why in NAMES.into_iter().filter(|why| *why != BadName::Empty) {
        assert_eq!(no_name(words, why), why.to_string());
    }
    assert_eq!(bad_name(words, BadName::Empty), "Enter a name first.");
    for why in ROOMS.into_iter().filter(|why| *why != BadRoomName::Empty) {
        assert_eq!(no_room(words, why), why.to_string());
    }
    assert_eq!(bad_room(words, BadRoomName::Empty), "Enter a room name first.");
    for why in refusals() {
        let said = refused(words, &why);
        assert!(said.ends_with(['.', ';']) && said.contains(' '), "{why:?}: {said}");
    }
}

#[test]
fn a_command_that_is_written_wrong_is_shown_as_the_help_has_it() {
    let said = |how| bad_command(of(Language::Chinese), &BadCommand::Written(how));
    assert_eq!(said("/me TEXT"), "用法：/me 动作 - 你在做什么");
    assert!(said("/at #42, or /at kitchen#42").contains("/at #42 - "));
    for typed in ["/password", "/hide Bo", "/show Bo"] {
        let Err(BadCommand::Written(how)) = command::read(typed) else { panic!("{typed}") };
        let word = typed.split(' ').next().unwrap();
        assert!(said(how).starts_with(&format!("用法：{word} ")), "{}", said(how));
    }
}
