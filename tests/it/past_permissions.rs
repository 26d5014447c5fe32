//! F2: the folder or the file may not be used any more. Permissions do not bind
//! root, so the server is somebody else's.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use super::harness::{BoxProcess, Data, Numbered, Signal, kept_in};
use super::past_disk::the_talk_goes_on;

/// The number of the user who has nothing.
const NOBODY: u32 = 65534;
const AS_NOBODY: [&str; 6] = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];

/// A folder of nobody's; `None` where the server cannot run as nobody.
fn nobody_s_folder() -> Option<Data> {
    let data = Data::new();
    std::fs::create_dir(data.folder()).unwrap();
    let is_given = chown(data.folder(), Some(NOBODY), Some(NOBODY)).is_ok();
    may(data.folder(), 0o700);
    let mut command = Command::new(AS_NOBODY[0]);
    command.args(&AS_NOBODY[1..]).args(["sh", "-c", "test -x \"$0\" -a -w \"$1\""]);
    command.arg(env!("CARGO_BIN_EXE_threadbare")).arg(data.folder());
    let can = is_given && command.status().is_ok_and(|status| status.success());
    if !can {
        println!("not run: F2, for the server cannot be started as another user here");
    }
    can.then_some(data)
}

fn may(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The file, and what is beside it; `kept_in` of root gives those to the file's owner.
fn is_owned_by(data: &Data, user: u32) {
    for end in ["", "-wal", "-shm"] {
        chown(format!("{}{end}", data.file().display()), Some(user), Some(user)).unwrap();
    }
}

fn starts(data: &Data, more: &[&str]) -> BoxProcess {
    data.start_by(&AS_NOBODY, more)
}

/// Nothing can be kept: everybody is told, and talks on.
fn nothing_is_kept(ann: &mut Numbered, bo: &mut Numbered, words: &str) {
    let sent = ann.sent.len();
    the_talk_goes_on(ann, bo, words);
    bo.hears_over_any_line_until(|bo| !bo.is_kept);
    ann.hears_over_any_line_until(|ann| !ann.is_kept);
    assert_eq!(ann.sent.len(), sent, "{words}: nothing claims to be sent that is not");
}

/// ... and now all of it is.
fn all_is_kept(ann: &mut Numbered, bo: &mut Numbered) {
    bo.hears_over_any_line_until(|bo| bo.is_kept);
    ann.hears_over_any_line_until(|ann| ann.is_answered() && ann.is_kept);
}

/// After a crash, too.
fn is_there_after_a_crash(data: &Data, mut server: BoxProcess, ann: &mut Numbered, count: usize) {
    let addr = server.addr.to_string();
    server.gets_signal(Signal::KILL);
    server.ends();
    let _server = starts(data, &["--addr", &addr]);
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
    let Some(data) = nobody_s_folder() else { return };
    let server = starts(&data, &[]);
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
    // Nothing new may be in it, and what was there is lost.
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
    let Some(data) = nobody_s_folder() else { return };
    let server = starts(&data, &[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    // Who has a file open may go on writing: then it is kept, and may be called so.
    may(&data.file(), 0o400);
    is_owned_by(&data, 0);
    the_talk_goes_on(&mut ann, &mut bo, "open");
    ann.hears_over_any_line_until(Numbered::is_answered);
    assert!(ann.is_kept && kept_in(&data.file()).len() == 20);
    // It must be opened anew, and cannot be.
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
    let Some(data) = nobody_s_folder() else { return };
    let mut server = starts(&data, &[]);
    server.gets_signal(Signal::TERM);
    assert_eq!(server.ends().code(), Some(0));
    let before = std::fs::read(data.file()).unwrap();
    may(&data.file(), 0o400);
    let said = data.refuses_a_start_by(&AS_NOBODY);
    assert!(said.contains("history") && said.contains("readonly"), "{said}");
    may(&data.file(), 0o600);
    may(data.folder(), 0);
    let words = data.refuses_a_start_by(&AS_NOBODY);
    assert!(words.contains("--data") && words.contains("Permission denied"), "{words}");
    may(data.folder(), 0o700);
    for said in [said, words] {
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert_eq!(std::fs::read(data.file()).unwrap(), before, "nothing was set aside or changed");
}
