//! Lesson 2: the program makes 1,000 threads that only wait, and asks the kernel what one of them
//! costs: time to make it, address space, memory, and processor time while it waits.

use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{mpsc, Arc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// So many threads wait at the same time.
const CROWD: usize = 1_000;
/// So many are made and ended to measure the time, one after the other.
const MADE: usize = 101;
/// So many use their stack before they wait, and so many bytes of it.
const DEEP_CROWD: usize = 200;
const DEEP_BYTES: usize = 100 * 1024;
/// How long the crowd waits while the program looks at the processor time.
const WATCH: Duration = Duration::from_secs(1);

/// Threads that wait until they may leave.
struct Crowd {
    threads: Vec<JoinHandle<()>>,
    may_leave: Arc<AtomicBool>,
}

impl Crowd {
    /// Makes `count` threads. Returns when each of them has done `first` and begins to wait.
    fn new(count: usize, first: fn()) -> Self {
        let may_leave = Arc::new(AtomicBool::new(false));
        let (is_here, here) = mpsc::channel();
        let one = |_| {
            let (is_here, may_leave) = (is_here.clone(), Arc::clone(&may_leave));
            thread::spawn(move || {
                first();
                is_here.send(()).expect("the main thread listens");
                // `park` sleeps until somebody calls `unpark`. It may also return without a
                // reason, so the thread looks at what it really waits for.
                while !may_leave.load(Ordering::Acquire) {
                    thread::park();
                }
            })
        };
        let threads = (0..count).map(one).collect();
        here.iter().take(count).for_each(drop);
        Self { threads, may_leave }
    }

    fn end(self) {
        self.may_leave.store(true, Ordering::Release);
        self.threads.iter().for_each(|thread| thread.thread().unpark());
        self.threads.into_iter().for_each(|thread| thread.join().expect("a thread"));
    }
}

/// Reads 100 KB at once, as some servers read a request: into an array on the stack.
#[inline(never)]
fn go_deep() {
    let mut request = [0; DEEP_BYTES];
    let mut zeros = File::open("/dev/zero").expect("the kernel's file of zeros");
    zeros.read_exact(&mut request).expect("zeros without end");
}

/// Reads a number from one of the kernel's text files, such as `VmRSS:   1234 kB`.
fn kernel_says(file: &str, name: &str) -> i64 {
    let text = fs::read_to_string(file).expect("the kernel's file");
    let line = text.lines().find(|line| line.starts_with(name)).expect("the line in it");
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
}

/// What the process has now, in KB: address space, memory, and all kernel stacks of the machine.
fn kilobytes() -> [i64; 3] {
    let status = "/proc/self/status";
    let kernel_stacks = kernel_says("/proc/meminfo", "KernelStack:");
    [kernel_says(status, "VmSize:"), kernel_says(status, "VmRSS:"), kernel_stacks]
}

/// Makes a crowd. Returns it, with what one of its threads costs in KB.
fn measured(count: usize, first: fn()) -> (Crowd, [f64; 3]) {
    let before = kilobytes();
    let crowd = Crowd::new(count, first);
    let after = kilobytes();
    let each = |index: usize| (after[index] - before[index]) as f64 / count as f64;
    (crowd, [each(0), each(1), each(2)])
}

/// Makes threads and waits for the end of each. Returns the time for one of them; half of them took
/// longer. (Not the average: on a busy machine a few wait long for a core.)
fn make_one() -> Duration {
    let timed = |_| {
        let started = Instant::now();
        thread::spawn(|| ()).join().expect("a thread");
        started.elapsed()
    };
    let mut times: Vec<_> = (0..MADE).map(timed).collect();
    times.sort();
    times[MADE / 2]
}

/// The processor time of all threads of this program until now, in ms. The kernel counts it in
/// ticks of 10 ms; these are fields 14 and 15 of its file. (The program's name has no spaces.)
fn processor_ms() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("the kernel's file about us");
    let ticks = stat.split(' ').skip(13).take(2).map(|field| field.parse().unwrap_or(0));
    ticks.sum::<u64>() * 10
}

/// Prints the process's number and stays until Enter, the end of input, or ten minutes.
fn wait_for_enter() {
    println!("# pid {}: look at me, then press Enter", std::process::id());
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
}

fn main() {
    let stays = std::env::args().nth(1).map_or(false, |word| word == "wait");

    println!("make_us {}", make_one().as_micros());

    let (crowd, [virtual_kb, resident_kb, kernel_kb]) = measured(CROWD, || ());
    println!("virtual_kb {:.0}", virtual_kb);
    println!("resident_kb {:.1}", resident_kb);
    println!("kernel_kb {:.1}", kernel_kb);
    let before = processor_ms();
    thread::sleep(WATCH);
    println!("processor_ms {}", processor_ms() - before);
    if stays {
        wait_for_enter();
    }
    crowd.end();

    let (crowd, [_, deep_kb, _]) = measured(DEEP_CROWD, go_deep);
    println!("deep_kb {:.1}", deep_kb);
    crowd.end();
}
