//! Question 20 of `docs/PAGE.md`: the Chinese pages are Chinese everywhere, and use the agreed
//! words.

use std::collections::BTreeMap;

use serde_json::json;

use crate::host::Server;
use crate::look::{TABLES, keep_picture, words};
use crate::page::{Browser, DESKTOP, Person, Visit};
use crate::people::{is_called, opens_panel};

/// The text of a page that is still in Latin letters: in sight, in a tooltip, or read aloud.
/// Without names of people and rooms, messages, and names that are the same in any language.
const LATIN: &str = r"(() => { const left = [];
    const names = /\bBo\b|\bAnn\b|\bCle[oa]\b|Threadbare|UTC|https|English|guest-\d+|\b10m\b|\b30s\b|\b1d\b|lobby|kitchen|soup|\/[a-z-]+(?= )|\bXL\b|\b[SML]\b|HTML|JSON|Esc/g;
    const look = (where, text) => { if (/[A-Za-z]/.test(text.replace(names, ''))) left.push(`${where}: ${text.trim()}`); };
    const nodes = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) { const { data, parentElement } = nodes.currentNode;
        if (!parentElement.closest('bdi, code, .text, #speaker, script, style, noscript, iframe')) look(parentElement.tagName, data); }
    for (const one of document.querySelectorAll('*')) for (const name of ['title', 'aria-label', 'placeholder', 'alt'])
        if (one.hasAttribute(name)) look(`${one.tagName} ${name}`, one.getAttribute(name));
    return left; })()";

fn is_chinese(person: &Person<'_>, what: &str) {
    // Between two pages there is a document without an element, for a moment.
    person.waits_until("!!document.body");
    assert_eq!(person.reads("document.documentElement.lang"), "zh-Hans", "{what}");
    assert_eq!(person.sees(LATIN), json!([]), "{what}");
    let words = person.reads("document.body.innerText");
    assert!(words.chars().any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign)), "{what}: {words}");
}

const CHINESE: Visit = Visit { languages: "zh-CN", ..DESKTOP };

/// Everything that the page reports about others: a private message, people who come, take a name,
/// change a message or delete one.
fn happens(browser: &Browser, server: &Server, ann: &Person<'_>, bo: &Person<'_>) {
    let is_told = |words: &str| {
        ann.waits_until(&format!("document.querySelector('#rows').innerText.includes('{words}')"));
    };
    bo.says("/msg Ann it is a secret");
    is_told("发来私信");
    let cleo = browser.opens(&server.url());
    is_called(&cleo, "Cleo");
    cleo.says("hello");
    cleo.mark_will_be("hello", "sent");
    cleo.says("/edit hello all");
    is_told("已编辑");
    cleo.says("/delete");
    is_told("消息已删除");
    is_called(&cleo, "Clea");
    is_told("改名为");
}

#[test]
fn no_english_is_left_anywhere_on_the_live_page() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("The kettle is on, see https://example.org/");
    bo.says("/topic soup");
    let ann = browser.comes(&server.url(), CHINESE);
    is_called(&ann, "Ann");
    bo.says("Ann, the cake?");
    ann.waits_until("!!document.querySelector('.hit')");
    ann.says("Looking now.");
    ann.mark_will_be("Looking now.", "已发送");
    happens(&browser, &server, &ann, &bo);
    is_chinese(&ann, "the log");
    for panel in ["people", "places", "search", "me", "private"] {
        opens_panel(&ann, panel);
        is_chinese(&ann, panel);
    }
    ann.presses("Escape");
    for (said, answer) in [
        ("/dance", "没有 /dance 这个命令"),
        ("/name Bo", "名字"),
        ("/name a\u{200b}", "名字不能含看不见的字符"),
        ("/delete that", "用法："),
        ("/msg Nobody hello", "名字"),
    ] {
        ann.sees("document.querySelector('#field').value = ''");
        ann.says(said);
        let note = "document.querySelector('#note')";
        ann.waits_until(&format!("!{note}.hidden && {note}.innerText.includes('{answer}')"));
        // The command is the person's own text.
        ann.sees(&format!("{note}.textContent = {note}.textContent.replace('/dance', '')"));
        is_chinese(&ann, said);
    }
    ann.sees("document.querySelector('#field').value = ''");
    ann.presses("ArrowUp");
    is_chinese(&ann, "a change");
    ann.presses("Escape");
    ann.points_at(".own .text");
    ann.waits_until("!!document.querySelector('.own .actions')");
    is_chinese(&ann, "actions");
    ann.clicks(".actions button:nth-child(4)");
    ann.waits_until("document.querySelectorAll('.actions button').length === 5");
    is_chinese(&ann, "more actions");
    ann.clicks(".actions button:nth-child(3)");
    is_chinese(&ann, "delete?");
    ann.clicks(".actions button:nth-child(2)");
    ann.waits_until("!document.querySelector('.actions button:nth-child(3):last-child')");
    ann.says("/help");
    ann.waits_until("document.querySelector('#rows').innerText.includes('输入的内容都会直接发送')");
    keep_picture(&ann, "1280-chinese.png");
    server.stop();
    ann.line_will_say("连接已断开。");
    ann.says("This waits.");
    is_chinese(&ann, "closed");
}

#[test]
fn no_english_is_left_on_the_pages_without_scripts() {
    let folder = std::env::temp_dir().join(format!("threadbare-zh-{}", std::process::id()));
    let server = Server::start_with("127.0.0.1:0", &["--data", folder.to_str().unwrap()]);
    let shut = Server::start_with("127.0.0.1:0", &["--password", "swordfish"]);
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("/topic soup");
    let mut raw = server.voice();
    (0..30).for_each(|number| raw.says(&format!("line {number}")));
    raw.hears("line 29");
    drop(raw);
    bo.hears("line 29");
    let ann = browser.looks_at("about:blank", CHINESE);
    for page in [
        "r/lobby",
        "r/lobby?every=30",
        "r/lobby?live=1",
        // This page keeps a chosen way of updating.
        "r/lobby?way=",
        "r/lobby/list?every=30",
        "r/lobby?before=20",
        "r/lobby?find=line",
        "r/lobby?find=line&day=x",
        "r/lobby/private",
        "r/kitchen",
        "settings?room=lobby",
    ] {
        if page.contains("live=") {
            // This page never finishes loading.
            ann.goes_to(&format!("{}{page}", server.url()));
            ann.waits_until("!!document.querySelector('iframe.stream')");
        } else {
            ann.opens_without_scripts(&format!("{}{page}", server.url()));
        }
        is_chinese(&ann, page);
        if page == "r/lobby" {
            // A person with a session has more on a page than a stranger.
            crate::scriptless::fills(&ann, "name", "Ann");
            crate::scriptless::says(&ann, "hello");
            is_chinese(&ann, "who has a name");
            ann.clicks("input[name^=edit]");
            ann.waits_until("!!document.querySelector('[name=change]')");
            is_chinese(&ann, "a change");
        }
    }
    keep_picture(&ann, "1280-chinese-settings.png");
    ann.opens_without_scripts(&shut.url());
    is_chinese(&ann, "the way in");
    drop(server);
    std::fs::remove_dir_all(folder).ok();
}

/// The words of the page for the connection, a message, a room, and more.
const AGREED: &[(&str, &str, &str)] = &[
    ("connected", "connected", "已连接"),
    ("wayStream", ", sending slower than usual", "，发送稍慢"),
    ("wayPoll", ", slower than usual", "，收发稍慢"),
    ("closed", "Connection closed.", "连接已断开。"),
    ("retryIn", "Reconnecting in {n} s.", "{n} 秒后重连。"),
    ("now", "Reconnect now", "立即重连"),
    ("retryNow", "Reconnecting now.", "正在重连。"),
    ("offline", "This device is offline.", "设备已离线。"),
    ("stopped", "The server stopped. Trying to reconnect.", "服务器已停止，正在重试。"),
    ("ended", "The server closed the connection: {reason}.", "管理员已关闭：{reason}。"),
    ("joinAgain", "Join again", "重新加入"),
    ("whileAway", "{n} messages while you were away", "你不在时有 {n} 条消息"),
    ("whileAwayOne", "1 message while you were away", "你不在时有 1 条消息"),
    ("tooOld", "{n} older messages are no longer stored.", "{n} 条更早的消息已不再保存。"),
    (
        "newEpoch",
        "The server started a new history. Earlier messages are not available.",
        "服务器启用了新记录，之前的消息不在这里。",
    ),
    (
        "notKept",
        "The last {n} messages were lost: the server stopped before saving them.",
        "最后 {n} 条消息丢失：服务器在保存前停止了。",
    ),
    (
        "skipped",
        "The server restarted, or its disk failed. Numbering continues at {n}.",
        "服务器已重启或磁盘出错，编号从 {n} 继续。",
    ),
    ("sending", "sending", "发送中"),
    ("sent", "sent", "已发送"),
    ("waits", "will send when reconnected", "连接恢复后发送"),
    ("notKeptAgain", "lost; sending again", "已丢失，正在重发"),
    ("editedMark", "edited", "已编辑"),
    ("deletedWords", "Message deleted.", "消息已删除。"),
    ("toYou", "to you", "提到了你"),
    ("joined", "{name} joined", "{name} 加入了"),
    ("left", "{name} left", "{name} 离开了"),
    ("renamed", "{name} is now {to}", "{name} 改名为 {to}"),
    ("topicSet", "{name} set the topic: {topic}", "{name} 把话题设为：{topic}"),
    ("newMany", "{n} new messages", "{n} 条新消息"),
    ("nothingYet", "No messages yet. Write the first one.", "还没有消息，说第一句吧。"),
    (
        "tooFast",
        "Slow down: your text is back in the field. Try again in {n} s.",
        "请慢一点：文字已放回输入框，{n} 秒后再试。",
    ),
    ("bytesOverRefused", "Too long by {n} bytes. Not sent.", "超出约 {n} 个字，未发送。"),
    ("yourName", "Your name", "你的名字"),
    ("goIn", "Join", "加入"),
    ("openIt", "Open", "打开"),
    ("wroteToYou", "New private message from {name}.", "{name} 给你发来私信。"),
    ("onlyYouTwo", "Only you and {name} can see this.", "仅你和 {name} 可见。"),
    ("badName", "You cannot use this name: {why}.", "不能使用此名字：{why}。"),
    ("refusedPassword", "{room} needs a password.", "{room} 需要密码。"),
    ("noScript", "This page does not update by itself.", "本页不会自动更新。"),
    (
        "noFrames",
        "This browser cannot update the page by itself.",
        "这个浏览器无法自动更新此页面。",
    ),
    ("refresh", "Refresh", "刷新"),
    ("streamEnded", "Live updates have stopped.", "数据流已结束。"),
    ("refreshPage", "Refresh page", "刷新页面"),
    ("typingOne", "{one} is typing", "{one} 正在输入"),
    ("typingTwo", "{one} and {two} are typing", "{one} 和 {two} 正在输入"),
    ("typingMany", "several people are typing", "多人正在输入"),
    ("sinceMany", "{n} new messages since your last visit", "上次查看后有 {n} 条新消息"),
];

/// All sentences of a language, by key.
fn all(language: &str) -> BTreeMap<String, String> {
    TABLES.iter().flat_map(|table| words(language, table)).collect()
}

#[test]
fn the_sentences_are_those_that_were_agreed() {
    let (english, chinese) = (all("en"), all("zh"));
    for (key, en, zh) in AGREED {
        assert_eq!(english[*key], format!("\"{en}\""), "{key}");
        assert_eq!(chinese[*key], format!("\"{zh}\""), "{key}");
    }
    // A Chinese sentence has full-width punctuation only.
    for (key, text) in &chinese {
        let words = text.trim_matches('"');
        assert!(
            words.is_ascii() || !words.ends_with(['.', ',', '!', '?', ':', ';']),
            "{key}: {words}"
        );
    }
}
