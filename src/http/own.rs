//! An operator's own page: the files of one folder (`--assets`, B2, B6).
//!
//! Read from the disk at each request, so an edit shows at the next reload.
//! Nothing outside the folder is served, whatever the address or a link says,
//! and nothing whose name begins with a dot.
//!
//! Owns: the folder's name, and the way from an address to a file in it.
//! Must not know: the built-in page.
//!
//! Next: `http/status.rs`.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::door::ticket::SharedBytes;
use crate::http::HttpStartError;
use crate::http::media::content_type;
use crate::http::reply::Reply;
use crate::limits;

/// Names of the page, in the order in which we look for them. The classic
/// chats call it `home.html`.
const PAGES: [&str; 2] = ["index.html", "home.html"];

/// What a classic page writes where its host belongs (B6).
const HOST_MARKS: [&str; 2] = ["{{$}}", "{{.Host}}"];

/// What an own page may do: run its inline scripts and those of other hosts,
/// and open its WebSocket. It is the operator's, not ours to narrow; only
/// nobody else may put it into a frame.
const POLICY: &str = "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'; \
    connect-src * ws: wss: data: blob:; frame-ancestors 'self'";

/// A folder with a page in it.
#[derive(Debug)]
pub(super) struct OwnPage {
    /// Absolute, without links.
    folder: PathBuf,
}

impl OwnPage {
    /// Looks at the folder once.
    ///
    /// # Errors
    /// It is no folder that can be read, or has no page.
    pub(super) fn open(folder: &Path) -> Result<Self, HttpStartError> {
        let unreadable =
            |source| HttpStartError::AssetsUnreadable { path: folder.to_owned(), source };
        let own = Self { folder: folder.canonicalize().map_err(unreadable)? };
        std::fs::read_dir(&own.folder).map_err(unreadable)?;
        match own.page_file() {
            Ok(_) => Ok(own),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(HttpStartError::NoPage { path: folder.to_owned() })
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    /// The page, as it is for this host. Blocks for as long as the disk takes.
    pub(super) fn page(&self, host: &str) -> Option<Reply> {
        let mut page = self.page_file().inspect_err(|error| log(error, &self.folder)).ok()?;
        for mark in HOST_MARKS {
            page = replace(&page, mark.as_bytes(), host.as_bytes());
        }
        Some(reply(PAGES[0], page))
    }

    /// The file at this address. Blocks for as long as the disk takes.
    pub(super) fn file(&self, path: &str) -> Option<Reply> {
        let name = decode(path.strip_prefix('/')?)?;
        let file = self.read(&name).inspect_err(|error| log(error, Path::new(&name))).ok()?;
        Some(reply(&name.to_string_lossy(), file))
    }

    fn page_file(&self) -> io::Result<Vec<u8>> {
        let [first, second] = PAGES;
        match self.read(first.as_ref()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.read(second.as_ref()),
            other => other,
        }
    }

    fn read(&self, name: &std::ffi::OsStr) -> io::Result<Vec<u8>> {
        let path = self.folder.join(name).canonicalize()?;
        let about = std::fs::symlink_metadata(&path)?;
        // A link may lead out of the folder, and a pipe would never end.
        if !path.starts_with(&self.folder) || !about.is_file() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut bytes = Vec::new();
        let most = limits::OWN_FILE_BYTES_MAX;
        std::fs::File::open(&path)?.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }
}

fn reply(name: &str, bytes: Vec<u8>) -> Reply {
    let mut reply = Reply::new(content_type(name), SharedBytes::Counted(bytes.into()));
    reply.header("Cache-Control", "no-cache");
    reply.header("Content-Security-Policy", POLICY);
    reply
}

fn log(error: &io::Error, path: &Path) {
    if error.kind() != io::ErrorKind::NotFound {
        tracing::warn!(%error, ?path, "a file of the own page cannot be served");
    }
}

/// An address as a path inside a folder: every part a plain name.
fn decode(path: &str) -> Option<OsString> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit =
                |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    let plain = |part: &[u8]| !part.is_empty() && !part.starts_with(b".") && !part.contains(&0);
    bytes.split(|&byte| byte == b'/').all(plain).then(|| OsString::from_vec(bytes))
}

fn replace(text: &[u8], mark: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        match rest.strip_prefix(mark) {
            Some(behind) => {
                replaced.extend_from_slice(with);
                rest = behind;
            }
            None => {
                replaced.push(byte);
                rest = &rest[1..];
            }
        }
    }
    replaced
}
