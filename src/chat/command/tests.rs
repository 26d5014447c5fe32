//! Tests that each command is parsed as it should be.
//!
//! The test has a table with a line for each typed command.

use std::collections::BTreeSet;

use super::keeping::in_quotes;
use super::{Addressed, Command, HELP, NAMES, addressed, read};
use crate::base::limits;

#[test]
fn what_other_chats_call_it_is_told_and_a_number_without_its_sign_is_not_sent() {
    let told = |line: &str| read(line).unwrap_err().to_string();
    assert!(told("/nick Ann").contains("unknown command /nick: it is called /name here"));
    assert!(told("/dance").starts_with("unknown command /dance; type /help"));
    assert!(told("/reply 50 me too").contains("/reply #42 TEXT"));
    assert_eq!(read("/reply 50"), Ok(Command::Reply { seq: None, text: "50".into() }));
    assert_eq!(read("/ROOMS"), Ok(Command::Rooms));
    for typed in ["/password hot soup", "/password \"hot soup\""] {
        assert_eq!(read(typed), Ok(Command::Password("hot soup".into())));
    }
    assert_eq!(read("/help /msg"), Ok(Command::Help(Some("msg".into()))));
}

#[test]
fn words_are_said_and_commands_are_read() {
    let history = |count, before| Command::History { private: false, count, before };
    for (line, command) in [
        ("  hello there ", Command::Say("hello there".into())),
        ("", Command::Nothing),
        ("//etc/fstab", Command::Say("/etc/fstab".into())),
        ("/me  waves ", Command::Me("waves".into())),
        ("/msg Bo see you", Command::Private("Bo see you".into())),
        ("/name Ann#fish", Command::Name("Ann#fish".into())),
        ("/join Kitchen", Command::Join { room: "kitchen".into(), password: None }),
        (
            "/join kitchen \"hot soup\"",
            Command::Join { room: "kitchen".into(), password: Some("hot soup".into()) },
        ),
        (
            "/join den  \"soup\"",
            Command::Join { room: "den".into(), password: Some("\"soup\"".into()) },
        ),
        ("/leave", Command::Leave(None)),
        ("/who Kitchen", Command::Who(Some("kitchen".into()))),
        ("/topic", Command::Topic(None)),
        ("/away lunch", Command::Excuse(Some("lunch".into()))),
        ("/away", Command::Excuse(Some(String::new()))),
        ("/back", Command::Excuse(None)),
        ("/whois Big Bo", Command::Whois("Big Bo".into())),
        ("/pin #4", Command::Pin(Some(4))),
        ("/pin 4", Command::Pin(Some(4))),
        ("/pin -", Command::Pin(None)),
        ("/topic soup today", Command::Topic(Some("soup today".into()))),
        ("/password  hot soup ", Command::Password("hot soup".into())),
        ("/password -", Command::Password(String::new())),
        ("/invite", Command::Invite),
        ("/hide", Command::Hide(true)),
        ("/show ", Command::Hide(false)),
        ("/reply hullo", Command::Reply { seq: None, text: "hullo".into() }),
        ("/reply #42  hullo", Command::Reply { seq: Some(42), text: "hullo".into() }),
        ("/edit hullo", Command::Edit { seq: None, text: "hullo".into() }),
        ("/edit #42 hullo", Command::Edit { seq: Some(42), text: "hullo".into() }),
        ("/delete #42", Command::Delete(Some(42))),
        ("/history", history(limits::CONSOLE_HISTORY_LINES, None)),
        ("/history 5 #42", history(5, Some(42))),
        ("/search hot soup", Command::Search { text: "hot soup".into(), before: None }),
        ("/search #42 soup", Command::Search { text: "soup".into(), before: Some(42) }),
        ("/at #42", Command::At { room: None, seq: 42 }),
        ("/at Kitchen#42", Command::At { room: Some("kitchen".into()), seq: 42 }),
        ("/ignore", Command::Ignore(None)),
        ("/ignore Bo Peep", Command::Ignore(Some("Bo Peep".into()))),
        ("/quit", Command::Quit),
    ] {
        assert_eq!(read(line), Ok(command), "{line}");
    }
}

#[test]
fn what_cannot_be_is_answered_with_how_it_is() {
    for (line, words) in [
        ("/me", "/me TEXT"),
        ("/msg", "/msg NAME TEXT"),
        ("/join", "type a room name"),
        ("/join a/b", "remove /"),
        ("/join two words here", "/join ROOM PASSWORD, with quotes"),
        ("/join two \"words here", "/join ROOM PASSWORD, with quotes"),
        ("/password", "/password WORD"),
        ("/hide Bo", "/hide, with nothing"),
        ("/show #42", "/show, with nothing"),
        ("/reply", "/reply #42 TEXT"),
        ("/reply #42", "/reply TEXT"),
        ("/reply #x y", "there is no message #x"),
        ("/edit #x y", "there is no message #x"),
        ("/edit #42", "/edit TEXT"),
        ("/delete that", "/delete #42"),
        ("/history 0", "1 to 100"),
        ("/search #42", "/search WORDS"),
        ("/at", "/at kitchen#42"),
        ("/at 42", "/at kitchen#42"),
        ("/at #42 soup", "/at kitchen#42"),
        ("/at #x", "there is no message #x"),
        ("/dance", "unknown command /dance"),
    ] {
        let said = read(line).unwrap_err().to_string();
        assert!(said.contains(words), "{line}: {said}");
    }
}

#[test]
fn a_name_ends_at_a_colon_or_between_quotes_and_is_open_else() {
    let of = |to, text, is_whole| Some(Addressed { to, text, is_whole });
    for (rest, expected) in [
        ("Bo hello there", of("Bo", "hello there", false)),
        ("Bo: hello there", of("Bo", "hello there", true)),
        ("Bo  hello", of("Bo", "hello", false)),
        ("\"Bo Peep\" hello", of("Bo Peep", "hello", true)),
        ("\"Bo Peep\": hello", of("Bo Peep", "hello", true)),
        ("\"Bo hello", of("\"Bo", "hello", false)),
        ("@Bo hello", of("Bo", "hello", false)),
        ("\"@Bo Peep\" hello", of("Bo Peep", "hello", true)),
        ("@ hello", None),
        ("Bo", None),
        ("Bo:", None),
        ("\"\" hello", None),
        ("\"Bo Peep\" ", None),
    ] {
        assert_eq!(addressed(rest), expected, "{rest}");
    }
}

#[test]
fn a_command_with_a_name_in_quotes_is_about_that_name_whatever_is_in_it() {
    let names =
        ["Bo", "Bo Peep", "Al\" x", "Al\" 10m rude", "\"Al\" 1d", "back\\slash", "\\\"", "10m"];
    for name in names {
        for (word, more) in [("unmute", ""), ("mute", " 600s"), ("ban", " 86400s so loud")] {
            let typed = format!("/{word} {}{more}", in_quotes(name));
            let Ok(Command::Act(act)) = read(&typed) else { panic!("{typed}") };
            assert_eq!((act.word, act.whom.as_deref()), (word, Some(name)), "{typed}");
            assert_eq!(act.lasts.is_some(), !more.is_empty(), "{typed}");
        }
    }
    // What stands after the quotes belongs to no name.
    assert!(read("/host \"Al\" x\"").is_err());
}

#[test]
fn the_help_and_the_tab_key_have_each_command_that_is_read_and_no_other() {
    let source = include_str!("../command.rs").split("match &*word.to_lowercase() {\n").nth(1);
    let general = source.unwrap().split("\n        other =>").next().unwrap();
    let source = include_str!("keeping.rs").split("match word {\n").nth(1);
    let keeping = source.unwrap().split("\n        _ =>").next().unwrap();
    let arms = format!("{general}\n{keeping}");
    let arms = arms.lines().filter_map(|line| line.strip_prefix("        \"")?.split('"').next());
    let read: BTreeSet<_> = arms.map(|word| format!("/{word}")).collect();
    let names: BTreeSet<_> = NAMES.split(' ').map(str::to_owned).collect();
    assert_eq!(names, read);
    let help = HELP.lines().filter(|line| line.starts_with('/'));
    let help = help.filter_map(|line| line.split(' ').next()).chain(["/help"]);
    assert_eq!(names, help.map(str::to_owned).collect());
}
