//! The rules of a room as a text of the file: JSON, which the `sqlite3` shell shows as it is.
//!
//! Owns: the names in that text.
//! Must not know: what a rule forbids.
//!
//! Part: `history/store/mod.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chat::act::{ActDetails, ActRecord, RoomAction};
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::record::{
    BanRule, BlockRule, NetworkTag, PersonId, PersonRule, StoredPoll, StoredReport, StoredRules,
};

/// The rules; a rule about a person is the person's id, and when it ends. A person without such a
/// time is the id alone, and the pause of slow mode is in seconds. A name that is missing, as in
/// the text of an older version, means nothing special.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct RulesText {
    frozen: bool,
    muted: Vec<(u64, u64)>,
    put_out: Vec<(u64, u64)>,
    banned: Vec<BanText>,
    record: Vec<ActText>,
    slow: u64,
    closed: bool,
    admitted: Vec<u64>,
    keepers: Vec<u64>,
    reports: Vec<ReportText>,
    blocked: Vec<BlockText>,
    welcome: String,
    lesson: bool,
    hands: Vec<u64>,
    poll: Option<PollText>,
}

#[derive(Deserialize, Serialize)]
struct PollText {
    text: String,
    votes: Vec<(u64, u8)>,
}

#[derive(Deserialize, Serialize)]
struct BlockText {
    ban: BanText,
    spared: Vec<u64>,
}

#[derive(Deserialize, Serialize)]
struct ReportText {
    seq: u64,
    at: u64,
    by: Vec<u64>,
    network: Option<u64>,
    reason: String,
}

#[derive(Deserialize, Serialize)]
struct ActText {
    at: u64,
    by: String,
    action: String,
    whom: Option<String>,
    #[serde(default)]
    seq: Option<u64>,
    seconds: Option<u64>,
    reason: String,
}

#[derive(Deserialize, Serialize)]
struct BanText {
    person: u64,
    name: String,
    networks: Vec<u64>,
    until: u64,
}

/// Returns the text of these rules; `None`: there are none.
pub(super) fn written(rules: &StoredRules) -> Option<String> {
    let pairs = |rules: &[PersonRule]| {
        rules.iter().map(|rule| (rule.person.0, rule.until.0)).collect::<Vec<_>>()
    };
    let text = RulesText {
        frozen: rules.is_frozen,
        muted: pairs(&rules.muted),
        put_out: pairs(&rules.put_out),
        banned: rules.banned.iter().map(ban_text).collect(),
        record: rules.record.iter().map(act_text).collect(),
        slow: rules.slow.as_secs(),
        closed: rules.is_closed,
        admitted: rules.admitted.iter().map(|person| person.0).collect(),
        keepers: rules.keepers.iter().map(|person| person.0).collect(),
        reports: rules.reports.iter().map(report_text).collect(),
        blocked: rules.blocked.iter().map(block_text).collect(),
        welcome: rules.welcome.clone(),
        lesson: rules.is_lesson,
        hands: rules.hands.iter().map(|person| person.0).collect(),
        poll: rules.poll.as_ref().map(poll_text),
    };
    // A struct of numbers always has a JSON form.
    (*rules != StoredRules::default()).then(|| serde_json::to_string(&text).unwrap_or_default())
}

/// Reads such a text. A text that is none is damaged: then the room has no rules, because damage
/// must not keep anybody out.
pub(super) fn read(text: Option<&str>) -> StoredRules {
    let text: RulesText = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let rules = |pairs: Vec<(u64, u64)>| {
        let rule =
            |(person, until)| PersonRule { person: PersonId(person), until: UnixMillis(until) };
        pairs.into_iter().map(rule).collect()
    };
    let people = |ids: Vec<u64>| ids.into_iter().map(PersonId).collect();
    StoredRules {
        is_frozen: text.frozen,
        muted: rules(text.muted),
        put_out: rules(text.put_out),
        banned: text.banned.into_iter().map(ban_rule).collect(),
        record: text.record.into_iter().filter_map(act_record).collect(),
        slow: Duration::from_secs(text.slow),
        is_closed: text.closed,
        admitted: people(text.admitted),
        keepers: people(text.keepers),
        reports: text.reports.into_iter().map(stored_report).collect(),
        blocked: text.blocked.into_iter().map(block_rule).collect(),
        welcome: text.welcome,
        is_lesson: text.lesson,
        hands: people(text.hands),
        poll: text.poll.map(stored_poll),
    }
}

fn block_text(BlockRule { ban, spared }: &BlockRule) -> BlockText {
    BlockText { ban: ban_text(ban), spared: spared.iter().map(|person| person.0).collect() }
}

fn block_rule(BlockText { ban, spared }: BlockText) -> BlockRule {
    BlockRule { ban: ban_rule(ban), spared: spared.into_iter().map(PersonId).collect() }
}

fn poll_text(poll: &StoredPoll) -> PollText {
    let votes = poll.votes.iter().map(|(who, choice)| (who.0, *choice)).collect();
    PollText { text: poll.text.clone(), votes }
}

fn stored_poll(text: PollText) -> StoredPoll {
    let votes = text.votes.into_iter().map(|(who, choice)| (PersonId(who), choice)).collect();
    StoredPoll { text: text.text, votes }
}

fn report_text(report: &StoredReport) -> ReportText {
    let StoredReport { seq, at, by, network, reason } = report;
    let by = by.iter().map(|person| person.0).collect();
    let network = network.map(|network| network.0);
    ReportText { seq: seq.0, at: at.0, by, network, reason: reason.clone() }
}

fn stored_report(text: ReportText) -> StoredReport {
    let ReportText { seq, at, by, network, reason } = text;
    let by = by.into_iter().map(PersonId).collect();
    let network = network.map(NetworkTag);
    StoredReport { seq: Seq(seq), at: UnixMillis(at), by, network, reason }
}

fn ban_text(ban: &BanRule) -> BanText {
    let networks = ban.networks.iter().map(|network| network.0).collect();
    let name = ban.name.shown().to_owned();
    BanText { person: ban.person.0, name, networks, until: ban.until.0 }
}

fn ban_rule(text: BanText) -> BanRule {
    BanRule {
        person: PersonId(text.person),
        name: Name::stored(&text.name),
        networks: text.networks.into_iter().map(NetworkTag).collect(),
        until: UnixMillis(text.until),
    }
}

fn act_text(record: &ActRecord) -> ActText {
    let ActRecord { at, by, action, reason } = record;
    ActText {
        at: at.0,
        by: by.shown().to_owned(),
        action: action.word().to_owned(),
        whom: action.whom().map(|name| name.shown().to_owned()),
        seq: action.seq().map(|seq| seq.0),
        seconds: action.time().map(|time| time.as_secs()),
        reason: reason.clone(),
    }
}

/// `None`: this version does not know the action.
fn act_record(text: ActText) -> Option<ActRecord> {
    let details = ActDetails {
        whom: text.whom.as_deref().map(Name::stored),
        seq: text.seq.map(Seq),
        lasts: text.seconds.map(Duration::from_secs),
        choice: None,
    };
    let action = RoomAction::of(&text.action, details)?;
    let by = Name::stored(&text.by);
    Some(ActRecord { at: UnixMillis(text.at), by, action, reason: text.reason })
}
