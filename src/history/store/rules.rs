//! The rules of a room as a text of the file: JSON, which the `sqlite3` shell shows as it is.
//!
//! Owns: the names in that text.
//! Must not know: what a rule forbids.
//!
//! Part: `history/store/mod.rs`.

use serde::{Deserialize, Serialize};

use crate::chat::entry::UnixMillis;
use crate::chat::record::{PersonId, PersonRule, StoredRules};

/// The rules; a rule about a person is the person's id, and when it ends.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct RulesText {
    frozen: bool,
    muted: Vec<(u64, u64)>,
    put_out: Vec<(u64, u64)>,
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
    StoredRules { is_frozen: text.frozen, muted: rules(text.muted), put_out: rules(text.put_out) }
}
