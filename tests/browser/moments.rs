//! What the page says for a moment: it goes by itself, and nothing moves with it. And what the page
//! comes back to after it was loaded again for a setting.

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, PHONE, Person};
use crate::people::{is_called, opens_panel};

#[test]
fn what_the_server_s_page_has_told_stands_over_the_log_until_the_next_key() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    ann.is_whole();
    let field = "document.querySelector('#field').getBoundingClientRect().top";
    let usual = ann.measures(field);
    ann.goes_to(&format!("{}r/lobby?saved=1", server.url()));
    let told = "document.querySelector('.told')";
    ann.waits_until(&format!("{told}?.innerText === 'Saved.'"));
    assert_eq!(ann.measures(field), usual);
    assert_eq!(ann.sees("document.querySelector('#note').hidden"), true);
    keep_picture(&ann, "360-told.png");
    ann.presses("a");
    ann.waits_until(&format!("!{told}"));
}

#[test]
fn the_note_about_missed_messages_goes_when_the_reader_has_seen_it() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.looks_at("about:blank", PHONE);
    // Each second of the page is a twentieth of one.
    ann.begins_with(
        "(usual => { window.setInterval = (act, ms) => usual(act, ms === 1000 ? 50 : ms); })(setInterval)",
    );
    ann.goes_to(&proxy.url());
    ann.is_connected();
    ann.is_whole();
    let mut raw = server.voice();
    ann.looks_away(true);
    proxy.cut();
    raw.says("missed");
    raw.hears("missed");
    proxy.heal();
    ann.hears("missed");
    let note = "document.querySelector('.stitch')";
    ann.waits_until(&format!("{note}?.innerText === '1 message while you were away'"));
    ann.looks_away(false);
    ann.waits_until(&format!("!{note}"));
    assert_eq!(ann.log(), ["missed"]);
}

#[test]
fn who_has_followed_an_invite_inside_the_chat_does_not_read_of_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("/invite");
    let address = "document.querySelector('#room-menu .made code')?.textContent";
    ann.waits_until(&format!("!!{address}"));
    let invite = ann.reads(address);
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.goes_to(&invite);
    bo.waits_until("!!document.querySelector('main form button')");
    bo.clicks("main form button");
    bo.waits_until("location.pathname === '/r/kitchen'");
    bo.is_connected();
    bo.is_whole();
    let rows = "document.querySelector('#rows').innerText";
    ann.waits_until(&format!("{rows}.includes('Bo joined')"));
    ann.says("welcome");
    bo.hears("welcome");
    assert!(!bo.reads(rows).contains("joined"), "{}", bo.reads(rows));
}

/// In the panel of settings, the person chooses Chinese.
fn chooses_chinese(person: &Person<'_>) {
    person.sees(
        "(list => { list.value = 'zh'; list.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('#me [name=lang]'))",
    );
}

#[test]
fn a_language_that_is_chosen_before_the_page_knows_the_old_one_stays_chosen() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    // The first answer about the settings comes late, as on a slow line.
    ann.sees(
        "window.answers = []; const asks = window.fetch; let isFirst = true; \
         window.fetch = (address, more) => { \
             if (!isFirst || !`${address}`.endsWith('settings')) return asks(address, more); \
             isFirst = false; \
             return asks(address, more).then(it => new Promise(done => answers.push(() => done(it)))); }; \
         true",
    );
    opens_panel(&ann, "me");
    ann.waits_until("answers.length === 1 && !!document.querySelector('#me [name=lang]')");
    // The choice is noticed, then the late answer comes, then the choice is sent.
    let list = "document.querySelector('#me [name=lang]')";
    ann.sees(&format!("{list}.addEventListener('change', () => answers[0]())"));
    chooses_chinese(&ann);
    ann.waits_until("document.documentElement.lang.startsWith('zh')");
}

#[test]
fn another_language_leads_back_to_the_setting() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    opens_panel(&ann, "me");
    ann.waits_until("!!document.querySelector('#me [name=lang]')");
    chooses_chinese(&ann);
    ann.waits_until("document.documentElement.lang.startsWith('zh')");
    ann.is_connected();
    ann.waits_until("document.activeElement?.name === 'lang'");
    assert_eq!(ann.sees("document.querySelector('#me').open"), true);
    keep_picture(&ann, "360-language.png");
    // Once: the next time the page opens as usual.
    ann.reloads();
    ann.is_connected();
    ann.is_whole();
    assert_eq!(ann.sees("document.querySelector('#me').open"), false);
}
