//! docs/TOUR.md: the commands of its stops, typed exactly as printed there, do what the tour says.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::harness::{Data, Folder, ServerProcess, at_most, not_run, program};

/// How long a stop may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// All commands of a stop; stop `0` starts the server.
fn commands(stop: usize) -> Vec<String> {
    let tour =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/TOUR.md")).unwrap();
    let stops: Vec<_> = tour.split("\n**").collect();
    assert!(stop == 0 || stops[stop].starts_with(&format!("{stop}. ")), "{:?}", stops[stop]);
    let blocks: Vec<_> =
        stops[stop].split("\n```\n").skip(1).step_by(2).map(str::to_owned).collect();
    assert!(!blocks.is_empty(), "stop {stop} has nothing to type");
    blocks
}

/// A class's server: with the flags of the tour, and these.
fn starts(data: &Data, more: &[&str]) -> ServerProcess {
    let start = commands(0).remove(0);
    let flags = start.split_once("exec threadbare ").unwrap().1.trim_end().trim_end_matches('\'');
    let flags: Vec<_> = flags.split(' ').chain(more.iter().copied()).collect();
    data.start(&flags)
}

/// The output of `bash` for these commands, with the variables that a student has set for their
/// server.
fn types(server: &ServerProcess, data: &Data, commands: &str) -> String {
    let shown = Folder::new();
    std::fs::create_dir_all(shown.path()).unwrap();
    let shown = Path::new(shown.path()).join("shown");
    let screen = File::create(&shown).unwrap();
    let programs = Path::new(program()).parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let started = Instant::now();
    // The commands must end by themselves, because a class does not wait longer either.
    let mut bash = Command::new("timeout")
        .args(["--foreground", &PATIENCE.as_secs().to_string(), "bash", "-c", commands])
        .envs([("PATH", path), ("P", server.pid().as_raw_nonzero().to_string())])
        .env("PORT", server.addr.port().to_string())
        .env("URL", format!("ws://{}/chat", server.addr))
        .env("THREADBARE_DATA", data.folder())
        .stdin(Stdio::null())
        .stdout(screen.try_clone().unwrap())
        .stderr(screen)
        .process_group(0)
        .spawn()
        .unwrap();
    bash.wait().unwrap();
    let took = started.elapsed();
    // Kills everything that the commands left in the background.
    kill_process_group(Pid::from_child(&bash), Signal::KILL).ok();
    let text = std::fs::read_to_string(&shown).unwrap();
    println!("{commands}\n{text}\n{took:?}");
    assert!(took < PATIENCE, "it does not end");
    text
}

/// The number in the row of a crowd's table.
fn row(table: &str, name: &str) -> u64 {
    let row = table.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    row.split_whitespace().next().unwrap().parse().unwrap()
}

/// How many threads have this name, in each list of them.
fn threads(shown: &str, is_it: impl Fn(&str) -> bool) -> Vec<usize> {
    let mut lists = Vec::new();
    for line in shown.lines() {
        let Some((count, name)) = line.trim().split_once(' ') else { continue };
        let Ok(count) = count.parse::<usize>() else { continue };
        // In each list, this thread comes first.
        if name == "accept" {
            lists.push(0);
        }
        if is_it(name) {
            *lists.last_mut().unwrap() += count;
        }
    }
    lists
}

#[test]
fn the_tours_server_says_its_number_and_no_log_covers_it() {
    let start = commands(0).remove(0);
    let say = start.lines().find(|line| line.starts_with("sh -c")).unwrap();
    // As printed in the tour, except that any port will do.
    let say = say.replace("--log-level warn", "--log-level warn --addr 127.0.0.1:0");
    let programs = Path::new(program()).parent().unwrap().to_owned();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let script = format!("{say} & sleep 2; echo \"it is $!\"; kill $!; wait");
    let mut bash = Command::new("bash");
    let shown = bash.args(["-c", &script]).env("PATH", path).env("THREADBARE_DATA", "none");
    let shown = shown.output().unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    let number = text.lines().next().unwrap().strip_prefix("P=").unwrap();
    assert!(text.ends_with(&format!("it is {number}\n")), "{text}");
    assert_eq!(String::from_utf8(shown.stderr).unwrap(), "", "no log line");
}

#[test]
fn stop_1_of_the_tour_shows_two_threads_that_are_kept_and_then_gone() {
    let data = Data::new();
    let server = starts(&data, &[]);
    let shown = types(&server, &data, &commands(1).join("\n"));
    let of_client = |name: &str| name.starts_with("r-") || name.starts_with("w-");
    assert_eq!(threads(&shown, of_client), [2, 0, 0], "{shown}");
    assert_eq!(threads(&shown, |name| name == "parked"), [0, 2, 0], "{shown}");
    assert_eq!(threads(&shown, |name| name == "hub"), [1, 1, 1], "{shown}");
}

#[test]
fn stop_2_of_the_tour_drips_and_is_answered_after_three_seconds() {
    let data = Data::new();
    let server = starts(&data, &[]);
    let shown = types(&server, &data, &commands(2).concat());
    assert!(shown.starts_with("HTTP/1.1 408 Request Timeout"), "{shown}");
    let real = shown.lines().find_map(|line| line.strip_prefix("real\t0m")?.strip_suffix('s'));
    let real = Duration::from_secs_f64(real.unwrap().parse().unwrap());
    let three = Duration::from_secs(3);
    // The clock of bash and that of the deadline once differed by a millisecond.
    assert!(
        real + Duration::from_millis(10) >= three
            && real < at_most(three + Duration::from_millis(500)),
        "{real:?}: {shown}"
    );
}

#[test]
fn stop_7_of_the_tour_counts_few_switches_and_one_for_each_message() {
    let switches = &|flags: &[&str]| {
        let data = Data::new();
        let server = starts(&data, flags);
        let shown = types(&server, &data, &commands(7).concat());
        let switches =
            shown.lines().filter_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        let switches: Vec<u64> = switches.map(|count| count.trim().parse().unwrap()).collect();
        assert_eq!(switches.len(), 3, "{shown}");
        assert!(!shown.contains("No such file"), "a thread was gone already: {shown}");
        assert_eq!((row(&shown, "sent"), row(&shown, "lost")), (400, 0), "{shown}");
        switches[2]
    };
    let most = std::thread::scope(|scope| {
        let both =
            [&[][..], &["--fan-out", "writers"]].map(|flags| scope.spawn(move || switches(flags)));
        both.map(|one| one.join().unwrap())
    });
    println!("{} switches with the express lane, {} without", most[0], most[1]);
    // These bounds leave room for a busy machine; the tour names more exact figures.
    assert!(most[0] <= 30 && (150..=450).contains(&most[1]), "{most:?}");
}

#[test]
fn stop_10_of_the_tour_counts_flushes_and_the_history_has_every_message() {
    let has =
        |program| Command::new(program).arg("-V").output().is_ok_and(|it| it.status.success());
    if !has("strace") {
        return not_run("TOUR stop 10", "no strace");
    }
    let data = Data::new();
    let server = starts(&data, &[]);
    let [count, kill] = &commands(10)[..] else { panic!("{:?}", commands(10)) };
    let shown = types(&server, &data, count);
    if shown.contains("Operation not permitted") {
        return not_run("TOUR stop 10", "no right to watch a process");
    }
    let calls = shown.lines().rev().find(|line| line.trim().ends_with("total")).unwrap();
    let calls: u64 = calls.split_whitespace().rev().nth(1).unwrap().parse().unwrap();
    assert!((1..=1100).contains(&calls), "{shown}");
    assert_eq!((row(&shown, "sent"), row(&shown, "lost")), (1000, 0), "{shown}");
    let left = types(&server, &data, kill);
    let counts: Vec<_> = left.lines().filter(|line| line.contains("crowd ")).collect();
    let [line] = counts[..] else { panic!("{left}") };
    assert!(line.trim().starts_with("1000 crowd "), "{left}");
}
