//! Packs pages, on a thread that has room for it: a packer's tables are larger than the
//! whole stack of a door.
//!
//! Runs on thread `pack`. Blocks on: its inbox, until that is dropped.
//! Owns: that thread. A page that it has no time for goes out as it is.
//! Must not know: what is on a page.
//!
//! Next: `pages/words.rs`.

use std::io;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::assets::packed::pack;
use crate::{limits, threads};

/// The way to the thread that packs; ends it when dropped.
#[derive(Debug)]
pub struct Packer {
    inbox: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

struct Job {
    body: Vec<u8>,
    done: Sender<Option<Vec<u8>>>,
}

impl Packer {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start() -> io::Result<Self> {
        let (inbox, jobs) = bounded(limits::PAGES_TO_PACK_MAX);
        let thread = threads::spawn_deep("pack", move || run(&jobs))?;
        Ok(Self { inbox: Some(inbox), thread: Some(thread) })
    }

    /// A body, packed; `None` if that does not help, or too many wait for it. Blocks for
    /// [`PACK_WAIT`](crate::limits::PACK_WAIT) at most.
    pub fn pack(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (done, packed) = bounded(1);
        self.inbox.as_ref()?.try_send(Job { body: body.to_vec(), done }).ok()?;
        packed.recv_timeout(limits::PACK_WAIT).ok()?
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        self.inbox = None;
        // A panic there has been told already.
        self.thread.take().map(JoinHandle::join);
    }
}

fn run(jobs: &Receiver<Job>) {
    for job in jobs {
        // Whoever asked may have gone on without.
        job.done.try_send(pack(&job.body)).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::Packer;

    #[test]
    fn a_page_comes_back_smaller_and_what_does_not_shrink_does_not() {
        let packer = Packer::start().unwrap();
        let page = "<li>a line of a page</li>".repeat(100);
        assert!(packer.pack(page.as_bytes()).unwrap().len() < page.len() / 4);
        assert_eq!(packer.pack(b"x"), None);
    }
}
