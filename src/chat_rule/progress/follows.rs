//! Which logs each client follows, and how far the client is with each of them.
//!
//! Owns: the table of clients that were welcomed and not closed, and whether each of them is live
//! or behind in each of its logs.
//! Must not know: outboxes, lines.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::collections::BTreeMap;

use crate::base::client_id::ClientId;
use crate::chat::core::LogId;
use crate::chat::entry::Seq;

/// All clients that were welcomed and are not closed, each with the logs that it follows.
#[derive(Debug, Default)]
pub(super) struct Follows {
    of: BTreeMap<ClientId, Vec<Follow>>,
}

#[derive(Debug)]
struct Follow {
    log: LogId,
    /// The client needs no line of this log with a lower number.
    from: Seq,
    /// If the client is behind: the number of the first line that it still needs. `None`: the
    /// client is live.
    behind: Option<Seq>,
    /// If the client only saves the log: the number of the last line that it must get. `None`: it
    /// receives new lines, too.
    until: Option<Seq>,
    /// True if the client knows the numbers of lines. Then missed lines can be sent to it again.
    has_numbers: bool,
}

impl Follows {
    pub(super) fn add_client(&mut self, client: ClientId) {
        self.of.insert(client, Vec::new());
    }

    pub(super) fn remove(&mut self, client: ClientId) -> bool {
        self.of.remove(&client).is_some()
    }

    /// Returns whether the client was welcomed and is not closed.
    pub(super) fn has(&self, client: ClientId) -> bool {
        self.of.contains_key(&client)
    }

    pub(super) fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.of.keys().copied()
    }

    /// Makes a client follow a log from the number `from` on. Without `from`, the client knows no
    /// numbers of lines and is live at once. With `until`, the client only saves the log, up to
    /// that number. Returns false if the client is not in the table.
    pub(super) fn begin_follow(
        &mut self,
        client: ClientId,
        log: LogId,
        from: Option<Seq>,
        until: Option<Seq>,
    ) -> bool {
        let Some(follows) = self.of.get_mut(&client) else { return false };
        let has_numbers = from.is_some();
        let (from, behind) = (from.unwrap_or_default(), from);
        follows.push(Follow { log, from, behind, until, has_numbers });
        true
    }

    /// Makes a client no longer follow a log. Returns false if the client is not in the table.
    pub(super) fn end_follow(&mut self, client: ClientId, log: LogId) -> bool {
        let follows = self.of.get_mut(&client);
        follows.map(|follows| follows.retain(|follow| follow.log != log)).is_some()
    }

    pub(super) fn is_live(&self, client: ClientId, log: LogId) -> bool {
        self.follow(client, log).is_some_and(|follow| follow.behind.is_none())
    }

    pub(super) fn live_with_numbers(&self, log: LogId) -> Vec<ClientId> {
        let is_it = |it: &Follow| it.log == log && it.has_numbers && it.behind.is_none();
        let all = self.of.iter().filter(|(_, follows)| follows.iter().any(is_it));
        all.map(|(client, _)| *client).collect()
    }

    /// Returns the number of the first line of the log that the client still needs. `None`: the
    /// client is live in the log, or does not follow it.
    pub(super) fn behind(&self, client: ClientId, log: LogId) -> Option<Seq> {
        self.follow(client, log)?.behind
    }

    pub(super) fn is_behind_in_any(&self, client: ClientId) -> bool {
        self.of(client).any(|follow| follow.behind.is_some())
    }

    /// Returns a log that the client is behind in, and the number of the first line that it still
    /// needs. If the client is behind in several logs, they take turns. `None`: it is behind in no
    /// log.
    pub(super) fn next_behind(&mut self, client: ClientId) -> Option<(LogId, Seq)> {
        let follows = self.of.get_mut(&client)?;
        let index = follows.iter().position(|follow| follow.behind.is_some())?;
        follows[index..].rotate_left(1);
        let next = follows.last()?;
        Some((next.log, next.behind?))
    }

    /// Records that the client has missed the lines of a log from the number `first` on. Returns
    /// whether it was live in this log before.
    pub(super) fn fall_behind(&mut self, client: ClientId, log: LogId, first: Seq) -> bool {
        let Some(follow) = self.follow_mut(client, log) else { return false };
        // The client may have left the room and entered it again. If the dropped lines are from
        // before that, the client does not need them again.
        let first = first.max(follow.from);
        let before = follow.behind.replace(follow.behind.map_or(first, |from| from.min(first)));
        before.is_none()
    }

    /// Records that the client is behind in a log and still needs the lines from the number `from`
    /// on. `None`: the client is live in the log from now on.
    pub(super) fn set_behind(&mut self, client: ClientId, log: LogId, from: Option<Seq>) {
        self.follow_mut(client, log).into_iter().for_each(|follow| follow.behind = from);
    }

    /// Returns the number of the last line that the client must get, if it saves this log.
    pub(super) fn saves_until(&self, client: ClientId, log: LogId) -> Option<Seq> {
        self.follow(client, log)?.until
    }

    /// Returns whether the client only saves a room's log.
    pub(super) fn saves(&self, client: ClientId) -> bool {
        self.of(client).any(|follow| follow.until.is_some())
    }

    fn of(&self, client: ClientId) -> impl Iterator<Item = &Follow> {
        self.of.get(&client).into_iter().flatten()
    }

    fn follow(&self, client: ClientId, log: LogId) -> Option<&Follow> {
        self.of(client).find(|follow| follow.log == log)
    }

    fn follow_mut(&mut self, client: ClientId, log: LogId) -> Option<&mut Follow> {
        self.of.get_mut(&client)?.iter_mut().find(|follow| follow.log == log)
    }
}

#[cfg(test)]
mod tests {
    impl super::Follows {
        pub(in super::super) fn count(&self, client: super::ClientId) -> usize {
            self.of(client).count()
        }
    }
}
