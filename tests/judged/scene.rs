//! The runs: a crowd on a server that lives, and on one that is killed again and again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::crowd::{Crowd, KINDS, Plan};
use super::harness::{Rng, program};
use super::host::Host;
use super::judge::{Trial, Verdict, Wrong};
use super::liar::{Liar, Lie};
use super::net::raise_file_limit;
use super::report::{Memory, faults, table};
use super::truth::{differences, exported, private_messages, read_back};

/// What each client may take, with all that it said and heard, in KiB.
const CLIENT_KIB_MAX: u64 = 50;
/// What may be left when all have gone, in KiB.
const LEFT_KIB_MAX: u64 = 25 * 1024;
/// The time after which the server has given back the memory of its clients: it keeps threads for
/// ten seconds, and a name without a connection for as long.
const GIVEN_BACK: Duration = Duration::from_secs(30);

/// A number from the environment, or a small one.
fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

fn plan(kills: u64) -> Plan {
    let seconds = setting("JUDGED_SECONDS", 8);
    let guests = usize::try_from(setting("JUDGED_CLIENTS", 60)).unwrap();
    Plan {
        length: Duration::from_secs(seconds),
        guests,
        rate: setting("JUDGED_RATE", 20),
        cuts: usize::try_from(setting("JUDGED_CUTS", 20)).unwrap(),
        kills: usize::try_from(kills).unwrap(),
        stay: Duration::from_secs((seconds / 2).clamp(5, 150)),
        kinds: &KINDS,
    }
}

/// Runs the crowd, reads what is stored, and judges; returns the verdict and everything that went
/// wrong.
fn judged(crowd: &mut Crowd) -> (Verdict, Vec<String>) {
    crowd.runs();
    let book = &crowd.world.book;
    let exported = exported(book, Path::new(program()), &crowd.host.folder());
    // A reader that meets a gap panics there; the judge's findings are reported all the same.
    let read = || read_back(book, crowd.host.addr);
    let mut wrong = match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => differences(&exported, &read),
        Err(_) => vec!["nobody can read it back: see above".to_owned()],
    };
    wrong.append(&mut crowd.stuck.clone());
    let mut logs = exported;
    logs.extend(private_messages(book, crowd.host.addr, &crowd.world.tokens));
    let (views, last_life) = (&crowd.world.views, crowd.world.life);
    let verdict = Trial { book, logs: &logs, views, last_life }.verdict();
    println!("{}", table(crowd, &verdict));
    if !verdict.faults.is_empty() {
        wrong.push(faults(&verdict));
    }
    (verdict, wrong)
}

#[test]
fn a_mixed_crowd_over_lines_that_are_cut_loses_nothing_and_hears_nothing_twice() {
    raise_file_limit().unwrap();
    let host = Host::starts();
    let before = host.memory();
    let mut crowd = Crowd::of(plan(0), host, Rng::new());
    let (_, wrong) = judged(&mut crowd);
    let (full, guests, cpu) = (crowd.host.memory(), crowd.count(), crowd.host.cpu());
    crowd.leaves();
    let left = Instant::now();
    while crowd.is_long() && left.elapsed() < GIVEN_BACK {
        // A pause that is the point: the server gives back memory only after it.
        std::thread::park_timeout(GIVEN_BACK.saturating_sub(left.elapsed()));
    }
    let memory = Memory { before, full, after: crowd.host.memory(), guests };
    println!("the server has used {cpu:?} of a CPU");
    println!("{}", memory.text(&crowd.memory));
    assert!(wrong.is_empty(), "{}\nthe server's log: {:?}", wrong.join("\n"), crowd.host.log());
    assert!(crowd.host.stops(), "the server ends well");
    if std::env::var("JUDGED_BOUNDS").is_ok_and(|value| value == "true") {
        assert!(memory.each() <= CLIENT_KIB_MAX, "{} KiB a client", memory.each());
        assert!(memory.left() <= LEFT_KIB_MAX, "{} KiB are left", memory.left());
    }
}

#[test]
fn a_mixed_crowd_on_a_server_that_is_killed_keeps_what_was_called_sent_once_and_in_order() {
    raise_file_limit().unwrap();
    let mut crowd = Crowd::of(plan(setting("JUDGED_KILLS", 5)), Host::starts(), Rng::new());
    let (verdict, wrong) = judged(&mut crowd);
    crowd.leaves();
    assert!(wrong.is_empty(), "{}\nthe server's log: {:?}", wrong.join("\n"), crowd.host.log());
    assert!(verdict.lines_shown > 0 && crowd.killed > 0);
    assert!(crowd.host.stops(), "the server ends well");
}

/// Runs a small crowd through a proxy that breaks one promise; returns what the judge finds.
fn found_over_a_connection_that(lie: Lie) -> Vec<Wrong> {
    raise_file_limit().unwrap();
    // With few guests, chance could bring hardly any classic client.
    let kinds: &[(&str, u64)] = match lie {
        Lie::DropsClassic => &[("classic", 100)],
        // Otherwise, chance could bring so few of these guests that the proxy never gets to lie.
        Lie::Keeps => &[("socket", 100)],
        _ => &[("socket", 60), ("classic", 30), ("events", 10)],
    };
    let (length, stay) = (Duration::from_secs(4), Duration::from_hours(1));
    let plan = Plan { length, guests: 24, rate: 30, cuts: 0, kills: 0, stay, kinds };
    let mut crowd = Crowd::of(plan, Host::starts(), Rng::new());
    let liar = Liar::to(crowd.host.addr, lie);
    crowd.world.addr = liar.addr;
    let (verdict, told) = judged(&mut crowd);
    assert!(liar.has_lied(), "nothing was lied about: {told:?}");
    let mut wrongs: Vec<_> = verdict.faults.iter().map(|fault| fault.wrong).collect();
    wrongs.sort();
    wrongs.dedup();
    println!("{lie:?}: {told:?}");
    crowd.leaves();
    wrongs
}

#[test]
fn a_line_that_one_client_is_not_told_is_found() {
    assert_eq!(found_over_a_connection_that(Lie::Drops), [Wrong::SilentHole]);
}

#[test]
fn a_line_that_one_client_is_told_twice_is_found() {
    assert_eq!(found_over_a_connection_that(Lie::Doubles), [Wrong::Doubled]);
}

#[test]
fn two_lines_that_change_places_for_one_client_are_found() {
    let wrongs = found_over_a_connection_that(Lie::Exchanges);
    assert_eq!(wrongs, [Wrong::OutOfOrder, Wrong::SilentHole]);
}

#[test]
fn a_message_that_a_client_without_numbers_is_not_told_is_found() {
    assert_eq!(found_over_a_connection_that(Lie::DropsClassic), [Wrong::SilentHole]);
}

#[test]
fn a_message_that_is_called_sent_and_thrown_away_is_found() {
    assert_eq!(found_over_a_connection_that(Lie::Keeps), [Wrong::Lost]);
}
