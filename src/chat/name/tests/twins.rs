//! Names that look like other names.

use super::{BadName, Name, assert_no_twin, skeleton};

/// Returns the name `admin` with the character at its beginning, in its middle, and at its end.
fn hidden(c: char) -> [String; 3] {
    [format!("{c}admin"), format!("ad{c}min"), format!("admin{c}")]
}

#[test]
fn h3_zero_width_characters_are_refused() {
    let mut nicks = Vec::new();
    for c in [
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{2060}',
        '\u{feff}',
        '\u{ad}',
        '\u{34f}',
        '\u{61c}',
        '\u{180e}',
        '\u{115f}',
        '\u{1160}',
        '\u{3164}',
        '\u{ffa0}',
        '\u{2061}',
        '\u{2062}',
        '\u{2063}',
        '\u{2064}',
        '\u{206a}',
        '\u{206f}',
        '\u{17b4}',
        '\u{17b5}',
        '\u{2800}',
        '\u{fff9}',
        '\u{fffb}',
        '\u{fffc}',
        '\u{1d159}',
        '\u{1d173}',
        '\u{1bca0}',
        '\u{180b}',
        '\u{180f}',
    ] {
        nicks.extend(hidden(c));
    }
    assert!(nicks.len() >= 60);
    for nick in nicks {
        assert!(Name::parse(&nick).is_err(), "{}", nick.escape_unicode());
    }
}

#[test]
fn h3_tag_characters_and_variation_selectors_are_refused_or_make_no_difference() {
    let tags = ('\u{e0000}'..='\u{e007f}').step_by(8);
    let selectors = ('\u{fe00}'..='\u{fe0f}').chain(['\u{e0100}', '\u{e01ef}']);
    for nick in tags.chain(selectors).flat_map(hidden) {
        assert_no_twin(&nick, "admin");
    }
    assert_eq!(Name::parse("🏴\u{e0067}\u{e0062}\u{e007f}"), Err(BadName::Invisible));
}

#[test]
fn h3_an_emoji_with_its_selector_is_the_one_without() {
    for emoji in ["❤", "☀", "✈", "1\u{20e3}", "☎ phone", "👁 eye"] {
        let mut chars = emoji.chars();
        let first = chars.next().unwrap();
        for selector in ['\u{fe0f}', '\u{fe0e}'] {
            let with = format!("{first}{selector}{}", chars.as_str());
            assert_eq!(Name::parse(&with), Name::parse(emoji));
        }
        assert_eq!(Name::parse(emoji).unwrap().shown(), emoji);
    }
}

#[test]
fn h3_odd_spaces_are_plain_ones() {
    let plain = Name::parse("ann lee").unwrap();
    for space in
        ('\u{2000}'..='\u{200a}').chain(['\u{a0}', '\u{1680}', '\u{202f}', '\u{205f}', '\u{3000}'])
    {
        for typed in [
            format!("ann{space}lee"),
            format!("{space}ann {space} lee"),
            format!("ann{space}{space}lee{space}"),
        ] {
            assert_eq!(Name::parse(&typed), Ok(plain.clone()), "{}", typed.escape_unicode());
        }
    }
    // The letters before the special space have several bytes. So the space's position in bytes is
    // not its position in characters.
    for typed in ["日本  語", "é  x ", "日本\u{3000}語 ", "🦊🦊\u{a0}\u{a0}🦊"] {
        assert!(Name::parse(typed).is_ok(), "{}", typed.escape_unicode());
    }
}

#[test]
fn h3_twins_of_nfkc_are_the_plain_name() {
    let shift = |start: u32| -> String {
        "admin"
            .chars()
            .map(|c| char::from_u32(u32::from(c) - u32::from('a') + start).unwrap())
            .collect()
    };
    let starts = [
        0xff41, 0xff21, 0x24d0, 0x24b6, 0x1d41a, 0x1d44e, 0x1d482, 0x1d4d0, 0x1d4ea, 0x1d51e,
        0x1d552, 0x1d56c, 0x1d5a0, 0x1d5ba, 0x1d5d4, 0x1d5ee, 0x1d608, 0x1d622, 0x1d63c, 0x1d656,
        0x1d670, 0x1d68a, 0x1f130,
    ];
    for start in starts {
        let twin = shift(start);
        assert_eq!(skeleton(&twin), skeleton("admin"), "{twin}");
    }
    for (twin, plain) in
        [("ﬁona", "fiona"), ("ĳ", "ij"), ("ann²", "ann2"), ("ſam", "sam"), ("Kim", "kim")]
    {
        assert_eq!(skeleton(twin), skeleton(plain), "{twin}");
    }
}

#[test]
fn h3_case_twins_are_the_same() {
    for (one, other) in [
        ("admin", "ADMIN"),
        ("Admin", "aDMIN"),
        ("straße", "STRASSE"),
        ("STRAẞE", "strasse"),
        ("νίκος", "ΝΊΚΟΣ"),
        ("νίκοσ", "νίκος"),
        ("саша", "САША"),
        ("İbrahim", "ibrahim"),
        ("ibrahim", "IBRAHIM"),
        ("İ\u{336}", "i\u{336}"),
        ("ırmak", "IRMAK"),
        ("հայկ", "ՀԱՅԿ"),
        ("ǆ", "Ǆ"),
        ("ǅ", "Ǆ"),
        ("ŒUVRE", "œuvre"),
        ("éLAN", "Élan"),
        ("ꭺꭰ", "ᎪᎠ"),
    ] {
        assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
    }
}

#[test]
fn h3_different_names_stay_different() {
    let names = [
        "ann",
        "anna",
        "anne",
        "ánn",
        "an n",
        "bob",
        "rob",
        "nan",
        "van",
        "tim",
        "tom",
        "саша",
        "маша",
        "νίκος",
        "王",
        "玉",
        "🦊",
        "🐺",
        "ali",
        "ala",
        "room2",
        "room3",
        "hana",
        "lana",
    ];
    let all: std::collections::HashSet<_> = names.iter().map(|name| skeleton(name)).collect();
    assert_eq!(all.len(), names.len());
}

/// For each Latin letter, the characters that look like it.
const LOOKALIKES: &[(char, &str)] = &[
    ('a', "аɑα"),
    ('b', "Ьᖯ"),
    ('c', "сᴄ"),
    ('d', "ԁꓒ"),
    ('e', "еҽ"),
    ('g', "ɡց"),
    ('h', "һհНΗ"),
    ('i', "іıιІΙӏ1|lI"),
    ('j', "јϳЈ"),
    ('k', "КΚ"),
    ('l', "ӏІI1|ǀ"),
    ('m', "МΜ"),
    ('o', "оοօ0ОΟ"),
    ('p', "рρРΡ"),
    ('q', "ԛ"),
    ('r', "г"),
    ('s', "ѕЅ"),
    ('t', "ТΤ"),
    ('u', "ս"),
    ('v', "ѵν"),
    ('w', "ԝ"),
    ('x', "хχХΧ"),
    ('y', "уγУ"),
    ('z', "Ζ"),
];

#[test]
fn h4_lookalikes_have_the_skeleton_of_the_plain_name() {
    let mut nicks = 0;
    for plain in ["admin", "moderator", "chris peck", "hugo quvex", "jazzy bell", "ANN", "Alice"] {
        for (place, letter) in plain.char_indices() {
            let small = letter.to_ascii_lowercase();
            let Some((_, looks)) = LOOKALIKES.iter().find(|(latin, _)| *latin == small) else {
                continue;
            };
            for look in looks.chars() {
                let nick = format!("{}{look}{}", &plain[..place], &plain[place + 1..]);
                assert_eq!(skeleton(&nick), skeleton(plain), "{nick} for {plain}");
                nicks += 1;
            }
        }
    }
    assert!(nicks >= 60, "{nicks}");
}

#[test]
fn h4_whole_names_in_other_letters_have_the_skeleton_of_the_plain_one() {
    for (nick, plain) in [
        ("аdmіn", "admin"),
        ("АDМІN", "admin"),
        ("adrnin", "admin"),
        ("ADMlN", "admin"),
        ("рауԁау", "payday"),
        ("AIice", "alice"),
        ("aIice", "ALICE"),
        ("BiII", "bill"),
        ("НЕLLО", "hello"),
        ("r00t", "root"),
        ("𝐚𝐝𝐦𝐢𝐧", "admin"),
        ("ѕсоре", "scope"),
        ("ѵіѵі", "vivi"),
        ("ann—lee", "annーlee"),
    ] {
        assert_eq!(skeleton(nick), skeleton(plain), "{nick} for {plain}");
    }
}

/// A Greek small "ν" looks like "v", but its capital looks like "N". Small letter and capital get
/// the skeleton of the small letter, "v". If "ν" also had the skeleton "n", then "nan" and "van"
/// would have the same skeleton.
#[test]
fn h4_a_letter_that_looks_like_two_is_taken_for_its_small_one() {
    assert_eq!(skeleton("νan"), skeleton("van"));
    assert_eq!(skeleton("ΝAN"), skeleton("van"));
    assert_ne!(skeleton("nan"), skeleton("van"));
}
