//! Adds up what all people of a crowd have received.
//!
//! In a crowd, an eviction is any end of a person's connection that counts as caused by the server.
//! After it, the person receives no more messages, and perhaps no client receives the messages that
//! this person sent last. The eviction explains both, so the report does not count such messages as
//! lost.
//!
//! Pure: counts in, sums out.
//! Must not know: sockets, time.
//!
//! Part: `console/crowd/mod.rs`.

use std::collections::{BTreeSet, HashSet};

use super::count::Count;
use super::person::PersonEnd;
use super::report::CrowdReport;

/// Fills in the counts of `report` that follow from the people's `ends`. `said_by` has, for each
/// message in the order of the numbers, the number of the person who sent it.
pub(super) fn add_up(report: &mut CrowdReport, ends: &[PersonEnd], said_by: &[u16]) {
    let is_evicted = |end: &&PersonEnd| end.ending.is_eviction();
    let evicted: HashSet<_> = ends.iter().filter(is_evicted).map(|end| end.number).collect();
    for end in ends.iter().filter(is_evicted) {
        *report.evicted.entry(end.ending.in_short()).or_default() += 1;
    }
    let counts: Vec<_> = ends.iter().filter_map(|end| end.count.as_ref()).collect();
    let is_vain = |number: &u64| {
        let speaker = usize::try_from(*number).ok().and_then(|number| said_by.get(number));
        speaker.is_some_and(|speaker| evicted.contains(&usize::from(*speaker)))
    };
    report.in_vain = unheard(&counts, report.sent).filter(is_vain).count() as u64;
    let mut heard_by_evicted = 0;
    let mut sequences = BTreeSet::new();
    for PersonEnd { number, count, .. } in ends {
        let Some(count) = count else { continue };
        report.twice += count.twice;
        report.out_of_order += count.out_of_order;
        if evicted.contains(number) {
            heard_by_evicted += count.heard;
            continue;
        }
        report.delivered += count.heard;
        if count.heard == report.taken() {
            sequences.insert(count.sequence);
        }
    }
    let all = report.taken() * evicted.len() as u64;
    report.missed = all.saturating_sub(heard_by_evicted);
    report.orders = sequences.len();
}

/// Returns the numbers below `sent` of the messages that no person received.
fn unheard(counts: &[&Count], sent: u64) -> impl Iterator<Item = u64> {
    // Start with the numbers that are missing for the person who received the most messages,
    // because they are the fewest to look at.
    let best = counts.iter().max_by_key(|count| count.heard);
    let all = || (0..sent).collect::<Vec<_>>();
    let missing = best.map_or_else(all, |count| count.missing(sent).collect());
    missing.into_iter().filter(|number| !counts.iter().any(|count| count.has(*number)))
}
