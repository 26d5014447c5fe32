//! Which typed texts are names, and which are not.

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use unicode_normalization::UnicodeNormalization;

use super::{BadName, Name, skeleton};
use crate::base::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX};

#[test]
fn any_script_may_be_a_name() {
    for name in [
        "Ann",
        "Ann-Marie O'Neill",
        "Łukasz Żółć",
        "Nguyễn Thị Hạnh",
        "Ελένη Παπαδοπούλου",
        "Саша",
        "Հայկ",
        "გიორგი",
        "王小明",
        "山田 太郎",
        "ジョン・スミス",
        "김민준",
        "प्रिया शर्मा",
        "সুমন",
        "தமிழ்",
        "ක්‍රිස්",
        "สมชาย กิ่งแก้ว",
        "ကျော်မျှော်",
        "ខ្មែរ",
        "བསྒྲུབས",
        "አበበ",
        "محمد",
        "علی‌رضا",
        "דָּוִד",
        "<Ann> & \"Lee\"!",
        "🦊",
        "👍🏽 fox",
        "🇪🇺",
        "🫠",
    ] {
        let parsed = Name::parse(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(parsed.shown(), name);
        assert_eq!(parsed.to_string(), name);
    }
}

#[test]
fn hangul_and_accents_typed_in_parts_are_put_together() {
    for (typed, shown) in
        [("\u{1112}\u{1161}\u{11ab}", "한"), ("e\u{301}", "é"), ("Ho\u{323}\u{302}", "Hộ")]
    {
        assert_eq!(Name::parse(typed).unwrap().shown(), shown);
    }
}

#[test]
fn h2_characters_that_turn_the_line_are_refused() {
    let controls: Vec<char> = ('\u{202a}'..='\u{202e}')
        .chain('\u{2066}'..='\u{2069}')
        .chain(['\u{200e}', '\u{200f}', '\u{61c}'])
        .collect();
    let mut nicks = Vec::new();
    for control in controls {
        nicks.push(format!("ad{control}min"));
        nicks.push(format!("{control}admin"));
        nicks.push(format!("محمد{control}"));
    }
    assert!(nicks.len() >= 20);
    for nick in nicks {
        assert_eq!(Name::parse(&nick), Err(BadName::Direction), "{}", nick.escape_unicode());
    }
}

#[test]
fn h5_a_thousand_marks_are_refused_and_three_are_not() {
    for mark in ["\u{301}", "\u{336}", "\u{489}", "\u{20dd}", "\u{e47}", "\u{93f}", "\u{1abe}"] {
        let thousand = format!("a{}", mark.repeat(1000));
        assert!(Name::parse(&thousand).is_err(), "{}", mark.escape_unicode());
        let many = format!("a{}", mark.repeat(7));
        assert_eq!(Name::parse(&many), Err(BadName::Marks), "{}", mark.escape_unicode());
    }
    // Unicode has no character that is a "q" with a mark. So NFKC joins no mark to the "q".
    assert!(Name::parse(&format!("q{}", "\u{336}".repeat(3))).is_ok(), "max");
    assert_eq!(Name::parse(&format!("q{}", "\u{336}".repeat(4))), Err(BadName::Marks), "max + 1");
    assert!(Name::parse(&format!("क{}", "\u{941}".repeat(6))).is_ok(), "max of all");
    assert_eq!(Name::parse(&format!("क{}", "\u{941}".repeat(7))), Err(BadName::Marks));
    // A joiner between marks does not start a new count.
    let joined = format!("क{}", "\u{94d}\u{200d}".repeat(7));
    assert_eq!(Name::parse(&joined), Err(BadName::Marks));
}

#[test]
fn h5_a_mark_upon_nothing_is_refused() {
    for typed in
        ["\u{301}", "\u{301}ann", "ann \u{301}", " \u{301}ann", "\u{a8}", "\u{20e3}", "-\u{301}"]
    {
        assert_eq!(Name::parse(typed), Err(BadName::Marks), "{}", typed.escape_unicode());
    }
}

#[test]
fn h5_a_limit_inside_an_emoji_refuses_the_name_and_cuts_nothing() {
    let most = "🦊".repeat(NAME_BYTES_MAX / 4);
    assert_eq!(Name::parse(&most).unwrap().shown(), most);
    assert_eq!(Name::parse(&format!("{most}🦊")), Err(BadName::TooManyBytes));
    for letters in 1..4 {
        let inside = format!("{}{most}", "a".repeat(letters));
        assert_eq!(Name::parse(&inside), Err(BadName::TooManyBytes));
    }
}

#[test]
fn a_name_has_thirty_two_characters_at_most() {
    for letter in ["a", "王", "é"] {
        assert!(Name::parse(&letter.repeat(NAME_CHARS_MAX)).is_ok(), "max");
        let longer = letter.repeat(NAME_CHARS_MAX + 1);
        assert_eq!(Name::parse(&longer), Err(BadName::TooLong), "max + 1");
    }
    assert_eq!(Name::parse(&"a".repeat(10_000_000)), Err(BadName::TooLong));
    // In NFKC this one character becomes eighteen.
    assert_eq!(Name::parse("\u{fdfa}\u{fdfa}"), Err(BadName::TooLong));
}

#[test]
fn what_is_no_name_is_told_why() {
    let cases = [
        ("", BadName::Empty),
        ("   ", BadName::OnlySpaces),
        ("\u{3000}\u{a0}", BadName::OnlySpaces),
        ("\u{fe0f}", BadName::Empty),
        ("ann\nlee", BadName::LineBreak),
        ("ann\r", BadName::LineBreak),
        ("ann\u{2028}lee", BadName::LineBreak),
        ("ann\u{7}", BadName::Control),
        ("ann\tlee", BadName::Control),
        ("\u{1b}[31mann", BadName::Control),
        ("ann\u{9b}", BadName::Control),
        ("ann\0", BadName::Control),
        ("👨\u{200d}👩\u{200d}👧", BadName::Invisible),
        ("ann#1", BadName::Sign('#')),
        ("ann＃1", BadName::Sign('#')),
        ("a/b", BadName::Sign('/')),
        ("\u{2100}", BadName::Sign('/')),
        ("@ann", BadName::Sign('@')),
        ("ann:", BadName::Sign(':')),
        ("lee, ann", BadName::Sign(',')),
        ("\u{e000}", BadName::Character('\u{e000}')),
        ("a\u{378}", BadName::Character('\u{378}')),
        ("a\u{b7}", BadName::Character('\u{b7}')),
    ];
    for (typed, expected) in cases {
        assert_eq!(Name::parse(typed), Err(expected), "{}", typed.escape_unicode());
        let sentence = expected.to_string();
        assert!(sentence.len() > 10 && !sentence.contains(char::is_control), "{sentence}");
    }
    let too_long = BadName::TooLong.to_string();
    assert!(too_long.starts_with("a name can have at most 32 characters"), "{too_long}");
    assert!(BadName::Character('\u{b7}').to_string().contains("U+00B7"));
}

#[test]
fn no_name_reads_as_a_note_or_as_the_server() {
    let looks = ["\u{2217} Bo left", "\u{204e}", "Bo M\u{435}ant", "\u{405}erver", "Systern"];
    let said = [
        "* Bo set the topic",
        "*",
        "*Bo",
        "Bo meant",
        "bo MEANT",
        "Bo is now",
        "Ann Lee set",
        "Bo removed",
        "Bo is now Ann",
        "Bo was",
        "Bo was last seen 2026-11-20",
        "Bo has",
        "Bo has a",
        "Bo joined",
    ];
    let notes = [
        "whoever",
        "Whoever opens",
        "your messages",
        "The pinned message",
        "the stream",
        "there is nobody with that name",
        "3",
        "3 in",
        "10 in den",
        "l2 older messages",
    ];
    let servers =
        ["server", "System", "you", "You are", "you are Bo", "this is lobby", "not", "messages"];
    // These stand where a name could stand.
    let nobodies = [
        "Somebody who left",
        "somebody who LEFT.",
        "Message deleted",
        "Message deleted.",
        "removed",
        "Nobody",
        "N\u{43e}body",
        "\u{5df2}\u{79bb}\u{5f00}\u{7684}\u{4eba}",
        "\u{6d88}\u{606f}\u{5df2}\u{5220}\u{9664}",
    ];
    for typed in [&looks[..], &said, &notes, &servers, &nobodies].concat() {
        assert_eq!(Name::parse(typed), Err(BadName::Note), "{typed}");
        // A person took this name before the rule existed. The name stays valid, and plain text
        // shows it in quotes.
        let stored = Name::of_somebody(typed).unwrap();
        assert_eq!(stored.plain(), format!("\"{}\"", stored.shown()));
    }
    let near = ["A*", "meant", "Servers", "my server", "Young", "Isis", "Dis", "Thisbe", "Notker"];
    let usual = ["Bo", "Will", "May", "Has", "Will Hasbrook", "Ali", "Lo", "Lo In", "Max 3"];
    let words = ["All Blacks", "The Stranger", "There There", "Bo is a fish", "Bo left early"];
    for typed in [&near[..], &usual, &words].concat() {
        assert_eq!(Name::parse(typed).unwrap().plain(), typed);
    }
}

#[test]
fn guests_have_names_that_nobody_can_type() {
    assert_eq!(Name::guest(41).shown(), "guest-041");
    assert_eq!(Name::guest(0).shown(), "guest-000");
    assert_eq!(Name::guest(12_345).shown(), "guest-12345");
    for number in [0, 1, 7, 41, 101, 999, 1000, u64::MAX] {
        let guest = Name::guest(number);
        assert!(guest.skeleton().is_given_by_server(), "{guest:?}");
        assert!(guest.shown().len() <= NAME_CHARS_MAX);
        assert_eq!(Name::parse(guest.shown()), Err(BadName::GivenByServer));
    }
    for typed in [
        "guest-1",
        "Guest-041",
        "GUEST-041",
        "ｇｕｅｓｔ-041",
        "guеst-041",
        "guest\u{2010}041",
        "guest-O41",
        "guest-04l",
        "guest-०४१",
        " guest-041 ",
    ] {
        assert_eq!(Name::parse(typed), Err(BadName::GivenByServer), "{typed}");
    }
    for typed in ["guest", "guest-", "guest-ann", "my guest-041", "guests-041", "guest 41"] {
        assert!(Name::parse(typed).is_ok(), "{typed}");
    }
}

#[test]
fn two_guests_have_two_skeletons() {
    let all: std::collections::HashSet<_> =
        (0..3000).map(|number| Name::guest(number).skeleton().clone()).collect();
    assert_eq!(all.len(), 3000);
}

/// Makes texts to which several rules apply: they mix letters of scripts with and without case,
/// marks, spaces, joiners, emoji, and forbidden characters.
fn tricky() -> impl Strategy<Value = String> {
    let pool: Vec<char> = "aIilL1|oO0mMrnßẞſıİiKŉǆςσΣνΝηΗбвВнНԱև\u{1e9e}ᾳᾼΐﬁﬃ½℀ℵקאالعم\u{640}کی\
        กัิ็้\u{e33}कि्षกျွောက်མྒྷ王ー・·한\u{1112}\u{1161}\u{11ab}\u{301}\u{307}\u{308}\u{345}\u{20e3}\u{336}\
        \u{200c}\u{200d}\u{fe0f}\u{fe0e}\u{a0}\u{3000}\u{1680} ￣\u{a8}\u{fdfa}\u{37a}👍🏽🇪🇺🦊①Ⓐ-_#/guest0123456789"
        .chars()
        .collect();
    proptest::collection::vec(proptest::sample::select(pool), 0..12)
        .prop_map(|chars| chars.into_iter().collect())
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), tricky(), Just(String::new()), "\\PC{0,12}", "[ -~]{1,40}"]
}

proptest! {
    #[test]
    fn parsing_never_panics_and_keeps_the_bounds(text in typed()) {
        if let Ok(name) = Name::parse(&text) {
            prop_assert!(name.shown().len() <= NAME_BYTES_MAX && !name.shown().is_empty());
            prop_assert!(!name.shown().contains(['#', '/', '@', ':', ',', '\n']));
            prop_assert_eq!(name.shown(), name.shown().trim());
        }
    }

    #[test]
    fn parsing_what_is_shown_gives_the_same_name(text in typed()) {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.shown()), Ok(name));
        }
    }

    #[test]
    fn case_makes_no_difference(text in typed()) {
        if let Ok(name) = Name::parse(&text) {
            // The name is decomposed before its case is changed. Otherwise the case of an iota
            // could move the marks of its letter.
            let parts: String = name.shown().nfd().collect();
            for other in [parts.to_lowercase(), parts.to_uppercase()] {
                if let Ok(other) = Name::parse(&other) {
                    prop_assert_eq!(name.skeleton(), other.skeleton());
                }
            }
        }
    }
}

#[test]
fn every_letter_is_the_same_in_all_its_cases() {
    for letter in ('\0'..=char::MAX).filter(|c| c.is_lowercase() || c.is_uppercase()) {
        let small = letter.to_lowercase().to_string();
        let capital = letter.to_uppercase().to_string();
        if [&small, &capital, &letter.to_string()].iter().all(|one| Name::parse(one).is_ok()) {
            assert_eq!(skeleton(&small), skeleton(&capital), "{letter}");
            assert_eq!(skeleton(&small), skeleton(&letter.to_string()), "{letter}");
        }
    }
}
