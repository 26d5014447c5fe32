//! The house rules that a program can check.
//!
//! Each rule here is written in `docs/STYLE.md`; a rule there without a check
//! is marked "by review".

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let places = ["src/http", "src/site", "src/pages", "src/visit"];
    let all = places.into_iter().flat_map(|folder| files(folder, &["rs"]));
    let named: Vec<_> = all.filter(|(_, text)| is_named(text)).map(|(name, _)| name).collect();
    assert_eq!(named, ["src/visit/errand.rs"]);
}

#[test]
fn every_file_opens_with_its_role_and_the_next_file_to_read() {
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
        let next = quoted_after(&header, "Next:");
        let next = next.unwrap_or_else(|| panic!("{name}: no line \"Next:\" in the header"));
        let is_there = root().join("src").join(next).exists() || root().join(next).exists();
        assert!(is_there, "{name}: the next file, {next}, is not there");
    }
}

#[test]
fn the_next_lines_lead_from_the_first_byte_to_the_last() {
    let sources: std::collections::BTreeMap<_, _> = files("src", &["rs"]).into_iter().collect();
    let mut path = vec!["accept.rs".to_owned()];
    while path.last().unwrap() != "client/writer.rs" {
        let text = &sources[&format!("src/{}", path.last().unwrap())];
        let next = quoted_after(text, "//! Next:").unwrap().to_owned();
        assert!(!path.contains(&next), "{next} comes twice on the way: {path:?}");
        path.push(next);
    }
    let steps = [
        "accept.rs",
        "door/mod.rs",
        "http/mod.rs",
        "client/mod.rs",
        "client/reader.rs",
        "hub/mod.rs",
        "chat/core/mod.rs",
        "outbox/mod.rs",
        "client/writer.rs",
    ];
    let places: Vec<_> = steps
        .iter()
        .map(|step| {
            path.iter().position(|one| one == step).unwrap_or_else(|| panic!("{step}: {path:?}"))
        })
        .collect();
    assert!(places.is_sorted(), "out of order: {path:?}");
}

#[test]
fn the_architecture_page_and_the_tree_agree() {
    let page = read("docs/ARCHITECTURE.md");
    let src = root().join("src");
    for entry in fs::read_dir(&src).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let place =
            if entry.path().is_dir() { format!("`src/{name}/`") } else { format!("`src/{name}`") };
        assert!(page.contains(&place) || name == "lib.rs", "{place} is not in the code map");
    }
    for place in page.split('`').filter(|place| place.starts_with("src/")) {
        assert!(root().join(place).exists(), "{place} is in the code map and not in the tree");
    }
}

#[test]
fn docs_name_only_files_that_exist() {
    for (name, text) in
        files("docs", &["md"]).into_iter().chain([("README.md".into(), read("README.md"))])
    {
        for place in text.split('`').skip(1).step_by(2) {
            let path = place.trim_end_matches('/');
            let looks_like_a_path =
                ["src/", "web/", "tests/", "docs/"].iter().any(|one| place.starts_with(one))
                    && !place.contains(['*', '<', ' ', '{']);
            if looks_like_a_path && !path.starts_with("tests/run ") {
                assert!(root().join(path).exists(), "{name} names {place}, which is not there");
            }
        }
    }
}

#[test]
fn every_thread_and_every_queue_has_its_row() {
    let page = read("docs/ARCHITECTURE.md");
    let sources: Vec<_> =
        files("src", &["rs"]).into_iter().filter(|(name, _)| !name.contains("/test")).collect();
    let mut names = BTreeSet::new();
    for (name, text) in &sources {
        let code = shipped(text);
        for mark in ["threads::spawn(", "set_name(", "    spawn("] {
            for call in code.split(mark).skip(1) {
                let argument = call.trim_start().trim_start_matches("&format!(");
                if let Some(thread) = argument.strip_prefix('"') {
                    let thread = thread.split(['"', '{']).next().unwrap();
                    names.insert((thread.to_owned(), name.clone()));
                }
            }
        }
    }
    assert!(names.len() >= 5, "{names:?}");
    for (thread, file) in names {
        assert!(page.contains(&format!("`{thread}")), "thread {thread} of {file} has no row");
    }
    let queues: usize =
        sources.iter().map(|(_, text)| shipped(text).matches("bounded(").count()).sum();
    let rows = page.split("\n## Queues").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = rows.lines().filter(|line| line.contains("| ") && line.contains("chan:")).count();
    assert_eq!(rows, queues, "channels made in src, and rows marked chan: in the table of queues");
}

#[test]
fn only_the_named_files_do_what_only_they_may() {
    for (word, allowed) in [
        ("thread::Builder", &["src/threads/mod.rs"][..]),
        ("set_read_timeout", &["src/socket/deadline.rs"]),
        ("set_write_timeout", &["src/socket/deadline.rs"]),
        ("clap::", &["src/cli/"]),
        ("tiny_http::", &["src/http/"]),
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

/// The rooms of the program that a file imports from, by their names.
fn imported(text: &str) -> BTreeSet<String> {
    let code = shipped(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let first = |path: &str| -> String {
        path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut rooms = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let Some(list) = path.strip_prefix('{') else {
            rooms.insert(first(path));
            continue;
        };
        // `use crate::{one, two::{Three, Four}};`
        let (mut depth, mut outside) = (0, String::new());
        for c in list.chars() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                c if depth == 0 => outside.push(c),
                _ => {}
            }
        }
        rooms.extend(outside.split(',').map(first).filter(|room| !room.is_empty()));
    }
    rooms
}

#[test]
fn the_spine_imports_downwards_and_nothing_of_the_chat() {
    let example = "// crate::a\nuse crate::{\n    b,\n    c::{d, e},\n};\nuse crate::f::g;\n";
    assert_eq!(imported(example), ["b", "c", "f"].map(str::to_owned).into());
    // Whatever anybody may know.
    let ground = ["bucket", "config", "disconnect", "limits", "log", "rate", "reexec", "words"];
    // Each may import from itself, and from those before it.
    let layers = ["threads", "socket", "admission", "outbox", "accept", "http", "door"];
    // Frames are the wire's, which has formats of the chat beside them.
    let exceptions = [("src/outbox/", "wire")];
    for (height, layer) in layers.iter().enumerate() {
        let (folder, file) = (format!("src/{layer}/"), format!("src/{layer}.rs"));
        let all = files("src", &["rs"]).into_iter();
        let of_layer: Vec<_> = all
            .filter(|(name, _)| name.starts_with(&folder) || *name == file)
            .filter(|(name, _)| !name.contains("/test"))
            .collect();
        assert!(!of_layer.is_empty(), "no file of {layer}");
        for (name, text) in of_layer {
            for room in imported(&text) {
                let is_known =
                    exceptions.iter().any(|(of, it)| name.starts_with(of) && *it == room);
                let is_below = ground.contains(&&*room) || layers[..=height].contains(&&*room);
                assert!(is_known || is_below, "{name} imports from {room}");
            }
        }
    }
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
    assert!(sizes[sizes.len() / 2] <= 150, "the median file has {} lines", sizes[sizes.len() / 2]);
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

#[test]
fn the_changelog_has_the_version_and_every_dependency_its_reason() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        read("docs/CHANGELOG.md").contains("Unreleased")
            || read("docs/CHANGELOG.md").contains(version)
    );
    let manifest = read("Cargo.toml");
    let section = manifest.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let decisions = read("docs/DECISIONS.md");
    let mut before = "";
    for line in section.lines() {
        if let Some((name, _)) = line.split_once(" = ") {
            assert!(before.starts_with('#'), "{name} has no reason above it");
            assert!(decisions.contains(&format!("`{name}`")), "{name} has no line in DECISIONS.md");
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

#[test]
fn every_row_of_the_classic_chats_has_a_test_that_names_it() {
    let mut tests = String::new();
    for folder in ["src", "tests"] {
        for (_, text) in files(folder, &["rs"]) {
            tests += &text;
        }
    }
    // B38 and B39 are facts about neighbours.
    for row in 1..=37 {
        assert!(tests.contains(&format!("fn b{row}_")), "no test names row B{row}");
    }
}

#[test]
fn every_end_of_a_client_is_told_apart() {
    use threadbare::disconnect::Disconnect;
    let words: BTreeSet<_> = Disconnect::ALL.iter().map(|reason| reason.log_word()).collect();
    assert_eq!(words.len(), Disconnect::ALL.len());
    let page = read("docs/PROTOCOL.md");
    for reason in Disconnect::ALL {
        assert!(page.contains(&format!("`{reason}`")), "{reason} is not in docs/PROTOCOL.md");
    }
}

#[test]
fn every_refusal_has_an_example_and_every_error_too() {
    use threadbare::chat::refused::Refused;
    let page = read("docs/PROTOCOL.md");
    let wait = std::time::Duration::from_millis;
    for refused in [
        Refused::NameTaken,
        Refused::NameKept(wait(86_400_000)),
        Refused::NotInRoom,
        Refused::InRoom,
        Refused::TooManyRooms(200),
        Refused::RoomsOfAddress(100),
        Refused::RoomFull(25),
        Refused::TooManyDevices(16),
        Refused::NotYours,
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
