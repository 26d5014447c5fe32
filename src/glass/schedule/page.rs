//! The game as a page: who can go next, each thread's steps, what lies between them, and the
//! schedule so far.
//!
//! Owns: the tables and the links. A link leads to `#turn`, so that on a phone each choice is in
//! sight, too.
//! Must not know: what a step does, what a level is about.
//!
//! Part: `glass/schedule/mod.rs`.

use maud::{DOCTYPE, Markup, html};

use super::game::ScheduleGame;
use super::levels::LEVELS;
use super::machine::{StepAct, Tally, all_schedules, letter};
use crate::base::base_path::link;
use crate::glass::PATH;
use crate::glass::page_head::head;

/// Returns the page.
pub(super) fn shown(game: &ScheduleGame) -> String {
    let title = format!("Be the scheduler, level {}", game.machine.level.number);
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&title, &html! {}))
            body.game {
                header {
                    h1 { "Be the scheduler" }
                    nav aria-label="Pages" {
                        a href=(link(PATH)) { "Glass box" } " " a href=(link("/")) { "The chat" }
                    }
                }
                main { (task(game)) (turn(game)) (between(game)) (past(game)) }
            }
        }
    }
    .into_string()
}

/// The levels, and what the player shall do.
fn task(game: &ScheduleGame) -> Markup {
    let level = game.machine.level;
    html! {
        nav aria-label="Levels" {
            p {
                @for one in &LEVELS {
                    a href=(super::address(one.number))
                        aria-current=[(one.number == level.number).then_some("page")] {
                        (one.number) ". " (one.title)
                    }
                    " "
                }
            }
        }
        h2 {
            "Level " (level.number) ": " (level.title)
            @if game.is_cured { ", the cured program" }
        }
        p { (level.story) }
        @if game.is_cured { p { b { "The cure: " } (level.cure) } }
        p {
            b { "Your aim: " } (level.aim)
            @if game.is_cured { " In the cured program you cannot: try it." }
            @else { " You decide which thread makes the next step." }
        }
    }
}

/// Who can go next, or how it ended, over the steps of both threads.
fn turn(game: &ScheduleGame) -> Markup {
    let level = game.machine.level;
    let is_over = (0..2).all(|who| game.why_not(who).is_some());
    let rows = game.machine.programs.iter().map(|program| program.len()).max().unwrap_or(0);
    html! {
        h2 #turn {
            @if game.is_cured { "The cured program: " }
            @if is_over { "The end" } @else { "Who goes next?" }
        }
        @if let Some(fault) = &game.fault {
            p.bad { b { "The address is wrong. " } (fault) " The page shows what was good before that." }
        }
        @for sentence in &game.skipped { p.small { (sentence) } }
        (end(game))
        table.threads aria-labelledby="turn" {
            thead {
                tr {
                    th scope="col" { "step" }
                    @for (who, name) in level.threads.iter().enumerate() {
                        th scope="col" { (letter(who)) ": the " (name) }
                    }
                }
            }
            tbody {
                tr { th scope="row" { "now" } @for who in 0..2 { (choice(game, who)) } }
                @for row in 0..rows {
                    tr { th scope="row" { (row + 1) } @for who in 0..2 { (step(game, who, row)) } }
                }
            }
        }
        p {
            @if let Some(before) = game.run.strip_suffix(['a', 'b']) {
                a href=(game.address(game.is_cured, before)) { "Back one step" } " "
                a href=(game.address(game.is_cured, "")) { "Begin again" } " "
            }
            @if game.is_cured { a href=(game.address(false, "")) { "The program that breaks" } }
        }
    }
}

/// The link by which a thread makes its next step, or why it can make none.
fn choice(game: &ScheduleGame, who: usize) -> Markup {
    let name = game.machine.level.threads[who];
    html! {
        td {
            @if let Some(why) = game.why_not(who) { "The " (name) " " (why) "." }
            @else {
                a.go href=(game.address(game.is_cured, &format!("{}{}", game.run, letter(who)))) {
                    "Let the " (name) " go"
                }
            }
        }
    }
}

/// One step of a thread.
fn step(game: &ScheduleGame, who: usize, row: usize) -> Markup {
    let machine = &game.machine;
    let is_next = machine.at[who] == row;
    html! {
        @match machine.programs[who].get(row) {
            Some(step) if is_next => {
                td.next {
                    b { @if machine.is_asleep[who] { "when woken: " } @else { "next: " } }
                    (step.words)
                }
            }
            Some(step) => td { (step.words) },
            None => td {},
        }
    }
}

/// How the game has ended, if it has.
fn end(game: &ScheduleGame) -> Markup {
    let level = game.machine.level;
    let number = LEVELS.iter().position(|one| one.number == level.number).unwrap_or(0);
    html! {
        @if game.machine.is_broken() {
            div.end role="group" aria-label="The end" {
                p.bad { b { "Broken: you win. " } (level.lost) }
                p.small { (found(&all_schedules(level, false))) }
                p { a href=(game.address(true, &game.run)) {
                    "Try the cured program with the same schedule"
                } }
            }
        } @else if game.machine.is_at_rest() {
            div.end role="group" aria-label="The end" {
                p { b { "All is well. " } "Nobody can go on, and nothing was lost." }
                @if game.is_cured {
                    p.small {
                        (found(&all_schedules(level, true))) " Threadbare does it so in "
                        code { (level.source) } "."
                    }
                    @if let Some(next) = LEVELS.get(number + 1) {
                        p { a href=(super::address(next.number)) {
                            "Go to level " (next.number) ": " (next.title)
                        } }
                    }
                } @else { p { "Another schedule breaks it. Go back some steps." } }
            }
        }
    }
}

/// How many schedules there are, and how many of them break the program.
fn found(tally: &Tally) -> String {
    let Tally { schedules, breaking, .. } = tally;
    match breaking {
        0 => format!("The server has just tried all {schedules} schedules: none breaks it."),
        1 => format!("This program has {schedules} schedules, and 1 of them breaks it."),
        _ => format!("This program has {schedules} schedules, and {breaking} of them break it."),
    }
}

/// What lies between the threads, who has the lock if there is one, and who sleeps.
fn between(game: &ScheduleGame) -> Markup {
    let machine = &game.machine;
    let name = |who: usize| format!("the {}", machine.level.threads[who]);
    let mut rows: Vec<(&str, String)> = machine
        .level
        .trays
        .iter()
        .copied()
        .zip(machine.trays.iter().map(|it| it.join(", ")))
        .collect();
    if machine.programs.iter().copied().flatten().any(|step| step.act == StepAct::Lock) {
        rows.push(("who has the lock", machine.locked_by.map(name).unwrap_or_default()));
    }
    let sleeper = (0..2).find(|who| machine.sleeps(*who));
    rows.push(("who sleeps", sleeper.map(name).unwrap_or_default()));
    html! {
        h2 #between { "Between the threads" }
        table aria-labelledby="between" {
            thead { tr { th scope="col" { "what" } th scope="col" { "now" } } }
            tbody {
                @for (what, now) in &rows {
                    tr {
                        th scope="row" { (what) }
                        td {
                            @if !now.is_empty() { (now) }
                            @else if what.starts_with("who") { "nobody" }
                            @else { "nothing" }
                        }
                    }
                }
            }
        }
    }
}

/// The steps that were made.
fn past(game: &ScheduleGame) -> Markup {
    html! {
        h2 { "The schedule so far" }
        @if game.past.is_empty() { p { "No step was made yet." } }
        @else {
            p { code.letters { (game.run) } }
            table {
                thead {
                    tr {
                        th scope="col" { "number" } th scope="col" { "thread" }
                        th scope="col" { "step" } th scope="col" { "what came of it" }
                    }
                }
                tbody {
                    @for (index, step) in game.past.iter().enumerate() {
                        tr {
                            th scope="row" { (index + 1) }
                            td { (letter(step.who)) } td { (step.words) } td { (step.outcome) }
                        }
                    }
                }
            }
        }
        p.small {
            "The address of this page has the whole schedule. Anybody who opens it at a Threadbare \
            with " code { "--glass" } " sees the same."
        }
    }
}
