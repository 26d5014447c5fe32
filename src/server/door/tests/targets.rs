//! What strangers ask for: paths out of the folder, odd methods, foreign host names.

use std::path::Path;

use super::Trial;
use crate::base::language::Language;
use crate::server::config::{DoorConfig, ServerConfig};

/// Ways out of a folder, in each spelling that has fooled some server. They lead to a file that
/// really exists next to the folder.
const OUTWARD: [&str; 36] = [
    "/../secret.txt",
    "/../../etc/passwd",
    "/./../secret.txt",
    "/x/../../secret.txt",
    "/x/%2e%2e/%2e%2e/secret.txt",
    "/assets/../secret.txt",
    "/assets/../../secret.txt",
    "//../secret.txt",
    "/..//secret.txt",
    "/%2e%2e/secret.txt",
    "/%2E%2E/secret.txt",
    "/.%2e/secret.txt",
    "/%2e./secret.txt",
    "/..%2fsecret.txt",
    "/..%2Fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/%252e%252e/secret.txt",
    "/%252e%252e%252fsecret.txt",
    "/..\\secret.txt",
    "/..%5csecret.txt",
    "/%2e%2e%5csecret.txt",
    "/..%c0%afsecret.txt",
    "/%c0%ae%c0%ae/secret.txt",
    "/..;/secret.txt",
    "/.../secret.txt",
    "/....//secret.txt",
    "/..%00/secret.txt",
    "/../secret.txt%00.css",
    "/%00",
    "/home.html%00",
    "/home.html%00.css",
    "/etc/passwd",
    "//etc/passwd",
    "/file:///etc/passwd",
];

/// Gets `path` and returns the status. Panics if the answer shows a file from outside the page's
/// folder.
fn asks(trial: &Trial, path: &str) -> u16 {
    let answer = trial.get(path);
    let text = String::from_utf8_lossy(&answer.body);
    assert!(!text.contains("secret") && !text.contains("root:"), "{path}: {text}");
    answer.status
}

#[test]
fn a13_no_spelling_of_a_path_leads_out_of_the_page() {
    let around = std::env::temp_dir().join(format!("threadbare-around-{}", std::process::id()));
    let folder = around.join("page");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("home.html"), "the page").unwrap();
    std::fs::write(around.join("secret.txt"), "a secret").unwrap();
    assert!(Path::new("/etc/passwd").exists(), "what strangers ask for");
    let mut config = ServerConfig::new(Language::English);
    config.assets = Some(folder);
    let own = Trial::serving(DoorConfig::default(), &config);
    let built_in = Trial::start();
    for path in OUTWARD {
        assert_eq!(asks(&own, path), 404, "{path} of one's own page");
        assert_eq!(asks(&built_in, path), 404, "{path}");
    }
    assert_eq!(own.get("/").text(), "the page");
    assert_eq!(own.get("/home.html").text(), "the page");
    std::fs::remove_dir_all(&around).unwrap();
}

#[test]
fn a13_strange_methods_and_targets_are_refused() {
    let trial = Trial::start();
    for (line, status) in [
        ("TRACE /", 405),
        ("TRACE /version", 405),
        ("TRACE /../../etc/passwd", 405),
        ("CONNECT a:443", 405),
        ("CONNECT localhost:22", 405),
        ("CONNECT /", 405),
        ("get /", 405),
        ("BREW /", 405),
        ("OPTIONS *", 400),
        ("GET /a#b", 400),
        ("GET /../../etc/passwd", 404),
        ("GET /%00", 404),
        ("GET /%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET //", 404),
        ("GET /gr\u{fc}n", 404),
        ("GET http://localhost/version", 200),
        ("GET http://evil.example/", 421),
    ] {
        let request = format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(trial.status(&request), status, "{line}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(64 * 1024));
    assert_eq!(trial.status(&long), 414);
}

#[test]
fn a14_a_foreign_host_is_refused_also_with_a_matching_origin() {
    let trial = Trial::start();
    let ask = |host: &str, more: &str| {
        trial.ask(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n{more}\r\n"))
    };
    let answer = ask("evil.example", "Origin: http://evil.example\r\n");
    assert_eq!(answer.status, 421);
    assert!(answer.text().contains("--host"));
    assert_eq!(ask("pi.local:8080", "").status, 200);
    let absolute = "GET http://localhost/ HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    assert_eq!(trial.status(absolute), 421);
    let listed = DoorConfig { hosts: vec!["evil.example".into()], ..DoorConfig::default() };
    let request = "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    assert_eq!(Trial::with(listed).status(request), 200);
}
