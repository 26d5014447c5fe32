//! A program without the feature `tls`: none of these types has a value.
//!
//! Part: `base/tls/mod.rs`.

use std::io::{self, IoSlice};

/// A certificate that no server has.
#[derive(Clone, Debug)]
pub enum ServerCertificate {}

/// A handshake that no door makes.
#[derive(Debug)]
pub enum TlsHandshake {}

/// A session that no connection has.
#[derive(Debug)]
pub enum TlsSession {}

impl ServerCertificate {
    /// See the module with the feature `tls`.
    pub fn follow(&self, _: &Self) -> bool {
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

impl TlsSession {
    /// See the module with the feature `tls`.
    ///
    /// # Errors
    /// None.
    pub fn read(
        &self,
        _: &mut [u8],
        _: impl FnOnce(&mut [u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        match *self {}
    }

    /// See the module with the feature `tls`.
    ///
    /// # Errors
    /// None.
    pub fn write(
        &self,
        _: &[IoSlice<'_>],
        _: impl FnOnce(&[u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        match *self {}
    }

    /// See the module with the feature `tls`.
    ///
    /// # Errors
    /// None.
    pub fn write_now(
        &self,
        _: &[u8],
        _: impl FnOnce(&[u8]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        match *self {}
    }

    /// See the module with the feature `tls`.
    pub fn seal_end(&self) {
        match *self {}
    }

    /// See the module with the feature `tls`.
    pub fn sealed_bytes(&self) -> usize {
        match *self {}
    }
}
