//! The real program in a process of its own: flags, log lines, signals, threads.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::process::Pid;
pub use rustix::process::Signal;

use super::{PATIENCE, TlsRelay, eventually, eventually_within, program, tls_relay};

/// Whether the program is linked with glibc, like the usual build. The static build has musl, and
/// needs no loader.
pub fn is_of_glibc() -> bool {
    let mut head = Vec::new();
    File::open(program()).unwrap().take(4096).read_to_end(&mut head).unwrap();
    head.windows(8).any(|name| name == b"ld-linux")
}

/// A shell's words: its standard input becomes the one socket that a service manager passes.
const PASSES_ITS_INPUT: &str =
    "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\"";

/// The address of a server that listens at no port.
const NO_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);

/// A running `threadbare`, ended with the test.
pub struct ServerProcess {
    child: Child,
    /// Where the server listens; or the relay in front of it that speaks TLS with it.
    pub addr: SocketAddr,
    /// What the program printed on standard output at the start.
    pub greeting: Vec<String>,
    log: Arc<Mutex<Vec<String>>>,
    _relay: Option<TlsRelay>,
    _stdout: BufReader<ChildStdout>,
}

impl ServerProcess {
    /// `threadbare FLAGS` on a port of its own.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, &[])
    }

    /// As [`start`](Self::start), with these variables in its environment.
    /// `--addr 127.0.0.1:0` is added unless the test says where to listen.
    pub fn start_with(flags: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_by(&[], flags, environment)
    }

    /// As [`start_with`](Self::start_with), through a command that ends by
    /// becoming the program: `sh -c '...; exec "$0" "$@"'`.
    pub fn start_by(through: &[&str], flags: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::start_with_input(Stdio::null(), through, flags, environment)
    }

    /// As [`start_with`](Self::start_with), as a service manager starts a program for which it has
    /// opened this listener: as its file 3.
    pub fn start_on(listener: impl AsFd, flags: &[&str], environment: &[(&str, &str)]) -> Self {
        let passed = Stdio::from(listener.as_fd().try_clone_to_owned().unwrap());
        Self::start_with_input(passed, &["sh", "-c", PASSES_ITS_INPUT], flags, environment)
    }

    fn start_with_input(
        input: Stdio,
        through: &[&str],
        flags: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        let program = [through, &[program()]].concat();
        let mut command = Command::new(program[0]);
        command.args(&program[1..]).args(flags).env_remove("LC_ALL").env("LANG", "C");
        // A test that needs a history says so itself (`--data DIR`).
        command.env("THREADBARE_DATA", "none");
        let says_where = flags.iter().any(|flag| {
            ["addr", "port", "config"]
                .iter()
                .any(|name| flag.trim_start_matches('-').starts_with(name))
        }) || environment.iter().any(|(name, _)| *name == "THREADBARE_ADDR");
        if !says_where {
            command.args(["--addr", "127.0.0.1:0"]);
        }
        let is_relayed = tls_relay::is_wanted() && !flags.iter().any(|flag| flag.contains("tls"));
        if is_relayed {
            command.arg("--tls-self");
        }
        for (name, value) in environment {
            command.env(name, value);
        }
        let mut child =
            command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = collect(BufReader::new(child.stderr.take().unwrap()));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let greeting = read_greeting(&mut stdout);
        let addr = greeting
            .iter()
            .find_map(|line| address_in(line))
            // A server may listen at a Unix socket alone.
            .or_else(|| greeting.iter().find(|line| line.contains(" unix:")).map(|_| NO_PORT))
            .unwrap_or_else(|| panic!("it did not start: {greeting:?} {:?}", log.lock()));
        let relay = (is_relayed && addr != NO_PORT).then(|| TlsRelay::to(addr));
        let addr = relay.as_ref().map_or(addr, |relay| relay.addr);
        Self { child, addr, greeting, log, _relay: relay, _stdout: stdout }
    }

    /// Every address in the greeting, in order.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.greeting.iter().filter_map(|line| address_in(line)).collect()
    }

    /// The address of its plain lines (`--lines`), as its greeting says it.
    pub fn lines(&self) -> SocketAddr {
        let mut greeting = self.greeting.iter();
        let words = greeting.find_map(|line| line.strip_prefix("Plain lines: nc "));
        words.unwrap().trim().replace(' ', ":").parse().unwrap()
    }

    /// The log so far.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().clone()
    }

    /// Waits for a log line with all of `words` and answers it.
    pub fn logs(&self, words: &[&str]) -> String {
        self.logs_within(PATIENCE, words)
    }

    /// As [`Self::logs`], with a time limit of its own.
    pub fn logs_within(&self, wait: Duration, words: &[&str]) -> String {
        let mut found = None;
        eventually_within(wait, &format!("a log line with {words:?}"), || {
            let log = self.log.lock();
            found = log.iter().find(|line| words.iter().all(|word| line.contains(word))).cloned();
            found.is_some()
        });
        found.unwrap()
    }

    /// The number of the process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The kernel's numbers of its threads with this name.
    pub fn threads_named(&self, name: &str) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let named = tasks.flatten().filter(|task| {
            std::fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim() == name)
        });
        named.map(|task| task.file_name().to_str().unwrap().parse().unwrap()).collect()
    }

    /// The first number after `key` in the kernel's `status` file of the process: threads,
    /// kilobytes of memory.
    pub fn status(&self, key: &str) -> usize {
        let path = format!("/proc/{}/status", self.child.id());
        let page = std::fs::read_to_string(path).unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim_start_matches(':').split_whitespace().next().unwrap().parse().unwrap()
    }

    /// How long the process has used a CPU so far, in ticks of 10 ms.
    pub fn cpu_ticks(&self) -> u64 {
        self.ticks_in("stat")
    }

    /// The same for one of its threads.
    pub fn cpu_ticks_of(&self, thread: u32) -> u64 {
        self.ticks_in(&format!("task/{thread}/stat"))
    }

    fn ticks_in(&self, page: &str) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/{page}", self.child.id())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11..=12].iter().map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    }

    /// How many files the process has open.
    pub fn file_count(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// The names of its threads, from the kernel.
    pub fn threads(&self) -> Vec<String> {
        let mut names = Vec::new();
        let tasks = format!("/proc/{}/task", self.child.id());
        for task in std::fs::read_dir(tasks).unwrap().flatten() {
            // A thread may end during this loop.
            if let Ok(name) = std::fs::read_to_string(task.path().join("comm")) {
                names.push(name.trim().to_owned());
            }
        }
        names
    }

    /// How many threads serve guests; those that wait for the next guest do not count.
    pub fn guest_threads(&self) -> usize {
        let is_one =
            |name: &String| name == "door" || name.starts_with("r-") || name.starts_with("w-");
        self.threads().iter().filter(|name| is_one(name)).count()
    }

    /// How many clients have a reader or a writer, or both.
    pub fn clients(&self) -> usize {
        let threads = self.threads();
        let numbers = threads
            .iter()
            .filter_map(|name| name.strip_prefix("r-").or_else(|| name.strip_prefix("w-")));
        numbers.collect::<BTreeSet<_>>().len()
    }

    /// Waits until exactly these doors, readers, writers and kept threads are there. A new thread
    /// has its maker's name until it first runs, and a message can arrive before its writer has
    /// run. So one look proves nothing.
    pub fn waits_for_threads(&self, wanted: &[&str]) {
        eventually(&format!("the threads {wanted:?}"), || {
            let mut names = self.threads();
            names.retain(|name| {
                ["door", "parked"].contains(&&**name)
                    || name.starts_with(['r', 'w']) && name.contains('-')
            });
            names.sort();
            names == wanted
        });
    }

    /// A value of the kernel's `status` file about its memory, in KiB: `VmPeak`, `VmRSS`.
    pub fn memory_kib(&self, name: &str) -> u64 {
        let page = format!("/proc/{}/status", self.child.id());
        let page = std::fs::read_to_string(page).unwrap();
        let line = page.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// How many memory maps the process has.
    pub fn maps(&self) -> usize {
        let page = std::fs::read(format!("/proc/{}/maps", self.child.id())).unwrap_or_default();
        page.iter().filter(|byte| **byte == b'\n').count()
    }

    /// The open files of the process, by their names.
    pub fn files(&self) -> BTreeSet<String> {
        let folder = format!("/proc/{}/fd", self.child.id());
        let links = std::fs::read_dir(folder).into_iter().flatten().flatten();
        links
            .filter_map(|link| std::fs::read_link(link.path()).ok())
            .map(|path| path.display().to_string())
            .collect()
    }

    /// The state of the process, for a failure message: each thread with the kernel's letter for
    /// its state, its files, the last lines of its log.
    fn state(&self) -> String {
        let tasks = format!("/proc/{}/task", self.child.id());
        let tasks = std::fs::read_dir(tasks).into_iter().flatten().flatten();
        let threads = tasks
            .filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok())
            .filter_map(|stat| Some(stat.split_once('(')?.1.chars().take(20).collect::<String>()));
        let log = self.log();
        let log = &log[log.len().saturating_sub(20)..];
        format!("{:?}\n{:?}\n{}", threads.collect::<Vec<_>>(), self.files(), log.join("\n"))
    }

    /// Sends a signal to it.
    pub fn gets_signal(&self, signal: Signal) {
        send_signal(&self.child, signal);
    }

    /// How many events of this kind the log has reported: as lines, and as a summed number.
    pub fn told(&self, kind: &str, field: &str) -> (usize, usize) {
        let (mut lines, mut more) = (0, 0);
        for line in self.log() {
            if line.contains("lines of this kind are left out")
                && line.contains(&format!("kind=\"{kind}\""))
            {
                let number = line.split("more=").nth(1).unwrap();
                more += number.split_whitespace().next().unwrap().parse::<usize>().unwrap();
            } else if line.contains(&format!("{field}{kind}")) {
                lines += 1;
            }
        }
        (lines, more)
    }

    /// Waits for the end of the process.
    pub fn ends(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "it does not end: {:?}", self.log());
            std::thread::park_timeout(std::time::Duration::from_millis(2));
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the server of the test that failed:\n{}", self.state());
        }
        // An error means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a signal to a process that this test has started.
pub fn send_signal(child: &Child, signal: Signal) {
    rustix::process::kill_process(Pid::from_child(child), signal).unwrap();
}

fn collect(lines: impl BufRead + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&log);
    threadbare::base::threads::spawn("log", move || {
        for line in lines.lines().map_while(Result::ok) {
            kept.lock().push(line);
        }
    })
    .unwrap();
    log
}

fn read_greeting(stdout: &mut impl BufRead) -> Vec<String> {
    let mut greeting = Vec::new();
    for line in stdout.lines().map_while(Result::ok) {
        let last = line.starts_with("Ctrl-C");
        greeting.push(line);
        if last {
            break;
        }
    }
    greeting
}

fn address_in(line: &str) -> Option<SocketAddr> {
    let line = line.trim();
    let rest = line.strip_prefix("http://").or_else(|| line.strip_prefix("https://"))?;
    rest.split('/').next()?.parse().ok()
}

/// A server with a door for `nc`, and the door's address.
pub fn with_lines(flags: &[&str]) -> (ServerProcess, SocketAddr) {
    let server = ServerProcess::start(&[&["--lines", "127.0.0.1:0"], flags].concat());
    let addr = server.lines();
    (server, addr)
}
