//! The tables of the history, and how an older file becomes a newer one.
//!
//! Owns: the SQL that creates the tables. Each file has the number of its schema version, which
//! texts for people call its *form*. A file with a higher number than ours was written by a newer
//! Threadbare and is left alone, unless the number is so high that it must be spoiled.
//! Must not know: what is written when.
//!
//! Part: `history/store/mod.rs`.

use rusqlite::Connection;

use super::StoreError;

/// The mark "THRB" in our files, which distinguishes them from files of other programs.
const APPLICATION: i32 = 0x5448_5242;

/// The limit on how much higher than ours the schema version of a newer Threadbare can be. If a
/// file has an even higher number, the disk has spoiled it, or the file is not ours.
const NEWER_MAX: i32 = 100;

/// From this schema version on, free pages contain no remains of deleted text.
const FIRST_WITHOUT_REMAINS: i32 = 4;

/// From this schema version on, the file says which lines may have no checksum.
pub(crate) const FIRST_WITH_ALL_CHECKSUMS: u32 = 7;

/// Each step brings a file from one schema version to the next.
pub(super) const STEPS: &[&str] = &[
    "
    CREATE TABLE rooms (
        epoch INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        reserved INTEGER NOT NULL,
        topic TEXT NOT NULL,
        hidden INTEGER NOT NULL,
        password BLOB,
        maker INTEGER
    ) STRICT;
    CREATE TABLE lines (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        time INTEGER NOT NULL,
        author INTEGER,
        name TEXT NOT NULL,
        mark TEXT,
        id TEXT,
        kind INTEGER NOT NULL,
        of INTEGER,
        text TEXT,
        PRIMARY KEY (epoch, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lines_by_time ON lines (time);
    CREATE INDEX edits ON lines (epoch, of) WHERE of IS NOT NULL;
    CREATE TABLE people (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        tokens BLOB NOT NULL,
        secret BLOB,
        gone_at INTEGER
    ) STRICT;
",
    "
    CREATE TABLE private_logs (
        epoch INTEGER PRIMARY KEY,
        person INTEGER NOT NULL UNIQUE,
        reserved INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE lines ADD COLUMN recipient TEXT;
",
    // An older file does not say which lines were deleted. So all numbers before the first line of
    // a log count as numbers of deleted lines; if a log has no line, all its reserved numbers do.
    "
    CREATE TABLE thrown_away (epoch INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    INSERT INTO thrown_away SELECT * FROM (
        SELECT epoch, coalesce((SELECT min(seq) - 1 FROM lines WHERE lines.epoch = logs.epoch),
            reserved) AS seq
        FROM (SELECT epoch, reserved FROM rooms UNION ALL SELECT epoch, reserved FROM private_logs)
            AS logs
    ) WHERE seq > 0;
",
    // An older file does not say from which network people and rooms come.
    "
    ALTER TABLE people ADD COLUMN address INTEGER;
    ALTER TABLE rooms ADD COLUMN address INTEGER;
",
    // Older versions reserved 2^32 numbers at a time, and a crash skipped the reserved numbers that
    // no line had. So if more than 2^31 numbers in a row have no line, a crash has skipped them.
    "
    ALTER TABLE rooms ADD COLUMN low INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN far INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE private_logs ADD COLUMN low INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE private_logs ADD COLUMN far INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE private_logs ADD COLUMN is_open INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE private_logs ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE skipped (
        epoch INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        far INTEGER,
        PRIMARY KEY (epoch, first)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO skipped SELECT epoch, before + 1, seq - 1, NULL FROM (
        SELECT epoch, seq, lag(seq, 1, coalesce(
            (SELECT seq FROM thrown_away WHERE thrown_away.epoch = lines.epoch), 0
        )) OVER (PARTITION BY epoch ORDER BY seq) AS before FROM lines
    ) WHERE seq - before > 2147483648;
    UPDATE rooms SET is_open = reserved - max(
        coalesce((SELECT max(seq) FROM lines WHERE lines.epoch = rooms.epoch), 0),
        coalesce((SELECT seq FROM thrown_away WHERE thrown_away.epoch = rooms.epoch), 0)
    ) >= 2147483648;
    UPDATE private_logs SET is_open = reserved - max(
        coalesce((SELECT max(seq) FROM lines WHERE lines.epoch = private_logs.epoch), 0),
        coalesce((SELECT seq FROM thrown_away WHERE thrown_away.epoch = private_logs.epoch), 0)
    ) >= 2147483648;
",
    // Lines of an older file have no checksum, so nothing says whether they are what was written.
    "
    ALTER TABLE lines ADD COLUMN sum INTEGER;
",
    // The number up to which the lines of a log may have no checksum; a line with a higher number
    // and no checksum is damaged. If SQLite's list of tables is lost, the rescue recognizes a row
    // of this table by its third value, `reason`: without it, the row would look like a row of
    // `thrown_away`. The index stores the same values a second time, in case a page of the table is
    // lost.
    "
    CREATE TABLE without_sum (
        epoch INTEGER PRIMARY KEY,
        seq INTEGER NOT NULL,
        reason TEXT NOT NULL
    ) STRICT;
    CREATE INDEX without_sum_again ON without_sum (reason, seq);
    INSERT INTO without_sum
        SELECT epoch, max(seq), 'of an older form' FROM lines WHERE sum IS NULL GROUP BY epoch;
",
    // The hashes of networks in an older file were made with keys that are lost, so no network
    // matches them any more.
    "
    CREATE TABLE keys (what TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT, WITHOUT ROWID;
",
    // The column `damaged` says that lines with the numbers of this skipped range may have been
    // lost by damage.
    "
    ALTER TABLE skipped ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
",
    // An older file does not say when a person took their name.
    "
    ALTER TABLE people ADD COLUMN named_at INTEGER;
",
    // No line of an older file answers a message.
    "
    ALTER TABLE lines ADD COLUMN answers INTEGER;
",
    // A room of an older file has no invites.
    "
    ALTER TABLE rooms ADD COLUMN invites BLOB;
",
    // No table changes. An older program does not know lines that say that a person's lines were
    // removed, nor the rows in `people` of removals that are not done.
    "",
    // A room of an older file has no pinned message.
    "
    ALTER TABLE rooms ADD COLUMN pinned INTEGER;
",
    // An older file does not say who has entered the password of a room.
    "
    ALTER TABLE rooms ADD COLUMN people_let_in BLOB;
    ALTER TABLE rooms ADD COLUMN sessions_let_in BLOB;
",
    // An older file does not say who has made an invite.
    "
    ALTER TABLE rooms ADD COLUMN inviters BLOB;
",
    // An older file does not say which name a person had before the present one.
    "
    ALTER TABLE people ADD COLUMN former TEXT;
",
    // No person of an older file is a host.
    "
    ALTER TABLE people ADD COLUMN host INTEGER;
",
    // In a room of an older file nobody is muted.
    "
    ALTER TABLE rooms ADD COLUMN rules TEXT;
",
];

pub(crate) fn is_newer(version: u32) -> bool {
    usize::try_from(version).is_ok_and(|version| version > STEPS.len())
}

pub(crate) fn is_ours(mark: u32) -> bool {
    APPLICATION.cast_unsigned() == mark
}

/// Returns the schema version of the file; 0 for a new file.
///
/// # Errors
/// The file is of another program or of a newer version, its schema version is spoiled, or SQLite
/// cannot read it.
pub(super) fn version(connection: &Connection) -> Result<i32, StoreError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, found) = (number("application_id")?, number("user_version")?);
    let newest = i32::try_from(STEPS.len()).unwrap_or(i32::MAX);
    if application != APPLICATION && (application != 0 || found != 0 || has_tables(connection)?) {
        return Err(StoreError::NotOurs);
    }
    if found < 0 || found > newest + NEWER_MAX {
        return Err(StoreError::NotOurs);
    }
    if found > newest {
        return Err(StoreError::Newer { found, newest });
    }
    Ok(found)
}

/// Brings the file to the newest schema version, step by step.
///
/// # Errors
/// See [`version`]. Or SQLite cannot write the file: then it keeps the schema version of the
/// last whole step.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    for (step, number) in STEPS.iter().zip(1..).skip(usize::try_from(found).unwrap_or(0)) {
        let change = connection.transaction()?;
        change.execute_batch(step)?;
        change.pragma_update(None, "user_version", number)?;
        change.pragma_update(None, "application_id", APPLICATION)?;
        change.commit()?;
    }
    if (1..FIRST_WITHOUT_REMAINS).contains(&found) {
        // Older versions did not overwrite pages that became free. Remove these pages from the
        // file.
        let mut vacuum = connection.prepare("PRAGMA incremental_vacuum")?;
        let mut pages = vacuum.query([])?;
        while pages.next()?.is_some() {}
    }
    Ok(())
}

fn has_tables(connection: &Connection) -> Result<bool, StoreError> {
    Ok(connection.query_row("SELECT count(*) > 0 FROM sqlite_master", [], |row| row.get(0))?)
}
