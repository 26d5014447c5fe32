//! The time zone of the times on a page that the server makes: the server's own.

use crate::harness::browser::Browser;
use crate::harness::{Data, Numbered, ServerProcess};

/// Datetime, day and time of day of the first line.
fn times(page: &str) -> (String, String, String) {
    let (_, rest) = page.split_once("<time datetime=\"").unwrap_or_else(|| panic!("{page}"));
    let (exact, rest) = rest.split_once("\" title=\"").unwrap();
    let (day, rest) = rest.split_once("\">").unwrap();
    let (clock, _) = rest.split_once("</time>").unwrap();
    (exact.to_owned(), day.to_owned(), clock.to_owned())
}

fn minutes(clock: &str) -> u32 {
    let (hours, minutes) = clock.split_once(':').unwrap();
    hours.parse::<u32>().unwrap() * 60 + minutes.parse::<u32>().unwrap()
}

#[test]
fn a_page_has_the_times_of_the_server_s_zone_and_names_it() {
    for (zone, minutes_before, foot) in [
        ("XYZ-5:30", 330, "Times are XYZ (UTC+5:30)."),
        ("<+14>-14", 840, "Times are UTC+14."),
        ("ABC3", 1440 - 180, "Times are ABC (UTC-3)."),
        ("", 0, "Times are UTC."),
        ("Nowhere/None", 0, "Times are UTC."),
    ] {
        let server = ServerProcess::start_with(&[], &[("TZ", zone)]);
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.says("what time is it?");
        bo.hears("sent");
        let ann = Browser::opens(server.addr, "/r/lobby");
        let (exact, _, clock) = times(&ann.page);
        let utc = minutes(&exact[11..16]);
        assert_eq!(minutes(&clock), (utc + minutes_before) % 1440, "{zone}: {exact} {clock}");
        assert!(ann.page.contains(foot), "{zone}: {}", ann.page);
    }
}

#[test]
fn a_day_that_is_looked_for_is_the_server_s() {
    let data = Data::new();
    // In one of these zones, it is always another day than in UTC.
    for zone in ["<+14>-14", "<-12>12"] {
        let folder = data.folder().join(zone.trim_matches(['<', '>']));
        let folder = folder.to_str().unwrap().to_owned();
        let server = ServerProcess::start_with(&["--data", &folder], &[("TZ", zone)]);
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.says("soup");
        bo.hears("sent");
        let mut ann = Browser::opens(server.addr, "/r/lobby");
        let (exact, day, _) = times(&ann.page);
        ann.gets(&format!("/r/lobby?find=soup&day={day}"));
        assert!(ann.page.contains("1 message found"), "{zone} {exact} {day}: {}", ann.page);
        ann.gets("/r/lobby?find=soup&day=2026-01-01");
        assert!(ann.page.contains("No messages found."), "{zone}: {}", ann.page);
    }
}
