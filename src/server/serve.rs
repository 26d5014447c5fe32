//! What the command `threadbare` does without a subcommand: it listens, serves, and stops on a
//! signal.
//!
//! Runs on the main thread.
//! Blocks on: a signal, and then the stop of the server.
//! Owns: the listeners until the server takes them, the greeting on standard output, and the exit
//! code.
//! Must not know: flags.
//!
//! Part: `server/mod.rs`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use crate::admission::{Admission, Budget};
use crate::base::socket::{self, PublicListener};
use crate::base::{base_path, reexec, service_manager};
use crate::server::control::{AnswerCommand, ControlSocket};
use crate::server::hub::health::HubHealth;
use crate::server::{status, watchdog::Watchdog};

/// Most URLs of its page that the server prints when it starts.
const ADDRESSES_SHOWN_MAX: usize = 12;

/// Why the program cannot serve. Each error's sentence is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address to listen on cannot be parsed or resolved.
    #[error("`{addr}` is no address to listen on ({error}); try `:8080` or `127.0.0.1:8080`")]
    BadAddress {
        /// The address to listen on, as the operator wrote it.
        addr: String,
        /// Why the address could not be parsed or resolved.
        error: io::Error,
    },
    /// The system does not let us listen on the address, for example because the port is taken.
    #[error("cannot listen on {addr}: {}", reason_and_advice(.addr, .flag, .error))]
    CannotListen {
        /// The address to listen on, as the operator wrote it.
        addr: String,
        /// The flag with which the operator gave this address, such as `--addr`.
        flag: &'static str,
        /// The system's reason for not letting us listen on the address.
        error: io::Error,
    },
    /// The service manager has opened a socket for us which we cannot serve.
    #[error("cannot serve what the service manager has opened: {0}")]
    BadSocket(String),
    /// The server itself could not start. Its error says why.
    #[error(transparent)]
    Start(Box<dyn std::error::Error + Send + Sync>),
    /// The system refused to register our signal handlers.
    #[error("cannot listen for signals: {0}")]
    Signals(io::Error),
}

impl ServeError {
    /// Returns whether the cause is a flag whose value is wrong on every machine and in every
    /// network. Then the operator has made a mistake in the command line.
    pub fn is_of_a_flag(&self) -> bool {
        matches!(self, Self::BadAddress { error, .. } if error.kind() == io::ErrorKind::InvalidInput)
    }
}

/// What the main thread needs of a running server.
pub trait Service {
    /// Returns those lines of the greeting that come after the addresses, each with its line end.
    /// `here` is the IP address and port at which a client on this machine reaches the server;
    /// `None`: there is no listener.
    fn greeting(&self, here: Option<SocketAddr>) -> String;

    /// Returns how the addresses of the page begin: `http`, or `https` if the server has a
    /// certificate.
    fn scheme(&self) -> &'static str {
        "http"
    }

    /// Returns those lines of the greeting that are about the certificate, each with its line end.
    fn certificate_note(&self) -> String {
        String::new()
    }

    /// Returns how many clients, doors and exchanges the machine and the operator allow.
    fn budget(&self) -> Budget;

    /// Returns what the hub notes about its health.
    fn health(&self) -> &Arc<HubHealth>;

    /// Returns the count of the connections.
    fn admission(&self) -> &Arc<Admission>;

    /// Returns what answers the commands that come by the control socket. `None`: the server
    /// answers none, and has no control socket.
    fn commands(&self) -> Option<AnswerCommand> {
        None
    }

    /// Stops the server. Gives the threads of doors and clients
    /// [`STOP_WAIT`](crate::base::limits::STOP_WAIT) to end. Returns how many of these threads had
    /// not ended by then.
    fn stop(self) -> usize;
}

/// Listens on `addrs`, or on the sockets that a service manager has opened for the program. Runs
/// the server that `start` makes, and stops it at a signal. Blocks until the server has stopped.
/// The signals are SIGTERM, SIGINT (Ctrl-C), and SIGHUP (the terminal closes) unless the process
/// ignores it. A second SIGTERM or SIGINT ends the process at once. The exit code is a failure if
/// some threads of doors and clients have not ended.
///
/// With `reload`, SIGHUP calls that function instead, unless a terminal may have sent the signal.
///
/// `as_started` is the error of [`reexec::once`], if the program could not start itself a second
/// time; `None`: there was no error. `trusts_unix`: what the peer of a Unix socket says about a
/// request counts.
///
/// # Errors
/// See [`ServeError`]. No server runs after such an error.
pub fn serve<S: Service>(
    addrs: &[String],
    as_started: Option<&str>,
    trusts_unix: bool,
    start: impl FnOnce(Vec<PublicListener>) -> Result<S, ServeError>,
    reload: Option<impl FnMut(&Admission)>,
) -> Result<ExitCode, ServeError> {
    // First of all: a file that this process has opened itself could have the number of one that
    // was promised.
    let mut listeners = service_manager::passed_listeners().map_err(ServeError::BadSocket)?;
    // The signal handlers are registered before the server starts, so that a signal that comes
    // meanwhile is not lost.
    let mut signals = hear_signals().map_err(ServeError::Signals)?;
    if listeners.is_empty() {
        listeners = listen_all(addrs, "--addr")?;
    }
    let (open, files) = (local(&listeners), files(&listeners));
    let server = start(listeners)?;
    let health = Arc::clone(server.health());
    let is_well = move || status::is_well(&health);
    let watchdog = Watchdog::start(is_well).map_err(|error| ServeError::Start(error.into()))?;
    let control = server.commands().and_then(|answer| {
        let started = ControlSocket::start(answer);
        started.inspect_err(|error| tracing::warn!(%error, "no control socket")).ok()
    });
    greet(&open, &with_remark(&files, trusts_unix), &server, as_started);
    service_manager::say_ready(&server.budget().to_string());
    if let Some(why) = as_started {
        tracing::warn!(
            why,
            "could not start itself once more; each thread takes more, fewer people fit"
        );
    }
    // When a terminal closes, the kernel sends SIGHUP, too. Then the server must stop: no operator
    // can type Ctrl-C any more.
    let mut reload = reload.filter(|_| !has_terminal());
    let signal = signals.forever().find(|signal| match &mut reload {
        Some(reload) if *signal == SIGHUP => {
            reload(server.admission());
            false
        }
        _ => true,
    });
    tracing::info!(signal, "stopping");
    service_manager::say_stopping();
    drop(watchdog);
    drop(control);
    let left = server.stop();
    if left > 0 {
        tracing::warn!(threads = left, "stopped, but some threads would not end");
        return Ok(ExitCode::FAILURE);
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Whether the process has a terminal that could close.
fn has_terminal() -> bool {
    File::open("/dev/tty").is_ok()
}

/// Registers the handlers of signals. Returns the signals that stop the server. A second SIGTERM or
/// SIGINT ends the process at once.
fn hear_signals() -> io::Result<Signals> {
    let again = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // The order of these two calls matters. At the first signal, the handler of the first call
        // finds `again` unset and does nothing; then the handler of the second call sets `again`.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&again))?;
        flag::register(signal, Arc::clone(&again))?;
    }
    // The kernel sends SIGXFSZ when a file may not grow any more (`ulimit -f`). We treat that like
    // a full disk: the process must survive it.
    flag::register(SIGXFSZ, Arc::default())?;
    let mut ends = vec![SIGTERM, SIGINT];
    // A terminal that closes may send SIGHUP twice, so a second SIGHUP never ends the process at
    // once. A server started by `nohup` ignores SIGHUP, and must keep running.
    if !reexec::is_ignored(SIGHUP) {
        ends.push(SIGHUP);
    }
    Signals::new(ends)
}

fn reason_and_advice(addr: &str, flag: &str, error: &io::Error) -> String {
    use io::ErrorKind::{AddrInUse, AddrNotAvailable, AlreadyExists, NotFound, PermissionDenied};
    match (addr.starts_with(UNIX), error.kind()) {
        (true, AddrInUse) => {
            format!("a server is running there; choose another path with {flag}, or stop that one")
        }
        (true, AlreadyExists) => {
            format!("the file is there, and it is no socket; choose another path with {flag}")
        }
        (true, NotFound) => format!("{error}; make the folder first"),
        (true, PermissionDenied) => {
            format!(
                "{error}; the server needs a folder in which it may write, such as /run/threadbare"
            )
        }
        (true, _) => format!("{error}; choose another path with {flag}"),
        (false, AddrNotAvailable) => {
            format!("{error}; give {flag} an address of this machine, or `:8080` for all of them")
        }
        (false, _) => format!("{error}; choose another port with {flag}, such as `:8081`"),
    }
}

/// Opens listeners for all of these addresses. `flag` is the flag that gave the addresses; error
/// texts name it.
///
/// # Errors
/// One of the addresses is wrong, or the system cannot listen on it.
pub fn listen_all(addrs: &[String], flag: &'static str) -> Result<Vec<PublicListener>, ServeError> {
    let mut listeners = Vec::new();
    for addr in addrs {
        listeners.extend(listen(addr, flag)?);
    }
    Ok(listeners)
}

/// Returns the IP address and the port on which each of these listeners listens. Those at Unix
/// sockets are left out.
pub fn local(listeners: &[PublicListener]) -> Vec<SocketAddr> {
    listeners.iter().filter_map(PublicListener::addr).collect()
}

/// Returns the paths of the Unix sockets among these listeners.
pub fn files(listeners: &[PublicListener]) -> Vec<PathBuf> {
    listeners.iter().filter_map(PublicListener::path).collect()
}

/// What an address begins with that is the path of a Unix socket.
const UNIX: &str = "unix:";

/// Opens a listener for each address that `addr` means, such as `:8080`, `host:port`, `[::1]:8080`
/// or `unix:/path`. For `:port`, and for port 0, opens only one. Fails only if it can open none.
fn listen(addr: &str, flag: &'static str) -> Result<Vec<PublicListener>, ServeError> {
    let bad = |error| ServeError::BadAddress { addr: addr.to_owned(), error };
    if let Some(path) = addr.strip_prefix(UNIX) {
        let listener = PublicListener::at_file(Path::new(path));
        return listener.map(|listener| vec![listener]).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => bad(error),
            _ => ServeError::CannotListen { addr: addr.to_owned(), flag, error },
        });
    }
    let wanted = resolve(addr).map_err(bad)?;
    let mut open = Vec::new();
    let mut refused = None;
    for resolved in wanted {
        match socket::listen(resolved) {
            Ok(listener) => open.push(listener.into()),
            Err(error) => refused = Some(error),
        }
        // `:port` needs only one listener: the IPv6 one serves IPv4, too. The IPv4 address is tried
        // only if that one cannot be opened. With port 0, a second listener would get another port
        // than the first one, so there is only one.
        if !open.is_empty() && (addr.starts_with(':') || resolved.port() == 0) {
            break;
        }
    }
    match refused {
        Some(error) if open.is_empty() => {
            Err(ServeError::CannotListen { addr: addr.to_owned(), flag, error })
        }
        _ => Ok(open),
    }
}

fn resolve(addr: &str) -> io::Result<Vec<SocketAddr>> {
    let everywhere = addr.strip_prefix(':').map(str::parse::<u16>);
    match everywhere {
        Some(Ok(port)) => {
            Ok(vec![(Ipv6Addr::UNSPECIFIED, port).into(), (Ipv4Addr::UNSPECIFIED, port).into()])
        }
        Some(Err(error)) => Err(io::Error::new(io::ErrorKind::InvalidInput, error)),
        None => {
            let mut found: Vec<_> = addr.to_socket_addrs()?.collect();
            found.sort_by_key(SocketAddr::is_ipv6);
            found.dedup();
            Ok(found)
        }
    }
}

/// Returns the lines of the greeting that name these Unix sockets.
fn with_remark(files: &[PathBuf], trusts_unix: bool) -> String {
    let remark = if trusts_unix {
        "(for a proxy)"
    } else {
        "(for a proxy; --trust-proxy unix tells its people apart)"
    };
    files.iter().map(|file| format!("  {UNIX}{}  {remark}\n", file.display())).collect()
}

/// Prints on standard output where the chat is and how many people it can hold. `files` are the
/// lines about its Unix sockets. `as_started` is the error of [`reexec::once`], if there was one.
fn greet(open: &[SocketAddr], files: &str, server: &impl Service, as_started: Option<&str>) {
    let mut words = format!("Threadbare {} is open at\n", env!("CARGO_PKG_VERSION"));
    let front_page = base_path::link("/");
    for (addr, remark) in addresses(open) {
        words += &format!("  {}://{addr}{front_page}  {remark}\n", server.scheme());
    }
    words += files;
    words += &server.certificate_note();
    words += &server.greeting(nearest(open));
    let budget = server.budget().to_string();
    words += &format!("{}{}.\n", budget[..1].to_uppercase(), &budget[1..]);
    if let Some(why) = as_started {
        words += &format!(
            "It could not start itself once more ({why}), so each thread takes more of the machine \
             and fewer people fit.\n"
        );
    }
    words += "Ctrl-C stops it.\n";
    // A closed standard output is no reason to stop, so an error is ignored.
    io::stdout().lock().write_all(words.as_bytes()).ok();
}

/// Returns an IP address and port at which a client on this machine reaches one of these listeners;
/// `None`: there is no listener.
pub fn nearest(open: &[SocketAddr]) -> Option<SocketAddr> {
    addresses(open).first().map(|(addr, _)| *addr)
}

/// Returns an IP address and port at which other machines reach one of these listeners, IPv4 if
/// there is one; `None`: only this machine reaches them.
pub fn shared(open: &[SocketAddr]) -> Option<SocketAddr> {
    let others = addresses(open).into_iter().filter(|(_, remark)| *remark == THERE);
    others.map(|(addr, _)| addr).min_by_key(SocketAddr::is_ipv6)
}

/// Returns the IP addresses and ports at which a browser can open the page, each with a remark, at
/// most `ADDRESSES_SHOWN_MAX` of them. Those that only this machine can reach come first.
pub fn addresses(open: &[SocketAddr]) -> Vec<(SocketAddr, &'static str)> {
    let mut found = Vec::new();
    for addr in open {
        if addr.ip().is_unspecified() {
            found.push((SocketAddr::new(Ipv4Addr::LOCALHOST.into(), addr.port()), HERE));
            for ip in network_ips().into_iter().filter(|ip| addr.is_ipv6() || ip.is_ipv4()) {
                found.push((SocketAddr::new(ip, addr.port()), THERE));
            }
        } else {
            let remark = if addr.ip().is_loopback() { HERE } else { THERE };
            found.push((*addr, remark));
        }
    }
    found.sort_by_key(|(_, remark)| *remark == THERE);
    found.truncate(ADDRESSES_SHOWN_MAX);
    found
}

/// Returns under which host names and IP addresses browsers may open the page, as far as this
/// machine knows them: those that are the same everywhere, its own, and the operator's `more`.
pub fn names(more: &[String]) -> Vec<String> {
    const NAMES_MAX: usize = 64;
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut names = vec!["localhost".to_owned(), "threadbare.local".to_owned()];
    if !machine.contains('.') {
        names.push(format!("{machine}.local"));
    }
    names.push(machine);
    names.extend_from_slice(more);
    names.extend([Ipv4Addr::LOCALHOST.to_string(), Ipv6Addr::LOCALHOST.to_string()]);
    names.extend(network_ips().iter().map(IpAddr::to_string));
    let is_name = |text: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        !text.is_empty() && text.bytes().all(allowed)
    };
    names.retain(|name| is_name(name) || name.parse::<IpAddr>().is_ok());
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names.truncate(NAMES_MAX);
    names
}

const HERE: &str = "(on this machine)";
const THERE: &str = "(for others on the network)";

/// Returns the IP addresses of this machine, without its loopback addresses. Link-local IPv6
/// addresses are left out, too: they need a zone, and browsers do not accept one.
fn network_ips() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let ips = interfaces.into_iter().map(|interface| interface.ip());
    ips.filter(|ip| match ip {
        IpAddr::V4(ip) => !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{listen, resolve};

    #[test]
    fn classic_b1_an_address_is_a_port_or_a_host_and_a_port() {
        let all = resolve(":8080").unwrap();
        assert_eq!(all[0].to_string(), "[::]:8080");
        assert_eq!(all[1].to_string(), "0.0.0.0:8080");
        assert_eq!(resolve("127.0.0.1:8888").unwrap()[0].to_string(), "127.0.0.1:8888");
        assert_eq!(resolve("[::1]:8080").unwrap()[0].to_string(), "[::1]:8080");
        assert!(resolve("localhost:3333").unwrap()[0].ip().is_loopback());
        for bad in ["8080", ":", ":99999", "nowhere", ""] {
            assert!(resolve(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_port_that_is_taken_is_named_in_the_error() {
        let first = listen("127.0.0.1:0", "--addr").unwrap();
        let taken = first[0].addr().unwrap().to_string();
        for flag in ["--addr", "--lines"] {
            let error = listen(&taken, flag).unwrap_err().to_string();
            assert!(error.contains(&taken) && error.contains(flag), "{error}");
        }
        let error = listen("192.0.2.1:0", "--addr").unwrap_err().to_string();
        assert!(error.contains("an address of this machine"), "{error}");
    }
}
