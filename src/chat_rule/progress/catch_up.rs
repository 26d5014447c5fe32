//! How a client receives what it has missed: when it enters, after its log has skipped numbers, and
//! after it was too slow. All three cases work in the same way.
//!
//! Owns: which chunk of which log a client receives next, and when it receives each new line of the
//! log at once again.
//! Must not know: outboxes.
//!
//! Part: `chat_rule/progress/mod.rs`.

use super::{Lent, Progress, reading};
use crate::chat::core::chunks::Chunk;
use crate::chat::core::{Core, LogId};
use crate::chat::entry::Seq;
use crate::chat::reply::Reply;
use crate::chat_rule::delivery::Delivery;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// Records that the client has missed lines: for each log in `missed`, those from the number in
/// `missed` on. A client that was live in the log becomes behind in it, and is told so.
pub(super) fn fall_behind<D: Delivery>(
    progress: &mut Progress<D>,
    core: &Core,
    client: ClientId,
    missed: &[(LogId, Seq)],
) {
    for (log, first) in missed {
        if progress.follows.fall_behind(client, *log, *first) {
            progress.delivery.unsubscribe(client, *log);
            if let Some(log) = core.log(*log) {
                progress.delivery.queue_reply(client, &Reply::Behind(log.name().clone()));
            }
        }
    }
}

/// Sends the next chunk of a log, if the client is behind in one. If the history's file must be
/// read for that, the client is queued. The caller knows that everything has been sent to the
/// client.
pub(super) fn send_next_chunk<D: Delivery>(
    progress: &mut Progress<D>,
    lent: &mut Lent<'_>,
    client: ClientId,
) {
    let Some((id, from)) = progress.follows.next_behind(client) else { return };
    let Some(log) = lent.core.log(id) else {
        // The room no longer exists. A room is removed only when no client is in it, so this
        // client is here only to save the room.
        return end_save(progress, client);
    };
    let lines_max = progress.chunk_lines_max;
    let chunk = if from < log.oldest() {
        reading::forgotten_chunk(lent.persist, log, from, lines_max)
    } else {
        Some(log.chunk(from, lines_max))
    };
    match chunk {
        Some(chunk) => send_chunk(progress, lent.core, (client, id), from, chunk),
        None => reading::queue_missed(progress, lent, client, id),
    }
}

/// Sends the client this chunk of the log, which begins at `from`. If this was the last chunk, the
/// client then receives each new line at once, or is closed if it only saves the log. If its outbox
/// has no space, the client stays behind.
pub(super) fn send_chunk<D: Delivery>(
    progress: &mut Progress<D>,
    core: &Core,
    (client, id): (ClientId, LogId),
    mut from: Seq,
    Chunk { gap, lines }: Chunk,
) {
    let Some(log) = core.log(id) else { return };
    let asked = from;
    if let Some(gap) = gap {
        progress.queue_reply(core, client, &gap.reply(log.name().clone(), from));
        from = gap.last().next();
    }
    progress.push_queued(core);
    if progress.follows.behind(client, id) != Some(asked) {
        // The outbox had no space for the queued answers. So lines in it were dropped and the
        // client is further behind than before, or the client was closed.
        return progress.watch(client);
    }
    if let Some(last) = lines.last() {
        if !progress.delivery.push_chunk(client, core.person(client), id, &lines) {
            progress.follows.set_behind(client, id, Some(from));
            return progress.watch(client);
        }
        from = last.seq.next();
    }
    let until = progress.follows.saves_until(client, id);
    if from <= until.unwrap_or_else(|| log.head()) {
        progress.follows.set_behind(client, id, Some(from));
    } else {
        // A client that downloads the room as a file gets the lines up to the one that was the
        // newest when it began. The last chunk may contain a few later lines; the caught-up
        // notice must not count these.
        let seq = until.map_or_else(|| log.head(), |_| Seq(from.0.saturating_sub(1)));
        finish_catch_up(progress, core, (client, id), seq, until.is_some());
    }
    if progress.follows.is_behind_in_any(client) {
        progress.watch(client);
    }
}

/// Tells the client that it has all of the log up to `seq`. Then makes the client receive each new
/// line of the log at once, or closes it if it only saves the log (`is_saved`). If the outbox has
/// no space for what is said, the client falls behind again instead.
fn finish_catch_up<D: Delivery>(
    progress: &mut Progress<D>,
    core: &Core,
    (client, log): (ClientId, LogId),
    seq: Seq,
    is_saved: bool,
) {
    let Some(name) = core.log(log).map(|log| log.name().clone()) else { return };
    progress.follows.set_behind(client, log, None);
    progress.delivery.queue_caught_up(client, log, &Reply::CaughtUp { log: name, seq }, seq);
    progress.push_queued(core);
    match progress.follows.is_live(client, log) {
        false => {}
        true if is_saved => progress.end_client(client, Disconnect::ToldAll),
        true => progress.delivery.subscribe(client, log),
    }
}

/// Closes a client that saves a room, because lines of the room cannot be read or no longer
/// exist.
pub(super) fn end_save<D: Delivery>(progress: &mut Progress<D>, client: ClientId) {
    progress.end_client(client, Disconnect::Unavailable);
}
