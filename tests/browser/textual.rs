//! A room in text browsers, in 80 columns.

use crate::cdp::wait_for;
use crate::host::Server;
use crate::terminal::{ELINKS, LINKS, LYNX, Terminal, Textual, W3M};

/// Opens the room and says something there, under a name.
pub(crate) fn comes_in(kind: Textual, url: &str, name: &str, text: &str) -> Terminal {
    let terminal = Terminal::opens(kind, url);
    terminal.sees("Messages, newest first");
    terminal.fills_and_presses("Send", &[name, text]);
    terminal.sees(&format!("{name} (you)"));
    terminal
}

/// Says one thing more.
pub(crate) fn says(terminal: &Terminal, text: &str) {
    terminal.fills_and_presses("Send", &[text]);
    wait_until_said(terminal, text);
}

/// Waits until the field is empty again and the list has the text.
fn wait_until_said(terminal: &Terminal, text: &str) {
    terminal.sees(text);
    crate::cdp::wait_for(&format!("an empty field in {}", terminal.name()), || {
        let screen = terminal.screen();
        let field = screen.lines().find(|line| {
            (line.contains("Message") && !line.contains("new")) || line.contains("message to ")
        });
        (!field?.contains(text) && screen.contains(text)).then_some(())
    });
}

/// Near the end of a room's page, a line begins with this word.
const PAGE_END: &str = "Rooms";

/// Which of `texts` the page shows, newest first, as indexes; looks again until the last one is
/// there.
pub(crate) fn order(terminal: &Terminal, texts: &[String]) -> Vec<usize> {
    terminal.follows("Refresh");
    let last = texts.last().unwrap();
    // elinks shows a page while it still loads. The last line shows that the page is complete.
    let screen = wait_for(&format!("{last}, and all of the page"), || {
        let whole = |screen: &String| screen.contains(last) && screen.contains(PAGE_END);
        // A program that still draws shows parts of two pages.
        Some(terminal.screen()).filter(whole).filter(|screen| *screen == terminal.screen())
    });
    let said = screen.lines().filter_map(|line| texts.iter().position(|text| line.trim() == text));
    said.collect()
}

fn a_room_is_used_in(kind: Textual) {
    // The search needs a history.
    let folder = format!("threadbare-{}-{}", kind.program, std::process::id());
    let data = std::env::temp_dir().join(folder);
    let server = Server::start_with("127.0.0.1:0", &["--data", data.to_str().unwrap()]);
    let mut bo = server.voice();
    let room = format!("{}r/lobby", server.url());
    let ann = comes_in(kind, &room, "Ann", "The kettle is on.");
    bo.hears("Ann: The kettle is on.");
    let screen = ann.screen();
    // The important parts are in the first 24 lines, and nothing is wider than the terminal.
    let top: Vec<_> = screen.lines().take(24).collect();
    for words in ["lobby", "2 here", "Message", "Send", "Refresh", "Messages, newest first"] {
        assert!(top.iter().any(|line| line.contains(words)), "{words}: {screen}");
    }
    let field = top.iter().position(|line| line.contains("Message")).unwrap();
    assert!(field < 10, "the field is in the first ten lines: {screen}");
    let is_hers = |line: &&str| line.contains("Ann (you)");
    let hers = screen.lines().find(is_hers).unwrap_or_default();
    assert!(!hers.contains("1."), "the reader has not chosen to see numbers: {screen}");
    assert!(!screen.contains("preload"), "{screen}");

    bo.says("Coming!");
    bo.hears("Coming!");
    ann.follows("Refresh");
    ann.sees("Coming!");
    // These browsers show no frames, so the page offers no way that needs one.
    let screen = ann.screen();
    assert!(!screen.contains("Live") && !screen.contains("Every 10"), "{screen}");
    says(&ann, "Two cups?");
    bo.hears("Ann: Two cups?");
    // Changes the last message, and searches, with links and buttons.
    ann.follows("Edit");
    ann.sees("Edit message");
    ann.fills_and_presses("Save", &[" Three?"]);
    wait_until_gone(&ann, "Edit message");
    bo.hears("Ann meant: Two cups? Three?");
    ann.sees("Two cups? Three?");
    // A message is deleted only after a question.
    says(&ann, "A slip.");
    ann.follows("Delete");
    ann.sees("Delete this message?");
    ann.follows("Cancel");
    ann.sees("A slip.");
    ann.fills_and_presses("Search", &["kettle"]);
    wait_until_gone(&ann, "Coming!");
    ann.sees("The kettle is on.");
    drop((ann, server));
    std::fs::remove_dir_all(data).ok();
}

fn wait_until_gone(terminal: &Terminal, words: &str) {
    crate::cdp::wait_for(words, || (!terminal.screen().contains(words)).then_some(()));
}

#[test]
fn a_room_is_used_in_w3m() {
    a_room_is_used_in(W3M);
}

#[test]
fn a_room_is_used_in_lynx() {
    a_room_is_used_in(LYNX);
}

#[test]
fn a_room_is_used_in_links() {
    a_room_is_used_in(LINKS);
}

#[test]
fn a_room_is_used_in_elinks() {
    a_room_is_used_in(ELINKS);
}

/// A reply that one thinks of while one writes.
fn a_reply_takes_the_typed_text_along_in(kind: Textual) {
    let server = Server::start();
    let mut bo = server.voice();
    let ann = comes_in(kind, &format!("{}r/lobby", server.url()), "Ann", "hello");
    bo.hears("Ann: hello");
    bo.says("Coming!");
    bo.hears("Coming!");
    ann.follows("Refresh");
    ann.sees("Coming!");
    ann.fills("Send", &["Two cups?"]);
    // The newest message is the first one.
    ann.follows("Reply");
    ann.sees("Replying to");
    ann.sees("Two cups?");
    ann.follows("Send");
    wait_until_gone(&ann, "Replying to");
    ann.sees("Two cups?");
    ann.sees("> guest-001: Coming!");
}

#[test]
fn a_reply_takes_the_typed_text_along_in_w3m() {
    a_reply_takes_the_typed_text_along_in(W3M);
}

#[test]
fn a_reply_takes_the_typed_text_along_in_lynx() {
    a_reply_takes_the_typed_text_along_in(LYNX);
}

#[test]
fn a_reply_takes_the_typed_text_along_in_links() {
    a_reply_takes_the_typed_text_along_in(LINKS);
}

#[test]
fn a_reply_takes_the_typed_text_along_in_elinks() {
    a_reply_takes_the_typed_text_along_in(ELINKS);
}

/// Goes into rooms by their page and back out, with a password, and writes privately.
fn somebody_comes_and_goes_in(kind: Textual) {
    let server = Server::start();
    let ann = Terminal::opens(kind, &format!("{}rooms", server.url()));
    ann.sees("Join");
    ann.fills_and_presses("Join", &["Ann", "lobby"]);
    ann.sees("Messages, newest first");
    ann.sees("Ann (you)");
    ann.follows("1 room");
    ann.sees("You are Ann.");
    ann.fills_and_presses("Join", &["lobby"]);
    ann.sees("Messages, newest first");
    let head = ann.screen();
    let words = ["1 here", "1 room", "Private", "History", "Settings"];
    let is_head = |line: &str| words.iter().all(|word| line.contains(word));
    assert!(head.lines().take(8).any(is_head), "one line has all ways: {head}");
    let room = format!("{}r/lobby", server.url());
    let bo = comes_in(kind, &room, "Bo", "hello");
    // Ann and Bo write to each other privately.
    ann.follows("Refresh");
    ann.sees("1 new message since your last visit");
    ann.follows("Message privately");
    ann.sees("Only you and Bo can see this.");
    ann.fills_and_presses("Send", &["the heater"]);
    wait_until_said(&ann, "the heater");
    bo.follows("Refresh");
    bo.sees("New private message from Ann.");
    assert!(!bo.screen().contains("the heater"), "{}", bo.screen());
    bo.follows("Open");
    bo.sees("the heater");
    bo.follows("Back to lobby");
    // Ann makes a room of her own.
    ann.follows("Back to lobby");
    ann.sees("hello");
    ann.fills_and_presses("Send", &["/join den swordfish"]);
    ann.sees("No messages yet");
    says(&ann, "inside");
    drop(bo);
    let bo = Terminal::opens(kind, &format!("{}r/den", server.url()));
    bo.sees("den needs a password.");
    bo.fills_and_presses("Join", &["catfish", "Cy"]);
    bo.sees("That is not the password.");
    // The name is still there.
    bo.fills_and_presses("Join", &["swordfish", ""]);
    bo.sees("inside");
    bo.follows("Leave");
    bo.sees("You left den.");
    let screen = bo.screen();
    let is_row =
        |line: &str| line.contains("den") && line.contains("(locked)") && line.contains("1 here");
    assert!(screen.lines().any(is_row), "{screen}");
}

#[test]
fn somebody_comes_and_goes_in_w3m() {
    somebody_comes_and_goes_in(W3M);
}

#[test]
fn somebody_comes_and_goes_in_lynx() {
    somebody_comes_and_goes_in(LYNX);
}

#[test]
fn somebody_comes_and_goes_in_links() {
    somebody_comes_and_goes_in(LINKS);
}

#[test]
fn somebody_comes_and_goes_in_elinks() {
    somebody_comes_and_goes_in(ELINKS);
}

#[test]
fn elinks_loads_the_list_again_by_itself() {
    let server = Server::start();
    let mut bo = server.voice();
    let list = Terminal::opens(ELINKS, &format!("{}r/lobby/list?every=5", server.url()));
    list.sees("No messages yet");
    bo.says("Anybody here?");
    list.sees("Anybody here?");
}
