//! The folder of a test's history, and servers that use it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, OpenFlags, params};

use super::{Numbered, ServerProcess, Signal, program};

/// A folder for one test's history, removed with it.
pub struct Data(PathBuf);

impl Data {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("threadbare-past-{}-{number}", std::process::id())))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("threadbare.sqlite")
    }

    pub fn start(&self, more: &[&str]) -> ServerProcess {
        self.start_by(&[], more)
    }

    /// As [`start`](Self::start), through a command that ends by becoming the program.
    pub fn start_by(&self, through: &[&str], more: &[&str]) -> ServerProcess {
        let data = self.0.to_str().unwrap().to_owned();
        ServerProcess::start_by(through, &[&["--data", &data], more].concat(), &[])
    }

    /// Tries to start a server, which must end at once with code 1; returns its message.
    pub fn refuses_a_start_by(&self, through: &[&str]) -> String {
        refuses_a_start_in(self.0.to_str().unwrap(), through)
    }

    /// A server of this folder with so many lines in its lobby. They are written directly into the
    /// file between two lives of the server, because saying them would take minutes.
    pub fn start_with_lines(
        &self,
        lines: u64,
        text: impl Fn(u64) -> String,
        more: &[&str],
    ) -> ServerProcess {
        let mut first = self.start(&[]);
        Numbered::joins(first.addr, "Ann");
        first.gets_signal(Signal::TERM);
        assert!(first.ends().success());
        let mut file = Connection::open(self.file()).unwrap();
        let change = file.transaction().unwrap();
        for seq in 1..=lines {
            change
                .prepare_cached(
                    "INSERT INTO lines (epoch, seq, time, name, kind, text)
                     SELECT epoch, ?1, 1795132800000 + ?1, 'Ann', 0, ?2 FROM rooms WHERE name = 'lobby'",
                )
                .unwrap()
                .execute(params![seq.cast_signed(), text(seq)])
                .unwrap();
        }
        let sql = "UPDATE rooms SET reserved = ?1 WHERE name = 'lobby'";
        change.execute(sql, [lines.cast_signed()]).unwrap();
        // Marked as lines of an older format, which have no checksum.
        let sql = "INSERT INTO without_sum
            SELECT epoch, ?1, 'of an older form' FROM rooms WHERE name = 'lobby'";
        change.execute(sql, [lines.cast_signed()]).unwrap();
        change.commit().unwrap();
        self.start(more)
    }

    /// Kills a server, and starts the next one on the same port.
    pub fn after_a_crash(&self, mut server: ServerProcess) -> ServerProcess {
        let addr = server.addr.to_string();
        server.gets_signal(Signal::KILL);
        server.ends();
        drop(server);
        self.start(&["--addr", &addr])
    }
}

/// As [`Data::refuses_a_start_by`], in any folder.
pub fn refuses_a_start_in(folder: &str, through: &[&str]) -> String {
    let program = [&["timeout", "10"], through, &[program()]].concat();
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(["--addr", "127.0.0.1:0", "--data", folder]);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// A line in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLine {
    pub seq: u64,
    pub id: Option<String>,
    pub text: String,
}

/// The lines of a history's file in the order of their numbers. SQLite must find no fault in the
/// file.
pub fn kept_in(file: &Path) -> Vec<StoredLine> {
    let file = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let fine: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(fine, "ok");
    let mut lines = file.prepare("SELECT seq, id, text FROM lines ORDER BY seq").unwrap();
    let line = |row: &rusqlite::Row<'_>| {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        Ok(StoredLine { seq, id: row.get(1)?, text: row.get(2)? })
    };
    lines.query_map([], line).unwrap().map(Result::unwrap).collect()
}

impl Drop for Data {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
