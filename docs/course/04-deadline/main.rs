//! Lesson 4: a server wants one line from each client, and does not want to wait for ever. The
//! program tries two ways: a timeout of 500 ms for each `read`, and a deadline of 500 ms for the
//! whole line. One client is silent. Another one drips: it sends one byte each 100 ms.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long the server wants to wait.
const WAIT: Duration = Duration::from_millis(500);
/// The pause of the client that drips, after each byte.
const PAUSE: Duration = Duration::from_millis(100);
/// So many bytes that client sends. The last one ends the line.
const DRIPS: usize = 30;

/// A way to read one line of a client.
type LineReader = fn(&TcpStream) -> io::Result<String>;

/// Sets the timeout once. The kernel applies it to each `read`, and each `read` begins anew.
fn line_by_timeout(mut client: &TcpStream) -> io::Result<String> {
    client.set_read_timeout(Some(WAIT))?;
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        read_some(&mut client, &mut line)?;
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Decides once *when* the waiting ends. The timeout of each `read` is what is left until then.
fn line_by_deadline(mut client: &TcpStream) -> io::Result<String> {
    let deadline = Instant::now() + WAIT;
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let left = deadline.saturating_duration_since(Instant::now());
        // To the kernel, a timeout of zero means: wait for ever.
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        client.set_read_timeout(Some(left))?;
        read_some(&mut client, &mut line)?;
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// One `read`: waits until there are bytes, and puts them at the end of the line.
fn read_some(client: &mut &TcpStream, line: &mut Vec<u8>) -> io::Result<()> {
    let mut bytes = [0; 64];
    match client.read(&mut bytes)? {
        0 => return Err(ErrorKind::UnexpectedEof.into()),
        count => line.extend_from_slice(&bytes[..count]),
    }
    Ok(())
}

/// A client that sends its line one byte at a time. It ends early if the server hangs up.
fn drip(mut server: TcpStream) -> io::Result<()> {
    for _ in 1..DRIPS {
        server.write_all(b"x")?;
        thread::sleep(PAUSE);
    }
    server.write_all(b"\n")
}

/// Returns how long one client keeps the server's thread.
fn keeps(client: fn(TcpStream) -> io::Result<()>, read_line: LineReader) -> io::Result<Duration> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let socket = TcpStream::connect(door.local_addr()?)?;
    let (served, _) = door.accept()?;
    let (leave, left) = mpsc::channel::<()>();
    let client = thread::spawn(move || {
        let other_half = socket.try_clone();
        client(socket).ok();
        // Stays connected until the server has decided.
        left.recv().ok();
        drop(other_half);
    });
    let started = Instant::now();
    let line = read_line(&served);
    let kept = started.elapsed();
    println!("# {}", line.as_deref().map_or("no line", str::trim_end));
    // The client's next byte fails, and it leaves.
    drop((served, leave));
    client.join().expect("the client");
    Ok(kept)
}

/// Serves one client after the other on a port of its own, and returns the address.
fn listen(read_line: LineReader) -> io::Result<SocketAddr> {
    let door = TcpListener::bind("127.0.0.1:0")?;
    let address = door.local_addr()?;
    thread::spawn(move || {
        for client in door.incoming().flatten() {
            read_line(&client).ok();
        }
    });
    Ok(address)
}

/// Opens both doors for you, until Enter, the end of input, or for ten minutes.
fn stay() -> io::Result<()> {
    let (timeout, deadline) = (listen(line_by_timeout)?, listen(line_by_deadline)?);
    println!("# pid {}; press Enter to end it", std::process::id());
    println!("# TIMEOUT={} DEADLINE={}", timeout.port(), deadline.port());
    let (entered, enter) = mpsc::channel();
    thread::spawn(move || drop((io::stdin().read_line(&mut String::new()), entered)));
    enter.recv_timeout(Duration::from_secs(600)).unwrap_or(());
    Ok(())
}

fn main() -> io::Result<()> {
    if std::env::args().nth(1).map_or(false, |word| word == "wait") {
        return stay();
    }
    let silent = |_| Ok(());
    println!("silent_ms {}", keeps(silent, line_by_timeout)?.as_millis());
    println!("timeout_ms {}", keeps(drip, line_by_timeout)?.as_millis());
    println!("deadline_ms {}", keeps(drip, line_by_deadline)?.as_millis());
    Ok(())
}
