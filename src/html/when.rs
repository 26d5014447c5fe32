//! The time and the day of a line on a page without scripts. Both are in the machine's time zone.
//! The page names that zone beside its first day, or at its foot if it has no day.
//!
//! Owns: how time and day are written, and what is shown instead if the clock of the machine is not
//! set.
//! Must not know: which zone that is.
//!
//! Part: `html/mod.rs`.

use maud::{Markup, html};

use super::sentences::Sentences;
use crate::base::wall_clock;
use crate::base::zone::{self, Offset};
use crate::chat::entry::{Entry, UnixMillis};
use crate::chat::time_text;

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// What an item shows of the time of its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeShown {
    /// The time of day. A tooltip has the day.
    #[default]
    Time,
    /// The time of day and no tooltip, for a page that is loaded again and again.
    Short,
    /// Nothing.
    Hidden,
}

/// Returns the time of a line as HTML; or, if the machine's clock was not set when the line was
/// said, the number of the line.
pub(crate) fn when(entry: &Entry, shown: TimeShown) -> Markup {
    if !wall_clock::is_set(entry.at) {
        return html! { small { "#" (entry.seq.0) } };
    }
    let here = zone::local(entry.at);
    let is_whole = shown != TimeShown::Short;
    let minute = || format!("{}T{}Z", time_text::day(entry.at), time_text::clock(entry.at));
    html! {
        time datetime=[is_whole.then(minute)]
            title=[is_whole.then(|| time_text::day(here))] { (time_text::clock(here)) }
    }
}

/// Returns the day of this moment, as `2026-11-20`; `None`: the machine's clock was not set then.
pub(crate) fn day(at: UnixMillis) -> Option<String> {
    wall_clock::is_set(at).then(|| time_text::day(zone::local(at)))
}

/// Returns the day of this moment for people, such as `Friday 20 November 2026`.
pub(crate) fn day_in_words(words: &Sentences, at: UnixMillis) -> String {
    let here = zone::local(at);
    let date = time_text::day(here);
    let (year, rest) = date.split_once('-').unwrap_or_default();
    let (month, day) = rest.split_once('-').unwrap_or_default();
    // The first of January 1970 was a Thursday.
    let weekday = (here.0 / DAY_MILLIS + 4) % 7;
    let nth =
        |list: &str, nth: usize| words.say(list).split(' ').nth(nth).unwrap_or_default().to_owned();
    let month = month.parse::<usize>().unwrap_or(1).saturating_sub(1);
    let blanks = [
        ("weekday", &*nth("weekdays", usize::try_from(weekday).unwrap_or(0))),
        ("day", day.trim_start_matches('0')),
        ("month", &*nth("months", month)),
        ("year", year),
    ];
    words.fill("dayLine", &blanks)
}

/// Returns the day of this moment as `day_in_words` does, and says if it is today or yesterday. For
/// pages that are loaded now: on one that stays open, today would soon be another day.
pub(crate) fn day_from_now(words: &Sentences, at: UnixMillis) -> String {
    named_day(words, at, wall_clock::now())
}

/// Returns this moment for people, such as `10:20`. If it was not today, the day comes first.
pub(crate) fn moment(words: &Sentences, at: UnixMillis) -> String {
    let clock = time_text::clock(zone::local(at));
    if day(at) == day(wall_clock::now()) {
        return clock;
    }
    format!("{} {clock}", day_from_now(words, at))
}

fn named_day(words: &Sentences, at: UnixMillis, now: UnixMillis) -> String {
    let day = day_in_words(words, at);
    let days = |moment| zone::local(moment).0 / DAY_MILLIS;
    match days(now).checked_sub(days(at)) {
        Some(0) => words.fill("today", &[("day", &day)]),
        Some(1) => words.fill("yesterday", &[("day", &day)]),
        _ => day,
    }
}

/// Returns the sentence about the time zone at the moment `at`. If the machine's clock was not set
/// then, the sentence says so.
pub(crate) fn zone_sentence(words: &Sentences, at: UnixMillis) -> String {
    if wall_clock::is_set(at) {
        named(words, &zone::offset(at))
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
    use super::{
        DAY_MILLIS, Offset, Sentences, TimeShown, day, day_in_words, hours, named, named_day, when,
        zone_sentence,
    };
    use crate::base::language::Language;
    use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, Speaker, UnixMillis};
    use crate::chat::log_name::LogName;
    use crate::chat::name::Name;
    use crate::chat::room_name::RoomName;

    #[test]
    fn row_119_on_a_server_without_a_clock_a_line_has_its_number_instead_of_a_time() {
        let name = Name::parse("Ann").unwrap();
        let by = Speaker {
            name,
            classic: false,
            has_edited: false,
            whose: AuthorTag::default(),
            mark: None,
            addr: None,
        };
        let (log, what) = (LogName::Room(RoomName::lobby()), EntryKind::Said("hello".into()));
        let (epoch, seq, at) = (Epoch(1), Seq(1041), UnixMillis(90_000));
        let mut entry = Entry { log, epoch, seq, at, by, id: None, reply_to: None, what };
        let shown = |entry: &Entry, shown| when(entry, shown).into_string();
        assert_eq!(shown(&entry, TimeShown::Time), "<small>#1041</small>");
        entry.at = UnixMillis(1_768_478_400_000);
        let whole = shown(&entry, TimeShown::Time);
        assert!(whole.starts_with("<time datetime=\"2026-01-15T12:00Z\""), "{whole}");
        let clock = whole.split_once("\">").unwrap().1;
        assert_eq!(shown(&entry, TimeShown::Short), format!("<time>{clock}"));
    }

    #[test]
    fn row_119_a_day_has_its_weekday_in_both_languages_and_without_a_clock_there_is_none() {
        for (at, english, chinese) in [
            (1_768_478_400_000, "Thursday 15 January 2026", "2026年1月15日星期四"),
            (1_772_280_000_000, "Saturday 28 February 2026", "2026年2月28日星期六"),
            (1_798_718_400_000, "Thursday 31 December 2026", "2026年12月31日星期四"),
        ] {
            let of = |language| day_in_words(Sentences::of(language), UnixMillis(at));
            assert_eq!(of(Language::English), english);
            assert_eq!(of(Language::Chinese), chinese);
        }
        let noon = UnixMillis(1_768_478_400_000);
        for (days, english, chinese) in [
            (0, "Today, Thursday 15 January 2026", "今天，2026年1月15日星期四"),
            (1, "Yesterday, Thursday 15 January 2026", "昨天，2026年1月15日星期四"),
            (2, "Thursday 15 January 2026", "2026年1月15日星期四"),
        ] {
            let now = UnixMillis(noon.0 + days * DAY_MILLIS);
            assert_eq!(named_day(Sentences::of(Language::English), noon, now), english);
            assert_eq!(named_day(Sentences::of(Language::Chinese), noon, now), chinese);
        }
        assert_eq!(day(UnixMillis(90_000)), None);
        let words = Sentences::of(Language::English);
        assert_eq!(zone_sentence(words, UnixMillis(90_000)), words.say("noClock"));
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
