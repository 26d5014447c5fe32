//! Threads that do not end with a job, but wait for the next one.
//!
//! Doors, readers and writers run on such threads. Making and ending two threads for each client
//! took 177 µs of CPU time. Using two waiting threads takes 18 µs.
//!
//! Blocks on: a parked thread sleeps on its own condition until a job comes, [`PARKED_WAIT`] is
//! over, or the pool closes.
//! Owns: the list of parked threads, and the handles of the pool's threads.
//! Must not know: what the jobs are.
//!
//! Part: `base/threads/mod.rs`.

use std::collections::{HashMap, HashSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{ThreadJob, set_name, spawn};

/// Most threads without a job that the pool keeps for later jobs.
const PARKED_THREADS_MAX: usize = 64;
/// A parked thread of the pool ends after this long without a job.
const PARKED_WAIT: Duration = Duration::from_secs(10);

// A parked thread waits for a job. Its `ParkedThread` is on the pool's list. To give the thread a
// job, `run` takes the entry off the list and stores the job in it, both under the pool's lock.
// `shut_down` does the same with `End`. So an entry that is off the list always has its thread's
// next step. A thread that has waited long enough takes its own entry off the list, under the same
// lock. Then no other thread will wake it, and it may end.

/// Threads that wait for jobs. The thread that began to wait last is used first.
///
/// A job runs inside `catch_unwind`. If a job panics, its thread ends too, because the job may have
/// left wrong values in thread-local variables.
#[derive(Clone, Default)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// Notified when the last thread has ended.
    ended: Condvar,
}

impl Shared {
    fn one_fewer(&self, state: &mut State) {
        state.alive -= 1;
        if state.alive == 0 {
            self.ended.notify_all();
        }
    }
}

#[derive(Default)]
struct State {
    parked: Vec<Arc<ParkedThread>>,
    handles: HashMap<u64, JoinHandle<()>>,
    /// The ids of the threads that ended before the pool had stored their handles.
    ended_early: HashSet<u64>,
    next_worker: u64,
    alive: usize,
    closed: bool,
}

struct ParkedThread {
    worker: u64,
    next: Mutex<Next>,
    ready: Condvar,
}

/// The next step of a thread. The thread looks at this value and goes to sleep under the value's
/// lock. So it cannot miss a step that is stored just before it sleeps.
enum Next {
    Rest,
    Run(ThreadJob),
    End,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Pool").field("alive", &self.alive()).finish_non_exhaustive()
    }
}

impl Pool {
    /// Makes an empty pool, which starts its threads when jobs come.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `job` on a parked thread, or on a new one. Does not wait for other jobs. If no thread
    /// is parked, blocks while the system makes one.
    ///
    /// # Errors
    /// The system cannot start a thread, or the pool is closed. `job` did not run and is dropped.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.run_boxed(Box::new(job))
    }

    #[inline(never)]
    fn run_boxed(&self, job: ThreadJob) -> io::Result<()> {
        let mut state = self.shared.state.lock();
        if state.closed {
            return Err(io::Error::other("the thread pool is closed"));
        }
        if let Some(parked) = state.parked.pop() {
            // The pool's lock is still held. The parked thread relies on this: an entry
            // that is off the list has its thread's next step.
            *parked.next.lock() = Next::Run(job);
            // Waking the thread takes a system call, so the lock is released before. Other doors
            // need not wait for that call.
            drop(state);
            parked.ready.notify_one();
            return Ok(());
        }
        let worker = state.next_worker;
        state.next_worker += 1;
        state.alive += 1;
        // The lock is released first. Making a thread takes a while. And if it fails, the job is
        // dropped, which may take other locks.
        drop(state);
        let next = Mutex::new(Next::Run(job));
        let parked = Arc::new(ParkedThread { worker, next, ready: Condvar::new() });
        let shared = Arc::clone(&self.shared);
        let made = spawn("parked", move || work(&shared, &parked));
        let mut state = self.shared.state.lock();
        match made {
            Ok(handle) if !state.ended_early.remove(&worker) => {
                state.handles.insert(worker, handle);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(error) => {
                self.shared.one_fewer(&mut state);
                Err(error)
            }
        }
    }

    /// Returns the number of threads that exist now, parked or working.
    pub fn alive(&self) -> usize {
        self.shared.state.lock().alive
    }

    /// Takes no more jobs, and lets running ones end.
    ///
    /// Blocks until all threads have ended and are joined, or until `deadline`. Returns how many
    /// threads had not ended by then.
    pub fn shut_down(&self, deadline: Instant) -> usize {
        let mut state = self.shared.state.lock();
        state.closed = true;
        for parked in state.parked.drain(..) {
            *parked.next.lock() = Next::End;
            parked.ready.notify_one();
        }
        self.shared.ended.wait_while_until(&mut state, |state| state.alive > 0, deadline);
        let left = state.alive;
        let handles: Vec<_> = state.handles.drain().map(|(_, handle)| handle).collect();
        drop(state);
        if left == 0 {
            for handle in handles {
                // `work` catches the panics of jobs, so the result of `join` has no information.
                drop(handle.join());
            }
        }
        left
    }
}

fn work(shared: &Shared, parked: &Arc<ParkedThread>) {
    while let Some(job) = wait_for_job(shared, parked) {
        let outcome = catch_unwind(AssertUnwindSafe(job));
        if outcome.is_err() {
            tracing::error!("a job panicked; its thread ends with it");
            break;
        }
        set_name("parked");
        if !park(shared, parked) {
            break;
        }
    }
    let mut state = shared.state.lock();
    shared.one_fewer(&mut state);
    if !state.closed {
        // The last job of this thread is done, so the pool need not join it. Without a handle, the
        // system frees the thread as soon as this function returns.
        if state.handles.remove(&parked.worker).is_none() {
            state.ended_early.insert(parked.worker);
        }
    }
}

/// Puts the calling thread on the list of parked threads, and returns true. Returns false, and does
/// nothing, if the list is full or the pool is closed.
fn park(shared: &Shared, parked: &Arc<ParkedThread>) -> bool {
    let mut state = shared.state.lock();
    let keep = !state.closed && state.parked.len() < PARKED_THREADS_MAX;
    if keep {
        state.parked.push(Arc::clone(parked));
    }
    keep
}

fn wait_for_job(shared: &Shared, parked: &Arc<ParkedThread>) -> Option<ThreadJob> {
    let rest_until = Instant::now() + PARKED_WAIT;
    loop {
        let mut next = parked.next.lock();
        if matches!(*next, Next::Rest) {
            parked.ready.wait_until(&mut next, rest_until);
        }
        match std::mem::replace(&mut *next, Next::Rest) {
            Next::Run(job) => return Some(job),
            Next::End => return None,
            Next::Rest => {}
        }
        drop(next);
        // A thread that takes this entry off the list also stores the next step in it. So if this
        // thread can take its entry off the list itself, no other thread will ever wake it.
        let mut state = shared.state.lock();
        let index = state.parked.iter().position(|thread| thread.worker == parked.worker);
        if let Some(index) = index.filter(|_| Instant::now() >= rest_until) {
            state.parked.remove(index);
            return None;
        }
        // Either the thread woke without a reason, or its next step was stored after it had read
        // the entry. It reads the entry again.
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossbeam_channel::bounded;

    use super::Pool;

    #[test]
    fn a_thread_is_kept_for_the_next_job_and_ends_after_a_panic() {
        let pool = Pool::new();
        let (said, heard) = bounded(1);
        for round in 0..50 {
            let said = said.clone();
            pool.run(move || said.send(round).unwrap()).unwrap();
            assert_eq!(heard.recv_timeout(Duration::from_secs(5)).unwrap(), round);
        }
        assert!(pool.alive() <= 50, "{} threads for one job at a time", pool.alive());
        let before = pool.alive();
        pool.run(|| panic!("a job may panic")).unwrap();
        let patience = Instant::now() + Duration::from_secs(5);
        while pool.alive() > before {
            assert!(Instant::now() < patience);
            std::thread::yield_now();
        }
        assert_eq!(pool.shut_down(Instant::now() + Duration::from_secs(5)), 0);
        assert!(pool.run(|| ()).is_err(), "a closed pool takes no jobs");
    }

    #[test]
    fn a_pool_that_is_shut_down_while_its_threads_lie_down_waits_for_none_of_them() {
        for _ in 0..5_000 {
            let pool = Pool::new();
            let (said, heard) = bounded(2);
            for _ in 0..2 {
                let said = said.clone();
                pool.run(move || said.send(()).unwrap()).unwrap();
            }
            heard.recv_timeout(Duration::from_secs(5)).unwrap();
            assert_eq!(pool.shut_down(Instant::now() + Duration::from_secs(5)), 0);
        }
    }
}
