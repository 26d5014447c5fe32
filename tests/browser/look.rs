//! Colours, words, sizes and widths of what ships. Writes `target/screenshots`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;
use threadbare::base::limits;

use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};

pub(crate) fn web(name: &str) -> String {
    text_of(&format!("web/{name}"))
}

fn text_of(name: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

// --- Colours ---------------------------------------------------------------------

/// The colours of one scheme: the block that follows `selector` in the style sheet.
pub(crate) fn tokens(css: &str, selector: &str) -> BTreeMap<String, String> {
    let from = css.find(selector).unwrap_or_else(|| panic!("no {selector}"));
    let block = css[from..].split_once('{').unwrap().1.split_once('}').unwrap().0;
    block
        .split(';')
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": "))
        .map(|(name, colour)| (name.to_owned(), colour.to_owned()))
        .collect()
}

/// WCAG 2 relative luminance.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.03928 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

pub(crate) fn contrast(one: &str, other: &str) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn every_colour_has_its_contrast_on_every_ground() {
    let css = web("theme.css");
    // The contrast on the paper colour, as agreed; and the least contrast on any background.
    let light = [
        ("ink", 15.75, 7.0),
        ("ink-2", 7.42, 4.5),
        ("accent", 8.61, 7.0),
        ("warn", 7.16, 4.5),
        ("bad", 7.80, 7.0),
        ("thread", 4.22, 3.0),
        ("slack", 3.64, 3.0),
        ("edge", 3.85, 3.0),
    ];
    let dark = [
        ("ink", 14.80, 7.0),
        ("ink-2", 8.03, 4.5),
        ("accent", 10.41, 7.0),
        ("warn", 10.50, 4.5),
        ("bad", 9.41, 7.0),
        ("thread", 6.69, 3.0),
        ("slack", 4.50, 3.0),
        ("edge", 4.50, 3.0),
    ];
    let schemes = [
        (":root {", light, 9.00),
        (":root:not([data-theme=\"light\"]) {", dark, 9.84),
        (":root[data-theme=\"dark\"] {", dark, 9.84),
    ];
    for (selector, expected, on_accent) in schemes {
        let colours = tokens(&css, selector);
        for (name, on_paper, least) in expected {
            let ratio = contrast(&colours[name], &colours["paper"]);
            assert!((ratio - on_paper).abs() < 0.01, "{selector} {name}: {ratio:.2}");
            for ground in ["paper", "cloth", "own", "hit", "whisper"] {
                let ratio = contrast(&colours[name], &colours[ground]);
                assert!(ratio >= least, "{selector} {name} on {ground}: {ratio:.2}");
            }
        }
        let ratio = contrast(&colours["on-accent"], &colours["accent"]);
        assert!((ratio - on_accent).abs() < 0.01, "{selector} on-accent: {ratio:.2}");
    }
}

// --- Words -----------------------------------------------------------------------

/// The tables of words: for the live page, for its panels that are loaded later, and for the pages
/// that the server makes.
pub(crate) const TABLES: [&str; 3] = ["", "-panels", "-pages"];

/// One table of words in one language, by key.
pub(crate) fn words(language: &str, table: &str) -> BTreeMap<String, String> {
    web(&format!("words/{language}{table}.js"))
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .map(|(key, text)| {
            (key.trim_matches('"').to_owned(), text.trim_end_matches(',').to_owned())
        })
        .collect()
}

#[test]
fn english_and_chinese_have_the_same_keys_and_every_key_is_used() {
    let modules = files_below(&web_path("js")).into_iter();
    let scripts: String = modules.map(|it| std::fs::read_to_string(it).unwrap()).collect();
    let folders = ["site/pages", "html"].map(|name| std::fs::read_dir(source_path(name)).unwrap());
    let pages = folders.into_iter().flatten();
    let pages = pages.map(|it| it.unwrap().path()).filter(|path| path.is_file());
    let others = ["formats/html.rs", "server/door/refusing.rs"].map(source_path);
    let pages: String =
        pages.chain(others).map(|path| std::fs::read_to_string(path).unwrap()).collect();
    for table in TABLES {
        let (english, chinese) = (words("en", table), words("zh", table));
        assert!(english.keys().eq(chinese.keys()), "the keys of {table} differ");
        for key in english.keys() {
            let by_script =
                scripts.contains(&format!("'{key}'")) || scripts.contains(&format!("words.{key}"));
            let by_page = pages.contains(&format!("\"{key}\""));
            let is_right = match table {
                // These two keys are about the table itself.
                _ if ["language", "locale"].contains(&key.as_str()) => table.is_empty(),
                // A refusal's sentence has the protocol's word as its name, on both sides.
                _ if key.contains('-') => true,
                _ if ["unreadable", "muted", "frozen", "blocked", "lesson"]
                    .contains(&key.as_str()) =>
                {
                    true
                }
                "-pages" => by_page && !by_script,
                _ => by_script,
            };
            assert!(is_right, "{key} in {table}: script {by_script}, server {by_page}");
        }
        has_the_same_places(&english, &chinese);
    }
}

fn has_the_same_places(english: &BTreeMap<String, String>, chinese: &BTreeMap<String, String>) {
    // The placeholders of a text.
    let places = |text: &str| -> Vec<String> {
        let mut found: Vec<String> = text
            .split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
            .collect();
        found.sort();
        found
    };
    for (key, text) in english {
        // A text like "1 new message" has no placeholder in either language.
        assert_eq!(places(text), places(&chinese[key]), "{key}");
    }
}

#[test]
fn the_pages_limits_are_the_servers() {
    let (usual, quoted) = (limits::MESSAGE_TEXT_BYTES_MAX, limits::QUOTE_CHARS_MAX);
    let of_page = web("js/limits.js");
    assert!(of_page.contains(&format!("|| {usual};")));
    assert!(of_page.contains(&format!("QUOTE_CHARS_MAX = {quoted};")));
    let server = Server::start_with("127.0.0.1:0", &["--message-limit", "20"]);
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.types("one byte more than 20");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#note').innerText.includes('Too long by 1 byte')");
    assert_eq!(ann.field(), "one byte more than 20");
}

#[test]
fn a_chinese_browser_gets_a_chinese_page() {
    let server = Server::start();
    let browser = Browser::start();
    let visit = Visit { languages: "fr-FR,zh-CN,en", ..DESKTOP };
    let ann = browser.comes(&server.url(), visit);
    assert_eq!(ann.reads("document.documentElement.lang"), "zh-Hans");
    assert_eq!(ann.line_says().trim(), "已连接");
    assert_eq!(ann.reads("document.querySelector('#send').innerText"), "发送");
    ann.says("你好");
    ann.mark_will_be("你好", "已发送");
    // No English is left except names: the room's, that of a guest, and the program's.
    let left = ann.reads("document.body.innerText").replace("lobby", "");
    let left = left.replace("guest-", "").replace("Threadbare", "");
    assert!(!left.chars().any(|letter| letter.is_ascii_alphabetic()), "{left}");
    let german = browser.comes(&server.url(), Visit { languages: "de-DE", ..DESKTOP });
    assert_eq!(german.reads("document.documentElement.lang"), "en");
}

// --- Sizes -----------------------------------------------------------------------

#[test]
fn the_first_load_is_small_asks_nobody_else_and_complains_about_nothing() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
    ann.is_whole();
    let mut requests = ann.requests();
    assert!(requests.len() <= 12, "{} requests: {requests:#?}", requests.len());
    let host = server.address().to_string();
    for url in &requests {
        assert_eq!(url.split('/').nth(2), Some(host.as_str()), "{url}");
    }
    assert!(ann.console().is_empty(), "{:#?}", ann.console());
    // What comes when the page is live already is no part of the first load.
    requests.retain(|url| !url.ends_with("/more.js") && !url.ends_with("-panels.js"));
    // In the size that a compressing server sends: the browser itself measures.
    let sizes = ann.sees(&format!(
        "Promise.all({}.map(async url => [url, (await new Response((await fetch(url)).body\
         .pipeThrough(new CompressionStream('gzip'))).arrayBuffer()).byteLength]))",
        json!(requests.iter().filter(|url| url.starts_with("http")).collect::<Vec<_>>())
    ));
    let sizes: Vec<(String, u64)> = serde_json::from_value(sizes).unwrap();
    let sum_of = |end: &str| -> u64 {
        sizes.iter().filter(|(url, _)| url.ends_with(end)).map(|(_, bytes)| bytes).sum()
    };
    // The limit is 60,000, for what shows the room and lets the reader write.
    assert!(sum_of("") < 60_000, "{sizes:#?}");
    assert!(sum_of("/") < 4_000, "{sizes:#?}");
    assert!(sum_of(".css") < 10_100, "{sizes:#?}");
    assert!(sum_of(".js") < 46_400, "{sizes:#?}");
    assert!(std::fs::metadata(web_path("favicon.ico")).unwrap().len() < 1024);
}

/// All files in this folder and in the folders below it.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn web_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web").join(name)
}

fn source_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)
}

#[test]
fn the_icon_of_the_script_is_the_icon_in_the_folder() {
    let icon = web("favicon.svg");
    let spelled = icon.trim().replace('#', "%23").replace('<', "%3C").replace('>', "%3E");
    assert!(web("js/messages/tab_icon.js").contains(&format!("data:image/svg+xml,{spelled}")));
}

#[test]
fn the_page_is_never_styled_inline_and_each_script_is_a_file() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at("about:blank", DESKTOP);
    ann.opens_without_scripts(&server.url());
    let html = ann.reads("document.documentElement.outerHTML");
    assert!(!html.contains(" style=") && !html.contains("<style>"));
    let scripts: Vec<_> = html.split("<script").skip(1).collect();
    assert!(!html.contains(" onclick=") && scripts.len() == 2);
    assert!(scripts.iter().all(|rest| rest.split('>').next().unwrap().contains(" src=")));
}

#[test]
fn every_file_of_the_page_is_short_and_says_what_it_is() {
    for folder in ["js", "words"] {
        for path in files_below(&web_path(folder)) {
            let text = std::fs::read_to_string(&path).unwrap();
            let name = path.display();
            let is_short = folder == "words" || text.lines().count() <= 500;
            assert!(is_short, "{name} is long");
            for part in ["// Owns: ", "// Must not know: "] {
                assert!(text.contains(part), "{name} does not say \"{part}\"");
            }
        }
    }
}

// --- Widths ----------------------------------------------------------------------

#[test]
fn nothing_scrolls_sideways_at_320() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    for languages in ["en", "zh-CN"] {
        let visit = Visit { width: 320, height: 568, languages, ..PHONE };
        let ann = browser.comes(&proxy.url(), visit);
        talk(&ann, &server);
        server.voice().says(&format!("https://example.org/{}", "long".repeat(100)));
        server.voice().says(&"W".repeat(300));
        ann.hears(&"W".repeat(300));
        proxy.cut();
        ann.waits_until("document.querySelector('#state b')");
        ann.says("waits");
        let sideways = "[document.documentElement, document.body, document.querySelector('#box')]\
                        .every(e => e.scrollWidth <= e.clientWidth)";
        assert!(ann.sees(sideways) == true, "{languages}");
        let small = "[...document.querySelectorAll('button')].filter(b => b.offsetParent && \
                     b.id !== 'pill' && b.closest('form')).map(b => { \
                     const r = b.getBoundingClientRect(), a = getComputedStyle(b, '::after'); \
                     const more = a.content === 'none' ? 0 : -2 * parseFloat(a.top); \
                     return r.height + more; }).every(height => height >= 44)";
        assert!(ann.sees(small) == true, "{languages}: a control is small for a finger");
        proxy.heal();
        ann.is_connected();
    }
}

#[test]
fn in_a_page_written_from_right_to_left_the_thread_is_on_the_right() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.sees("document.documentElement.dir = 'rtl'");
    server.voice().says("مرحبا (hello)");
    ann.hears("مرحبا (hello)");
    ann.says("Looking now.");
    let column = ann.measures("document.querySelector('main').getBoundingClientRect().right");
    let text = ann.measures("document.querySelector('.text').getBoundingClientRect().right");
    assert!((column - text - 44.0).abs() < 1.0, "{column} {text}");
    assert!(
        ann.sees("getComputedStyle(document.querySelector('main'), '::before').right === '21px'")
            == true
    );
}

// --- Pictures --------------------------------------------------------------------

fn talk(ann: &Person<'_>, server: &Server) {
    let mut raw = server.voice();
    raw.says("Shall we start? The kettle is on, and the second box answers again.");
    raw.says("It dips every night at four, see https://example.org/graph?from=4 (and the log).");
    raw.hears("It dips every night at four, see https://example.org/graph?from=4 (and the log).");
    ann.says("Looking now.");
    ann.mark_will_be(
        "Looking now.",
        if ann.line_says().contains("已") { "已发送" } else { "sent" },
    );
    ann.says("Found it: the backup job starts at four, on all three of them.");
    ann.hears("Found it: the backup job starts at four, on all three of them.");
    raw.says("找到了就好，谢谢！");
    ann.hears("找到了就好，谢谢！");
}

/// Writes what a person sees into `target/screenshots`.
pub(crate) fn keep_picture(ann: &Person<'_>, name: &str) {
    ann.waits_until("document.getAnimations().length === 0");
    keep(&ann.picture(), name);
}

/// Writes a picture in the form in which any browser sends it.
pub(crate) fn keep(picture: &str, name: &str) {
    std::fs::write(screenshots().join(name), from_base64(picture)).unwrap();
}

/// The folder for the pictures.
pub(crate) fn screenshots() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Browsers send pictures in base64 without line breaks.
pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for sign in text.bytes() {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

#[test]
fn screenshots_are_written() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let tablet = Visit { width: 768, height: 700, ..DESKTOP };
    let visits = [
        ("360-light-en", PHONE),
        ("360-dark-en", Visit { dark: true, ..PHONE }),
        ("320-light-en", Visit { width: 320, height: 568, ..PHONE }),
        ("768-light-en", tablet),
        ("1280-light-en", DESKTOP),
        ("1280-dark-en", Visit { dark: true, ..DESKTOP }),
        ("1280-light-zh", Visit { languages: "zh-CN", ..DESKTOP }),
        ("360-dark-zh", Visit { languages: "zh-CN", dark: true, ..PHONE }),
    ];
    for (name, visit) in visits {
        let ann = browser.comes(&proxy.url(), visit);
        talk(&ann, &server);
        keep_picture(&ann, &format!("{name}.png"));
        // One message without its echo, the connection closed, one message that waits, a draft.
        proxy.go_deaf();
        ann.says("Did this one arrive?");
        proxy.cut();
        ann.line_will_say(if visit.languages == "zh-CN" { "已断开" } else { "closed" });
        ann.says("This one waits.");
        ann.types("A draft");
        ann.waits_until("document.querySelectorAll('.own').length === 4");
        keep_picture(&ann, &format!("{name}-closed.png"));
        proxy.heal();
        ann.is_connected();
        let mut raw = server.voice();
        (0..40).for_each(|number| raw.says(&format!("Reading {number} of the heater")));
        ann.hears("Reading 39 of the heater");
        ann.scrolls_to(240);
        (0..7).for_each(|number| raw.says(&format!("And {number} more")));
        ann.waits_until("!document.querySelector('#pill').hidden");
        keep_picture(&ann, &format!("{name}-reading.png"));
    }
}
