//! Question 5 of `docs/PAGE.md`: every ratio that was agreed, from the shipped style sheets.

use crate::look::{contrast, tokens, web};

const GROUNDS: [&str; 5] = ["paper", "cloth", "own", "hit", "whisper"];
/// Each scheme: the selector of its colours, and its column of the table.
const SCHEMES: [(&str, usize); 3] = [
    (":root {", 0),
    (":root:not([data-theme=\"light\"]) {", 1),
    (":root[data-theme=\"dark\"] {", 1),
];

fn is_about(ratio: f64, agreed: f64) -> bool {
    (ratio - agreed).abs() < 0.01
}

#[test]
fn every_ratio_is_the_agreed_one_on_paper_and_on_the_worst_ground() {
    // The contrast on the paper colour, in light and dark; the number of backgrounds, and the
    // lowest contrast on them, in light and dark.
    let agreed = [
        ("ink", [15.75, 14.80], 5, [14.33, 11.65]),
        ("ink-2", [7.42, 8.03], 5, [6.75, 6.32]),
        ("accent", [8.61, 10.41], 5, [7.83, 8.19]),
        ("warn", [7.16, 10.50], 5, [6.51, 8.26]),
        ("bad", [7.80, 9.41], 5, [7.10, 7.41]),
        // Lines and edges appear on three backgrounds only.
        ("thread", [4.22, 6.69], 3, [3.84, 5.82]),
        ("slack", [3.64, 4.50], 3, [3.31, 3.92]),
        ("edge", [3.85, 4.50], 3, [3.50, 3.92]),
    ];
    let css = web("theme.css");
    for (scheme, nth) in SCHEMES {
        let colours = tokens(&css, scheme);
        let on = |name: &str, ground: &str| contrast(&colours[name], &colours[ground]);
        for (name, on_paper, grounds, lowest) in agreed {
            assert!(is_about(on(name, "paper"), on_paper[nth]), "{scheme} {name} on paper");
            let least = GROUNDS[..grounds].iter().map(|ground| on(name, ground));
            let least = least.fold(f64::MAX, f64::min);
            assert!(is_about(least, lowest[nth]), "{scheme} {name}: {least:.2}");
        }
        assert!(is_about(on("on-accent", "accent"), [9.00, 9.84][nth]), "{scheme} on-accent");
        assert!(is_about(on("hair", "paper"), [1.36, 1.42][nth]), "{scheme} hair");
    }
}

#[test]
fn the_twelve_colours_of_people_are_read_on_every_ground() {
    let css = web("theme.css");
    for (scheme, nth) in SCHEMES {
        let colours = tokens(&css, scheme);
        let people: Vec<_> = (0..12).map(|number| &colours[&format!("p{number}")]).collect();
        let lowest = |grounds: &[&str]| {
            let all = people
                .iter()
                .flat_map(|one| grounds.iter().map(|ground| contrast(one, &colours[*ground])));
            all.fold(f64::MAX, f64::min)
        };
        let (paper, all) = (lowest(&["paper"]), lowest(&GROUNDS));
        assert!(is_about(paper, [5.43, 8.92][nth]), "{scheme} on paper: {paper:.2}");
        assert!(is_about(all, [4.93, 7.02][nth]), "{scheme}: {all:.2}");
        for (number, one) in people.iter().enumerate() {
            // Two people in one room are told apart: the distance is that of the Oklab colour
            // space.
            for (other, colour) in people[..number].iter().enumerate() {
                let apart = distance(one, colour);
                assert!(apart >= 0.1, "{scheme} p{number} looks like p{other}: {apart:.3}");
            }
        }
    }
}

/// How unlike two colours look: their distance in Oklab.
fn distance(one: &str, other: &str) -> f64 {
    let ([l, a, b], [l2, a2, b2]) = (oklab(one), oklab(other));
    ((l - l2).powi(2) + (a - a2).powi(2) + (b - b2).powi(2)).sqrt()
}

/// A colour (`#rrggbb`) in Oklab.
fn oklab(colour: &str) -> [f64; 3] {
    let part = |from: usize| {
        let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let times = |m: [[f64; 3]; 3], [x, y, z]: [f64; 3]| m.map(|[a, b, c]| a * x + b * y + c * z);
    let cones = times(
        [
            [0.412_221_47, 0.536_332_54, 0.051_445_99],
            [0.211_903_5, 0.680_699_55, 0.107_396_96],
            [0.088_302_46, 0.281_718_84, 0.629_978_7],
        ],
        [part(1), part(3), part(5)],
    );
    times(
        [
            [0.210_454_26, 0.793_617_79, -0.004_072_05],
            [1.977_998_5, -2.428_592_21, 0.450_593_71],
            [0.025_904_04, 0.782_771_77, -0.808_675_77],
        ],
        cones.map(f64::cbrt),
    )
}

#[test]
fn what_is_said_of_a_colour_is_said_by_a_token() {
    // Before @supports come the rules for a browser of 2012. Their plain colours must be those of
    // the light scheme.
    let css = web("theme.css");
    let light = tokens(&css, ":root {");
    for name in ["base.css", "pages.css", "start.css", "live.css", "panels.css"] {
        let sheet = web(name);
        let (outer, inner) = sheet.split_once("@supports (display").unwrap_or(("", &sheet));
        for (place, _) in outer.match_indices('#') {
            let colour = &outer[place..outer.len().min(place + 7)];
            let is_one = colour[1..].bytes().all(|sign| sign.is_ascii_hexdigit());
            assert!(!is_one || light.values().any(|one| one == colour), "{name} {colour}");
        }
        // In print, the ink is plain black.
        let screen = inner.split("@media print").next().unwrap();
        let is_colour = |rest: &str| {
            let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
            let ends = rest[digits..].starts_with([';', ' ', '}']);
            matches!(digits, 3 | 6) && ends
        };
        let plain = screen.split('#').skip(1).find(|rest| is_colour(rest));
        assert_eq!(plain.map(|rest| &rest[..6]), None, "{name}: a colour without a name");
    }
}
