//! The secret key from which the sessions of strangers' forms are derived.
//!
//! If the server stores its history, the key is stored in the same folder and survives a restart.
//! With a new key, a form whose answer was lost in the restart would make the stranger a second
//! person when the browser sends it again. The text would be said twice, and the second person
//! could not have the name, because the first one has it.
//!
//! Owns: the key, and the file that stores it.
//! Must not know: forms, sessions, which people there are.
//!
//! Part: `site/visit/mod.rs`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::chat::token::random;

const BYTES: usize = 16;
const FILE: &str = "forms.key";
/// The file to which a new key is written first; then the file gets its final name. So a server
/// that starts never finds half a key.
const UNFINISHED: &str = "forms.key.new";

/// A secret number; `None`: the kernel had no randomness.
pub struct FormKey(Option<[u8; BYTES]>);

impl FormKey {
    /// Reads the key from the folder of the history, or makes one and stores it there. Without a
    /// folder, or if the folder cannot be used, the key exists only until the server ends. Blocks
    /// for the disk.
    pub fn of(folder: Option<&Path>) -> Self {
        let Some(folder) = folder else { return Self(random().ok()) };
        match read_or_make_key(folder) {
            Ok(key) => Self(Some(key)),
            Err(error) => {
                tracing::warn!(
                    folder = %folder.display(), %error,
                    "cannot keep the key of forms: a stranger's form that is sent again after a \
                     restart may make another person"
                );
                Self(random().ok())
            }
        }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        self.0.as_ref().map(<[u8; BYTES]>::as_slice)
    }
}

/// The key is secret and must not get into a log line.
impl std::fmt::Debug for FormKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FormKey")
    }
}

fn read_or_make_key(folder: &Path) -> io::Result<[u8; BYTES]> {
    match fs::read(folder.join(FILE)) {
        Ok(bytes) => match bytes.try_into() {
            Ok(key) => Ok(key),
            // The file has a wrong length, so make a new key. With the new key, forms that were
            // made before give other sessions.
            Err(_) => make_key(folder),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(folder),
        Err(error) => Err(error),
    }
}

fn make_key(folder: &Path) -> io::Result<[u8; BYTES]> {
    let key = random()?;
    let unfinished = folder.join(UNFINISHED);
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(&key)?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(FILE))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use super::{FILE, FormKey};

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("form-key-{}-{name}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    fn bytes(key: &FormKey) -> Vec<u8> {
        key.bytes().unwrap().to_vec()
    }

    #[test]
    fn a_folder_has_one_key_for_its_owner_s_eyes_and_no_folder_none() {
        let folder = Folder::new("one");
        let first = bytes(&FormKey::of(Some(&folder.0)));
        assert_eq!(bytes(&FormKey::of(Some(&folder.0))), first);
        let mode = fs::metadata(folder.0.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_ne!(bytes(&FormKey::of(None)), bytes(&FormKey::of(None)));
    }

    #[test]
    fn a_key_that_is_none_is_another_one_and_a_folder_that_takes_nothing_has_one_for_now() {
        let folder = Folder::new("odd");
        fs::write(folder.0.join(FILE), b"short").unwrap();
        let first = bytes(&FormKey::of(Some(&folder.0)));
        assert_eq!(bytes(&FormKey::of(Some(&folder.0))), first);
        let nowhere = folder.0.join("nowhere");
        assert_ne!(bytes(&FormKey::of(Some(&nowhere))), bytes(&FormKey::of(Some(&nowhere))));
    }
}
