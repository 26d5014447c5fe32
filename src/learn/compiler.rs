//! Builds and runs a learner's programs, with the `rustc` of the machine.
//!
//! A program of a learner may wait for ever: that is what the course is about. So each run has a
//! deadline.
//!
//! Blocks on: the compiler, for some seconds; a program, for [`RUN_MAX`] at most.
//! Owns: how `rustc` is called, and how a run ends.
//! Must not know: what a program is for.
//!
//! Part: `learn/mod.rs`.

use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use crossbeam_channel::bounded;

use crate::base::threads;

/// How long a program may run. Those of the course end within five seconds, on a machine that is
/// not busy.
pub(super) const RUN_MAX: Duration = Duration::from_secs(60);

/// How a run has ended.
pub(super) struct Ended {
    /// Whether its exit code was 0.
    pub is_good: bool,
    /// What it has printed.
    pub output: String,
}

/// Builds `source`, a file of `folder`, into the file `program` there. `flags` are more flags of
/// `rustc`. Returns whether `rustc` takes the program. What it says about the program goes to
/// standard error.
///
/// # Errors
/// There is no `rustc` on this machine.
pub(super) fn build(
    folder: &Path,
    source: &str,
    program: &str,
    flags: &[&str],
) -> anyhow::Result<bool> {
    let mut rustc = Command::new("rustc");
    rustc.current_dir(folder).args(["--edition", "2021", source, "-o", program]).args(flags);
    let status = match rustc.status() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "there is no `rustc` on this machine. On Debian: apt install rustc; else see \
             https://rust-lang.org/tools/install"
        ),
        other => other.context("cannot start rustc")?,
    };
    Ok(status.success())
}

/// Runs a program of `folder` until it ends.
///
/// # Errors
/// The program cannot be started, or has not ended after `max`. Then it is ended.
pub(super) fn run(folder: &Path, program: &str, max: Duration) -> anyhow::Result<Ended> {
    // The child's folder is another one, so its path must not be relative.
    let path = folder.join(program).canonicalize().context("cannot find the program")?;
    let mut child = Command::new(path)
        .current_dir(folder)
        // What a failed test says is enough.
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", folder.join(program).display()))?;
    let output = read_until_end(&mut child, max).context("cannot start a thread");
    if !matches!(output, Ok(Some(_))) {
        child.kill().context("cannot end the program")?;
    }
    let status = child.wait().context("cannot wait for the program")?;
    match output? {
        Some(output) => Ok(Ended { is_good: status.success(), output }),
        None => bail!("{program} has not ended after {} s; it was stopped", max.as_secs()),
    }
}

/// Reads what the child prints until it ends. Returns nothing if that takes longer than `max`.
fn read_until_end(child: &mut Child, max: Duration) -> io::Result<Option<String>> {
    let Some(mut stdout) = child.stdout.take() else { return Ok(None) };
    let (done, ended) = bounded(1);
    // A pipe has no deadline for reads. So a thread reads, and this one waits for it.
    threads::spawn("program", move || {
        let mut bytes = Vec::new();
        stdout.read_to_end(&mut bytes).ok();
        done.send(String::from_utf8_lossy(&bytes).into_owned()).ok();
    })?;
    Ok(ended.recv_timeout(max).ok())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_program_that_waits_for_ever_is_ended_at_its_deadline() {
        let run_of = |program| run(Path::new("/bin"), program, Duration::from_secs(60));
        assert_eq!(run_of("cat").unwrap().output, "", "it has no input");
        let folder = std::env::temp_dir().join(format!("threadbare-waits-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let script = folder.join("waits");
        std::fs::write(&script, "#!/bin/sh\nexec tail -f /dev/null\n").unwrap();
        std::fs::set_permissions(&script, PermissionsExt::from_mode(0o755)).unwrap();
        let error = run(&folder, "waits", Duration::from_millis(20)).err().unwrap();
        std::fs::remove_dir_all(folder).unwrap();
        assert!(error.to_string().contains("has not ended"), "{error}");
    }
}
