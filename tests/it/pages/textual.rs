//! What a browser in a terminal gets, such as w3m or Lynx.

use crate::harness::Numbered;
use crate::harness::ServerProcess;
use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::raw::request;

/// Returns the page at `path` as a browser with this `User-Agent` gets it. `look` is the cookie
/// with its settings.
fn page(ann: &Browser, path: &str, agent: &str, look: &str) -> String {
    let session = ann.cookie.as_deref().unwrap();
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: {agent}\r\n\
         Cookie: {session}; threadbare-look={look}\r\n\r\n",
        ann.addr
    );
    request(ann.addr, &head).text()
}

const W3M: &str = "w3m/0.5.3+git20230121";

/// Such a browser writes the number of each item of an `ol`, whatever the style says.
#[test]
fn a_terminal_shows_the_numbers_of_messages_only_if_the_reader_wants_them() {
    let server = ServerProcess::start(&[]);
    let ann = somebody(server.addr, "Ann", "hello");
    for agent in [W3M, "Lynx/2.9.0dev.12"] {
        let room = page(&ann, "/r/lobby", agent, "");
        assert!(room.contains("<ul><li") && !room.contains("<ol"), "{agent}: {room}");
        let room = page(&ann, "/r/lobby", agent, "numbers=yes");
        assert!(room.contains("<ol reversed><li value=\"1\""), "{agent}: {room}");
    }
    let room = page(&ann, "/r/lobby", "Mozilla/5.0", "");
    assert!(room.contains("<ol reversed><li value=\"1\""), "{room}");
}

/// w3m leaves out a space between two Chinese characters.
#[test]
fn links_in_chinese_do_not_run_together_in_a_terminal() {
    let server = ServerProcess::start(&[]);
    let ann = somebody(server.addr, "Ann", "hello");
    for path in ["/r/lobby", "/r/lobby/private", "/rooms", "/settings?room=lobby"] {
        let room = page(&ann, path, W3M, "lang=zh");
        assert!(room.contains("lang=\"zh-Hans\""), "{path}: {room}");
        for apart in ["</a> <a", "</span> <a", "</small> <a"] {
            assert!(!room.contains(apart), "{path}: {room}");
        }
    }
    let room = page(&ann, "/r/lobby", W3M, "lang=zh");
    has_in_order(&room, &["</small>\u{a0}<a", ">设置</a>", "value=\"编辑\">", "value=\"删除\">"]);
    let room = page(&ann, "/r/lobby", "Mozilla/5.0", "lang=zh");
    assert!(!room.contains("</a>\u{a0}<"), "{room}");
}

#[test]
fn the_field_for_a_message_and_its_button_fit_into_a_terminal_of_80_columns() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let ann = somebody(server.addr, "Ann", "hello");
    for (path, columns) in
        [("/r/lobby", 56), ("/r/lobby/private?to=Bo", 40), ("/r/lobby?change=1", 56)]
    {
        let room = page(&ann, path, W3M, "");
        assert!(room.contains(&format!("name=\"text\" size=\"{columns}\"")), "{path}: {room}");
        // The Tab key of w3m leaves out a `button` that begins a line.
        let words = if path.contains("change") { "Save" } else { "Send" };
        let button = format!("<input type=\"submit\" value=\"{words}\">");
        assert!(room.contains(&button), "{path}: {room}");
    }
    let room = page(&ann, "/r/lobby", "Mozilla/5.0", "");
    assert!(room.contains("name=\"text\" id=\"message\" size=\"64\""), "{room}");
}

/// Frames, and pages that load themselves again, do nothing there.
#[test]
fn in_a_terminal_a_page_says_why_it_has_one_way_to_new_messages() {
    let server = ServerProcess::start(&[]);
    let ann = somebody(server.addr, "Ann", "hello");
    for path in ["/r/lobby", "/r/lobby/private?to=Ann", "/r/lobby/private"] {
        let room = page(&ann, path, W3M, "");
        has_in_order(
            &room,
            &["This browser cannot update the page by itself.", "name=\"refresh\""],
        );
        let room = page(&ann, path, "Mozilla/5.0", "");
        has_in_order(&room, &["This page does not update by itself.", "name=\"refresh\""]);
    }
}
