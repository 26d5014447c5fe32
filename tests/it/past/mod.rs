//! What the server keeps in its history: over restarts, kills and faults of the disk. How clients
//! search the history, and get it as a file.

mod backups;
/// Row 119: the machine's clock is set while the server runs.
mod clock;
/// F4: the file is damaged.
mod damage;
/// F1, F7: the disk is full, slow, or lies.
mod disk;
/// The log of a room, exported while the server runs.
pub mod export;
/// F5: the server is killed while it removes all that a person has said.
mod forgotten;
/// F6: the disk as a power cut may have left it.
mod images;
/// F5: the server is killed at any moment.
mod kills;
/// F2: the folder or the file becomes inaccessible.
mod permissions;
/// E3, E4, F2 to F5: what outlives the server.
mod restarts;
/// All of a room as a file.
pub mod saved;
/// Messages are found by their words.
mod search;
/// A client that resumes is served before clients that search or scroll back.
mod searchers;
/// G1: the server stores every message before it ends.
mod shutdown;
/// F4: SQLite's write-ahead log is lost.
mod wal;
