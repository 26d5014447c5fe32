//! Where an export goes: standard output, a device or a pipe, or an ordinary file. An ordinary file
//! gets its name only when the export is complete.
//!
//! Owns: the temporary file that is renamed at the end, and which files are refused.
//! Must not know: what the export contains.
//!
//! Part: `export/mod.rs`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::ExportError;

/// An open output. Dropping this value before [`finish`](Self::finish) deletes the temporary file.
/// It also writes the bytes that are still buffered, so it blocks while a program that reads the
/// output takes none.
pub(super) struct Output {
    writer: BufWriter<Box<dyn Write>>,
    /// The path of the file as the operator typed it, or "standard output". Errors contain this
    /// text.
    place: String,
    /// The path of the temporary file, and the final path to which it is renamed at the end.
    /// `None`: there is no temporary file, or it has been renamed already.
    becomes: Option<(PathBuf, PathBuf)>,
}

impl Output {
    /// Opens the output for the path that the operator typed; `None`: standard output. `folder` is
    /// the folder of the history.
    ///
    /// # Errors
    /// The file cannot be written, or it is in the folder of the history.
    pub(super) fn open(path: Option<&Path>, folder: &Path) -> Result<Self, ExportError> {
        let Some(path) = path else {
            let writer: Box<dyn Write> = Box::new(io::stdout().lock());
            let place = "standard output".to_owned();
            return Ok(Self { writer: BufWriter::new(writer), place, becomes: None });
        };
        let place = path.display().to_string();
        let failed = |source| ExportError::Output { place: place.clone(), source };
        // If `path` is a symbolic link, follow it, because the rename at the end must replace the
        // link's target and not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if is_in(&path, folder) {
            return Err(ExportError::OwnFolder(path));
        }
        // The export writes directly to a device or a pipe, because a rename would replace it by a
        // file.
        let is_special = fs::metadata(&path).is_ok_and(|found| !found.is_file());
        let (file, becomes) = if is_special {
            (File::options().write(true).open(&path).map_err(failed)?, None)
        } else {
            let mut part = path.clone().into_os_string();
            part.push(format!(".{}.part", std::process::id()));
            let part = PathBuf::from(part);
            (File::create_new(&part).map_err(failed)?, Some((part, path)))
        };
        let writer: Box<dyn Write> = Box::new(file);
        Ok(Self { writer: BufWriter::new(writer), place, becomes })
    }

    /// Calls `part`, which writes a part of the export to the buffered output.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(super) fn write(
        &mut self,
        part: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ExportError> {
        part(&mut self.writer).map_err(|source| self.failed(source))
    }

    /// Ends the export: writes the bytes that are still buffered. If there is a temporary file,
    /// renames it to its final name. Blocks on the disk, or on the program that reads the output.
    ///
    /// # Errors
    /// The output cannot be written, or the file cannot be renamed.
    pub(super) fn finish(mut self) -> Result<(), ExportError> {
        let renamed = self.writer.flush().and_then(|()| match &self.becomes {
            Some((part, path)) => {
                File::open(part)?.sync_all()?;
                fs::rename(part, path)
            }
            None => Ok(()),
        });
        renamed.map_err(|source| self.failed(source))?;
        self.becomes = None;
        Ok(())
    }

    fn failed(&self, source: io::Error) -> ExportError {
        ExportError::Output { place: self.place.clone(), source }
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if let Some((part, _)) = &self.becomes {
            fs::remove_file(part).ok();
        }
    }
}

fn is_in(path: &Path, folder: &Path) -> bool {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = fs::canonicalize(parent.unwrap_or(Path::new(".")));
    parent.is_ok_and(|parent| fs::canonicalize(folder).is_ok_and(|folder| parent == folder))
}
