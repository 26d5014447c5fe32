//! Compresses pages, on a thread with a large stack: the tables of the compressor are larger than
//! the whole stack of a thread that answers requests.
//!
//! Runs on thread `pack`. Blocks on: its inbox, until that is dropped.
//! Owns: that thread. If the thread has no time for a page, the page is sent uncompressed.
//! Must not know: what is on a page.
//!
//! Part: `site/pages/mod.rs`.

use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::assets::built_in::packed::pack;
use crate::base::threads;

/// Most pages that can wait to be packed with gzip. The server sends further pages unpacked.
const PAGES_TO_PACK_MAX: usize = 8;
/// If a page is not packed with gzip after this time, the server sends it unpacked.
const PACK_WAIT: Duration = Duration::from_secs(1);

/// The handle of the thread that compresses pages. Dropping it ends the thread, and waits for that.
#[derive(Debug)]
pub struct Packer {
    inbox: Option<Sender<PackJob>>,
    thread: Option<JoinHandle<()>>,
}

struct PackJob {
    body: Vec<u8>,
    done: Sender<Option<Vec<u8>>>,
}

impl Packer {
    /// Starts the thread that compresses pages.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start() -> io::Result<Self> {
        let (inbox, jobs) = bounded(PAGES_TO_PACK_MAX);
        let thread = threads::spawn_deep("pack", move || pack_pages(&jobs))?;
        Ok(Self { inbox: Some(inbox), thread: Some(thread) })
    }

    /// Returns the body, compressed with gzip. `None`: it would not be smaller, too many pages wait
    /// for the thread, or the thread needs longer than `PACK_WAIT`. Blocks until the thread has
    /// answered, for at most this time.
    pub fn pack(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (done, packed) = bounded(1);
        self.inbox.as_ref()?.try_send(PackJob { body: body.to_vec(), done }).ok()?;
        packed.recv_timeout(PACK_WAIT).ok()?
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        self.inbox = None;
        // An error means that the thread has panicked; that is in the server's log already.
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn pack_pages(jobs: &Receiver<PackJob>) {
    for job in jobs {
        // Sending fails if the thread that requested the compression does not wait any more.
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
