//! Who is new: the strip over the field that asks for a name, and the room without messages.

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Visit};
use crate::people::is_called;

/// Whether the strip is there.
const ASKS: &str = "!document.querySelector('#hello').hidden";
/// What is wrong with the name in the strip.
const PROBLEM: &str = "document.querySelector('#hello [role=alert]').innerText";

#[test]
fn who_is_new_is_asked_for_a_name_and_hears_in_the_strip_what_is_wrong_with_it() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    bo.waits_until(ASKS);
    is_called(&bo, "Bo");
    bo.waits_until(&format!("!({ASKS})"));
    let ann = browser.comes(&server.url(), PHONE);
    ann.waits_until("document.querySelector('#hello').innerText.includes('You are guest-')");
    // What this is, who one is, and what to do: all is in sight.
    let strip = ann.reads("document.querySelector('#hello').innerText");
    for words in ["Threadbare: a small chat", "Pick a name or just write", "Use this name"] {
        assert!(strip.contains(words), "{strip}");
    }
    assert_eq!(ann.reads("document.querySelector('#hello input').placeholder"), "Your name");
    let in_sight = "[...document.querySelectorAll('#hello *, #send')].every(one =>         one.getBoundingClientRect().bottom <= innerHeight)";
    assert_eq!(ann.sees(in_sight), true);
    keep_picture(&ann, "360-hello.png");
    let long = "n".repeat(200);
    for (name, why) in [
        ("a/b", "cannot contain the character “/”"),
        ("guest-7", "the server gives names"),
        (&long, "a name can have at most"),
        ("Bo", "That name is taken. Choose another name."),
        ("", "Enter a name first."),
    ] {
        ann.sees("(it => { it.value = ''; it.focus(); })(document.querySelector('#hello input'))");
        ann.types(name);
        ann.clicks("#hello button");
        ann.waits_until(&format!("{PROBLEM}.includes('{why}')"));
        assert_eq!(ann.reads("document.querySelector('#hello input').value"), name);
        assert_eq!(ann.reads("document.activeElement.id"), "hello-name", "{name}");
        assert_eq!(ann.sees("document.querySelector('#note').hidden"), true, "{name}");
    }
    ann.sees("document.querySelector('#hello input').select()");
    ann.types("Bo#tulip");
    ann.clicks("#hello button");
    // Bo has no password, so the page asks for none.
    let none = "That name is taken, and it has no password. Choose another name.";
    ann.waits_until(&format!("{PROBLEM} === '{none}'"));
    ann.sees("document.querySelector('#hello input').value = ''");
    keep_picture(&ann, "360-hello-problem.png");
    ann.types("Ann");
    ann.presses("Enter");
    ann.waits_until(&format!("!({ASKS})"));
    assert_eq!(ann.reads("document.querySelector('#me summary').innerText"), "Ann");
    ann.reloads();
    ann.is_connected();
    assert_eq!(ann.sees(ASKS), false);
}

#[test]
fn what_was_said_because_there_was_no_connection_goes_with_the_next_one() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.comes(&proxy.url(), DESKTOP);
    ann.waits_until(ASKS);
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("/password catfish");
    let note = "document.querySelector('#note').innerText";
    let told = "You are not connected. Your text is still here.";
    ann.waits_until(&format!("{note} === '{told}'"));
    ann.sees("document.querySelector('#hello input').focus()");
    ann.types("Ann");
    ann.clicks("#hello button");
    ann.waits_until(&format!("{PROBLEM} === '{told}'"));
    proxy.heal();
    ann.is_connected();
    ann.waits_until("document.querySelector('#hello [role=alert]').hidden");
    ann.waits_until("document.querySelector('#hello input').ariaInvalid === 'false'");
    ann.waits_until(&format!("!{note}.includes('You are not connected')"));
    assert_eq!(ann.reads("document.querySelector('#hello input').value"), "Ann");
    assert_eq!(ann.field(), "/password catfish");
}

#[test]
fn whose_name_it_is_already_enters_its_password_from_the_strip() {
    let server = Server::start();
    let browser = Browser::start();
    let owner = browser.opens(&server.url());
    owner.says("/name Mara#tulip");
    owner.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
    let ann = browser.comes(&server.url(), PHONE);
    ann.waits_until(ASKS);
    ann.clicks("#hello-name");
    ann.types("Mara");
    ann.presses("Enter");
    let label = "document.querySelector('#hello label').innerText";
    ann.waits_until(&format!("{label} === 'Password for Mara'"));
    ann.waits_until(&format!(
        "{PROBLEM} === 'That name is taken. If it is yours, enter its password.'"
    ));
    assert_eq!(ann.reads("document.activeElement.type"), "password");
    keep_picture(&ann, "360-hello-password.png");
    // Whoever is somebody else takes another name instead.
    let other = "document.querySelector('#hello .other')";
    assert_eq!(ann.reads(&format!("{other}.innerText")), "Choose another name");
    ann.clicks("#hello .other");
    ann.waits_until(&format!("{label}.startsWith('You are guest-')"));
    assert_eq!(ann.reads("document.querySelector('#hello-name').value"), "");
    assert_eq!(
        ann.reads("document.activeElement.id + document.activeElement.type"),
        "hello-nametext"
    );
    ann.types("Mara");
    ann.clicks("#hello button");
    ann.waits_until("document.activeElement.type === 'password'");
    ann.types("rose");
    ann.presses("Enter");
    ann.waits_until(&format!("{PROBLEM}.startsWith('That is not the password for this name.')"));
    ann.types("tulip");
    ann.presses("Enter");
    ann.waits_until(&format!("!({ASKS})"));
    assert_eq!(ann.reads("document.querySelector('#me summary').innerText"), "Mara");
}

#[test]
fn who_writes_without_a_name_is_not_asked_again() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.waits_until(ASKS);
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    ann.says("/who");
    assert_eq!(ann.sees(ASKS), true, "a command is no message");
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
    assert_eq!(ann.sees(ASKS), false);
    ann.reloads();
    ann.is_connected();
    ann.hears("hello");
    assert_eq!(ann.sees(ASKS), false);
}

#[test]
fn a_name_that_its_person_gave_up_is_said_to_be_kept() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    is_called(&bo, "Rob");
    let why = "Somebody had this name before, and it is kept for them. Choose another name.";
    ann.waits_until(ASKS);
    ann.sees("document.querySelector('#hello input').focus()");
    ann.types("Bo");
    ann.clicks("#hello button");
    ann.waits_until(&format!("{PROBLEM} === '{why}'"));
    ann.says("/name Bo");
    ann.waits_until(&format!("document.querySelector('#note').innerText === '{why}'"));
}

#[test]
fn who_opens_a_room_that_nobody_has_written_in_is_told_so_and_finds_back() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let room = format!("{}r/lobbby{}", server.url(), visit.width);
        let ann = browser.comes(&room, visit);
        let empty = "document.querySelector('#empty').innerText";
        let new = "This room is new.";
        ann.waits_until(&format!("{empty}.includes('{new}')"));
        keep_picture(&ann, &format!("{}-new-room.png", visit.width));
        ann.clicks("#empty a");
        ann.waits_until("document.title === 'lobby'");
        // The lobby is new to nobody.
        ann.is_whole();
        assert_eq!(ann.sees(&format!("{empty}.includes('{new}')")), false);
        ann.goes_to(&room);
        ann.is_whole();
        ann.says("here");
        ann.mark_will_be("here", "sent");
        ann.says("/delete");
        ann.hears("Message deleted.");
        ann.reloads();
        ann.is_whole();
        assert_eq!(ann.sees(&format!("{empty}.includes('{new}')")), false);
        assert!(ann.console().is_empty(), "{:?}", ann.console());
        ann.closes();
    }
}

#[test]
fn an_empty_room_says_the_address_that_others_can_open() {
    let browser = Browser::start();
    let empty = "document.querySelector('#empty')";
    // Only this machine reaches the server, so there is no address for others.
    let server = Server::start();
    let ann = browser.opens(&format!("{}r/attic", server.url()));
    ann.waits_until(&format!("{empty}.innerText.includes('Back to lobby')"));
    let alone = ann.reads(&format!("{empty}.innerText"));
    assert!(
        alone.starts_with("No messages yet. Write the first one.\n\nThis room is new."),
        "{alone}"
    );
    // Others reach it, too. (A machine without a network has no such address.)
    let server = Server::start_with("0.0.0.0:0", &[]);
    let url = server.url().replace("0.0.0.0", "127.0.0.1");
    let ann = browser.comes(&format!("{url}r/attic"), Visit { dark: true, ..DESKTOP });
    let share = ann.reads("document.documentElement.dataset.share ?? ''");
    let words = ann.reads(&format!("{empty}.innerText"));
    if share.is_empty() {
        assert!(words.starts_with("No messages yet. Write the first one."), "{words}");
        return;
    }
    assert!(!share.contains("127.0.0.1"), "{share}");
    assert!(words.contains(&format!("{share}/r/attic")), "{words}");
    keep_picture(&ann, "1280-empty.png");
    ann.sees("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
    ann.clicks("#empty b + button");
    ann.waits_until("document.querySelector('#empty b + button').innerText === 'Copied'");
    assert_eq!(ann.reads("window.copied"), format!("{share}/r/attic"));
    let picture = "document.querySelector('#empty img')";
    ann.clicks("#empty [aria-expanded]");
    ann.waits_until(&format!("{picture}.complete && {picture}.naturalWidth > 0"));
    let bottom = ann.measures(&format!("{picture}.getBoundingClientRect().bottom"));
    assert!(
        bottom <= ann.measures("document.querySelector('#box').getBoundingClientRect().bottom")
    );
    keep_picture(&ann, "1280-empty-qr.png");
    ann.clicks("#empty [aria-expanded]");
    ann.waits_until(&format!("!{picture}"));
    // The address of a room with a password lets nobody in.
    ann.says("/password soup");
    ann.waits_until("!document.querySelector('#empty b').checkVisibility()");
    let words = ann.reads(&format!("{empty}.innerText"));
    assert!(words.contains("No messages yet. Write the first one."), "{words}");
    ann.says("/password -");
    ann.waits_until("document.querySelector('#empty b').checkVisibility()");
    // Opened there, the page's own address is the one for others.
    let bo = browser.opens(&format!("{share}/r/attic"));
    assert_eq!(bo.reads("document.documentElement.dataset.share ?? ''"), "");
    assert!(bo.reads(&format!("{empty}.innerText")).contains(&format!("{share}/r/attic")));
    // The beginning of a room without messages is not told as well.
    assert_eq!(bo.sees("document.querySelector('#older').hidden"), true);
    // An address is shown in the room's own letters.
    let cleo = browser.opens(&format!("{url}r/阁楼"));
    let shown = cleo.reads("document.querySelector('#empty b').innerText");
    assert_eq!(shown, format!("{share}/r/阁楼"));
    cleo.sees("navigator.clipboard.writeText = async (text) => { window.copied = text; }");
    cleo.clicks("#empty b + button");
    cleo.waits_until("document.querySelector('#empty b + button').innerText === 'Copied'");
    assert_eq!(cleo.reads("window.copied"), format!("{share}/r/%E9%98%81%E6%A5%BC"));
    // It is there until somebody writes, whoever comes.
    ann.waits_until("document.querySelector('#rows').innerText.includes('joined')");
    assert_eq!(ann.sees(&format!("{empty}.checkVisibility()")), true);
    bo.says("hello");
    ann.hears("hello");
    assert_eq!(ann.sees(&format!("{empty}.checkVisibility()")), false);
}
