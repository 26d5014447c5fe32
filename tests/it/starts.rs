//! The program starts itself once more, before it makes any thread: in the same process, with
//! settings that make each thread cheaper.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::harness::raw::{Connection, get};
use crate::harness::{EmptyRoot, Folder, ServerProcess, is_of_glibc, not_run, program};

const ONE_THREAD_S_CACHE: &str = "glibc.malloc.tcache_count";

/// SIGBUS and SIGSEGV in the kernel's mask of signals.
const FAULTS: u64 = 1 << (7 - 1) | 1 << (11 - 1);

/// An empty folder, and the value that removes it.
fn folder() -> (Folder, PathBuf) {
    let folder = Folder::new();
    let path = PathBuf::from(folder.path());
    std::fs::create_dir(&path).unwrap();
    (folder, path)
}

fn page(child: u32, name: &str) -> Vec<u8> {
    std::fs::read(format!("/proc/{child}/{name}")).unwrap()
}

/// The parts of `/proc/PID/cmdline` and `/proc/PID/environ`.
fn parts(page: &[u8]) -> Vec<Vec<u8>> {
    let page = page.strip_suffix(b"\0").unwrap_or(page);
    page.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

fn ignores_faults(child: u32) -> bool {
    let page = String::from_utf8(page(child, "status")).unwrap();
    let mask = page.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & FAULTS == FAULTS
}

/// The settings that glibc was started with. glibc replaces the end of each one by a zero, in
/// place.
fn tunables(child: u32) -> Option<String> {
    let all = String::from_utf8_lossy(&page(child, "environ")).replace('\0', ":");
    let (_, own) = all.split_once("GLIBC_TUNABLES=")?;
    let are_tunables = |one: &&str| one.starts_with("glibc.");
    Some(own.split(':').take_while(are_tunables).collect::<Vec<_>>().join(":"))
}

fn pid(server: &ServerProcess) -> u32 {
    server.pid().as_raw_nonzero().get().unsigned_abs()
}

/// How many memory maps each of a hundred guests takes.
fn maps_of_a_guest(server: &ServerProcess) -> usize {
    let maps = || page(pid(server), "maps").iter().filter(|byte| **byte == b'\n').count();
    let guests = |count| -> Vec<_> {
        let all = (0..count).map(|_| Connection::open(server.addr).knocks(server.addr));
        all.map(|mut guest| (guest.first_line(), guest)).collect()
    };
    // The first guests make the allocator take what it needs for itself.
    let _first = guests(50);
    let before = maps();
    let _others = guests(100);
    (maps() - before).div_ceil(100)
}

#[test]
fn the_program_starts_itself_once_more_and_each_of_its_threads_takes_half_the_memory_maps() {
    let server = ServerProcess::start(&[]);
    assert!(ignores_faults(pid(&server)), "SIGSEGV and SIGBUS are to be ignored");
    if is_of_glibc() {
        let tunables = tunables(pid(&server)).unwrap();
        assert!(tunables.contains(&format!("{ONE_THREAD_S_CACHE}=0")), "{tunables}");
    }
    let new = maps_of_a_guest(&server);
    let as_started = ServerProcess::start(&["--no-reexec"]);
    assert!(!ignores_faults(pid(&as_started)));
    assert_eq!(tunables(pid(&as_started)), None);
    let old = maps_of_a_guest(&as_started);
    println!("a guest takes {new} memory maps, {old} with --no-reexec");
    assert!(new <= 5 && old >= 8, "{new} instead of {old}");
    assert_eq!(get(server.addr, "/healthz").status, 200);
}

/// The program with these arguments, and its greeting; ended with the test.
struct Started(Child, Vec<String>);

impl Started {
    fn by(command: &mut Command) -> Self {
        let command = command.args(["--addr", "127.0.0.1:0"]).env("THREADBARE_DATA", "none");
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting: Vec<String> = Vec::new();
        for line in said.map_while(Result::ok) {
            greeting.push(line);
            if greeting.last().unwrap().starts_with("Ctrl-C") {
                break;
            }
        }
        assert!(!greeting.is_empty(), "it did not start");
        Self(child, greeting)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn started_once_more_it_has_its_number_its_arguments_and_its_environment_to_the_byte() {
    let (_gone_with_it, folder) = folder();
    let odd = folder.join(OsStr::from_bytes(b"odd \xff 'folder' \"$HOME\" \n*"));
    std::fs::create_dir(&odd).unwrap();
    std::fs::write(odd.join("index.html"), "mine").unwrap();
    let mut command = Command::new(program());
    command.arg("--assets").arg(&odd).args(["--host", "a.example", "--host=b.example"]);
    let mine = [("ODD", &b"\xfe\xff a=b\n"[..]), ("EMPTY", b""), ("THREADBARE_BURST", b"7")];
    for (name, value) in mine {
        command.env(name, OsStr::from_bytes(value));
    }
    let started = Started::by(&mut command);
    let pid = started.0.id();
    assert!(ignores_faults(pid));
    let args = parts(&page(pid, "cmdline"));
    assert_eq!(args[0], program().as_bytes());
    let odd = odd.as_os_str().as_bytes();
    let wanted: [&[u8]; 8] = [
        b"--assets",
        odd,
        b"--host",
        b"a.example",
        b"--host=b.example",
        b"--addr",
        b"127.0.0.1:0",
        b"",
    ];
    assert_eq!(args[1..], wanted[..7]);
    let environment = parts(&page(pid, "environ"));
    for (name, value) in mine {
        let whole = [name.as_bytes(), b"=", value].concat();
        assert!(environment.contains(&whole), "{name} is gone");
    }
    for (name, value) in std::env::vars_os() {
        if ["THREADBARE_DATA", "_", "PWD", "OLDPWD", "SHLVL"].iter().all(|one| name != *one) {
            let whole = [name.as_bytes(), b"=", value.as_bytes()].concat();
            assert!(environment.contains(&whole), "{name:?} is not what it was");
        }
    }
}

#[test]
fn a_tunable_of_the_operator_s_own_stays_and_others_are_kept() {
    if !is_of_glibc() {
        return;
    }
    let started_with = |own: &str| {
        let server = ServerProcess::start_with(&[], &[("GLIBC_TUNABLES", own)]);
        tunables(pid(&server)).unwrap()
    };
    let own = format!("{ONE_THREAD_S_CACHE}=3:glibc.malloc.arena_max=5");
    let all = started_with(&own);
    assert!(all.starts_with(&own), "{all}");
    assert_eq!(all.matches(ONE_THREAD_S_CACHE).count(), 1, "{all}");
    assert_eq!(all.matches("arena_max").count(), 1, "{all}");
    let other = "glibc.malloc.check=0";
    assert!(started_with(other).starts_with(&format!("{other}:{ONE_THREAD_S_CACHE}=0:")));
}

#[test]
fn without_a_shell_it_goes_on_as_it_was_started_and_says_so() {
    let hide = "mount --bind /dev/null /bin/sh && exec \"$0\" \"$@\"";
    let alone = ["unshare", "--mount", "--propagation", "private", "sh", "-c", hide];
    let can = Command::new(alone[0]).args(&alone[1..]).arg("/bin/true").status();
    if !can.is_ok_and(|status| status.success()) {
        not_run("C4", "this machine lets us hide no /bin/sh");
        return;
    }
    let mut command = Command::new(alone[0]);
    let started = Started::by(command.args(&alone[1..]).arg(program()));
    assert!(!ignores_faults(started.0.id()));
    let said = started.1.join("\n");
    assert!(said.contains("could not start itself once more"), "{said}");
}

#[test]
fn in_a_root_folder_with_nothing_else_it_starts_says_so_and_reckons_with_dearer_threads() {
    for (has_proc, why) in [(true, "/bin/sh: No such file"), (false, "there is no /proc")] {
        let Some(root) = EmptyRoot::new(has_proc) else {
            not_run("C4", "this machine lets us start nothing in an empty root folder");
            return;
        };
        let server = root.start(&[]);
        let said = server.greeting.join("\n");
        assert!(said.contains(&format!("could not start itself once more ({why}")), "{said}");
        assert!(said.contains("fewer people fit"), "{said}");
        assert_eq!(get(server.addr, "/healthz").status, 200);
        let log = server.logs(&["could not start itself once more"]);
        assert!(log.contains("WARN"), "{log}");
        assert!(maps_of_a_guest(&server) >= 8, "has_proc={has_proc}");
        let people = |said: &str| {
            let line =
                said.lines().find_map(|line| line.strip_prefix("This machine holds ")).unwrap();
            line.split(' ').next().unwrap().parse::<usize>().unwrap()
        };
        let usual = ServerProcess::start(&[]).greeting.join("\n");
        if usual.contains("memory maps") {
            assert!(people(&said) * 3 < people(&usual) * 2, "{said}\n{usual}");
        }
    }
}

#[test]
fn a_program_whose_file_is_gone_goes_on_as_it_was_started() {
    let (_gone_with_it, folder) = folder();
    let copy = folder.join("chat");
    std::fs::copy(program(), &copy).unwrap();
    // A file that is still open can be started, even if it has no name any more.
    let open = std::fs::File::open(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    let mut command = Command::new(format!("/proc/self/fd/{}", open.as_raw_fd()));
    let started = Started::by(command.arg0(&copy));
    assert!(!ignores_faults(started.0.id()));
    assert!(started.1.join("\n").contains("could not start itself once more"), "{:?}", started.1);
}

#[test]
fn started_by_its_name_alone_it_is_the_same_program() {
    let (_gone_with_it, folder) = folder();
    let path = folder.join("chat");
    std::os::unix::fs::symlink(program(), &path).unwrap();
    let mut command = Command::new("sh");
    let by_name = format!("PATH=\"{}:$PATH\"; exec chat \"$@\"", folder.display());
    let started = Started::by(command.args(["-c", &by_name, "sh"]));
    let pid = started.0.id();
    assert!(ignores_faults(pid));
    assert_eq!(page(pid, "comm"), b"chat\n", "as it is called in `ps` and `pidof`");
}

#[test]
fn commands_that_serve_nobody_are_started_once() {
    let out = Command::new("strace")
        .args(["-f", "-e", "trace=execve", program(), "export", "--data", "/nowhere"])
        .output();
    let Ok(out) = out else {
        not_run("C4", "no strace");
        return;
    };
    let calls = String::from_utf8_lossy(&out.stderr).matches("execve(").count();
    assert_eq!(calls, 1, "{}", String::from_utf8_lossy(&out.stderr));
}
