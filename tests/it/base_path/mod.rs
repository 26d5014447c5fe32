//! Row 111: a server behind a proxy that shows it below a path of its host, such as `/chat`.

/// A client that follows all links and forms.
mod crawler;

use std::fs;
use std::process::Command;

use serde_json::json;

use crate::harness::browser::{Browser, leads_to, link};
use crate::harness::raw::{Answer, Connection, get, handshake, posts, request};
use crate::harness::{Console, Data, Numbered, ServerProcess, program};
use crawler::{Crawler, attribute, tags};

const BASE: &str = "/chat";

fn starts(more: &[&str]) -> ServerProcess {
    ServerProcess::start(&[&["--base", BASE, "--rate", "0"], more].concat())
}

/// Asks as a browser does for a page.
fn looks(server: &ServerProcess, path: &str) -> Answer {
    let accepts = "Host: {host}\r\nAccept: text/html";
    request(server.addr, &format!("GET {path} HTTP/1.1\r\n{accepts}\r\n\r\n"))
}

/// Everything that a page refers to is below the base path.
fn is_below(page: &str) {
    let links = |tag| ["href", "src", "action"].map(|name| attribute(tag, name));
    let found: Vec<_> = tags(page).flat_map(links).flatten().collect();
    assert!(!found.is_empty(), "{page}");
    for link in found.iter().filter(|link| link.starts_with('/')) {
        assert!(link.starts_with("/chat/"), "{link}: {page}");
    }
}

#[test]
fn row_111_every_link_form_redirect_and_cookie_leads_to_below_the_base_path() {
    needs!(Pages);
    for keeps_cookies in [true, false] {
        let server = starts(&["--glass", "--metrics"]);
        let mut bo = Numbered::joins(server.addr, "Bo");
        bo.asks(json!({"type": "join", "room": "kitchen"}));
        bo.hears_until(|told| told["type"] == "caught-up" && told["room"] == "kitchen");
        let mut client = Crawler::at(server.addr, BASE, keeps_cookies);
        client.crawls("/chat/");
        // What has no link from there.
        for page in ["/chat/glass", "/chat/away", "/chat/r/lobby?live=1", "/chat/r/lobby?every=30"]
        {
            client.crawls(page);
        }
        let known = format!("{:#?}", client.known);
        for page in [
            "/chat/rooms",
            "/chat/settings",
            "/chat/device",
            "/chat/r/lobby/history",
            "/chat/r/lobby/invite",
            "/chat/r/lobby/private",
            "/chat/r/lobby/save?as=text",
            "/chat/r/lobby/stream",
            "/chat/r/lobby/list",
            "/chat/r/kitchen",
            "/chat/favicon.svg",
            "/chat/assets/",
            "/chat/glass/schedule",
            "/chat/glass/follow",
        ] {
            assert!(known.contains(page), "{page}: {known}");
        }
        assert_eq!(known.contains("/chat/out?to="), !keeps_cookies, "{known}");
        if keeps_cookies {
            let cookies = &client.cookies_seen;
            for name in ["threadbare", "threadbare-look", "threadbare-rooms", "threadbare-saved"] {
                assert!(cookies.contains(name), "{name}: {cookies:?}");
            }
        }
        let sent = format!("{:#?}", client.sent);
        assert!(client.sent.len() > 20 && sent.contains("find"), "{sent}");
    }
}

#[test]
fn row_111_a_proxy_may_pass_the_base_path_on_or_take_it_away() {
    needs!(Pages);
    let server = starts(&["--metrics"]);
    for path in ["/", "/r/den", "/rooms", "/settings", "/device", "/none", "/?room=den"] {
        let (whole, bare) = (looks(&server, &format!("{BASE}{path}")), looks(&server, path));
        assert_eq!(whole.status, bare.status, "{path}");
        match whole.header("Location") {
            Some(to) => assert_eq!((to, bare.header("Location")), ("/chat/r/den", Some(to))),
            None => {
                is_below(&whole.text());
                is_below(&bare.text());
            }
        }
    }
    for path in ["/healthz", "/version", "/metrics", "/favicon.ico", "/away.js"] {
        for path in [path, &format!("{BASE}{path}")] {
            assert_eq!(get(server.addr, path).status, 200, "{path}");
        }
    }
    // The path of the chat itself would be no good place for relative links.
    for (path, to) in [("/chat", "/chat/"), ("/chat?lang=zh", "/chat/?lang=zh")] {
        let answer = looks(&server, path);
        assert_eq!((answer.status, answer.header("Location")), (303, Some(to)), "{path}");
    }
    assert_eq!(looks(&server, "/chatter/r/den").status, 404);
    server.logs(&["path=/r/den ", "status=200"]);
}

#[test]
fn row_111_sockets_streams_polls_and_posts_are_below_the_base_path() {
    needs!(Pages);
    let server = starts(&["--guests"]);
    // The classic chats' address is that of the base path, too.
    for path in ["/chat/ws", "/ws", "/chat/chat", "/chat", "/chat/webchat"] {
        let mut guest = Connection::open(server.addr);
        guest.sends(handshake(path, "").replace("{host}", &server.addr.to_string()).as_bytes());
        assert_eq!(guest.answer().status, 101, "{path}");
    }
    let listens = |query: &str| {
        let mut listener = Connection::open(server.addr);
        let asked =
            format!("GET /chat/r/lobby/stream?{query} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
        listener.sends(asked.as_bytes());
        listener
    };
    let mut events = listens("as=events");
    events.hears("caught-up");
    let mut page = listens("as=html");
    is_below(&page.hears("<ol>"));
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("one");
    let said = posts(server.addr, "/chat/r/lobby", "text/plain", "see #1");
    assert_eq!(said.status, 200, "{said:?}");
    events.hears("see #1");
    page.hears("see ");
    assert_eq!(page.hears("</a>"), "<a href=\"/chat/r/lobby?at=1#m1\" target=\"_parent\">#1</a>");
    let poll = get(server.addr, "/chat/r/lobby/poll?wait=0");
    assert!(poll.status == 200 && poll.text().contains("see #1"), "{poll:?}");
}

#[test]
fn row_111_links_for_others_have_the_base_path() {
    needs!(Pages);
    let server = starts(&[]);
    let mut ann = Browser::opens(server.addr, "/chat/r/lobby");
    let answer = ann.sends_to("/chat/r/lobby", &[("name", "Ann"), ("text", "hello")]);
    assert!(leads_to(&answer).starts_with("/chat/r/lobby?s="), "{answer:?}");
    for (path, form, begin) in [
        ("/chat/r/lobby/invite", "/chat/r/lobby/invite", "/chat/r/lobby/invite?code="),
        ("/chat/device", "/chat/device", "/chat/device?code="),
    ] {
        ann.gets(path);
        ann.sends_to(form, &[]);
        let address = format!("http://{}{begin}", server.addr);
        let (_, code) = ann.page.split_once(&address).unwrap_or_else(|| panic!("{}", ann.page));
        let code = code.split(['"', '&', '<']).next().unwrap();
        let page = looks(&server, &format!("{begin}{code}"));
        assert_eq!(page.status, 200, "{begin}");
        is_below(&page.text());
    }
    let code = get(server.addr, "/chat/qr?to=/chat/r/lobby");
    assert_eq!((code.status, code.header("Content-Type")), (200, Some("image/svg+xml")));
    let rooms = link(&ann.gets("/chat/r/lobby").text(), "Settings");
    assert_eq!(rooms, "/chat/settings");
}

#[test]
fn row_111_what_the_server_prints_and_a_page_s_address_lead_the_console_into_the_chat() {
    needs!(Pages, Console);
    let server = starts(&[]);
    let addr = server.addr;
    let greeting = server.greeting.join("\n");
    assert!(greeting.contains(&format!("http://{addr}/chat/ ")), "{greeting}");
    let (_, url) = greeting.split_once("threadbare join ").unwrap();
    let url = url.lines().next().unwrap().trim();
    assert_eq!(url, format!("http://{addr}/chat/"));
    for url in [url, &format!("http://{addr}/chat/r/den")] {
        let mut console = Console::runs(&["join", url, "--name", "Bo"], &[]);
        console.types("hello\n");
        console.shows("hello");
        assert_eq!(console.ends().code, 0, "{url}");
    }
}

#[test]
fn row_111_the_page_s_own_files_find_each_other() {
    needs!(Pages);
    let server = starts(&[]);
    let page = looks(&server, "/chat/").text();
    let script = tags(&page).find(|tag| tag.contains("type=\"module\"")).unwrap();
    let script = attribute(script, "src").unwrap();
    let folder = script.strip_suffix("js/page.js").unwrap();
    assert!(folder.starts_with("/chat/assets/"), "{folder}");
    let manifest = get(server.addr, &format!("{folder}manifest.webmanifest"));
    let manifest: serde_json::Value = serde_json::from_slice(&manifest.body).unwrap();
    // Two folders up is the front page.
    assert_eq!(folder.matches('/').count(), "/chat/assets/hash/".matches('/').count());
    assert_eq!([&manifest["start_url"], &manifest["scope"]], [&json!("../../"), &json!("../../")]);
    for icon in manifest["icons"].as_array().unwrap() {
        let path = format!("{folder}{}", icon["src"].as_str().unwrap());
        assert_eq!(get(server.addr, &path).status, 200, "{path}");
    }
}

#[test]
fn row_111_an_operator_s_own_page_has_the_base_path_behind_its_host() {
    needs!(Pages);
    let data = Data::new();
    let folder = data.folder().join("page");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("index.html"), "<p>ws://{{$}}/ws").unwrap();
    let server = starts(&["--assets", folder.to_str().unwrap()]);
    for path in ["/chat/", "/", "/chat/index.html"] {
        let page = get(server.addr, path).text();
        assert_eq!(page, format!("<p>ws://{}/chat/ws", server.addr), "{path}");
    }
}

#[test]
fn row_111_a_base_path_that_is_none_is_refused_with_a_sentence() {
    for (base, why) in [
        ("chat", "it begins with /"),
        ("/a b", "letters a to z"),
        ("/a;b", "letters a to z"),
        ("/r", "the chat itself has pages at /r"),
        ("/assets/chat", "the chat itself has pages at /assets"),
    ] {
        let started = Command::new(program()).args(["--base", base]).output().unwrap();
        let said = String::from_utf8(started.stderr).unwrap();
        assert_eq!(started.status.code(), Some(2), "{base}: {said}");
        assert!(said.contains(why) && said.contains("--base"), "{base}: {said}");
    }
}
