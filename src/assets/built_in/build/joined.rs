//! Joins the modules of the live page into two scripts, one for each stage of the page, so that a
//! browser sends one request for each instead of one for each module. For the same reason, joins
//! the colours with the style sheets that need them. Makes a script of the style sheet that only
//! browsers with scripts need. Also removes comments and indentation, and most spaces of a style
//! sheet, which a browser does not need.
//!
//! In our modules a line with `import` or `export` begins with that word, and no two modules have
//! the same name at their top level. So the modules are put one after the other, without `import`
//! lines and without the word `export`. In all our files a comment has lines of its own, and no
//! string has a line end in it. In a style sheet no string has a space beside a sign.
//!
//! The page loads some modules by themselves, when it needs them. These, and the second script,
//! import from the joined scripts what they would import from other modules: otherwise the browser
//! would load those again, and there would be two of everything that they own.
//!
//! Owns: which module is in which script, how files are joined, and what a comment is.
//! Must not know: what the modules do.
//!
//! Runs when the program is compiled.
//!
//! Part: `assets/built_in/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::list::{IN_SECOND, LATER, SECOND};
use super::names::SCRIPT;

fn script_of(module: &str) -> &str {
    match module {
        alone if LATER.contains(&alone) => alone,
        second if IN_SECOND.contains(&second) => SECOND,
        _ => SCRIPT,
    }
}

/// Returns the script with this name, made of those modules among `files` that are in it, in the
/// order of `files`. It imports what its modules need from the other scripts, and exports what
/// modules of the other scripts need from it.
pub(super) fn script(name: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = String::new();
    let mut imports = BTreeMap::<String, BTreeSet<String>>::new();
    let mut exports = BTreeSet::new();
    for (module, text) in files.iter().filter(|(module, _)| module.starts_with("js/")) {
        let (code, imported) = without_imports(&without_comments(&String::from_utf8_lossy(text)));
        let is_here = script_of(module) == name;
        for (path, names) in imported {
            let source = resolved(module, &path);
            match script_of(&source) {
                script if is_here && script != name => {
                    imports.entry(script.to_owned()).or_default().extend(names);
                }
                // The module by whose name the script is loaded exports its names itself.
                script if !is_here && script == name && source != name => exports.extend(names),
                _ => {}
            }
        }
        if *module == name {
            // The page loads the script by the name of this module, and uses what the module
            // exports. So this module keeps the word `export`.
            body.push_str(&code);
        } else if is_here {
            for line in code.lines() {
                body.push_str(line.strip_prefix("export ").unwrap_or(line));
                body.push('\n');
            }
        }
    }
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    let up = "../".repeat(name.matches('/').count());
    let mut script = String::new();
    for (source, names) in &imports {
        script.push_str(&format!("import {{ {} }} from '{up}{source}';\n", list(names)));
    }
    script.push_str(&body);
    if !exports.is_empty() {
        script.push_str(&format!("export {{ {} }};\n", list(&exports)));
    }
    script.into_bytes()
}

/// Returns a script that gives the page the rules of this style sheet, `start.css`. A browser
/// without scripts would load a style sheet for nothing, whatever `media` its link has; but it
/// loads no script. And a script that first had to load a style sheet would show the page later.
pub(super) fn start_script(style: &[u8]) -> Vec<u8> {
    let rules = quoted(&without_comments(&String::from_utf8_lossy(style)));
    // Safari before 16.4 cannot do this, and shows the server's page as it is without scripts.
    let script = format!(
        "if (document.adoptedStyleSheets) {{\nconst style = new CSSStyleSheet();\n\
        style.replaceSync({rules});\ndocument.adoptedStyleSheets = [style];\n}}\n"
    );
    script.into_bytes()
}

/// Returns the text as a string of JavaScript.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{escaped}\"")
}

fn resolved(module: &str, path: &str) -> String {
    let mut place: Vec<_> = module.split('/').collect();
    place.pop();
    for step in path.split('/') {
        match step {
            "." => {}
            ".." => drop(place.pop()),
            name => place.push(name),
        }
    }
    place.join("/")
}

/// Returns the code of a module without its imports, and from which paths it imports which names.
fn without_imports(module: &str) -> (String, Vec<(String, Vec<String>)>) {
    let (mut code, mut imports) = (String::new(), Vec::new());
    let mut import = String::new();
    for line in module.lines() {
        if import.is_empty() && !line.starts_with("import ") {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        import.push_str(line);
        if line.ends_with(';') {
            let names =
                import.split(['{', '}']).nth(1).unwrap_or_default().split(',').map(str::trim);
            let names = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let path = import.split('\'').nth(1).unwrap_or_default().to_owned();
            imports.push((path, names));
            import.clear();
        }
    }
    (code, imports)
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

/// Removes the spaces beside the signs of a style sheet.
pub(super) fn without_spaces(style: &str) -> String {
    let signs = [(" {", "{"), ("{ ", "{"), (" }", "}"), (": ", ":"), ("; ", ";"), (", ", ",")];
    signs.iter().fold(style.to_owned(), |style, (sign, lean)| style.replace(sign, lean))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{IN_SECOND, LATER, SCRIPT, SECOND, script, start_script};
    use super::{without_comments, without_spaces};
    use crate::assets::built_in::list::sources;

    fn made(name: &str, files: &[(&str, &[u8])]) -> String {
        String::from_utf8(script(name, files)).unwrap()
    }

    #[test]
    fn what_is_taken_and_given_goes_and_the_rest_stays() {
        let one =
            b"// A part.\n\n/**\n * Says it.\n */\nexport function one() {\n  return '// 1';\n}\n";
        let main =
            b"import {\n  one,\n} from './one.js';\nimport { two } from './two.js';\none();\n";
        let joined =
            made(SCRIPT, &[("js/one.js", one), ("js/main.js", main), ("words/en.js", b"no")]);
        assert_eq!(joined, "function one() {\nreturn '// 1';\n}\none();\n");
    }

    #[test]
    fn what_comes_later_imports_from_the_joined_scripts() {
        let files: [(&str, &[u8]); 4] = [
            ("js/one.js", b"export const one = 1;\nexport const two = 2;\n"),
            (
                "js/panels/fill.js",
                b"import { two } from '../one.js';\nexport const four = 2 * two;\n",
            ),
            (
                "js/panels/settings.js",
                b"import { one } from '../one.js';\nimport {\n  four,\n} from './fill.js';\n\
                export const five = one + four;\n",
            ),
            (
                SECOND,
                b"import { four } from './panels/fill.js';\nexport const openMore = () => four;\n",
            ),
        ];
        assert_eq!(made(SCRIPT, &files), "const one = 1;\nconst two = 2;\nexport { one, two };\n");
        assert_eq!(
            made(SECOND, &files),
            "import { two } from '../js/page.js';\nconst four = 2 * two;\nexport const openMore = () => four;\n\
            export { four };\n"
        );
        assert_eq!(
            made("js/panels/settings.js", &files),
            "import { four } from '../../js/more.js';\nimport { one } from '../../js/page.js';\n\
            export const five = one + four;\n"
        );
    }

    #[test]
    fn what_comes_later_exports_once_what_another_that_comes_later_imports() {
        let files: [(&str, &[u8]); 2] = [
            ("js/panels/room_keeping.js", b"export const one = 1;\n"),
            ("js/panels/room_menu.js", b"import { one } from './room_keeping.js';\none();\n"),
        ];
        assert_eq!(made("js/panels/room_keeping.js", &files), "export const one = 1;\n");
        assert_eq!(
            made("js/panels/room_menu.js", &files),
            "import { one } from '../../js/panels/room_keeping.js';\none();\n"
        );
    }

    #[test]
    fn the_script_of_the_start_carries_the_rules_of_its_style() {
        let style = b"/* One. */\nd::after { content: \"\"; }\n";
        let script = String::from_utf8(start_script(style)).unwrap();
        let rules = r#"style.replaceSync("d::after { content: \"\"; }\n");"#;
        assert!(script.lines().any(|line| line == rules), "{script}");
    }

    #[test]
    fn each_module_that_comes_later_is_there() {
        for name in IN_SECOND.iter().chain(&LATER) {
            assert!(sources().iter().any(|(other, _)| other == name), "{name}");
        }
        assert!(!made(SCRIPT, &sources()).lines().any(|line| line.starts_with("import ")));
    }

    #[test]
    fn no_two_modules_call_two_things_by_one_name() {
        let mut owners = HashMap::new();
        let sources = sources();
        for (file, module) in sources.iter().filter(|(name, _)| name.starts_with("js/")) {
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
    fn a_style_sheet_loses_spaces_and_no_string_of_ours_changes() {
        let css = "a, b :is(c) { d: e f; g: \" #\"; }\n@media (h: 1px) {\n* { i: 0 }\n}\n";
        let lean = "a,b :is(c){d:e f;g:\" #\";}\n@media (h:1px){\n*{i:0}\n}\n";
        assert_eq!(without_spaces(css), lean);
        for (name, file) in sources().iter().filter(|(name, _)| name.ends_with(".css")) {
            let style = without_comments(&String::from_utf8_lossy(file));
            for string in style.split('"').skip(1).step_by(2) {
                assert_eq!(without_spaces(string), string, "{name}");
            }
        }
    }

    #[test]
    fn no_text_has_a_second_line_and_a_comment_has_lines_of_its_own() {
        let is_ours = |name: &str| [".js", ".css"].iter().any(|end| name.ends_with(end));
        for (name, file) in sources().iter().filter(|(name, _)| is_ours(name)) {
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
