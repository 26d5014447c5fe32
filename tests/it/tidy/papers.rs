//! The papers (`README.md` and `docs/`): what they name is there, and how wide lines are.

use std::collections::BTreeSet;

use super::{files, read, root};

/// So many columns have the lines of comments, and of prose in the papers, at most.
const COLUMNS_MAX: usize = 100;

/// All papers, as (name, text).
fn papers() -> Vec<(String, String)> {
    let readme = ("README.md".to_owned(), read("README.md"));
    files("docs", &["md"]).into_iter().chain([readme]).collect()
}

/// The numbers of the lines that are comments, from 1. A comment behind code does not count.
fn comments(name: &str, text: &str) -> Vec<usize> {
    let is_css = name.ends_with(".css");
    let mut is_open = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let is_block = line.starts_with("/*") || line.starts_with("* ") || line.starts_with("*/");
        if is_open || is_block || line.starts_with("//") {
            found.push(number);
        }
        // Only style sheets have comments whose lines do not show what they are.
        is_open = is_css && !line.contains("*/") && (is_open || line.starts_with("/*"));
    }
    found
}

/// The numbers of the lines that are prose: no code between fences, and no row of a table.
fn prose(text: &str) -> Vec<usize> {
    let mut is_code = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        if !is_code && !is_fence && !line.starts_with('|') {
            found.push(number);
        }
    }
    found
}

#[test]
fn no_line_of_a_comment_or_of_prose_is_wider_than_a_hundred_columns() {
    assert_eq!(comments("a.css", "/* a\n   b */\nc {}\n// d\n"), [1, 2, 4]);
    assert_eq!(prose("a\n```\nb\n```\n| c |\nd\n"), [1, 6]);
    let sources = [("src", &["rs"][..]), ("tests", &["rs"]), ("web", &["js", "css"])];
    let sources = sources.into_iter().flat_map(|(folder, endings)| files(folder, endings));
    let own = sources.filter(|(name, _)| !name.contains("/target/"));
    let commented = own.map(|(name, text)| (comments(&name, &text), name, text));
    let written = papers().into_iter().map(|(name, text)| (prose(&text), name, text));
    let mut wide = Vec::new();
    for (numbers, name, text) in commented.chain(written) {
        let lines: Vec<_> = text.lines().collect();
        let is_wide = |number: &usize| lines[number - 1].chars().count() > COLUMNS_MAX;
        wide.extend(numbers.into_iter().filter(is_wide).map(|number| format!("{name}:{number}")));
    }
    assert!(wide.is_empty(), "over {COLUMNS_MAX} columns:\n{}", wide.join("\n"));
}

#[test]
fn no_inline_code_of_a_paper_goes_over_the_end_of_its_line() {
    let mut open = Vec::new();
    for (name, text) in papers() {
        let lines: Vec<_> = text.lines().collect();
        let is_open = |number: &usize| lines[number - 1].matches('`').count() % 2 == 1;
        let numbers = prose(&text).into_iter().filter(is_open);
        open.extend(numbers.map(|number| format!("{name}:{number}")));
    }
    assert!(open.is_empty(), "a backtick without its other one:\n{}", open.join("\n"));
}

#[test]
fn the_readme_is_read_in_a_few_minutes() {
    let words = read("README.md").split_whitespace().count();
    assert!(words <= 900, "README has {words} words");
}

#[test]
fn docs_name_only_files_that_exist() {
    for (name, text) in papers() {
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

/// The sections of a paper: each heading's words, and the rows below it as their cells. The first
/// two lines of a table are no rows.
fn tables(text: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let mut found = vec![(String::new(), Vec::new())];
    let mut is_in_table = false;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            found.push((heading.trim_start_matches('#').trim().to_owned(), Vec::new()));
        }
        let row = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |"));
        if let Some(row) = row.filter(|_| is_in_table) {
            let cells = row.split(" | ").map(str::to_owned).collect();
            found.last_mut().unwrap().1.push(cells);
        }
        is_in_table = line.starts_with("| --- ") || is_in_table && line.starts_with('|');
    }
    found
}

/// The words between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The product's source files, as (path below `src/`, text without tests and comments).
fn sources() -> Vec<(String, String)> {
    let all = files("src", &["rs"]).into_iter().filter(|(name, _)| !name.contains("/test"));
    let code = all.map(|(name, text)| {
        let product = text.split("mod tests {").next().unwrap();
        let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
        (name.strip_prefix("src/").unwrap().to_owned(), lines.collect::<Vec<_>>().join("\n"))
    });
    code.collect()
}

#[test]
fn every_word_of_the_tables_is_used_and_what_it_names_is_there() {
    let page = read("docs/WORDS.md");
    let tables: Vec<_> = tables(&page).into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
    assert!(tables[0].1.len() <= 30, "{} words for one message", tables[0].1.len());
    let all: Vec<_> = [("src", &["rs"][..]), ("web", &["js"])]
        .into_iter()
        .flat_map(|(folder, endings)| files(folder, endings))
        .map(|(_, text)| text)
        .collect();
    // `express_lane`, "express lane" and "Express lane" are one word.
    let sources = all.join("\n");
    let words = sources.to_lowercase().replace(['_', '-'], " ");
    let mut seen = BTreeSet::new();
    for (place, (heading, rows)) in tables.iter().enumerate() {
        let own: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
        assert!(place == 0 || own.is_sorted(), "{heading}: not in the order of the alphabet");
        for row in rows {
            assert!(seen.insert(&row[0]), "{} has two rows", row[0]);
            let word = row[0].replace('-', " ");
            assert!(words.contains(&word), "no source and no module of the page has {word}");
            for name in quoted(&row[1]) {
                // A type, a function of one, a constant, or a file.
                let is_in_code = name.starts_with(|first: char| first.is_ascii_uppercase());
                let last = name.rsplit("::").next().unwrap();
                assert!(!is_in_code || sources.contains(last), "{word}: {name} is not there");
                let is_file = ["rs", "js"].iter().any(|it| name.ends_with(&format!(".{it}")));
                let is_there = root().join("src").join(name).exists();
                assert!(!is_file || is_there, "{word}: no file {name}");
            }
        }
    }
}

/// The names of the threads that a source starts, or renames its own thread to; cut before a
/// number.
fn threads_in(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for mark in ["spawn", "set_name"] {
        for call in code.split(mark).skip(1) {
            // `spawn_deep(` starts one, too.
            let rest = call.trim_start_matches(|sign: char| sign.is_alphabetic() || sign == '_');
            let Some(argument) = rest.strip_prefix('(') else { continue };
            let argument = argument.trim_start().trim_start_matches("&format!(");
            let name = argument.strip_prefix('"').and_then(|it| it.split(['"', '{']).next());
            found.extend(name.map(str::to_owned));
        }
    }
    found
}

/// The channels that a source makes: what it calls the receiver, else the function that makes one.
fn channels_in(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // "unbounded(" ends with the same letters.
    for (at, _) in code.match_indices("bounded(") {
        let before = code[..at].trim_end_matches("un").trim_end();
        let pair = before.strip_suffix('=').and_then(|it| it.trim_end().strip_suffix(')'));
        let receiver = pair.map(|it| it.rsplit([',', '(']).next().unwrap().trim().to_owned());
        let function = || {
            let rest = before.rsplit("fn ").next().unwrap();
            rest.split(['(', '<']).next().unwrap().to_owned()
        };
        found.insert(receiver.unwrap_or_else(function));
    }
    found
}

/// The fields, statics and types of a source that are of a type which begins so.
fn of_type(code: &str, kind: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let is_part = |sign: char| sign.is_alphanumeric() || sign == '_';
    for line in code.lines().map(str::trim).filter(|line| !line.contains("fn ")) {
        let named = line.split_once(": ").or_else(|| line.split_once("(Arc<"));
        let Some((before, after)) = named.filter(|_| !line.starts_with("let ")) else { continue };
        if after.contains(&format!("{kind}<")) {
            found.extend(before.rsplit(|sign| !is_part(sign)).next().map(str::to_owned));
        }
    }
    found
}

/// The `file name` pairs of all sources, by what finds names in a source.
fn in_sources(names: impl Fn(&str) -> BTreeSet<String>) -> BTreeSet<String> {
    let all = sources().into_iter();
    all.flat_map(|(file, code)| names(&code).into_iter().map(move |it| format!("{it} of {file}")))
        .collect()
}

/// The rows of the sections between two headings. The first cell names what a row is about: `NAME`
/// of `FILE`.
fn rows_between(page: &str, from: &str, to: &str) -> BTreeSet<String> {
    let part = page.split_once(from).unwrap().1.split(to).next().unwrap();
    let rows = tables(part).into_iter().flat_map(|(_, rows)| rows);
    let named = rows.map(|row| {
        let [name, file] = quoted(&row[0])[..] else { panic!("no name and file in {row:?}") };
        format!("{name} of {file}")
    });
    named.collect()
}

/// Lists that no thread and no client waits in: what they are instead.
const NO_QUEUES: [&str; 8] = [
    // The newest lines, and the newest ids, of a log.
    "ring of chat/core/logs/log.rs",
    "halves of chat/core/logs/ids.rs",
    "used of chat/core/logs/ids.rs",
    // Lines that a client has received.
    "retold of chat_rule/delivery/reached_client.rs",
    // The parts of queues that have rows: `drained`; `missed`, `pages` and `words`.
    "row of chat_rule/progress/client_queue.rs",
    "rows of chat_rule/progress/fair_queue.rs",
    "turns of chat_rule/progress/fair_queue.rs",
    // The batch that a writer writes.
    "frames of server/client/writer.rs",
];

#[test]
fn every_thread_queue_and_lock_has_its_row_and_every_row_is_about_one() {
    let example = "let (a, b) = bounded(1);\nfn c<T>() -> X {\n    unbounded()\n}\n";
    assert_eq!(channels_in(example), ["b", "c"].map(str::to_owned).into());
    let example = "static A: Mutex<B> = Mutex::new();\nlet c: Mutex<D>;\n    e: Mutex<F>,\n";
    assert_eq!(of_type(example, "Mutex"), ["A", "e"].map(str::to_owned).into());

    let page = read("docs/THREADS.md");
    for (heading, rows) in tables(&page) {
        assert!(rows.iter().all(|row| row.len() <= 4), "{heading}: too wide to be read");
    }
    let threads = page.split("\n## Queues").next().unwrap();
    let rows = tables(threads).into_iter().flat_map(|(_, rows)| rows);
    let named = rows.filter_map(|row| Some((*quoted(&row[0]).first()?).to_owned()));
    let named: BTreeSet<_> = named.map(|name| name.split('<').next().unwrap().to_owned()).collect();
    let started: BTreeSet<_> = sources().iter().flat_map(|(_, code)| threads_in(code)).collect();
    assert_eq!(named, started, "threads: rows of THREADS, and what the sources start");

    let locks = rows_between(&page, "\n## Locks", "\n## ");
    assert_eq!(locks, in_sources(|code| of_type(code, "Mutex")), "locks: rows, and the sources");

    let queues = rows_between(&page, "\n## Queues", "\n## ");
    let channels = in_sources(channels_in);
    let lists = in_sources(|code| of_type(code, "VecDeque"));
    let made: BTreeSet<_> = channels.union(&lists).map(String::as_str).collect();
    let mut without_row = made.clone();
    without_row.retain(|name| !queues.contains(*name));
    for name in NO_QUEUES {
        assert!(without_row.remove(name), "{name} is no list, or has a row");
    }
    assert!(without_row.is_empty(), "queues without a row: {without_row:#?}");
    // The lists of other types are at least there.
    for row in queues.iter().filter(|row| !made.contains(row.as_str())) {
        let (name, file) = row.split_once(" of ").unwrap();
        let code = sources().into_iter().find(|(other, _)| other == file);
        let is_there = code.is_some_and(|(_, code)| code.contains(&format!("{name}: ")));
        assert!(is_there, "{row} is not there");
    }
}

/// The words of the picture in a paper.
fn picture(file: &str, mark: &str) -> Vec<String> {
    let text = read(file);
    let drawing = text.split("```").find(|block| block.contains(mark) && block.contains('▶'));
    let drawing = drawing.unwrap_or_else(|| panic!("no picture in {file}"));
    let words = drawing.split(|sign: char| !sign.is_alphanumeric() && sign != '_');
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

#[test]
fn the_small_picture_of_the_threads_shows_no_thread_that_the_large_one_lacks() {
    let (small, large) = (picture("README.md", "door"), picture("docs/ARCHITECTURE.md", "door"));
    for station in ["accept", "door", "tiny_http", "site", "reader", "hub", "outbox", "writer"] {
        assert!(small.iter().any(|word| word == station), "no {station} in README");
        assert!(large.iter().any(|word| word == station), "no {station} in ARCHITECTURE");
    }
}

/// A heading as the address of its section: small letters, `-` for spaces, no other signs.
fn anchor(heading: &str) -> String {
    let kept = |sign: &char| sign.is_alphanumeric() || matches!(sign, '-' | '_' | ' ');
    heading.to_lowercase().chars().filter(kept).collect::<String>().replace(' ', "-")
}

#[test]
fn every_link_of_a_paper_leads_to_a_file_and_a_heading_that_are_there() {
    assert_eq!(anchor("Why has `a` line, and 2?"), "why-has-a-line-and-2");
    for (name, text) in papers() {
        let folder = root().join(&name).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (path, section) = link.split_once('#').unwrap_or((link, ""));
            let file = if path.is_empty() { root().join(&name) } else { folder.join(path) };
            let there = std::fs::read_to_string(&file);
            let there = there.unwrap_or_else(|error| panic!("{name}: {link}: {error}"));
            let headings = there.lines().filter(|line| line.starts_with('#'));
            let mut anchors = headings.map(|line| anchor(line.trim_start_matches('#').trim()));
            assert!(section.is_empty() || anchors.any(|it| it == section), "{name}: {link}");
        }
    }
}

#[test]
fn each_lesson_of_the_course_is_marked_at_the_source_that_its_page_leads_to() {
    const MARK: &str = "// Lesson ";
    let mut marked = BTreeSet::new();
    for (name, text) in files("src", &["rs"]) {
        for line in text.lines().filter_map(|line| line.trim().strip_prefix(MARK)) {
            let (number, folder) = line.split_once(" of the course: ").expect(line);
            let page = read(&format!("{folder}/lesson.md"));
            let heading = format!("# Lesson {number}: ");
            assert!(page.starts_with(&heading), "{name}: {folder} is not lesson {number}");
            let (_, leads) = page.split_once("## In Threadbare").unwrap();
            assert!(leads.contains(&name), "{folder}/lesson.md does not lead to {name}");
            marked.insert(number.parse::<usize>().unwrap());
        }
    }
    assert_eq!(marked, (1..=12).collect(), "a lesson has no mark in src/");
}
