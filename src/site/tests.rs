//! Tests of the chat's site with a hub and a door. The tests in `site/route.rs` use the site with a
//! hub alone.

use std::sync::Arc;

use super::ChatSite;
use crate::admission::{Admission, Budget, PerNetwork};
use crate::assets::FrontPage;
use crate::base::language::Language;
use crate::base::threads::Pool;
use crate::chat::config::ChatConfig;
use crate::chat_rule;
use crate::chat_rule::gauges::HubNotes;
use crate::chat_rule::tap::EventTap;
use crate::formats::Format;
use crate::formats::arrival::GreetingSettings;
use crate::server::client::Clients;
use crate::server::config::DoorConfig;
use crate::server::door::tests::{Trial, dies};
use crate::server::http::refusal::Refusal;
use crate::server::hub::health::HubHealth;
use crate::site::pages::packer::Packer;
use crate::site::pages::renderer::PageRenderer;
use crate::site::visit::VisitDesk;
use crate::site::visit::form_key::FormKey;

/// A site, and the parts that it uses.
pub(crate) struct Chat {
    pub(crate) site: Arc<ChatSite>,
    pub(crate) clients: Arc<Clients<Format>>,
    pub(crate) admission: Arc<Admission>,
    /// The health that the site reports. A test sets it; in the server the hub does that.
    pub(crate) health: Arc<HubHealth>,
}

/// A site with a hub. The hub ends when its last handle is dropped.
pub(crate) fn chat(config: &ChatConfig, pool: &Pool) -> Chat {
    let (hub, _) =
        chat_rule::start(config, None, HubNotes::default(), EventTap::default()).unwrap();
    let admission =
        Admission::new(Budget::of_this_machine(None, false).unwrap(), PerNetwork::default());
    let (client, settings) = (config.server.client.clone(), GreetingSettings::of(config));
    let text_bytes_max = client.message_bytes_max;
    let seats = Arc::clone(&admission);
    let clients = Arc::new(Clients::new(client, settings, hub.clone(), pool.clone(), seats));
    let visits = VisitDesk::new(hub, clients.ids(), config.pace, FormKey::of(None));
    let renderer =
        PageRenderer::new(visits, Packer::start().unwrap(), text_bytes_max, config.name_kept);
    let (front_page, notes) =
        (FrontPage::of(config.server.assets.as_deref()).unwrap(), HubNotes::default());
    let health = Arc::clone(&notes.health);
    let site = ChatSite::new(front_page, config, notes, renderer, Arc::clone(&clients));
    Chat { site: Arc::new(site), clients, admission, health }
}

/// Starts a site with a door that accepts connections from the test's own machine.
fn trial() -> Trial<Format> {
    let pool = Pool::new();
    let Chat { site, clients, admission, health } =
        chat(&ChatConfig::new(Language::English), &pool);
    Trial::open(DoorConfig::default(), (site, clients, admission, health), pool)
}

#[test]
fn classic_b5_the_front_page_is_the_lobby_and_head_only_its_head() {
    let trial = trial();
    let page = trial.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("Cache-Control"), Some("no-cache"));
    assert_eq!(page.header("X-Content-Type-Options"), Some("nosniff"));
    assert_eq!(page.header("Referrer-Policy"), Some("no-referrer, same-origin"));
    assert!(page.header("Content-Security-Policy").unwrap().contains("ws://localhost "));
    assert_eq!(page.header("Server"), None);
    assert!(!page.text().contains("{{"), "{}", page.text());
    let head = trial.ask("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(head.status, 200);
    assert_eq!(head.header("Content-Length"), page.header("Content-Length"));
    assert!(page.text().contains("data-room=\"lobby\""), "{}", page.text());
    let icon = trial.get("/favicon.svg");
    let etag = icon.header("ETag").unwrap();
    let request =
        format!("GET /favicon.svg HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: {etag}\r\n\r\n");
    let again = trial.ask(&request);
    assert_eq!((again.status, again.header("Content-Length")), (304, None));
}

#[test]
fn the_pages_files_are_found_where_the_page_says_and_kept_for_ever() {
    let trial = trial();
    let page = trial.get("/");
    let (_, rest) = page.text().split_once("\"/assets/").unwrap();
    let path = format!("/assets/{}", rest.split_once('"').unwrap().0);
    let file = trial.get(&path);
    assert_eq!(file.status, 200, "{path}");
    assert_eq!(file.header("Cache-Control"), Some("max-age=31536000, immutable"));
    assert_eq!(trial.get("/favicon.svg").header("Content-Type"), Some("image/svg+xml"));
    assert_eq!(trial.get("/favicon.ico").status, 200);
}

#[test]
fn a_browser_whose_words_nobody_could_take_gets_them_back_in_a_page() {
    let trial = trial();
    let folder = trial.http.listener().unwrap().path.parent().unwrap().to_owned();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    dies(&trial.http);
    let form = "once=7&text=hello+%3Cyou%3E&password=fish";
    let said = |accept: &str| {
        let mut browser = trial.browser();
        let who = "User-Agent: ELinks/0.13\r\nAccept-Language: zh-CN\r\n";
        let headers = format!("Host: a\r\nAccept: {accept}\r\n{who}");
        let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
        let length = format!("Content-Length: {}\r\n", form.len());
        browser.send(format!("POST /r/ops HTTP/1.1\r\n{headers}{kind}{length}\r\n{form}"));
        browser.answer()
    };
    let page = said("text/html");
    assert_eq!((page.status, page.header("Retry-After")), (503, Some("5")));
    let text = page.text();
    for part in [
        "<h1>服务器尚未就绪。</h1>",
        "action=\"/r/ops\"",
        "name=\"once\" value=\"7\"",
        "value=\"hello &lt;you&gt;\"",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("fish"), "{text}");
    // elinks accepts any type of answer, so it gets the page that a browser gets with `text/html`.
    assert_eq!(said("*/*").text(), text);
    assert_eq!(said("text/plain").text(), Refusal::NoAnswer.text());
    std::fs::remove_file(&folder).unwrap();
}
