//! The floor of this design's fan-out by TLS: `rawhub`, with a session of rustls for each person.
//!
//! A person's reader makes the handshake, decrypts, and reports how many messages it has counted to
//! one thread, which seals a ready-made frame for each person and sends it. As in the product, both
//! use a session under a small lock, and what is sealed is sent outside of it. A peer that cannot
//! take a whole record at once is dropped; there is no queue. With `--joined`, the messages that
//! wait, up to 64, are sealed together.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use parking_lot::Mutex;
use rustix::net::{SendFlags, send};
use rustls::crypto::ring;
use rustls::server::NoServerSessionStorage;
use rustls::{ServerConfig, ServerConnection};
use socket2::Socket;
use threadbare::base::limits::STACK_BYTES;

use crate::wire::{Format, in_frame_bytes, out_frame};

/// The most that may wait for the one thread.
const HANDED_MAX: usize = 1024;
/// Messages that one `send` joins at most, as many as a round of the product.
const JOINED_MAX: usize = 64;
/// A handshake needs more of a stack than anything else here.
const READER_STACK_BYTES: usize = 4 * STACK_BYTES;

/// One person: the socket, and the session that the reader and the one thread share.
struct Person {
    socket: Socket,
    session: Mutex<ServerConnection>,
}

/// What the one thread receives.
enum Handed {
    Newcomer(Arc<Person>),
    /// So many messages.
    Messages(usize),
}

/// Runs until it is killed.
pub(super) fn run(format: Format, joined: bool) -> io::Result<()> {
    let config = settings().map_err(io::Error::other)?;
    let listener = super::listen()?;
    let (hand, handed) = bounded(HANDED_MAX);
    let most = if joined { JOINED_MAX } else { 1 };
    spawn(STACK_BYTES, move || tell(&handed, &out_frame(format), most))?;
    loop {
        let (socket, _) = listener.accept()?;
        super::tune(&socket)?;
        let session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        let hand = hand.clone();
        spawn(READER_STACK_BYTES, move || {
            // An error ends this person alone.
            serve(socket, session, &hand, in_frame_bytes(format)).ok();
        })?;
    }
}

/// The same that the product asks of rustls, with a certificate for this one run.
fn settings() -> Result<Arc<ServerConfig>, Box<dyn std::error::Error + Send + Sync>> {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(Arc::new(config))
}

#[expect(clippy::disallowed_methods, reason = "no thread of the product")]
fn spawn(stack_bytes: usize, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(stack_bytes).spawn(work).map(drop)
}

/// Makes the handshake, and counts messages by their bytes, because all have one length.
fn serve(
    mut socket: Socket,
    mut session: ServerConnection,
    hand: &Sender<Handed>,
    in_frame_bytes: usize,
) -> io::Result<()> {
    while session.is_handshaking() {
        session.complete_io(&mut socket)?;
    }
    while session.wants_write() {
        session.write_tls(&mut socket)?;
    }
    let person = Arc::new(Person { socket, session: Mutex::new(session) });
    // Before anything else, so that each speaker also receives.
    hand.send(Handed::Newcomer(Arc::clone(&person))).map_err(io::Error::other)?;
    let mut room = [0_u8; 4096];
    let mut begun = 0;
    loop {
        let came = (&person.socket).read(&mut room)?;
        if came == 0 {
            return Ok(());
        }
        begun += opened_bytes(&mut person.session.lock(), &room[..came])?;
        let messages = begun / in_frame_bytes;
        begun %= in_frame_bytes;
        if messages > 0 {
            hand.send(Handed::Messages(messages)).map_err(io::Error::other)?;
        }
    }
}

/// Decrypts what has come; returns how many bytes of text it is.
fn opened_bytes(session: &mut ServerConnection, mut sealed: &[u8]) -> io::Result<usize> {
    let (mut room, mut opened) = ([0_u8; 4096], 0);
    while !sealed.is_empty() {
        session.read_tls(&mut sealed)?;
        session.process_new_packets().map_err(io::Error::other)?;
        loop {
            match session.reader().read(&mut room) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => opened += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(opened)
}

/// Sends to all, with one `send` for up to `most` messages that wait.
fn tell(handed: &Receiver<Handed>, frame: &[u8], most: usize) {
    let frames = frame.repeat(most);
    let (mut people, mut sealed) = (Vec::new(), Vec::new());
    let mut waiting = 0;
    while let Ok(it) = handed.recv() {
        for it in std::iter::once(it).chain(handed.try_iter()) {
            match it {
                Handed::Newcomer(person) => people.push(person),
                Handed::Messages(messages) => waiting += messages,
            }
        }
        while waiting > 0 {
            let bytes = &frames[..waiting.min(most) * frame.len()];
            people.retain(|person| person.is_told(bytes, &mut sealed).is_ok());
            waiting -= bytes.len() / frame.len();
        }
    }
}

impl Person {
    fn is_told(&self, bytes: &[u8], sealed: &mut Vec<u8>) -> io::Result<()> {
        sealed.clear();
        {
            let mut session = self.session.lock();
            session.writer().write_all(bytes)?;
            while session.wants_write() {
                session.write_tls(sealed)?;
            }
        }
        let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
        if send(&self.socket, sealed, flags)? == sealed.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }
}
