//! F5: the server is killed at any moment, while people talk as fast as they can. `STREET_SEED`
//! repeats the moments.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use threadbare::base::limits::ROOM_LOG_ENTRIES_MAX;

use crate::harness::{Data, Numbered, Rng, Signal, StoredLine, is_long, kept_in};

/// The longest life of a server, in milliseconds after all clients have come back.
const LIFE_MAX: u64 = 120;

/// How many messages are there twice: the answer was lost, and the message was said again after so
/// many others that the room had forgotten its id. No other message may be there twice.
fn said_twice(kept: &[StoredLine]) -> usize {
    let (mut places, mut twice) = (BTreeMap::new(), 0);
    for (place, line) in kept.iter().enumerate() {
        if let Some(before) = places.insert(&line.text, place) {
            // A room remembers 1,000 ids. Lines that were shown and never stored had ids, too.
            let since = place - before;
            assert!(since > ROOM_LOG_ENTRIES_MAX * 3 / 4, "{line:?} again, {since} lines later");
            twice += 1;
        }
    }
    twice
}

/// Several people talk until a kill comes, and come back to the next server. In the end, every
/// message is in the file; a message that was called sent has the number from its `sent`.
fn talk_survives(kills: u64, flags: &[&str]) {
    let mut rng = Rng::new();
    let data = Data::new();
    // So large that the server drops no old line.
    let flags = [flags, &["--keep-size", "4096"]].concat();
    let mut server = data.start(&flags);
    let addr = server.addr;
    let mut people =
        ["Ann", "Bo", "Cy", "Di"].map(|name| (Numbered::joins(addr, name), Vec::new()));
    let mut talked = Duration::ZERO;
    for _ in 0..kills {
        let life = Duration::from_millis(rng.below(LIFE_MAX));
        std::thread::scope(|scope| {
            for (person, said) in &mut people {
                scope.spawn(|| person.talks_until_the_connection_ends(said));
            }
            let started = Instant::now();
            // A pause that is the point: the kill comes at a random moment.
            std::thread::sleep(life);
            server.gets_signal(Signal::KILL);
            server.ends();
            talked += started.elapsed();
        });
        server = data.start(&[&flags[..], &["--addr", &addr.to_string()]].concat());
        people.iter_mut().for_each(|(person, _)| person.comes_back());
    }
    let mut all: Vec<String> = Vec::new();
    for (person, said) in &mut people {
        person.hears_over_any_connection_until(Numbered::is_answered);
        all.append(said);
    }
    let kept = kept_in(&data.file());
    let ids: BTreeMap<_, _> = kept.iter().map(|line| (line.seq, line.id.as_ref())).collect();
    for (person, _) in &people {
        for (id, seq) in &person.sent {
            assert_eq!(ids.get(seq), Some(&Some(id)), "{id} was called sent");
        }
        assert!(person.view("lobby").gaps.is_empty(), "{:?}", person.view("lobby").gaps);
        for line in &kept {
            let own = person.view("lobby").lines.get(&line.seq);
            assert!(own.is_none_or(|own| *own == line.text), "{own:?} became {line:?}");
        }
    }
    let twice = said_twice(&kept);
    let kept: BTreeSet<_> = kept.into_iter().map(|line| line.text).collect();
    let odd = all.iter().find(|text| !kept.contains(*text));
    assert!(odd.is_none(), "{odd:?} is lost");
    assert_eq!(kept.len(), all.len(), "and nothing else was said");
    println!("{} messages in {talked:?} between {kills} kills, {twice} twice", all.len());
    assert!(all.len() as u64 > 20 * kills, "most kills came while somebody talked");
}

#[test]
fn f5_whenever_a_kill_comes_what_was_called_sent_is_there() {
    talk_survives(if is_long() { 1000 } else { 20 }, &[]);
}

#[test]
fn f5_with_flush_2s_a_kill_takes_nothing_either() {
    talk_survives(if is_long() { 100 } else { 10 }, &["--flush", "2s"]);
}
