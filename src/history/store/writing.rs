//! How each kind of record in a batch changes the tables.
//!
//! Owns: the functions that write the rows of a batch.
//! Must not know: when a batch is safe from a power cut.
//!
//! Part: `history/store/mod.rs`.

use std::borrow::Cow;

use rusqlite::{Transaction, params};

use super::row::{RowKind, author, signed};
use super::rules;
use super::{StoreError, removal, statements as sql};
use crate::base::limits;
use crate::chat::entry::{EntryKind, Epoch, MessageId};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, SkipRange};
use crate::chat::record::{
    CorrectedTimes, PersonId, Record, StoredInvite, StoredLine, StoredPerson, StoredPrivateLog,
    StoredRoom,
};
use crate::chat::{secret::Digest, token::TokenDigest};

/// Changes the tables as this record says.
///
/// # Errors
/// A part of the change may be made. The caller must roll the transaction back.
pub(super) fn write_record(change: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    match record {
        Record::Line(line) => write_line(change, line),
        Record::Room(room) => write_room(change, room),
        Record::PrivateLog(log) => write_private_log(change, log),
        Record::NoLog(epoch) => forget_log(change, *epoch),
        Record::Times(CorrectedTimes { epoch, from, late }) => {
            let [epoch, from, late] = [epoch.0, from.0, *late].map(signed);
            let set_from = signed(limits::CLOCK_SET_FROM_MILLIS);
            let correction = params![epoch, from, late, set_from];
            change.prepare_cached(sql::CORRECT_TIMES)?.execute(correction)?;
            Ok(())
        }
        Record::Person(person) => write_person(change, person),
        Record::NoPerson(id) => {
            change.prepare_cached(sql::FORGET_PERSON)?.execute([signed(id.0)])?;
            Ok(())
        }
        Record::RemovedPerson(id) => removal::begin_removal(change, *id),
    }
}

fn write_line(change: &Transaction<'_>, line: &StoredLine) -> Result<(), StoreError> {
    let StoredLine { entry, author: by } = line;
    let epoch = signed(entry.epoch.0);
    let (kind, of) = RowKind::of(&entry.what);
    // An edit or a deletion also changes the earlier line, as in the hub's own log, so that nobody
    // receives the old text later.
    let mut recipient = None;
    match &entry.what {
        EntryKind::Edited { of, text } => {
            for sql in [sql::EDIT, sql::EDIT_EDITS] {
                change.prepare_cached(sql)?.execute(params![epoch, signed(of.0), text])?;
            }
        }
        EntryKind::Deleted { of } => {
            for sql in [sql::DELETE, sql::DELETE_PRIVATE, sql::DELETE_EDITS] {
                change.prepare_cached(sql)?.execute(params![epoch, signed(of.0)])?;
            }
        }
        EntryKind::Private { to, .. } => recipient = Some(to.shown()),
        // The core says which lines these are, because it knows lines that a guest has said before
        // the guest became this person. In the file such lines have the guest's id.
        EntryKind::Removed(removed) => {
            removal::remove_lines(change, (epoch, signed(entry.seq.0)), removed)?;
        }
        EntryKind::Said(_) | EntryKind::Acted(_) => {}
        EntryKind::Topic(_) | EntryKind::Pinned(_) | EntryKind::Renamed(_) => {}
    }
    let text = match &entry.what {
        EntryKind::Deleted { .. } => None,
        EntryKind::Private { text, .. } if text.is_empty() => None,
        EntryKind::Removed(removed) => Some(removed.to_string().into()),
        other => Some(Cow::Borrowed(other.text())),
    };
    change.prepare_cached(sql::KEEP_LINE)?.execute(params![
        epoch,
        signed(entry.seq.0),
        signed(entry.at.0),
        author(*by),
        entry.by.name.shown(),
        entry.by.mark.as_ref().map(ToString::to_string),
        entry.id.as_ref().map(MessageId::as_str),
        kind as i64,
        of.map(|seq| signed(seq.0)),
        text,
        recipient,
        entry.reply_to.as_ref().map(|reply_to| signed(reply_to.seq.0)),
    ])?;
    Ok(())
}

fn write_room(change: &Transaction<'_>, room: &StoredRoom) -> Result<(), StoreError> {
    let Reservation { begun, reserved, low, far, is_open } = room.reservation;
    let invites = room.invites.iter().flat_map(|invite| invite.token.bytes()).copied().collect();
    let inviter = |invite: &StoredInvite| invite.by.map_or(0, |by| by.0).to_be_bytes();
    let inviters = room.invites.iter().flat_map(inviter).collect();
    let people = room.let_in.people.iter().flat_map(|person| person.0.to_be_bytes()).collect();
    let session = |(person, token): &(PersonId, TokenDigest)| {
        [&person.0.to_be_bytes()[..], token.bytes()].concat()
    };
    let sessions = room.let_in.sessions.iter().flat_map(session).collect();
    let blob = |bytes: Vec<u8>| Some(bytes).filter(|bytes| !bytes.is_empty());
    change.prepare_cached(sql::KEEP_ROOM)?.execute(params![
        signed(room.epoch.0),
        room.name.as_str(),
        signed(reserved.0),
        room.topic,
        room.hidden,
        room.password.as_ref().map(Digest::bytes),
        author(room.maker),
        room.network.map(|network| signed(network.0)),
        signed(low.0),
        signed(far.0),
        is_open,
        signed(begun.0),
        blob(invites),
        Some(signed(room.pinned.0)).filter(|seq| *seq > 0),
        blob(people),
        blob(sessions),
        blob(inviters),
        rules::written(&room.rules),
    ])?;
    write_skips(change, room.epoch, &room.skips)
}

fn write_private_log(change: &Transaction<'_>, log: &StoredPrivateLog) -> Result<(), StoreError> {
    let StoredPrivateLog { person, epoch, reservation, skips } = log;
    let Reservation { begun, reserved, low, far, is_open } = *reservation;
    let [epoch, person, reserved, low, far, begun] =
        [epoch.0, person.0, reserved.0, low.0, far.0, begun.0].map(signed);
    let log_of = params![epoch, person, reserved, low, far, is_open, begun];
    change.prepare_cached(sql::KEEP_PRIVATE_LOG)?.execute(log_of)?;
    write_skips(change, log.epoch, skips)
}

pub(super) fn write_skips(
    change: &Transaction<'_>,
    epoch: Epoch,
    skips: &[SkipRange],
) -> Result<(), StoreError> {
    let mut skip = change.prepare_cached(sql::SKIP)?;
    for SkipRange { first, last, far, damaged } in skips {
        let (first, last, far) = (signed(first.0), signed(last.0), far.map(|far| signed(far.0)));
        skip.execute(params![signed(epoch.0), first, last, far, damaged])?;
    }
    Ok(())
}

fn forget_log(change: &Transaction<'_>, epoch: Epoch) -> Result<(), StoreError> {
    for sql in [
        sql::FORGET_ROOM,
        sql::FORGET_PRIVATE_LOG,
        sql::FORGET_LINES,
        sql::FORGET_THROWN_AWAY,
        sql::FORGET_SKIPPED,
    ] {
        change.prepare_cached(sql)?.execute([signed(epoch.0)])?;
    }
    Ok(())
}

fn write_person(change: &Transaction<'_>, person: &StoredPerson) -> Result<(), StoreError> {
    let tokens: Vec<u8> = person.tokens.iter().flat_map(TokenDigest::bytes).copied().collect();
    change.prepare_cached(sql::KEEP_PERSON)?.execute(params![
        signed(person.id.0),
        person.name.shown(),
        tokens,
        person.secret.as_ref().map(Digest::bytes),
        person.gone_at.map(|at| signed(at.0)),
        person.network.map(|network| signed(network.0)),
        signed(person.named_at.0),
        person.former.as_ref().map(Name::shown),
        person.is_host.then_some(1),
    ])?;
    Ok(())
}
