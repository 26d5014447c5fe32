//! Tests of the folder that an export reads, and of the file that it writes.
//!
//! Part: `export/mod.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Folder, LOBBY, line, said, talk};
use crate::chat::entry::{EntryKind, Seq, UnixMillis};
use crate::export::{ExportError, ExportOptions, export};
use crate::formats::export::ExportForm;
use crate::history::archive::{Archive, NoArchive};
use crate::history::store::StoreError;

#[test]
fn nothing_changes_in_the_folder_whether_a_server_runs_or_not() {
    let folder = Folder::new(&talk());
    let still = folder.looks();
    assert_eq!(still.len(), 1, "only the file is there: {still:?}");
    let text = folder.exported(&folder.options(ExportForm::Text));
    assert_eq!(folder.looks(), still);
    let store = folder.store();
    let written = folder.looks();
    assert!(written.len() > 1, "SQLite's own are beside it: {written:?}");
    assert_eq!(folder.exported(&folder.options(ExportForm::Text)), text);
    assert_eq!(folder.looks(), written);
    drop(store);
}

#[test]
fn what_has_just_been_kept_is_in_the_export_also_in_a_folder_that_cannot_be_written() {
    let folder = Folder::new(&talk());
    let writable = fs::metadata(folder.data()).unwrap().permissions();
    let mut store = folder.store();
    store.write(&[said(9, "just now")]).unwrap();
    for _server in [Some(store), None] {
        fs::set_permissions(folder.data(), fs::Permissions::from_mode(0o500)).unwrap();
        assert!(folder.exported(&folder.options(ExportForm::Text)).contains("just now"));
        fs::set_permissions(folder.data(), writable.clone()).unwrap();
    }
}

#[test]
fn a_server_that_starts_in_the_middle_is_no_harm() {
    let folder = Folder::new(&talk());
    let mut archive = Archive::open(&folder.data()).unwrap();
    let lobby = archive.rooms().unwrap().remove(0);
    let mut store = folder.store();
    store.write(&[line(("lobby", LOBBY), 9, EntryKind::Deleted { of: Seq(8) })]).unwrap();
    let lines = archive.lines(&lobby, Seq(7), UnixMillis(0)).unwrap();
    assert_eq!(lines[0].entry.what, EntryKind::Deleted { of: Seq(8) }, "not as it was before");
}

#[test]
fn an_export_that_fails_leaves_the_file_as_it_was() {
    let folder = Folder::new(&talk());
    fs::write(folder.out(), "before").unwrap();
    let raw = rusqlite::Connection::open(folder.file()).unwrap();
    raw.execute("UPDATE lines SET kind = 77 WHERE seq = 8", []).unwrap();
    drop(raw);
    let error = export(&folder.options(ExportForm::Text)).unwrap_err();
    assert!(matches!(error, ExportError::Store(_)), "{error}");
    assert_eq!(fs::read_to_string(folder.out()).unwrap(), "before");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "nothing half is left");
}

#[test]
fn an_export_goes_through_a_link_and_never_over_a_device_or_the_history() {
    let folder = Folder::new(&talk());
    let link = folder.0.join("link");
    fs::write(folder.out(), "before").unwrap();
    std::os::unix::fs::symlink(folder.out(), &link).unwrap();
    export(&ExportOptions { output: Some(link.clone()), ..folder.options(ExportForm::Text) })
        .unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(folder.out()).unwrap().contains("waves"));
    let null = Some(PathBuf::from("/dev/null"));
    export(&ExportOptions { output: null, ..folder.options(ExportForm::Text) }).unwrap();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
    let own = Some(folder.file());
    let error =
        export(&ExportOptions { output: own, ..folder.options(ExportForm::Text) }).unwrap_err();
    assert!(matches!(error, ExportError::OwnFolder(_)), "{error}");
}

#[test]
fn what_is_no_history_of_ours_is_refused_with_words() {
    let folder = Folder::new(&[]);
    let refused = || export(&folder.options(ExportForm::Text)).unwrap_err();
    assert!(matches!(refused(), ExportError::NoArchive(NoArchive::NoFile(_))), "{}", refused());
    let stored = |error| match error {
        ExportError::NoArchive(NoArchive::Store { source, .. }) => source,
        other => panic!("{other}"),
    };
    fs::write(folder.file(), "").unwrap();
    assert!(matches!(stored(refused()), StoreError::NotOurs), "{}", refused());
    fs::write(folder.file(), [0xa5; 20_000]).unwrap();
    assert!(stored(refused()).is_damage(), "{}", refused());
    fs::remove_file(folder.file()).unwrap();
    folder.store();
    let raw = rusqlite::Connection::open(folder.file()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    assert!(matches!(stored(refused()), StoreError::Newer { found: 99, .. }), "{}", refused());
}
