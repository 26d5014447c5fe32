//! The files of the built-in pages. They are part of the program, so there is one file to install.
//!
//! Each file has a URL under `/assets/<hash>/`, with one hash over all files. Because the hash is
//! the same in all these URLs, relative imports between modules work. A build with other files has
//! another hash, so browsers may use their stored copies without asking the server again.
//!
//! Owns: the answer to a request for such a file.
//! Must not know: anything of a request except its path and two headers of the browser: whether it
//! accepts gzip, and which version of the file it has.
//!
//! Part: `assets/mod.rs`.

mod embedded;
#[cfg(test)]
#[path = "build/joined.rs"]
mod joined;
#[cfg(test)]
#[path = "build/list.rs"]
mod list;
mod names;
pub mod packed;

pub use embedded::{address, text};
pub use names::{SCRIPT, START};

use crate::assets::content_type;
use crate::server::http::response::{Body, Response};
use crate::server::http::verdict::Verdict;
use embedded::HASH;

/// The path of the service worker's script. It is directly below `/`, because the worker works for
/// all pages of the server.
pub const WORKER: &str = "/away.js";

/// Files that also have a URL without a hash: `/` and their name. Browsers request `/favicon.ico`
/// by themselves, and a service worker works only for URLs in the folder of its own script.
const AT_ROOT: [&str; 3] = ["favicon.ico", "favicon.svg", "away.js"];

/// Returns the answer with the file at this path; `None` if there is no such file. `accepts_gzip`:
/// whether the browser accepts a packed body. If `if_none_match` shows that the browser has the
/// file, the answer is a 304 without a body.
pub fn file(path: &str, accepts_gzip: bool, if_none_match: Option<&str>) -> Option<Response> {
    let path = path.strip_prefix('/')?;
    let (hash, name) = match path.strip_prefix("assets/") {
        Some(rest) => rest.split_once('/')?,
        None => ("", AT_ROOT.into_iter().find(|name| *name == path)?),
    };
    let file = embedded::find(name)?;
    let packed = file.packed().filter(|_| accepts_gzip);
    let response = Response::ok(content_type(name), packed.unwrap_or_else(|| file.whole()));
    let mut response = response.with_header("Vary", "Accept-Encoding");
    if packed.is_some() {
        response.add_header("Content-Encoding", "gzip");
    }
    if hash == HASH {
        // The browser never asks whether this file has changed, so it needs no ETag.
        response.add_header("Cache-Control", "max-age=31536000, immutable");
        return Some(response);
    }
    // A page of an older build may still request a file with the older hash. The browser gets the
    // new file. Before each later use of the file, the browser must ask the server whether the file
    // has changed.
    response.add_header("Cache-Control", "no-cache");
    let etag = format!("\"{HASH}{}\"", if packed.is_some() { "-gzip" } else { "" });
    Some(unless_matched(response, etag, if_none_match))
}

/// Adds `etag` to an answer with status 200. If `if_none_match` shows that the browser has this
/// version already, turns the answer into a 304 without a body.
fn unless_matched(mut response: Response, etag: String, if_none_match: Option<&str>) -> Response {
    let mut known = if_none_match.unwrap_or_default().split(',').map(str::trim);
    if known.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag) {
        response.verdict = Verdict::Answer(304);
        response.body = Body::Static(&[]);
    }
    response.with_header("ETag", etag)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::embedded::all;
    use super::{HASH, Response, SCRIPT, address, file, text, unless_matched};

    fn cache(path: &str) -> Option<String> {
        file(path, false, None)?.header("Cache-Control").map(str::to_owned)
    }

    #[test]
    fn files_are_found_under_the_hash_and_kept_for_ever() {
        for name in all().map(|file| file.name) {
            assert!(cache(&address(name)).unwrap().ends_with("immutable"), "{name}");
        }
        assert!(cache(&address(SCRIPT)).unwrap().ends_with("immutable"));
        assert_eq!(cache("/assets/0123/base.css").unwrap(), "no-cache");
        assert_eq!(cache("/favicon.ico").unwrap(), "no-cache");
        let again = file("/favicon.ico", true, Some(&format!("\"{HASH}\""))).unwrap();
        assert_eq!(again.status(), 304);
    }

    #[test]
    fn with_and_without_gzip_it_is_the_same_file_and_no_longer() {
        for name in all().map(|file| file.name) {
            let whole = file(&address(name), false, None).unwrap();
            let packed = file(&address(name), true, None).unwrap();
            let mut unpacked = Vec::new();
            match packed.header("Content-Encoding") {
                Some(_) => {
                    assert!(packed.body.sent().len() < whole.body.sent().len(), "{name}");
                    GzDecoder::new(packed.body.sent()).read_to_end(&mut unpacked).unwrap();
                }
                None => unpacked.extend(packed.body.sent()),
            }
            assert!(!unpacked.is_empty() && unpacked == whole.body.sent(), "{name}");
        }
        assert!(text("words/zh-pages.js").contains("export const words"));
    }

    #[test]
    fn the_files_are_made_from_all_of_web_except_the_classic_page() {
        let web = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let (mut folders, mut found) = (vec![web.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.push(path.strip_prefix(&web).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.retain(|name| !name.starts_with("classic"));
        found.sort();
        let mut listed = super::list::SOURCES.map(str::to_owned).to_vec();
        listed.sort();
        assert_eq!(found, listed);
    }

    #[test]
    fn a13_nothing_else_is_found() {
        let hash = HASH;
        for path in [
            "/base.css".to_owned(),
            "/assets/".to_owned(),
            format!("/assets/{hash}"),
            format!("/assets/{hash}/"),
            format!("/assets/{hash}/../base.css"),
            format!("/assets/{hash}//base.css"),
            format!("/assets/{hash}/base.css/"),
            format!("/assets/{hash}/%2e%2e/base.css"),
            "/assets/base.css".to_owned(),
            "//assets/x/base.css".to_owned(),
            "/index.html".to_owned(),
        ] {
            assert!(file(&path, true, None).is_none(), "{path}");
        }
    }

    #[test]
    fn whoever_has_it_already_is_told_so() {
        let status = |asked: Option<&str>| {
            let page = Response::ok("text/html", "x");
            unless_matched(page, "\"1\"".to_owned(), asked).status()
        };
        for (asked, expected) in [
            (None, 200),
            (Some("\"1\""), 304),
            (Some("W/\"1\""), 304),
            (Some("\"0\", \"1\""), 304),
            (Some("*"), 304),
            (Some("\"2\""), 200),
            (Some("1"), 200),
        ] {
            assert_eq!(status(asked), expected, "{asked:?}");
        }
    }
}
