//! The build script: makes the files of the built-in pages from `web/`, and packs them with gzip.
//!
//! A small machine would need seconds for that at each start, and memory for the result. So it is
//! done once, when the program is compiled. The program has most files in one form only:
//! packed, if that is shorter.
//!
//! Runs when the program is compiled.
//! Owns: which files browsers get, and what is left out of them: comments, indentation, and spaces
//! of style sheets.
//! Must not know: requests.
//!
//! Part: `assets/built_in/mod.rs`.

#[path = "../../../base/fingerprint.rs"]
#[expect(unreachable_pub, reason = "it is also a part of the program")]
mod fingerprint;
mod joined;
mod list;
#[path = "../names.rs"]
#[expect(unreachable_pub, reason = "it is also a part of the program")]
mod names;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use joined::{script, start_script, without_comments, without_spaces};
use list::{LATER, SECOND, SOURCES};
use names::{SCRIPT, START};

/// The style sheets that begin with the colours (`theme.css`).
const STYLES: [&str; 2] = ["base.css", "live.css"];

type Files = BTreeMap<&'static str, Vec<u8>>;

fn main() -> Result<(), Box<dyn Error>> {
    // The classic chat alone has no such files.
    if env::var_os("CARGO_FEATURE_CHAT").is_none() {
        return Ok(());
    }
    say("cargo::rerun-if-changed=web");
    say("cargo::rerun-if-changed=src/assets/built_in");
    let web = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("web");
    let sources = SOURCES
        .iter()
        .map(|name| Ok((*name, fs::read(web.join(name)).map_err(|why| format!("{name}: {why}"))?)))
        .collect::<Result<Vec<_>, String>>()?;
    let files = made(&sources);
    let hash = fingerprint::fingerprint(
        files.iter().flat_map(|(name, bytes)| [name.as_bytes(), &[0], bytes, &[0]]),
    );
    write(&files, &hash, Path::new(&env::var("OUT_DIR")?))
}

/// Tells Cargo something.
#[expect(clippy::print_stdout, reason = "Cargo reads it")]
fn say(words: &str) {
    println!("{words}");
}

/// Makes the files that browsers get, by their names.
fn made(sources: &[(&'static str, Vec<u8>)]) -> Files {
    let all: Vec<_> = sources.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let source = |name: &str| {
        all.iter().find(|(other, _)| *other == name).map_or(&[][..], |(_, bytes)| *bytes)
    };
    let scripts = [SCRIPT, SECOND].into_iter().chain(LATER);
    let scripts = scripts.map(|name| (name, script(name, &all)));
    let start = (START, start_script(source("start.css")));
    let styles = STYLES.map(|name| (name, [source("theme.css"), source(name)].concat()));
    // Modules and parts of style sheets are in other files.
    let is_part =
        |name: &str| name.starts_with("js/") || ["start.css", "theme.css"].contains(&name);
    let plain = all.iter().filter(|(name, _)| !is_part(name) && !STYLES.contains(name));
    let plain = plain.map(|(name, bytes)| (*name, bytes.to_vec()));
    let files = scripts.chain([start]).chain(styles).chain(plain);
    files.map(|(name, bytes)| (name, lean(name, bytes))).collect()
}

/// Removes from a script or a style sheet what a browser does not need.
fn lean(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let text = |bytes: &[u8]| without_comments(&String::from_utf8_lossy(bytes));
    match name.rsplit('.').next() {
        Some("css") => without_spaces(&text(&bytes)).into_bytes(),
        Some("js") => text(&bytes).into_bytes(),
        _ => bytes,
    }
}

/// Writes the files into the folder `out`, and a Rust file that lists them. A packed file is enough
/// for browsers; the program itself reads the words, too.
fn write(files: &Files, hash: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let mut code = format!("pub(super) const HASH: &str = {hash:?};\n");
    writeln!(code, "static FILES: [BuiltInFile; {}] = [", files.len())?;
    for (number, (name, bytes)) in files.iter().enumerate() {
        let packed = Some(pack(bytes)?).filter(|packed| packed.len() < bytes.len());
        let plain = (packed.is_none() || name.starts_with("words/")).then_some(bytes);
        let included = |form: &str, bytes: Option<&Vec<u8>>| -> Result<String, Box<dyn Error>> {
            let Some(bytes) = bytes else { return Ok("None".to_owned()) };
            fs::write(out.join(format!("{number}.{form}")), bytes)?;
            Ok(format!("Some(include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{number}.{form}\")))"))
        };
        let (plain, packed) = (included("plain", plain)?, included("packed", packed.as_ref())?);
        writeln!(code, "    BuiltInFile::new({name:?}, {plain}, {packed}),")?;
    }
    code.push_str("];\n");
    Ok(fs::write(out.join("files.rs"), code)?)
}

fn pack(bytes: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, bytes, &mut packed)?;
    Ok(packed)
}
