//! Who is busy says why in their own panel, and others see it in the list of people.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::Browser;
use crate::people::{is_called, opens_panel};

#[test]
fn an_excuse_is_seen_by_others_and_heard_by_whoever_writes_until_it_ends() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    opens_panel(&ann, "me");
    // The hint stands below the field, and the two ways to other devices do not touch.
    let gap = |upper: &str, lower: &str| {
        ann.measures(&format!(
            "document.querySelector('{lower}').getBoundingClientRect().top - \
             document.querySelector('{upper}').getBoundingClientRect().bottom"
        ))
    };
    assert!((0.0..=16.0).contains(&gap("#me .away input", "#away-hint")), "the hint");
    let devices = gap("#me a[href*=\"device\"]", "#sign-out button");
    assert!((7.5..=20.0).contains(&devices), "{devices}");
    ann.waits_until("!!document.querySelector('#me [name=away]')");
    ann.sees("document.querySelector('#me [name=away]').focus()");
    ann.types("lunch");
    keep_picture(&ann, "1280-away.png");
    ann.presses("Enter");
    let told = "document.querySelector('#me .away ~ [role=status]').innerText";
    let field = "document.querySelector('#me [name=away]').value";
    ann.waits_until(&format!("{told} === 'You are away.' && {field} === 'lunch'"));
    let of_ann = "document.querySelector('#people li[data-name=Ann] .count')?.innerText";
    ann.waits_until(&format!("{of_ann} === 'you; away: lunch'"));
    bo.waits_until(&format!("{of_ann} === 'away: lunch'"));
    bo.says("/msg Ann soup?");
    bo.waits_until(r"document.querySelector('#note').innerText.replace(/[\u2068\u2069]/g, '').includes('Ann is away: lunch')");
    ann.sees("document.querySelector('#me').open = false");
    ann.says("here I am");
    bo.waits_until(&format!("{of_ann} === ''"));
    ann.waits_until(&format!("{of_ann} === 'you' && {field} === ''"));
    // By the panel, too; and of a long reason the end is cut, and not the name.
    ann.says("/away a very long lunch with everybody else");
    bo.waits_until(&format!("{of_ann}?.startsWith('away: a very')"));
    let is_whole = "(name => name.scrollWidth <= name.clientWidth)\
                    (document.querySelector('#people li[data-name=Ann] bdi'))";
    for person in [&ann, &bo] {
        person.waits_until(is_whole);
    }
    keep_picture(&bo, "1280-away-seen.png");
    opens_panel(&ann, "me");
    ann.waits_until(&format!("{field}.startsWith('a very')"));
    ann.sees("document.querySelector('#me [name=away]').value = ''");
    ann.clicks("#me .away button");
    ann.waits_until(
        "document.querySelector('#me .away ~ [role=status]').innerText === 'You are back.'",
    );
    bo.waits_until(&format!("{of_ann} === ''"));
    bo.says("/whois Ann");
    bo.waits_until(r"document.querySelector('#note').innerText.replace(/[\u2068\u2069]/g, '').includes('Ann is here')");
}
