//! A recording at one event, as a page: where one is, what the core was told and what came of it,
//! and what the core has in it.
//!
//! Owns: the links, the tables, and how long the page waits when it plays.
//! Must not know: how a moment was found.
//!
//! Part: `recording/mod.rs`.

use std::time::Duration;

use maud::{DOCTYPE, Markup, html};

use super::moment::{RecordedMoment, ReplayStep};
use super::site::ReplayedFile;
use super::words::{self, Who};
use crate::chat::core::Moment;
use crate::glass::page_head::head;

/// A page that plays shows a second of the recording in so many seconds.
const SLOWER: u32 = 100;
/// The shortest and the longest time, in seconds, for which a page that plays shows one event.
const SHOWN_FOR: (u64, u64) = (1, 10);
/// Most clients of the list.
const CLIENTS_SHOWN_MAX: usize = 40;
/// So many events lie between two pages of the quick links.
const FAR: u64 = 100;

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) recording: &'a ReplayedFile,
    /// The number of the event.
    pub(super) number: u64,
    /// What is wrong with the number that was asked for, as a sentence.
    pub(super) fault: Option<String>,
    /// Whether the page goes on to the next event by itself.
    pub(super) plays: bool,
    pub(super) moment: &'a RecordedMoment,
}

/// Returns the page.
pub(super) fn shown(shown: &Shown<'_>) -> String {
    let next = shown.moment.later.first().map(|later| later.number);
    let wait = shown.plays.then(|| shown.wait()).flatten();
    let more = html! {
        @if let (Some(next), Some(wait)) = (next, &wait) {
            meta http-equiv="refresh"
                content=(format!("{};url=/?event={next}&play=1", wait.seconds));
        }
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("Event {} of a recording", shown.number), &more))
            body.recording {
                header { h1 { "Glass box: a recording" } (shown.places()) }
                main {
                    (shown.head(wait.as_ref()))
                    div.columns {
                        section.wide { (shown.events()) }
                        div { section { (shown.rooms()) } section { (shown.clients()) } }
                    }
                    (shown.foot())
                }
            }
        }
    }
    .into_string()
}

/// How long a page that plays shows this event.
struct Wait {
    /// The time until the next event in the recording.
    recorded: Duration,
    seconds: u64,
}

impl Shown<'_> {
    fn last(&self) -> Option<&ReplayStep> {
        self.moment.steps.last()
    }

    /// Returns how long the page waits for the next event; `None`: there is none.
    fn wait(&self) -> Option<Wait> {
        let (now, next) = (self.last()?.at, self.moment.later.first()?.at);
        let recorded = next.chat_time.saturating_sub(now.chat_time);
        let slow = recorded.saturating_mul(SLOWER).as_secs();
        Some(Wait { recorded, seconds: slow.clamp(SHOWN_FOR.0, SHOWN_FOR.1) })
    }

    /// The links to other events.
    fn places(&self) -> Markup {
        let before = self.moment.steps.iter().rev().nth(1).map(|step| step.number);
        let next = self.moment.later.first().map(|later| later.number);
        let last = self.recording.events;
        let far_back = (self.number > 1).then(|| self.number.saturating_sub(FAR).max(1));
        let far_on = (self.number < last).then(|| (self.number + FAR).min(last));
        html! {
            nav aria-label="Events" {
                (link("First", (self.number > 1).then_some(1)))
                (link("100 back", far_back))
                (link("Back", before))
                (link("Next", next))
                (link("100 on", far_on))
                (link("Last", (self.number < last).then_some(last)))
                @if self.plays { a href=(format!("/?event={}", self.number)) { "Stop" } }
                @else if next.is_some() {
                    a href=(format!("/?event={}&play=1", self.number)) { "Play at 1/" (SLOWER) }
                }
            }
        }
    }

    /// Where one is, and how to go to another event.
    fn head(&self, wait: Option<&Wait>) -> Markup {
        html! {
            @if let Some(fault) = &self.fault { p.state role="alert" { (fault) } }
            form.tools action="/" {
                label for="event" { "Event" }
                input #event name="event" inputmode="numeric" size="8" value=(self.number);
                " of " (self.recording.events) " "
                button { "Show" }
                @if let Some(wait) = wait {
                    span role="status" {
                        "The next event came " (milliseconds(wait.recorded)) " later. It is shown in "
                        (wait.seconds) " s: at 1/" (SLOWER) " of its speed, but after "
                        (SHOWN_FOR.0) " to " (SHOWN_FOR.1) " s."
                    }
                }
            }
        }
    }

    /// The events before this one, this one, and those that come.
    fn events(&self) -> Markup {
        let mut before = None;
        html! {
            h2 #h-events { "What the hub told the core, and what came of it" }
            div.scroll {
                table #events aria-labelledby="h-events" {
                    thead {
                        tr {
                            th scope="col" { "event" } th scope="col" { "time, UTC" }
                            th scope="col" { "after" } th scope="col" { "what happened" }
                            th scope="col" { "what came of it" }
                        }
                    }
                    tbody {
                        @for step in &self.moment.steps {
                            @let since = since(&mut before, step.at);
                            tr class=[(step.number == self.number).then_some("now")]
                                aria-current=[(step.number == self.number).then_some("step")] {
                                th scope="row" { (event_link(step.number)) }
                                td { (words::of_time(step.at)) }
                                td { @if let Some(since) = since { (milliseconds(since)) } }
                                td { (step.told) }
                                td {
                                    @if step.came_of_it.is_empty() { "nothing" }
                                    @for (index, one) in step.came_of_it.iter().enumerate() {
                                        @if index > 0 { br; }
                                        (one)
                                    }
                                    @if !step.is_same { br; b { "not as recorded" } }
                                }
                            }
                        }
                        @for later in &self.moment.later {
                            @let since = since(&mut before, later.at);
                            tr.later {
                                th scope="row" { (event_link(later.number)) }
                                td { (words::of_time(later.at)) }
                                td { @if let Some(since) = since { (milliseconds(since)) } }
                                td { (later.told) }
                                td { "still to come" }
                            }
                        }
                    }
                }
            }
            p.small {
                "The list leaves out the passing of time if nothing came of it. Answers go to one \
                client, and records to the thread of the history. A line goes to all who hear its \
                log."
            }
        }
    }

    fn rooms(&self) -> Markup {
        html! {
            h2 #h-rooms { "Rooms after this event" }
            table #rooms aria-labelledby="h-rooms" {
                thead {
                    tr {
                        th scope="col" { "log" } th scope="col" { "room" }
                        th scope="col" { "people" } th scope="col" { "newest line" }
                    }
                }
                tbody {
                    @for room in &self.moment.overview.rooms {
                        tr {
                            td { (room.log.0) } th scope="row" { (room.name) }
                            td { (room.people) } td { (room.newest) }
                        }
                    }
                    @if self.moment.overview.rooms.is_empty() { tr { td colspan="4" { "none" } } }
                }
            }
        }
    }

    fn clients(&self) -> Markup {
        let clients = &self.moment.overview.clients;
        let more = clients.len().saturating_sub(CLIENTS_SHOWN_MAX);
        html! {
            h2 #h-clients { "Clients after this event" }
            table #clients aria-labelledby="h-clients" {
                thead {
                    tr {
                        th scope="col" { "client" } th scope="col" { "name" }
                        th scope="col" { "hears" }
                    }
                }
                tbody {
                    @for client in clients.iter().take(CLIENTS_SHOWN_MAX) {
                        tr {
                            td { (Who(client.client)) @if client.is_visitor { " (a visitor)" } }
                            th scope="row" { (client.name) }
                            td { (client.rooms.join(", ")) }
                        }
                    }
                    @if more > 0 { tr { td colspan="3" { "and " (more) " more" } } }
                    @if clients.is_empty() { tr { td colspan="3" { "none" } } }
                }
            }
            p.small { "People whose names are kept: " (self.moment.overview.people) "." }
        }
    }

    fn foot(&self) -> Markup {
        html! {
            p.small {
                @if self.recording.is_same {
                    "The core of this page came to the same states, byte for byte, as that of the \
                    recorder. "
                } @else {
                    b { "The core of this page has decided in another way than that of the recorder. " }
                }
                "The recording is in " code { (self.recording.file.display()) } ". For a look at an \
                earlier event, a new core gets all events from the first one on."
            }
        }
    }
}

fn link(text: &str, number: Option<u64>) -> Markup {
    html! {
        @if let Some(number) = number { a href=(format!("/?event={number}")) { (text) } " " }
        @else { span.off aria-disabled="true" { (text) } " " }
    }
}

fn event_link(number: u64) -> Markup {
    html! { a href=(format!("/?event={number}")) { (number) } }
}

/// Returns how long after the event `before` this one came, and makes it the next `before`.
fn since(before: &mut Option<Duration>, at: Moment) -> Option<Duration> {
    before.replace(at.chat_time).map(|old| at.chat_time.saturating_sub(old))
}

/// Returns a time between two events: in milliseconds, or in seconds from ten on.
fn milliseconds(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..=9_999 => format!("{ms} ms"),
        _ => format!("{} s", time.as_secs()),
    }
}
