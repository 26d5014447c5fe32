//! The texts of the server and the console that depend on the language of the locale.
//!
//! Owns: these texts in English and Chinese. Most of them are the texts of the classic chats. The
//! words of the built-in page are in `web/words`.
//! Must not know: where the texts are used.
//!
//! Part: `base/mod.rs`.

/// A language in which this file has texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English. Also used for every locale that does not begin with `zh`.
    English,
    /// Chinese. Used for every locale that begins with `zh`.
    Chinese,
}

impl Language {
    /// Returns the language of this process's locale: the first of `LC_ALL`, `LC_MESSAGES` and
    /// `LANG` that is set and not empty (POSIX order). If none of them is, returns English.
    pub fn from_environment() -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .map_or(Self::English, |locale| Self::of_locale(&locale))
    }

    /// Returns the language's code (BCP 47).
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }

    /// Returns the texts in this language.
    pub fn words(self) -> &'static LocaleWords {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

/// All texts of the server and the console that depend on the locale, in one language.
#[derive(Debug)]
pub struct LocaleWords {
    /// A text for the server's log, when a client has left.
    pub client_left: &'static str,
    /// A text for the server's log, when a write to a client's socket has failed.
    pub write_failed: &'static str,
    /// A text for the server's log, when a WebSocket handshake was invalid.
    pub upgrade_failed: &'static str,
    /// A text for the server's log, when the method of an HTTP request is not allowed for its path.
    pub wrong_method: &'static str,
    /// A text for the server's log, when the path of an HTTP request does not exist.
    pub wrong_path: &'static str,
    /// A text for the peer, when the server has no place for one more connection.
    pub no_place: &'static str,
    /// The console asks a newcomer for a name with these words.
    pub name_prompt: &'static str,
    /// The console asks for the password of a name that is taken with these words.
    pub name_password_prompt: &'static str,
    /// The console asks for the password of a server with these words.
    pub server_password_prompt: &'static str,
    /// The console's prompt.
    pub prompt: &'static str,
    /// The console of a classic chat prints this before each message that it has received.
    pub received: &'static str,
}

const ENGLISH: LocaleWords = LocaleWords {
    client_left: "client left",
    write_failed: "write failed",
    upgrade_failed: "upgrade failed",
    wrong_method: "wrong method",
    wrong_path: "wrong path",
    no_place: "Full. The server has no free connections; please try again in a few seconds.",
    name_prompt: "Your name (leave empty to join as a guest): ",
    name_password_prompt: "If it is your name, its password (leave empty to choose another): ",
    server_password_prompt: "Password of this chat (leave empty to leave): ",
    prompt: "Say: ",
    received: "Received: ",
};

const CHINESE: LocaleWords = LocaleWords {
    client_left: "用户退出",
    write_failed: "写入错误",
    upgrade_failed: "获取连接失败",
    wrong_method: "请求方式错误",
    wrong_path: "请求路径错误",
    no_place: "已满。这台服务器的连接数已达上限，请几秒后再试。",
    name_prompt: "你的名字（留空则以访客身份加入）：",
    name_password_prompt: "如果这是你的名字，请输入它的密码（留空则另选名字）：",
    server_password_prompt: "这个聊天的密码（留空则离开）：",
    prompt: "请输入:",
    received: "获取到的信息: ",
};

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn a_chinese_locale_gets_chinese_words_and_any_other_english() {
        for locale in ["zh_CN.UTF-8", "zh_TW", "ZH"] {
            assert_eq!(Language::of_locale(locale), Language::Chinese, "{locale}");
        }
        for locale in ["C", "en_US.UTF-8", "de_DE", ""] {
            assert_eq!(Language::of_locale(locale), Language::English, "{locale}");
        }
    }
}
