//! What the page says to readers of themselves: of their name and its password, of their devices,
//! and of the end of their session.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};

/// The words of the reader's panel.
const SETTINGS: &str = "document.querySelector('#me .sheet').innerText";

/// Presses the button with these words, in the part of the page with this selector.
fn presses(person: &Person<'_>, part: &str, words: &str) {
    let button = format!(
        "[...document.querySelectorAll('{part} button, {part} a')]\
         .find((it) => it.innerText === '{words}' && it.checkVisibility())"
    );
    person.waits_until(&format!("!!{button}"));
    person.sees(&format!("{button}.click()"));
}

#[test]
fn a_message_that_waited_over_a_reload_has_its_author_s_name() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    // The page draws before it knows who its reader is.
    ann.begins_with("window.requestAnimationFrame = (draw) => setTimeout(draw, 0)");
    ann.sees(
        "localStorage['threadbare.unsent.lobby.a1b2c3d4'] = \
         JSON.stringify({ type: 'say', text: 'soup waits', at: Date.now(), more: {}, of: '' })",
    );
    ann.reloads();
    ann.hears("soup waits");
    ann.mark_will_be("soup waits", "sent");
    assert_eq!(ann.reads("document.querySelector('#rows .own .head .who').innerText"), "Ann");
}

#[test]
fn the_settings_know_that_the_name_has_a_password() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let name = format!("Tom{}", visit.width);
        let tom = browser.comes(&server.url(), visit);
        is_called(&tom, &name);
        opens_panel(&tom, "me");
        presses(&tom, "#sign-out", "Sign out");
        tom.waits_until(&format!("{SETTINGS}.includes('Without a password you cannot come back')"));
        // As everywhere in a question, Cancel comes first.
        let buttons =
            "[...document.querySelectorAll('#sign-out button')].map((it) => it.innerText).join()";
        assert_eq!(tom.reads(buttons), "Cancel,Sign out");
        assert_eq!(tom.reads("document.activeElement.innerText"), "Cancel");
        presses(&tom, "#sign-out", "Cancel");
        tom.sees("document.querySelector('#me [name=secret]').focus()");
        tom.types("pine");
        tom.presses("Enter");
        tom.waits_until("document.body.innerText.includes('has a password now.')");
        for _ in 0..2 {
            opens_panel(&tom, "me");
            tom.waits_until(&format!("{SETTINGS}.includes('Your name has a password. Change it')"));
            assert_eq!(
                tom.sees("document.querySelector('#me [name=secret]').checkVisibility()"),
                false
            );
            keep_picture(&tom, &format!("{}-has-password.png", visit.width));
            presses(&tom, "#sign-out", "Sign out");
            tom.waits_until(&format!(
                "{SETTINGS}.includes('you come back to it with its password')"
            ));
            keep_picture(&tom, &format!("{}-sign-out.png", visit.width));
            tom.reloads();
            tom.is_connected();
            tom.is_whole();
        }
        opens_panel(&tom, "me");
        presses(&tom, "#me .name", "Change it");
        tom.waits_until("document.activeElement.name === 'secret'");
        tom.types("fir");
        tom.presses("Enter");
        tom.waits_until("document.body.innerText.includes('has a new password.')");
        assert!(tom.console().is_empty(), "{:?}", tom.console());
    }
}

#[test]
fn a_password_that_was_set_is_told_beside_its_field() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let tom = browser.comes(&server.url(), visit);
        tom.is_whole();
        opens_panel(&tom, "me");
        tom.waits_until("!!document.querySelector('#me [name=name]')");
        tom.sees("document.querySelector('#me [name=name]').select()");
        let name = format!("Tom{}", visit.width);
        tom.types(&name);
        tom.sees("document.querySelector('#me [name=secret]').focus()");
        tom.types("pine");
        tom.presses("Enter");
        let told = r"document.querySelector('#me .name [role=status]').innerText.replace(/[\u2068\u2069]/g, '')";
        tom.waits_until(&format!("{told}.startsWith('{name} has a password now.')"));
        assert_eq!(tom.sees("document.querySelector('#me').open"), true);
        assert_eq!(tom.reads("document.activeElement.innerText"), "Change it");
        keep_picture(&tom, &format!("{}-password-set.png", visit.width));
        presses(&tom, "#me .name", "Change it");
        tom.types("fir");
        tom.presses("Enter");
        tom.waits_until(&format!("{told}.startsWith('{name} has a new password.')"));
        tom.presses("Escape");
        tom.waits_until("!document.querySelector('#me').open");
        assert!(tom.console().is_empty(), "{:?}", tom.console());
        tom.closes();
    }
}

#[test]
fn the_form_for_a_room_s_password_can_be_put_away() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    bo.says("/join cellar swordfish");
    bo.waits_until("location.pathname === '/r/cellar'");
    let door = "!document.querySelector('#rooms .door').hidden";
    let is_red = "document.querySelector('.door p').classList.contains('problem')";
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        let asks = || {
            ann.says("/join cellar");
            ann.waits_until(&format!("{door} && document.activeElement.name === 'password'"));
        };
        asks();
        assert_eq!(ann.sees(is_red), false, "nobody has done anything wrong yet");
        ann.types("catfish");
        ann.presses("Enter");
        ann.waits_until(is_red);
        keep_picture(&ann, &format!("{}-door.png", visit.width));
        presses(&ann, ".door", "Cancel");
        ann.waits_until(&format!("!({door})"));
        asks();
        assert_eq!(ann.sees(is_red), false);
        ann.presses("Escape");
        ann.waits_until(&format!("!({door})"));
    }
}

#[test]
fn a_session_that_ends_says_so_once_and_leaves_one_field_for_a_password() {
    let server = Server::start();
    let browsers = [Browser::start(), Browser::start()];
    let [ann, other] = [&browsers[0], &browsers[1]].map(|browser| browser.opens(&server.url()));
    for person in [&ann, &other] {
        person.says("/name Ann#fish");
        person.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    }
    let bo = browsers[0].opens(&format!("{}r/kitchen", server.url()));
    bo.says("/join cellar swordfish");
    bo.waits_until("location.pathname === '/r/cellar'");
    other.says("/join cellar");
    other.waits_until("document.activeElement.name === 'password'");
    ann.says("/name Ann#dish");
    other.line_will_say("You are signed out here.");
    other.waits_until("document.querySelector('#hello input').type === 'password'");
    let fields = "[...document.querySelectorAll('input[type=password]')]\
        .filter((it) => it.checkVisibility()).length";
    other.waits_until(&format!("{fields} === 1"));
    assert_eq!(
        other.line_says().trim(),
        "You are signed out here. Enter your password above, or join again as a guest. Join again"
    );
    assert_eq!(other.sees("document.querySelector('#note').hidden"), true);
    assert_eq!(other.sees("document.querySelector('#send').disabled"), true);
    // Nothing was typed, so the password comes next.
    assert_eq!(other.reads("document.activeElement.id"), "hello-name");
    keep_picture(&other, "1280-signed-out.png");
}

#[test]
fn a_locked_room_has_one_link_to_copy_and_its_menu_opens_at_its_top() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let bo = browser.comes(&format!("{}r/lobby", server.url()), visit);
        bo.says(&format!("/join cellar{} soup", visit.width));
        bo.waits_until(&format!("location.pathname === '/r/cellar{}'", visit.width));
        bo.is_connected();
        bo.is_whole();
        let start = "document.querySelector('#empty p:not([hidden])').innerText";
        bo.waits_until(&format!("{start}.startsWith('Only people with the password')"));
        presses(&bo, "#empty", "Invite");
        bo.waits_until("!!document.querySelector('.made code')");
        keep_picture(&bo, &format!("{}-locked-invite.png", visit.width));
        let copies = "[...document.querySelectorAll('#room-menu button')]\
            .filter((it) => it.checkVisibility() && it.innerText.startsWith('Copy')).map((it) => it.innerText).join()";
        assert_eq!(bo.reads(copies), "Copy invite link");
        bo.presses("Escape");
        bo.waits_until("!document.querySelector('#room-menu').open");
        opens_panel(&bo, "room-menu");
        bo.waits_until("document.querySelector('#room-menu .sheet').scrollTop === 0");
        keep_picture(&bo, &format!("{}-locked-menu.png", visit.width));
    }
}

#[test]
fn who_comes_by_a_link_to_another_device_is_told_who_they_are_and_the_link_ends() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    // What is due in five minutes waits.
    ann.sees(
        "window.usual = setTimeout; window.late = []; \
         window.setTimeout = (act, ms) => (ms === 300000 ? late.push(act) : usual(act, ms))",
    );
    opens_panel(&ann, "me");
    presses(&ann, "#me", "Use on another device");
    ann.waits_until("!!document.querySelector('#me .made code')");
    ann.waits_until(&format!("{SETTINGS}.includes('Only this computer can open this address')"));
    keep_picture(&ann, "1280-device.png");
    let link = ann.reads("document.querySelector('#me .made code').innerText");
    let phone = browser.looks_at(&link, PHONE);
    phone.waits_until(
        "document.readyState === 'complete' && !!document.querySelector('main form button')",
    );
    phone.clicks("main form button");
    phone.is_connected();
    let rows = "document.querySelector('#rows').innerText";
    phone.waits_until(&format!("{rows}.includes('You are Ann now.')"));
    phone.reloads();
    phone.is_connected();
    phone.is_whole();
    assert!(!phone.reads(rows).contains("You are Ann now."));
    let made = "document.querySelector('#me .made').innerText";
    let used = "Another device has signed in. Make a new link if you need one.";
    ann.waits_until(&format!("{made} === '{used}'"));
    ann.sees("late[0]()");
    assert_eq!(ann.reads(made), used);
    assert_eq!(ann.sees("!!document.querySelector('#me .made code')"), false);
    // Nobody follows the next link in time.
    presses(&ann, "#me", "Use on another device");
    ann.waits_until("!!document.querySelector('#me .made code')");
    ann.sees("late[1]()");
    ann.waits_until(&format!("{made} === 'This link has expired. Make a new one.'"));
}

#[test]
fn signing_out_names_the_hidden_rooms_which_no_list_shows_again() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    opens_panel(&ann, "me");
    presses(&ann, "#sign-out", "Sign out");
    ann.waits_until(
        "document.querySelector('#sign-out p')?.innerText.includes('will forget who you are')",
    );
    assert_eq!(ann.sees("document.querySelector('#sign-out').innerText.includes('hidden')"), false);
    for room in ["attic", "cellar"] {
        ann.goes_to(&format!("{}r/{room}", server.url()));
        ann.is_connected();
        ann.says("/hide");
        opens_panel(&ann, "room-menu");
        ann.waits_until("document.querySelector('#room-menu [name=hidden]').checked");
        let hint = "document.querySelector('#empty').innerText.includes('This room is hidden')";
        ann.waits_until(hint);
    }
    ann.presses("Escape");
    opens_panel(&ann, "me");
    presses(&ann, "#sign-out", "Sign out");
    let (attic, cellar) = (format!("{}r/attic", server.url()), format!("{}r/cellar", server.url()));
    ann.waits_until(&format!(
        "['{attic}', '{cellar}'].every((it) => document.querySelector('#sign-out p').innerText.includes(it))"
    ));
    keep_picture(&ann, "360-sign-out-hidden.png");
}

#[test]
fn a_short_password_is_called_short_and_whoever_types_one_can_see_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    opens_panel(&ann, "me");
    let field = "document.querySelector('#me [name=secret]')";
    let is_short = "document.querySelector('#short-password').checkVisibility()";
    let types = |text: &str| {
        ann.sees(&format!("{field}.focus()"));
        ann.types(text);
    };
    assert_eq!(ann.sees(is_short), false);
    types("tulip");
    ann.waits_until(is_short);
    assert_eq!(ann.reads(&format!("{field}.type")), "password");
    ann.clicks("#me [name=shows]");
    ann.waits_until(&format!("{field}.type === 'text'"));
    types(" garden");
    ann.waits_until(&format!("!{is_short}"));
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#me .name [role=status]').innerText.includes('has a password now.')");
    // Nothing of it stays in sight.
    assert_eq!(ann.reads(&format!("{field}.value + {field}.type")), "password");
    // A short one is taken, and the answer says that it is short.
    let answer = "document.querySelector('#me .name [role=status]').innerText";
    assert!(!ann.reads(answer).contains("A short password"));
    ann.clicks("#me .safe button");
    types("tu");
    ann.presses("Enter");
    ann.waits_until(&format!("{answer}.includes('has a new password.')"));
    assert!(ann.reads(answer).contains("A short password is easy to guess."));
}
