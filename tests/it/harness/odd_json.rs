//! Hundreds of texts that are not a request: deep, long, doubled, cut, of wrong types, with half a
//! character or no character in them.

/// A format whose texts are JSON objects.
pub struct Dialect {
    /// A correct request, as fields and their values.
    pub good: &'static [(&'static str, &'static str)],
    /// Every field that the server reads, and a value for it.
    pub fields: &'static [(&'static str, Kind, &'static str)],
    /// A field that the server ignores.
    pub unread: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    Flag,
    Versions,
    Rooms,
}

pub const NUMBERED: Dialect = Dialect {
    good: &[("type", r#""say""#), ("room", r#""lobby""#), ("text", r#""fine""#)],
    fields: &[
        ("type", Kind::Text, r#""say""#),
        ("room", Kind::Text, r#""lobby""#),
        ("text", Kind::Text, r#""fine""#),
        ("epoch", Kind::Text, r#""0""#),
        ("id", Kind::Text, r#""a-1""#),
        ("name", Kind::Text, r#""Bo""#),
        ("to", Kind::Text, r#""Bo""#),
        ("token", Kind::Text, r#""t""#),
        ("password", Kind::Text, r#""p""#),
        ("seq", Kind::Number, "1"),
        ("before", Kind::Number, "1"),
        ("count", Kind::Number, "1"),
        ("hidden", Kind::Flag, "true"),
        ("versions", Kind::Versions, "[1]"),
        ("rooms", Kind::Rooms, "[]"),
    ],
    unread: "colour",
};

pub const WEBCHAT: Dialect = Dialect {
    good: &[("type", r#""broadcast""#), ("content", r#""fine""#)],
    fields: &[("user", Kind::Text, r#""user2""#), ("content", Kind::Text, r#""fine""#)],
    unread: "colour",
};

/// The signs that open and close a nested value.
const NESTS: [(&str, &str); 3] = [("[", "]"), (r#"{"":"#, "}"), PLACES];
/// This is a correct list of rooms: a room with a field that the server ignores.
const PLACES: (&str, &str) = (r#"[{"":"#, "}]");
/// How deep the nesting is, if that many bytes are allowed.
const DEPTH: usize = 100_000;
/// How many digits a number has.
const DIGITS: usize = 64 * 1024;

impl Dialect {
    /// The correct request with this field in it, replacing or adding it.
    pub fn with(&self, field: &str, value: &str) -> String {
        let others = self.good.iter().filter(|(name, _)| *name != field);
        let others: String = others.map(|(name, value)| format!(r#""{name}":{value},"#)).collect();
        format!(r#"{{{others}"{field}":{value}}}"#)
    }

    /// Texts of `bytes_max` bytes at most, none of which is a request.
    pub fn odd(&self, bytes_max: usize, random: &mut impl FnMut() -> u64) -> Vec<String> {
        let mut odd = self.deep(bytes_max);
        odd.extend(self.long_numbers());
        odd.extend(self.twice());
        odd.extend(self.half_characters(random));
        odd.extend(self.control_characters());
        odd.extend(self.wrong_types());
        odd.extend(self.cut());
        odd.extend(self.soup(random));
        odd
    }

    /// Odd texts that are still requests, because the server ignores that field.
    pub fn harmless(&self, bytes_max: usize) -> Vec<String> {
        let mut values: Vec<_> =
            NESTS.iter().map(|nest| nested(*nest, depth(*nest, bytes_max))).collect();
        values.extend(long_numbers());
        values
            .extend([r#""\ud800""#, r#""\u0000""#, r#"{"a":1,"a":2}"#, "null"].map(str::to_owned));
        let unread = values.iter().map(|value| self.with(self.unread, value));
        let rooms = self.fields.iter().filter(|(_, kind, _)| *kind == Kind::Rooms);
        let places = nested(PLACES, depth(PLACES, bytes_max));
        unread.chain(rooms.map(|(field, ..)| self.with(field, &places))).collect()
    }

    /// A request of exactly so many bytes, as deep as possible, and wrong at its very end.
    pub fn as_deep_as(&self, bytes: usize) -> String {
        let around = self.with(self.unread, "").len();
        // One or two brackets are not closed.
        let inside = bytes - around;
        let (open, close) = (inside.div_ceil(2), inside / 2);
        let (open, close) = if open == close { (open + 1, close - 1) } else { (open, close) };
        self.with(self.unread, &("[".repeat(open) + &"]".repeat(close)))
    }

    fn deep(&self, bytes_max: usize) -> Vec<String> {
        let mut odd = Vec::new();
        for nest in NESTS {
            let deepest = depth(nest, bytes_max);
            for (field, kind, _) in self.fields {
                if !(*kind == Kind::Rooms && nest == PLACES) {
                    odd.push(self.with(field, &nested(nest, deepest)));
                }
            }
            // Up to its last byte, it could be the value of an ignored field.
            let whole = nested(nest, deepest);
            for wrong in
                [&whole[..whole.len() - 1], &whole[..whole.len() / 2], &format!("{whole}]")]
            {
                odd.push(self.with(self.unread, wrong));
            }
            odd.push(self.with(self.unread, &(nest.0.repeat(deepest) + "1" + &"}]".repeat(9))));
            for depth in [127, 128, 129, 1000] {
                odd.push(self.with(self.fields[0].0, &nested(nest, depth)));
            }
        }
        odd
    }

    fn long_numbers(&self) -> Vec<String> {
        let each = |(field, ..): &(&str, Kind, &str)| {
            long_numbers().map(|number| self.with(field, &number))
        };
        let mut odd: Vec<_> = self.fields.iter().flat_map(each).collect();
        odd.push(self.with(self.unread, &format!("0{}", "9".repeat(DIGITS))));
        odd.push(self.with(self.unread, &format!("{}.", "9".repeat(DIGITS))));
        odd.push(self.with(self.unread, &format!("1e{}x", "9".repeat(DIGITS))));
        odd
    }

    fn twice(&self) -> Vec<String> {
        let mut odd = Vec::new();
        for (field, _, value) in self.fields {
            let once = self.with(field, value);
            let begun = once.strip_suffix('}').unwrap();
            odd.push(format!(r#"{begun},"{field}":{value}}}"#));
            // The same name in another notation.
            let first = u32::from(field.chars().next().unwrap());
            odd.push(format!(r#"{begun},"\u{first:04x}{}":{value}}}"#, &field[1..]));
        }
        odd
    }

    fn half_characters(&self, random: &mut impl FnMut() -> u64) -> Vec<String> {
        let mut half = |from: u64| format!(r"\u{:04x}", from + random() % 0x400);
        let mut odd = Vec::new();
        for (field, ..) in self.fields.iter().filter(|(_, kind, _)| *kind == Kind::Text) {
            for _ in 0..3 {
                let (high, low) = (half(0xd800), half(0xdc00));
                let texts = [
                    high.clone(),
                    low.clone(),
                    format!("x{high}x"),
                    format!("{high}{high}"),
                    format!("{low}{high}"),
                    format!("{high}\\n"),
                ];
                odd.extend(texts.map(|text| self.with(field, &format!(r#""{text}""#))));
            }
        }
        odd.push(format!(r#"{{"{}":1}}"#, half(0xd800)));
        odd
    }

    fn control_characters(&self) -> Vec<String> {
        let mut odd = Vec::new();
        for (field, ..) in self.fields.iter().filter(|(_, kind, _)| *kind == Kind::Text).take(3) {
            odd.extend((0..0x20).map(|sign| {
                let sign = char::from(sign);
                self.with(field, &format!("\"x{sign}x\""))
            }));
        }
        let good = self.with(self.unread, "1");
        odd.extend([format!("{good}\0"), good.replace(',', "\0,"), good.replacen('{', "{\0", 1)]);
        odd
    }

    fn wrong_types(&self) -> Vec<String> {
        let mut odd = Vec::new();
        for (field, kind, _) in self.fields {
            let wrong: &[_] = match kind {
                Kind::Text => &["true", "7", "-1.5", "[]", "{}", r#"["x"]"#, r#"{"x":"x"}"#],
                Kind::Number => {
                    &["true", r#""7""#, "-1", "1.5", "1e3", "18446744073709551616", "[]", "{}"]
                }
                Kind::Flag => &["1", r#""true""#, "[]", "{}"],
                Kind::Versions => {
                    &["1", r#""1""#, "{}", "[-1]", r#"["1"]"#, "[[1]]", "[1.5]", "[4294967296]"]
                }
                Kind::Rooms => &[
                    "1",
                    r#""lobby""#,
                    "{}",
                    r#"["lobby"]"#,
                    "[[]]",
                    "[null]",
                    r#"[{"room":7}]"#,
                    r#"[{"room":"a","room":"b"}]"#,
                    r#"[{"seq":-1}]"#,
                    r#"[{"hidden":"no"}]"#,
                ],
            };
            odd.extend(wrong.iter().map(|value| self.with(field, value)));
        }
        odd
    }

    /// The correct request, cut after each of its bytes.
    fn cut(&self) -> Vec<String> {
        let good = self.with(self.unread, r#"{"x":[1,-2.5e1,true,null,"\u00fc"]}"#);
        (1..good.len()).map(|length| good[..length].to_owned()).collect()
    }

    /// An object begins, and then random tokens come.
    fn soup(&self, random: &mut impl FnMut() -> u64) -> Vec<String> {
        let words =
            ["{", "}", "[", "]", ":", ",", "1", "-", "null", "tru", " ", "\"", "\\", "\"x\""];
        let fields: Vec<_> = self.fields.iter().map(|(field, ..)| format!("\"{field}\"")).collect();
        let words: Vec<_> = words.into_iter().chain(fields.iter().map(String::as_str)).collect();
        let mut soup = || {
            let count = 1 + usize::try_from(random() % 30).unwrap();
            let word = |_| words[usize::try_from(random()).unwrap() % words.len()];
            "{".to_owned() + &(0..count).map(word).collect::<String>()
        };
        let is_json = |text: &String| serde_json::from_str::<serde_json::Value>(text).is_ok();
        std::iter::repeat_with(&mut soup).filter(|text| !is_json(text)).take(50).collect()
    }
}

fn nested((open, close): (&str, &str), depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// As deep as the row wants, or as so many bytes allow.
fn depth((open, close): (&str, &str), bytes_max: usize) -> usize {
    DEPTH.min((bytes_max - 200) / (open.len() + close.len()))
}

fn long_numbers() -> [String; 4] {
    let digits = "9".repeat(DIGITS);
    [digits.clone(), format!("-{digits}"), format!("0.{digits}"), format!("1e{digits}")]
}
