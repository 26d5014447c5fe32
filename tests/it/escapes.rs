//! I2: bytes that would control a terminal, said by every kind of client, to everything that is
//! read in one.
//!
//! Method: each text has words before and after the control bytes. The console at a pipe, the
//! console at a terminal, `curl` and `nc` must show the words, and no control byte.

use serde_json::json;

use crate::console::{named, person};
use crate::harness::raw::{Connection, listens};
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Folder, Numbered, Person};

/// Complete sequences: the text after one of these is normal text again.
const WHOLE: [&str; 58] = [
    // Colours, hidden text, the cursor, the screen, other screens.
    "\u{1b}[31m",
    "\u{1b}[38;5;196m",
    "\u{1b}[8m",
    "\u{1b}[2J\u{1b}[H",
    "\u{1b}[1A\u{1b}[2K",
    "\u{1b}[10;10H",
    "\u{1b}[999D",
    "\u{1b}[3;5r",
    "\u{1b}[?1049h",
    "\u{1b}[?25l",
    "\u{1b}[>0;1 q",
    // The terminal answers, prints, reports the mouse.
    "\u{1b}[6n",
    "\u{1b}[c",
    "\u{1b}[21t",
    "\u{1b}[5i",
    "\u{1b}[?1000h",
    "\u{1b}[?2004h",
    // The same by one character (C1).
    "\u{9b}31m",
    "\u{9b}2J",
    "\u{9b}6n",
    "\u{84}",
    "\u{85}",
    "\u{8d}",
    "\u{9c}",
    // Titles, the clipboard, links, colours, files, notices, fonts.
    "\u{1b}]0;owned\u{7}",
    "\u{1b}]2;owned\u{1b}\\",
    "\u{9d}2;owned\u{9c}",
    "\u{1b}]52;c;cm0gLXJmIC8=\u{7}",
    "\u{1b}]52;c;?\u{1b}\\",
    "\u{9d}52;c;cm0gLXJmIC8=\u{9c}",
    "\u{1b}]8;;http://evil.example\u{1b}\\",
    "\u{1b}]4;1;rgb:00/00/00\u{7}",
    "\u{1b}]1337;File=name=eA==:eA==\u{7}",
    "\u{1b}]777;notify;a;b\u{7}",
    "\u{1b}]50;owned\u{7}",
    // Device control, and strings that no terminal shows.
    "\u{1b}P$q\"p\u{1b}\\",
    "\u{90}+q544e\u{9c}",
    "\u{1b}_apc\u{1b}\\",
    "\u{1b}^pm\u{1b}\\",
    "\u{1b}Xsos\u{1b}\\",
    "\u{98}sos\u{9c}",
    // Short ones: reset, another character set, a screen full of E, the cursor.
    "\u{1b}c",
    "\u{1b}(0",
    "\u{1b}#8",
    "\u{1b}7",
    "\u{1b}M",
    // Bells, moves back over what is there or to the start of the line, other pages and character
    // sets.
    "\u{7}\u{7}",
    "\u{8}\u{8}\u{8}",
    "\u{7f}",
    "\r",
    "\u{b}\u{c}",
    "\u{e}",
    "\u{0}",
    // Characters that change how a text looks, or that hide it.
    "\u{202e}",
    "\u{2066}\u{200f}",
    "\u{200b}\u{feff}",
    // Some terminals break the line at these two.
    "\u{2028}Bo: I agree",
    "\u{2029}Bo: I agree",
];

/// Incomplete sequences: they swallow the text after them, as on a terminal.
const OPEN: [&str; 5] = ["\u{1b}", "\u{1b}[31", "\u{9b}3", "\u{1b}]0;owned", "\u{90}q"];

/// Whether the character can change the order on the screen (bidi controls), or breaks the line on
/// some terminals.
fn turns(sign: char) -> bool {
    matches!(
        sign,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Reads lines up to the one with these words, and checks it.
fn shows_lines(reader: &mut Connection, words: &[String]) {
    let line = std::iter::from_fn(|| reader.line_if_whole());
    let line = line.into_iter().find(|line| line.contains(&words[0])).unwrap();
    assert!(!line.contains(|sign: char| sign.is_control() || turns(sign)), "{line:?}");
    assert!(words.iter().all(|word| line.contains(word)), "{words:?} in {line:?}");
}

/// The same for a console whose lines end with `end`; a message of several lines has several of
/// these.
fn shows_words(console: &mut Console, end: &str, words: &[String]) {
    console.shows(&words[0]);
    let shown = console.shows(words.get(1).map_or(end, String::as_str)).replace(end, "");
    assert!(!shown.contains(|sign: char| sign.is_control() || turns(sign)), "{words:?}: {shown:?}");
}

#[test]
fn i2_nothing_that_steers_a_terminal_reaches_one_and_the_words_do() {
    let (server, lines) = with_lines(&["--rate", "0"]);
    let (state, another) = (Folder::new(), Folder::new());
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut classic = Person::joins(server.addr, "classic", "/ws");
    let mut curl = listens(server.addr, "?as=text", "");
    curl.hears("* this is lobby");
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    let mut pipe = named(server.addr, "pipe", &state);
    pipe.types("here\n");
    pipe.shows("here\n");
    let mut terminal = person(server.addr, "--name terminal", &another);
    terminal.shows("in lobby: ");
    let mut count = 0;
    for (steers, is_whole) in
        WHOLE.map(|it| (it, true)).into_iter().chain(OPEN.map(|it| (it, false)))
    {
        for who in ["socket", "topic", "classic", "nc"] {
            count += 1;
            let mut words = vec![format!("begin {count} "), format!(" end {count}.")];
            let text = words.join(steers);
            words.truncate(if is_whole { 2 } else { 1 });
            match who {
                "socket" => bo.says(&text),
                "topic" => bo.asks(json!({"type": "topic", "room": "lobby", "text": text})),
                "classic" => classic.says(&text),
                _ => drop(nc.sends(format!("{text}\n").as_bytes())),
            }
            shows_lines(&mut curl, &words);
            shows_lines(&mut nc, &words);
            shows_words(&mut pipe, "\n", &words);
            shows_words(&mut terminal, "\r\n", &words);
        }
    }
}
