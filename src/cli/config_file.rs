//! The configuration file: settings of the server, in TOML. A setting has the name of its flag.
//!
//! What the file says becomes the default of its flag. So a flag that was typed and an environment
//! variable go before the file.
//!
//! Owns: how a setting is written, what a sample file says, and the errors, each with its line.
//! Must not know: what a setting does.
//!
//! Part: `cli/mod.rs`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The flag that names the file.
const CONFIG: &str = "config";
/// Flags that no file may set: they are about this one start of the program.
const NOT_IN_A_FILE: [&str; 5] = [CONFIG, "help", "version", "with-parent", "unseal"];
/// The sample leaves these out: another setting of it says the same.
const NOT_IN_THE_SAMPLE: [&str; 2] = ["port", "password"];
/// What the sample says where a flag has no default.
const EXAMPLES: [(&str, &str); 23] = [
    ("addr", "[\":8080\"]"),
    ("assets", "\"/etc/threadbare/page\""),
    ("base", "\"/chat\""),
    ("burst", "5"),
    ("clients", "200"),
    ("clients-per-address", "40"),
    ("data", "\"/var/lib/threadbare\""),
    ("doors", "50"),
    ("exchanges", "20"),
    ("glass-for", "\"some words\""),
    ("host", "[\"chat.example.org\"]"),
    ("lines", "[\":7777\"]"),
    ("log-file", "\"/var/log/threadbare.log\""),
    ("log-format", "\"human\""),
    ("memory", "\"64M\""),
    ("origin", "[\"https://www.example.org\"]"),
    ("password-file", "\"/etc/threadbare/password\""),
    ("rate", "2"),
    ("record", "\"/tmp/lesson.recording\""),
    ("room-people", "50"),
    ("tls-cert", "\"/etc/threadbare/fullchain.pem\""),
    ("tls-key", "\"/etc/threadbare/privkey.pem\""),
    ("trust-proxy", "[\"127.0.0.1\"]"),
];
/// The width of the sample's lines, in characters.
const COLUMNS: usize = 78;

/// Reads the configuration file, if the arguments or the environment name one. Returns the command,
/// whose defaults are now what the file says. Reads a file.
///
/// # Errors
/// Words for the operator: the file cannot be read, or which line of it is wrong.
pub(super) fn read_by(command: Command, args: &[OsString]) -> Result<Command, String> {
    // Whatever else is wrong with the arguments is said later, when they are parsed.
    let matches = command.clone().ignore_errors(true).try_get_matches_from(args);
    let file = matches.ok().and_then(|matches| matches.get_one::<PathBuf>(CONFIG).cloned());
    match file {
        Some(file) => with_settings_of(command, &file),
        None => Ok(command),
    }
}

/// Returns the command with what this file says as its defaults. Reads a file.
///
/// # Errors
/// See [`read_by`].
pub(super) fn with_settings_of(command: Command, file: &Path) -> Result<Command, String> {
    let name = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| format!("cannot read the configuration file {name}: {error}"))?;
    // The settings of one flag need not know the environment of others.
    let bare = command.clone().mut_args(|arg| arg.env(None::<&str>));
    let settings = settings(&bare, &text).map_err(|BadLine(line, why)| {
        format!("{name}, line {line}: {why} (`threadbare config` prints a sample)")
    })?;
    Ok(settings.into_iter().fold(command, |command, Setting { flag, values }| {
        command.mut_arg(flag, |arg| arg.default_values(values))
    }))
}

/// One setting of a file.
struct Setting {
    /// The id of its flag, as clap knows it.
    flag: String,
    /// Its values, as one would type them.
    values: Vec<String>,
}

/// A line of a file that is wrong, and why it is.
#[derive(Debug)]
struct BadLine(usize, String);

/// The settings of a text.
///
/// # Errors
/// The first line that is wrong.
fn settings(command: &Command, text: &str) -> Result<Vec<Setting>, BadLine> {
    let line_of = |at: usize| 1 + text[..at].matches('\n').count();
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        BadLine(line_of(at), error.message().to_owned())
    })?;
    let mut settings = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_of(key.span().start);
        let setting = setting(command, key.get_ref(), value).map_err(|why| BadLine(line, why))?;
        settings.push(setting);
    }
    Ok(settings)
}

fn setting(command: &Command, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Setting, String> {
    let arg = may_be_set(command)
        .find(|arg| arg.get_long() == Some(key))
        .ok_or_else(|| unknown(command, key))?;
    let values = values(arg, value.get_ref())?;
    if !is_switch(arg) {
        for value in &values {
            // Parsed as if it had been typed, alone.
            let typed = ["threadbare".to_owned(), format!("--{key}={value}")];
            command.clone().try_get_matches_from(typed).map_err(|error| {
                let said = error.to_string();
                let reason = said.split("\n\n").next().unwrap_or_default();
                reason.trim_start_matches("error: ").replace("\n ", "")
            })?;
        }
    }
    Ok(Setting { flag: arg.get_id().to_string(), values })
}

/// The values of one setting, as one would type them.
fn values(arg: &Arg, value: &DeValue<'_>) -> Result<Vec<String>, String> {
    match value {
        DeValue::Boolean(is_on) if is_switch(arg) => Ok(vec![is_on.to_string()]),
        _ if is_switch(arg) => Err("true or false, please, without quotes".into()),
        DeValue::Array(several) if matches!(arg.get_action(), ArgAction::Append) => {
            several.iter().map(|one| value_of_one(one.get_ref())).collect()
        }
        _ => Ok(vec![value_of_one(value)?]),
    }
}

fn value_of_one(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.clone().into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(|number| number.to_string())
            .map_err(|error| error.to_string()),
        DeValue::Float(number) => Ok(number.to_string()),
        DeValue::Boolean(_) => Err("a number or a text in quotes, please".into()),
        DeValue::Datetime(_) => Err("a time needs quotes, such as \"3s\"".into()),
        DeValue::Array(_) => Err("one value, please, without brackets".into()),
        DeValue::Table(_) => {
            Err("there are no sections: each setting is one line, as `rate = 2`".into())
        }
    }
}

/// Whether a flag is on or off, and has no value when it is typed.
fn is_switch(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::SetTrue)
}

fn may_be_set(command: &Command) -> impl Iterator<Item = &Arg> {
    let may = |arg: &&Arg| arg.get_long().is_some_and(|long| !NOT_IN_A_FILE.contains(&long));
    command.get_arguments().filter(may)
}

/// The error for a setting that there is not.
fn unknown(command: &Command, key: &str) -> String {
    if NOT_IN_A_FILE.contains(&key) {
        return format!("`{key}` can only be typed, as --{key}");
    }
    let typed = ["threadbare".to_owned(), format!("--{}", key.replace('_', "-"))];
    let parsed = command.clone().try_get_matches_from(typed);
    let meant = match parsed.as_ref().err().map(|error| error.get(ContextKind::SuggestedArg)) {
        Some(Some(ContextValue::String(flag))) => Some(flag.trim_start_matches('-').to_owned()),
        // It is known by that name, or only its value is missing.
        Some(None) | None if key.contains('_') => Some(key.replace('_', "-")),
        _ => None,
    };
    match meant {
        Some(meant) => format!("there is no setting `{key}`; did you mean `{meant}`?"),
        None => format!("there is no setting `{key}`"),
    }
}

// --- The sample ----------------------------------------------------------------------

/// A file that says what the defaults are: each setting with its help, as a comment.
pub(super) fn sample(command: &Command) -> String {
    let mut text = String::from(
        "# Settings of Threadbare, for `threadbare --config FILE`. To change a setting,\n\
         # take away its #. A flag that is typed goes before a variable of the\n\
         # environment, and that goes before this file.\n",
    );
    let mut headings: Vec<Option<&str>> = Vec::new();
    for arg in may_be_set(command) {
        let heading = arg.get_help_heading();
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        text += &format!("\n# --- {} ---\n", heading.unwrap_or("Others"));
        for arg in may_be_set(command).filter(|arg| arg.get_help_heading() == heading) {
            text += &sample_of(arg).unwrap_or_default();
        }
    }
    text
}

fn sample_of(arg: &Arg) -> Option<String> {
    let name = arg.get_long().filter(|name| !NOT_IN_THE_SAMPLE.contains(name))?;
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let example = EXAMPLES.iter().find(|(flag, _)| *flag == name);
    let value = match (example, arg.get_default_values().first()) {
        _ if is_switch(arg) => "true".to_owned(),
        (Some((_, value)), _) => (*value).to_owned(),
        (None, Some(default)) => {
            let default = default.to_str()?;
            if default.parse::<u64>().is_ok() { default.to_owned() } else { format!("{default:?}") }
        }
        (None, None) => return None,
    };
    Some(format!("\n{}#{name} = {value}\n", comment(&help)))
}

/// The text as lines of a comment.
fn comment(text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > COLUMNS {
            lines += &line;
            lines.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line += word;
    }
    lines + &line + "\n"
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::commands::Cli;
    use super::{BadLine, may_be_set, sample, settings};

    fn command() -> clap::Command {
        Cli::command().mut_args(|arg| arg.env(None::<&str>))
    }

    #[test]
    fn row_108_each_line_of_the_sample_is_a_valid_setting_and_each_setting_is_in_it() {
        let sample = sample(&command());
        let lines: Vec<_> = sample.lines().collect();
        let is_setting = |line: &&str| line.starts_with('#') && !line.starts_with("# ");
        let on: Vec<_> = lines.iter().filter(|line| is_setting(line)).map(|it| &it[1..]).collect();
        let settings = settings(&command(), &on.join("\n")).unwrap();
        assert_eq!(settings.len(), on.len());
        let all = may_be_set(&command()).count();
        assert_eq!(settings.len(), all - super::NOT_IN_THE_SAMPLE.len(), "{on:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= super::COLUMNS), "{sample}");
    }

    #[test]
    fn row_108_a_line_that_is_wrong_is_named_and_the_error_says_what_is_right() {
        for (text, line, why) in [
            ("\nrate = \"many\"", 2, "a whole number, please"),
            ("rat = 3", 1, "there is no setting `rat`; did you mean `rate`?"),
            ("message_limit = 3", 1, "did you mean `message-limit`?"),
            ("# ok\nrate = 2\nrate = 3", 3, "duplicate key"),
            ("glass = \"yes\"", 1, "true or false, please"),
            ("glass = 1", 1, "true or false, please"),
            ("rate = [1, 2]", 1, "one value, please"),
            ("rate = true", 1, "a number or a text in quotes"),
            ("pong-timeout = 3", 1, "write 3s or 3ms"),
            ("fan-out = \"x\"", 1, "[possible values: express, writers]"),
            ("[server]\nrate = 3", 1, "there is no setting `server`"),
            ("rate = {a = 1}", 1, "there are no sections"),
            ("config = \"x\"", 1, "can only be typed"),
            ("addr = \":8080", 1, "invalid basic string"),
        ] {
            let BadLine(found, said) = settings(&command(), text).err().unwrap();
            assert!(found == line && said.contains(why), "{text}: line {found}: {said}");
        }
    }

    #[test]
    fn row_108_settings_are_read_as_one_would_type_them() {
        let text = "addr = [\":8080\", \"[::1]:80\"]\nhost = \"a.example\"\nrate = 1_000\n\
                    glass = true\npong-timeout = \"70s\"";
        let settings = settings(&command(), text).unwrap();
        let said = |id: &str| &settings.iter().find(|it| it.flag == id).unwrap().values;
        assert_eq!(said("addr"), &[":8080", "[::1]:80"]);
        assert_eq!(said("host"), &["a.example"]);
        assert_eq!(said("rate"), &["1000"]);
        assert_eq!(said("glass"), &["true"]);
        assert_eq!(said("pong_timeout"), &["70s"]);
    }
}
