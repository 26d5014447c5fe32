//! A program without the feature `tls`: none of these types has a value.
//!
//! Part: `base/tls/mod.rs`.

use std::io::{self, IoSlice};

use super::TlsSession;
use super::session::RecordLayer;

/// A certificate that no server has.
#[derive(Clone, Debug)]
pub enum ServerCertificate {}

/// A handshake that no door makes.
#[derive(Debug)]
pub enum TlsHandshake {}

/// The records of a session that no connection has.
#[derive(Debug)]
pub enum TlsRecords {}

impl ServerCertificate {
    /// See the module with the feature `tls`.
    pub fn follow(&self, _: &Self) -> bool {
        match *self {}
    }

    /// See the module with the feature `tls`.
    pub fn note(&self) -> &str {
        match *self {}
    }

    /// There is none.
    pub fn own_fingerprint(&self) -> Option<String> {
        match *self {}
    }

    /// See the module with the feature `tls`.
    ///
    /// # Errors
    /// None.
    pub fn begin(&self) -> io::Result<TlsHandshake> {
        match *self {}
    }
}

#[cfg(feature = "console")]
impl TlsHandshake {
    /// See the module with the feature `tls`.
    ///
    /// # Errors
    /// Always.
    pub fn with_server(_: &str, _: &super::TrustedServer) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl TlsHandshake {
    /// See the module with the feature `tls`.
    ///
    /// # Errors
    /// None.
    pub fn take(&mut self, _: &[u8]) -> io::Result<()> {
        match *self {}
    }

    /// See the module with the feature `tls`.
    pub fn reply(&mut self) -> Vec<u8> {
        match *self {}
    }

    /// See the module with the feature `tls`.
    pub fn is_done(&self) -> bool {
        match *self {}
    }

    /// See the module with the feature `tls`.
    pub fn into_session(self) -> TlsSession {
        match self {}
    }
}

impl RecordLayer for TlsRecords {
    fn take_in(&mut self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn take_plain(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }

    fn seal(&mut self, _: &[IoSlice<'_>]) -> io::Result<usize> {
        match *self {}
    }

    fn seal_end(&mut self) {
        match *self {}
    }

    fn take_out(&mut self, _: &mut Vec<u8>) {
        match *self {}
    }
}
