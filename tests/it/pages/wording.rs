//! How pages without scripts put their words: a name once, counts in one form, and no two buttons
//! that sound alike.

use std::collections::BTreeSet;

use serde_json::json;

use super::elsewhere::{joins, says};
use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::{Numbered, ServerProcess};

/// The list's item with this text.
fn row<'a>(page: &'a str, text: &str) -> &'a str {
    let mut rows = page.split("<li ").skip(1).map(|row| row.split("</li>").next().unwrap());
    rows.find(|row| row.contains(text)).unwrap_or_else(|| panic!("{text}: {page}"))
}

fn in_chinese(mut browser: Browser) -> Browser {
    browser.look = Some("threadbare-look=lang=zh".to_owned());
    browser
}

#[test]
fn a_row_has_the_name_of_who_acts_once() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    for text in ["/me waves", "/topic soup", "/name Anna"] {
        assert_eq!(ann.sends(&[("text", text)]).status, 303, "{text}: {}", ann.page);
        ann.gets("/r/lobby");
    }
    for deed in
        ["<i>waves</i>", "<i>set the topic: <bdi>soup</bdi></i>", "<i>is now <bdi>Anna</bdi></i>"]
    {
        let row = row(&ann.page, deed);
        assert_eq!(row.matches("<bdi>Ann</bdi>").count(), 1, "{row}");
    }
    ann = in_chinese(ann);
    ann.gets("/r/lobby");
    let row = row(&ann.page, "<i>把话题设为：<bdi>soup</bdi></i>");
    assert_eq!(row.matches("Ann").count(), 1, "{row}");
}

#[test]
fn each_button_beside_a_message_says_whose_message_it_is_and_which() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.says_each(&["one", "two"]);
    ann.gets("/r/lobby");
    let names = |page: &str| -> Vec<String> {
        let labels = page.split("class=\"change\" aria-label=\"").skip(1);
        labels.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let wanted = ["Reply: Bo, #3", "Reply: Bo, #2", "Edit: Ann, #1", "Delete: Ann, #1"];
    let found = names(&ann.page);
    for name in wanted {
        assert!(found.iter().any(|found| found == name), "{name}: {found:?}");
    }
    assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "{found:?}");
    assert_eq!(found.len(), ann.page.matches("class=\"change\"").count(), "{}", ann.page);
    ann = in_chinese(ann);
    ann.gets("/r/lobby");
    assert!(names(&ann.page).contains(&"回复：Bo，#3".to_owned()), "{:?}", names(&ann.page));
}

#[test]
fn a_chinese_page_counts_in_one_form_and_has_no_space_beside_a_wide_bracket() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    joins(&mut bo, "den");
    let mut ann = in_chinese(somebody(server.addr, "Ann", "hello"));
    for page in ["/r/lobby/now/1", "/r/den", "/r/lobby"] {
        ann.gets(page);
    }
    says(&mut bo, "den", "@Ann tea?");
    says(&mut bo, "@Ann", "psst");
    bo.asks(json!({"type": "away", "text": "lunch"}));
    bo.hears("away");
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["个房间（1 条新消息、1 条提到你）</a>", "私信（1）</a>"]);
    for page in ["/r/lobby", "/r/lobby/private", "/r/lobby/private?to=Bo", "/rooms"] {
        ann.gets(page);
        for wrong in [" （", "（ ", "） ，", "暂离)", " (暂离", "： <a"] {
            assert!(!ann.page.contains(wrong), "{wrong}: {page}: {}", ann.page);
        }
    }
    ann.gets("/r/lobby");
    assert!(ann.page.contains("（暂离：<bdi>lunch</bdi>）"), "{}", ann.page);
}
