//! The SQL statements of the history, except `PRAGMA`s and those in `schema.rs`.
//!
//! They are in one place so that a test can ask SQLite for the query plan of each
//! (`store/tests.rs`). A statement that scans a whole room gets slower each day, and a test
//! with ten lines would not show it.
//!
//! Owns: the statements, and which of them may scan a whole table.
//! Must not know: when they are used.
//!
//! Part: `history/store/mod.rs`.

/// A bound for a test: how many rows SQLite may read for a statement.
#[cfg(test)]
pub(super) enum PlanBound {
    /// About as many rows as the statement returns or changes.
    AtFew,
    /// All rows of a table or a room. The value says why SQLite may read so many.
    AtAll(&'static str),
}

macro_rules! statements {
    ($($name:ident, $looks:expr, $sql:expr;)*) => {
        $(pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        pub(super) fn all() -> Vec<(&'static str, PlanBound, &'static str)> {
            use PlanBound::{AtAll, AtFew};
            vec![$((stringify!($name), $looks, $sql)),*]
        }
    };
}

/// True for a row of `people` that says that the person's lines must be removed (`is_removal` in
/// `removal.rs`).
macro_rules! is_removal {
    () => {
        "substr(people.name, 1, 1) = '@' AND length(people.tokens) = 0"
    };
}

/// The columns of a line in the order that `row.rs` expects, and the name of the replied-to
/// message's author and the author's number. An export selects `NULL` in place of the recipient, so
/// it contains no private message.
macro_rules! lines {
    ($recipient_and_sum:literal, $rest:literal) => {
        concat!(
            "SELECT epoch, seq, time, author, name, mark, id, kind, of, text, ",
            $recipient_and_sum,
            ", answers, (SELECT name FROM lines AS answered
             WHERE answered.epoch = lines.epoch AND answered.seq = lines.answers
                 AND NOT EXISTS (SELECT 1 FROM people WHERE people.id = answered.author
                     AND ",
            is_removal!(),
            ")), (SELECT author FROM lines AS answered
             WHERE answered.epoch = lines.epoch AND answered.seq = lines.answers)",
            $rest
        )
    };
}

/// Takes text and author from lines; the parameter ?1 is what stands in place of the name. An edit
/// or a deletion still says which line it changes; any other line becomes a deletion of itself.
macro_rules! removed {
    ($rest:literal) => {
        concat!(
            "UPDATE lines SET author = NULL, name = ?1, mark = NULL, id = NULL, kind = 3,
             of = CASE WHEN kind IN (2, 3) THEN of ELSE seq END, text = NULL, recipient = NULL,
             answers = NULL, sum = line_sum(epoch, seq, time, NULL, ?1, NULL, NULL, 3,
             CASE WHEN kind IN (2, 3) THEN of ELSE seq END, NULL, NULL, NULL)",
            $rest
        )
    };
}

/// Takes the text from messages and their edits, as if each message was deleted alone.
macro_rules! deleted {
    ($rest:literal) => {
        concat!(
            "UPDATE lines SET kind = 3, of = CASE WHEN kind = 2 THEN of ELSE seq END, text = NULL,
             sum = line_sum(epoch, seq, time, author, name, mark, id, 3,
             CASE WHEN kind = 2 THEN of ELSE seq END, NULL, recipient, answers)",
            $rest
        )
    };
}

statements! {
    // What a server begins with, and the numbers that it reserves.
    RESERVE_FOR_ROOM, AtFew,
        "UPDATE rooms SET reserved = ?2, low = ?3, far = ?4, is_open = ?5, begun = ?6
         WHERE epoch = ?1";
    RESERVE_FOR_PRIVATE_LOG, AtFew,
        "UPDATE private_logs SET reserved = ?2, low = ?3, far = ?4, is_open = ?5, begun = ?6
         WHERE epoch = ?1";
    LAST_SEQ, AtFew, "SELECT max(seq) FROM lines WHERE epoch = ?1";
    NEWEST, AtFew,
        "SELECT strftime('%Y-%m-%d %H:%M:%S UTC', time / 1000, 'unixepoch') FROM lines
         WHERE time >= 0 ORDER BY time DESC LIMIT 1";
    SKIPPED_OF, AtAll("a log has few"),
        "SELECT first, last, far, damaged FROM skipped WHERE epoch = ?1 ORDER BY first";
    SKIP, AtFew, "INSERT OR REPLACE INTO skipped VALUES (?1, ?2, ?3, ?4, ?5)";
    FORGET_SKIP, AtFew, "DELETE FROM skipped WHERE epoch = ?1 AND first = ?2";
    ROOMS, AtAll("there are few"),
        "SELECT epoch, name, reserved, topic, hidden, password, maker, address, low, far, is_open,
             begun, invites, pinned, people_let_in, sessions_let_in, inviters, rules
         FROM rooms ORDER BY rowid";
    PRIVATE_LOGS, AtAll("there are few"),
        "SELECT epoch, person, reserved, low, far, is_open, begun FROM private_logs ORDER BY epoch";
    PEOPLE, AtAll("all are wanted"),
        concat!("SELECT id, name, tokens, secret, gone_at, address, named_at, former,
             host FROM people
             WHERE NOT (", is_removal!(), ") ORDER BY id");
    COUNT_LINES, AtAll("once, when the file is opened"),
        // Read the index `lines_by_time` instead of the table: it has the epoch of each line, too,
        // and is much smaller than the table.
        "SELECT epoch FROM lines INDEXED BY lines_by_time";
    ADDRESS_KEY, AtFew, "SELECT key FROM keys WHERE what = 'addresses'";
    KEEP_ADDRESS_KEY, AtFew, "INSERT OR REPLACE INTO keys VALUES ('addresses', ?1)";
    // For each person whose last connection has ended, and each author: about how many bytes of the
    // file the private messages take that this author has sent to this person since then
    // (`register_unread_bytes` in `startup.rs`).
    UNREAD, AtAll("once, when the server starts"),
        "SELECT person, author, sum(unread_bytes(length(CAST(text AS BLOB))))
         FROM private_logs JOIN people ON people.id = person
             JOIN lines ON lines.epoch = private_logs.epoch
         WHERE time >= gone_at AND text IS NOT NULL GROUP BY person, author";
    THROWN_AWAY_OF, AtFew, "SELECT seq FROM thrown_away WHERE epoch = ?1";

    // Reading: queries of the hub.
    LINES_FROM, AtFew,
        lines!("recipient, sum", " FROM lines WHERE epoch = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3");
    LINES_BEFORE, AtFew,
        lines!("recipient, sum", " FROM lines WHERE epoch = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3");
    LINES_BACKWARDS, AtFew,
        lines!("recipient, sum", " FROM lines WHERE epoch = ?1 AND seq < ?2 ORDER BY seq DESC");
    IS_EDITED, AtFew,
        "SELECT EXISTS (SELECT 1 FROM lines INDEXED BY edits
             WHERE epoch = ?1 AND of = ?2 AND kind = 2)";
    HAS_OLDER, AtFew, "SELECT EXISTS (SELECT 1 FROM lines WHERE epoch = ?1 AND seq < ?2)";
    USED_IDS, AtFew,
        "SELECT seq, time, author, id FROM lines WHERE epoch = ?1 AND seq < ?2
         ORDER BY seq DESC LIMIT ?3";
    LOG, AtFew,
        "SELECT name, NULL FROM rooms WHERE epoch = ?1
         UNION ALL SELECT NULL, person FROM private_logs WHERE epoch = ?1";
    WITHOUT_SUM_TO, AtFew, "SELECT seq FROM without_sum WHERE epoch = ?1";

    // A backup that becomes the history.
    LEAVE_OUT_IN_ROOMS, AtAll("each has its numbers"),
        "UPDATE rooms SET reserved = max(reserved, far + ?2) + ?1, low = 0, far = 0, is_open = 1";
    LEAVE_OUT_IN_PRIVATE_LOGS, AtAll("each has its numbers"),
        "UPDATE private_logs SET reserved = max(reserved, far + ?2) + ?1, low = 0, far = 0,
             is_open = 1";
    NEWEST_TIME, AtFew, "SELECT max(time) FROM lines";

    // Reading: a backup. It reads all of the file; a plan does not say so.
    COPY_INTO, AtFew, "VACUUM INTO ?1";

    // Reading: an export.
    ARCHIVED_ROOMS, AtAll("there are few"),
        "SELECT name, topic, hidden, password IS NOT NULL, epoch,
             (SELECT min(seq) FROM lines WHERE lines.epoch = rooms.epoch),
             (SELECT max(seq) FROM lines WHERE lines.epoch = rooms.epoch)
         FROM rooms ORDER BY name <> 'lobby', name";
    ARCHIVED_LINES, AtFew,
        lines!("NULL, NULL", ",
             EXISTS (SELECT 1 FROM lines AS edit INDEXED BY edits
                 WHERE edit.epoch = lines.epoch AND edit.of = lines.seq AND edit.kind = 2)
         FROM lines WHERE epoch = ?1 AND seq > ?2 AND seq <= ?3 AND time >= ?4
         ORDER BY seq LIMIT ?5");
    // A file of an older schema does not have the column `answers`.
    ARCHIVED_LINES_OF_OLDER, AtFew,
        "SELECT epoch, seq, time, author, name, mark, id, kind, of, text, NULL, NULL, NULL, NULL, NULL,
             EXISTS (SELECT 1 FROM lines AS edit INDEXED BY edits
                 WHERE edit.epoch = lines.epoch AND edit.of = lines.seq AND edit.kind = 2)
         FROM lines WHERE epoch = ?1 AND seq > ?2 AND seq <= ?3 AND time >= ?4
         ORDER BY seq LIMIT ?5";

    // A file of an older schema does not have the column `damaged`, which says where lines may have
    // been lost by damage. The 0 stands for it.
    SKIPPED_OF_OLDER, AtAll("a log has few"),
        "SELECT first, last, far, 0 FROM skipped WHERE epoch = ?1 ORDER BY first";
    BEGUN_OF, AtFew, "SELECT begun FROM rooms WHERE epoch = ?1";
    HAS_LINE_BETWEEN, AtFew,
        "SELECT EXISTS (SELECT 1 FROM lines WHERE epoch = ?1 AND seq >= ?2 AND seq <= ?3)";

    // Writing: records of a batch.
    KEEP_LINE, AtFew,
        "INSERT OR REPLACE INTO lines VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
             line_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12), ?12)";
    // Two statements give an edited line its new text: one changes the line, the other its earlier
    // edits. With OR in one statement SQLite would scan the whole room.
    EDIT, AtFew,
        "UPDATE lines SET text = ?3, sum =
             line_sum(epoch, seq, time, author, name, mark, id, kind, of, ?3, recipient, answers)
         WHERE epoch = ?1 AND seq = ?2 AND kind IN (0, 1, 5)";
    EDIT_EDITS, AtFew,
        "UPDATE lines INDEXED BY edits SET text = ?3, sum =
             line_sum(epoch, seq, time, author, name, mark, id, kind, of, ?3, recipient, answers)
         WHERE epoch = ?1 AND of = ?2 AND kind = 2";
    DELETE, AtFew,
        "UPDATE lines SET kind = 3, of = ?2, text = NULL, sum =
             line_sum(epoch, seq, time, author, name, mark, id, 3, ?2, NULL, recipient, answers)
         WHERE epoch = ?1 AND seq = ?2 AND kind <> 5";
    DELETE_PRIVATE, AtFew,
        "UPDATE lines SET text = NULL, sum =
             line_sum(epoch, seq, time, author, name, mark, id, kind, of, NULL, recipient, answers)
         WHERE epoch = ?1 AND seq = ?2 AND kind = 5";
    DELETE_EDITS, AtFew,
        "UPDATE lines INDEXED BY edits SET kind = 3, text = NULL, sum =
             line_sum(epoch, seq, time, author, name, mark, id, 3, of, NULL, recipient, answers)
         WHERE epoch = ?1 AND of = ?2 AND kind = 2";
    // Deleting many messages of a room at once, because somebody who looks after it wants that. The
    // second and the third read all older lines of the room, when such a button is pressed.
    DELETE_LINE, AtFew, deleted!(" WHERE epoch = ?1 AND seq = ?2 AND kind IN (0, 1, 2)");
    DELETE_LINES_OF, AtFew,
        deleted!(" WHERE epoch = ?1 AND seq < ?2 AND author = ?3 AND kind IN (0, 1, 2)");
    DELETE_LINES_BEFORE, AtFew,
        "DELETE FROM lines WHERE epoch = ?1 AND seq < ?2";
    // It reads the lines of this run, once: when the machine's clock is set.
    CORRECT_TIMES, AtFew,
        "UPDATE lines SET time = time + ?3, sum =
             line_sum(epoch, seq, time + ?3, author, name, mark, id, kind, of, text, recipient, answers)
         WHERE epoch = ?1 AND seq >= ?2 AND time < ?4";
    KEEP_ROOM, AtFew,
        "INSERT OR REPLACE INTO rooms
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
             ?14, ?15, ?16, ?17, ?18)";
    KEEP_PRIVATE_LOG, AtFew,
        "INSERT OR REPLACE INTO private_logs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    KEEP_PERSON, AtFew,
        "INSERT OR REPLACE INTO people VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    FORGET_PERSON, AtFew, concat!("DELETE FROM people WHERE id = ?1 AND NOT (", is_removal!(), ")");
    FORGET_ROOM, AtFew, "DELETE FROM rooms WHERE epoch = ?1";
    FORGET_PRIVATE_LOG, AtFew, "DELETE FROM private_logs WHERE epoch = ?1";
    FORGET_LINES, AtAll("the whole log is gone"), "DELETE FROM lines WHERE epoch = ?1";
    FORGET_THROWN_AWAY, AtFew, "DELETE FROM thrown_away WHERE epoch = ?1";
    FORGET_SKIPPED, AtAll("a log has few"), "DELETE FROM skipped WHERE epoch = ?1";

    // Removing the lines of people who have left for good.
    REMOVED_PEOPLE, AtAll("there are a few thousand people"),
        concat!("SELECT id FROM people WHERE ", is_removal!());
    REMOVAL_STEP_END, AtFew,
        "SELECT epoch, seq FROM lines WHERE (epoch, seq) > (?1, ?2)
         ORDER BY epoch, seq LIMIT 1 OFFSET ?3";
    REMOVE_LINES, AtAll("a few lines, and all people"),
        concat!(removed!(" WHERE (epoch, seq) > (?2, ?3) AND (epoch, seq) <= (?4, ?5)
             AND author IN (SELECT id FROM people WHERE "), is_removal!(), ")");
    REMOVE_LINE, AtFew, removed!(" WHERE epoch = ?2 AND seq = ?3");
    END_REMOVAL, AtFew, "DELETE FROM people WHERE id = ?1";

    // Deleting old lines.
    THROW_OLDEST, AtFew,
        "DELETE FROM lines WHERE epoch = ?1 AND seq <= (SELECT max(seq) FROM
             (SELECT seq FROM lines WHERE epoch = ?1 ORDER BY seq LIMIT ?2)) RETURNING epoch, seq";
    // If the owner of a private log has left, this statement does not delete the messages that came
    // later.
    THROW_OLDEST_READ, AtFew,
        "DELETE FROM lines WHERE epoch = ?1 AND seq <= (SELECT max(seq) FROM
             (SELECT seq FROM lines WHERE epoch = ?1 ORDER BY seq LIMIT ?2))
         AND +time < coalesce((SELECT gone_at FROM private_logs JOIN people ON people.id = person
             WHERE private_logs.epoch = ?1), 9223372036854775807) RETURNING epoch, seq";
    THROW_OLDER, AtFew,
        "DELETE FROM lines WHERE (epoch, seq) IN
             (SELECT epoch, seq FROM lines WHERE time < ?1 ORDER BY time LIMIT ?2)
         RETURNING epoch, seq";
    NOTE_THROWN_AWAY, AtFew,
        "INSERT INTO thrown_away VALUES (?1, ?2)
         ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)";
    // This statement does not delete a skipped range that has a far range (`chat/numbers.rs`). A
    // client may have seen lines of the far range that are lost now, and the server must tell the
    // client so.
    FORGET_SKIPS_TO, AtFew,
        "DELETE FROM skipped WHERE epoch = ?1 AND first <= ?2 AND last <= ?2 AND far IS NULL";

    // Rescue: statements that pass the values of a row, read without SQLite, through SQLite. A row
    // of an older schema ends before the last columns.
    AS_ROOM, AtFew,
        "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, 0), coalesce(?10, 0),
             coalesce(?11, 0), coalesce(?12, 0), ?13, ?14, ?15, ?16, ?17, ?18";
    AS_PERSON, AtFew, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9";
    AS_PRIVATE_LOG, AtFew,
        "SELECT ?1, ?2, ?3, coalesce(?4, 0), coalesce(?5, 0), coalesce(?6, 0), coalesce(?7, 0)";
    AS_SKIP, AtFew, "SELECT ?2, ?3, ?4, coalesce(?5, 0), ?1";
    AS_LINE, AtFew, "SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
             ?13, NULL, NULL";
    MOVE_LINES, AtAll("the whole log has another epoch"),
        "UPDATE lines SET epoch = ?2, sum =
             line_sum(?2, seq, time, author, name, mark, id, kind, of, text, recipient, answers)
         WHERE epoch = ?1";
    EDIT_AGAIN, AtAll("once, after damage"),
        "UPDATE lines SET text = edit.text, sum = line_sum(lines.epoch, lines.seq, lines.time,
             lines.author, lines.name, lines.mark, lines.id, lines.kind, lines.of, edit.text,
             lines.recipient, lines.answers) FROM lines AS edit
         WHERE edit.kind = 2 AND lines.epoch = edit.epoch AND lines.seq = edit.of
             AND lines.kind IN (0, 1)";
    DELETE_AGAIN, AtAll("once, after damage"),
        "UPDATE lines SET kind = 3, of = lines.seq, text = NULL, sum = line_sum(lines.epoch,
             lines.seq, lines.time, lines.author, lines.name, lines.mark, lines.id, 3,
             lines.seq, NULL, lines.recipient, lines.answers) FROM lines AS deletion
         WHERE deletion.kind = 3 AND lines.epoch = deletion.epoch AND lines.seq = deletion.of
             AND lines.kind IN (0, 1)";
    NOTICES_OF_REMOVALS, AtAll("once, after damage"),
        "SELECT epoch, seq, text FROM lines WHERE kind = 6";

    // Opening what was closed after damage (`--unseal`).
    UNSEAL_ROOMS, AtAll("there are few"),
        "UPDATE rooms SET password = NULL WHERE password = zeroblob(32)";
    UNSEAL_PEOPLE, AtAll("once, when the operator says so"),
        "DELETE FROM people WHERE secret = zeroblob(32)";
}
