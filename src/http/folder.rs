//! The private folder where tiny_http listens: only our user may enter it.
//!
//! Owns: the folder, from its making to its removal. A server that is killed
//! without warning leaves an empty folder behind, in a place that the system
//! clears by itself.
//! Must not know: who listens.
//!
//! Next: `http/generation.rs`.

use std::collections::hash_map::RandomState;
use std::fs::DirBuilder;
use std::hash::BuildHasher;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::limits;

/// A folder of mode 0700; dropping it removes it with all that is in it.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a fresh folder in the first place that lets us.
    ///
    /// # Errors
    /// The last place that was tried, and why it would not do.
    pub(super) fn create() -> Result<Self, (PathBuf, io::Error)> {
        let user = rustix::process::getuid().as_raw();
        let places = [
            std::env::var_os("XDG_RUNTIME_DIR")
                .map(PathBuf::from)
                .filter(|path| path.is_absolute()),
            Some(PathBuf::from(format!("/run/user/{user}"))),
            Some(std::env::temp_dir()),
            Some(PathBuf::from("/tmp")),
        ];
        let mut refused = (PathBuf::from("/tmp"), io::ErrorKind::NotFound.into());
        for place in places.into_iter().flatten() {
            match Self::create_in(&place) {
                Ok(folder) => return Ok(folder),
                Err(error) => refused = (place, error),
            }
        }
        Err(refused)
    }

    fn create_in(place: &Path) -> io::Result<Self> {
        // A name that nobody can take before us; an existing one is an error.
        let number = RandomState::new().hash_one(std::process::id());
        let path = place.join(format!("threadbare-{number:016x}"));
        if path.as_os_str().len() + "/18446744073709551615".len() > limits::SOCKET_PATH_BYTES_MAX {
            return Err(io::Error::other("the path is too long for a Unix socket"));
        }
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path })
    }

    /// The path of the socket of one generation: never the same twice, because
    /// the end of an old one removes its file.
    pub(super) fn socket(&self, number: u64) -> PathBuf {
        self.path.join(number.to_string())
    }

    /// Removes the folder with all that is in it, if it is still there.
    pub(super) fn remove(&self) {
        match std::fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let path = self.path.display();
                tracing::warn!(%error, %path, "the private folder stays behind");
            }
            _ => {}
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::Folder;

    #[test]
    fn the_private_folder_is_ours_alone_and_goes_with_us() {
        let folder = Folder::create().unwrap();
        let mode = std::fs::metadata(&folder.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(folder.socket(u64::MAX).as_os_str().len() < 108);
        let path = folder.path.clone();
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_place_whose_path_is_too_long_is_not_taken() {
        assert!(Folder::create_in(&Path::new("/tmp").join("x".repeat(90))).is_err());
    }
}
