//! The server for the Autobahn suite: the spine, from `accept` on, with a rule that sends each
//! client its own messages back, of any type, size and number of frames.
//!
//! A handshake goes through door and tiny_http, each message from reader to hub to outbox to
//! writer, like those of a chat. With `--tls` it has a certificate of its own, and the suite comes
//! by TLS. `tests/autobahn/run` starts it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "its address is for the suite")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::never;
use threadbare::base::disconnect::Disconnect;
use threadbare::base::language::Language;
use threadbare::base::socket;
use threadbare::base::tls::ServerCertificate;
use threadbare::server::client::AdoptSocket;
use threadbare::server::client::{ClientFormat, Clients, Peer, Seat};
use threadbare::server::config::{ClientConfig, ServerConfig};
use threadbare::server::http::handshake;
use threadbare::server::http::refusal::Refusal;
use threadbare::server::http::request::HttpRequest;
use threadbare::server::http::response::Response;
use threadbare::server::http::site::{Site, TargetState};
use threadbare::server::hub::{self, Event, HubFormat, Now, Roster, Rule};
use threadbare::server::outbox::{Frame, FrameBatch, Pushed};
use threadbare::server::{RunningHub, Server};

/// The suite sends messages of 16 MiB.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The suite sends thousands of messages before it reads one.
const OUTBOX_MESSAGES_MAX: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Echo;

impl HubFormat for Echo {
    type Newcomer = ();
    type Request = Frame;
}

impl ClientFormat for Echo {
    type Settings = ();

    fn word(self) -> &'static str {
        "echo"
    }

    fn newcomer_at_once(self, _: &Seat<Self>) -> Option<()> {
        Some(())
    }

    fn read(self, text: &str, _: &Peer) -> Result<Option<Frame>, Disconnect> {
        Ok(Some(Frame::text(text)))
    }

    fn read_binary(self, bytes: &[u8], _: &Peer) -> Result<Option<Frame>, Disconnect> {
        Ok(Some(Frame::binary(bytes.to_vec())))
    }
}

/// Each client hears itself.
struct Mirror(Roster<Echo>);

impl Rule for Mirror {
    type Format = Echo;
    type Signal = Infallible;

    fn roster(&mut self) -> &mut Roster<Echo> {
        &mut self.0
    }

    fn step(&mut self, _: Now, event: Event<Echo, Infallible>) {
        match event {
            Event::Newcomer(client, ()) => self.0.welcome(client),
            Event::Asked(client, frame) => {
                if self.0.push(client, &FrameBatch::of(frame)) == Pushed::Full {
                    self.0.end_client(client, Disconnect::SlowConsumer);
                }
            }
            Event::Left(client) => self.0.forget(client),
            // The server is never stopped from inside, and each client gets only its own messages.
            Event::Stopping | Event::PushCollected | Event::RoundEnds | Event::Drained(_) => {}
            Event::Signal(never) => match never {},
        }
    }

    fn is_over(&self) -> bool {
        false
    }
}

/// The echo answers at every address.
struct EchoSite(Arc<Clients<Echo>>);

impl Site for EchoSite {
    fn answer(&self, asked: &HttpRequest<'_>) -> Response {
        let adopt = AdoptSocket { clients: Arc::clone(&self.0), format: Echo };
        handshake::accept(asked, Box::new(adopt)).unwrap_or_else(Response::refusal)
    }

    fn refusal_answer(&self, _: Refusal, _: &[u8], _: &[u8]) -> Option<Response> {
        None
    }

    fn loggable(&self, target: &str, _: TargetState) -> String {
        target.to_owned()
    }
}

fn main() {
    let client = ClientConfig {
        message_bytes_max: MESSAGE_BYTES_MAX,
        // 16 MiB in pieces of 64 bytes take a debug build longer than a chat message may.
        message_parts_max: usize::MAX,
        message_wait: Duration::from_secs(120),
        pong_wait: Duration::from_secs(600),
        outbox_messages_max: OUTBOX_MESSAGES_MAX,
        ..ClientConfig::new(Language::English)
    };
    let mut config = ServerConfig { client, ..ServerConfig::new(Language::English) };
    if std::env::args().any(|flag| flag == "--tls") {
        let certificate = ServerCertificate::self_made(None, vec!["localhost".to_owned()]);
        config.door.certificate = Some(certificate.unwrap());
    }
    let rule = |_| Mirror(Roster::new(config.fan_out, OUTBOX_MESSAGES_MAX));
    let (hub, thread) = hub::spawn(rule, never(), Arc::default()).unwrap();
    let talk = RunningHub { hub, thread, settings: () };
    let listener = socket::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let address = listener.local_addr().unwrap();
    let site = |clients: &_| Arc::new(EchoSite(Arc::clone(clients))) as Arc<dyn Site>;
    let _server = Server::start(vec![listener.into()], &config, talk, site).unwrap();
    println!("{address}");
    io::stdout().flush().unwrap();
    // The suite ends the process.
    loop {
        thread::park();
    }
}
