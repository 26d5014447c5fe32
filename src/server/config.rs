//! The checked settings that a server runs with.
//!
//! Owns: the settings that both chats need. `cli/flags.rs` makes them from the flags and the
//! environment; tests make them by hand. All values are valid already.
//! Must not know: flags, their spelling, or clap. A setting of one chat alone is in that chat's own
//! settings, except `loopback_too`.
//!
//! Part: `server/mod.rs`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::admission::{Caps, PerNetwork, entrance::Entrance, hotspot::Hotspot};
use crate::base::{language::Language, limits, socket::UNIX_PEER, tls::ServerCertificate};

/// Settings that the classic chat and the chat with rooms have in common.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// Settings of the door, which reads the requests that come to the public port.
    pub door: DoorConfig,
    /// Settings of each client.
    pub client: ClientConfig,
    /// The operator's limits for what there may be at the same time: clients, connections that are
    /// no clients, and exchanges with tiny_http. Where the operator has set no limit, the machine's
    /// limit holds.
    pub caps: Caps,
    /// How many clients may be connected from one network (an IPv4 address, or the first 64 bits of
    /// an IPv6 address) at the same time, and whether that holds for loopback addresses, too.
    pub per_network: PerNetwork,
    /// Which thread writes messages into the clients' sockets.
    pub fan_out: FanOut,
    /// The folder with the operator's own page; `None`: the server serves the built-in page.
    pub assets: Option<PathBuf>,
    /// The password of the whole server, if it has one. It is the same for clients of all formats.
    pub entrance: Entrance,
    /// The language of the server's log.
    pub language: Language,
    /// Whether the server tells its counts at `/metrics` (`--metrics`), to whoever asks.
    pub metrics: bool,
    /// Whether people on this machine may look at the server's own threads (`--glass`).
    pub glass: bool,
    /// What lets people elsewhere look at them (`--glass-for`); nobody else may look without it.
    pub glass_entrance: Option<Entrance>,
}

/// Which thread writes messages into the clients' sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FanOut {
    /// The hub, if nothing is unsent to the client. The client's writer writes all the rest: what
    /// the socket did not take, and what is pushed while something is unsent.
    #[default]
    Express,
    /// Always the client's writer: the hub only fills the outboxes and wakes the writers. Textbooks
    /// do it like this. The server can do it so that [`Express`](Self::Express) can be compared
    /// with it.
    Writers,
}

/// Settings of the door. Each duration is the most time that something may take.
#[derive(Clone, Debug)]
pub struct DoorConfig {
    /// Host names of this server, in addition to the host names that every server accepts: IP
    /// addresses, names without a dot, mDNS names and its own name.
    pub hosts: Vec<String>,
    /// Origins whose pages may send requests and open WebSockets, in addition to the server's own
    /// origin.
    pub origins: Vec<String>,
    /// Networks of the proxies that the door believes when they say for whom they speak. A proxy on
    /// a Unix socket has the address [`UNIX_PEER`].
    pub proxies: Vec<IpNet>,
    /// The certificate for browsers that speak TLS. `None`: the server speaks plain HTTP only.
    pub certificate: Option<ServerCertificate>,
    /// Whether a plain request is answered with the same address by `https`, and nothing else.
    pub tls_only: bool,
    /// The phones of a hotspot that stay (`--hotspot`). `None`: the server is no hotspot's, so it
    /// refuses each request for another host.
    pub hotspot: Option<Hotspot>,
    /// How long a connection may be silent before its first request. Before a later request,
    /// [`NEXT_REQUEST_WAIT`](limits::NEXT_REQUEST_WAIT) is the limit if it is shorter.
    pub first_byte_wait: Duration,
    /// How long a request head may take, from its first byte to its last.
    pub head_wait: Duration,
    /// How long a request body may take, from the end of the request's head to the body's last
    /// byte.
    pub body_wait: Duration,
    /// How long one exchange with tiny_http may take, with the wait for its place (`--timeout`).
    pub exchange_wait: Duration,
    /// How long the door may take to write one answer to the browser.
    pub answer_wait: Duration,
    /// The server refuses new requests while the CPU load of the whole machine is above this, in
    /// thousandths (`--cpu`). `None`: it refuses no request for this reason.
    pub cpu_permille_max: Option<u32>,
}

/// Settings that hold for each client. Each duration is the most time that something may take,
/// except `ping_interval`.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// How many bytes the text of one message may have.
    pub message_bytes_max: usize,
    /// How many messages may be unsent to one client.
    pub outbox_messages_max: usize,
    /// Whether the limits for what one network does, such as its pace, also hold for loopback
    /// addresses. By default they do not: if a proxy on this machine connects through loopback, all
    /// clients seem to come from one IP address. The limit on clients has a setting of its own for
    /// this, in `per_network`.
    pub loopback_too: bool,
    /// The size of tungstenite's read buffer for one client, in bytes.
    pub read_buffer_bytes: usize,
    /// How long the writer may take to write one frame. Each frame gets extra time for its length.
    pub write_wait: Duration,
    /// A WebSocket client may be silent for at least this long. If it is silent for longer and has
    /// not answered a ping, the server ends it. On a stream, the kernel ends a connection whose
    /// peer acknowledges nothing for this long.
    pub pong_wait: Duration,
    /// The pause between two pings to a client; shorter than `pong_wait`.
    pub ping_interval: Duration,
    /// How long a message of the client may take to arrive, from its first byte to its last.
    pub message_wait: Duration,
    /// How many frames one message of a client may have.
    pub message_parts_max: usize,
    /// The language of the server's log.
    pub language: Language,
}

impl ServerConfig {
    /// Returns the default settings. `language` is the language of the server's log.
    pub fn new(language: Language) -> Self {
        Self {
            door: DoorConfig::default(),
            client: ClientConfig::new(language),
            caps: Caps::default(),
            per_network: PerNetwork::default(),
            fan_out: FanOut::default(),
            assets: None,
            entrance: Entrance::default(),
            language,
            metrics: false,
            glass: false,
            glass_entrance: None,
        }
    }
}

impl DoorConfig {
    /// Returns how the addresses of the page begin: `http`, or `https` if the server has a
    /// certificate.
    pub fn scheme(&self) -> &'static str {
        if self.certificate.is_some() { "https" } else { "http" }
    }

    /// Returns whether the door believes the peers of Unix sockets.
    pub fn trusts_unix(&self) -> bool {
        self.proxies.iter().any(|network| network.contains(&IpAddr::V4(UNIX_PEER)))
    }
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            proxies: Vec::new(),
            certificate: None,
            tls_only: false,
            hotspot: None,
            first_byte_wait: limits::FIRST_BYTE_WAIT,
            head_wait: limits::HEAD_WAIT,
            body_wait: limits::BODY_WAIT,
            exchange_wait: limits::EXCHANGE_WAIT,
            answer_wait: limits::ANSWER_WAIT,
            cpu_permille_max: None,
        }
    }
}

impl ClientConfig {
    /// Returns the default settings. `language` is the language of the server's log.
    pub fn new(language: Language) -> Self {
        Self {
            message_bytes_max: limits::MESSAGE_TEXT_BYTES_MAX,
            outbox_messages_max: limits::OUTBOX_MESSAGES_MAX,
            loopback_too: false,
            read_buffer_bytes: limits::READ_BUFFER_BYTES,
            write_wait: limits::WRITE_WAIT,
            pong_wait: limits::PONG_WAIT,
            ping_interval: limits::PING_INTERVAL,
            message_wait: limits::MESSAGE_WAIT,
            message_parts_max: limits::MESSAGE_PARTS_MAX,
            language,
        }
    }
}
