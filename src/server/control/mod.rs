//! The control socket: a Unix socket by which the operator, on the server's machine, asks the
//! running server something.
//!
//! A connection is one command: the client sends one line, the server sends one line of JSON and
//! closes the connection. Only the user who runs the server, and root, get an answer: the socket's
//! folder and the socket itself are theirs alone, and the kernel says who has connected.
//!
//! Runs on thread `control`, only in a server that answers commands.
//! Blocks on: `accept`, until somebody connects or the socket is dropped; then on that connection,
//! [`COMMAND_WAIT`] at most for the line and as long for the answer. While it does, other clients
//! wait in the kernel. After an error that may stay, blocks on a short pause.
//! Owns: the socket, its folder and the thread; the form of a command and of its answer.
//! Must not know: which commands there are.
//!
//! Part: `server/mod.rs`.

pub mod asking;

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::net::sockopt::socket_peercred;
use rustix::process::geteuid;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use tracing::Level;

use crate::base::socket::deadline::{self, Deadline};
use crate::base::{rate, threads};
use crate::server::http::folder::PrivateFolder;

/// How long a client may take to send its command, and how long to take the answer. A client that
/// is silent keeps the next one waiting for so long, and a server that stops, too.
pub const COMMAND_WAIT: Duration = Duration::from_secs(1);
/// Longest command, in bytes, with its line feed.
const COMMAND_BYTES_MAX: usize = 256;
/// Most clients that wait in the kernel until the thread takes them.
const BACKLOG: i32 = 8;
/// How long the thread pauses after an error of `accept`, such as that no file is free.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Returns the answer to a command, as JSON in one line; `None`: there is no such command. It may
/// read files, and may wait for the hub, a second at most.
pub type AnswerCommand = Box<dyn Fn(&str) -> Option<String> + Send>;

/// A control socket and its thread. Dropping this value ends the thread, which may take
/// [`COMMAND_WAIT`] twice if a client is there, and removes the socket.
#[derive(Debug)]
pub struct ControlSocket {
    listener: Arc<UnixListener>,
    stopping: Arc<AtomicBool>,
    /// `None`: the thread is joined.
    thread: Option<JoinHandle<()>>,
    _folder: PrivateFolder,
}

impl ControlSocket {
    /// Opens the socket and starts its thread.
    ///
    /// # Errors
    /// No folder can be made, or the system gives no socket or no thread.
    pub fn start(answer: AnswerCommand) -> io::Result<Self> {
        let folder = PrivateFolder::create().map_err(|(path, error)| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        let path = folder.control();
        socket.bind(&SockAddr::unix(&path)?)?;
        // Nobody can connect before `listen`, so nobody finds the socket with other permissions.
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        socket.listen(BACKLOG)?;
        let listener = Arc::new(UnixListener::from(socket));
        let stopping = Arc::new(AtomicBool::new(false));
        let control =
            Control { listener: Arc::clone(&listener), stopping: Arc::clone(&stopping), answer };
        let thread = threads::spawn("control", move || control.run())?;
        Ok(Self { listener, stopping, thread: Some(thread), _folder: folder })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        // This ends the wait in `accept`. An error means that the thread does not wait there.
        SockRef::from(&*self.listener).shutdown(std::net::Shutdown::Both).ok();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("control had panicked");
            }
        }
    }
}

struct Control {
    listener: Arc<UnixListener>,
    stopping: Arc<AtomicBool>,
    answer: AnswerCommand,
}

impl Control {
    /// Answers one client after the other until the server stops.
    fn run(&self) {
        loop {
            let accepted = self.listener.accept();
            if self.stopping.load(Ordering::Acquire) {
                return;
            }
            match accepted {
                Ok((client, _)) => {
                    if let Err(error) = self.serve(&client) {
                        tracing::debug!(%error, "no answer at the control socket");
                    }
                }
                Err(error) => {
                    if rate::admits(Level::WARN, "control socket failed") {
                        tracing::warn!(%error, "the control socket failed; trying again");
                    }
                    std::thread::park_timeout(ACCEPT_PAUSE);
                }
            }
        }
    }

    /// Reads one command and answers it. The error: the client may not ask, or is late or gone.
    fn serve(&self, client: &UnixStream) -> io::Result<()> {
        let asks = socket_peercred(client)?.uid;
        if !asks.is_root() && asks != geteuid() {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let command = read_command(client)?;
        let answer = (self.answer)(command.trim());
        let answer = answer.unwrap_or_else(|| UNKNOWN.to_owned()) + "\n";
        deadline::write_all(client, answer.as_bytes(), Deadline::after(COMMAND_WAIT))
    }
}

/// The answer to a command that there is not.
const UNKNOWN: &str = "{\"error\":\"unknown command\"}";

/// Reads a line. A client may also end its side in place of the line feed.
///
/// # Errors
/// The line is too long, not UTF-8 or not there in time.
fn read_command(client: &UnixStream) -> io::Result<String> {
    let by = Deadline::after(COMMAND_WAIT);
    let mut line = Vec::new();
    while !line.contains(&b'\n') {
        if line.len() >= COMMAND_BYTES_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let space = COMMAND_BYTES_MAX - line.len();
        if deadline::read_more(client, &mut line, space, by)? == 0 {
            break;
        }
    }
    String::from_utf8(line).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::time::Instant;

    use super::asking::{ask, sockets};
    use super::{COMMAND_WAIT, ControlSocket, UNKNOWN};

    fn echo() -> ControlSocket {
        ControlSocket::start(Box::new(|command| {
            command.strip_prefix("say ").map(|word| format!("\"{word}\""))
        }))
        .unwrap()
    }

    #[test]
    fn row_115_a_command_is_answered_and_the_socket_goes_with_its_server() {
        let control = echo();
        let path = control._folder.control();
        assert_eq!(ask(&path, "say fish").unwrap(), "\"fish\"\n");
        assert_eq!(ask(&path, "dance").unwrap().trim(), UNKNOWN);
        assert!(ask(&path, &"x".repeat(300)).is_err(), "too long");
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path) & 0o777, 0o600);
        assert_eq!(mode(path.parent().unwrap()) & 0o777, 0o700);
        assert!(sockets().unwrap().contains(&path));
        drop(control);
        assert!(!path.exists() && !sockets().unwrap().contains(&path));
    }

    #[test]
    fn row_115_a_silent_client_holds_up_the_next_one_until_its_deadline_only() {
        let control = echo();
        let path = control._folder.control();
        let began = Instant::now();
        let mut silent = UnixStream::connect(&path).unwrap();
        silent.write_all(b"say").unwrap();
        assert_eq!(ask(&path, "say fish").unwrap(), "\"fish\"\n");
        let waited = began.elapsed();
        assert!(waited < COMMAND_WAIT * 3, "{waited:?}");
        // So does the end of the server.
        let _silent = UnixStream::connect(&path).unwrap();
        let began = Instant::now();
        drop(control);
        assert!(began.elapsed() < COMMAND_WAIT * 3);
    }
}
