//! F2: the folder or the file becomes inaccessible. Permissions do not bind root, so the server
//! runs as another user.

use std::fs::{Permissions, set_permissions};
use std::ops::Deref;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Data, Numbered, ServerProcess, Signal, kept_in, not_run, program};
use crate::past::disk::the_talk_goes_on;

/// The number of the user `nobody`.
const NOBODY: u32 = 65534;

/// A folder of the user `nobody`, and a copy of the program in a place where every user may run it:
/// a source tree in a home folder is closed to other users.
struct OfNobody {
    data: Data,
    program: PathBuf,
}

impl OfNobody {
    /// `None` if the server cannot run as `nobody`.
    fn new() -> Option<Self> {
        let data = Data::new();
        std::fs::create_dir(data.folder()).unwrap();
        let is_given = chown(data.folder(), Some(NOBODY), Some(NOBODY)).is_ok();
        may(data.folder(), 0o700);
        let copy = data.folder().with_extension("program");
        std::fs::copy(program(), &copy).unwrap();
        may(&copy, 0o755);
        let its = Self { data, program: copy };
        let through = its.through();
        let mut tried = Command::new(&through[0]);
        tried.args(&through[1..]).args(["threadbare", "--version"]);
        let can = is_given && tried.output().is_ok_and(|output| output.status.success());
        if !can {
            not_run("F2", "the server cannot be started as another user here");
        }
        can.then_some(its)
    }

    /// The command that runs the copy of the program as `nobody`.
    fn through(&self) -> Vec<String> {
        let command = format!("setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups sh -c");
        let runs = format!("exec {} \"$@\"", self.program.display());
        command.split(' ').map(str::to_owned).chain([runs]).collect()
    }

    fn starts(&self, more: &[&str]) -> ServerProcess {
        let through = self.through();
        let through: Vec<_> = through.iter().map(String::as_str).collect();
        self.data.start_by(&through, more)
    }

    fn refuses_a_start(&self) -> String {
        let through = self.through();
        let through: Vec<_> = through.iter().map(String::as_str).collect();
        self.data.refuses_a_start_by(&through)
    }
}

impl Deref for OfNobody {
    type Target = Data;

    fn deref(&self) -> &Data {
        &self.data
    }
}

impl Drop for OfNobody {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.program));
    }
}

fn may(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Sets the owner of the file and of those next to it. (`kept_in`, which runs as root, gives the
/// new ones to the file's owner.)
fn is_owned_by(data: &Data, user: u32) {
    for end in ["", "-wal", "-shm"] {
        chown(format!("{}{end}", data.file().display()), Some(user), Some(user)).unwrap();
    }
}

/// The server can store nothing: it tells all clients, and the chat goes on.
fn nothing_is_kept(ann: &mut Numbered, bo: &mut Numbered, words: &str) {
    let sent = ann.sent.len();
    the_talk_goes_on(ann, bo, words);
    bo.hears_over_any_connection_until(|bo| !bo.is_kept);
    ann.hears_over_any_connection_until(|ann| !ann.is_kept);
    assert_eq!(ann.sent.len(), sent, "{words}: nothing claims to be sent that is not");
}

/// Now the server has stored everything.
fn all_is_kept(ann: &mut Numbered, bo: &mut Numbered) {
    bo.hears_over_any_connection_until(|bo| bo.is_kept);
    ann.hears_over_any_connection_until(|ann| ann.is_answered() && ann.is_kept);
}

/// After a crash, all messages are still there.
fn is_there_after_a_crash(
    data: &OfNobody,
    mut server: ServerProcess,
    ann: &mut Numbered,
    count: usize,
) {
    let addr = server.addr.to_string();
    server.gets_signal(Signal::KILL);
    server.ends();
    let _server = data.starts(&["--addr", &addr]);
    ann.comes_back();
    ann.hears("caught-up");
    assert_eq!(ann.view("lobby").lines.len(), count);
    let kept = kept_in(&data.file());
    assert_eq!(kept.len(), count);
    for line in kept {
        assert_eq!(ann.view("lobby").lines[&line.seq], line.text);
    }
}

#[test]
fn f2_while_the_folder_may_not_be_used_the_talk_goes_on_and_is_kept_when_it_may() {
    let Some(data) = OfNobody::new() else { return };
    let server = data.starts(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.says("before");
    ann.hears("sent");
    bo.hears_until(|line| line["text"] == "before");
    may(data.folder(), 0);
    nothing_is_kept(&mut ann, &mut bo, "no permission");
    may(data.folder(), 0o700);
    all_is_kept(&mut ann, &mut bo);
    chown(data.folder(), Some(0), Some(0)).unwrap();
    nothing_is_kept(&mut ann, &mut bo, "another owner");
    chown(data.folder(), Some(NOBODY), Some(NOBODY)).unwrap();
    all_is_kept(&mut ann, &mut bo);
    // No new file may be made in the folder, and the old ones are gone.
    may(data.folder(), 0o500);
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", data.file().display())).unwrap();
    }
    nothing_is_kept(&mut ann, &mut bo, "read-only and empty");
    may(data.folder(), 0o700);
    all_is_kept(&mut ann, &mut bo);
    is_there_after_a_crash(&data, server, &mut ann, 61);
}

#[test]
fn f2_a_file_that_becomes_read_only_is_written_while_it_is_open_and_then_no_more() {
    let Some(data) = OfNobody::new() else { return };
    let server = data.starts(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    // A process that has a file open may go on writing. So the messages are stored, and the server
    // may call them sent.
    may(&data.file(), 0o400);
    is_owned_by(&data, 0);
    the_talk_goes_on(&mut ann, &mut bo, "open");
    ann.hears_over_any_connection_until(Numbered::is_answered);
    assert!(ann.is_kept && kept_in(&data.file()).len() == 20);
    // The server must open the file again, and cannot.
    may(data.folder(), 0);
    nothing_is_kept(&mut ann, &mut bo, "no permission");
    may(&data.file(), 0o444);
    may(data.folder(), 0o700);
    nothing_is_kept(&mut ann, &mut bo, "read-only");
    is_owned_by(&data, NOBODY);
    may(&data.file(), 0o600);
    all_is_kept(&mut ann, &mut bo);
    is_there_after_a_crash(&data, server, &mut ann, 60);
}

#[test]
fn f2_a_start_that_may_not_use_its_folder_or_file_says_so_in_one_line() {
    let Some(data) = OfNobody::new() else { return };
    let mut server = data.starts(&[]);
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0));
    let before = std::fs::read(data.file()).unwrap();
    may(&data.file(), 0o400);
    let said = data.refuses_a_start();
    assert!(said.contains("history") && said.contains("readonly"), "{said}");
    may(&data.file(), 0o600);
    may(data.folder(), 0);
    let words = data.refuses_a_start();
    assert!(words.contains("--data") && words.contains("Permission denied"), "{words}");
    may(data.folder(), 0o700);
    for said in [said, words] {
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(std::fs::read(data.file()).unwrap(), before, "nothing was set aside or changed");
}
