//! Touch: every control is large enough for a finger, and far enough from the next one.

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::seldom::goes_through_seldom_parts;

/// Visible controls that are under 44 x 44 px or closer than 8 px to another one of the same group.
/// Links in a text are exempt, and a checkbox has its whole line. A quote has the 24 px that WCAG
/// 2.5.8 wants: more would cover the text below it.
const WRONG: &str = r"(() => {
  const controls = [...document.querySelectorAll('a, button, summary, input, select, textarea')].filter((one) => {
    const box = one.getBoundingClientRect();
    return one.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1
      && !one.closest('.text, .heard, .said:not(.turn) .head, #skip:not(:focus)');
  });
  const area = (one) => {
    const box = (one.closest('.tick') || one).getBoundingClientRect();
    const more = getComputedStyle(one, '::after');
    const reaches = more.content !== 'none' && more.position === 'absolute';
    const by = (side) => (reaches ? Math.max(0, -parseFloat(more[side]) || 0) : 0);
    return { w: box.width + by('left') + by('right'), h: box.height + by('top') + by('bottom'), box };
  };
  const name = (one) => `${one.tagName} ${one.id || one.name || one.innerText}`;
  const wrong = controls.filter((one) => area(one).w < 43.99 || area(one).h < (one.matches('.quote') ? 24 : 43.99))
    .map((one) => `${name(one)}: ${Math.round(area(one).w)} x ${Math.round(area(one).h)}`);
  const group = (one) => one.closest('.sheet, nav, .actions, .with, #talk-title, #composer, .box');
  controls.forEach((one, nth) => controls.slice(nth + 1).forEach((other) => {
    // Rows of a list are a whole line wide.
    if (group(one) !== group(other) || (one.closest('.list') && other.closest('.list'))) return;
    const [a, b] = [area(one).box, area(other).box];
    const [x, y] = [Math.max(a.left, b.left) - Math.min(a.right, b.right), Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom)];
    if (Math.max(x, y) < 7.99) wrong.push(`${name(one)} and ${name(other)}: ${Math.round(Math.max(x, y))} apart`);
  }));
  if (!controls.length) wrong.push('nothing to press');
  return wrong.join('; ');
})()";

fn is_for_fingers(person: &Person<'_>, what: &str) {
    assert_eq!(person.reads(WRONG), "", "{what}");
}

/// Presses a button of a row, after scrolling to it.
fn presses(person: &Person<'_>, button: &str) {
    person.waits_until(&format!("!!{button}"));
    person.sees(&format!("{button}.click()"));
}

#[test]
fn every_control_is_large_enough_for_a_finger_and_apart_from_the_next() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&bo, "Bo");
    bo.says("/join lobby");
    bo.waits_until("location.pathname === '/r/lobby'");
    bo.is_connected();
    bo.says("Shall we start? See #1 and https://example.org/");
    bo.mark_will_be("Shall we start? See #1 and https://example.org/", "sent");
    for (languages, size) in [("en", 320), ("zh-CN", 320), ("en", 600)] {
        let visit = Visit { width: size, height: 568, languages, ..PHONE };
        let ann = browser.comes(&proxy.url(), visit);
        let words = vec!["a line"; 14].join("\n");
        ann.says(&words);
        ann.waits_until("!!document.querySelector('.own .all')");
        is_for_fingers(&ann, "the room");
        for panel in ["people", "places", "search", "me", "private"] {
            opens_panel(&ann, panel);
            ann.waits_until("document.getAnimations().length === 0");
            is_for_fingers(&ann, panel);
            keep_picture(&ann, &format!("touch-{size}-{languages}-{panel}.png"));
        }
        ann.clicks(".back");
        ann.waits_until("document.querySelector('#letters').hidden");
        presses(&ann, "document.querySelector('.said:not(.own) .head time')");
        ann.waits_until("!!document.querySelector('.actions')");
        is_for_fingers(&ann, "what can be done with a message");
        presses(&ann, "[...document.querySelectorAll('.actions button')].pop()");
        is_for_fingers(&ann, "what else can be done with it");
        keep_picture(&ann, &format!("touch-{size}-{languages}-actions.png"));
        presses(&ann, "document.querySelector('.actions button')");
        ann.waits_until("!document.querySelector('#editing').hidden");
        is_for_fingers(&ann, "what one replies to");
        ann.types("Yes.");
        ann.clicks("#send");
        ann.waits_until("!!document.querySelector('.own .quote')");
        is_for_fingers(&ann, "a reply");
        presses(&ann, "document.querySelector('.own .head time')");
        presses(&ann, "document.querySelectorAll('.actions button')[2]");
        is_for_fingers(&ann, "whether to delete");
        presses(&ann, "document.querySelector('.actions button')");
        presses(&ann, "document.querySelector('.own .head time')");
        presses(&ann, "document.querySelectorAll('.actions button')[1]");
        ann.waits_until("!document.querySelector('#editing').hidden");
        is_for_fingers(&ann, "what is being changed");
        presses(&ann, "document.querySelector('#editing button')");
        ann.types("who wants :te");
        ann.waits_until("document.querySelectorAll('#offers button').length > 1");
        is_for_fingers(&ann, "what is offered");
        ann.sees("document.querySelector('#field').value = ''");
        // The person ignores Bo, and cannot send messages.
        ann.says("/ignore Bo");
        ann.waits_until("!document.querySelector('#ignored').hidden");
        ann.sees("Math.random = () => 0.999");
        proxy.cut();
        ann.waits_until("!!document.querySelector('#state b')");
        ann.says("waits");
        ann.sees("Date.now = (now => () => now() + 10000)(Date.now)");
        ann.says("waits, too");
        ann.waits_until("document.querySelectorAll('.mark button').length === 2");
        is_for_fingers(&ann, "what is not sent");
        opens_panel(&ann, "me");
        is_for_fingers(&ann, "who is not heard");
        proxy.heal();
        ann.closes();
    }
}

#[test]
fn what_is_opened_seldom_is_large_enough_for_a_finger_too_and_fits_on_a_phone() {
    for is_rtl in [false, true] {
        let visit = Visit { width: 320, height: 568, ..PHONE };
        goes_through_seldom_parts(visit, is_rtl, &|person, part| {
            is_for_fingers(person, part);
            let over =
                "document.documentElement.scrollWidth - document.documentElement.clientWidth";
            assert_eq!(person.measures(over), 0.0, "{part} scrolls sideways");
            let name = part.replace(|sign: char| !sign.is_ascii_alphanumeric(), "-");
            keep_picture(
                person,
                &format!("seldom-{}-{name}.png", if is_rtl { "rtl" } else { "ltr" }),
            );
        });
    }
}
