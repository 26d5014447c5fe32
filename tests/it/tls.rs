//! Row 110: the server speaks TLS itself, at the same port as plain HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::harness::raw::{Connection, get, narrow};
use crate::harness::secure::{Certificate, SecurePerson, deaf, rest};
use crate::harness::{
    Console, Data, Folder, PATIENCE, Part, Person, ServerProcess, Signal, eventually, lacks,
    program,
};

/// A request that ends its connection.
fn plain_get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n")
}

#[test]
fn row_110_a_page_comes_by_https_and_by_http_at_the_same_port() {
    needs!(Pages);
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    assert!(server.greeting.iter().any(|line| line.contains("https://")), "{:?}", server.greeting);
    let by_tls = certificate.asks(server.addr, &plain_get("/"));
    assert!(by_tls.starts_with("HTTP/1.1 200 OK\r\n") && by_tls.contains("<html"), "{by_tls}");
    assert_eq!(get(server.addr, "/").status, 200);
    // Longer than one record of TLS, whole.
    let page = get(server.addr, "/").text();
    let paths: Vec<_> = page.split('"').filter(|word| word.contains(".js")).collect();
    let files = paths.iter().map(|path| (*path, get(server.addr, path)));
    let (path, script) = files.max_by_key(|(_, file)| file.body.len()).unwrap();
    assert!(script.body.len() > 32 * 1024, "{}", script.body.len());
    let by_tls = certificate.asks(server.addr, &plain_get(path));
    assert!(by_tls.ends_with(&script.text()));
    // Two requests on one connection.
    let mut client = certificate.connects(server.addr);
    for path in ["/healthz", "/healthz"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
        client.write_all(request.as_bytes()).unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"ok\n") {
            let mut some = [0; 512];
            let count = client.read(&mut some).unwrap();
            assert!(count > 0, "{}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&some[..count]);
        }
    }
}

#[test]
fn row_110_both_versions_of_tls_are_spoken_with_both_kinds_of_keys() {
    let Some(certificate) = Certificate::new("110") else { return };
    for kind in ["ec", "rsa"] {
        certificate.renew(kind);
        let server = certificate.starts(&[]);
        for is_modern in [true, false] {
            let socket = TcpStream::connect(server.addr).unwrap();
            let stream = certificate.connects_over(socket, is_modern);
            let mut person = SecurePerson::over(stream, server.addr);
            person.says("hello");
            assert_eq!(person.hears(), "hello", "{kind} {is_modern}");
        }
    }
}

#[test]
fn row_110_cookies_of_a_browser_by_tls_are_secure_and_its_own_page_may_ask() {
    needs!(Pages);
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    let request = |scheme: &str, name: &str| {
        let form = format!("name={name}&text=hello");
        format!(
            "POST /r/lobby HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\
             Origin: {scheme}://{{host}}\r\nAccept: text/html\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{form}",
            form.len()
        )
    };
    let by_tls = certificate.asks(server.addr, &request("https", "Ann"));
    let cookies: Vec<_> = by_tls.lines().filter(|line| line.starts_with("Set-Cookie")).collect();
    assert!(!cookies.is_empty() && cookies.iter().all(|it| it.ends_with("; Secure")), "{by_tls}");
    let mut plain = Connection::open(server.addr);
    plain.sends(request("http", "Bob").replace("{host}", &server.addr.to_string()).as_bytes());
    let plain = plain.answer();
    assert!(plain.head.contains("Set-Cookie") && !plain.head.contains("Secure"), "{plain:?}");
}

#[test]
fn row_110_people_with_and_without_tls_hear_one_order() {
    const EACH: usize = 300;
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&["--outbox", "2000"]);
    let mut near = Person::joins(server.addr, "near", "/ws");
    let mut far = certificate.joins(server.addr);
    far.says("(far is here)");
    assert_eq!(far.hears(), "(far is here)");
    near.hears("(far is here)");
    let heard = std::thread::scope(|scope| {
        let far = scope.spawn(|| {
            (0..EACH).for_each(|number| far.says(&format!("far {number}")));
            (0..2 * EACH).map(|_| far.hears()).collect::<Vec<_>>()
        });
        (0..EACH).for_each(|number| near.says(&format!("near {number}")));
        assert!(near.hears_as_many_as(2 * EACH + 1).is_none());
        far.join().unwrap()
    });
    assert_eq!(heard, near.heard()[1..]);
}

#[test]
fn row_110_what_a_slow_reader_has_not_taken_comes_whole_and_in_order() {
    const MESSAGES: usize = 1500;
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&["--outbox", "8000"]);
    let slow = certificate.connects_over(narrow(server.addr), true);
    let mut slow = SecurePerson::over(slow, server.addr);
    slow.says("(here)");
    assert_eq!(slow.hears(), "(here)");
    let mut fast = Person::joins(server.addr, "fast", "/ws");
    assert_eq!(slow.hears(), "(fast is here)");
    // Of every length, so that a socket becomes full at every place of a record.
    let texts: Vec<_> = (0..MESSAGES).map(|at| format!("{at}:{}", "x".repeat(at % 700))).collect();
    for text in &texts {
        fast.says(text);
        fast.hears(text);
    }
    for text in &texts {
        assert_eq!(&slow.hears(), text);
    }
    slow.says("still here");
    assert_eq!(slow.hears(), "still here");
}

#[test]
fn row_110_a_handshake_is_cut_at_the_deadline_of_a_head() {
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&["--head-timeout", "300ms"]);
    for first in [&[0x16][..], &[0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3]] {
        let began = Instant::now();
        let mut slow = TcpStream::connect(server.addr).unwrap();
        slow.write_all(first).unwrap();
        // A byte now and then changes nothing.
        let mut ended = false;
        while !ended && began.elapsed() < PATIENCE {
            std::thread::park_timeout(Duration::from_millis(50));
            ended = slow.write_all(&[0]).is_err();
        }
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(300) && took < PATIENCE / 2, "{took:?}");
    }
    eventually("no door is left", || server.guest_threads() == 0);
}

#[test]
fn row_110_who_sends_no_tls_after_its_first_byte_is_told_and_closed() {
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    let mut noise = Connection::open(server.addr);
    noise.sends(&[[0x16].as_slice(), &[b'x'; 300]].concat());
    let told = noise.rest();
    // An alert of TLS: a record of type 21.
    assert_eq!(told.first(), Some(&0x15), "{told:?}");
    server.logs(&["no TLS handshake"]);
    // A handshake that is larger than any browser's.
    let mut large = Connection::open(server.addr);
    for _ in 0..5 {
        // A record of 8,000 bytes with the begin of a message of 60,000.
        large.sends(&[&[0x16, 3, 1, 0x1f, 0x40, 1, 0, 0xea, 0x60], &[0; 7996][..]].concat());
    }
    large.rest();
    let mut other = certificate.joins(server.addr);
    other.says("still open");
    assert_eq!(other.hears(), "still open");
}

#[test]
fn row_110_a_deaf_client_is_evicted_and_hurts_nobody() {
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&["--outbox", "32"]);
    let _deaf = deaf(certificate.connects_over(narrow(server.addr), true), server.addr);
    let mut good = certificate.joins(server.addr);
    let until = Instant::now() + PATIENCE;
    let long = "x".repeat(400);
    let is_evicted = || server.log().iter().any(|line| line.contains("reason=slow_consumer"));
    while !is_evicted() {
        assert!(Instant::now() < until, "{:?}", server.log());
        good.says(&long);
        assert_eq!(good.hears(), long);
    }
}

#[test]
fn row_110_behind_the_close_frame_comes_a_close_notify_and_nothing_else() {
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    let mut leaver = certificate.joins(server.addr);
    leaver.says("bye");
    assert_eq!(leaver.hears(), "bye");
    leaver.0.close(None).unwrap();
    assert_eq!(leaver.hears_the_end(), None);
    let mut loud = certificate.joins(server.addr);
    loud.says(&"x".repeat(5000));
    assert_eq!(loud.hears_the_end(), Some(1009));
    let mut stayer = certificate.joins(server.addr);
    stayer.says("staying");
    assert_eq!(stayer.hears(), "staying");
    server.gets_signal(Signal::TERM);
    assert_eq!(stayer.hears_the_end(), Some(1001));
}

#[test]
fn row_110_a_stream_and_a_saved_room_come_by_tls_and_a_file_ends_as_a_whole_one() {
    needs!(Pages);
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    let mut stream = certificate.connects(server.addr);
    let request = format!("GET /r/lobby/stream HTTP/1.1\r\nHost: {}\r\n\r\n", server.addr);
    stream.write_all(request.as_bytes()).unwrap();
    let mut person = Person::joins(server.addr, "near", "/ws");
    person.says("to a stream by TLS");
    let mut heard = String::new();
    while !heard.contains("to a stream by TLS") {
        let mut some = [0; 512];
        let count = stream.read(&mut some).unwrap();
        assert!(count > 0, "{heard}");
        heard += &String::from_utf8_lossy(&some[..count]);
    }
    let saved = certificate.asks(server.addr, &plain_get("/r/lobby/save"));
    assert!(saved.contains("to a stream by TLS"), "{saved}");
}

#[test]
fn row_110_a_peer_that_ends_tls_has_left() {
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    let mut leaver = certificate.joins(server.addr);
    leaver.says("here");
    assert_eq!(leaver.hears(), "here");
    let stream = leaver.0.get_mut();
    stream.conn.send_close_notify();
    stream.flush().unwrap();
    server.logs(&["client left", "reason=peer_closed"]);
    rest(stream).unwrap();
    let mut forger = certificate.joins(server.addr);
    let socket = &mut forger.0.get_mut().sock;
    // A record that nobody has sealed.
    socket.write_all(&[0x17, 3, 3, 0, 32]).unwrap();
    socket.write_all(&[7; 32]).unwrap();
    server.logs(&["client left", "reason=connection_broken"]);
}

#[test]
fn row_110_a_client_that_changes_its_keys_goes_on() {
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&[]);
    let mut near = Person::joins(server.addr, "near", "/ws");
    let mut far = certificate.joins(server.addr);
    for number in 0..5 {
        // The server owes an answer to this, and sends it in front of the next record.
        far.0.get_mut().conn.refresh_traffic_keys().unwrap();
        far.says(&format!("far {number}"));
        assert_eq!(far.hears(), format!("far {number}"));
        near.hears(&format!("far {number}"));
        near.says(&format!("near {number}"));
        assert_eq!(far.hears(), format!("near {number}"));
        near.hears(&format!("near {number}"));
    }
}

/// What the program says when it does not start with these flags.
fn refusal(flags: &[&str]) -> String {
    let output = Command::new(program())
        .args(["--addr", "127.0.0.1:0"])
        .args(flags)
        .env("THREADBARE_DATA", "none")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty(), "it listened: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn row_110_files_that_are_wrong_are_refused_with_words_before_it_listens() {
    let Some(certificate) = Certificate::new("110") else { return };
    let Some(other) = Certificate::new("110") else { return };
    let [_, cert, _, key] = certificate.flags();
    let text = certificate.file("text");
    std::fs::write(&text, "no PEM\n").unwrap();
    for (flags, words) in [
        (&["--tls-cert", cert][..], "add --tls-key FILE"),
        (&["--tls-key", key], "add --tls-cert FILE"),
        (&["--tls-only"], "add --tls-cert FILE"),
        (&["--tls-self", "--tls-cert", cert, "--tls-key", key], "leave one of the two out"),
        (&["--tls-self", "--tls-key", key], "leave one of the two out"),
        (&["--tls-cert", "/no/such", "--tls-key", key], "the certificate /no/such: No such file"),
        (&["--tls-cert", cert, "--tls-key", "/no/such"], "the key /no/such: No such file"),
        (&["--tls-cert", &text, "--tls-key", key], "it must be PEM, as the `fullchain.pem`"),
        (&["--tls-cert", key, "--tls-key", key], "no certificate that can be read"),
        (&["--tls-cert", cert, "--tls-key", cert], "no private key without a passphrase"),
        (&["--tls-cert", cert, "--tls-key", &other.key], "does not belong to the certificate"),
    ] {
        let said = refusal(flags);
        assert!(said.contains(words), "{flags:?}: {said}");
    }
}

/// The fingerprint that a server has printed.
fn printed_fingerprint(server: &ServerProcess) -> String {
    let mut lines = server.greeting.iter();
    assert!(lines.any(|line| line.contains("SHA-256")), "{:?}", server.greeting);
    lines.next().unwrap().trim().to_owned()
}

#[test]
fn row_110_a_server_makes_its_own_certificate_once_and_says_its_fingerprint() {
    needs!(History);
    // It is here for its folder, and for `openssl`, which must agree about the fingerprint.
    let Some(mut own) = Certificate::new("110") else { return };
    let data = Data::new();
    own.certificate = data.folder().join("tls-self-cert.pem").to_str().unwrap().to_owned();
    own.key = data.folder().join("tls-self-key.pem").to_str().unwrap().to_owned();
    let server = data.start(&["--tls-self", "--host", "chat.example.org"]);
    let fingerprint = printed_fingerprint(&server);
    let kept = |line: &String| line.contains(&format!("is kept in {}", own.certificate));
    assert!(server.greeting.iter().any(kept), "{:?}", server.greeting);
    let join = format!("join https://{}/ --fingerprint {fingerprint}", server.addr);
    assert!(server.greeting.iter().any(|line| line.ends_with(&join)), "{:?}", server.greeting);
    let of_openssl = own.says_openssl(&["-fingerprint", "-sha256"]);
    assert_eq!(of_openssl.split('=').next_back(), Some(fingerprint.as_str()));
    let mode = |path: &str| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&own.key), mode(&own.certificate)), (0o600, 0o644));
    let names = own.says_openssl(&["-ext", "subjectAltName"]);
    for name in ["localhost", "threadbare.local", "chat.example.org", "127.0.0.1"] {
        assert!(names.contains(&format!(":{name}")), "{name}: {names}");
    }
    let for_servers_only = own.says_openssl(&["-ext", "basicConstraints,extendedKeyUsage"]);
    assert!(for_servers_only.contains("CA:FALSE"), "{for_servers_only}");
    // Valid now, and for 824 days, but not for 825: browsers of Apple take no more.
    let is_valid_for = |days: u32| own.is_valid_for(days * 24 * 60 * 60);
    assert!(is_valid_for(0) && is_valid_for(823) && !is_valid_for(825));
    // A client that trusts this certificate alone takes the server for `localhost`.
    let mut person = own.joins(server.addr);
    person.says("sealed");
    assert_eq!(person.hears(), "sealed");
    drop((person, server));

    let again = data.start(&["--tls-self", "--tls-only"]);
    assert_eq!(printed_fingerprint(&again), fingerprint, "after a restart");
    drop(again);
    std::fs::write(&own.key, "nothing").unwrap();
    let said = data.refuses_a_start_by(&["env", "THREADBARE_TLS_SELF=1"]);
    assert!(said.contains("Remove both files"), "{said}");
    std::fs::remove_file(&own.key).unwrap();
    let anew = data.start(&["--tls-self"]);
    assert_ne!(printed_fingerprint(&anew), fingerprint);
    own.joins(anew.addr).says("sealed by the new one");
}

#[test]
fn row_110_without_a_folder_the_own_certificate_ends_with_the_server() {
    if lacks(Part::Tls) {
        return;
    }
    let servers = [(); 2].map(|()| ServerProcess::start(&["--tls-self"]));
    let [first, second] = servers.each_ref().map(printed_fingerprint);
    assert_ne!(first, second);
    for server in servers {
        let said = |line: &String| line.contains("is not kept: the next start makes another");
        assert!(server.greeting.iter().any(said), "{:?}", server.greeting);
    }
}

#[test]
fn row_110_a_console_speaks_tls_with_a_server_that_it_can_believe() {
    needs!(Console);
    let Some(certificate) = Certificate::new("110") else { return };
    let server = ServerProcess::start(&["--tls-self", "--tls-only"]);
    let fingerprint = printed_fingerprint(&server);
    let url = format!("https://{}/", server.addr);
    let state = Folder::new();
    let home = [("XDG_STATE_HOME", state.path())];
    let with = |fingerprint: &str| {
        let flags = ["join", &url, "--name", "Ann", "--fingerprint", fingerprint];
        Console::runs(&flags, &home)
    };
    let mut near = with(&fingerprint);
    near.types("sealed by a console\n");
    // A script hears only what is said after it came.
    near.shows("sealed by a console");
    // By digits alone, too, as other programs write them.
    let bare = fingerprint.replace(':', "").to_lowercase();
    let send = ["send", "--url", &url, "--fingerprint", &bare, "lobby", "a second one"];
    let sent = Console::runs(&send, &home).waits();
    assert_eq!(sent.code, 0, "{sent:?}");
    near.shows("a second one");
    assert_eq!(near.ends().code, 0);
    for flags in [&["join", &url][..], &["send", "--url", &url, "lobby", "hm"]] {
        let outcome = Console::runs(flags, &home).waits();
        assert!(outcome.notes.contains("give the fingerprint that it prints"), "{outcome:?}");
        assert_ne!(outcome.code, 0);
    }
    let outcome = with(&"00".repeat(32)).waits();
    assert!(outcome.notes.contains(&format!("the fingerprint {fingerprint}")), "{outcome:?}");
    let outcome = with("00").waits();
    assert!(outcome.notes.contains("32 pairs of digits"), "{outcome:?}");

    // A certificate that this machine trusts, for the name that was dialled.
    let server = certificate.starts(&[]);
    let trusts = [home[0], ("SSL_CERT_FILE", certificate.certificate.as_str())];
    let url = |host: &str| format!("wss://{host}:{}/ws", server.addr.port());
    let send =
        |url: &str| Console::runs(&["send", "--url", url, "lobby", "trusted"], &trusts).waits();
    assert_eq!(send(&url("localhost")).code, 0);
    let outcome = send(&url("127.0.0.1"));
    assert!(outcome.code != 0 && outcome.notes.contains("no secure connection"), "{outcome:?}");
}

#[test]
fn row_110_plain_requests_are_sent_to_https_if_asked() {
    needs!(Pages);
    let Some(certificate) = Certificate::new("110") else { return };
    let server = certificate.starts(&["--tls-only", "--trust-proxy", "127.0.0.1"]);
    assert!(
        !server.greeting.iter().any(|line| line.contains("threadbare join")),
        "{:?}",
        server.greeting
    );
    let answer = get(server.addr, "/r/lobby?x=%20y");
    assert_eq!(answer.status, 307);
    let to = format!("https://{}/r/lobby?x=%20y", server.addr);
    assert_eq!(answer.header("location"), Some(to.as_str()));
    let mut chat = Connection::open(server.addr).knocks(server.addr);
    assert_eq!(chat.answer().status, 307);
    assert!(certificate.asks(server.addr, &plain_get("/")).starts_with("HTTP/1.1 200"));
    // The browser speaks TLS with a proxy.
    let mut proxied = Connection::open(server.addr);
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\nX-Forwarded-Proto: https\r\n", server.addr);
    assert_eq!(proxied.sends(format!("{head}\r\n").as_bytes()).answer().status, 200);
}

#[test]
fn row_109_a_signal_reads_the_certificate_again_and_nobody_is_thrown_out() {
    let Some(certificate) = Certificate::new("109") else { return };
    let through = ["setsid", "env", "--default-signal=HUP"];
    let server = ServerProcess::start_by(&through, &certificate.flags(), &[]);
    let mut person = certificate.joins(server.addr);
    certificate.renew("ec");
    server.gets_signal(Signal::HUP);
    server.logs(&["the settings were reloaded", "tls-cert"]);
    // This client knows only the new certificate.
    let mut next = certificate.joins(server.addr);
    next.says("with the new one");
    assert_eq!(person.hears(), "with the new one");
    std::fs::write(&certificate.key, "nothing").unwrap();
    server.gets_signal(Signal::HUP);
    server.logs(&["nothing was reloaded", "no private key"]);
    certificate.joins(server.addr).says("still the new one");
}
