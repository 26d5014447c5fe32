//! How fast the product is, compared with yardsticks and peers.
//!
//! `cargo bench --bench versus` starts the product, the yardsticks and the peers in turn, puts the
//! same load on each, and prints one table. The cost of a server is read from its process, so the
//! load may share its cores. `tests/bench/run` builds the peers first. Flags: see `options.rs`.
//!
//! Owns: the order of rounds, scenarios and servers.
//! Must not know: how anything is measured.
#![expect(clippy::unwrap_used, reason = "numbers that fit by construction; a panic ends a bench")]
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]
#![expect(unreachable_pub, reason = "a program has no outside")]

#[path = "../it/harness/any_certificate.rs"]
mod any_certificate;
mod load;
mod options;
mod pairs;
mod process;
mod scenarios;
mod servers;
mod table;
mod watcher;
mod wire;
mod yardsticks;

use std::io;
use std::process::ExitCode;

use options::Options;
use pairs::{Limits, Pairs, Side};
use scenarios::Scenario;
use servers::Server;
use table::Table;
use watcher::Watcher;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = yardsticks::run(&arguments).unwrap_or_else(|| versus(&arguments));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("versus: {error}");
            ExitCode::FAILURE
        }
    }
}

fn versus(arguments: &[String]) -> io::Result<()> {
    if arguments.iter().any(|word| word == "--help") {
        println!("{}", options::HELP);
        return Ok(());
    }
    let options = Options::read(arguments)?;
    raise_file_limit()?;
    if let Some(before) = &options.against {
        return in_pairs(&servers::pair(before)?, Limits::OF_BUILDS, &options);
    }
    if options.watched {
        let pair = servers::unwatched_and_watched();
        print_cost_of_counters(&pair[0], &options)?;
        return in_pairs(&pair, Limits::OF_WATCHING, &options);
    }
    let servers = servers::all(&options);
    let mut table = Table::default();
    for round in 1..=options.rounds {
        for scenario in scenarios::ALL.iter().filter(|one| options.wants_scenario(one)) {
            for server in servers.iter().filter(|one| scenario.wants(one)) {
                eprintln!("round {round}, {}: {}", scenario.name, server.name);
                match measure(scenario, server, &options) {
                    Ok(values) => {
                        for value in &values {
                            table.add(round, scenario.format, &server.name, value);
                        }
                    }
                    // The failure leaves a gap in the table; the other measurements go on.
                    Err(error) => {
                        eprintln!("  failed: {error}");
                        table.fail(
                            server,
                            format!("round {round}, {}, {}: {error}", scenario.name, server.name),
                        );
                    }
                }
            }
        }
    }
    table.print(&servers);
    if table.has_failures_of_ours() {
        return Err(io::Error::other("not everything could be measured"));
    }
    Ok(())
}

/// Compares two servers, in the same rounds.
fn in_pairs([before, after]: &[Server; 2], limits: Limits, options: &Options) -> io::Result<()> {
    pairs::check();
    let mut pairs = Pairs::new(limits);
    let mut failures = Vec::new();
    for round in 1..=options.rounds {
        let is_whole = round % 2 == 1;
        let wanted = |one: &&Scenario| options.wants_scenario(one) && (is_whole || !one.slow);
        for scenario in scenarios::ALL.iter().filter(wanted) {
            let mut both = [(Side::Before, before), (Side::After, after)];
            // The two take turns, so neither has the advantage of being first or second.
            if !is_whole {
                both.reverse();
            }
            for (side, server) in both {
                eprintln!("round {round}, {}: {side:?}", scenario.name);
                match measure(scenario, server, options) {
                    Ok(values) => {
                        values.iter().for_each(|it| pairs.add(round, side, scenario.format, it));
                    }
                    Err(error) => {
                        eprintln!("  failed: {error}");
                        failures
                            .push(format!("round {round}, {}, {side:?}: {error}", scenario.name));
                    }
                }
            }
        }
    }
    let worse = pairs.print();
    for failure in &failures {
        println!("\nfailed: {failure}");
    }
    if worse.is_empty() && failures.is_empty() {
        return Ok(());
    }
    Err(io::Error::other("something is worse, or could not be measured"))
}

/// Prints what the counters of the glass box cost while nobody looks.
fn print_cost_of_counters(server: &Server, options: &Options) -> io::Result<()> {
    for scenario in scenarios::ALL.iter().filter(|one| ["a", "va"].contains(&one.letter)) {
        let process = server.start(scenario)?;
        let door = server.door(process.port, scenario);
        let run = scenarios::Run { process: &process, door, options };
        let (additions, delivery_us) = scenarios::counters_of_delivery(&run)?;
        let one_ns = watcher::addition_ns();
        let share = additions * one_ns / (1000.0 * delivery_us);
        println!(
            "{:?}: {additions:.2} additions for a delivery, {one_ns:.2} ns each; a delivery takes \
             {delivery_us:.2} µs of CPU: {:.3} % (at most 0.2 % was wanted)",
            scenario.format,
            100.0 * share
        );
    }
    println!();
    Ok(())
}

/// Starts one server for one scenario, and measures it.
fn measure(
    scenario: &Scenario,
    server: &Server,
    options: &Options,
) -> io::Result<Vec<scenarios::Value>> {
    let process = server.start(scenario)?;
    let door = server.door(process.port, scenario);
    let watcher = server.is_watched.then(|| Watcher::of(process.port));
    let values = (scenario.run)(&scenarios::Run { process: &process, door, options });
    watcher.map_or(Ok(()), Watcher::end)?;
    values
}

/// Raises the limit of open files as far as the system allows; the servers inherit it.
fn raise_file_limit() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let hard = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: hard })?)
}
