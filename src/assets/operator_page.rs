//! An operator's own page: the files of one folder (`--assets`).
//!
//! For each request the server looks at the file on the disk, so an edit shows at the next reload.
//! The server sends no file outside the folder, even if a URL or a symbolic link leads to it. It
//! sends no file whose path inside the folder has a name that begins with a dot.
//!
//! Owns: the folder's name, and how a URL's path is mapped to a file in that folder.
//! Must not know: the built-in page.
//!
//! Part: `assets/mod.rs`.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{content_type::content_type, file_cache::FileCache};
use crate::base::base_path;
use crate::server::http::response::Response;

/// Largest page of the operator in which the server fills in the host, in bytes. The server makes a
/// copy of the page for each browser that requests it.
const OWN_PAGE_BYTES_MAX: usize = 256 * 1024;

/// Names that the file of the operator's page may have, in the order in which the server looks for
/// them. The classic chats call it `home.html`.
const PAGES: [&str; 2] = ["index.html", "home.html"];

/// Marks in a page of an operator. The server replaces each of them by the host to which the
/// browser has sent its request, with the base path.
const HOST_MARKS: [&str; 2] = ["{{$}}", "{{.Host}}"];

/// What a browser lets an operator's page do: run inline scripts and those of other hosts, and open
/// WebSockets to any server. The server does not restrict the page, because it is the operator's
/// own. But no page of another site may put it into a frame.
const POLICY: &str = "default-src * data: blob: 'unsafe-inline' 'unsafe-eval'; \
    connect-src * ws: wss: data: blob:; frame-ancestors 'self'";

/// Why the server cannot serve the folder of `--assets`.
#[derive(Debug, thiserror::Error)]
pub enum BadAssets {
    /// The server cannot read the folder of `--assets`, or its page. For example, the path is not a
    /// folder, or the page is too large.
    #[error(
        "cannot read the page's folder {}: {error}; give --assets a folder that this user may read",
        path.display()
    )]
    Unreadable {
        /// The path that the operator gave with `--assets`.
        path: PathBuf,
        /// The system's error when the server tried to read the folder or its page.
        error: io::Error,
    },
    /// The folder of `--assets` has no file for the page.
    #[error(
        "no index.html and no home.html in {}; put one there, or leave --assets out for the built-in page",
        path.display()
    )]
    NoPage {
        /// The path that the operator gave with `--assets`.
        path: PathBuf,
    },
}

/// A folder with a page in it.
#[derive(Debug)]
pub struct OperatorPage {
    /// The absolute path of the folder, with symbolic links resolved.
    folder: PathBuf,
    files: FileCache,
}

impl OperatorPage {
    /// Checks the folder of `--assets`. The server does this when it starts.
    ///
    /// # Errors
    /// The path is not a folder that can be read, or the folder has no page, or the page cannot be
    /// served.
    pub(crate) fn open(folder: &Path) -> Result<Self, BadAssets> {
        let unreadable = |error| BadAssets::Unreadable { path: folder.to_owned(), error };
        let path = folder.canonicalize().map_err(unreadable)?;
        let opened = Self { folder: path, files: FileCache::default() };
        std::fs::read_dir(&opened.folder).map_err(unreadable)?;
        match opened.page_file().and_then(|page| for_host(page, "")) {
            Ok(_) => Ok(opened),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(BadAssets::NoPage { path: folder.to_owned() })
            }
            Err(error) => Err(unreadable(error)),
        }
    }

    /// Returns the page, with each mark replaced by `host`. `None`: the page cannot be served.
    /// Blocks for as long as the disk takes.
    pub(crate) fn page(&self, host: &str) -> Option<Response> {
        let page = self.page_file().and_then(|page| for_host(page, host));
        let page = page.inspect_err(|error| log_error(error, &self.folder)).ok()?;
        Some(response(PAGES[0], page))
    }

    /// Returns the file at this path of a URL. In the files `index.html` and `home.html` of the
    /// folder, each mark is replaced by `host`. `None`: the file cannot be served. Blocks for as
    /// long as the disk takes.
    pub(crate) fn file(&self, path: &str, host: &str) -> Option<Response> {
        let name = decoded_path(path.strip_prefix('/')?)?;
        let file = self.read(&name).and_then(|file| {
            // A browser may also request the page by the name of its file, such as `/index.html`.
            if PAGES.iter().any(|page| *page == name) { for_host(file, host) } else { Ok(file) }
        });
        let file = file.inspect_err(|error| log_error(error, Path::new(&name))).ok()?;
        Some(response(&name.to_string_lossy(), file))
    }

    fn page_file(&self) -> io::Result<Arc<[u8]>> {
        let [first, second] = PAGES;
        match self.read(first.as_ref()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.read(second.as_ref()),
            other => other,
        }
    }

    fn read(&self, name: &OsStr) -> io::Result<Arc<[u8]>> {
        let path = self.folder.join(name).canonicalize()?;
        // A symbolic link may lead out of the folder, or to a file whose name begins with a dot.
        // The server does not serve such a file.
        let is_hidden = |part: Component<'_>| part.as_os_str().as_bytes().starts_with(b".");
        match path.strip_prefix(&self.folder) {
            Ok(inside) if !inside.components().any(is_hidden) => {}
            _ => return Err(io::ErrorKind::NotFound.into()),
        }
        self.files.read(&path)
    }
}

fn response(name: &str, bytes: Arc<[u8]>) -> Response {
    Response::ok(content_type(name), bytes)
        .with_header("Cache-Control", "no-cache")
        .with_header("Content-Security-Policy", POLICY)
}

fn log_error(error: &io::Error, path: &Path) {
    if error.kind() != io::ErrorKind::NotFound {
        tracing::warn!(%error, ?path, "a file of the own page cannot be served");
    }
}

/// Decodes the path of a URL to a path inside the folder. `None`: a `%` has no two hexadecimal
/// digits after it, or a part of the path is no plain name (it is empty, begins with a dot, or has
/// a zero byte).
fn decoded_path(path: &str) -> Option<OsString> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit =
                |byte: u8| char::from(byte).to_digit(16).and_then(|half| u8::try_from(half).ok());
            let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
            bytes.push(high << 4 | low);
        } else {
            bytes.push(byte);
        }
    }
    let plain = |part: &[u8]| !part.is_empty() && !part.starts_with(b".") && !part.contains(&0);
    bytes.split(|&byte| byte == b'/').all(plain).then(|| OsString::from_vec(bytes))
}

fn has_mark(page: &[u8]) -> bool {
    let has = |mark: &str| page.windows(mark.len()).any(|text| text == mark.as_bytes());
    HOST_MARKS.into_iter().any(has)
}

/// Replaces each mark in the page by the host. If the page has no mark, returns the page itself,
/// which all answers share.
///
/// # Errors
/// The page has a mark and is too large to be copied for each browser.
fn for_host(page: Arc<[u8]>, host: &str) -> io::Result<Arc<[u8]>> {
    if !has_mark(&page) {
        return Ok(page);
    }
    if page.len() > OWN_PAGE_BYTES_MAX {
        return Err(io::Error::other("a page with a mark for its host may have 256 KiB"));
    }
    // A page writes paths behind the mark: `ws://{{$}}/ws`.
    let host = format!("{host}{}", base_path::link(""));
    let [first, second] = HOST_MARKS;
    let page = with_replaced(&page, first.as_bytes(), host.as_bytes());
    Ok(with_replaced(&page, second.as_bytes(), host.as_bytes()).into())
}

fn with_replaced(text: &[u8], mark: &[u8], with: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        match rest.strip_prefix(mark) {
            Some(behind) => {
                replaced.extend_from_slice(with);
                rest = behind;
            }
            None => {
                replaced.push(byte);
                rest = &rest[1..];
            }
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{BadAssets, OWN_PAGE_BYTES_MAX, OperatorPage};
    use crate::base::limits;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let path =
                std::env::temp_dir().join(format!("threadbare-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("js")).unwrap();
            for (name, text) in files {
                fs::write(path.join(name), text).unwrap();
            }
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn classic_b2_b6_an_own_page_gets_its_host() {
        let marks = "ws://{{$}}/ws {{.Host}} {{.}} {{host}}";
        let scratch = Scratch::new("own-page", &[("home.html", marks), ("js/a b.js", "{{$}}")]);
        let own = OperatorPage::open(&scratch.0).unwrap();
        let page = own.page("pi.local:80").unwrap();
        assert_eq!(page.body.sent(), b"ws://pi.local:80/ws pi.local:80 {{.}} {{host}}");
        assert_eq!(own.file("/home.html", "h").unwrap().body.sent(), b"ws://h/ws h {{.}} {{host}}");
        let file = own.file("/js/a%20b.js", "h").unwrap();
        assert_eq!(file.body.sent(), b"{{$}}");
        let header = |name| file.header(name).unwrap();
        assert_eq!(header("Content-Type"), "text/javascript; charset=utf-8");
        assert_eq!(header("Cache-Control"), "no-cache");
        assert!(header("Content-Security-Policy").contains("connect-src * ws: wss:"));
        fs::write(scratch.0.join("index.html"), "new").unwrap();
        assert_eq!(own.page("h").unwrap().body.sent(), b"new", "read anew, and found first");
    }

    #[test]
    fn a13_nothing_outside_the_folder_is_served() {
        let outside = Scratch::new("own-outside", &[("secret", "secret")]);
        let scratch = Scratch::new("own-inside", &[("index.html", ""), (".env", ""), ("in", "in")]);
        let own = OperatorPage::open(&scratch.0).unwrap();
        symlink(outside.0.join("secret"), scratch.0.join("link")).unwrap();
        symlink(&outside.0, scratch.0.join("folder")).unwrap();
        symlink(scratch.0.join("in"), scratch.0.join("inner")).unwrap();
        fs::create_dir_all(scratch.0.join(".git")).unwrap();
        fs::write(scratch.0.join(".git/config"), "secret").unwrap();
        symlink(".env", scratch.0.join("env")).unwrap();
        symlink(".git", scratch.0.join("git")).unwrap();
        let name = outside.0.file_name().unwrap().to_str().unwrap();
        for path in [
            "/link",
            "/folder/secret",
            "/.env",
            "/%2eenv",
            "/env",
            "/git/config",
            "/js",
            "/js/",
            "/",
            "//in",
            "/./in",
            "/in/",
            "/js/../in",
            "/js/%2e%2e/in",
            "/in%00",
            "/%2",
            "/%zz",
            "/none",
            &format!("/../{name}/secret"),
            &format!("/%2e%2e%2f{name}%2fsecret"),
        ] {
            assert!(own.file(path, "h").is_none(), "{path}");
        }
        assert_eq!(
            own.file("/inner", "h").unwrap().body.sent(),
            b"in",
            "a link inside leads nowhere else"
        );
    }

    #[test]
    fn a_file_over_the_bound_is_not_served() {
        let scratch = Scratch::new("own-large", &[("index.html", ""), ("large", "")]);
        let own = OperatorPage::open(&scratch.0).unwrap();
        let file = fs::File::options().write(true).open(scratch.0.join("large")).unwrap();
        file.set_len(limits::OWN_FILE_BYTES_MAX).unwrap();
        assert!(own.file("/large", "h").is_some());
        file.set_len(limits::OWN_FILE_BYTES_MAX + 1).unwrap();
        assert!(own.file("/large", "h").is_none());
    }

    #[test]
    fn a_large_page_with_a_mark_is_not_copied_for_each_browser_under_its_own_name_either() {
        let large = format!("{{{{$}}}}{}", "x".repeat(OWN_PAGE_BYTES_MAX));
        let scratch = Scratch::new("own-second", &[("index.html", "small"), ("home.html", &large)]);
        let own = OperatorPage::open(&scratch.0).unwrap();
        assert!(own.page("h").is_some());
        assert!(own.file("/home.html", "h").is_none());
    }

    #[test]
    fn a_page_without_a_mark_is_one_copy_for_all_and_one_with_it_is_small() {
        let scratch = Scratch::new("own-copies", &[("index.html", "no mark")]);
        let own = OperatorPage::open(&scratch.0).unwrap();
        let (one, two) = (own.page("a").unwrap(), own.page("b").unwrap());
        assert_eq!(one.body.sent().as_ptr(), two.body.sent().as_ptr());
        let large = format!("{{{{$}}}}{}", "x".repeat(OWN_PAGE_BYTES_MAX));
        fs::write(scratch.0.join("index.html"), large).unwrap();
        let error = OperatorPage::open(&scratch.0).unwrap_err().to_string();
        assert!(error.contains("256 KiB"), "{error}");
    }

    #[test]
    fn a_folder_that_will_not_do_is_named_with_what_to_do() {
        let scratch = Scratch::new("own-none", &[("file", "")]);
        let error = OperatorPage::open(&scratch.0).unwrap_err();
        assert!(matches!(error, BadAssets::NoPage { .. }), "{error}");
        for path in [scratch.0.join("file"), Path::new("/none/such").to_owned()] {
            let error = OperatorPage::open(&path).unwrap_err();
            assert!(matches!(error, BadAssets::Unreadable { .. }), "{error}");
            assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
            assert!(error.to_string().contains("--assets"), "{error}");
        }
    }
}
