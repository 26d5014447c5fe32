//! The page for whoever looks after a room: who can write and who can come in, the people in the
//! room and the rules about people, each with the button that changes it.
//!
//! Each button sends the command that one could type, and the answer is this page again.
//!
//! Owns: which buttons there are.
//! Must not know: what a command changes; who may give it.
//!
//! Part: `site/pages/mod.rs`.

use std::time::Duration;

use maud::{Markup, html};

use super::shared_forms;
use super::shown_room::ShownRoom;
use crate::base::limits;
use crate::chat::clean::without_overrides;
use crate::chat::command::keeping::in_quotes;
use crate::chat::entry::Seq;
use crate::chat::name::Name;
use crate::chat::room_name::RoomName;
use crate::chat::rules_of_room::{ReportedMessage, RulesOfRoom};
use crate::html::address::of_host;
use crate::html::reasons::rounded;
use crate::html::sentences::Sentences;
use crate::html::text::{breakable, done_in_room, length_of_time, sentence};
use crate::html::when;
use crate::site::visit::page_request::WANTS_KEEPING;

/// Makes the link to the page, for whoever looks after the room.
pub(super) fn way_to_keeping(room: &ShownRoom<'_>) -> Markup {
    let to = room.link(&format!("{}/keep", room.path()), "");
    html! { p { a href=(to) { (room.words.say("keepRoom")) } } }
}

/// Makes what stands on the page. A reader who does not look after the room sees what holds there,
/// and who looks after it.
pub(super) fn keeping(room: &ShownRoom<'_>) -> Markup {
    let words = room.words;
    html! {
        @if let Some(rules) = room.view.rules.as_deref().filter(|_| room.is_maker()) {
            (form(room, &html! {
                (reports(room, rules))
                (switches(room, rules))
                (people_here(room, rules))
                (rules_about_people(room, rules))
            }))
            (typed_form(room, "keep-welcome", &format!("/welcome {}", rules.welcome), "save"))
            (typed_form(room, "keep-poll", "/poll ", "ask"))
            p { a href=(room.link(&format!("{}/keep", room.path()), "delete=1")) { (words.say("deleteMany")) } }
            @if rules.chat.is_some() {
                p { a href=(room.link(&of_host(), "")) { (words.say("hostDesk")) } }
            }
            (record(room, rules))
        } @else if let Some(rules) = room.view.rules.as_deref() {
            (state_for_others(room, rules))
        }
        p { a href=(room.page_link("")) { (words.fill("backToRoom", &[("room", room.name.as_str())])) } }
    }
}

/// Makes the page with the buttons that delete many messages. They are on a page of their own,
/// because a press cannot be undone.
pub(super) fn deleting(room: &ShownRoom<'_>) -> Markup {
    let words = room.words;
    let to = room.link(&format!("{}/keep", room.path()), "");
    html! {
        @if room.is_maker() {
            p { (words.say("deleteManyMore")) }
            (form(room, &html! {
                ul.people {
                    @for name in authors(room) {
                        li {
                            (command(&words.fill("deleteAllOf", &[("name", name.shown())]), &format!("/delete-all {}", in_quotes(name.shown()))))
                        }
                    }
                }
                h2 { (words.say("wholeRoom")) }
                p { (command(words.say("menu-delete-everything"), "/delete-everything")) }
            }))
        }
        p { a href=(to) { (words.say("keepRoom")) } }
    }
}

/// Returns the people whose messages the reader may want to delete: those who are in the room, and
/// those who have left it, and wrote one of its newest messages.
fn authors<'a>(room: &ShownRoom<'a>) -> Vec<&'a Name> {
    let rules = room.view.rules.as_deref();
    let is_other = |name: &&Name| is_other(room, rules, name);
    let lines = room.log.lines.iter().filter(|line| line.what.is_message());
    let wrote = lines.map(|line| &line.by.name).filter(is_other);
    let mut authors = others(room, rules);
    for name in wrote {
        if !authors.contains(&name) {
            authors.push(name);
        }
    }
    authors
}

/// Makes a form whose answer is the page to look after the room.
fn form(room: &ShownRoom<'_>, content: &Markup) -> Markup {
    html! {
        form method="post" action=(room.path()) accept-charset="utf-8" {
            (shared_forms::charset())
            (room.session_fields())
            input type="hidden" name=(WANTS_KEEPING) value="1";
            (content)
        }
    }
}

/// Makes a form with one field, which has the command already.
fn typed_form(room: &ShownRoom<'_>, label: &str, typed: &str, button: &str) -> Markup {
    form(
        room,
        &html! {
            p {
                label {
                    (room.words.say(label)) " "
                    input type="text" name="text" size="40" value=(typed);
                }
                " " button { (room.words.say(button)) }
            }
        },
    )
}

/// Makes the form with which a reader shows a message to whoever looks after the room. Its field
/// has the command already, and the reader may type a reason after it.
pub(super) fn reporting(room: &ShownRoom<'_>, seq: Seq) -> Markup {
    html! {
        form method="post" action=(room.path()) accept-charset="utf-8" {
            (shared_forms::charset())
            (room.session_fields())
            p #report {
                label {
                    small { (room.words.fill("reportWhich", &[("n", &seq.0.to_string())])) } " "
                    input type="text" name="text" size="24" value=(format!("/report #{} ", seq.0));
                }
                " " button { (room.words.say("report")) }
            }
        }
    }
}

/// Makes the list of the messages that were reported, each with what can be done about it.
fn reports(room: &ShownRoom<'_>, rules: &RulesOfRoom) -> Markup {
    let words = room.words;
    html! {
        @if !rules.reports.is_empty() {
            h2 { (words.say("kept-reports")) }
            ul.people {
                @for report in &rules.reports {
                    @let seq = report.seq.0;
                    li {
                        a href=(room.message_link(seq)) { "#" (seq) } " "
                        @if let Some(from) = &report.from {
                            bdi { (from.shown()) } (words.say("colon")) (breakable(&report.text)) " "
                        }
                        small { (reported_by(words, report)) }
                        (command(words.say("delete"), &format!("/delete #{seq}")))
                        (command(words.say("menu-dismiss"), &format!("/dismiss #{seq}")))
                    }
                }
            }
        }
    }
}

/// Returns who has reported a message, and why.
fn reported_by(words: &Sentences, report: &ReportedMessage) -> String {
    let by = report.by.as_ref().map_or(words.say("removedName"), Name::shown);
    let more = (report.people - 1).to_string();
    let key = if report.people > 1 { "reportedByMore" } else { "reportedBy" };
    let told = words.fill(key, &[("name", by), ("n", &more)]);
    if report.reason.is_empty() {
        return told;
    }
    words.fill("withReason", &[("text", &told), ("reason", &without_overrides(&report.reason))])
}

/// Makes what a page of the room says while a lesson is on, with the buttons for one's own hand,
/// or to end the lesson. The page does not know whether the hand is up.
pub(super) fn lesson(room: &ShownRoom<'_>) -> Markup {
    let words = room.words;
    html! {
        form method="post" action=(room.path()) accept-charset="utf-8" {
            (shared_forms::charset())
            (room.session_fields())
            p {
                (words.say("lessonHere"))
                @let actions = if room.is_maker() { &["unlesson"][..] } else { &["hand", "unhand"] };
                @for action in actions {
                    (command(words.say(&format!("menu-{action}")), &format!("/{action}")))
                }
            }
        }
    }
}

fn state_for_others(room: &ShownRoom<'_>, rules: &RulesOfRoom) -> Markup {
    let (words, state) = (room.words, rules.state);
    html! {
        @if !rules.welcome.is_empty() { p { (sentence(words, "roomSays", &[("text", &rules.welcome)])) } }
        @if state.frozen { p { (words.say("frozenHere")) } }
        @if !state.slow.is_zero() {
            p { (words.fill("slowHere", &[("time", &length_of_time(words, state.slow))])) }
        }
        @if state.closed { p { (words.say("closedHere")) } }
        @if state.lesson { p { (words.say("lessonHere")) } }
        h2 { (words.say("kept-keepers")) }
        @if rules.keepers.is_empty() { p { (words.say("onlyHosts")) } }
        ul.people { @for name in &rules.keepers { li { bdi { (name.shown()) } } } }
    }
}

/// A button that sends this command.
fn command(words: &str, command: &str) -> Markup {
    html! { " " button name="text" value=(command) { (words) } }
}

/// A button that sends a command about this person. The action lasts as long as usual.
pub(super) fn on_person(words: &Sentences, action: &str, name: &str) -> Markup {
    let is_long = ["ban", "block"].contains(&action);
    let lasts = if is_long { limits::BAN_LASTS } else { limits::RULE_LASTS };
    let (time, seconds) = (length_of_time(words, lasts), lasts.as_secs());
    let has_time = is_long || ["mute", "kick"].contains(&action);
    let lasts = if has_time { format!(" {seconds}s") } else { String::new() };
    let typed = format!("/{action} {}{lasts}", in_quotes(name));
    command(&words.fill(&format!("menu-{action}"), &[("time", &time)]), &typed)
}

/// Makes one line for each thing that holds for the whole room.
fn switches(room: &ShownRoom<'_>, rules: &RulesOfRoom) -> Markup {
    let (words, state) = (room.words, rules.state);
    let pause = if state.slow.is_zero() { limits::SLOW_PAUSE } else { state.slow };
    let pause = length_of_time(words, pause);
    let switch = |holds: bool, key: &str, on: &str, off: &str| {
        let said = words.fill(&format!("keep-{key}"), &[("time", &pause)]);
        let (state, button, typed) =
            if holds { ("isOn", "turnOff", off) } else { ("isOff", "turnOn", on) };
        html! { p { (said) (words.say("colon")) (words.say(state)) (command(words.say(button), typed)) } }
    };
    html! {
        (switch(state.frozen, "frozen", "/freeze", "/unfreeze"))
        (switch(!state.slow.is_zero(), "slow", "/slow", "/unslow"))
        @if *room.name != RoomName::lobby() {
            (switch(state.closed, "closed", "/close", "/unclose"))
        }
        (switch(state.lesson, "lesson", "/lesson", "/unlesson"))
    }
}

/// Returns the people in the room who do not look after it.
fn others<'a>(room: &ShownRoom<'a>, rules: Option<&RulesOfRoom>) -> Vec<&'a Name> {
    room.view.names.iter().filter(|name| is_other(room, rules, name)).collect()
}

/// Returns whether this is the name of another person, who does not look after the room.
fn is_other(room: &ShownRoom<'_>, rules: Option<&RulesOfRoom>, name: &Name) -> bool {
    let is_keeper = rules.is_some_and(|rules| rules.keepers.contains(name));
    Some(name) != room.view.me.as_ref() && !is_keeper && !room.view.keepers.contains(name)
}

/// Makes the list of the people in the room about whom the reader can do something.
fn people_here(room: &ShownRoom<'_>, rules: &RulesOfRoom) -> Markup {
    let others = others(room, Some(rules));
    html! {
        h2 { (room.words.say("peopleHere")) }
        @if others.is_empty() { p { (room.words.say("nobodyToKeep")) } }
        ul.people {
            @for name in others {
                li {
                    span class={ "p" (name.colour()) } { bdi { (name.shown()) } }
                    @for action in ["mute", "kick", "ban", "keeper"] { (on_person(room.words, action, name.shown())) }
                }
            }
        }
    }
}

/// Makes the list of what was done in the room, the newest first.
fn record(room: &ShownRoom<'_>, rules: &RulesOfRoom) -> Markup {
    let words = room.words;
    html! {
        @if !rules.record.is_empty() {
            h2 { (words.say("keptRecord")) }
            ul.people {
                @for act in rules.record.iter().rev() {
                    li {
                        (when::moment(words, act.at)) (words.say("colon"))
                        (done_in_room(words, &act.done_in(room.name)))
                    }
                }
            }
        }
    }
}

/// A person about whom there is a rule, and how long it holds yet; `None`: until somebody ends it.
type Ruled = (Name, Option<Duration>);

/// Makes the lists of people about whom there is a rule.
fn rules_about_people(room: &ShownRoom<'_>, rules: &RulesOfRoom) -> Markup {
    let words = room.words;
    let plain = |names: &[Name]| names.iter().map(|name| (name.clone(), None)).collect();
    let timed = |people: &[(Name, Duration)]| {
        people.iter().map(|(name, left)| (name.clone(), Some(*left))).collect()
    };
    // Otherwise the list says nothing: everybody can come in.
    let is_used = rules.state.closed || !rules.banned.is_empty();
    let admitted = if is_used { &rules.admitted[..] } else { &[] };
    let lists: [(&str, &str, Vec<Ruled>); 7] = [
        ("hands", "lower", plain(&rules.hands)),
        ("waiting", "admit", plain(&rules.waiting)),
        ("muted", "unmute", timed(&rules.muted)),
        ("put_out", "unkick", timed(&rules.put_out)),
        ("banned", "unban", timed(&rules.banned)),
        ("admitted", "unadmit", plain(admitted)),
        ("keepers", "unkeeper", plain(&rules.keepers)),
    ];
    html! {
        @for (list, action, people) in lists {
            @if !people.is_empty() {
                h2 { (words.say(&format!("kept-{list}"))) }
                ul.people {
                    @for (name, left) in people {
                        li {
                            @match left {
                                Some(left) => {
                                    (sentence(words, "keptFor", &[("name", name.shown()), ("time", &rounded(words, left))]))
                                }
                                None => { bdi { (name.shown()) } }
                            }
                            @if Some(&name) != room.view.me.as_ref() { (on_person(room.words, action, name.shown())) }
                        }
                    }
                }
            }
        }
    }
}
