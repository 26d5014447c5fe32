//! What the page offers during typing, and how it shows marks in a text.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, PHONE, Person};
use crate::people::is_called;

/// The words that the page offers over the field.
pub(crate) const OFFERED: &str =
    "[...document.querySelectorAll('#offers button')].map(b => b.innerText).join('|')";

fn empties(person: &Person<'_>) {
    person.sees(
        "(f => { f.value = ''; f.dispatchEvent(new Event('input')); })\
         (document.querySelector('#field'))",
    );
}

#[test]
fn a_name_is_completed_by_tab_and_tab_leaves_the_field_otherwise() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Boris Ω");
    let third = browser.opens(&server.url());
    is_called(&third, "bodo");
    ann.goes_to_field();
    // After one letter, the page offers nothing.
    ann.types("b");
    assert_eq!(ann.reads(OFFERED), "");
    ann.types("O");
    ann.waits_until(&format!("{OFFERED} === 'Boris Ω|bodo'"));
    keep_picture(&ann, "1280-offers.png");
    ann.presses("Tab");
    assert_eq!(ann.field(), "@Boris Ω ", "who begins with a name speaks to that person");
    assert_eq!(ann.reads(OFFERED), "");
    ann.types("ask @bod");
    assert_eq!(ann.reads(OFFERED), "bodo");
    ann.clicks("#offers button");
    assert_eq!(ann.field(), "@Boris Ω ask @bodo ", "an @ speaks to a person anywhere");
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    // Escape removes the offers and nothing else.
    ann.types("bo");
    ann.presses("Escape");
    assert_eq!([ann.reads(OFFERED), ann.field()], ["", "@Boris Ω ask @bodo bo"]);
    ann.presses("Tab");
    assert_eq!(ann.reads("document.activeElement.id"), "send", "nobody is caught in the field");
    ann.goes_to_field();
    ann.presses("Enter");
    bo.hears("@Boris Ω ask @bodo bo");
    // The offers disappear when the message is sent.
    ann.types("so says bo");
    assert_eq!(ann.reads(OFFERED), "Boris Ω|bodo");
    ann.presses("Enter");
    assert_eq!([ann.reads(OFFERED), ann.field()], ["", ""]);
    // The page does not offer one's own name.
    empties(&ann);
    ann.types("an");
    assert_eq!(ann.reads(OFFERED), "");
    empties(&ann);
    ann.types("/msg bo");
    ann.presses("Tab");
    assert_eq!(ann.field(), "/msg Boris Ω ");
}

/// The marked suggestion, as the field says which it is.
const MARKED: &str = "(id => id ? document.getElementById(id).innerText : '')\
    (document.querySelector('#field').getAttribute('aria-activedescendant'))";

#[test]
fn a_name_that_is_begun_behind_an_at_is_marked_and_enter_takes_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let others = ["Cora", "Carla", "Carlabella"].map(|name| {
        let other = browser.opens(&server.url());
        is_called(&other, name);
        other
    });
    ann.goes_to_field();
    // Behind the @ alone nothing is marked; from the first letter on the first name is.
    ann.types("@");
    ann.waits_until(&format!("{OFFERED} === 'Carla|Carlabella|Cora'"));
    assert_eq!(ann.reads(MARKED), "");
    ann.types("c");
    assert_eq!(ann.reads(MARKED), "Carla");
    keep_picture(&ann, "1280-marked.png");
    for (key, marked) in [
        ("ArrowDown", "Carlabella"),
        ("ArrowDown", "Cora"),
        ("ArrowDown", "Carla"),
        ("ArrowUp", "Cora"),
    ] {
        ann.presses(key);
        assert_eq!(ann.reads(MARKED), marked, "{key}");
        let selected =
            "[...document.querySelectorAll('#offers [role=option][aria-selected=true]')]";
        assert_eq!(ann.reads(&format!("{selected}.map(it => it.innerText).join()")), marked);
    }
    ann.presses("Enter");
    assert_eq!([ann.field(), ann.reads(OFFERED), ann.reads(MARKED)], ["@Cora ", "", ""]);
    ann.types("and @car");
    ann.presses("ArrowDown");
    ann.presses("Tab");
    assert_eq!(ann.field(), "@Cora and @Carlabella ");
    // Escape closes the suggestions; the next Enter sends the text as it is.
    ann.types("@co");
    ann.presses("Escape");
    assert_eq!([ann.reads(OFFERED), ann.reads(MARKED)], ["", ""]);
    ann.presses("Enter");
    others[0].hears("@Cora and @Carlabella @co");
    // Somebody's whole name is sent, though a longer one begins with it.
    ann.types("@Carla");
    assert_eq!([ann.reads(OFFERED), ann.reads(MARKED)], ["Carlabella", ""]);
    ann.presses("Enter");
    others[1].hears("@Carla");
    assert_eq!(ann.field(), "");
    // A word that only looks like a name is sent, too, unless an arrow marks a name before.
    ann.types("car");
    assert_eq!([ann.reads(OFFERED), ann.reads(MARKED)], ["Carla|Carlabella", ""]);
    ann.presses("ArrowDown");
    assert_eq!(ann.reads(MARKED), "Carla");
    ann.presses("Enter");
    assert_eq!(ann.field(), "@Carla ");
    empties(&ann);
    ann.types("car");
    // Without a mark this key is the text's, and the caret leaves the word.
    ann.presses("ArrowUp");
    assert_eq!([ann.reads(OFFERED), ann.reads(MARKED)], ["", ""]);
    assert_eq!(ann.measures("document.querySelector('#field').selectionStart"), 0.0);
}

#[test]
fn a_command_that_is_begun_is_completed_by_enter_and_a_whole_one_runs() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.goes_to_field();
    ann.types("/whoi");
    ann.waits_until(&format!("{MARKED} === '/whois'"));
    ann.presses("Enter");
    assert_eq!(ann.field(), "/whois ");
    empties(&ann);
    // There is a longer command that begins like this one.
    ann.types("/who");
    assert_eq!([ann.reads(OFFERED), ann.reads(MARKED)], ["/whois", ""]);
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#field').value === ''");
    ann.waits_until("document.querySelector('#people').open !== false");
}

#[test]
fn emoji_are_there_by_their_names_also_for_fingers() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    ann.goes_to_field();
    ann.types("who wants :te");
    // The table of emoji is loaded now.
    ann.waits_until(&format!("{OFFERED} !== ''"));
    assert!(ann.reads(OFFERED).starts_with("🍵 tea|"), "{}", ann.reads(OFFERED));
    keep_picture(&ann, "360-emoji.png");
    let sizes = "[...document.querySelectorAll('#offers button')].every(b => b.offsetHeight >= 44)";
    ann.waits_until(sizes);
    ann.clicks("#offers button");
    ann.types("and :cake:");
    assert_eq!(ann.field(), "who wants 🍵 and 🍰");
    // Text of an unfinished composition stays as it is.
    empties(&ann);
    ann.composes(":tea:");
    assert_eq!(ann.field(), ":tea:");
    empties(&ann);
    // A phone's keyboard composes each word, so the page offers during a composition, too.
    ann.composes(":cak");
    ann.waits_until(&format!("{OFFERED} === '🍰 cake'"));
    // A text that is no emoji's name stays as it is, even without spaces around it.
    empties(&ann);
    ann.types("10:30:");
    ann.types(" :nothing: :constructor:");
    assert_eq!(ann.field(), "10:30: :nothing: :constructor:");
}

#[test]
fn marks_are_shown_and_stay_and_what_is_no_mark_is_text() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let told = [
        ("*now* and _then_", "*now*|B _then_|EM"),
        ("**bold** and __so__", "**bold**|B __so__|EM"),
        ("*see http://box.test/_a*", "*see http://box.test/_a*|B http://box.test/_a|A"),
        ("http://box.test/_a_/*b*", "http://box.test/_a_/*b|A"),
        ("3*4*5, a_b_c, 2 * 3 * 4, * a*, _ _", ""),
        ("a `tick and *a star", ""),
        ("一件*大*事", "*大*|B"),
        ("会议改到*五点*，_别忘了_带茶", "*五点*|B _别忘了_|EM"),
        ("五*a*点, a*五*b, 共3*4*5", "*a*|B"),
        ("(*大事*)", "*大事*|B"),
    ];
    let parts = "(t => [...t.querySelectorAll('*')].map(e => e.textContent + '|' + e.tagName).join(' '))\
                 ([...document.querySelectorAll('#rows .text')].pop())";
    for (text, marked) in told {
        ann.says(text);
        ann.hears(text);
        assert_eq!(ann.reads(parts), marked, "{text}");
    }
    // The marks of code are not shown, and what is between them stays as it is.
    ann.says("run `a *b* <i>`");
    ann.hears("run a *b* <i>");
    assert_eq!(ann.reads(parts), "a *b* <i>|CODE");
    let long = "x".repeat(300);
    ann.goes_to_field();
    ann.types(&format!("so:\n```rust\nfn main() {{\n    *{long}\n}}\n```\nor so"));
    ann.presses("Enter");
    ann.hears(&format!("so:\nfn main() {{\n    *{long}\n}}or so"));
    ann.waits_until("document.querySelector('code.block').offsetHeight > 60");
    // A long line scrolls inside its block.
    ann.waits_until("(b => b.scrollWidth > b.clientWidth)(document.querySelector('code.block'))");
    ann.waits_until("(b => b.scrollWidth === b.clientWidth)(document.querySelector('#box'))");
    keep_picture(&ann, "1280-markup.png");
}
