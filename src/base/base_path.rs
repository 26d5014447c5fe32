//! The base path: below which path of its host browsers see this server, such as `/chat` for
//! `https://box/chat/` (`--base`). It is empty if the server has its host for itself.
//!
//! Inside the server a path has no base: a request loses the base at the door, if the proxy in
//! front has passed it on. Whoever writes a path for a browser writes it with [`link`]. So a test
//! that follows all links finds each place that has forgotten it.
//!
//! Owns: the base path of this process, how it is added to a path and taken from one. It is one for
//! the process, as its time zone is (`zone.rs`): links are written in nearly each part of a page,
//! far from any setting.
//! Must not know: which paths there are.
//!
//! Part: `base/mod.rs`.

use std::sync::OnceLock;

static BASE: OnceLock<BasePath> = OnceLock::new();

/// A base path: nothing, or `/` and one or more names with `/` between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasePath(String);

impl BasePath {
    /// Reads a base path as an operator writes it; a `/` at its end does not matter. `None`: it
    /// does not begin with `/`, or has characters that would mean something else in a link, in a
    /// cookie or in a header.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let is_name = |name: &str| !matches!(name, "" | "." | "..") && name.bytes().all(is_plain);
        let is_path = match path.strip_prefix('/') {
            Some(names) => names.split('/').all(is_name),
            None => text == "/",
        };
        is_path.then(|| Self(path.to_owned()))
    }

    /// Returns the first name of the path; `None`: the path is empty.
    pub fn first_name(&self) -> Option<&str> {
        self.0.split('/').nth(1)
    }

    fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    fn without<'a>(&self, target: &'a str) -> &'a str {
        target.strip_prefix(&*self.0).filter(|rest| rest.starts_with('/')).unwrap_or(target)
    }

    fn completed(&self, target: &str) -> Option<String> {
        let query = target.strip_prefix(&*self.0).filter(|_| !self.0.is_empty())?;
        (query.is_empty() || query.starts_with('?')).then(|| self.link(&format!("/{query}")))
    }
}

/// Sets the base path of this process. Only the first call counts. The caller must do this before
/// the server answers its first request.
pub fn set(base: BasePath) {
    BASE.set(base).ok();
}

fn base() -> &'static BasePath {
    static NONE: BasePath = BasePath(String::new());
    BASE.get().unwrap_or(&NONE)
}

/// Returns this path of the server as a browser must have it. `path` begins with `/`; it may have
/// a query.
pub fn link(path: &str) -> String {
    base().link(path)
}

/// Returns the target, or the path, that a browser or a proxy has sent, as the rest of the server
/// knows it. A proxy may have taken the base path away already.
pub fn without(target: &str) -> &str {
    base().without(target)
}

/// Returns where a request for the base path itself (`/chat`, with or without a query) must go: to
/// the front page below it (`/chat/`). `None`: the target is another one.
pub fn completed(target: &str) -> Option<String> {
    base().completed(target)
}

#[cfg(test)]
mod tests {
    use super::BasePath;

    #[test]
    fn row_111_a_base_path_is_plain_names_after_slashes() {
        let parse = |text| BasePath::parse(text).map(|base| base.0);
        for (text, base) in [
            ("/chat", "/chat"),
            ("/chat/", "/chat"),
            ("/a/b-c/d_e.f~1", "/a/b-c/d_e.f~1"),
            ("/", ""),
        ] {
            assert_eq!(parse(text).as_deref(), Some(base), "{text}");
        }
        for text in [
            "",
            "chat",
            "//",
            "/chat//",
            "//chat",
            "/a//b",
            "/..",
            "/a/./b",
            "/a b",
            "/a?b",
            "/a;b",
            "/a%20b",
            "/a#b",
            "/käse",
            "/a\"b",
            "/a,b",
            "/a\n",
            "http://box/chat",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn row_111_a_target_comes_with_the_base_path_or_without_it() {
        let base = BasePath::parse("/chat").unwrap();
        for (target, without) in [
            ("/chat/", "/"),
            ("/chat/r/a?b=/chat/", "/r/a?b=/chat/"),
            ("/chat/chat", "/chat"),
            ("/r/a", "/r/a"),
            ("/chat", "/chat"),
            ("/chat?a", "/chat?a"),
            ("/chatter/r/a", "/chatter/r/a"),
            ("/a/chat/r/a", "/a/chat/r/a"),
        ] {
            assert_eq!(base.without(target), without, "{target}");
        }
        assert_eq!(base.completed("/chat").as_deref(), Some("/chat/"));
        assert_eq!(base.completed("/chat?a=b").as_deref(), Some("/chat/?a=b"));
        for target in ["/", "/chat/", "/chatter", "/r/a"] {
            assert_eq!(base.completed(target), None, "{target}");
        }
        assert_eq!(base.link("/r/a"), "/chat/r/a");
    }

    #[test]
    fn without_a_base_path_nothing_changes() {
        for base in [BasePath::default(), BasePath::parse("/").unwrap()] {
            assert_eq!(base.link("/r/a"), "/r/a");
            assert_eq!(base.without("/r/a"), "/r/a");
            assert_eq!([base.completed("/"), base.completed("")], [None, None]);
            assert_eq!(base.first_name(), None);
        }
    }
}
