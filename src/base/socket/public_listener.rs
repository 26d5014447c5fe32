//! Where the server listens: at a TCP port, or at a Unix socket, which is a file.
//!
//! A program that is killed leaves the file of its Unix socket behind, and the kernel does not let
//! another program listen there. So the file of a dead server is removed first. Whether its server
//! is dead, an attempt to connect says: the kernel refuses it if nobody listens.
//!
//! Owns: the file of a Unix socket: its mode, its removal at the end.
//! Must not know: who connects; flags.
//!
//! Part: `base/socket/mod.rs`.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use super::deadline::{self, Deadline};
use super::{ACCEPT_BACKLOG, PublicSocket, UNIX_PEER};

/// The mode of a Unix socket: a proxy that runs as another user needs the group.
const MODE: u32 = 0o660;

/// A server that is alive takes a connection at once. One whose queue is full lets us wait.
const LIVE_WAIT: Duration = Duration::from_secs(1);

/// A listening socket of the server.
#[derive(Debug)]
pub enum PublicListener {
    /// At a TCP port.
    Tcp(TcpListener),
    /// At a Unix socket. `None`: another program has made its file, and removes it.
    Unix(UnixListener, Option<SocketFile>),
}

/// The file of a Unix socket that this process has made. Dropping this value removes it.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    /// The device and the number of the file: another server may have its own at this path now.
    id: (u64, u64),
}

impl PublicListener {
    /// Listens at the Unix socket `path`, which is removed when the listener is dropped. The file
    /// of a server that is dead is replaced. Blocks for at most a second, if another server listens
    /// there and takes no connections.
    ///
    /// # Errors
    /// `AddrInUse`: a server listens there. `AlreadyExists`: the file is no socket. `InvalidInput`:
    /// no socket can have this path. Else the system's error; for example, there is no such folder.
    pub fn at_file(path: &Path) -> io::Result<Self> {
        if path.as_os_str().is_empty() {
            // The kernel would take a name of its own choice.
            return Err(ErrorKind::InvalidInput.into());
        }
        let addr = SockAddr::unix(path)?;
        remove_stale(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&addr)?;
        let found = fs::symlink_metadata(path)?;
        let file = SocketFile { path: path.to_owned(), id: (found.dev(), found.ino()) };
        // Nobody can connect before `listen`, so nobody uses the mode that the umask has given it.
        fs::set_permissions(path, Permissions::from_mode(MODE))?;
        socket.listen(ACCEPT_BACKLOG)?;
        Ok(Self::Unix(socket.into(), Some(file)))
    }

    /// Takes the next connection, and returns it with the address of its peer. An IPv4 peer of a
    /// `[::]` listener has its IPv4 address; a peer on a Unix socket has [`UNIX_PEER`]. Blocks
    /// until a connection comes.
    ///
    /// # Errors
    /// The system's error.
    pub fn accept(&self) -> io::Result<(PublicSocket, SocketAddr)> {
        match self {
            Self::Tcp(listener) => {
                let (socket, peer) = listener.accept()?;
                Ok((socket.into(), SocketAddr::new(peer.ip().to_canonical(), peer.port())))
            }
            Self::Unix(listener, _) => Ok((listener.accept()?.0.into(), (UNIX_PEER, 0).into())),
        }
    }

    /// Returns the IP address and the port; `None` for a Unix socket.
    pub fn addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }

    /// Returns the path of a Unix socket; `None` for a port, and for a socket without a file.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(listener, _) => {
                listener.local_addr().ok()?.as_pathname().map(Path::to_owned)
            }
        }
    }
}

impl From<TcpListener> for PublicListener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl AsFd for PublicListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener, _) => listener.as_fd(),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_ours = |found: fs::Metadata| (found.dev(), found.ino()) == self.id;
        if fs::symlink_metadata(&self.path).is_ok_and(is_ours) {
            // If it stays, the next server replaces it.
            fs::remove_file(&self.path).ok();
        }
    }
}

/// Removes the file of a Unix socket at which nobody listens any more.
fn remove_stale(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    if !found.file_type().is_socket() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    match deadline::connect_unix(path, Deadline::after(LIVE_WAIT)) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        _ => Err(ErrorKind::AddrInUse.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
    use std::path::PathBuf;

    use super::PublicListener;

    struct TestFolder(PathBuf);

    impl TestFolder {
        fn new(name: &str) -> Self {
            let name = format!("threadbare-{name}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for TestFolder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn row_113_only_the_file_of_a_dead_server_is_replaced() {
        let folder = TestFolder::new("stale");
        let path = folder.0.join("s");
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists(), "std leaves the file");
        let first = PublicListener::at_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        assert_eq!(first.path(), Some(path.clone()));
        let second = PublicListener::at_file(&path).unwrap_err();
        assert_eq!(second.kind(), ErrorKind::AddrInUse);
        UnixStream::connect(&path).unwrap();
        drop(first);
        assert!(!path.exists());
        fs::write(&path, "a letter").unwrap();
        let letter = PublicListener::at_file(&path).unwrap_err();
        assert_eq!(letter.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"a letter");
        fs::remove_file(&path).unwrap();
        // Somebody else's socket of another kind, and alive.
        let _other = UnixDatagram::bind(&path).unwrap();
        assert_eq!(PublicListener::at_file(&path).unwrap_err().kind(), ErrorKind::AddrInUse);
    }

    #[test]
    fn row_113_the_file_of_the_next_server_stays() {
        let folder = TestFolder::new("next");
        let path = folder.0.join("s");
        let first = PublicListener::at_file(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let _next = PublicListener::at_file(&path).unwrap();
        drop(first);
        UnixStream::connect(&path).unwrap();
    }

    #[test]
    fn row_113_a_path_that_no_socket_can_have_is_refused() {
        for path in ["", &"x".repeat(200)] {
            let error = PublicListener::at_file(path.as_ref()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{path:?}");
        }
        let error = PublicListener::at_file("/no/such/folder/s".as_ref()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }
}
