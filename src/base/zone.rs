//! The local time of the machine. Pages that the server renders need it, because they cannot use
//! the browser's time zone.
//!
//! Owns: the zone. It is taken from `TZ`, or from `/etc/localtime` if `TZ` is not set. If the zone
//! cannot be read, it is UTC. It is read once.
//! Must not know: who reads a time, or how a time is written.
//!
//! Part: `base/mod.rs`.

use std::ops::Range;
use std::sync::LazyLock;

use tz::TimeZone;

use super::wall_clock::UnixMillis;

static HERE: LazyLock<Zone> = LazyLock::new(|| Zone::of(std::env::var("TZ").ok().as_deref()));

/// How a zone's clock differs from UTC at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The zone's abbreviation at that moment, such as `CET`. `None`: the zone has no abbreviation
    /// that consists of the letters A to Z.
    pub name: Option<String>,
    /// How many seconds the zone's clock is ahead of UTC; negative: behind UTC.
    pub seconds: i32,
}

#[derive(Debug)]
struct Zone(TimeZone);

impl Zone {
    fn of(named: Option<&str>) -> Self {
        let zone = named.map_or_else(TimeZone::local, TimeZone::from_posix_tz);
        Self(zone.unwrap_or_else(|_| TimeZone::utc()))
    }

    fn offset(&self, at: UnixMillis) -> Offset {
        let seconds = i64::try_from(at.0 / 1000).unwrap_or(i64::MAX);
        match self.0.find_local_time_type(seconds) {
            Ok(now) => {
                let name = now.time_zone_designation();
                let is_name = name.chars().all(|sign| sign.is_ascii_alphabetic());
                let name = (is_name && !name.is_empty()).then(|| name.to_owned());
                Offset { name, seconds: now.ut_offset() }
            }
            Err(_) => Offset { name: None, seconds: 0 },
        }
    }

    fn local(&self, at: UnixMillis) -> UnixMillis {
        UnixMillis(at.0.saturating_add_signed(i64::from(self.offset(at).seconds) * 1000))
    }

    fn moment(&self, local: UnixMillis) -> UnixMillis {
        let before = |offset: &Offset| {
            UnixMillis(local.0.saturating_add_signed(-i64::from(offset.seconds) * 1000))
        };
        // `near` may be wrong by an hour or so. It is close enough to find the right offset.
        let near = before(&self.offset(local));
        before(&self.offset(near))
    }
}

/// Reads the machine's time zone now, so that no thread has to wait for the file later.
pub fn prepare() {
    LazyLock::force(&HERE);
}

/// Returns the machine's local time at the moment `at`, in milliseconds as if local time were UTC.
pub fn local(at: UnixMillis) -> UnixMillis {
    HERE.local(at)
}

/// Returns how the machine's local time differs from UTC at the moment `at`.
pub fn offset(at: UnixMillis) -> Offset {
    HERE.offset(at)
}

/// Takes the beginning and the end of a day in UTC. Returns the moments at which the day with the
/// same date begins and ends in the machine's zone.
pub fn day(in_utc: Range<UnixMillis>) -> Range<UnixMillis> {
    HERE.moment(in_utc.start)..HERE.moment(in_utc.end)
}

#[cfg(test)]
mod tests {
    use super::{Offset, UnixMillis, Zone};

    /// 2026-01-15, noon.
    const WINTER: UnixMillis = UnixMillis(1_768_478_400_000);
    /// 2026-07-15, noon.
    const SUMMER: UnixMillis = UnixMillis(1_784_116_800_000);

    const PARIS: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

    #[test]
    fn a_zone_s_clock_stands_as_its_season_has_it() {
        let paris = Zone::of(Some(PARIS));
        let named = |name: &str, seconds| Offset { name: Some(name.to_owned()), seconds };
        assert_eq!(paris.offset(WINTER), named("CET", 3600));
        assert_eq!(paris.offset(SUMMER), named("CEST", 7200));
        assert_eq!(paris.local(WINTER).0 - WINTER.0, 3_600_000);
        assert_eq!(paris.local(SUMMER).0 - SUMMER.0, 7_200_000);
        for at in [WINTER, SUMMER] {
            assert_eq!(paris.moment(paris.local(at)), at);
        }
    }

    #[test]
    fn a_zone_without_a_name_has_its_hours_and_what_is_none_is_utc() {
        let kolkata = Zone::of(Some("<+0530>-5:30"));
        assert_eq!(kolkata.offset(WINTER), Offset { name: None, seconds: 19_800 });
        for none in ["", "Nowhere/None", "??"] {
            assert_eq!(Zone::of(Some(none)).offset(WINTER).seconds, 0, "{none}");
        }
    }
}
