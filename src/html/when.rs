//! The time of a line on a page without scripts. It is in the machine's time zone, which the foot
//! of the page names.
//!
//! Owns: how the time is written, and what is shown instead if the clock of the machine is not set.
//! Must not know: how the machine's time zone is found.
//!
//! Part: `html/mod.rs`.

use maud::{Markup, html};

use super::sentences::Sentences;
use crate::base::wall_clock;
use crate::base::zone::{self, Offset};
use crate::chat::entry::Entry;
use crate::chat::time_text;

/// What an item shows of the time of its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeShown {
    /// The time of day. A tooltip has the day.
    #[default]
    Time,
    /// The day and the time, for lines that may be old.
    Day,
    /// Nothing.
    Hidden,
}

/// Returns the time of a line as HTML; or, if the machine's clock was not set when the line was
/// said, the number of the line. If `shown` is `Day`, the day stands before the time; otherwise
/// only a tooltip has it.
pub(crate) fn when(entry: &Entry, shown: TimeShown) -> Markup {
    if !wall_clock::is_set(entry.at) {
        return html! { small { "#" (entry.seq.0) } };
    }
    let here = zone::local(entry.at);
    html! {
        time datetime=(time_text::exact(entry.at)) title=(time_text::day(here)) {
            @if shown == TimeShown::Day { (time_text::day(here)) " " }
            (time_text::clock(here))
        }
    }
}

/// Returns the sentence for the foot of a page. It names the time zone of the times on the page, or
/// says that the machine's clock is not set.
pub(crate) fn foot(words: &Sentences) -> String {
    let now = wall_clock::now();
    if wall_clock::is_set(now) {
        named(words, &zone::offset(now))
    } else {
        words.say("noClock").to_owned()
    }
}

fn named(words: &Sentences, offset: &Offset) -> String {
    let zone = hours(offset.seconds);
    match &offset.name {
        _ if offset.name.as_deref() == Some("UTC") => words.say("times").to_owned(),
        Some(name) => words.fill("timesNamed", &[("name", name), ("zone", &zone)]),
        None => words.fill("timesIn", &[("zone", &zone)]),
    }
}

/// Returns the name of a zone by its difference to UTC: `UTC`, `UTC+1`, `UTC-3:30`.
fn hours(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Offset, Sentences, TimeShown, hours, named, when};
    use crate::base::language::Language;
    use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, Speaker, UnixMillis};
    use crate::chat::log_name::LogName;
    use crate::chat::name::Name;
    use crate::chat::room_name::RoomName;

    #[test]
    fn on_a_box_without_a_clock_a_line_has_its_number_instead_of_a_time() {
        let name = Name::parse("Ann").unwrap();
        let by =
            Speaker { name, classic: false, whose: AuthorTag::default(), mark: None, addr: None };
        let (log, what) = (LogName::Room(RoomName::lobby()), EntryKind::Said("hello".into()));
        let (epoch, seq, at) = (Epoch(1), Seq(1041), UnixMillis(90_000));
        let mut entry = Entry { log, epoch, seq, at, by, id: None, what };
        assert_eq!(when(&entry, TimeShown::Time).into_string(), "<small>#1041</small>");
        entry.at = UnixMillis(1_768_478_400_000);
        assert!(
            when(&entry, TimeShown::Time)
                .into_string()
                .starts_with("<time datetime=\"2026-01-15T12:00:00Z\"")
        );
    }

    #[test]
    fn a_zone_is_named_as_people_do() {
        let words = Sentences::of(Language::English);
        let named = |name: Option<&str>, seconds| {
            named(words, &Offset { name: name.map(str::to_owned), seconds })
        };
        assert_eq!(named(Some("CET"), 3600), "Times are CET (UTC+1).");
        assert_eq!(named(Some("NST"), -12_600), "Times are NST (UTC-3:30).");
        assert_eq!(named(None, 19_800), "Times are UTC+5:30.");
        assert_eq!(named(Some("UTC"), 0), "Times are UTC.");
        assert_eq!(named(Some("GMT"), 0), "Times are GMT (UTC).");
        assert_eq!(hours(-3600), "UTC-1");
    }
}
