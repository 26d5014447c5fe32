//! H1: what people type is text, whatever it looks like, on every page and every way.
//!
//! Method: a hundred strings that have turned text into markup elsewhere are said, and tried as
//! names, rooms and topics. Then the test checks on each page whether anything ran, and whether it
//! has elements or attributes that none of our pages has.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, Person};
use crate::scriptless;
use crate::ways::{SOCKETS, STREAMS};

/// An injected script that runs leaves this mark.
const RUNS: &str = "top.hit=1";

/// Texts that try to break out of a text, of an attribute, of a script, or into a link.
fn strings() -> Vec<String> {
    let tags = [
        "img src=x onerror",
        "svg onload",
        "iframe src=x onload",
        "body onload",
        "video src=x onerror",
        "audio src=x onerror",
        "details open ontoggle",
        "input autofocus onfocus",
        "marquee onstart",
        "style onload",
        "link rel=stylesheet href=data:, onload",
        "object data=x onerror",
        "a autofocus tabindex=0 onfocus",
        "math onmouseover",
        "form onformdata",
        "button onclick",
    ];
    let mut all = Vec::new();
    for tag in tags {
        let event = format!("{tag}={RUNS}");
        all.push(format!("<{event}>"));
        all.push(format!("\"><{event}>"));
        all.push(format!("'/><{event}//"));
        all.push(format!("</li></ol><{event}>"));
        all.push(format!("</title></style></script><{event}>"));
    }
    for scheme in ["javascript", "JaVaScRiPt", "data", "vbscript", "java\tscript"] {
        all.push(format!("{scheme}:{RUNS}"));
        all.push(format!("see http://a.example/ {scheme}://%0a{RUNS}"));
        all.push(format!("<a href=\"{scheme}:{RUNS}\">x</a>"));
    }
    all.extend([
        format!("<script>{RUNS}</script>"),
        format!("{{{{constructor.constructor('{RUNS}')()}}}}"),
        format!("${{{RUNS}}}"),
        format!("http://a.example/\"onmouseover=\"{RUNS}"),
        format!("http://a.example/'><img src=x onerror={RUNS}>"),
        "<base href=//evil.example/>".to_owned(),
        "<meta http-equiv=refresh content=0;url=//evil.example/>".to_owned(),
        "<!--".to_owned(),
        "&lt;img src=x&gt; &#60;b&#62;".to_owned(),
        "]]><b>x</b>".to_owned(),
        "<plaintext>".to_owned(),
        "<template><b>x</b></template>".to_owned(),
    ]);
    all
}

/// Elements and attributes that none of our pages has; empty if all is well.
const STRANGE: &str = r"(root => {
    const elements = 'A B BDI BR BUTTON CODE DIV FORM H1 H2 I INPUT LABEL SECTION LI OL P PRE SMALL SPAN SUMMARY TIME UL WBR'
        .split(' ');
    const attributes = /^(class|id|value|rel|target|dir|lang|title|placeholder|datetime|tabindex|role|hidden|type|name|autocomplete|data-.*|aria-.*)$/;
    const links = /^(https?:|mailto:|\/|#|\?)/;
    const strange = [];
    for (const element of root.querySelectorAll('*')) {
        if (!elements.includes(element.tagName)) strange.push(element.outerHTML);
        for (const { name, value } of element.attributes) {
            const fits = name === 'href' ? links.test(value) : attributes.test(name);
            if (!fits) strange.push(`${element.tagName} ${name}=${value}`);
        }
    }
    return strange;
})";

fn is_clean(person: &Person<'_>, log: &str, page: &str) {
    let strange = person.sees(&format!("{STRANGE}({log})"));
    assert_eq!(strange, serde_json::json!([]), "{page}");
    assert!(person.sees("window.hit === undefined") == true, "{page}: something ran");
    assert!(!person.reads("location.href").contains("evil"), "{page}");
}

/// Opens a page and waits for it; the page before it is complete, too.
fn goes_to(off: &Person<'_>, url: &str) {
    off.opens_without_scripts(url);
    off.waits_until(&format!("location.href === '{url}' && document.readyState !== 'loading'"));
}

/// Says one thing like a program; the answer may be a refusal.
fn posts(server: &Server, text: &str) {
    let mut connection = TcpStream::connect(server.address()).unwrap();
    let (host, bytes) = (server.address(), text.len());
    let head = format!("Host: {host}\r\nContent-Type: text/plain\r\nContent-Length: {bytes}\r\n");
    write!(connection, "POST /r/lobby HTTP/1.1\r\n{head}Connection: close\r\n\r\n{text}").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
}

#[test]
fn h1_a_hundred_texts_that_look_like_markup_stay_text_on_every_page() {
    // The search needs a history.
    let data = std::env::temp_dir().join(format!("threadbare-odd-{}", std::process::id()));
    let flags = ["--guests", "--rate", "0", "--data", data.to_str().unwrap()];
    let server = Server::start_with("127.0.0.1:0", &flags);
    let browser = Browser::start();
    let room = format!("{}r/lobby", server.url());
    let live = browser.comes(&room, DESKTOP);
    let without = |words: &[&'static str]| {
        let proxy = Proxy::to(server.address());
        proxy.forbid(words);
        proxy
    };
    let (no_sockets, no_streams) = (without(&[SOCKETS]), without(&[SOCKETS, STREAMS]));
    let [by_stream, by_poll] = [no_sockets, no_streams].map(|line| browser.opens(&line.url()));
    by_stream.is_connected_by("stream");
    by_poll.is_connected_by("poll");
    let everybody = [(&live, "live"), (&by_stream, "by the stream"), (&by_poll, "by polls")];
    let strings = strings();
    assert!(strings.len() >= 100, "{}", strings.len());
    let mut voice = server.voice();
    for (nth, text) in strings.iter().enumerate() {
        // Waits for the pages, because they may be slow on a busy machine.
        if nth % 20 == 19 {
            voice.says(&format!("so far {nth}"));
            everybody.iter().for_each(|(person, _)| person.hears(&format!("so far {nth}")));
        }
        voice.says(text);
        posts(&server, &format!("/topic {text}"));
        // Most of the strings are refused as names and rooms; the others must be harmless.
        posts(&server, &format!("/name {text}"));
        posts(&server, &format!("/join {text}"));
    }
    voice.says("that was all");
    for (person, page) in everybody {
        person.hears("that was all");
        is_clean(person, "document.querySelector('#rows')", page);
        for part in ["h1", "#topic", "#people", "#rooms"] {
            is_clean(person, &format!("document.querySelector('{part}')"), page);
        }
        // After scrolling up, older ones come from the history.
        person.scrolls_to(0);
        is_clean(person, "document.querySelector('#rows')", page);
    }
    // The page tried nothing that its security policy had to stop.
    assert_eq!(live.console(), Vec::<serde_json::Value>::new());
    let off = scriptless::opens(&browser, &server, DESKTOP);
    is_clean(&off, "document.querySelector('ol')", "without scripts");
    let older = "document.querySelector('a[href*=\"before=\"]')";
    while off.sees(&format!("!!{older}")) == true {
        let to = off.reads(&format!("{older}.href"));
        goes_to(&off, &to);
        is_clean(&off, "document.querySelector('ol')", "history");
    }
    goes_to(&off, &format!("{room}?find=hit"));
    is_clean(&off, "document.querySelector('ol')", "found");
    // A page with a stream in it never finishes loading.
    off.sees(&format!("void (location.href = '{room}?live=1')"));
    off.waits_until(&format!("{}.includes('that was all')", scriptless::LIST));
    is_clean(
        &off,
        "document.querySelector('iframe.stream').contentDocument.querySelector('ol:has(li)')",
        "stream",
    );
    drop(server);
    std::fs::remove_dir_all(data).ok();
}
