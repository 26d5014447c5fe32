//! The other end of a control socket: finds the servers of this machine, and asks one of them.
//!
//! Blocks on: the server, `ASK_WAIT` at most.
//! Owns: how servers are found. The kernel lists all Unix sockets with their paths, and a control
//! socket has a path of its own form. So a server is found wherever its sockets are, and one that
//! was killed is not.
//! Must not know: what an answer says.
//!
//! Part: `server/control/mod.rs`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::COMMAND_WAIT;
use crate::base::socket::deadline::{self, Deadline};
use crate::server::http::folder::is_control_path;

/// How long an answer may take. Before the server reads a command, other clients may each keep it
/// for twice [`COMMAND_WAIT`].
const ASK_WAIT: Duration = COMMAND_WAIT.saturating_mul(5);
/// Longest answer, in bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// How much is read at once, in bytes.
const READ_BYTES: usize = 16 * 1024;
/// The flag of a socket that listens, in the kernel's list.
const LISTENS: &str = "00010000";

/// Returns the control sockets of this machine, whoever runs their servers. Those of another
/// network namespace, such as a container's, are not among them.
///
/// # Errors
/// The kernel's list cannot be read.
pub fn sockets() -> io::Result<Vec<PathBuf>> {
    let list = fs::read("/proc/net/unix")?;
    let mut found = listed(&String::from_utf8_lossy(&list));
    found.sort();
    found.dedup();
    Ok(found)
}

/// Returns the control sockets in the kernel's list: `Num RefCount Protocol Flags Type St Inode
/// Path`.
fn listed(list: &str) -> Vec<PathBuf> {
    let path = |line: &str| {
        let mut fields = line.split_whitespace();
        let listens = fields.nth(3)? == LISTENS;
        let (_type, _state, _inode) = (fields.next()?, fields.next()?, fields.next()?);
        // A path may have spaces in it.
        let at = line.find(" /")? + 1;
        let path = PathBuf::from(&line[at..]);
        (listens && is_control_path(&path)).then_some(path)
    };
    list.lines().filter_map(path).collect()
}

/// Sends a command to the server with this control socket, and returns its answer.
///
/// # Errors
/// `PermissionDenied`: the server is another user's. `ConnectionRefused` and `NotFound`: no server
/// is there. Otherwise the server did not answer in time.
pub fn ask(path: &Path, command: &str) -> io::Result<String> {
    let by = Deadline::after(ASK_WAIT);
    let server = deadline::connect_unix(path, by)?;
    deadline::write_all(&server, format!("{command}\n").as_bytes(), by)?;
    let mut answer = Vec::new();
    while deadline::read_more(&server, &mut answer, READ_BYTES, by)? > 0 {
        if answer.len() > ANSWER_BYTES_MAX {
            return Err(io::Error::other("the answer is too long"));
        }
    }
    if answer.is_empty() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    String::from_utf8(answer).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::listed;

    #[test]
    fn row_115_control_sockets_are_found_in_the_kernel_s_list() {
        let list = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000: 00000002 00000000 00010000 0001 01 21 /a b/threadbare-0123456789abcdef/control\n\
            0000: 00000003 00000000 00000000 0001 03 22 /tmp/threadbare-0123456789abcdef/control\n\
            0000: 00000002 00000000 00010000 0001 01 23 /tmp/threadbare-0123456789abcdef/0\n\
            0000: 00000002 00000000 00010000 0001 01 24 @/tmp/threadbare-0123456789abcdef/control\n\
            0000: 00000002 00000000 00010000 0001 01 25\n";
        let wanted = Path::new("/a b/threadbare-0123456789abcdef/control");
        assert_eq!(listed(list), [wanted]);
    }
}
