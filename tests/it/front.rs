//! A proxy in front of the server: whom it speaks for, what its headers count, and the sample for
//! nginx with a real nginx.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command};

use crate::harness::raw::{Answer, Connection, get, request};
use crate::harness::{Data, ServerProcess, eventually, not_run};

/// A browser's form in the lobby, with these headers.
fn posts(server: &ServerProcess, headers: &str) -> Answer {
    let form = "name=Ann&text=hi";
    let kind = "Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded";
    let length = form.len();
    let asked = format!(
        "POST /r/lobby HTTP/1.1\r\n{headers}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{form}"
    );
    request(server.addr, &asked.replace("{host}", &server.addr.to_string()))
}

/// One more client by WebSocket, whose request has these headers.
fn knocks(server: &ServerProcess, headers: &str) -> (Connection, u16) {
    let asked = format!(
        "GET /ws HTTP/1.1\r\n{headers}\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let mut guest = Connection::open(server.addr);
    guest.sends(asked.replace("{host}", &server.addr.to_string()).as_bytes());
    let status = guest.answer().status;
    (guest, status)
}

#[test]
fn row_110_the_limit_of_an_address_holds_for_each_person_of_a_trusted_proxy() {
    let flags = ["--trust-proxy", "127.0.0.1", "--clients-per-address", "2"];
    let server = ServerProcess::start(&flags);
    let of =
        |person: &str| knocks(&server, &format!("Host: {{host}}\r\nX-Forwarded-For: {person}"));
    let inside: Vec<_> = (0..2).map(|_| of("203.0.113.9")).collect();
    assert!(inside.iter().all(|(_, status)| *status == 101));
    assert_eq!(of("203.0.113.9").1, 503);
    // What a person writes stands before what the proxy adds.
    assert_eq!(of("198.51.100.7, 203.0.113.9").1, 503);
    let (_other, status) = of("198.51.100.7");
    assert_eq!(status, 101);
    server.logs(&["peer=203.0.113.9:"]);
}

#[test]
fn row_110_without_trust_a_stranger_s_headers_change_nothing() {
    let server = ServerProcess::start(&["--clients-per-address", "2"]);
    let lies = "X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\
                X-Forwarded-Host: chat.example.org";
    let of = |number: u8| {
        knocks(&server, &format!("Host: {{host}}\r\n{lies}\r\nX-Real-IP: 203.0.113.{number}"))
    };
    let inside: Vec<_> = (0..2).map(of).collect();
    assert!(inside.iter().all(|(_, status)| *status == 101));
    assert_eq!(of(3).1, 503);
    drop(inside);
    eventually("a place", || of(4).1 == 101);
    let answer = posts(&server, &format!("Host: {{host}}\r\n{lies}"));
    let cookie = answer.header("Set-Cookie").unwrap();
    assert!(!cookie.contains("Secure"), "{cookie}");
}

#[test]
fn row_110_behind_tls_a_cookie_is_secure_and_an_odd_port_is_the_browser_s() {
    let flags = ["--trust-proxy", "127.0.0.0/8", "--host", "chat.example.org"];
    let server = ServerProcess::start(&flags);
    // With nginx's `$host` the port is lost.
    let browser = "Host: chat.example.org\r\nOrigin: https://chat.example.org:8443";
    assert_eq!(posts(&server, browser).status, 403);
    let proxy = "X-Forwarded-Host: chat.example.org:8443\r\nX-Forwarded-Proto: https\r\n\
                 X-Forwarded-For: 203.0.113.9";
    let answer = posts(&server, &format!("{browser}\r\n{proxy}"));
    assert!(answer.status == 303 || answer.status == 200, "{answer:?}");
    let cookies: Vec<_> =
        answer.head.lines().filter(|line| line.starts_with("Set-Cookie:")).collect();
    assert!(
        !cookies.is_empty() && cookies.iter().all(|it| it.ends_with("; Secure")),
        "{cookies:?}"
    );
    assert_eq!(knocks(&server, &format!("{browser}\r\n{proxy}")).1, 101);
}

#[test]
fn row_110_where_a_proxy_changes_the_host_the_browser_s_own_word_counts() {
    let server = ServerProcess::start(&[]);
    // What nginx sends with a bare `proxy_pass`: its own target as `Host`.
    let from = |site: &str| {
        let origin = "Host: {host}\r\nOrigin: https://chat.example.org";
        posts(&server, &format!("{origin}\r\nSec-Fetch-Site: {site}")).status
    };
    assert!([200, 303].contains(&from("same-origin")));
    for site in ["cross-site", "same-site", "none", "same-origin, same-origin"] {
        assert_eq!(from(site), 403, "{site}");
    }
}

/// A running nginx, which ends with this value.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = self.0.id().to_string();
        Command::new("kill").args(["-QUIT", &pid]).status().ok();
        self.0.wait().ok();
    }
}

#[test]
fn row_112_where_a_proxy_is_set_up_wrong_the_log_says_what_to_change() {
    let server = ServerProcess::start(&[]);
    // What nginx makes of a WebSocket with a bare `proxy_pass`.
    let lost = "GET /ws HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\
                Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(request(server.addr, lost).status, 426);
    server.logs(&["WARN", "the proxy in front must pass Upgrade"]);
    let page = "Host: localhost\r\nOrigin: https://chat.example.org:8443";
    assert_eq!(posts(&server, page).status, 403);
    let origin = "origin=\"https://chat.example.org:8443\"";
    server.logs(&["WARN", origin, "host=localhost", "the proxy in front must send Host"]);
}

#[test]
fn row_112_the_sample_for_nginx_passes_pages_sockets_streams_and_people_on() {
    the_sample_for_nginx_works("112", false);
}

#[test]
fn row_113_the_sample_for_nginx_works_through_a_unix_socket() {
    the_sample_for_nginx_works("113", true);
}

fn the_sample_for_nginx_works(row: &str, is_by_file: bool) {
    if Command::new("nginx").arg("-v").output().is_err() {
        return not_run(row, "no nginx");
    }
    let data = Data::new();
    fs::create_dir_all(data.folder()).unwrap();
    // nginx may run as another user than this test.
    let everybody = fs::Permissions::from_mode(0o755);
    fs::set_permissions(data.folder(), everybody).unwrap();
    let folder = data.folder().display().to_string();
    let flags = ["--clients-per-address", "2", "--trust-proxy"];
    let (server, to) = if is_by_file {
        let at = format!("unix:{folder}/chat.sock");
        let server = ServerProcess::start(&[&flags[..], &["unix", "--addr", &at]].concat());
        // The sample's comment has this line.
        (server, format!("http://{at}"))
    } else {
        let server = ServerProcess::start(&[&flags[..], &["127.0.0.1"]].concat());
        let to = format!("http://{}", server.addr);
        (server, to)
    };
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let sample = include_str!("../../docs/boxes/nginx.conf");
    // The sample as it is, without TLS and on a port of the test's.
    let sample = sample
        .lines()
        .filter(|line| !line.contains("ssl_certificate") && !line.contains("[::]"))
        .map(|line| line.replace("443 ssl", &format!("127.0.0.1:{port}")))
        .map(|line| line.replace("http://127.0.0.1:8080;", &format!("{to};")))
        .collect::<Vec<_>>()
        .join("\n");
    // As root, nginx works as `nobody`, whose group is not the test's.
    let user = if rustix::process::geteuid().is_root() { "user root;" } else { "" };
    let config = format!(
        "daemon off; {user} pid {folder}/pid; error_log {folder}/error.log; events {{}}\n\
         http {{ access_log off; client_body_temp_path {folder}/body; \
         proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; \
         uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{sample}\n}}\n"
    );
    let file = format!("{folder}/nginx.conf");
    fs::write(&file, config).unwrap();
    let nginx = Command::new("nginx").args(["-c", &file, "-p", &folder, "-e", "stderr"]).spawn();
    let _nginx = Nginx(nginx.unwrap());
    let front = ([127, 0, 0, 1], port).into();
    eventually("nginx to listen", || std::net::TcpStream::connect(front).is_ok());

    let page = get(front, "/");
    assert!(page.status == 200 && page.text().contains("<html"), "{page:?}");
    let host = format!("Host: {front}\r\nOrigin: http://{front}");
    let upgrade = "Upgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let mut socket = Connection::open(front);
    let asked = format!("GET /ws HTTP/1.1\r\n{host}\r\n{upgrade}\r\n\r\n");
    assert_eq!(socket.sends(asked.as_bytes()).answer().status, 101);
    // A stream's first bytes come at once.
    let mut stream = Connection::open(front);
    let asked = format!(
        "GET /r/lobby/stream HTTP/1.1\r\n{host}\r\nAccept: text/event-stream\r\nX-Forwarded-For: 9.9.9.9\r\n\r\n"
    );
    stream.sends(asked.as_bytes()).hears("\"type\":\"welcome\"");
    // nginx comes from this machine, and says so: what a person has written before does not count.
    server.logs(&["peer=127.0.0.1:"]);
}
