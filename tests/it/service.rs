//! Row 114: a service manager, such as systemd, starts the server: it passes a socket, hears when
//! the server is ready and well, and starts it anew. Row 117: an init script starts it, too.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::harness::raw::{Connection, get};
use crate::harness::{Folder, PATIENCE, ServerProcess, Signal, eventually, not_run, program};

const CONNECTIONS: usize = 1000;
/// More than the server answers within `STOP_ARRIVALS_WAIT`.
const BURST: usize = 100;
const PEERS: usize = 4;
const RESTARTS: usize = 5;

/// What systemd is for a service: the other end of `NOTIFY_SOCKET`.
struct Manager {
    socket: UnixDatagram,
    folder: Folder,
}

impl Manager {
    fn new() -> Self {
        let folder = Folder::new();
        std::fs::create_dir(folder.path()).unwrap();
        let socket = UnixDatagram::bind(format!("{}/notify", folder.path())).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        Self { socket, folder }
    }

    fn starts(&self, more: &[(&str, &str)]) -> ServerProcess {
        let path = format!("{}/notify", self.folder.path());
        let environment = [&[("NOTIFY_SOCKET", path.as_str())], more].concat();
        ServerProcess::start_with(&[], &environment)
    }

    /// The next text that the server sends.
    fn hears(&self) -> String {
        let mut text = [0; 4096];
        let count = self.socket.recv(&mut text).unwrap();
        String::from_utf8(text[..count].to_vec()).unwrap()
    }
}

/// The scripts of other service managers. No such manager runs here, so only their syntax is tried.
#[test]
fn row_114_the_init_scripts_are_correct_shell() {
    let boxes = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/boxes");
    let mut tried = 0;
    for file in std::fs::read_dir(boxes).unwrap().flatten() {
        let path = file.path();
        if path.extension().is_some_and(|end| end == "init") {
            let checked = Command::new("sh").arg("-n").arg(&path).output().unwrap();
            let said = String::from_utf8_lossy(&checked.stderr).into_owned();
            assert!(checked.status.success() && said.is_empty(), "{path:?}: {said}");
            let text = std::fs::read_to_string(&path).unwrap();
            let is_told = text.contains("Not run on") || text.contains("; not on a router");
            assert!(is_told, "{path:?} says what was not tried");
            tried += 1;
        }
    }
    assert_eq!(tried, 3);
}

#[test]
fn the_service_manager_hears_that_the_server_is_ready_and_that_it_stops() {
    let manager = Manager::new();
    let mut server = manager.starts(&[]);
    let ready = manager.hears();
    assert_eq!(get(server.addr, "/healthz").status, 200, "{ready}");
    let lines: Vec<_> = ready.lines().collect();
    assert!(lines.contains(&"READY=1"), "{ready}");
    assert!(lines.iter().any(|line| line.starts_with("STATUS=") && line.contains("people")));
    assert_eq!(server.threads_named("watchdog"), [] as [u32; 0], "nobody asked for it");
    server.gets_signal(Signal::TERM);
    assert_eq!(manager.hears().trim(), "STOPPING=1");
    assert!(server.ends().success());
}

#[test]
fn a_watchdog_hears_again_and_again_that_the_server_is_well() {
    let manager = Manager::new();
    let mut server = manager.starts(&[("WATCHDOG_USEC", "100000")]);
    assert!(manager.hears().contains("READY=1"));
    for _ in 0..5 {
        assert_eq!(manager.hears().trim(), "WATCHDOG=1");
    }
    assert_eq!(server.threads_named("watchdog").len(), 1);
    server.gets_signal(Signal::TERM);
    while manager.hears().trim() != "STOPPING=1" {}
    assert!(server.ends().success());
}

#[test]
fn a_service_manager_that_reads_nothing_holds_up_nothing() {
    let manager = Manager::new();
    let mut server = manager.starts(&[("WATCHDOG_USEC", "2000")]);
    let mut watchdog = None;
    eventually("a watchdog", || {
        watchdog = server.threads_named("watchdog").pop();
        watchdog.is_some()
    });
    let watchdog = watchdog.unwrap();
    let status = format!("/proc/{}/task/{watchdog}/status", server.pid().as_raw_nonzero());
    let sleeps = || {
        let page = std::fs::read_to_string(&status).unwrap();
        let count = page.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        count.unwrap().trim().parse::<u32>().unwrap()
    };
    // Far more than the kernel's queue of such a socket holds (`net.unix.max_dgram_qlen`).
    eventually("a hundred texts", || sleeps() > 100);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
}

#[test]
fn the_server_listens_on_the_socket_that_it_is_given() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    // As a unit may have it: the port is the socket's, whatever the flag says.
    let mut server = ServerProcess::start_on(&listener, &["--addr", "127.0.0.1:1"], &[]);
    assert_eq!(server.addresses(), [addr], "{:?}", server.greeting);
    assert_eq!(get(addr, "/healthz").status, 200);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    // The port is still open: somebody who comes now waits for the next server.
    let mut early = Connection::open(addr);
    early.sends(b"GET /healthz HTTP/1.0\r\n\r\n");
    let _server = ServerProcess::start_on(&listener, &[], &[]);
    assert_eq!(early.answer().status, 200);
}

#[expect(clippy::disallowed_methods, reason = "a peer, not the server")]
fn health_of(addr: SocketAddr) -> io::Result<String> {
    let mut peer = TcpStream::connect(addr)?;
    peer.set_read_timeout(Some(PATIENCE))?;
    peer.write_all(b"GET /healthz HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    peer.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Asks until `CONNECTIONS` have asked. Returns what those got that got no answer.
fn ask_all(listener: &TcpListener, asked: &AtomicUsize) -> Vec<String> {
    let addr = listener.local_addr().unwrap();
    let mut unanswered = Vec::new();
    while asked.fetch_add(1, Ordering::Relaxed) < CONNECTIONS {
        match health_of(addr) {
            Ok(answer) if answer.contains(" 200 ") => {}
            other => unanswered.push(format!("{other:?}")),
        }
    }
    unanswered
}

#[test]
fn a_restart_refuses_none_of_a_thousand_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (asked, is_done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let unanswered = thread::scope(|scope| {
        let restarting = scope.spawn(|| {
            let mut restarts = 0;
            let mut server = ServerProcess::start_on(&listener, &[], &[]);
            while !is_done.load(Ordering::Relaxed) && restarts < RESTARTS {
                // Each server answers a part of the thousand.
                let part = (restarts + 1) * CONNECTIONS / (RESTARTS + 2);
                while asked.load(Ordering::Relaxed) < part {
                    thread::yield_now();
                }
                server.gets_signal(Signal::TERM);
                assert!(server.ends().success());
                server = ServerProcess::start_on(&listener, &[], &[]);
                restarts += 1;
            }
            (restarts, server)
        });
        let peers: Vec<_> =
            (0..PEERS).map(|_| scope.spawn(|| ask_all(&listener, &asked))).collect();
        let unanswered: Vec<_> = peers.into_iter().flat_map(|peer| peer.join().unwrap()).collect();
        is_done.store(true, Ordering::Relaxed);
        let (restarts, _server) = restarting.join().unwrap();
        assert_eq!(restarts, RESTARTS);
        unanswered
    });
    assert_eq!(unanswered, [] as [String; 0]);
}

#[test]
fn whole_requests_of_a_burst_are_answered_before_the_server_stops() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let mut server = ServerProcess::start_on(&listener, &[], &[]);
    let mut peers: Vec<_> = (0..BURST).map(|_| Connection::open(addr)).collect();
    for peer in &mut peers {
        peer.sends(format!("GET / HTTP/1.1\r\nHost: {addr}\r\n\r\n").as_bytes());
    }
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    // Those that the first server had not accepted yet wait for the next one.
    let _server = ServerProcess::start_on(&listener, &[], &[]);
    let statuses: Vec<_> = peers.iter_mut().map(|peer| peer.answer().status).collect();
    assert_eq!(statuses, [200; BURST]);
}

#[test]
fn a_client_of_the_old_server_is_told_to_come_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    let mut server = ServerProcess::start_on(&listener, &[], &[]);
    let mut client = Connection::open(addr).knocks(addr);
    assert_eq!(client.answer().status, 101);
    server.gets_signal(Signal::TERM);
    let close_1001 = [0x88, 2, 0x03, 0xe9];
    let heard = client.rest();
    assert!(heard.windows(4).any(|bytes| bytes == close_1001), "{heard:?}");
    assert!(server.ends().success());
}

#[test]
fn a_passed_socket_that_cannot_be_served_is_named() {
    let script =
        "exec 3</dev/null; LISTEN_FDS=1 LISTEN_PID=$$ LISTEN_FDNAMES=door exec \"$0\" --data none";
    let ended = Command::new("sh").args(["-c", script, program()]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let error = String::from_utf8(ended.stderr).unwrap();
    assert!(error.contains("socket 1 (`door`) of LISTEN_FDS"), "{error}");
}

#[test]
fn a_socket_that_was_promised_and_is_not_there_is_named() {
    for count in ["2", "1000", "2147483647", "18446744073709551615"] {
        let script = "exec 3</dev/null; LISTEN_FDS=$1 LISTEN_PID=$$ exec \"$0\" --data none";
        let ended = Command::new("sh").args(["-c", script, program(), count]).output().unwrap();
        assert_eq!(ended.status.code(), Some(1), "{count}");
        let error = String::from_utf8(ended.stderr).unwrap();
        assert!(error.contains("but the file 4 is not open"), "{error}");
    }
}

/// What systemd's tool says of the units of `docs/boxes`, with a program that is there.
fn systemd_analyze(verb: &[&str], units: &[&str]) -> Option<String> {
    let folder = Folder::new();
    std::fs::create_dir(folder.path()).unwrap();
    let mut command = Command::new("systemd-analyze");
    command.args(verb);
    for unit in units {
        let own = format!("{}/docs/boxes/{unit}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(own).unwrap();
        let path = format!("{}/{unit}", folder.path());
        let there = text.replace("/usr/local/bin/threadbare", program());
        assert!(text != there || !unit.ends_with(".service"), "the unit starts another program");
        std::fs::write(&path, there).unwrap();
        command.arg(path);
    }
    let output = command.output().ok()?;
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    Some(String::from_utf8(said).unwrap())
}

#[test]
fn the_units_are_correct_and_safe_in_systemd_s_own_eyes() {
    let units = ["threadbare.service", "threadbare.socket"];
    let Some(said) = systemd_analyze(&["verify"], &units) else {
        return not_run("row 114", "no systemd-analyze");
    };
    assert_eq!(said, "");
    let security = ["security", "--offline=true", "--threshold=29"];
    let said = systemd_analyze(&security, &units[..1]).unwrap();
    assert!(said.contains("Overall exposure level"), "{said}");
}

#[test]
fn systemd_s_own_tool_starts_the_server_at_the_first_connection() {
    let tool = "systemd-socket-activate";
    if Command::new(tool).arg("--version").output().is_err() {
        return not_run("row 114", "no systemd-socket-activate");
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut started = Command::new(tool)
        .args(["--listen", &free.to_string(), program(), "--data", "none"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the tool listens", || TcpStream::connect(free).is_ok());
    assert_eq!(get(free, "/healthz").status, 200);
    rustix::process::kill_process(rustix::process::Pid::from_child(&started), Signal::TERM)
        .unwrap();
    assert!(started.wait().unwrap().success());
}

#[test]
fn row_117_a_server_whose_home_is_the_root_keeps_nothing_there_and_says_why() {
    needs!(History);
    let bare = ["env", "-u", "THREADBARE_DATA", "-u", "STATE_DIRECTORY", "-u", "XDG_STATE_HOME"];
    let server = ServerProcess::start_by(&[&bare[..], &["HOME=/"]].concat(), &[], &[]);
    let told = "HOME is `/`, where the system's own files are, so nothing that is said outlives \
                this server; with --data DIR it does.";
    assert!(server.greeting.iter().any(|line| line.trim() == told), "{:?}", server.greeting);
    assert!(!server.files().iter().any(|file| file.contains("sqlite")), "{:?}", server.files());
}
