//! Lesson 1: a server with one thread, and two clients. The first client gets its answer, and then
//! stays for two seconds without a word. The program measures how long the second client waits, and
//! for what.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long the first client stays after its answer.
const STAY: Duration = Duration::from_secs(2);
/// How long the program stays if you want to look at it.
const STAY_FOR_YOU: Duration = Duration::from_secs(600);

/// The server: one thread, one client after the other.
fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (client, _) = listener.accept()?;
        // While this runs, no thread waits in `accept`.
        echo(client).ok();
    }
}

/// Sends each line of the client back to it. Returns when the client has left.
fn echo(client: TcpStream) -> io::Result<()> {
    let mut lines = BufReader::new(&client);
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        (&client).write_all(line.as_bytes())?;
        line.clear();
    }
    Ok(())
}

/// Says hello to the server, and blocks until the answer is there.
fn ask(server: &TcpStream) -> io::Result<()> {
    let mut to_server = server;
    to_server.write_all(b"hello\n")?;
    BufReader::new(server).read_line(&mut String::new())?;
    Ok(())
}

/// What the second client measures: until it is connected, and until it has its answer.
fn second_client(server: SocketAddr) -> io::Result<(Duration, Duration)> {
    let started = Instant::now();
    let socket = TcpStream::connect(server)?;
    let connected = started.elapsed();
    ask(&socket)?;
    Ok((connected, started.elapsed()))
}

/// The processor time of all threads of this program until now. The kernel counts it in ticks of
/// 10 ms; these are fields 14 and 15 of its file.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("the kernel's file about us");
    // Field 2 is the program's name in brackets, and could hold spaces. So count after it.
    let after_name = &stat[stat.rfind(')').expect("a name in brackets") + 2..];
    let ticks = after_name.split(' ').skip(11).take(2).map(|field| field.parse().unwrap_or(0));
    ticks.sum::<u64>() * 10
}

/// Waits for Enter, the end of input, or the time, whatever comes first.
fn wait_for_enter(at_most: Duration) {
    let (entered, enter) = mpsc::channel();
    named("enter", move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(at_most).unwrap_or(());
}

/// Starts a thread with a name. You see the name in `ps`.
fn named<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.to_string()).spawn(work).expect("a thread")
}

fn main() -> io::Result<()> {
    let stays = std::env::args().nth(1).map_or(false, |word| word == "wait");
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let server = listener.local_addr()?;
    // Nobody joins this thread: it ends with the program.
    named("server", move || serve(listener));

    let started = Instant::now();
    let first = TcpStream::connect(server)?;
    ask(&first)?;
    println!("first_answer_ms {}", started.elapsed().as_millis());

    let processor_before = processor_ms();
    let second = named("second", move || second_client(server));
    if stays {
        let (pid, port) = (std::process::id(), server.port());
        println!("# pid {}, port {}: look at me, then press Enter", pid, port);
        wait_for_enter(STAY_FOR_YOU);
    } else {
        thread::sleep(STAY);
    }
    let processor = processor_ms() - processor_before;
    // The first client leaves.
    drop(first);
    let (connected, answered) = second.join().expect("the second client")?;
    println!("second_connect_ms {}", connected.as_millis());
    println!("second_answer_ms {}", answered.as_millis());
    println!("processor_ms {}", processor);
    Ok(())
}
