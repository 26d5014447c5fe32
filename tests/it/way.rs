//! The way of a socket and of a message through the spine, as the source text has it.
//!
//! Each function here is reached from one that was reached before: by a call, which stands
//! in the text of that one, or by a hand-over with a name (a job of a thread, the private
//! socket, a ticket, a queue), which stands in the text of both. So a name that moves away
//! from the way breaks this test, and whoever reads the list has read where to go next.
//!
//! `cargo test --test it -- way:: --nocapture` prints the way and its figures.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use How::{Back, Call, Job, Queue, Socket, Ticket};

/// How one function leads to another.
#[derive(Clone, Copy, Debug)]
enum How {
    /// It calls it, straight or through a trait; tungstenite may stand between.
    Call,
    /// It gives it to a thread of the pool.
    Job,
    /// It writes to the private socket, from which the other reads by these words.
    Socket(&'static str),
    /// It decides on a ticket, on which the other waits by these words.
    Ticket(&'static str),
    /// It leaves something in a queue, from which the other takes by these words.
    Queue(&'static str),
    /// It returns to the other, which has called it.
    Back,
}

impl How {
    /// What the receiver of a hand-over says.
    fn takes(self) -> Option<&'static str> {
        match self {
            Socket(takes) | Ticket(takes) | Queue(takes) => Some(takes),
            Call | Job | Back => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Call => "calls",
            Job => "job",
            Socket(_) => "socket",
            Ticket(_) => "ticket",
            Queue(_) => "queue",
            Back => "back",
        }
    }
}

/// A function and its file, what it says, and where that leads. The text of a call ends with
/// the name of what is called. A file of `server/` or `base/` goes by its name in there.
type Step = (&'static str, &'static str, How, &'static str);

/// From a connection to a client that has been welcomed: once for each client.
const CONNECTION: &[Step] = &[
    ("accept.rs run", "self.hand_to_door", Call, "accept.rs hand_to_door"),
    ("accept.rs hand_to_door", "self.admission.open_door", Call, "admission/mod.rs open_door"),
    ("accept.rs hand_to_door", "|| serve_door", Job, "accept.rs serve_door"),
    ("accept.rs serve_door", "way_in.serve", Call, "door/mod.rs serve"),
    ("door/mod.rs serve", "self.answer_requests", Call, "door/mod.rs answer_requests"),
    ("door/mod.rs answer_requests", "self.serve_one", Call, "door/mod.rs serve_one"),
    // One request, by every rule of the door.
    ("door/mod.rs serve_one", "self.receive", Call, "door/mod.rs receive"),
    ("door/mod.rs receive", "self.receive_head", Call, "door/mod.rs receive_head"),
    ("door/mod.rs receive_head", "head::receive", Call, "door/head.rs receive"),
    ("door/head.rs receive", "connection.read_more", Call, "door/door_socket.rs read_more"),
    ("door/door_socket.rs read_more", "deadline::read_more", Call, "socket/deadline.rs read_more"),
    ("door/mod.rs receive", "ParsedRequest::parse", Call, "door/request.rs parse"),
    ("door/request.rs parse", "parse_target", Call, "door/request.rs parse_target"),
    ("door/mod.rs receive", "self.admit", Call, "door/mod.rs admit"),
    ("door/mod.rs admit", "self.hosts.admits", Call, "door/host.rs admits"),
    ("door/mod.rs admit", "self.origins.admits", Call, "door/host.rs admits"),
    ("door/mod.rs admit", "self.load.is_over", Call, "door/load.rs is_over"),
    ("door/mod.rs receive", "self.receive_body", Call, "door/mod.rs receive_body"),
    // What does it mean? tiny_http is asked, in canonical words.
    ("door/mod.rs serve_one", "self.fetch_response", Call, "door/mod.rs fetch_response"),
    ("door/mod.rs fetch_response", "self.exchange_places.take", Call, "door/door_places.rs take"),
    ("door/mod.rs fetch_response", "exchange", Call, "door/exchange.rs exchange"),
    ("door/exchange.rs exchange", "http.listener", Call, "http/mod.rs listener"),
    ("http/mod.rs listener", "self.listening.current", Call, "http/listening.rs current"),
    ("door/exchange.rs exchange", "try_exchange", Call, "door/exchange.rs try_exchange"),
    ("door/exchange.rs try_exchange", "http.tickets().issue", Call, "http/ticket.rs issue"),
    ("door/exchange.rs try_exchange", "canonical", Call, "door/exchange.rs canonical"),
    (
        "door/exchange.rs try_exchange",
        "deadline::write_all(&socket, &request",
        Socket("generation.next()"),
        "http/responder.rs run",
    ),
    ("http/responder.rs run", "generation.next", Call, "http/generation.rs next"),
    ("http/responder.rs run", "respond", Call, "http/responder.rs respond"),
    ("http/responder.rs respond", "tickets.take", Call, "http/ticket.rs take"),
    ("http/responder.rs respond", "site.answer", Call, "http/site.rs answer"),
    ("http/responder.rs respond", "site.answer", Call, "classic/mod.rs answer"),
    ("classic/mod.rs answer", "self.choose", Call, "classic/mod.rs choose"),
    ("classic/mod.rs choose", "asked.path", Call, "http/request.rs path"),
    ("classic/mod.rs choose", "self.upgrade", Call, "classic/mod.rs upgrade"),
    ("classic/mod.rs upgrade", "handshake::accept", Call, "http/handshake.rs accept"),
    ("http/handshake.rs accept", "Response::new", Call, "http/response.rs new"),
    ("classic/mod.rs upgrade", "self.entrance.admits", Call, "admission/entrance.rs admits"),
    ("http/responder.rs respond", "send_response", Call, "http/responder.rs send_response"),
    (
        "http/responder.rs send_response",
        "ticket.decide(decision)",
        Ticket("issued.finish()"),
        "door/exchange.rs try_exchange",
    ),
    // The verdict: an upgrade.
    ("door/mod.rs serve_one", "self.carry_out_verdict", Call, "door/mod.rs carry_out_verdict"),
    ("door/mod.rs carry_out_verdict", "answer::head", Call, "door/answer.rs head"),
    ("door/mod.rs serve", "adopt", Call, "door/adopting.rs adopt"),
    ("door/adopting.rs adopt", "seat.register_early", Call, "http/verdict.rs register_early"),
    ("door/adopting.rs adopt", "adopt.reserve", Call, "client/mod.rs reserve"),
    ("client/mod.rs reserve", "self.clients.reserve", Call, "client/mod.rs reserve"),
    ("client/mod.rs reserve", "self.admit", Call, "client/mod.rs admit"),
    (
        "client/mod.rs admit",
        "self.admission.take_client_place",
        Call,
        "admission/mod.rs take_client_place",
    ),
    ("client/mod.rs admit", "format.is_framed", Call, "client/client_format.rs is_framed"),
    ("client/mod.rs admit", "socket::prepare_for_client", Call, "socket/mod.rs prepare_for_client"),
    ("client/mod.rs reserve", "self.slots.take", Call, "outbox/slot.rs take"),
    ("client/mod.rs reserve", "self.start_writer", Call, "client/mod.rs start_writer"),
    ("client/mod.rs start_writer", "self.pool.run", Call, "threads/pool.rs run"),
    ("client/mod.rs start_writer", "writer::run", Job, "client/writer.rs run"),
    // Before its answer is written the hub has its registration.
    ("door/adopting.rs adopt", "seat.register_early", Call, "client/seat.rs register_early"),
    (
        "client/seat.rs register_early",
        "self.format.newcomer_at_once",
        Call,
        "classic/format.rs newcomer_at_once",
    ),
    ("client/mod.rs reserve", "OutboxState::begin_answer", Call, "outbox/state.rs begin_answer"),
    ("client/seat.rs register_early", "self.register", Call, "client/seat.rs register"),
    ("client/seat.rs register", "ClientConnection::new", Call, "hub/client_connection.rs new"),
    ("client/seat.rs register", "self.surroundings.hub.register", Call, "hub/handle.rs register"),
    ("hub/handle.rs register", "self.send_registration", Call, "hub/handle.rs send_registration"),
    (
        "hub/handle.rs send_registration",
        "self.register.send(registration)",
        Queue("recv(self.register_inbox)"),
        "hub/mod.rs wait",
    ),
    ("hub/mod.rs wait", "self.wait", Back, "hub/mod.rs run"),
    ("hub/mod.rs run", "self.run_round", Call, "hub/mod.rs run_round"),
    ("hub/mod.rs run_round", "let_in", Call, "hub/mod.rs let_in"),
    ("hub/mod.rs let_in", "rule.roster().add_pending", Call, "hub/roster.rs add_pending"),
    ("hub/mod.rs let_in", "rule.step", Call, "classic/everybody.rs step"),
    ("classic/everybody.rs step", "self.register", Call, "classic/everybody.rs register"),
    ("classic/everybody.rs register", "self.roster.welcome", Call, "hub/roster.rs welcome"),
    ("classic/everybody.rs register", "self.all.add", Call, "hub/audience.rs add"),
    ("hub/audience.rs add", ".listeners.insert", Call, "hub/audience.rs insert"),
    ("hub/roster.rs welcome", "member.answer", Call, "hub/roster.rs answer"),
    (
        "hub/roster.rs answer",
        "welcome.try_send(answer)",
        Queue("answer.recv()"),
        "hub/handle.rs answered",
    ),
    // The door has returned: its thread goes on as the client's reader.
    ("door/mod.rs serve", "seat.run", Call, "http/verdict.rs run"),
    ("door/mod.rs serve", "seat.run", Call, "client/seat.rs run"),
    ("client/seat.rs run", "reader::conversation", Call, "client/reader.rs conversation"),
    ("client/reader.rs conversation", "Adapter::new", Call, "client/adapter.rs new"),
    ("client/seat.rs run", "self.run_with", Call, "client/seat.rs run_with"),
    (
        "client/seat.rs run_with",
        "OutboxState::finish_answer",
        Call,
        "outbox/state.rs finish_answer",
    ),
    ("client/seat.rs run_with", "sent.wait", Call, "hub/handle.rs wait"),
    ("hub/handle.rs wait", "self.answered", Call, "hub/handle.rs answered"),
    ("client/seat.rs run_with", "side.read_requests", Call, "client/reader.rs read_requests"),
];

/// From its author's socket to the socket of whoever hears it, where nothing waits: once for
/// each message. Every function of ours that runs for it.
const MESSAGE: &[Step] = &[
    ("client/reader.rs read_requests", "next_message", Call, "client/reader.rs next_message"),
    // Inside tungstenite.
    ("client/reader.rs next_message", "conversation.read", Call, "client/adapter.rs read"),
    ("client/adapter.rs read", "self.watch.broken_rule", Call, "client/frame_watch.rs broken_rule"),
    (
        "client/adapter.rs read",
        "self.deadlines.next_wait",
        Call,
        "client/read_deadlines.rs next_wait",
    ),
    ("client/adapter.rs read", "self.arm", Call, "client/adapter.rs arm"),
    ("client/adapter.rs read", "probe::before", Call, "probe.rs before"),
    ("client/adapter.rs read", "self.see", Call, "client/adapter.rs see"),
    ("client/adapter.rs see", "self.watch.see", Call, "client/frame_watch.rs see"),
    ("client/frame_watch.rs see", "self.head_length", Call, "client/frame_watch.rs head_length"),
    ("client/frame_watch.rs see", "self.end_head", Call, "client/frame_watch.rs end_head"),
    (
        "client/frame_watch.rs end_head",
        "self.rule_broken_by",
        Call,
        "client/frame_watch.rs rule_broken_by",
    ),
    ("client/frame_watch.rs rule_broken_by", "self.is_data", Call, "client/frame_watch.rs is_data"),
    ("client/frame_watch.rs see", "self.end_frame", Call, "client/frame_watch.rs end_frame"),
    (
        "client/adapter.rs see",
        "self.watch.is_under_way",
        Call,
        "client/frame_watch.rs is_under_way",
    ),
    ("client/adapter.rs see", "self.deadlines.heard", Call, "client/read_deadlines.rs heard"),
    // A whole message.
    ("client/reader.rs read_requests", "send_request_in", Call, "client/reader.rs send_request_in"),
    ("client/reader.rs send_request_in", "seat.format().read", Call, "classic/format.rs read"),
    ("classic/format.rs read", "clean", Call, "classic/format.rs clean"),
    ("client/reader.rs send_request_in", "seat.send_request", Call, "client/seat.rs send_request"),
    (
        "client/seat.rs send_request",
        "self.link.outbox.wait_for_space",
        Call,
        "outbox/mod.rs wait_for_space",
    ),
    ("outbox/mod.rs wait_for_space", "self.monitor.wait", Call, "outbox/mod.rs wait"),
    (
        "outbox/mod.rs wait_for_space",
        "OutboxState::ask_for_space",
        Call,
        "outbox/state.rs ask_for_space",
    ),
    ("outbox/state.rs ask_for_space", "self.has_space", Call, "outbox/state.rs has_space"),
    ("outbox/state.rs has_space", "self.unsent", Call, "outbox/state.rs unsent"),
    (
        "client/seat.rs send_request",
        "self.surroundings.hub.send_request",
        Call,
        "hub/handle.rs send_request",
    ),
    (
        "hub/handle.rs send_request",
        "self.broadcast.send(ClientRequest",
        Queue("recv(self.broadcast_inbox)"),
        "hub/mod.rs wait",
    ),
    // A round of the hub.
    ("hub/mod.rs wait", "self.wait", Back, "hub/mod.rs run"),
    ("hub/mod.rs run", "self.health.begin_round", Call, "hub/health.rs begin_round"),
    ("hub/mod.rs run", "self.run_round", Call, "hub/mod.rs run_round"),
    ("hub/mod.rs run_round", "self.clock.now", Call, "hub/mod.rs now"),
    ("hub/mod.rs run_round", "rule.step", Call, "classic/everybody.rs step"),
    ("classic/everybody.rs step", "self.broadcast", Call, "classic/everybody.rs broadcast"),
    (
        "classic/everybody.rs broadcast",
        "self.roster.batch_messages_max",
        Call,
        "hub/roster.rs batch_messages_max",
    ),
    ("classic/everybody.rs broadcast", "all.has", Call, "hub/audience.rs has"),
    ("hub/audience.rs has", ".listeners.has", Call, "hub/audience.rs has"),
    ("hub/audience.rs has", "self.index_of", Call, "hub/audience.rs index_of"),
    ("classic/everybody.rs broadcast", "all.collect", Call, "hub/audience.rs collect"),
    ("hub/audience.rs collect", ".listeners.is_empty", Call, "hub/audience.rs is_empty"),
    ("classic/everybody.rs broadcast", "Frame::text", Call, "outbox/frame.rs text"),
    ("outbox/frame.rs text", "Self::encode", Call, "outbox/frame.rs encode"),
    ("hub/audience.rs collect", "group.batch.add", Call, "outbox/frame.rs add"),
    ("hub/audience.rs collect", "group.batch.is_full", Call, "outbox/frame.rs is_full"),
    // What is noted goes out.
    ("classic/everybody.rs step", "self.push", Call, "classic/everybody.rs push"),
    ("classic/everybody.rs push", "self.roster.fan_out", Call, "hub/roster.rs fan_out"),
    ("classic/everybody.rs push", "self.all.push", Call, "hub/audience.rs push"),
    ("hub/audience.rs push", "group.batch.is_empty", Call, "outbox/frame.rs is_empty"),
    ("hub/audience.rs push", "connection.prefetch", Call, "hub/client_connection.rs prefetch"),
    ("hub/client_connection.rs prefetch", "self.outbox.prefetch", Call, "outbox/mod.rs prefetch"),
    ("hub/audience.rs push", "connection.push", Call, "hub/client_connection.rs push"),
    (
        "hub/client_connection.rs push",
        "self.outbox.push_or_send",
        Call,
        "outbox/mod.rs push_or_send",
    ),
    ("outbox/mod.rs push_or_send", "self.with", Call, "outbox/mod.rs with"),
    ("outbox/mod.rs with", "self.monitor.with", Call, "outbox/mod.rs with"),
    ("outbox/mod.rs push_or_send", "batch.frames", Call, "outbox/frame.rs frames"),
    ("outbox/mod.rs push_or_send", "state.begin_send", Call, "outbox/state.rs begin_send"),
    ("outbox/mod.rs push_or_send", "side.send_now", Call, "hub/client_connection.rs send_now"),
    ("hub/client_connection.rs send_now", "batch.bytes", Call, "outbox/frame.rs bytes"),
    (
        "hub/client_connection.rs send_now",
        "socket::express::send_now",
        Call,
        "socket/express.rs send_now",
    ),
    // It is out.
    ("outbox/mod.rs push_or_send", "state.finish_send", Call, "outbox/state.rs finish_send"),
    ("hub/audience.rs push", "group.batch.clear", Call, "outbox/frame.rs clear"),
    ("hub/mod.rs run", ".hang_up_overdue", Call, "hub/roster.rs hang_up_overdue"),
    ("hub/mod.rs run", "self.health.end_round", Call, "hub/health.rs end_round"),
    ("hub/mod.rs run", "self.rule.is_over", Call, "classic/everybody.rs is_over"),
    ("hub/mod.rs run", "self.next_alarm", Call, "hub/mod.rs next_alarm"),
    ("hub/mod.rs next_alarm", "self.rule.alarm", Call, "hub/rule.rs alarm"),
    ("hub/mod.rs next_alarm", "self.rule.roster", Call, "classic/everybody.rs roster"),
    ("hub/mod.rs next_alarm", ".next_hang_up", Call, "hub/roster.rs next_hang_up"),
];

/// What the socket of whoever hears it does not take at once: its writer's.
const WRITER: &[Step] = &[
    ("outbox/mod.rs with", "self.monitor.wake_all", Call, "outbox/mod.rs wake_all"),
    (
        "outbox/mod.rs push_or_send",
        "state.finish_send(batch",
        Queue("outbox.take(Some(ping_due))"),
        "client/writer.rs run",
    ),
    ("client/writer.rs run", "outbox.take", Call, "outbox/mod.rs take"),
    ("outbox/mod.rs take", "OutboxState::take", Call, "outbox/state.rs take"),
    ("outbox/state.rs take", "self.next_batch", Call, "outbox/state.rs next_batch"),
    ("outbox/state.rs next_batch", "waiting.next_batch", Call, "outbox/waiting.rs next_batch"),
    ("client/writer.rs run", "write_batch", Call, "client/writer.rs write_batch"),
    ("client/writer.rs write_batch", "side.write_some", Call, "client/writer.rs write_some"),
    ("client/writer.rs write_some", "self.arm", Call, "client/writer.rs arm"),
    ("client/writer.rs arm", "self.socket.bound_writes", Call, "socket/deadline.rs bound_writes"),
    ("client/writer.rs write_batch", "state.note_written", Call, "outbox/state.rs note_written"),
];

/// What knows no chat, whatever the rule, the format and the site are; the rest of the smallest
/// program is who may come in, the classic chat, flags, words and a start.
const SPINE: [&str; 14] = [
    "base/client_id.rs",
    "base/disconnect.rs",
    "base/limits",
    "base/log.rs",
    "base/socket",
    "base/threads",
    "server/accept.rs",
    "server/client",
    "server/door",
    "server/http",
    "server/hub",
    "server/mod.rs",
    "server/outbox",
    "server/probe.rs",
];

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// A file by its whole name below `src`.
fn whole_name(file: &str) -> String {
    let in_rooms = ["", "server/", "base/"].map(|room| format!("{room}{file}"));
    in_rooms.into_iter().find(|it| src().join(it).is_file()).unwrap_or_else(|| panic!("no {file}"))
}

/// A file as it is compiled: without the tests at its end, and without comments.
fn code(file: &str) -> String {
    let text = fs::read_to_string(src().join(whole_name(file))).unwrap();
    let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines = shipped.lines().map(|line| match line.find("//") {
        Some(0) => "",
        Some(at) if line[..at].ends_with(' ') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Everything from one bracket to the one that closes it.
fn closed(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, sign) in text.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..=at];
        }
    }
    panic!("a bracket stays open: {}", &text[..60.min(text.len())]);
}

/// The bodies of all functions of this name in a file; a trait may have one, and its type. What a
/// trait only declares has an empty body.
fn bodies<'a>(code: &'a str, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mark = format!("fn {name}");
    for (at, _) in code.match_indices(&mark) {
        let rest = &code[at + mark.len()..];
        if !rest.starts_with(['(', '<']) {
            continue;
        }
        let mut depth = 0_usize;
        let end = rest.find(|sign: char| {
            match sign {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                _ => {}
            }
            depth == 0 && matches!(sign, '{' | ';')
        });
        let rest = &rest[end.unwrap()..];
        found.push(if rest.starts_with('{') { closed(rest) } else { "" });
    }
    found
}

/// Whether these words stand in one of the bodies, none of them in the middle of a name.
fn says(bodies: &[&str], words: &str) -> bool {
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '_';
    bodies.iter().any(|body| {
        // A call that the formatter has broken in two is one all the same.
        let body: String = body.split_whitespace().collect::<Vec<_>>().join(" ").replace(" .", ".");
        body.match_indices(words).any(|(at, _)| {
            let is_whole = !words.starts_with(is_part) || !body[..at].ends_with(is_part);
            is_whole && !body[..at].ends_with("fn ")
        })
    })
}

/// Follows steps from what was reached before; each is to hold.
fn follow(steps: &[Step], reached: &mut BTreeSet<&'static str>) {
    for &(from, words, how, to) in steps {
        assert!(reached.contains(from), "{from} leads to {to}, and nothing has led to it");
        check((from, words, how, to)).unwrap_or_else(|why| panic!("{why}"));
        reached.insert(to);
    }
}

/// Whether a step stands in the text.
///
/// # Errors
/// What does not.
fn check((from, words, how, to): Step) -> Result<(), String> {
    let ((from_file, from_name), (to_file, to_name)) = (parts(from), parts(to));
    let (from_code, to_code) = (code(from_file), code(to_file));
    let (from_bodies, to_bodies) = (bodies(&from_code, from_name), bodies(&to_code, to_name));
    if from_bodies.is_empty() || to_bodies.is_empty() {
        return Err(format!("{from} leads to {to}, and one of them is not there"));
    }
    let call = format!("{words}(");
    let is_said = match how {
        Call => {
            // `with(OutboxState::ask_if_drained)` calls it, too.
            let by_name = format!("{words})");
            let calls = says(&from_bodies, &call) || says(&from_bodies, &by_name);
            calls && is_named(words, to_name)
        }
        Job => {
            let hands = ["pool.run(", "spawn("].iter().any(|it| says(&from_bodies, it));
            hands && says(&from_bodies, &call) && is_named(words, to_name)
        }
        Back => says(&to_bodies, &call) && is_named(words, from_name),
        Socket(_) | Ticket(_) | Queue(_) => says(&from_bodies, words),
    };
    if !is_said {
        return Err(format!("{from} does not say `{words}`, which leads to {to}"));
    }
    match how.takes() {
        Some(takes) if !says(&to_bodies, takes) => {
            Err(format!("{to} does not say `{takes}`, by which it takes from {from}"))
        }
        _ => Ok(()),
    }
}

/// Whether the words of a call end with this name.
fn is_named(words: &str, name: &str) -> bool {
    let last = words.rsplit(|sign: char| !sign.is_alphanumeric() && sign != '_').next();
    last == Some(name)
}

/// A function's file, and its name.
fn parts(place: &str) -> (&str, &str) {
    place.split_once(' ').unwrap()
}

/// Every file that is compiled if the features are not, beginning with the library's.
fn files_without_features() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next = vec!["lib.rs".to_owned(), "main.rs".to_owned()];
    while let Some(file) = next.pop() {
        let folder = match file.strip_suffix("mod.rs") {
            Some(folder) => folder.to_owned(),
            None if matches!(&*file, "lib.rs" | "main.rs") => String::new(),
            None => format!("{}/", file.trim_end_matches(".rs")),
        };
        let mut is_left_out = false;
        for line in code(&file).lines().map(str::trim) {
            if line.starts_with("#[") {
                is_left_out |= line.starts_with("#[cfg(") && !line.contains("not(feature");
                continue;
            }
            let is_module = line.starts_with("mod ") || line.contains(" mod ");
            if is_module && line.ends_with(';') && !is_left_out {
                let name = line.trim_end_matches(';').rsplit(' ').next().unwrap();
                let [flat, deep] = [format!("{folder}{name}.rs"), format!("{folder}{name}/mod.rs")];
                next.push(if src().join(&flat).exists() { flat } else { deep });
            }
            is_left_out = false;
        }
        found.insert(file);
    }
    found
}

/// Lines of a file that are neither empty nor a comment.
fn lines(file: &str) -> usize {
    code(file).lines().filter(|line| !line.trim().is_empty()).count()
}

fn files_of<'a>(places: impl IntoIterator<Item = &'a &'static str>) -> BTreeSet<&'static str> {
    places.into_iter().map(|place| parts(place).0).collect()
}

fn show(title: &str, steps: &[Step]) {
    println!("\n{title}");
    for (from, words, how, to) in steps {
        println!("  {from:<30} {:<7} {to:<34} {words}", how.word());
    }
}

#[test]
fn from_accept_to_the_last_send_each_function_is_reached_from_one_before() {
    let mut all = BTreeSet::from(["accept.rs run"]);
    follow(CONNECTION, &mut all);
    let once = all.clone();
    let mut message = BTreeSet::from(["client/reader.rs read_requests"]);
    follow(MESSAGE, &mut message);
    assert!(all.contains("client/reader.rs read_requests"));
    all.extend(&message);
    follow(WRITER, &mut all);

    show("A connection becomes a client", CONNECTION);
    show("A message is told", MESSAGE);
    show("What a socket does not take at once", WRITER);
    let compiled = files_without_features();
    for file in files_of(&all) {
        assert!(
            compiled.contains(&whole_name(file)),
            "{file} is on the way, and not in the smallest program"
        );
    }
    let mut rooms = BTreeMap::<_, (usize, usize)>::new();
    for file in &compiled {
        // A room of the spine, or one beside it: two names, or the first.
        let room = SPINE.iter().copied().find(|it| file.starts_with(it));
        let room = room.or(file.split('/').next()).unwrap();
        let (files, sum) = rooms.entry(room).or_default();
        *files += 1;
        *sum += lines(file);
    }
    println!("\nWithout features (lines without comments and tests):");
    for (room, (files, lines)) in &rooms {
        println!("  {room:<20} {files:>3} files {lines:>5} lines");
    }
    let sum = |is_counted: &dyn Fn(&str) -> bool| {
        let counted = rooms.iter().filter(|(room, _)| is_counted(room));
        counted.fold((0, 0), |(files, lines), (_, it)| (files + it.0, lines + it.1))
    };
    for (what, (files, lines)) in
        [("the spine", sum(&|room| SPINE.contains(&room))), ("all", sum(&|_| true))]
    {
        println!("  {what:<20} {files:>3} files {lines:>5} lines");
    }
    println!("One connection: {} functions in {} files.", once.len(), files_of(&once).len());
    println!("One message: {} functions in {} files.", message.len(), files_of(&message).len());
    println!("From accept to the last send: {} files.", files_of(&all).len());
}

/// The lines "Next" of the headers lead along the same way: each file that they name is reached
/// from one that was read before.
#[test]
fn each_next_file_is_reached_from_one_before() {
    let header = |file: &str| fs::read_to_string(src().join(file)).unwrap();
    let next = |file: &str| {
        let text = header(file);
        let named = text.lines().find_map(|line| line.strip_prefix("//! Next:"))?;
        Some(named.split('`').nth(1)?.to_owned())
    };
    let mut read = vec!["server/accept.rs".to_owned()];
    let leads: BTreeSet<(String, String)> = [CONNECTION, MESSAGE, WRITER]
        .concat()
        .iter()
        .map(|(from, _, _, to)| (whole_name(parts(from).0), whole_name(parts(to).0)))
        .collect();
    while let Some(file) = next(read.last().unwrap()) {
        let is_reached = leads.iter().any(|(from, to)| *to == file && read.contains(from));
        assert!(is_reached, "{file} is not reached from {read:?}");
        read.push(file);
    }
    println!("To be read: {}", read.join(", "));
}

#[test]
fn a_name_that_has_left_the_way_is_found() {
    let good: Step = (
        "client/seat.rs send_request",
        "self.surroundings.hub.send_request",
        Call,
        "hub/handle.rs send_request",
    );
    assert_eq!(check(good), Ok(()));
    let wrong: [Step; 6] = [
        // Said elsewhere in the file, or by nobody.
        ("client/seat.rs finish", "self.hub.send_request", Call, "hub/handle.rs send_request"),
        ("client/seat.rs send_request", "self.hub.told", Call, "hub/handle.rs send_request"),
        // Said, and it is another's name; or the other is not there.
        (
            "client/seat.rs send_request",
            "self.surroundings.hub.send_request",
            Call,
            "hub/handle.rs drained",
        ),
        (
            "client/seat.rs send_request",
            "self.surroundings.hub.send_request",
            Call,
            "hub/mod.rs send_request",
        ),
        // Given, and not taken; or no job.
        (
            "hub/handle.rs send_request",
            "self.broadcast.send",
            Queue("recv(self.departures_)"),
            "hub/mod.rs wait",
        ),
        (
            "client/seat.rs send_request",
            "self.surroundings.hub.send_request",
            Job,
            "hub/handle.rs send_request",
        ),
    ];
    for step in wrong {
        assert!(check(step).is_err(), "{step:?}");
    }
}
