//! The yardsticks: small servers that do only the part that costs.
//!
//! Each is a process of its own, so that its time and memory are read like the product's: the bench
//! starts itself again with a yardstick's name.
//!
//! Owns: their names, and what all of them do at the start.
//! Must not know: the load, the product.

mod rawaccept;
mod rawfan;
mod rawhub;
mod rawpair;
mod rawtls;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddrV4};

use socket2::{Domain, Socket, Type};
use threadbare::base::limits::SEND_BUFFER_BYTES;
use threadbare::base::socket::ACCEPT_BACKLOG;

use crate::wire::Format;

/// Makes a yardstick's messages as long as those of `threadbare.v1`.
pub const V1_FLAG: &str = "--v1";

/// Runs the yardstick that `arguments` name, for ever; `None` if they name none.
pub fn run(arguments: &[String]) -> Option<io::Result<()>> {
    let has = |flag| arguments.iter().any(|one| one == flag);
    let format = if has(V1_FLAG) { Format::V1 } else { Format::Classic };
    match arguments.first().map(String::as_str)? {
        "rawfan" => Some(rawfan::run(format, has("--joined"), has("--paired"))),
        "rawhub" => Some(rawhub::run(format, has("--joined"))),
        "rawpair" => Some(rawpair::run()),
        "rawtls" => Some(rawtls::run(format, has("--joined"))),
        "rawaccept" => Some(rawaccept::run()),
        _ => None,
    }
}

/// A listener on a free port; prints the port.
fn listen() -> io::Result<Socket> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0).into())?;
    listener.listen(ACCEPT_BACKLOG)?;
    let address = listener.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
    println!("port {}", address.port());
    io::stdout().flush()?;
    Ok(listener)
}

/// Sets the same options as the product does on a client's socket.
fn tune(socket: &Socket) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)
}
