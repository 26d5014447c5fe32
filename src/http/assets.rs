//! The built-in page and its files: part of the program, so one file to copy.
//!
//! Files live under `/assets/<hash>/`, where the hash is one over all of them:
//! so relative imports between modules work, browsers keep them for ever, and
//! a new build is a new address. Only the page itself is asked for again.
//!
//! Owns: the list of embedded files.
//! Must not know: requests beyond their paths.
//!
//! Next: `http/media.rs`.

use crate::door::ticket::SharedBytes;
use crate::http::media::content_type;
use crate::http::reply::Reply;

/// Names every file of `web/` that is part of the program.
macro_rules! embedded {
    ($($path:literal)*) => {
        &[$((
            $path,
            include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/web/", $path)) as &[u8],
        ),)*]
    };
}

/// All of `web/`; a test compares the list with the folder.
pub const EMBEDDED: &[(&str, &[u8])] = embedded! {
    "base.css"
    "favicon.ico"
    "favicon.svg"
    "icon-180.png"
    "index.html"
    "js/composer.js"
    "js/limits.js"
    "js/log.js"
    "js/main.js"
    "js/news.js"
    "js/row.js"
    "js/socket.js"
    "js/unsent.js"
    "style.css"
    "words/en.js"
    "words/zh.js"
};

/// Files that browsers look for at the root, whatever the page says.
const AT_ROOT: [&str; 2] = ["favicon.ico", "favicon.svg"];

const PAGE: &str = "index.html";

/// The embedded files, ready to be served.
#[derive(Debug)]
pub(super) struct Assets {
    /// Sixteen hexadecimal digits.
    hash: String,
    /// What the page tells people about the length of messages.
    message_bytes_max: usize,
}

impl Assets {
    pub(super) fn new(message_bytes_max: usize) -> Self {
        Self { hash: hash(), message_bytes_max }
    }

    /// The page, as it is for this host.
    pub(super) fn page(&self, host: &str, if_none_match: Option<&str>) -> Reply {
        let page = find(PAGE).map(String::from_utf8_lossy).unwrap_or_default();
        let page = page.replace("{{message-bytes}}", &self.message_bytes_max.to_string());
        let page = page.replace("{{assets}}", &format!("/assets/{}", self.hash));
        let page = page.replace("{{host}}", host).into_bytes();
        let etag = format!("\"{}\"", fingerprint([page.as_slice()]));
        let mut reply = Reply::new(content_type(PAGE), SharedBytes::Counted(page.into()));
        reply.header("Cache-Control", "no-cache");
        reply.header("Content-Security-Policy", policy(host));
        reply.header("Referrer-Policy", "no-referrer");
        reply.unless_matched(&etag, if_none_match)
    }

    /// The file at this path, if there is one.
    pub(super) fn file(&self, path: &str) -> Option<Reply> {
        let path = path.strip_prefix('/')?;
        let (hash, name) = match path.strip_prefix("assets/") {
            Some(rest) => rest.split_once('/')?,
            None => ("", AT_ROOT.into_iter().find(|name| *name == path)?),
        };
        let mut reply = Reply::new(content_type(name), SharedBytes::Static(find(name)?));
        // The page of an older build may still ask by its hash. It gets what
        // there is, and must ask again.
        let cache =
            if hash == self.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
        reply.header("Cache-Control", cache);
        reply.header("Referrer-Policy", "no-referrer");
        Some(reply)
    }
}

/// The built-in file of this name.
pub fn embedded(name: &str) -> Option<&'static [u8]> {
    find(name)
}

/// Where a built-in file is.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", hash())
}

fn hash() -> String {
    let all = EMBEDDED.iter().flat_map(|(path, bytes)| [path.as_bytes(), &[0], bytes, &[0]]);
    fingerprint(all)
}

fn find(name: &str) -> Option<&'static [u8]> {
    EMBEDDED.iter().find(|(path, _)| *path == name).map(|(_, bytes)| *bytes)
}

/// Only what came with the page runs, and it talks to nobody but us. Old
/// Safari does not count WebSockets to 'self', so they are named.
fn policy(host: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self' ws://{host} wss://{host}; manifest-src 'self'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}

/// FNV-1a: the same in every build, and nobody gains by finding a second text.
fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = parts
        .into_iter()
        .flatten()
        .fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::{Assets, EMBEDDED, fingerprint};

    fn cache(assets: &Assets, path: &str) -> Option<String> {
        let reply = assets.file(path)?;
        let found = reply.headers.iter().find(|(name, _)| *name == "Cache-Control");
        found.map(|(_, value)| value.clone())
    }

    #[test]
    fn files_are_found_under_the_hash_and_kept_for_ever() {
        let assets = Assets::new(4096);
        for (name, bytes) in EMBEDDED {
            let path = format!("/assets/{}/{name}", assets.hash);
            assert_eq!(&*assets.file(&path).unwrap().body, *bytes, "{name}");
            assert!(cache(&assets, &path).unwrap().ends_with("immutable"), "{name}");
        }
        assert_eq!(cache(&assets, "/assets/0123/style.css").unwrap(), "no-cache");
        assert_eq!(cache(&assets, "/favicon.ico").unwrap(), "no-cache");
    }

    #[test]
    fn a13_nothing_else_is_found() {
        let assets = Assets::new(4096);
        let hash = &assets.hash;
        for path in [
            "/style.css".to_owned(),
            "/assets/".to_owned(),
            format!("/assets/{hash}"),
            format!("/assets/{hash}/"),
            format!("/assets/{hash}/../style.css"),
            format!("/assets/{hash}//style.css"),
            format!("/assets/{hash}/style.css/"),
            format!("/assets/{hash}/%2e%2e/style.css"),
            "/assets/style.css".to_owned(),
            "//assets/x/style.css".to_owned(),
            "/index.html".to_owned(),
        ] {
            assert!(assets.file(&path).is_none(), "{path}");
        }
    }

    #[test]
    fn b6_the_page_knows_its_host_and_its_files() {
        let assets = Assets::new(4096);
        let page = assets.page("pi.local:8080", None);
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(!text.contains("{{"), "{text}");
        assert!(text.contains("content=\"4096\""), "{text}");
        assert!(text.contains(&format!("/assets/{}/", assets.hash)), "{text}");
        let policy = page.headers.iter().find(|(name, _)| *name == "Content-Security-Policy");
        assert!(policy.unwrap().1.contains("ws://pi.local:8080 wss://pi.local:8080;"));
        let etag = page.headers.iter().find(|(name, _)| *name == "ETag").unwrap().1.clone();
        assert_eq!(assets.page("pi.local:8080", Some(&etag)).status, 304);
    }

    #[test]
    fn the_fingerprint_is_fnv_1a() {
        assert_eq!(fingerprint([&b""[..]]), "cbf29ce484222325");
        assert_eq!(fingerprint([&b"foo"[..], b"bar"]), "85944171f73967e8");
    }
}
