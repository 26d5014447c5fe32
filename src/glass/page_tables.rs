//! The tables of the page: threads, queues, outboxes, limits, kinds of threads; and the commands
//! that prove them.
//!
//! Owns: the columns, the order of the threads, and the picture of how full a queue is.
//! Must not know: how the numbers were read.
//!
//! Part: `glass/mod.rs`.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use maud::{Markup, html};

use super::look::Look;
use super::role::{self, Role};
use super::task::{Task, TaskState};
use crate::server::instruments::{OutboxReading, QueueReading};

/// Most outboxes that are shown, of those with something in them.
const OUTBOXES_SHOWN_MAX: usize = 20;
/// The calls in which a thread waits until a peer takes bytes.
const SENDS: [&str; 4] = ["sendto", "sendmsg", "write", "writev"];
/// Most threads of a kind that are shown as squares.
const DOTS_MAX: usize = 200;

/// How full something is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fullness {
    pub(super) now: usize,
    pub(super) peak: usize,
    /// `None`: it has no bound of its own.
    pub(super) bound: Option<usize>,
}

impl Fullness {
    pub(super) fn of(queue: &QueueReading) -> Self {
        let peak = usize::try_from(queue.peak).unwrap_or(usize::MAX);
        Self { now: queue.now, peak, bound: queue.bound }
    }
}

/// Returns a picture of how full something is, with a line at its peak. The text beside it says the
/// same, so a screen reader gets only the text. The widths are attributes, because the page's
/// policy forbids styles in a tag.
pub(super) fn bar(of: Fullness) -> Markup {
    let share = |value: usize| match of.bound {
        Some(bound) if bound > 0 => (value * 100).div_ceil(bound).min(100),
        _ => 0,
    };
    html! {
        svg.bar viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"
            data-full[of.bound.is_some_and(|bound| of.now >= bound && bound > 0)] {
            rect.now width=(share(of.now)) height="8" {}
            rect.peak x=(share(of.peak).saturating_sub(1)) width=(share(of.peak).min(1)) height="8" {}
        }
    }
}

/// Returns what a thread does now, such as `sleeps in recvfrom(31)`.
pub(super) fn text_of_call(task: &Task) -> String {
    let call = task.call.as_ref().map_or_else(String::new, |call| match call.fd {
        Some(fd) => format!(" in {}({fd})", call.name),
        None => format!(" in {}", call.name),
    });
    match task.state {
        TaskState::Runs => "runs".to_owned(),
        TaskState::Sleeps => format!("sleeps{call}"),
        TaskState::Disk => format!("waits for the disk{call}"),
        TaskState::Other => "is stopped".to_owned(),
    }
}

/// Returns a square for each thread whose name begins so, with the colour of its state. The text
/// beside the squares says how many there are.
pub(super) fn dots(look: &Look, prefix: &'static str) -> Markup {
    let named = look.tasks.iter().filter(|task| task.name.starts_with(prefix));
    html! {
        span.dots data-dots=(prefix) aria-hidden="true" {
            @for task in named.take(DOTS_MAX) {
                @let call = task.call.as_ref().map_or("", |call| &call.name);
                i class=(if SENDS.contains(&call) { "send" } else { task.state.word() }) {}
            }
        }
    }
}

/// Where a thread stands in the list: first those on the way of a message, with the two threads of
/// a client together, then the rest by name.
fn place(name: &str) -> (u8, u64, String) {
    let client = |number: &str| number.parse().unwrap_or(u64::MAX);
    let (rank, client) = match name.split_once('-') {
        Some(("r" | "w", number)) => (3, client(number)),
        _ => match ["hub", "accept", "history"].iter().position(|one| *one == name) {
            Some(0) => (0, 0),
            Some(1) => (1, 0),
            Some(_) => (2, 0),
            None => (4, 0),
        },
    };
    (rank, client, name.to_owned())
}

pub(super) fn threads(look: &Look) -> Markup {
    let mut tasks: Vec<_> = look.tasks.iter().collect();
    tasks.sort_by_cached_key(|task| place(&task.name));
    html! {
        h2 #h-threads { "Threads" }
        noscript {
            p.small {
                "One look cannot tell since when a thread sleeps, nor how much happens in a second. \
                Compare two looks; with scripts, this page does."
            }
        }
        div.scroll tabindex="0" role="group" aria-labelledby="h-threads" {
            table #threads aria-labelledby="h-threads" {
                thead {
                    tr {
                        th scope="col" { "thread" } th scope="col" { "number" }
                        th scope="col" { "now" } th scope="col" { "ran" }
                        th scope="col" { "was ready" } th scope="col" { "slept" }
                    }
                }
                tbody {
                    @for task in tasks {
                        tr {
                            th scope="row" { (task.name) }
                            td { (task.tid) }
                            td { (text_of_call(task)) }
                            td { (task.cpu_ns / 1_000_000) " ms" }
                            td { (task.ready_ns / 1_000_000) " ms" }
                            td { (task.sleeps) " times" }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn inboxes(look: &Look) -> Markup {
    html! {
        h2 #h-inboxes { "The hub's inboxes" }
        div.scroll tabindex="0" role="group" aria-labelledby="h-inboxes" {
            table #inboxes aria-labelledby="h-inboxes" {
                thead {
                    tr {
                        th scope="col" { "queue" } th scope="col" { "now" }
                        th scope="col" { "peak" } th scope="col" { "bound" }
                        th scope="col" { "from, to; who waits" }
                    }
                }
                tbody {
                    @for queue in &look.readings.queues {
                        @let role = role::of_inbox(queue.name);
                        tr data-queue=(queue.name) {
                            th scope="row" {
                                (queue.name)
                                (bar(Fullness::of(queue)))
                            }
                            td data-now { (queue.now) } td data-peak { (queue.peak) }
                            td { (queue.bound.map_or("none".to_owned(), |bound| bound.to_string())) }
                            td {
                                @if let Some(role) = role {
                                    (plain(role.from_to)) "; "
                                    @if role.when_full == "never" { "never full" }
                                    @else { "if full, " (plain(role.when_full)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn outboxes(look: &Look) -> Markup {
    let unsent = |outbox: &OutboxReading| outbox.contents.map_or(0, |contents| contents.unsent);
    let mut held: Vec<_> =
        look.readings.outboxes.iter().filter(|outbox| unsent(outbox) > 0).collect();
    held.sort_by_key(|outbox| (Reverse(unsent(outbox)), outbox.client));
    let shown = held.len().min(OUTBOXES_SHOWN_MAX);
    let busy = look.readings.outboxes.iter().filter(|outbox| outbox.contents.is_none()).count();
    let empty = look.readings.outboxes.len() - held.len() - busy;
    html! {
        h2 #h-outboxes { "Outboxes that hold something" }
        div.scroll tabindex="0" role="group" aria-labelledby="h-outboxes" {
            table #outboxes aria-labelledby="h-outboxes" {
                thead {
                    tr {
                        th scope="col" { "client" } th scope="col" { "unsent" }
                        th scope="col" { "bound" } th scope="col" { "bytes" }
                        th scope="col" { "may write" } th scope="col" { "its writer" }
                    }
                }
                tbody { @for outbox in held.into_iter().take(shown) { (outbox_row(look, outbox)) } }
            }
        }
        p.small data-n="others" { (shown) " shown, " (empty) " empty, " (busy) " in use at that moment" }
    }
}

fn outbox_row(look: &Look, outbox: &OutboxReading) -> Markup {
    let client = outbox.client.0;
    let writer = look.tasks.iter().find(|task| task.name == format!("w-{client}"));
    html! {
        @if let Some(it) = outbox.contents {
            tr {
                th scope="row" {
                    (client) (bar(Fullness { now: it.unsent, peak: 0, bound: Some(it.bound) }))
                }
                td { (it.unsent) @if it.unsent >= it.bound { " " b.bad { "full" } } }
                td { (it.bound) } td { (it.waiting_bytes) }
                td { (it.may_write) @if it.phase != "open" { ", " (it.phase) } }
                td { (writer.map_or_else(|| "-".to_owned(), text_of_call)) }
            }
        }
    }
}

pub(super) fn limits(look: &Look) -> Markup {
    html! {
        h2 #h-limits { "Limits" }
        table #limits aria-labelledby="h-limits" {
            thead {
                tr {
                    th scope="col" { "limit" } th scope="col" { "taken" } th scope="col" { "most" }
                }
            }
            tbody {
                @for &(name, taken, most) in &look.readings.limits {
                    tr data-limit=(name) {
                        th scope="row" {
                            (name) (bar(Fullness { now: taken, peak: 0, bound: Some(most) }))
                        }
                        td data-now { (taken) } td { (most) }
                    }
                }
            }
        }
    }
}

/// Commands whose output must agree with this page.
pub(super) fn proofs(look: &Look) -> Markup {
    let (pid, tid) = (look.pid, look.tasks.first().map_or(look.pid, |task| task.tid));
    html! {
        h2 #h-proofs { "How to check it" }
        p.small { "On this machine, in a terminal; " (tid) " is the number of a thread:" }
        dl.proofs {
            dt { "all threads" } dd { code { "ls /proc/" (pid) "/task | wc -l" } }
            dt { "the call in which one sleeps" }
            dd { code { "cat /proc/" (pid) "/task/" (tid) "/syscall" } }
            dt { "how long it ran, and was ready (ns)" }
            dd { code { "cat /proc/" (pid) "/task/" (tid) "/schedstat" } }
            dt { "how often it slept" }
            dd { code { "grep ctxt /proc/" (pid) "/task/" (tid) "/status" } }
            dt { "bytes that a slow client has not taken" }
            dd { code { "ss -tnp state established | grep pid=" (pid) } }
            dt { "all of it, a thousand times" }
            dd { code { "threadbare glass --check URL" } }
        }
    }
}

/// What wakes each kind of thread: the words of THREADS.md.
pub(super) fn kinds(look: &Look) -> Markup {
    let mut kinds = BTreeMap::<_, (usize, Role)>::new();
    for task in &look.tasks {
        if let Some(role) = role::of(&task.name) {
            let place = (place(&task.name).0, role.kind);
            kinds.entry(place).or_insert((0, role)).0 += 1;
        }
    }
    html! {
        h2 #h-kinds { "What wakes each kind of thread" }
        div.scroll tabindex="0" role="group" aria-labelledby="h-kinds" {
            table #kinds aria-labelledby="h-kinds" {
                thead {
                    tr {
                        th scope="col" { "kind" } th scope="col" { "now" }
                        th scope="col" { "waits for" } th scope="col" { "ends when" }
                        th scope="col" { "source" }
                    }
                }
                tbody {
                    @for (number, role) in kinds.values() {
                        tr {
                            th scope="row" { (role.kind) } td { (number) }
                            td { (plain(role.waits_for)) } td { (plain(role.ends_when)) }
                            td { code { (role.source.unwrap_or("-")) } }
                        }
                    }
                }
            }
        }
    }
}

/// The paper's words, without its marks of code.
fn plain(words: &str) -> String {
    words.replace('`', "")
}
