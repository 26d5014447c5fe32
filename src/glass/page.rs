//! A look as a page: the same facts as in the text, as HTML that needs no script. With scripts,
//! `web/glass/glass.js` looks again and again, and writes new numbers into this page.
//!
//! Owns: the page's head, the picture of a message's way, and the names (`data-n`, `data-rate`) by
//! which the script finds a number.
//! Must not know: how the numbers were read.
//!
//! Part: `glass/mod.rs`.

use maud::{DOCTYPE, Markup, html};

use super::look::Look;
use super::page_head::head;
use super::page_tables::{
    Fullness, bar, dots, inboxes, kinds, limits, outboxes, proofs, text_of_call, threads,
};
use super::{PATH, follow, schedule};
use crate::assets::built_in;
use crate::base::base_path::link;

/// Returns the URL of the page with this query.
fn address(query: &str) -> String {
    link(&format!("{PATH}{query}"))
}

/// Returns the page. With `every` it reloads itself after so many seconds in a browser without
/// scripts.
pub(super) fn shown(look: &Look, every: Option<u16>) -> String {
    let more = html! {
        @if let Some(seconds) = every {
            noscript { meta http-equiv="refresh" content=(seconds); }
        }
        script type="module" src=(built_in::address("glass/glass.js")) {}
    };
    html! {
        (DOCTYPE)
        html lang="en" {
            (head("Glass box", &more))
            body data-pid=(look.pid) { (header(every)) (content(look)) }
        }
    }
    .into_string()
}

fn header(every: Option<u16>) -> Markup {
    html! {
        header {
            h1 { "Glass box" }
            nav {
                // The script puts its button *Freeze* before these.
                a.plain href=(every.map_or_else(|| address(""), |every| address(&format!("?every={every}")))) {
                    "Refresh"
                }
                " "
                @if every.is_none() { a.plain href=(address("?every=2")) { "Refresh every 2 s" } }
                @else { a.plain href=(address("")) { "Do not refresh" } }
                " " a href=(address("?as=text")) { "As text" }
                " " a href=(address("?as=json")) { "As JSON" } " "
                a.plain href=(link(follow::PATH)) { "My last message" } " "
                a href=(link(schedule::PATH)) { "Be the scheduler" } " "
                a href=(link("/")) { "The chat" }
            }
        }
    }
}

fn content(look: &Look) -> Markup {
    let (threads_now, clients) = (look.tasks.len(), look.readings.outboxes.len());
    let running = look.running();
    html! {
        main {
            p.sum {
                "This program is " b data-n="threads" { (threads_now) } " threads, and nothing else: "
                b data-n="running" { (running) } " run now, "
                b data-n="asleep" { (threads_now.saturating_sub(running)) } " are asleep. Clients now: "
                b data-n="clients" { (clients) } ", each with two threads: a reader and a writer. One \
                thread, the hub, gives all messages their order."
            }
            p.state #state role="status" {}
            @if look.has_hidden_calls() {
                p.warn #hidden {
                    "The kernel does not tell this server in which system call a thread sleeps: it \
                    denies " code { "/proc/" (look.pid) "/task/TID/syscall" } ". All other numbers \
                    are there."
                }
            }
            (way(look))
            // The script writes here: one message that is followed, guesses, a slow replay.
            div #tries {}
            div.columns {
                section.wide { (threads(look)) }
                div {
                    section { (inboxes(look)) }
                    section { (outboxes(look)) }
                    section { (limits(look)) }
                    section { (proofs(look)) }
                }
            }
            section { (kinds(look)) }
            p.small {
                "threadbare " (env!("CARGO_PKG_VERSION")) ", process " (look.pid) ". This look took "
                span data-n="took" { (look.took_us) " µs" } " of the thread door that answers it"
                span data-n="cost" {} ". While nobody looks, nothing here runs."
            }
        }
    }
}

/// The way of a message through the threads, as a list whose items stand side by side.
fn way(look: &Look) -> Markup {
    html! {
        h2 #h-way { "The way of a message" }
        ol.way aria-labelledby="h-way" { (way_in(look)) (way_out(look)) }
        p.small {
            "A square is a thread. A filled one ran just now; a red one waits until its client takes \
            bytes."
        }
    }
}

/// The way from a client to the hub's inbox.
fn way_in(look: &Look) -> Markup {
    let queue = look.readings.queues.iter().find(|queue| queue.name == "broadcast");
    let doors = look.readings.limits.iter().find(|(name, ..)| *name == "doors");
    html! {
        li {
            h3 { "accept " small { "1 thread for each address" } }
            p { "takes connections" }
            (count(look, "accepted", "connections"))
            p data-n="own" {}
            (dots(look, "accept"))
            p {
                b data-n="doors" { (doors.map_or(0, |(_, taken, _)| *taken)) } " of "
                (doors.map_or(0, |(_, _, most)| *most)) " doors open"
            }
        }
        li data-steps="read" {
            h3 { "readers " small { "r-1, r-2, …" } }
            p { "each sleeps until its client's bytes come" }
            p { b data-n="readers" { (named(look, "r-")) } " threads" (dots(look, "r-")) }
            (count(look, "requests", "requests"))
        }
        li data-steps="asked" {
            h3 { "inbox " small { "a queue" } }
            p { "if it is full, readers wait" }
            @if let Some(queue) = queue {
                span data-bar="broadcast" { (bar(Fullness::of(queue))) }
                p {
                    b data-n="inbox" { (queue.now) } " wait, of "
                    (queue.bound.map_or("any number".to_owned(), |most| most.to_string()))
                }
                p { "peak " b data-n="inbox-peak" { (queue.peak) } }
            }
        }
    }
}

/// The way from the hub to the clients.
fn way_out(look: &Look) -> Markup {
    let hub = look.tasks.iter().find(|task| task.name == "hub");
    let outboxes = look.readings.outboxes.iter();
    let held = outboxes
        .filter(|outbox| outbox.contents.is_some_and(|contents| contents.unsent > 0))
        .count();
    html! {
        li.hub data-steps="taken decided" {
            h3 { "hub " small { "1 thread" } }
            p { "decides who gets what" }
            (count(look, "rounds", "rounds"))
            (dots(look, "hub"))
            p { "now: " b data-n="hub" { (hub.map_or("is not there".to_owned(), text_of_call)) } }
        }
        li.fork {
            div data-steps="first last" {
                h3 { "express lane " small { "no thread" } }
                p { "the hub itself sends, and wakes nobody" }
                (count(look, "express", "messages"))
            }
            div data-steps="writer" {
                h3 { "outboxes, writers " small { "w-1, w-2, …" } }
                p { "for a client that is too slow" }
                (count(look, "queued", "messages"))
                p {
                    b data-n="held" { (held) } " of " b data-n="writers" { (named(look, "w-")) }
                    " hold something" (dots(look, "w-"))
                }
                (count(look, "refused", "refused, full"))
            }
            @if look.tasks.iter().any(|task| task.name == "history") {
                div data-steps="kept" {
                    h3 { "history " small { "1 thread" } }
                    p { "stores it; nobody who listens waits for that" }
                    (dots(look, "history"))
                }
            }
        }
    }
}

/// How many threads have a name that begins so.
fn named(look: &Look, prefix: &str) -> usize {
    look.tasks.iter().filter(|task| task.name.starts_with(prefix)).count()
}

/// One counter: its value now, and a place where the script writes how fast it grows.
fn count(look: &Look, name: &str, words: &str) -> Markup {
    let mut counters = look.readings.counters.iter();
    let value = counters.find(|(one, _)| *one == name).map_or(0, |(_, value)| *value);
    html! {
        p { b.rate data-rate=(name) {} " " b data-total=(name) { (value) } " " (words) }
    }
}

#[cfg(test)]
mod tests {
    use super::shown;
    use crate::glass::look::Look;
    use crate::glass::syscall::SystemCall;
    use crate::glass::task::{Task, TaskState};
    use crate::server::instruments::Readings;

    fn look(call: Option<SystemCall>) -> Look {
        let task = Task {
            tid: 7,
            name: "w-3".to_owned(),
            state: TaskState::Sleeps,
            call,
            cpu_ns: 5_000_000,
            ready_ns: 0,
            sleeps: 1,
            preempted: 0,
        };
        let (queues, outboxes, counters, limits) = Default::default();
        let readings = Readings { queues, outboxes, counters, limits };
        Look { pid: 7, tasks: vec![task], thread_count: 1, tids: None, readings, took_us: 1 }
    }

    #[test]
    fn the_page_says_that_the_kernel_does_not_tell_the_call() {
        let says_so = |page: &str| page.contains("denies <code>/proc/7/task/TID/syscall</code>");
        let hidden = shown(&look(None), None);
        assert!(says_so(&hidden) && hidden.contains("<td>sleeps</td>"), "{hidden}");
        let call = SystemCall { number: 20, name: "writev".to_owned(), fd: Some(13) };
        let told = shown(&look(Some(call)), None);
        assert!(!says_so(&told) && told.contains("<td>sleeps in writev(13)</td>"), "{told}");
    }
}
