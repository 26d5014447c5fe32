//! The commands of whoever looks after a room, as people type them.
//!
//! Owns: how a name, a time and a reason stand in them.
//! Must not know: what an action does (`chat/act.rs`).
//!
//! Part: `chat/mod.rs`.

use super::{Command, TypedAct, alone, needed, without_at};
use crate::chat::act::duration;
use crate::chat::bad_command::BadCommand;

/// Reads `more`, the text after the command `word`. `None`: the word is no command of this kind.
pub(super) fn read(word: &str, more: &str) -> Option<Result<Command, BadCommand>> {
    Some(match word {
        "mute" => act_for("mute", more, "/mute NAME, or /mute NAME 10m REASON"),
        "kick" => act_for("kick", more, "/kick NAME, or /kick NAME 10m REASON"),
        "unmute" => act_on("unmute", more, "/unmute NAME"),
        "unkick" => act_on("unkick", more, "/unkick NAME"),
        "ban" => act_for("ban", more, "/ban NAME, or /ban NAME 1d REASON"),
        "unban" => act_on("unban", more, "/unban NAME"),
        "keeper" => act_on("keeper", more, "/keeper NAME"),
        "unkeeper" => act_on("unkeeper", more, "/unkeeper NAME"),
        "admit" => act_on("admit", more, "/admit NAME"),
        "unadmit" => act_on("unadmit", more, "/unadmit NAME"),
        "delete-all" => act_on("delete-all", more, "/delete-all NAME"),
        "delete-everything" => alone(more, "/delete-everything, with nothing after it")
            .map(|()| act("delete-everything")),
        "block" => act_for("block", more, "/block NAME, or /block NAME 1d REASON"),
        "unblock" => act_on("unblock", more, "/unblock NAME"),
        "host" => act_on("host", more, "/host NAME"),
        "unhost" => act_on("unhost", more, "/unhost NAME"),
        "report" => act_about("report", more, "/report #42, or /report #42 REASON"),
        "dismiss" => act_about("dismiss", more, "/dismiss #42"),
        "freeze" => alone(more, "/freeze, with nothing after it").map(|()| act("freeze")),
        "unfreeze" => alone(more, "/unfreeze, with nothing after it").map(|()| act("unfreeze")),
        "slow" => slow(more),
        "unslow" => alone(more, "/unslow, with nothing after it").map(|()| act("unslow")),
        "close" => alone(more, "/close, with nothing after it").map(|()| act("close")),
        "unclose" => alone(more, "/unclose, with nothing after it").map(|()| act("unclose")),
        "lesson" => alone(more, "/lesson, with nothing after it").map(|()| act("lesson")),
        "unlesson" => alone(more, "/unlesson, with nothing after it").map(|()| act("unlesson")),
        "hand" => alone(more, "/hand, with nothing after it").map(|()| act("hand")),
        "unhand" => alone(more, "/unhand, with nothing after it").map(|()| act("unhand")),
        "poll" if more.is_empty() => Ok(Command::RoomState),
        "poll" => Ok(poll(more.to_owned())),
        "unpoll" => alone(more, "/unpoll, with nothing after it").map(|()| act("unpoll")),
        "vote" => vote(more),
        "lower" => act_on("lower", more, "/lower NAME"),
        "welcome" => needed(more, "/welcome TEXT; /unwelcome removes it").map(welcome),
        "unwelcome" => alone(more, "/unwelcome, with nothing after it").map(|()| act("unwelcome")),
        _ => return None,
    })
}

/// An action about a room.
fn act(word: &'static str) -> Command {
    Command::Act(TypedAct { word, ..TypedAct::default() })
}

fn poll(reason: String) -> Command {
    Command::Act(TypedAct { word: "poll", reason, ..TypedAct::default() })
}

fn vote(more: &str) -> Result<Command, BadCommand> {
    match more.trim_start_matches('#').parse().ok() {
        choice @ Some(1..) => {
            Ok(Command::Act(TypedAct { word: "vote", choice, ..TypedAct::default() }))
        }
        _ => Err(BadCommand::Written("/vote 2, with the number of an answer")),
    }
}

fn welcome(reason: String) -> Command {
    Command::Act(TypedAct { word: "welcome", reason, ..TypedAct::default() })
}

/// Reads the time between two messages in slow mode, or nothing for the usual one.
fn slow(more: &str) -> Result<Command, BadCommand> {
    let lasts = duration(more);
    if lasts.is_none() && !more.is_empty() {
        return Err(BadCommand::Written("/slow, or /slow 30s; /unslow ends it"));
    }
    Ok(Command::Act(TypedAct { word: "slow", lasts, ..TypedAct::default() }))
}

/// Returns a name in quotes, as these commands read it: a quote or a backslash of the name has a
/// backslash before it. So a button is always about the person beside whom it stands.
pub fn in_quotes(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Returns the name in quotes with which the text begins, and what follows it.
fn quoted(typed: &str) -> Option<(String, &str)> {
    let inner = typed.strip_prefix('"')?;
    let mut name = String::new();
    let mut signs = inner.char_indices();
    while let Some((at, sign)) = signs.next() {
        let rest = &inner[at + sign.len_utf8()..];
        match sign {
            '"' => return Some((name, rest)),
            '\\' if rest.starts_with(['"', '\\']) => name.extend(signs.next().map(|it| it.1)),
            sign => name.push(sign),
        }
    }
    None
}

/// Reads `NAME`: an action about a person that has no time.
fn act_on(word: &'static str, more: &str, usage: &'static str) -> Result<Command, BadCommand> {
    let name = match quoted(more) {
        Some((name, rest)) if rest.trim().is_empty() => name,
        Some(_) => return Err(BadCommand::Written(usage)),
        None => without_at(more).to_owned(),
    };
    let whom = Some(needed(&name, usage)?);
    Ok(Command::Act(TypedAct { word, whom, ..TypedAct::default() }))
}

/// Reads `#42`, or `#42 REASON`: an action about a message.
fn act_about(word: &'static str, more: &str, usage: &'static str) -> Result<Command, BadCommand> {
    let (number, reason) = more.split_once(char::is_whitespace).unwrap_or((more, ""));
    let seq = number.strip_prefix('#').unwrap_or(number).parse().ok();
    if seq.is_none() {
        return Err(BadCommand::Written(usage));
    }
    let reason = reason.trim().to_owned();
    Ok(Command::Act(TypedAct { word, seq, reason, ..TypedAct::default() }))
}

/// Reads `NAME`, or `NAME TIME REASON`. A name may have several words, so a reason needs a time
/// before it; and a name with a time in it stands in quotes.
fn act_for(word: &'static str, more: &str, usage: &'static str) -> Result<Command, BadCommand> {
    if let Some((name, rest)) = quoted(more) {
        let (time, reason) =
            rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let (whom, lasts) = (needed(&name, usage)?, duration(time));
        let reason = reason.trim().to_owned();
        let is_right = lasts.is_some() || time.is_empty();
        let whom = Some(whom);
        let act = Command::Act(TypedAct { word, whom, lasts, reason, ..TypedAct::default() });
        return if is_right { Ok(act) } else { Err(BadCommand::Written(usage)) };
    }
    let words: Vec<_> = more.split_whitespace().collect();
    let time = words.iter().skip(1).position(|word| duration(word).is_some()).map(|at| at + 1);
    let name = words[..time.unwrap_or(words.len())].join(" ");
    // `/mute Bo 10` forgets the unit. A name that ends with a number stands in quotes.
    let is_time = words.last().is_some_and(|word| word.parse::<u64>().is_ok());
    if time.is_none() && is_time && words.len() > 1 {
        return Err(BadCommand::Written(usage));
    }
    let whom = Some(needed(without_at(&name), usage)?);
    let lasts = time.and_then(|at| duration(words[at]));
    let reason = time.map_or_else(String::new, |at| words[at + 1..].join(" "));
    Ok(Command::Act(TypedAct { word, whom, lasts, reason, ..TypedAct::default() }))
}
