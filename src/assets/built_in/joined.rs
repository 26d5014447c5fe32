//! Joins modules of the live page into one script, so that a browser sends one request for them
//! instead of one for each. Also removes comments, empty lines and indentation, which a browser
//! does not need.
//!
//! In our modules a line with `import` or `export` begins with that word, and no two modules have
//! the same name at their top level. So the modules are put one after the other, without `import`
//! lines and without the word `export`. In all our files a comment has lines of its own, and no
//! string has a line end in it.
//!
//! Owns: how modules are joined, and what a comment is.
//! Must not know: what the modules do.
//!
//! Part: `assets/built_in/mod.rs`.

/// The module that starts the page. It comes last in the joined script, because it needs all other
/// modules of that script.
const LAST: &str = "js/main.js";

/// Modules that are not joined: the page loads each of them later, when it needs that module.
pub(super) const LATER: [&str; 1] = ["js/composer/emoji.js"];

/// Joins all modules among `files`, except those in [`LATER`].
pub(super) fn join_modules(files: &[(&str, &[u8])]) -> Vec<u8> {
    let modules = files.iter().filter(|(name, _)| name.starts_with("js/") && !LATER.contains(name));
    let (last, others): (Vec<_>, Vec<_>) = modules.partition(|(name, _)| *name == LAST);
    let mut joined = String::new();
    for (_, module) in others.iter().chain(&last) {
        append_module(&mut joined, &without_comments(&String::from_utf8_lossy(module)));
    }
    joined.into_bytes()
}

fn append_module(joined: &mut String, module: &str) {
    let mut lines = module.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("import ") {
            let mut line = Some(line);
            // An `import` may take several lines.
            while line.is_some_and(|line| !line.ends_with(';')) {
                line = lines.next();
            }
        } else {
            joined.push_str(line.strip_prefix("export ").unwrap_or(line));
            joined.push('\n');
        }
    }
}

/// Removes comments, empty lines and indentation from a script or a style sheet.
pub(super) fn without_comments(text: &str) -> String {
    let mut lines = String::new();
    let mut is_comment = false;
    for line in text.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.is_empty() && !line.starts_with("//") {
            lines.push_str(line);
            lines.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{join_modules, without_comments};
    use crate::assets::built_in::EMBEDDED;

    #[test]
    fn what_is_taken_and_given_goes_and_the_rest_stays() {
        let one =
            b"// A part.\n\n/**\n * Says it.\n */\nexport function one() {\n  return '// 1';\n}\n";
        let main =
            b"import {\n  one,\n} from './one.js';\nimport { two } from './two.js';\none();\n";
        let joined =
            join_modules(&[("js/main.js", main), ("js/one.js", one), ("words/en.js", b"no")]);
        let joined = String::from_utf8(joined).unwrap();
        assert_eq!(joined, "function one() {\nreturn '// 1';\n}\none();\n");
    }

    #[test]
    fn no_two_modules_call_two_things_by_one_name() {
        let mut owners = HashMap::new();
        for (file, module) in EMBEDDED.iter().filter(|(name, _)| name.starts_with("js/")) {
            for line in String::from_utf8_lossy(module).lines() {
                let line = line.strip_prefix("export ").unwrap_or(line);
                let line = line.strip_prefix("async ").unwrap_or(line);
                let Some((kind, rest)) = line.split_once(' ') else { continue };
                if !["function", "const", "let", "class"].contains(&kind) {
                    continue;
                }
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let before = owners.insert(name.to_owned(), file);
                assert!(before.is_none(), "{name} is in {file} and in {before:?}");
            }
        }
        assert!(owners.len() > 50, "{owners:?}");
    }

    #[test]
    fn comments_and_indentation_stay_at_home() {
        let css = "/* One.\n   Two. */\na { b: c; }\n\n@media x {\n  d { e: '/* f */'; }\n}\n";
        let lean = "a { b: c; }\n@media x {\nd { e: '/* f */'; }\n}\n";
        assert_eq!(without_comments(css), lean);
    }

    #[test]
    fn no_text_has_a_second_line_and_a_comment_has_lines_of_its_own() {
        let is_ours = |name: &str| [".js", ".css"].iter().any(|end| name.ends_with(end));
        for (name, file) in EMBEDDED.iter().filter(|(name, _)| is_ours(name)) {
            let text = String::from_utf8_lossy(file);
            let mut is_inside = false;
            for line in text.lines() {
                let is_comment = line.trim_start().starts_with(['/', '*']);
                // Backticks inside single quotes begin no string, so they are not counted.
                let ticks: usize =
                    line.split('\'').step_by(2).map(|part| part.matches('`').count()).sum();
                assert!(is_comment || ticks.is_multiple_of(2), "{name}: {line}");
                // No code stands before a comment on the comment's first line, and none after it on
                // the comment's last line.
                let begins = line.trim_start().starts_with("/*");
                is_inside |= begins;
                let ends = is_inside && line.contains("*/");
                assert!(!ends || line.ends_with("*/"), "{name}: {line}");
                is_inside &= !ends;
                let is_in_style = name.ends_with(".css") && line.contains("/*");
                assert!(begins || !is_in_style, "{name}: {line}");
            }
        }
    }
}
