//! What the search through all schedules finds, and that the page shows the same.

use super::game::ScheduleGame;
use super::levels::LEVELS;
use super::machine::all_schedules;
use super::page;

fn game(address: [&str; 3]) -> ScheduleGame {
    let [level, cured, run] = address.map(|value| Some(value).filter(|value| !value.is_empty()));
    ScheduleGame::of(level, cured, run)
}

#[test]
fn each_level_has_a_schedule_that_breaks_it_and_the_search_finds_the_shortest() {
    let found = LEVELS.each_ref().map(|level| {
        let tally = all_schedules(level, false);
        (tally.schedules, tally.breaking, tally.shortest.unwrap())
    });
    // The first is lesson 11's own program: ten schedules, of which one is bad.
    let expected = [(10, 1, "aaabbbba"), (4, 2, "ab"), (22, 1, "baabb")];
    assert_eq!(found, expected.map(|(all, bad, run)| (all, bad, run.to_owned())));
}

#[test]
fn no_schedule_breaks_a_cured_program() {
    for level in &LEVELS {
        let tally = all_schedules(level, true);
        assert!(tally.schedules > 1, "{tally:?}");
        assert_eq!((tally.breaking, tally.shortest), (0, None), "{}", level.title);
    }
}

#[test]
fn the_schedule_that_the_search_finds_shows_the_broken_page_and_one_letter_less_does_not() {
    for level in &LEVELS {
        let run = all_schedules(level, false).shortest.unwrap();
        let broken = game([level.number, "", &run]);
        let html = page::shown(&broken);
        assert!(broken.fault.is_none() && html.contains(level.lost), "{html}");
        assert!(html.contains(&format!("level={}&amp;cured=1&amp;run={run}#turn", level.number)));
        assert!(!html.contains("class=\"go\""), "a broken program goes on: {html}");
        let before = page::shown(&game([level.number, "", &run[..run.len() - 1]]));
        assert!(!before.contains(level.lost), "{before}");
        assert!(!page::shown(&game([level.number, "1", &run])).contains(level.lost));
    }
}

#[test]
fn the_cured_program_skips_what_a_thread_cannot_do_and_says_so() {
    let cured = game(["1", "1", "aaabbbba"]);
    assert_eq!((&*cured.run, &cured.fault), ("aaabbbba", &None), "woken, it locks");
    let cured = game(["2", "1", "ab"]);
    let sentence = "Letter 2, b, was skipped: the hub waits for the lock, which the writer has.";
    assert_eq!((&*cured.run, &cured.skipped[..]), ("a", &[sentence.to_owned()][..]));
}

#[test]
fn a_bad_address_has_its_sentence_and_shows_what_was_good() {
    let long = "ab".repeat(40);
    for (address, run, sentence) in [
        (["4", "", "a"], "", "There is no level “4”. The levels are 1, 2 and 3."),
        (["1", "yes", "a"], "", "Write cured=1 for the cured program, and cured=0"),
        (["1", "", "aaB"], "aa", "Letter 3 is “B”. A schedule has only the letters a and b."),
        (["1", "", "a\u{202e}"], "a", "Letter 2 is “\\u{202e}”."),
        (["1", "", "ab"], "a", "Letter 2 cannot be b: the hub waits for the lock"),
        (["1", "", "aaaaa"], "aaaa", "Letter 5 cannot be a: the writer sleeps until somebody"),
        (["2", "", "aba"], "ab", "Letter 3 cannot be a: the writer makes no more steps"),
        (["3", "", "aaa"], "aa", "Letter 3 cannot be a: the client has come to its end."),
        (["3", "0", "bbbb"], "bbb", "Letter 4 cannot be b: the hub sleeps until an inbox"),
        (["2", "1", &long], "abababab", "A schedule has at most 64 letters."),
    ] {
        let game = game(address);
        let fault = game.fault.unwrap();
        assert!(fault.starts_with(sentence), "{fault}");
        let is_cured_run = address[1] == "1";
        assert!(is_cured_run || game.run == run, "{address:?}: {}", game.run);
    }
}
