//! The sentences of the pages: the two tables that the page's script also has, and a table of those
//! that only the server uses.
//!
//! Owns: how the tables are read (`web/words/*.js` is JSON after its `export`), and how the blanks
//! of a sentence are filled in.
//! Must not know: where a sentence is shown.
//!
//! Part: `html/mod.rs`.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::LazyLock;

use crate::assets::built_in;
use crate::base::language::Language;

/// The sentences of one language, by their names.
#[derive(Debug)]
pub struct Sentences(HashMap<String, String>);

static ENGLISH: LazyLock<Sentences> =
    LazyLock::new(|| Sentences::read(&["words/en.js", "words/en-panels.js", "words/en-pages.js"]));
static CHINESE: LazyLock<Sentences> =
    LazyLock::new(|| Sentences::read(&["words/zh.js", "words/zh-panels.js", "words/zh-pages.js"]));

impl Sentences {
    /// Returns the sentences of this language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Chinese => &CHINESE,
        }
    }

    fn read(files: &[&str]) -> Self {
        let mut sentences = HashMap::new();
        for file in files {
            let text = built_in::text(file);
            let table = text.split_once("export const words = ").map(|(_, table)| table);
            let table = table.map(|table| table.trim_end().trim_end_matches(';'));
            let table = table.and_then(|json| serde_json::from_str(json).ok());
            let table: HashMap<String, String> = table.unwrap_or_default();
            sentences.extend(table);
        }
        Self(sentences)
    }

    /// Returns the sentence with this name. If there is none, returns the name itself; a test makes
    /// sure that this does not happen.
    pub fn say<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// Returns the sentence `name` with its blanks filled in: each `{word}` is replaced by the
    /// value for `word`, or by nothing if `blanks` has no value for it.
    pub fn fill(&self, name: &str, blanks: &[(&str, &str)]) -> String {
        let mut rest = self.say(name);
        let mut filled = String::new();
        // Go through the sentence once, so that blanks in a filled-in value are not replaced.
        while let Some((before, behind)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((blank, behind)) = behind.split_once('}') else { break };
            let value = blanks.iter().find(|(of, _)| *of == blank).map(|(_, value)| *value);
            filled.push_str(value.unwrap_or_default());
            rest = behind;
        }
        filled.push_str(rest);
        filled
    }

    /// Returns the sentence that fits this count: the sentence `one` for 1, and the sentence `many`
    /// for any other count. The count fills the blank `{n}`.
    pub fn count(&self, count: impl Display, one: &str, many: &str) -> String {
        let n = count.to_string();
        self.fill(if n == "1" { one } else { many }, &[("n", &n)])
    }
}

impl Sentences {
    /// Returns the sentence which says that a text has so many bytes too many. It counts in the
    /// unit of the language: bytes are letters in English, and a Chinese one has three of them.
    pub fn too_long(&self, bytes: usize) -> String {
        let signs = bytes.div_ceil(self.bytes_of_sign());
        self.count(signs, "bytesOverRefusedOne", "bytesOverRefused")
    }

    /// Returns these words in brackets, as the language writes them.
    pub fn bracketed(&self, words: &str) -> String {
        self.fill("inBrackets", &[("what", words)])
    }

    /// Returns what stands between two sentences, and before a bracket: a space; nothing in
    /// Chinese, whose marks and brackets are as wide as its letters.
    pub fn gap(&self) -> &'static str {
        if self.say("inBrackets").is_ascii() { " " } else { "" }
    }

    /// Returns how many letters of the language at least fit into so many bytes.
    pub fn letters(&self, bytes: usize) -> String {
        (bytes / self.bytes_of_sign()).to_string()
    }

    fn bytes_of_sign(&self) -> usize {
        self.say("bytesOfSign").parse().unwrap_or(1).max(1)
    }
}

/// Returns the first language in a browser's `Accept-Language` that the server has, or else
/// English.
pub fn language(accepted: Option<&str>) -> Language {
    let first = accepted.unwrap_or_default().split(',').find_map(|range| {
        let tag = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is = |prefix: &str| tag == prefix || tag.starts_with(&format!("{prefix}-"));
        let spoken = [("zh", Language::Chinese), ("en", Language::English)];
        spoken.into_iter().find(|(prefix, _)| is(prefix)).map(|(_, language)| language)
    });
    first.unwrap_or(Language::English)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Sentences;
    use crate::base::language::Language;

    #[test]
    fn both_languages_have_the_same_sentences() {
        let names = |language| Sentences::of(language).0.keys().collect::<BTreeSet<_>>();
        let english = names(Language::English);
        assert!(english.len() > 50, "{english:?}");
        assert_eq!(english, names(Language::Chinese));
    }

    #[test]
    fn blanks_are_filled_in_and_what_fills_them_is_not_read() {
        let words = Sentences::of(Language::English);
        let topic = words.fill("topicSet", &[("name", "{topic}"), ("topic", "tea")]);
        assert_eq!(topic, "{topic} set the topic: tea");
        let here = |count: usize| words.count(count, "hereOne", "hereMany");
        assert_eq!((here(1).as_str(), here(5).as_str()), ("1 here", "5 here"));
        let not_kept = words.count(1, "notKeptOne", "notKept");
        assert_eq!(not_kept.split(':').next(), Some("The last message was lost"));
        assert_eq!(words.too_long(1), "Too long by 1 byte. Not sent.");
        assert_eq!(words.too_long(2), "Too long by 2 bytes. Not sent.");
        let words = Sentences::of(Language::Chinese);
        assert_eq!((words.too_long(4), words.letters(64)), (words.too_long(6), "21".to_owned()));
    }

    #[test]
    fn no_space_stands_beside_a_mark_that_is_as_wide_as_a_letter() {
        let [en, zh] = [Language::English, Language::Chinese].map(Sentences::of);
        assert_eq!(format!("a{}{}", en.gap(), en.bracketed("b")), "a (b)");
        assert_eq!(format!("a{}{}", zh.gap(), zh.bracketed("b")), "a（b）");
        let marks = "，。：；、！？（）“”";
        for (key, words) in &zh.0 {
            let beside = |[one, other]: [char; 2]| {
                one == ' ' && marks.contains(other) || marks.contains(one) && other == ' '
            };
            let signs: Vec<char> = words.chars().collect();
            let is_wrong = signs.windows(2).any(|two| beside([two[0], two[1]]));
            assert!(!is_wrong, "{key}: {words}");
        }
    }
}
