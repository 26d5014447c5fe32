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

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::time::Duration;

use sd_notify::NotifyState;
use socket2::{Domain, SockRef, Type};

use crate::base::socket;

/// Returns the listening sockets that the service manager has opened for this process; none if it
/// has opened none. The service manager keeps them, too: when the program ends, the kernel goes on
/// to take connections, and the next program gets them. Call it once: the sockets are the caller's.
///
/// # Errors
/// Words for the operator: the variables are wrong, or one of the sockets is no listening TCP
/// socket.
pub fn passed_listeners() -> Result<Vec<TcpListener>, String> {
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

fn as_listener(passed: OwnedFd) -> Result<TcpListener, String> {
    let kind = SockRef::from(&passed);
    let is_tcp = |domain: Domain| domain == Domain::IPV4 || domain == Domain::IPV6;
    match (kind.is_listener(), kind.domain(), kind.r#type()) {
        (Ok(true), Ok(domain), Ok(Type::STREAM)) if is_tcp(domain) => {
            let listener = TcpListener::from(passed);
            socket::adopt_listener(&listener).map_err(|error| error.to_string())?;
            Ok(listener)
        }
        (Err(error), ..) => Err(error.to_string()),
        _ => Err("it is no listening TCP socket; use `ListenStream=PORT` and `Accept=no`".into()),
    }
}

/// Tells the service manager that the server accepts connections, and in `status` how it is, for
/// the operator to read (`systemctl status`). Does not wait.
pub fn say_ready(status: &str) {
    say(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Tells the service manager that the server is stopping. Does not wait.
pub fn say_stopping() {
    say(&[NotifyState::Stopping]);
}

/// Tells the service manager that the server is well. Does not wait.
pub fn say_well() {
    say(&[NotifyState::Watchdog]);
}

/// Returns how often at least the service manager wants to hear [`say_well`]; `None`: never. If it
/// does not hear it for so long, it ends the program and starts it again.
pub fn watchdog_interval() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn say(state: &[NotifyState]) {
    // Without a service manager this does nothing. If it cannot be told, there is nobody to tell.
    sd_notify::notify(state).ok();
}
