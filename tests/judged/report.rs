//! What a run prints: what was done, the results, and each fault with its evidence.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::book::{Fate, What};
use super::crowd::{Crowd, World};
use super::judge::Verdict;

/// How many faults of each kind are shown in full.
const FAULTS_SHOWN: usize = 4;

/// The table of a run.
pub fn table(crowd: &Crowd, verdict: &Verdict) -> String {
    let world = &crowd.world;
    let mut text = String::from(
        "\n| kind | guests | said | sent | heard itself | refused | open | sent again | lines lost | shown |\n",
    );
    text += "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    let mut kinds: Vec<&str> = world.counts.keys().copied().collect();
    kinds.push("host");
    for kind in kinds {
        text += &row(world, kind);
    }
    let again: usize =
        world.book.all().map(|(_, entry)| usize::from(entry.tries.saturating_sub(1))).sum();
    writeln!(
        text,
        "\n{} entries, {} lines shown to clients; {} cuts, {} kills, {again} sent again; {} holes told; \
         {} shown and taken by a kill; {} said again when their ids were forgotten",
        world.book.len(),
        verdict.lines_shown,
        world.net.cuts,
        crowd.killed,
        verdict.holes_told,
        verdict.shown_and_not_kept,
        verdict.again_much_later,
    )
    .unwrap();
    writeln!(text, "{}; {}", said(world), delays(&world.delays)).unwrap();
    writeln!(text, "answers: {:?}", world.refusals).unwrap();
    text
}

fn row(world: &World, kind: &str) -> String {
    let is_its = |guest: u32| world.book.guests[usize::try_from(guest).unwrap()].kind == kind;
    let said: Vec<_> = world.book.all().filter(|(_, entry)| is_its(entry.by)).collect();
    let with = |wanted: fn(Fate) -> bool| said.iter().filter(|(_, it)| wanted(it.fate)).count();
    let again: usize =
        said.iter().map(|(_, entry)| usize::from(entry.tries.saturating_sub(1))).sum();
    let counts = world.counts.get(kind).cloned().unwrap_or_default();
    let shown: usize =
        world.views.iter().filter(|view| is_its(view.guest)).map(|view| view.lines().count()).sum();
    format!(
        "| {kind} | {} | {} | {} | {} | {} | {} | {again} | {} | {shown} |\n",
        counts.guests,
        said.len(),
        with(|fate| matches!(fate, Fate::Sent(_))),
        with(|fate| fate == Fate::Heard),
        with(|fate| fate == Fate::Refused),
        with(|fate| matches!(fate, Fate::Open | Fate::Unsaid | Fate::Ignored)),
        counts.lost_lines,
    )
}

/// How much was said, by kind.
fn said(world: &World) -> String {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, entry) in world.book.all() {
        let kind = match entry.what {
            What::Say => "messages",
            What::Me => "of /me",
            What::Topic => "topics",
            What::Edit(_) => "edits",
            What::Delete(_) => "deletions",
            What::Private(_) => "private messages",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let kinds: Vec<_> = kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    kinds.join(", ")
}

/// The times from a message's first byte to its `sent`, or until its own sender hears it.
fn delays(all: &[u32]) -> String {
    let mut all = all.to_vec();
    all.sort_unstable();
    let at = |share: usize| all.get(all.len() * share / 1000).or(all.last()).copied();
    format!(
        "ms until sent or heard, kills and lost lines included: p50 {:?}, p99 {:?}, most {:?}",
        at(500),
        at(990),
        all.last()
    )
}

/// The faults: how many of each kind, and the first of them in full.
pub fn faults(verdict: &Verdict) -> String {
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for fault in &verdict.faults {
        *kinds.entry(fault.wrong).or_default() += 1;
    }
    let mut text = format!("{} faults: {kinds:?}\n", verdict.faults.len());
    for kind in kinds.keys() {
        let its = verdict.faults.iter().filter(|fault| fault.wrong == *kind);
        its.take(FAULTS_SHOWN).for_each(|fault| writeln!(text, "- {fault}").unwrap());
    }
    text
}

/// The server's memory, from before the first guest until all have left.
pub struct Memory {
    pub before: u64,
    pub full: u64,
    pub after: u64,
    pub guests: usize,
}

impl Memory {
    /// The memory of each guest at the end of a run, in KiB.
    pub fn each(&self) -> u64 {
        self.full.saturating_sub(self.before) / self.guests.max(1) as u64
    }

    /// How much memory is left in use after all have gone, in KiB.
    pub fn left(&self) -> u64 {
        self.after.saturating_sub(self.before)
    }

    pub fn text(&self, course: &[(std::time::Duration, u64)]) -> String {
        let course: Vec<_> = course
            .iter()
            .step_by(6)
            .map(|(at, kib)| format!("{} s {:.1}", at.as_secs(), mib(*kib)))
            .collect();
        format!(
            "memory of the server, MiB: {:.1} before, {:.1} with {} guests ({} KiB each), {:.1} \
             after all have left ({:.1} more than before); on the way: {}",
            mib(self.before),
            mib(self.full),
            self.guests,
            self.each(),
            mib(self.after),
            mib(self.left()),
            course.join(", ")
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "megabytes of a process")]
fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
