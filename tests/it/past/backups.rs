//! Row 118 of the features: a backup while the server runs, and back.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::Signal;
use serde_json::json;

use super::export::exported;
use crate::harness::{Data, Numbered, eventually, not_run, program};

fn runs(command: &str, file: &Path, data: &Data) -> Output {
    let data = data.folder();
    Command::new(program()).arg(command).arg(file).arg("--data").arg(data).output().unwrap()
}

/// Succeeds, and returns what was said.
fn does(command: &str, file: &Path, data: &Data) -> String {
    let output = runs(command, file, data);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refuses(command: &str, file: &Path, data: &Data) -> String {
    let output = runs(command, file, data);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A folder for backups, and a file in it.
fn elsewhere(data: &Data) -> PathBuf {
    std::fs::create_dir_all(data.folder()).unwrap();
    data.folder().join("chat.backup")
}

#[test]
fn row_118_a_backup_of_a_running_server_has_all_that_was_sent_and_can_be_restored_elsewhere() {
    let (data, other, disk) = (Data::new(), Data::new(), Data::new());
    let file = elsewhere(&disk);
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann#correct horse");
    let texts: Vec<_> = (0..200).map(|number| format!("message {number}")).collect();
    for some in texts.chunks(20) {
        ann.says_each(&some.iter().map(String::as_str).collect::<Vec<_>>());
        while ann.unanswered() > 0 {
            ann.hears("sent");
        }
    }
    let said = does("backup", &file, &data);
    assert!(said.contains("has the whole history") && said.contains("let nobody else"), "{said}");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    // The server goes on, and what comes now is not in the backup.
    ann.says("after the backup");
    ann.hears("sent");
    assert!(exported(&data, &[]).contains("after the backup"));

    does("restore", &file, &other);
    let second = other.start(&[]);
    let mut bo = Numbered::joins(second.addr, "Bo");
    bo.asks(json!({"type": "name", "name": "Ann#tulip"}));
    assert_eq!(bo.hears("refused")["reason"], "wrong-secret");
    let export = exported(&other, &[]);
    assert!(texts.iter().all(|text| export.contains(&format!(" {text}\n"))), "{export}");
    assert!(!export.contains("after the backup"));
    assert_eq!(std::fs::read_dir(disk.folder()).unwrap().count(), 1, "no part is left");
}

#[test]
fn row_118_a_restore_sets_aside_what_was_there_and_never_under_a_running_server() {
    let (data, disk) = (Data::new(), Data::new());
    let file = elsewhere(&disk);
    let mut server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("first");
    ann.hears("sent");
    does("backup", &file, &data);
    ann.says("second");
    ann.hears("sent");
    let refused = refuses("restore", &file, &data);
    assert!(refused.contains("stop the server first"), "{refused}");
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());

    let said = does("restore", &file, &data);
    let aside = data.folder().join("replaced-1.sqlite");
    assert!(said.contains(aside.to_str().unwrap()), "{said}");
    let export = exported(&data, &[]);
    assert!(export.contains("first") && !export.contains("second"), "{export}");
    // Ann has seen a message with the next number. Nobody else's gets it.
    let server = data.start(&[]);
    ann.addr = server.addr;
    ann.comes_back();
    ann.hears_until(|told| told["type"] == "not-kept" || told["type"] == "skipped");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("third");
    let seq = bo.hears("sent")["seq"].as_u64().unwrap();
    assert!(seq > 1_000_000, "{seq}");
    ann.hears_until(|told| told["text"] == "third" && told["seq"] == seq);
    drop(server);
    // Nothing is lost: the other one is a backup, too.
    does("restore", &aside, &data);
    assert!(exported(&data, &[]).contains("second"));
    drop(data.start(&[]));
}

#[test]
fn row_118_a_backup_that_cannot_be_made_or_read_says_why_and_changes_nothing() {
    let (data, disk) = (Data::new(), Data::new());
    let file = elsewhere(&disk);
    assert!(refuses("backup", &file, &data).contains("there is no history in"));
    let mut server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("kept");
    ann.hears("sent");
    let inside = data.folder().join("chat.backup");
    assert!(refuses("backup", &inside, &data).contains("in the folder of the history"));
    assert!(refuses("backup", Path::new("/no/such/folder/x"), &data).contains("cannot write"));
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());

    assert!(refuses("restore", &file, &data).contains("No such file"));
    std::fs::write(&file, "no history").unwrap();
    assert!(refuses("restore", &file, &data).contains("is no backup, or a damaged one"));
    // Half of a backup: the pages that are missing are found.
    std::fs::remove_file(&file).unwrap();
    does("backup", &file, &data);
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    let refused = refuses("restore", &file, &data);
    assert!(refused.contains("or a damaged one, or only a part of one"), "{refused}");
    assert!(refused.contains("nothing was changed; take another one"), "{refused}");
    assert!(exported(&data, &[]).contains("kept"));
}

/// Ends with the test.
struct Alone(Child);

impl Alone {
    /// Runs the program in the network of this server. `state` is where this user's usual folder of
    /// a history would be.
    fn beside(&self, state: &Path, arguments: &[&str]) -> Output {
        let number = self.0.id().to_string();
        let mut command = Command::new("nsenter");
        command.args(["--net", "--target", &number, program()]).args(arguments);
        command.env_remove("THREADBARE_DATA").env("XDG_STATE_HOME", state).output().unwrap()
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn row_118_without_a_folder_a_backup_is_of_the_server_that_runs() {
    if !rustix::process::geteuid().is_root() {
        return not_run("118", "only root makes a network without other servers");
    }
    let (data, disk) = (Data::new(), Data::new());
    let file = elsewhere(&disk);
    let socket = format!("unix:{}", disk.folder().join("socket").display());
    let mut server = Command::new("unshare");
    server.args(["--net", program(), "--addr", &socket, "--addr", ":8099", "--data"]);
    server.arg(data.folder());
    let server = Alone(server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    // In that network only this server is found. The usual folder of this user has no history.
    let beside = |arguments: &[&str]| server.beside(disk.folder(), arguments);
    // Before `unshare` has made that network, a server of another test may answer.
    eventually("a server that answers", || {
        String::from_utf8_lossy(&beside(&["status", "--json"]).stdout).contains(":8099")
    });
    let output = beside(&["backup", &file.display().to_string()]);
    let said = String::from_utf8(output.stdout).unwrap();
    let of = format!("has the whole history of {} (", data.folder().display());
    assert!(said.contains(&of), "{said} {}", String::from_utf8_lossy(&output.stderr));
    assert!(beside(&["export"]).status.success());
    // A restore would be no history of that server, though the two commands look like a pair.
    let output = beside(&["restore", &file.display().to_string()]);
    let said = String::from_utf8(output.stderr).unwrap();
    let where_it_is = format!("--data {}", data.folder().display());
    assert!(!output.status.success() && said.contains("stop it first"), "{said}");
    assert!(said.contains(&where_it_is), "{said}");
    let (usual, aside) = (disk.folder().join("threadbare"), disk.folder().join("aside"));
    assert!(!usual.exists(), "nothing is restored elsewhere");
    // A look at the machine finds the server, and no fault.
    let output = beside(&["doctor", "--addr", ":8099"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("ok      port       a server of Threadbare has it"), "{said}");
    assert!(said.contains(&data.folder().display().to_string()), "{said}");
    // The disk that is full is the one that is written to.
    let small = format!(
        "mkdir {0} && mount -t tmpfs -o size=16k tmpfs {0} && exec {1} backup --data {2} {0}/b",
        aside.display(),
        program(),
        data.folder().display()
    );
    let output = Command::new("unshare").args(["--mount", "sh", "-c", &small]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains(&format!("cannot write {}/b: ", aside.display())), "{said}");
    assert!(said.to_lowercase().contains("no space left"), "{said}");
}

/// The usual folder of whoever makes the backup may have another history.
#[test]
fn row_118_beside_a_server_that_keeps_nothing_no_other_history_is_backed_up() {
    if !rustix::process::geteuid().is_root() {
        return not_run("118", "only root makes a network without other servers");
    }
    let disk = Data::new();
    let other = disk.folder().join("threadbare");
    std::fs::create_dir_all(&other).unwrap();
    let mut server = Command::new("unshare");
    server.args(["--net", program(), "--addr", ":8098", "--data", "none"]);
    let server = Alone(server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let beside = |arguments: &[&str]| server.beside(disk.folder(), arguments);
    eventually("a server that answers", || {
        String::from_utf8_lossy(&beside(&["status", "--json"]).stdout).contains(":8098")
    });
    let file = elsewhere(&disk).display().to_string();
    for command in [&["backup", &file][..], &["export"]] {
        let output = beside(command);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("--data none has none"), "{said}");
    }
}

/// The user of a service's server may not read root's files.
#[test]
fn row_118_what_root_restores_belongs_to_the_owner_of_the_folder() {
    const NOBODY: u32 = 65_534;
    if !rustix::process::geteuid().is_root() {
        return not_run("118", "only root gives a folder to somebody else");
    }
    let (data, other, disk) = (Data::new(), Data::new(), Data::new());
    let file = elsewhere(&disk);
    drop(data.start(&[]));
    does("backup", &file, &data);
    drop(other.start(&[]));
    for path in [other.folder().to_owned(), other.file()] {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    does("restore", &file, &other);
    let owner = std::fs::metadata(other.file()).unwrap();
    assert_eq!((owner.uid(), owner.gid()), (NOBODY, NOBODY));
}
