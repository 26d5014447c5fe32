//! Tests of the classic chat's site; each test has its own hub.

use std::sync::Arc;

use crossbeam_channel::never;

use super::{ClassicSite, built_in, loggable};
use crate::admission::entrance::Entrance;
use crate::admission::{Admission, Budget, Password, PerNetwork};
use crate::assets::FrontPage;
use crate::base::language::Language;
use crate::base::threads::Pool;
use crate::classic::everybody::Everybody;
use crate::server::client::Clients;
use crate::server::config::{FanOut, ServerConfig};
use crate::server::http::refusal_log::tests::status_and_log;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::site::Site;
use crate::server::http::site::TargetState::{Served, Unknown};
use crate::server::http::verdict::Verdict;
use crate::server::hub::{self};

fn site(config: &ServerConfig) -> ClassicSite {
    let rule = |_| Everybody::new(FanOut::Express, 64);
    let (hub, _) = hub::spawn(rule, never(), Arc::default()).unwrap();
    let admission =
        Admission::new(Budget::of_this_machine(None, false).unwrap(), PerNetwork::default());
    let client = config.client.clone();
    let clients = Arc::new(Clients::new(client, (), hub, Pool::new(), admission));
    ClassicSite::new(
        FrontPage::of(config.assets.as_deref()).unwrap(),
        config,
        Arc::default(),
        clients,
    )
}

/// Returns the answer to a correct handshake request for this target.
fn shake(site: &ClassicSite, target: &str) -> Response {
    let headers = [
        ("Host", "a"),
        ("Connection", "upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "threadbare.v1"),
    ];
    site.answer(&HttpRequest::for_test("GET", target, &headers))
}

#[test]
fn classic_b5_the_classic_page_is_at_the_root_and_every_file_that_it_names_is_there() {
    let site = site(&ServerConfig::new(Language::English));
    let page = site.answer(&HttpRequest::for_test("GET", "/", &[("Host", "pi.local:80")]));
    let text = String::from_utf8(page.body.sent().to_vec()).unwrap();
    assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
    let policy = page.header("Content-Security-Policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "'self' ws://pi.local:80 wss://"] {
        assert!(policy.contains(part), "{policy}");
    }
    // The page's policy forbids inline scripts, so the page has none.
    assert!(!text.contains("<script>"), "{text}");
    // Relative addresses are right below each base path, too.
    let named = [" href=\"", " src=\""].into_iter().flat_map(|mark| text.split(mark).skip(1));
    let named: Vec<_> = named.map(|rest| format!("/{}", rest.split('"').next().unwrap())).collect();
    assert_eq!(named, ["/favicon.svg", "/classic.js"]);
    for file in named {
        assert!(built_in(&file, "a").is_some(), "{file}");
    }
    let head = site.answer(&HttpRequest::for_test("HEAD", "/", &[("Host", "a")]));
    let would_send = head.body.content_length();
    assert_eq!((head.status(), would_send), (200, text.len()), "the door leaves it out");
}

#[test]
fn classic_b7_b8_a_websocket_begins_at_two_addresses() {
    let site = site(&ServerConfig::new(Language::English));
    for target in ["/ws", "/chat", "/ws?a=b"] {
        let response = shake(&site, target);
        assert_eq!(response.status(), 101, "{target}");
        assert_eq!(response.header("Sec-WebSocket-Protocol"), None, "none is spoken");
        assert!(matches!(response.verdict, Verdict::Upgrade(_)), "{target}: no client");
    }
    for target in ["/", "/webchat", "/ws/", "/healthz"] {
        assert_eq!(shake(&site, target).status(), 404, "{target}");
    }
}

#[test]
fn classic_b5_b8_b31_what_went_wrong_is_logged_in_the_words_of_the_classic_chats() {
    let sites =
        [Language::English, Language::Chinese].map(|language| site(&ServerConfig::new(language)));
    let [in_english, in_chinese] = sites;
    for (method, target, upgrade, status, english, chinese) in [
        ("POST", "/chat", true, 405, "wrong method", "请求方式错误"),
        ("POST", "/", false, 405, "wrong method", "请求方式错误"),
        ("POST", "/none", false, 404, "wrong path", "请求路径错误"),
        ("GET", "/elsewhere", true, 404, "wrong path", "请求路径错误"),
        ("GET", "/", true, 404, "wrong path", "请求路径错误"),
        ("GET", "/chat", false, 426, "upgrade failed", "获取连接失败"),
        ("GET", "/ws", true, 426, "upgrade failed", "获取连接失败"),
    ] {
        for (site, words) in [(&in_english, english), (&in_chinese, chinese)] {
            let (found, log) = status_and_log(site, method, target, upgrade);
            assert_eq!(found, status, "{method} {target}");
            assert!(log.contains(words), "{method} {target}: {log}");
            assert_eq!(log.lines().count(), 1, "{log}");
        }
    }
    for target in ["/", "/classic.js", "/favicon.ico", "/healthz", "/version?x"] {
        assert_eq!(
            status_and_log(&in_english, "GET", target, false),
            (200, String::new()),
            "{target}"
        );
    }
}

#[test]
fn a_server_with_a_password_asks_for_it_in_the_address() {
    let entrance = Entrance::asking_for(Password::new("sword fish&".into()).unwrap());
    let site = site(&ServerConfig { entrance, ..ServerConfig::new(Language::English) });
    for (target, status) in [
        ("/ws", 403),
        ("/chat?password=", 403),
        ("/ws?password=catfish", 403),
        ("/ws?password=sword%20fish%26", 101),
        ("/chat?a=b&password=sword+fish%26", 101),
    ] {
        assert_eq!(shake(&site, target).status(), status, "{target}");
    }
    assert_eq!(status_and_log(&site, "GET", "/", false).0, 200, "the page itself is for everybody");
}

#[test]
fn classic_b2_an_operator_s_page_is_instead_of_the_built_in_one() {
    let folder = std::env::temp_dir().join(format!("threadbare-classic-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("home.html"), "ws://{{$}}/ws").unwrap();
    let assets = Some(folder.clone());
    let site = site(&ServerConfig { assets, ..ServerConfig::new(Language::English) });
    let page = site.answer(&HttpRequest::for_test("GET", "/", &[("Host", "a:1")]));
    assert_eq!(page.body.sent(), b"ws://a:1/ws");
    for (target, status) in [("/home.html", 200), ("/classic.js", 404), ("/healthz", 200)] {
        assert_eq!(status_and_log(&site, "GET", target, false).0, status, "{target}");
    }
    assert_eq!(shake(&site, "/ws").status(), 101);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn of_a_target_the_log_has_the_words_that_are_ours() {
    for (text, state, shown) in [
        ("/", Served, "/"),
        ("/ws", Unknown, "/ws"),
        ("/chat?password=x", Unknown, "/chat?password=.."),
        ("/ws?a=b&password=x&c", Unknown, "/ws?a=..&password=..&.."),
        ("/ws?pass%77ord=x", Unknown, "/ws?.."),
        ("/my-password", Unknown, "/.."),
        ("/pictures/cat.png", Served, "/pictures/cat.png"),
        ("/nowhere?after=1", Unknown, "/..?after=1"),
        ("-", Unknown, "-"),
    ] {
        assert_eq!(loggable(text, state), shown, "{text}");
    }
}
