//! A machine without a clock that runs while it is off: it learns the time after the chat has
//! begun.

use crate::harness::browser::Browser;
use crate::harness::clock::FakeClock;
use crate::harness::{Data, Numbered, ServerProcess, Signal, not_run};

/// The times that the page shows, from the top. A line without a time has its number there.
fn shown(page: &str) -> Vec<String> {
    let of = |text: &str| {
        let (before, _) = page.split_once(text).unwrap_or_else(|| panic!("no {text}: {page}"));
        let (_, item) = before.rsplit_once("<li").unwrap();
        let has_time = item.contains("<time datetime=\"20");
        if has_time { "time".to_owned() } else { "number".to_owned() }
    };
    ["late soup", "early soup"].map(of).to_vec()
}

#[test]
fn row_119_what_was_said_before_the_clock_was_set_gets_its_time_when_it_is() {
    // That is long before the year in which a clock counts as set.
    let Some(clock) = FakeClock::at("row-119", "-9000d") else {
        not_run("row 119", "the package faketime is not installed");
        return;
    };
    let data = Data::new();
    let folder = data.folder().to_str().unwrap().to_owned();
    let start = || ServerProcess::start_with(&["--data", &folder], &clock.environment());
    let mut server = start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["early soup"]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(
        ann.page.contains("early soup") && !ann.page.contains("<time datetime"),
        "{}",
        ann.page
    );
    clock.set("+0");
    bo.says_each(&["late soup"]);
    let today = humantime::format_rfc3339(std::time::SystemTime::now()).to_string();
    let of_today = format!("/r/lobby?find=soup&day={}", &today[..10]);
    for life in ["the same", "the next"] {
        ann.gets("/r/lobby");
        assert_eq!(shown(&ann.page), ["time", "time"], "{life} run: {}", ann.page);
        // The history's file has the times, too. (At midnight, the day may be over.)
        ann.gets(&of_today);
        let is_same_day = humantime::format_rfc3339(std::time::SystemTime::now()).to_string()[..10]
            == today[..10];
        assert!(!is_same_day || ann.numbers() == [2, 1], "{life} run: {}", ann.page);
        server.gets_signal(Signal::TERM);
        assert!(server.ends().success(), "{:?}", server.log());
        server = start();
        ann = Browser::opens(server.addr, "/r/lobby");
    }
}
