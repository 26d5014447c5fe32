//! Removes from the files of `web/` what a browser does not need, such as comments and indentation.
//! A client that does not accept gzip gets style sheets and sentences as they were written.
//!
//! It is a minifier that works line by line and parses no language. That is enough, because the
//! files of `web/` keep a fixed style, which a test in this file checks.
//!
//! Owns: what is removed.
//! Must not know: which files there are.
//!
//! Part: `assets/mod.rs`.

use std::borrow::Cow;
use std::collections::HashMap;

/// Returns the file `name` as it is packed for browsers: a style sheet or a table of sentences
/// without what a browser does not need, any other file unchanged.
pub(super) fn travelling<'a>(name: &str, file: &'a [u8]) -> Cow<'a, [u8]> {
    let Ok(text) = std::str::from_utf8(file) else { return Cow::Borrowed(file) };
    if name.ends_with(".css") {
        return Cow::Owned(style(text).into_bytes());
    }
    if name.starts_with("words/") {
        return Cow::Owned(words(text).into_bytes());
    }
    Cow::Borrowed(file)
}

/// In a script, blanks next to one of these signs are removed. That would make `++` of `+ +`, and
/// `--` of `- -`, so the scripts of `web/` have neither.
const PUNCTUATION: &str = "=,;{}():<>&|?!+-*";
/// If a line begins with one of these signs, the line end before it is not needed: the statement
/// goes on, or a closing bracket ends it.
const GOES_ON: &str = ".?:+&|)]}";

/// Makes a script shorter. It removes indentation, blanks next to punctuation, and each line end or
/// semicolon that another sign makes unnecessary, and it gives constants short names. It relies on
/// the style of `web/`: a text in backticks has only one line, and a comment has a line of its own.
pub(super) fn script(text: &[u8]) -> Vec<u8> {
    let lines = with_short_constants(&unindented(&String::from_utf8_lossy(text)));
    let mut lines = lines.lines().peekable();
    let mut bare = String::new();
    while let Some(line) = lines.next() {
        bare.push_str(&tight(line));
        // The last statement of a block needs no semicolon.
        if lines.peek().is_some_and(|next| next.starts_with('}')) && bare.ends_with(';') {
            bare.pop();
        }
        // After these signs, or after a brace alone in its line, no line end is needed: the
        // statement goes on, or is over.
        let needs_no_end = line.ends_with([';', '{', ',', '(', '[']) || line == "}";
        let goes_on = lines.peek().is_some_and(|next| next.starts_with(|it| GOES_ON.contains(it)));
        if !needs_no_end && !goes_on {
            bare.push('\n');
        }
    }
    // `let` is shorter than `const`. The scripts never write to a constant, so they work as before.
    bare.replace("const ", "let ").into_bytes()
}

/// Gives constants of the script's top level a short name: `$` and a number. It does so for each
/// name with a `_` that otherwise has only capitals and digits, as in `limits.js`.
fn with_short_constants(text: &str) -> String {
    let is_loud = |sign: char| sign.is_ascii_uppercase() || sign.is_ascii_digit() || sign == '_';
    let names = text.lines().filter_map(|line| {
        let (name, _) = line.strip_prefix("const ")?.split_once(" = ")?;
        (name.contains('_') && name.chars().all(is_loud)).then_some(name)
    });
    let short: HashMap<&str, usize> = names.enumerate().map(|(nth, name)| (name, nth)).collect();
    let is_of_word = |sign: char| sign.is_alphanumeric() || sign == '_' || sign == '$';
    let mut rest = text;
    let mut bare = String::new();
    while let Some(begin) = rest.find(is_of_word) {
        let end =
            rest[begin..].find(|sign| !is_of_word(sign)).map_or(rest.len(), |end| begin + end);
        let (before, word) = (&rest[..begin], &rest[begin..end]);
        bare.push_str(before);
        match short.get(word).filter(|_| !before.ends_with(['.', '\''])) {
            Some(nth) => bare.push_str(&format!("${nth}")),
            None => bare.push_str(word),
        }
        rest = &rest[end..];
    }
    bare + rest
}

/// Removes blanks next to punctuation from a line of script. Text in quotes stays as it is. Three
/// kinds of lines stay as they are: a line with a backslash, a line with a text in backticks inside
/// another such text, and a line with a `/` outside quotes, which may begin a regular expression.
fn tight(line: &str) -> String {
    let mut quoted_by = None;
    let mut is_quoted = |sign: char| {
        match quoted_by {
            Some(quote) if quote == sign => quoted_by = None,
            None if ['\'', '"', '`'].contains(&sign) => quoted_by = Some(sign),
            _ => {}
        }
        quoted_by.is_some()
    };
    let signs = line.char_indices().map(|(at, sign)| (at, sign, is_quoted(sign)));
    let signs: Vec<(usize, char, bool)> = signs.collect();
    let has_pattern = signs.iter().any(|&(_, sign, is_quoted)| sign == '/' && !is_quoted);
    // If a text in backticks ends while a `{` in it is open, there is another text inside it.
    let is_open = |text: &str| text.matches('{').count() > text.matches('}').count();
    let is_nested = line.split('`').skip(1).step_by(2).any(is_open);
    if has_pattern || is_nested || line.contains('\\') {
        return line.to_owned();
    }
    let is_beside = |at: usize| {
        let (before, after) = (&line[..at], &line[at + 1..]);
        before.ends_with(|sign| PUNCTUATION.contains(sign))
            || after.starts_with(|sign| PUNCTUATION.contains(sign))
    };
    let stays =
        |&(at, sign, is_quoted): &(usize, char, bool)| is_quoted || sign != ' ' || !is_beside(at);
    signs.into_iter().filter(stays).map(|(_, sign, _)| sign).collect()
}

fn unindented(text: &str) -> String {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty());
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Removes comments from a style sheet, and blanks next to its punctuation. It does so also inside
/// texts: no text in our style sheets has such a blank.
fn style(text: &str) -> String {
    let mut rest = text;
    let mut bare = String::new();
    while let Some((before, behind)) = rest.split_once("/*") {
        bare.push_str(before);
        rest = behind.split_once("*/").map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    let loose = [
        (" {", "{"),
        ("{ ", "{"),
        ("; ", ";"),
        (" }", "}"),
        (": ", ":"),
        (", ", ","),
        (" > ", ">"),
        (" !", "!"),
        ("{\n", "{"),
        (";\n", ";"),
        ("}\n", "}"),
        (";}", "}"),
    ];
    loose.iter().fold(unindented(&bare), |text, (from, to)| text.replace(from, to))
}

/// Removes everything before a table of sentences, and the quotes around those of its keys that are
/// valid names in a script.
fn words(text: &str) -> String {
    let lines = unindented(text);
    let lines = lines.lines().filter(|line| !line.starts_with("//"));
    let key = |line: &str| {
        let (key, sentence) = line.strip_prefix('"')?.split_once("\": ")?;
        let quote = if key.contains('-') { "\"" } else { "" };
        Some(format!("{quote}{key}{quote}:{sentence}"))
    };
    lines.map(|line| key(line).unwrap_or_else(|| line.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::{script, travelling};
    use crate::assets::{EMBEDDED, SCRIPT, embedded};

    fn bare(name: &str, text: &str) -> String {
        let bare = travelling(name, text.as_bytes()).into_owned();
        String::from_utf8(bare).unwrap()
    }

    #[test]
    fn comments_and_indentation_stay_at_home() {
        let css = "/* One.\n   Two. */\na { b: c; }\n\n@media x {\n  d { e: f; } /* g */\n}\n";
        assert_eq!(bare("x.css", css), "a{b:c}@media x{d{e:f} \n}");
        let table = "// Owns: them.\n\nexport const words = {\n  \"one\": \"// 1\",\n  \"one-two\": \"3\"\n};\n";
        let words = "export const words = {one:\"// 1\",\"one-two\":\"3\"};";
        assert_eq!(bare("words/x.js", table), words);
        let tight = |line: &str| String::from_utf8(script(line.as_bytes())).unwrap();
        assert_eq!(tight("if (a) {\n  b({ c, d: e ? 1 : 2 });\n}\n"), "if(a){b({c,d:e?1:2})}");
        let loud = "const A_MS = 5;\nconst B = 6;\nf(A_MS, c.A_MS, 'A_MS', `${A_MS} A`, B);\n";
        assert_eq!(tight(loud), "let $0=5;let B=6;f($0,c.A_MS,'A_MS',`${$0} A`,B);");
        assert_eq!(tight("f(\n  a,\n  [\n    b,\n  ],\n);\n"), "f(a,[b,],);");
        assert_eq!(tight("a\n  + b\n}\n"), "a+b}");
        for (line, bare) in [
            ("f(', { b }', 1);\n", "f(', { b }',1);"),
            ("a = `it's, ${b} = c` + 'd';\n", "a=`it's, ${b} = c`+'d';"),
            ("a = b + 'c / d';\n", "a=b+'c / d';"),
            ("a = `/${b ? `#${c} ` : ''}`;\n", "a = `/${b ? `#${c} ` : ''}`;"),
            ("a = `${b({ c })}${d ? ` ${e}` : ''}`;\n", "a = `${b({ c })}${d ? ` ${e}` : ''}`;"),
            ("a = b.split(/ = /);\n", "a = b.split(/ = /);"),
        ] {
            assert_eq!(tight(line), bare);
        }
    }

    #[test]
    fn no_text_in_backticks_has_a_second_line_and_no_comment_stands_behind_code() {
        for (name, module) in EMBEDDED.iter().filter(|(name, _)| name.starts_with("js/")) {
            for line in String::from_utf8_lossy(module).lines() {
                let is_comment = line.trim_start().starts_with(['/', '*']);
                // Backticks between single quotes begin no text, so they do not count.
                let ticks: usize =
                    line.split('\'').step_by(2).map(|part| part.matches('`').count()).sum();
                let code: String = line.split(['\'', '`']).step_by(2).collect();
                assert!(is_comment || !code.contains(" //"), "{name}: {line}");
                assert!(is_comment || ticks.is_multiple_of(2), "{name}: {line}");
                let is_apart = ["+ +", "- -"].iter().all(|signs| !code.contains(signs));
                assert!(is_comment || is_apart, "{name}: {line}");
            }
        }
        assert!(!embedded(SCRIPT).unwrap().is_empty());
    }
}
