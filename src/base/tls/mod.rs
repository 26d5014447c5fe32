//! TLS: the server's certificate, a handshake, and the session of one connection.
//!
//! Nothing here has a socket. Bytes come in and go out, and the caller receives and sends them
//! (`base/socket/public.rs`, `server/door/tls.rs`). A program without the feature `tls` has the
//! same types without a value (`absent.rs`), so no other file asks whether the feature is there,
//! except where the flags are.
//!
//! Owns: the only use of rustls and of rcgen; which versions and which suites the server speaks:
//! rustls's own list, TLS 1.2 and 1.3.
//! Must not know: sockets, HTTP, clients.
//!
//! Part: `base/mod.rs`.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod certificate;
#[cfg(all(feature = "tls", feature = "console"))]
mod client;
#[cfg(feature = "tls")]
mod handshake;
#[cfg(feature = "tls")]
mod records;
#[cfg(feature = "tls")]
mod self_made;
pub mod session;

#[cfg(not(feature = "tls"))]
pub use absent::{ServerCertificate, TlsHandshake, TlsRecords};
#[cfg(feature = "tls")]
pub use certificate::ServerCertificate;
#[cfg(feature = "tls")]
pub use handshake::TlsHandshake;
#[cfg(feature = "tls")]
pub use records::TlsRecords;

/// Which servers a client believes.
#[cfg(feature = "console")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedServer {
    /// Those whose certificate is for the name that was dialled, and comes from an authority that
    /// this machine trusts.
    OfAuthority,
    /// The one whose certificate has this SHA-256 digest, whatever its name and its authority.
    WithFingerprint([u8; 32]),
}

/// The TLS session of one connection.
pub type TlsSession = session::SharedSession<TlsRecords>;

/// The first byte of a connection that speaks TLS: a record with a part of a handshake (RFC 8446
/// 5.1). No request of HTTP begins with it.
pub const FIRST_BYTE: u8 = 0x16;

/// Most bytes of plain text that a writer or the hub seals together. One record of TLS has no more
/// (RFC 8446 5.1).
pub const SEALED_BYTES_MAX: usize = 16 * 1024;

/// Most bytes that a reader gives a session at once. While it decrypts them, the hub cannot seal
/// for that client, and hands the client's messages to the writer.
pub const DECRYPTED_BYTES_MAX: usize = 4 * 1024;
