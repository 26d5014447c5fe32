//! What a service manager, such as systemd, gives to the program when it starts it, and what the
//! program tells it. Each function does nothing if there is no service manager.
//!
//! A service manager speaks by environment variables. `LISTEN_FDS` says how many sockets it has
//! opened for the program (sd_listen_fds(3)). `NOTIFY_SOCKET` names a socket for short texts, such
//! as `READY=1` (sd_notify(3)). `WATCHDOG_USEC` says how often it wants to hear that the program is
//! well.
//!
//! Owns: the meaning of these variables.
//! Must not know: what the server does with its sockets, or when it is well.
//!
//! Part: `base/mod.rs`.

use std::env;
use std::io;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener};
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, SockRef, Type};

use crate::base::socket::{self, PublicListener};

/// The number of the first file that a service manager passes (sd_listen_fds(3)).
const FIRST_PASSED_FILE: u64 = 3;

/// Returns the listening sockets that the service manager has opened for this process; none if it
/// has opened none. The service manager keeps them, too: when the program ends, the kernel goes on
/// to take connections, and the next program gets them. Call it once: the sockets are the caller's.
///
/// # Errors
/// Words for the operator: the variables are wrong, or one of the sockets is no listening socket of
/// a kind that we can serve.
pub fn passed_listeners() -> Result<Vec<PublicListener>, String> {
    check_files()?;
    let passed = sd_listen_fds::get().map_err(|error| error.to_string())?;
    passed
        .into_iter()
        .enumerate()
        .map(|(index, (name, socket))| {
            as_listener(socket.into_std()).map_err(|why| {
                let name = name.map(|name| format!(" (`{name}`)")).unwrap_or_default();
                format!("socket {}{name} of LISTEN_FDS: {why}", index + 1)
            })
        })
        .collect()
}

/// Returns an error if one of the files that `LISTEN_FDS` promises is not open: the crate takes the
/// variable at its word, and a file that is not there would end the process.
fn check_files() -> Result<(), String> {
    if number("LISTEN_PID") != Some(std::process::id().into()) {
        return Ok(());
    }
    let count = number("LISTEN_FDS").unwrap_or(0);
    for file in FIRST_PASSED_FILE..FIRST_PASSED_FILE.saturating_add(count) {
        if !Path::new(&format!("/proc/self/fd/{file}")).exists() {
            return Err(format!("LISTEN_FDS says {count}, but the file {file} is not open"));
        }
    }
    Ok(())
}

fn as_listener(passed: OwnedFd) -> Result<PublicListener, String> {
    let kind = SockRef::from(&passed);
    let listener = match (kind.is_listener(), kind.domain(), kind.r#type()) {
        (Ok(true), Ok(Domain::IPV4 | Domain::IPV6), Ok(Type::STREAM)) => {
            PublicListener::Tcp(TcpListener::from(passed))
        }
        // The service manager has made the file, and removes it.
        (Ok(true), Ok(Domain::UNIX), Ok(Type::STREAM)) => {
            PublicListener::Unix(UnixListener::from(passed), None)
        }
        (Err(error), ..) => return Err(error.to_string()),
        _ => {
            let advice = "use `ListenStream=` with a port or a path, and `Accept=no`";
            return Err(format!("it is no listening socket for streams; {advice}"));
        }
    };
    socket::adopt_listener(&listener).map_err(|error| error.to_string())?;
    Ok(listener)
}

/// Tells the service manager that the server accepts connections, and in `status` how it is, for
/// the operator to read (`systemctl status`). Does not wait.
pub fn say_ready(status: &str) {
    say(&format!("READY=1\nSTATUS={status}\n"));
}

/// Tells the service manager that the server is stopping. Does not wait.
pub fn say_stopping() {
    say("STOPPING=1\n");
}

/// Tells the service manager that the server is well. Does not wait.
pub fn say_well() {
    say("WATCHDOG=1\n");
}

/// Returns how often at least the service manager wants to hear [`say_well`]; `None`: never. If it
/// does not hear it for so long, it ends the program and starts it again.
pub fn watchdog_interval() -> Option<Duration> {
    let is_for_us = env::var_os("WATCHDOG_PID").is_none()
        || number("WATCHDOG_PID") == Some(std::process::id().into());
    let micros = number("WATCHDOG_USEC").filter(|micros| is_for_us && *micros > 0)?;
    Some(Duration::from_micros(micros))
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

fn say(text: &str) {
    // If the service manager cannot be told, there is nobody else to tell.
    try_to_say(text).ok();
}

/// Sends the text to the socket that `NOTIFY_SOCKET` names: a path, or, after an `@`, a name in the
/// kernel's own list. Does nothing if the variable is not set. If the service manager is so late
/// that its queue is full, the text is lost: the server must not wait for the service manager.
fn try_to_say(text: &str) -> io::Result<()> {
    let Some(name) = env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let to = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(text.as_bytes(), &to)?;
    Ok(())
}
