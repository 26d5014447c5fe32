//! A hotspot: what phones get that ask for other hosts, and the pop-up in which the chat opens.
//! No real phone was asked: the requests are those that phones are known to send.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use threadbare::base::socket::deadline::{Deadline, receive};

use crate::harness::browser::{Browser, link, somebody};
use crate::harness::raw::{Answer, Connection, get, handshake, request};
use crate::harness::{ServerProcess, Signal, eventually, program};

/// Each connectivity check with its host, and what the phone wants to read.
const CHECKS: [(&str, &str, u16, &str); 8] = [
    ("connectivitycheck.gstatic.com", "/generate_204", 204, ""),
    ("www.google.com", "/gen_204", 204, ""),
    ("captive.apple.com", "/hotspot-detect.html", 200, APPLE),
    ("www.apple.com", "/library/test/success.html", 200, APPLE),
    ("www.msftconnecttest.com", "/connecttest.txt", 200, "Microsoft Connect Test"),
    ("www.msftncsi.com", "/ncsi.txt", 200, "Microsoft NCSI"),
    ("detectportal.firefox.com", "/success.txt?ipv4", 200, "success\n"),
    (
        "detectportal.firefox.com",
        "/canonical.html",
        200,
        "<meta http-equiv=\"refresh\" \
         content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>",
    ),
];

const APPLE: &str = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>";

/// One of the phones, by its address.
fn phone(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 4, number)
}

/// What this phone gets for this request.
fn asks(from: Ipv4Addr, addr: SocketAddr, text: &str) -> Answer {
    let method = text.split(' ').next().unwrap();
    Connection::open_from(from, addr).sends(text.as_bytes()).answer_to(method)
}

fn checks(from: Ipv4Addr, addr: SocketAddr, host: &str, path: &str) -> Answer {
    asks(from, addr, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n"))
}

/// Presses *Stay connected*, with these headers and this form.
fn presses(from: Ipv4Addr, addr: SocketAddr, headers: &str, form: &str) -> Answer {
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let head = format!("Host: {addr}\r\n{headers}{kind}\r\nContent-Length: {}\r\n", form.len());
    asks(from, addr, &format!("POST /stay HTTP/1.1\r\n{head}\r\n{form}"))
}

/// Where this answer leads, if it is nothing but a redirect.
fn bare_redirect(answer: &Answer) -> &str {
    assert_eq!((answer.status, answer.text().as_str()), (302, ""), "{answer:?}");
    let mut names: Vec<_> =
        answer.head.lines().skip(1).filter_map(|line| line.split(':').next()).collect();
    names.retain(|name| !name.is_empty());
    assert_eq!(names, ["Location", "Cache-Control", "Content-Length", "Connection"], "{answer:?}");
    answer.header("location").unwrap()
}

#[test]
fn row_104_another_host_gets_the_way_to_the_chat_and_nothing_else() {
    needs!(Names);
    let server = ServerProcess::start(&["--hotspot"]);
    let ann = somebody(server.addr, "Ann", "only for this host");
    let cookie = ann.cookie.as_deref().unwrap();
    let chat = format!("http://{}/", server.addr);
    let form = "text=planted&name=Eve";
    let kind = "Content-Type: application/x-www-form-urlencoded";
    let upgrade = handshake("/ws", &format!("Cookie: {cookie}\r\n"));
    for asked in [
        format!("GET / HTTP/1.1\r\nHost: evil.example\r\nCookie: {cookie}\r\n\r\n"),
        format!("GET /r/lobby HTTP/1.1\r\nHost: evil.example\r\nCookie: {cookie}\r\n\r\n"),
        format!("GET /r/lobby/save HTTP/1.1\r\nHost: evil.example\r\nCookie: {cookie}\r\n\r\n"),
        format!("GET /r/lobby/stream HTTP/1.1\r\nHost: evil.example\r\nCookie: {cookie}\r\n\r\n"),
        "HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
        "PUT /x HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
        "GET /stay HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n".to_owned(),
        format!("GET http://evil.example/ HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr),
        format!("GET http://{}/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", server.addr),
        format!(
            "POST /r/lobby HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\
             Cookie: {cookie}\r\n{kind}\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
        format!(
            "POST /stay HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\
             {kind}\r\nContent-Length: 0\r\n\r\n"
        ),
        upgrade.replace("{host}", "evil.example"),
        upgrade.replace("{host}", "evil.example").replace("/ws", "/generate_204"),
    ] {
        let answer = request(server.addr, &asked);
        assert_eq!(bare_redirect(&answer), chat, "{asked}");
    }
    // Nobody has pressed anything, and nothing was said.
    assert_eq!(get(server.addr, "/generate_204").status, 302);
    let page = get(server.addr, "/r/lobby").text();
    assert!(page.contains("only for this host") && !page.contains("planted"), "{page}");
    assert_eq!(get(server.addr, "/version").status, 200);
    server.logs(&["path=/version"]);
    let log = server.log().join("\n");
    assert!(!log.contains("foreign_host") && !log.contains("status=302"), "{log}");
    assert!(!log.contains("evil"), "{log}");
}

#[test]
fn row_104_a_connectivity_check_leads_to_the_pop_up_until_its_phone_stays() {
    needs!(Names);
    let server = ServerProcess::start(&["--hotspot"]);
    let (addr, chat) = (server.addr, format!("http://{}/", server.addr));
    let own = addr.to_string();
    for (host, path, ..) in CHECKS {
        for host in [host, &own] {
            let answer = checks(phone(1), addr, host, path);
            assert_eq!(bare_redirect(&answer), format!("{chat}?pop=1"), "{host}{path}");
        }
    }
    let answer = presses(phone(1), addr, "", "room=lobby");
    assert!(answer.status == 200 && answer.text().contains("You stay connected"), "{answer:?}");
    assert_eq!(answer.header("set-cookie"), None);
    for (host, path, status, body) in CHECKS {
        for host in [host, &own] {
            let answer = checks(phone(1), addr, host, path);
            assert_eq!((answer.status, answer.text().as_str()), (status, body), "{host}{path}");
            assert_eq!(answer.header("set-cookie"), None);
            // The other phone has pressed nothing.
            let answer = checks(phone(2), addr, host, path);
            assert_eq!(bare_redirect(&answer), format!("{chat}?pop=1"), "{host}{path}");
        }
    }
    // Here Windows opens its window: there is no other page.
    let windows = |from| checks(from, addr, "www.msftconnecttest.com", "/redirect");
    assert_eq!(bare_redirect(&windows(phone(1))), chat);
    assert_eq!(bare_redirect(&windows(phone(2))), format!("{chat}?pop=1"));
    // Whoever stays still gets nothing else of another host.
    let answer = checks(phone(1), addr, "captive.apple.com", "/r/lobby");
    assert_eq!(bare_redirect(&answer), chat);
}

/// A browser without cookies follows this answer, which leads to this server.
fn follows(browser: &mut Browser, answer: &Answer) -> Answer {
    let to = answer.header("location").unwrap();
    let ours = format!("http://{}", browser.addr);
    browser.gets_only(to.strip_prefix(&ours).unwrap_or(to))
}

#[test]
fn row_104_in_the_pop_up_people_write_and_read_without_cookies_and_scripts() {
    needs!(Names);
    let server = ServerProcess::start(&["--hotspot"]);
    somebody(server.addr, "Bob", "who is on this train?");
    let mut pop_up = Browser::at(server.addr).without_cookies();
    let check = request(
        server.addr,
        "GET /hotspot-detect.html HTTP/1.1\r\nHost: captive.apple.com\r\n\r\n",
    );
    let answer = follows(&mut pop_up, &check);
    assert_eq!(answer.status, 303, "{answer:?}");
    let page = follows(&mut pop_up, &answer);
    assert_eq!(page.status, 200);
    assert!(!pop_up.page.contains("<script"), "{}", pop_up.page);
    assert!(pop_up.page.contains("Stay connected"), "{}", pop_up.page);
    assert!(pop_up.page.contains("who is on this train?"), "{}", pop_up.page);
    // Comes in, and is the same person on each page from then on.
    let every = pop_up.value("every").unwrap();
    for (name, text) in [("Ann", "I am"), ("", "in the first carriage")] {
        let fields = [("name", name), ("every", &every), ("text", text)];
        let fields = if name.is_empty() { &fields[1..] } else { &fields[..] };
        let answer = pop_up.sends(fields);
        assert_eq!(answer.status, 303, "{answer:?}");
        let to = answer.header("location").unwrap();
        assert!(to.contains("s=") && to.contains("every="), "{to}");
        assert_eq!(follows(&mut pop_up, &answer).status, 200);
        assert!(pop_up.page.contains(text) && !pop_up.page.contains("<script"), "{}", pop_up.page);
        assert!(pop_up.page.contains("Stay connected"), "{}", pop_up.page);
    }
    // The list in the frame reads on.
    let (_, frame) = pop_up.page.split_once("<iframe").unwrap();
    let frame = frame.split_once("src=\"").unwrap().1.split('"').next().unwrap();
    let frame = frame.replace("&amp;", "&");
    somebody(server.addr, "Eve", "welcome");
    let list = get(server.addr, &frame).text();
    assert!(list.contains("welcome") && list.contains("I am"), "{list}");
    assert!(!list.contains("Stay connected"), "{list}");
    // The button, with the key and the session of the form.
    let stay = pop_up.post(&[("room", "lobby")]).replacen("POST /r/lobby ", "POST /stay ", 1);
    let answer = request(server.addr, &stay);
    let page = answer.text();
    assert!(answer.status == 200 && page.contains("You stay connected"), "{answer:?}");
    assert!(page.contains(&format!("http://{}/", server.addr)), "{page}");
    assert_eq!(answer.header("set-cookie"), None);
    let back = link(&page, "Back to lobby");
    assert_eq!(pop_up.gets_only(&back).status, 200);
    assert!(pop_up.page.contains("in the first carriage"), "{}", pop_up.page);
    assert!(!pop_up.page.contains("Stay connected"), "{}", pop_up.page);
    assert!(pop_up.page.contains(">Ann<"), "{}", pop_up.page);
}

#[test]
fn row_104_only_a_form_of_its_own_page_and_session_counts() {
    needs!(Names);
    let server = ServerProcess::start(&["--hotspot"]);
    let addr = server.addr;
    let ann = somebody(addr, "Ann", "hello");
    let cookie = format!("Cookie: {}\r\n", ann.cookie.as_deref().unwrap());
    let key = ann.value("key").unwrap();
    let stays = |from| checks(from, addr, "captive.apple.com", "/generate_204").status == 204;
    let from_elsewhere = [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Referer: http://evil.example/\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
    ];
    for headers in from_elsewhere {
        assert_eq!(presses(phone(1), addr, headers, "room=lobby").status, 403, "{headers}");
    }
    for form in ["room=lobby".to_owned(), "room=lobby&key=x".to_owned()] {
        let answer = presses(phone(1), addr, &cookie, &form);
        assert!(answer.text().contains("<button>Stay connected"), "{answer:?}");
    }
    assert_eq!(
        asks(phone(1), addr, &format!("PUT /stay HTTP/1.1\r\nHost: {addr}\r\n\r\n")).status,
        405
    );
    let page = asks(phone(1), addr, &format!("GET /stay HTTP/1.1\r\nHost: {addr}\r\n\r\n"));
    assert!(page.text().contains("<button>Stay connected"), "{page:?}");
    assert!(!stays(phone(1)));
    let answer = presses(phone(1), addr, &cookie, &format!("room=lobby&key={key}"));
    assert!(answer.text().contains("You stay connected"), "{answer:?}");
    assert!(stays(phone(1)) && !stays(phone(2)));
}

#[test]
fn row_104_the_way_leads_below_the_path_of_the_server() {
    needs!(Names);
    let server = ServerProcess::start(&["--hotspot", "--base", "/chat"]);
    let foreign = "GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    let chat = format!("http://{}/chat/", server.addr);
    assert_eq!(bare_redirect(&request(server.addr, foreign)), chat);
    let page = get(server.addr, "/chat/r/lobby?every=").text();
    assert!(page.contains("action=\"/chat/stay\""), "{page}");
}

#[test]
fn row_104_behind_a_proxy_and_without_the_flag_another_host_is_refused() {
    needs!(Names);
    for flags in [&[][..], &["--hotspot", "--trust-proxy", "127.0.0.1"]] {
        let server = ServerProcess::start(flags);
        let foreign = "GET /generate_204 HTTP/1.1\r\nHost: evil.example\r\n\r\n";
        assert_eq!(request(server.addr, foreign).status, 421, "{flags:?}");
        assert_eq!(get(server.addr, "/generate_204").status, 404, "{flags:?}");
    }
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/stay").status, 404);
    let page = get(server.addr, "/r/lobby?every=").text();
    assert!(!page.contains("Stay connected"), "{page}");
    assert_eq!(get(server.addr, "/?pop=1").status, 200);
}

/// A question of DNS for an address (A) of this name.
fn question(name: &str) -> Vec<u8> {
    let mut packet = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.') {
        packet.push(u8::try_from(label.len()).unwrap());
        packet.extend(label.as_bytes());
    }
    packet.extend([0, 0, 1, 0, 1]);
    packet
}

/// The end of the answer to this question, if there is one: the address.
fn resolves(name: &str) -> Option<[u8; 4]> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&question(name), "127.0.0.1:5353").ok()?;
    let mut answer = [0; 512];
    let soon = Deadline::after(Duration::from_millis(200));
    let (count, _) = receive(&socket, &mut answer, soon).ok()?;
    // The number of the question, and that it is one answer.
    assert_eq!((&answer[..2], &answer[6..8]), (&[0, 7][..], &[0, 1][..]));
    answer[..count].last_chunk().copied()
}

#[test]
fn row_104_the_server_answers_for_its_name_until_it_stops() {
    needs!(Names);
    let quiet = ServerProcess::start(&[]);
    assert!(!quiet.threads().contains(&"mdns".to_owned()), "no thread without the flag");
    let mut server = ServerProcess::start(&["--mdns"]);
    let port = server.addr.port();
    let said = format!("By name: http://threadbare.local:{port}/");
    assert!(server.greeting.contains(&said), "{:?}", server.greeting);
    eventually("an answer for the name", || resolves("threadbare.local") == Some([127, 0, 0, 1]));
    assert_eq!(resolves("other.local"), None);
    let page = format!("GET / HTTP/1.1\r\nHost: threadbare.local:{port}\r\n\r\n");
    assert_eq!(request(server.addr, &page).status, 200);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
}

#[test]
fn row_104_an_address_is_printed_as_a_qr_code() {
    needs!(Names);
    let qr = |args: &[&str]| Command::new(program()).arg("qr").args(args).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let address = "http://10.0.0.1/";
    let shown = text(&qr(&[address]).stdout);
    let expected = threadbare::html::qr_code::for_terminal(address, false).unwrap();
    assert_eq!(shown, format!("{expected}{address}\n"));
    let svg = threadbare::html::qr_code::drawn(address, address).unwrap().into_string();
    assert_eq!(text(&qr(&["--svg", address]).stdout), svg + "\n");
    let long = qr(&[&"x".repeat(301)]);
    assert!(!long.status.success() && text(&long.stderr).contains("300 bytes"), "{long:?}");
    // A server that only this machine reaches.
    let server = ServerProcess::start(&[]);
    let here = qr(&["--port", &server.addr.port().to_string()]);
    assert!(text(&here.stderr).contains("no other machine reaches the server"), "{here:?}");
}
