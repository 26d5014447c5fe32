//! The house rules that a program can check.
//!
//! Each rule here is written in `docs/STYLE.md`; a rule there without a check
//! is marked "by review".

mod boxes;
mod modules;
mod papers;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with one of these endings, as (name, text).
fn files(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if endings.iter().any(|ending| path.extension().is_some_and(|e| e == *ending)) {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "nothing in {folder}");
    found
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A file without the tests at its end.
fn shipped(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

/// What stands between the first pair of backticks after `mark`.
fn quoted_after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split(mark).nth(1)?.split('`').nth(1)
}

#[test]
fn no_async_runtime_is_anywhere_in_the_lock_file() {
    let lock = read("Cargo.lock");
    let banned =
        ["tokio", "async-std", "smol", "async-io", "futures-executor", "async-executor", "mio"];
    for name in banned {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "{name} came in");
    }
    let manifest = read("Cargo.toml");
    for name in ["tungstenite", "tiny_http", "crossbeam-channel", "parking_lot", "clap"] {
        assert!(manifest.contains(&format!("\n{name} = ")), "{name} is a direct dependency");
        let module = name.replace('-', "_");
        let users = files("src", &["rs"]);
        assert!(
            users.iter().any(|(_, text)| text.contains(&format!("{module}::"))),
            "{name} is used"
        );
    }
}

#[test]
fn the_name_of_the_session_s_cookie_is_written_in_one_place() {
    let is_named = |text: &str| text.contains("\"threadbare\"") || text.contains("\"threadbare=");
    let places = ["src/server/http", "src/site"];
    let all = places.into_iter().flat_map(|folder| files(folder, &["rs"]));
    let named: Vec<_> = all.filter(|(_, text)| is_named(text)).map(|(name, _)| name).collect();
    assert_eq!(named, ["src/site/visit/page_request.rs"]);
}

#[test]
fn every_file_opens_with_its_role_and_its_part_or_the_next_file_to_read() {
    for (name, text) in files("src", &["rs"]) {
        let header: String =
            text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join("\n");
        let lines = header.lines().count();
        assert!(lines >= 1, "{name}: no header");
        // A module's own tests are read with the module.
        if name.contains("/test") {
            continue;
        }
        assert!(lines >= 3, "{name}: a header of {lines} lines");
        let is_top = ["src/main.rs", "src/lib.rs"].contains(&&*name);
        if is_top || header.contains("Part: this file is its entry.") {
            continue;
        }
        let ends = header.contains("The chain of files that the lines \"Next\" make ends here.");
        let next = quoted_after(&header, "Next:").or_else(|| quoted_after(&header, "Part:"));
        let Some(next) = next else {
            assert!(ends, "{name}: no line \"Next:\" or \"Part:\" in the header");
            continue;
        };
        assert!(root().join("src").join(next).exists(), "{name}: {next} is not there");
    }
}

/// The files of a folder through which the lines with this mark lead. No other file has such a
/// line.
fn chain(folder: &str, mark: &str, first: &str, last: &str) -> Vec<String> {
    let mut path = vec![first.to_owned()];
    while path.last().unwrap() != last {
        let text = read(&format!("{folder}/{}", path.last().unwrap()));
        let next = quoted_after(&text, mark).unwrap().to_owned();
        assert!(!path.contains(&next), "{next} comes twice on the way: {path:?}");
        path.push(next);
    }
    for (name, text) in files(folder, &["rs", "js"]) {
        let is_on_the_way = path.iter().any(|one| name == format!("{folder}/{one}"));
        assert!(!text.contains(mark) || is_on_the_way, "{name} is not on the way, and leads on");
    }
    path
}

/// The files that the lines "Next" of `src` lead through.
fn chain_of_the_spine() -> Vec<String> {
    chain("src", "//! Next:", "server/accept.rs", "server/client/writer.rs")
}

/// The files that the lines "Next" of `web/js` lead through.
fn chain_of_the_page() -> Vec<String> {
    chain("web/js", "// Next:", "main.js", "messages/row.js")
}

#[test]
fn the_next_lines_lead_from_the_first_byte_to_the_last() {
    let path = chain_of_the_spine();
    assert!(path.len() <= 27, "the way is {} files long", path.len());
}

#[test]
fn the_next_lines_of_the_chat_lead_from_a_text_back_to_the_spine() {
    let (first, last) = ("formats/v1/decode.rs", "server/hub/audience.rs");
    let path = chain("src", "//! Next in the chat:", first, last);
    // The picture of this way has the same files.
    let map = read("docs/ARCHITECTURE.md");
    let from = map.find("message through the chat, read the files").unwrap();
    let picture = map[from..].split("```").nth(1).unwrap();
    let words = picture.split(|it: char| it.is_whitespace() || ":,".contains(it));
    let named: Vec<_> = words.filter(|word| word.ends_with(".rs")).collect();
    assert_eq!(named, path, "the picture in ARCHITECTURE, and the lines of the headers");
}

#[test]
fn the_word_next_stands_only_on_a_way_that_a_test_follows() {
    let mut ways = chain_of_the_spine().iter().map(|one| format!("src/{one}")).collect::<Vec<_>>();
    ways.extend(chain_of_the_page().iter().map(|one| format!("web/js/{one}")));
    for folder in ["src", "web", "tests", "docs"] {
        for (name, text) in files(folder, &["rs", "js", "css", "html", "py", "go", "md"]) {
            let has_word = text.split_whitespace().any(|word| word == "Next:");
            assert!(!has_word || ways.contains(&name), "{name} has a line that no test follows");
        }
    }
}

#[test]
fn the_next_lines_of_the_page_lead_from_its_start_to_the_row_of_a_message() {
    let path = chain_of_the_page();
    for (name, text) in files("web/js", &["js"]) {
        let is_on_the_way = path.iter().any(|one| name == format!("web/js/{one}"));
        assert!(is_on_the_way || text.contains("\n// Part: `chat.js`.\n"), "{name}: no part");
    }
}

#[test]
fn only_the_named_files_do_what_only_they_may() {
    for (word, allowed) in [
        ("thread::Builder", &["src/base/threads/mod.rs"][..]),
        ("set_read_timeout", &["src/base/socket/deadline.rs"]),
        ("set_write_timeout", &["src/base/socket/deadline.rs"]),
        ("clap::", &["src/cli/"]),
        ("tiny_http::", &["src/server/http/"]),
    ] {
        for (name, text) in files("src", &["rs"]) {
            let code: Vec<_> =
                text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            let has = code.iter().any(|line| line.contains(word));
            let may = allowed.iter().any(|place| name.starts_with(place));
            assert!(!has || may, "{name} has {word}");
        }
    }
}

/// The parts of the program, from the bottom up. A file imports from its own part and from the
/// parts before it in this list. A part may contain smaller parts, which have entries of their own.
/// The entry of the outer part stands for its other files, and comes after them.
const LAYERS: [&str; 37] = [
    "base",
    "admission",
    "server/config",
    "server/outbox",
    "server/instruments",
    "server/follow",
    "server/probe",
    "server/accept",
    "server/http",
    "server/door",
    "server/hub",
    "server/client",
    "server/faults",
    "server/status",
    "server/metrics",
    "server/watchdog",
    "server/control",
    "server/serve",
    "server",
    "assets",
    "glass",
    "classic",
    "chat",
    "recording",
    "history",
    "html",
    "formats",
    "chat_rule",
    "status",
    "mdns",
    "site/visit",
    "site/pages",
    "site",
    "export",
    "console",
    "learn",
    "lab",
];

/// The part that a path of modules (`["server", "door", "host"]`) belongs to: its place in the
/// list.
fn layer(path: &[&str]) -> Option<usize> {
    let inner = path.get(1).map(|second| format!("{}/{second}", path[0]));
    let place = |part: &str| LAYERS.iter().position(|one| *one == part);
    inner.and_then(|part| place(&part)).or_else(|| place(path.first()?))
}

/// The part of a file.
fn layer_of(file: &str) -> Option<usize> {
    let path: Vec<_> = file.strip_prefix("src/")?.strip_suffix(".rs")?.split('/').collect();
    layer(&path)
}

/// What a file imports from the program, as paths of at most two modules; the rest is within a
/// part.
fn imported(text: &str) -> BTreeSet<String> {
    let code = shipped(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    code.split("crate::").skip(1).flat_map(|rest| paths(rest, 2)).collect()
}

/// The paths that a text begins with, each cut after so many names: `a::{b, c::{d, e}}` is `a::b`
/// and `a::c`.
fn paths(text: &str, names_max: usize) -> Vec<String> {
    let text = text.trim_start();
    let Some(list) = text.strip_prefix('{') else {
        let name: String = text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        return match text[name.len()..].strip_prefix("::") {
            Some(rest) if names_max > 1 => {
                let longer = paths(rest, names_max - 1).into_iter();
                longer.map(|rest| format!("{name}::{rest}")).collect()
            }
            _ => vec![name],
        };
    };
    let (mut depth, mut item, mut found) = (0, 0, Vec::new());
    for (at, sign) in list.char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                if !list[item..at].trim().is_empty() {
                    found.extend(paths(&list[item..at], names_max));
                }
                item = at + 1;
                if sign == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn parts_stand_in_layers_and_import_downwards_only() {
    let example =
        "// crate::a\nuse crate::{\n    b,\n    c::{d, e::{f, g}},\n};\nuse crate::h::i::j;\n";
    assert_eq!(imported(example), ["b", "c::d", "c::e", "h::i"].map(str::to_owned).into());
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for (name, text) in files("src", &["rs"]) {
        // Tests and fuzzing may put together what they like, and `cli` puts it all together.
        let is_test = name.contains("/test") || name.contains("/fuzzing");
        let is_top = name.starts_with("src/cli/") || matches!(&*name, "src/lib.rs" | "src/main.rs");
        if is_test || is_top {
            continue;
        }
        let own = layer_of(&name).unwrap_or_else(|| panic!("{name} is in no part"));
        seen.insert(own);
        for path in imported(&text) {
            let modules: Vec<_> = path.split("::").collect();
            let other = layer(&modules);
            if other.is_none_or(|other| other > own) {
                wrong.push(format!("{name} ({}) imports crate::{path}", LAYERS[own]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} imports run up:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(seen.len(), LAYERS.len(), "a part of the list has no file");
}

/// `is_` and `has_` ask, and an answer is what they are for.
#[test]
fn what_is_named_like_a_question_has_an_answer() {
    let files = files("src", &["rs"]).into_iter();
    for (name, text) in files.filter(|(name, _)| !name.contains("/test")) {
        let code = shipped(&text);
        for (at, _) in code.match_indices("fn is_").chain(code.match_indices("fn has_")) {
            let head = code[at..].split(['{', ';']).next().unwrap();
            let answer = head.split("->").nth(1).unwrap_or_default().trim();
            let is_answer =
                ["bool", "Option<", "Result<bool"].iter().any(|it| answer.starts_with(it));
            assert!(is_answer, "{name}: {head}");
            // These read pages of a file, which their reader remembers.
            let reads_pages = ["integrity/watch", "sqlite_file/mod"];
            let may_change = reads_pages.iter().any(|it| name.ends_with(&format!("{it}.rs")));
            assert!(may_change || !head.contains("&mut"), "{name}: {head}");
        }
    }
}

/// The types that a file defines for others: name after `pub struct`, `pub enum`, `pub trait`.
fn public_types(text: &str) -> Vec<String> {
    let lines = shipped(text).lines().filter(|line| line.starts_with("pub"));
    let named = lines.filter_map(|line| {
        let mut words = line.split([' ', '<', '(', '{', ';', ':']).filter(|word| !word.is_empty());
        words.find(|word| matches!(*word, "struct" | "enum" | "trait" | "type"))?;
        words.next().map(str::to_owned)
    });
    named.collect()
}

#[test]
fn every_type_that_others_import_has_a_name_of_its_own() {
    let example = "pub struct A;\npub(in crate::x) enum B<T> {\n    pub trait C\nstruct D;\npub type E = u8;\n";
    assert_eq!(public_types(example), ["A", "B", "E"]);
    // The flags of two programs, of which one is built; and what TLS is without the feature `tls`.
    let exceptions = ["Cli", "ServerCertificate", "TlsHandshake", "TlsRecords"];
    let mut places = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (name, text) in files("src", &["rs"]) {
        if name.contains("/test") || name.contains("/fuzzing") {
            continue;
        }
        for one in public_types(&text) {
            places.entry(one).or_default().push(name.clone());
        }
    }
    places.retain(|name, files| files.len() > 1 && !exceptions.contains(&&**name));
    assert!(places.is_empty(), "one name, several meanings: {places:#?}");
}

/// Files of a part, and lines of its code: without tests, comments and empty lines.
fn size(part: &str) -> (usize, usize) {
    let is_product = |name: &str| !name.contains("/test") && !name.contains("/fuzzing");
    let all = files("src", &["rs"]).into_iter();
    let own =
        all.filter(|(name, _)| is_product(name) && (name.starts_with(&format!("src/{part}/"))));
    own.fold((0, 0), |(files, lines), (_, text)| {
        let code = shipped(&text).lines().map(str::trim);
        (files + 1, lines + code.filter(|it| !it.is_empty() && !it.starts_with("//")).count())
    })
}

/// `cargo test --test it the_table_of_parts -- --nocapture` prints the rows as they should be.
#[test]
fn the_table_of_parts_in_the_architecture_page_is_current() {
    let page = read("docs/ARCHITECTURE.md");
    let mut old = Vec::new();
    for part in fs::read_dir(root().join("src")).unwrap().flatten() {
        let part = part.file_name().into_string().unwrap();
        if part.ends_with(".rs") {
            continue;
        }
        let (files, lines) = size(&part);
        println!("| `src/{part}/` | {files} | {lines} |");
        let row = page.lines().find(|line| line.starts_with(&format!("| `src/{part}/` |")));
        let row = row.unwrap_or_else(|| panic!("{part} has no row"));
        let figures: Vec<usize> = row.split('|').filter_map(|it| it.trim().parse().ok()).collect();
        // Not each commit changes the page: a tenth more or less is the same.
        let is_near = |told: usize, is: usize| told.abs_diff(is) * 10 <= is.max(10);
        if figures.len() != 2 || !is_near(figures[0], files) || !is_near(figures[1], lines) {
            old.push(format!("{part}: {files} files, {lines} lines"));
        }
    }
    assert!(old.is_empty(), "rows that are not so any more: {old:?}");
}

#[test]
fn files_stay_small_and_nothing_is_left_for_later() {
    let mut sizes = Vec::new();
    for (name, text) in files("src", &["rs"]).into_iter().chain(files("web", &["js"])) {
        let lines = text.lines().count();
        assert!(lines <= 500, "{name} has {lines} lines");
        sizes.push(lines);
        for word in ["TODO", "FIXME", "XXX", "dbg!("] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
    sizes.sort_unstable();
    assert!(sizes[sizes.len() / 2] <= 180, "the median file has {} lines", sizes[sizes.len() / 2]);
}

#[test]
fn the_page_uses_no_html_strings_and_nothing_from_outside() {
    for (name, text) in files("web", &["js", "css", "html"]) {
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            assert!(!text.contains(word), "{name} has {word}");
        }
        for address in text
            .split("http")
            .skip(1)
            .filter(|rest| rest.starts_with("://") || rest.starts_with("s://"))
        {
            // A pattern or a namespace is no address; a host name would be.
            let host = address.split("://").nth(1).unwrap_or_default();
            let is_host = host.starts_with(|first: char| first.is_ascii_alphanumeric());
            assert!(
                !is_host || host.starts_with("www.w3.org"),
                "{name} names http{}",
                &address[..40.min(address.len())]
            );
        }
    }
}

/// The fuzzers have a lock file of their own, and are built `--locked`: a library that is missing
/// there is found late in a long run otherwise.
#[test]
fn row_111_no_page_and_no_script_writes_an_address_without_the_base_path() {
    let in_pages = [" href=\"/", " src=\"/", " action=\"/"].map(str::to_owned);
    let served = ["r/", "rooms", "settings", "device", "qr?", "out?", "session", "away", "glass"];
    let in_scripts = ["'", "`", "}"].map(|mark| served.map(|path| format!("{mark}/{path}")));
    let in_scripts = in_scripts.concat();
    // A recording (`src/recording`) is a server of its own, without a base path.
    let pages = ["src/formats", "src/glass", "src/html", "src/site"];
    let pages = pages.into_iter().flat_map(|folder| files(folder, &["rs"]));
    let scripts = ["web/glass", "web/js"].into_iter().flat_map(|folder| files(folder, &["js"]));
    let all =
        pages.map(|file| (file, &in_pages[..])).chain(scripts.map(|it| (it, &in_scripts[..])));
    for ((name, text), strays) in all {
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found = code.filter(|line| strays.iter().any(|stray| line.contains(stray)));
        assert_eq!(found.collect::<Vec<_>>(), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_lock_file_of_the_fuzzers_has_every_library_of_the_chat() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let chat = manifest.split("\nchat = [").nth(1).unwrap().split(']').next().unwrap();
    let lock = read("tests/fuzz/Cargo.lock");
    let package = lock.split("[[package]]").find(|it| it.contains("name = \"threadbare\"\n"));
    let package = package.unwrap();
    for line in section.lines() {
        let Some((name, value)) = line.split_once(" = ") else { continue };
        let is_needed =
            !value.contains("optional = true") || chat.contains(&format!("\"dep:{name}\""));
        assert!(
            !is_needed || package.contains(&format!(" \"{name}\",")),
            "{name} is not in tests/fuzz/Cargo.lock: run `cargo metadata` there"
        );
    }
}

#[test]
fn the_changelog_has_the_version_and_every_dependency_its_reason() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        read("docs/CHANGELOG.md").contains("Unreleased")
            || read("docs/CHANGELOG.md").contains(version)
    );
    let manifest = read("Cargo.toml");
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let libraries = read("docs/decisions/tools-and-tests.md");
    let mut before = "";
    for line in section.lines() {
        if let Some((name, _)) = line.split_once(" = ") {
            assert!(before.starts_with('#'), "{name} has no reason above it");
            assert!(libraries.contains(&format!("`{name}`")), "{name} has no row in the table");
        }
        before = line;
    }
}

#[test]
fn the_code_is_formatted() {
    let output = Command::new(env!("CARGO")).args(["fmt", "--check"]).current_dir(root()).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The rows that a test names, as `docs/ROWS.md` has them: whether each is one of the street, its
/// letter and its number. A row of the box has `row` for its letter.
fn rows_in_name(name: &str) -> Vec<(bool, String)> {
    if let Some((number, _)) = name.strip_prefix("row_").and_then(|rest| rest.split_once('_')) {
        return vec![(true, format!("row {number}"))];
    }
    let street = name.strip_prefix("street_");
    let classic = name.strip_prefix("classic_");
    let rest = street.or(classic).unwrap_or(name);
    let is_row = |word: &&str| {
        let number = word.strip_prefix(|letter| ('a'..='i').contains(&letter));
        number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let rows = rest.split('_').take_while(is_row).map(str::to_uppercase);
    rows.map(|row| (classic.is_none(), row)).collect()
}

#[test]
fn every_row_has_a_test_that_names_it_and_every_test_names_a_row_of_the_catalogue() {
    let mut named = BTreeSet::new();
    for folder in ["src", "tests"] {
        for (_, text) in files(folder, &["rs"]) {
            let names = text.split("\n").filter_map(|line| line.trim_start().strip_prefix("fn "));
            named.extend(names.flat_map(|name| rows_in_name(name.split('(').next().unwrap())));
        }
    }
    let page = read("docs/ROWS.md");
    let (classic, street) = page.split_once("## The street").unwrap();
    let mut listed = BTreeSet::new();
    for (is_street, part) in [(false, classic), (true, street)] {
        let family = if is_street { "street " } else { "classic " };
        for line in part.lines() {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [_, cell, _, shown_by, _] = cells[..] else { continue };
            assert!(!cell.starts_with('B'), "{cell} is a row of both families");
            let row = cell.strip_prefix(family).unwrap_or(cell);
            let number = row.strip_prefix("row ").or(row.get(1..)).unwrap_or_default();
            if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
                continue;
            }
            if !shown_by.starts_with("no test") {
                listed.insert((is_street, row.to_owned()));
            }
        }
    }
    assert!(listed.len() > 100, "{listed:?}");
    let untested: Vec<_> = listed.difference(&named).collect();
    assert!(untested.is_empty(), "no test names these rows: {untested:?}");
    let unlisted: Vec<_> = named.difference(&listed).collect();
    assert!(unlisted.is_empty(), "docs/ROWS.md does not have these rows: {unlisted:?}");
}

#[test]
fn every_end_of_a_client_is_told_apart() {
    use threadbare::base::disconnect::Disconnect;
    let words: BTreeSet<_> = Disconnect::ALL.iter().map(|reason| reason.log_word()).collect();
    assert_eq!(words.len(), Disconnect::ALL.len());
    let page = read("docs/LIMITS.md");
    for reason in Disconnect::ALL {
        assert!(page.contains(&format!("`{reason}`")), "{reason} is not in docs/LIMITS.md");
    }
}

/// Whether an example on the page has this type, and the same reason and text as `told`.
fn is_shown(page: &str, kind: &str, told: &Value) -> bool {
    let examples = page.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut of_kind = examples.filter(|example| example["type"] == kind);
    of_kind.any(|example| ["reason", "text"].iter().all(|field| example[field] == told[field]))
}

#[test]
fn every_refusal_has_an_example_with_its_own_words_and_each_reason_has_one() {
    use threadbare::chat::refused::Refused;
    let page = read("docs/PROTOCOL.md");
    let wait = Duration::from_millis;
    for refused in [
        Refused::NameTaken,
        Refused::NameKept(wait(7 * 86_400_000)),
        Refused::NotInRoom,
        Refused::InRoom,
        Refused::RoomsOfClient(16),
        Refused::RoomsOfServer(200),
        Refused::RoomsOfNetwork(100),
        Refused::RoomFull(25),
        Refused::TooManyDevices(16),
        Refused::BadLink,
        Refused::BadHostLink,
        Refused::LobbyIsOpen,
        Refused::Muted(wait(600_000)),
        Refused::PutOut(wait(600_000)),
        Refused::Frozen,
        Refused::Slow(wait(20_000)),
        Refused::Closed,
        Refused::Lesson,
        Refused::BadPoll,
        Refused::NoSuchChoice,
        Refused::ListFull(16),
        Refused::NotMaker,
        Refused::IsKeeper,
        Refused::BadInvite,
        Refused::NotYours,
        Refused::NotYourName,
        Refused::NotStoring,
        Refused::NoSuchMessage,
        Refused::PasswordNeeded,
        Refused::WrongPassword,
        Refused::TooManyGuesses(wait(5400)),
        Refused::NotYourRoom,
        Refused::Unreadable,
        Refused::NothingKept,
        Refused::NoSuchPerson,
        Refused::TooFast(wait(2500)),
    ] {
        let example = format!("\"reason\": \"{}\", \"text\": \"{refused}\"", refused.word());
        assert!(page.contains(&example), "{example} is not in docs/PROTOCOL.md");
    }
    // The table has all of them, and each has a line above it.
    let (_, table) = page.split_once("| reason | of | |").unwrap();
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for (reason, kind) in cells[1].split(", ").flat_map(|reason| {
            cells[2].split(", ").map(move |kind| (reason.trim_matches('`'), kind))
        }) {
            let is_example = |line: &&str| {
                line.starts_with(&format!("{{\"type\": \"{kind}\""))
                    && line.contains(&format!("\"reason\": \"{reason}\""))
            };
            assert!(page.lines().any(|line| is_example(&line)), "no example: {kind} {reason}");
        }
    }
}

#[test]
fn every_error_has_an_example_with_its_own_words() {
    use threadbare::chat::refused::Refused;
    use threadbare::chat::secret::SecretSource;
    use threadbare::formats::v1::decode;
    let page = read("docs/PROTOCOL.md");
    let secrets = SecretSource::new(None);
    let hello = |room: usize| format!(r#"{{"room": "{room}"}}"#);
    let rooms = (0..17).map(hello).collect::<Vec<_>>().join(",");
    let long = format!(r#"{{"type": "say", "room": "lobby", "text": "{}"}}"#, "x".repeat(5000));
    let many = format!(r#"{{"type": "hello", "rooms": [{rooms}]}}"#);
    let mut made = vec![decode::hello_again()];
    for json in [
        "x",
        r#"{"type": "shout"}"#,
        r#"{"type": "act", "room": "kitchen", "action": "dance"}"#,
        r#"{"type": "say", "room": "lobby"}"#,
        r#"{"type": "say", "room": "lobby", "text": ""}"#,
        r#"{"type": "name", "name": "Ann/Bo"}"#,
        r#"{"type": "who", "room": "hi!"}"#,
        r#"{"type": "say", "room": "lobby", "id": "", "text": "x"}"#,
        r#"{"type": "hello", "versions": [2]}"#,
        &long,
        &many,
    ] {
        made.push(decode::read(json, 4096, secrets).unwrap_err());
    }
    for fault in &made {
        let example = json!({"reason": fault.word, "text": fault.text});
        assert!(is_shown(&page, "error", &example), "{example} is not in docs/PROTOCOL.md");
    }
    // The words of all other errors on the page stand in the sources, as these words.
    let sources: String = files("src", &["rs"]).into_iter().map(|(_, text)| text).collect();
    let guesses = Refused::TooManyGuesses(Duration::from_secs(6)).to_string();
    for line in page.lines().filter(|line| line.starts_with("{\"type\": \"error\"")) {
        let example: Value = serde_json::from_str(line).unwrap();
        let text = example["text"].as_str().unwrap();
        let is_made = text == guesses || made.iter().any(|fault| fault.text == text);
        assert!(is_made || sources.contains(&format!("\"{text}\"")), "no source says: {text}");
    }
}

#[test]
fn the_tree_s_top_level_is_what_was_agreed() {
    let agreed: BTreeSet<_> = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "web",
        "tests",
        "docs",
        "README.md",
        "LICENSE-MIT",
        "LICENSE-APACHE",
    ]
    .into();
    let output = Command::new("git").args(["ls-files"]).current_dir(root()).output().unwrap();
    for file in String::from_utf8(output.stdout).unwrap().lines() {
        let top = Path::new(file).components().next().unwrap().as_os_str().to_str().unwrap();
        assert!(agreed.contains(top) || top.starts_with('.'), "{top} at the top level");
    }
}

/// The page does not say again what its readers did not understand. `tidy/old_sentences.tsv` has
/// these sentences, each after the key that it had in `web/words`.
#[test]
fn no_sentence_of_the_first_page_has_come_back() {
    let tables = files("web/words", &["js"]);
    let english = || tables.iter().filter(|(name, _)| name.starts_with("web/words/en"));
    let sources: Vec<_> = [("src", &["rs"][..]), ("web/js", &["js"])]
        .into_iter()
        .flat_map(|(folder, endings)| files(folder, endings))
        .collect();
    // A comment may use any words.
    let is_comment = |line: &&str| ["//", "*", "/*"].iter().any(|it| line.trim().starts_with(it));
    let said = |text: &str, words: &str| {
        shipped(text).lines().any(|line| !is_comment(&line) && line.contains(words))
    };
    let mut back = Vec::new();
    for row in include_str!("tidy/old_sentences.tsv").lines() {
        let (key, words) = row.split_once('\t').unwrap();
        let as_one = format!("\"{key}\": \"{words}\"");
        let is_long = words.split(' ').count() > 3;
        for (name, text) in english() {
            if text.contains(&as_one) || is_long && said(text, words) {
                back.push(format!("{name}: {words}"));
            }
        }
        for (name, _) in sources.iter().filter(|(_, text)| is_long && said(text, words)) {
            back.push(format!("{name}: {words}"));
        }
    }
    assert!(back.is_empty(), "{back:#?}");
}
