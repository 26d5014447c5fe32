//! Joins the modules of the live page into one script. So a browser sends one request instead of
//! one for each module.
//!
//! In our modules a line with `import` or `export` begins with that word, and no two modules have
//! the same name at their top level. So the modules are put one after the other, without these
//! words, and without comments, which a browser does not need.
//!
//! Owns: how they are joined.
//! Must not know: what is in them.
//!
//! Part: `assets/mod.rs`.

/// The module that starts the page. It comes last, because it needs all others.
const LAST: &str = "js/main.js";

/// Joins all modules among `files`.
pub(super) fn join(files: &[(&str, &[u8])]) -> Vec<u8> {
    let modules = files.iter().filter(|(name, _)| name.starts_with("js/"));
    let (last, others): (Vec<_>, Vec<_>) = modules.partition(|(name, _)| *name == LAST);
    let mut joined = String::new();
    for (_, module) in others.iter().chain(&last) {
        append(&mut joined, &String::from_utf8_lossy(module));
    }
    joined.into_bytes()
}

fn append(joined: &mut String, module: &str) {
    let mut lines = module.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("import ") {
            let mut line = Some(line);
            // An `import` may take several lines.
            while line.is_some_and(|line| !line.ends_with(';')) {
                line = lines.next();
            }
        } else if !is_comment(line) {
            joined.push_str(line.strip_prefix("export ").unwrap_or(line));
            joined.push('\n');
        }
    }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty()
        || ["//", "/**", "* ", "*/"].iter().any(|begin| line.starts_with(begin))
        || line == "*"
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::join;
    use crate::assets::EMBEDDED;

    #[test]
    fn what_is_taken_and_given_goes_and_the_rest_stays() {
        let one = b"// A part.\n\n/**\n * Says it.\n */\nexport function one() {\n  return 1; // not two\n}\n";
        let main =
            b"import {\n  one,\n} from './one.js';\nimport { two } from './two.js';\none();\n";
        let joined = join(&[("js/main.js", main), ("js/one.js", one), ("words/en.js", b"no")]);
        let joined = String::from_utf8(joined).unwrap();
        assert_eq!(joined, "function one() {\n  return 1; // not two\n}\none();\n");
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
}
