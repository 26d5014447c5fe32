//! A crowd of all kinds of clients, judged: nothing is lost, twice or out of order, over
//! connections that are cut and a server that is killed.
//!
//! `cargo test --test judged` runs it small. `tests/run --long` runs ten minutes of 1,500 clients
//! with 1,000 cuts, and as long again with 200 kills. One thread plays all clients. It records what
//! each of them was shown, and in the end the judge compares that with the promises of
//! `docs/PROTOCOL.md` (`judge/mod.rs`). The environment may set:
//!
//! | variable | |
//! | --- | --- |
//! | `JUDGED_SECONDS` | how long the crowd talks |
//! | `JUDGED_CLIENTS` | how many there are at once |
//! | `JUDGED_RATE` | messages a second of all clients together |
//! | `JUDGED_CUTS`, `JUDGED_KILLS` | how many connections are cut, how often the server is killed |
//! | `JUDGED_BOUNDS` | `true`: the test also checks the bounds of the server's memory |
//! | `THREADBARE_PROGRAM` | another program than the one that was just built |
//! | `STREET_SEED` | the same run again, as far as the machine's speed allows |
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::expect_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "the table is what a run is for")]
#![expect(unreachable_pub, reason = "this crate is nobody's library")]

mod book;
mod crowd;
#[path = "../it/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the words of other tests, of which these need some")]
mod harness;
mod host;
mod http;
mod judge;
mod liar;
mod net;
mod report;
mod scene;
mod seen;
mod truth;
