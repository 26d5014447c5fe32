//! The results of `tests/box`, and what the papers say of them.

use std::process::Command;

use super::{read, root};
use crate::harness::not_run;

/// What `tests/box/all` has noted under this heading.
fn noted<'a>(results: &'a str, script: &str) -> &'a str {
    let heading = format!("## tests/box/{script}\n");
    let (_, rest) = results.split_once(&heading).unwrap_or_else(|| panic!("no {heading}"));
    rest.split("\n## ").next().unwrap()
}

/// A number of a result, of which the papers round off the end.
fn number(text: &str) -> f64 {
    let digits: String =
        text.chars().filter(|sign| sign.is_ascii_digit() || *sign == '.').collect();
    digits.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// Row 107 of the features. `tests/box/all` takes an hour, so its results are noted, with a hash of
/// what decides about them.
#[test]
fn row_107_the_figures_for_small_boxes_are_those_of_the_newest_results() {
    let Ok(output) =
        Command::new("python3").arg(root().join("tests/box/all")).arg("--fingerprint").output()
    else {
        return not_run("107", "there is no python3");
    };
    let results = read("docs/boxes/results.md");
    let hash = String::from_utf8(output.stdout).unwrap();
    assert!(
        results.contains(&format!("`{}`", hash.trim())),
        "the results of tests/box are older than what they depend on: run tests/box/all"
    );
    let (readme, operating) = (read("README.md"), read("docs/OPERATING.md"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let says =
        |paper: &str, figure: &str| assert!(words(paper).contains(figure), "not said: {figure}");

    let files = noted(&results, "build").lines().filter_map(|line| line.split_once(" bytes"));
    let size = |name: String| {
        let mut found = files.clone().filter(|(line, _)| line.starts_with(&name));
        let line = found.next().unwrap_or_else(|| panic!("no size of {name}")).0;
        format!("{:.1} MB", number(line.split_whitespace().last().unwrap()) / 1e6)
    };
    let version = env!("CARGO_PKG_VERSION");
    for (processor, shown) in [
        ("x86_64", "x86_64"),
        ("i686", "i686"),
        ("aarch64", "aarch64 (64-bit ARM)"),
        ("armv7", "armv7 (Pi 2 and later, 32 bits)"),
        ("armv6", "armv6 (Pi 1, Pi Zero)"),
        ("riscv64", "riscv64"),
    ] {
        let whole = size(format!("threadbare-{version}-{processor} "));
        let spine = size(format!("threadbare-spine-{version}-{processor} "));
        says(&operating, &format!("| {shown} | {whole} | {spine} |"));
        if processor == "x86_64" {
            says(&readme, &format!("such a file has {whole}"));
        }
    }

    let measured = noted(&results, "measure");
    let begins = "| threadbare | ";
    let row = measured.lines().find_map(|line| line.strip_prefix(begins)).unwrap();
    let row: Vec<_> = row.trim_end_matches(" |").split(" | ").map(number).collect();
    let mebibytes = |kibibytes: f64| format!("{:.1} MiB", kibibytes / 1024.0);
    let (empty, own) = (mebibytes(row[1]), mebibytes(row[2]));
    says(
        &operating,
        &format!("takes {empty} of memory before the first client comes, {own} of it"),
    );
    // "64 MiB: 621 clients fit (…); empty …, full …; 70.1 KiB a client, 23.6 of them the server's"
    let full = |mebibytes: u32| {
        let begins = format!("{mebibytes} MiB: ");
        let line = measured.lines().find_map(|line| line.strip_prefix(&begins)).unwrap();
        let (each, own) = line.rsplit(';').next().unwrap().split_once(',').unwrap();
        let fit = number(line.split_once(" clients").unwrap().0);
        ((fit / 10.0).floor() * 10.0, number(each), number(own))
    };
    let ((few, ..), (many, each, own)) = (full(32), full(64));
    says(&operating, &format!("some {few} people into 32 MiB, and {many} into 64"));
    let tens = (each / 10.0).round() * 10.0;
    says(
        &readme,
        &format!("takes {empty} of memory, and each client {tens} KiB: {own:.0} are its own"),
    );
    says(&operating, &format!("The static program for boxes takes some {tens} KB a client"));
}
