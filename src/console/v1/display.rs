//! Shows a conversation. At a terminal it prints each text above the line that the person edits.
//! For a script it prints messages to the standard output, and notes to the standard error.
//!
//! Thread `printer` (one per `join` at a terminal) gives texts to the line editor. The editor
//! accepts no text between the end of one line and the next prompt. The thread waits for that, so
//! that the loop, which also receives from the server, need not wait.
//! Blocks on: in that thread, the queue of texts and the editor; in the loop, the queue while it is
//! full, and the output.
//! Owns: the output; what stands before a line's text; where a line that is wider than the terminal
//! is broken.
//! Must not know: what the shown texts mean. It only distinguishes messages from notes.
//!
//! Part: `console/v1/mod.rs`.

use std::convert::Infallible;
use std::io::{self, Write};

use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::termios::tcgetwinsize;
use rustyline::ExternalPrinter;

use super::core::{NamePlace, Stamp};
use super::typed_row::Gate;
use crate::base::wall_clock::{self, UnixMillis};
use crate::base::{threads, zone};
use crate::chat::time_text;
use crate::console::limits;

/// Most texts that can wait to be printed above the line that a person is typing.
const CONSOLE_PRINTS_MAX: usize = 1024;
/// How many columns the second row of a long message is indented, so that nobody takes it for
/// another message.
const HANGING: usize = 4;
/// What a line has before it that speaks to the person.
const CALL_MARK: &str = ">> ";
/// What a line has before it for which the person has looked.
const SOUGHT_MARK: &str = "-> ";
/// Makes a terminal beep, or mark its window.
const BELL: &str = "\u{7}";
/// Terminal commands that make what follows bright or faint, and usual again.
const BRIGHT: &str = "\u{1b}[1m";
const FAINT: &str = "\u{1b}[2m";
const USUAL: &str = "\u{1b}[22m";
/// The numbers of colors that can be read on a dark and on a bright ground.
const COLORS: [&str; 6] = ["31", "32", "33", "34", "35", "36"];
const USUAL_COLOR: &str = "\u{1b}[39m";
/// A terminal with fewer columns does not show the times of messages.
const COLUMNS_WITH_TIMES_MIN: usize = 60;

pub(super) struct TalkDisplay {
    screen: Screen,
    /// The day of the line that was shown last, in the local time of this machine; at first, the
    /// present day.
    day: String,
    /// True if the terminal knows the commands that move the cursor.
    can_clear: bool,
    /// True if the terminal can show bright and faint texts, and its person wants them.
    has_styles: bool,
}

enum Screen {
    /// A terminal on which a person edits the lowest line; texts are shown above it.
    Above(Prints),
    /// A person's terminal without a line editor.
    Simple,
    /// No terminal: a script reads the output.
    Script,
}

/// The loop's side of the thread `printer`: the queue of texts to print, and a channel that
/// disconnects when the printer has ended. Dropping this value blocks until the printer has shown
/// all texts, but for at most `TYPIST_END_WAIT`.
pub(super) struct Prints {
    texts: Option<Sender<String>>,
    ended: Receiver<Infallible>,
}

impl TalkDisplay {
    /// Makes a display that shows texts above the line that the person edits. `printer` comes from
    /// the line editor, and prints only while the gate is open.
    ///
    /// # Errors
    /// The system could not start a thread.
    pub(super) fn above(
        printer: impl ExternalPrinter + Send + 'static,
        gate: Gate,
    ) -> io::Result<Self> {
        let (texts, to_print) = bounded(CONSOLE_PRINTS_MAX);
        let (end, ended) = bounded(0);
        threads::spawn("printer", move || print(printer, &gate, &to_print, end))?;
        Ok(Self::on(Screen::Above(Prints { texts: Some(texts), ended })))
    }

    /// Makes a display for a person whose terminal has no line editor.
    pub(super) fn simple_terminal() -> Self {
        Self::on(Screen::Simple)
    }

    /// Makes a display for a script: messages go to standard output, notes to standard error.
    pub(super) fn script() -> Self {
        Self::on(Screen::Script)
    }

    fn on(screen: Screen) -> Self {
        // https://no-color.org
        let is_set = |key| std::env::var_os(key).is_some_and(|value| !value.is_empty());
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let can_clear = matches!(screen, Screen::Above(_)) && !is_dumb;
        let has_styles = can_clear && !is_set("NO_COLOR");
        Self { screen, day: local_day(wall_clock::now()), can_clear, has_styles }
    }

    /// Shows the text of a line of the chat. A person also sees what is in its stamp: its number;
    /// on a wide terminal, or if they have asked for the line, its time; a mark, if somebody speaks
    /// to them; and a line of its own where a day begins.
    ///
    /// # Errors
    /// The output failed, or the thread `printer` has ended.
    pub(super) fn show(&mut self, text: &str, stamp: Option<Stamp>) -> io::Result<()> {
        if matches!(self.screen, Screen::Script) {
            return print_plain(&mut io::stdout(), text);
        }
        let columns = columns();
        let day = stamp.and_then(|stamp| self.new_day(UnixMillis(stamp.time)));
        let head = stamp.map(|stamp| head(stamp, columns)).unwrap_or_default();
        let name = stamp.and_then(|stamp| stamp.author).filter(|_| self.has_styles);
        let name = name.map(|at| NamePlace { start: head.len() + at.start, ..at });
        let whole = head + text;
        let text = colored(&whole, folded(&whole, columns, HANGING), name);
        let text = match stamp {
            Some(stamp) if stamp.calls_us => self.styled(BRIGHT, text),
            _ => text,
        };
        let text = day.unwrap_or_default() + &text;
        let bell = if stamp.is_some_and(|stamp| stamp.calls_us) { BELL } else { "" };
        match &self.screen {
            Screen::Above(prints) => prints.print(text + bell + "\n"),
            Screen::Simple | Screen::Script => print_plain(&mut io::stdout(), &(text + bell)),
        }
    }

    /// Shows a note about the conversation. Ignores errors of the output.
    pub(super) fn note(&mut self, words: &str) {
        match &self.screen {
            Screen::Above(prints) => {
                let words = folded(words, columns().saturating_sub(3), 0);
                let words = format!("-- {}", words.replace('\n', "\n   "));
                prints.print(self.styled(FAINT, words) + "\n").ok();
            }
            Screen::Simple => drop(print_plain(&mut io::stdout(), &format!("-- {words}"))),
            Screen::Script => {
                let words = words.replace('\n', "\n    ");
                drop(print_plain(&mut io::stderr(), &format!("threadbare: {words}")));
            }
        }
    }

    /// Returns whether a row can be cleared on the terminal.
    pub(super) fn can_clear(&self) -> bool {
        self.can_clear
    }

    fn styled(&self, style: &str, text: String) -> String {
        if self.has_styles { format!("{style}{text}{USUAL}") } else { text }
    }

    /// Returns the line that says on which day the next lines were said; `None`: on the day of the
    /// line before, or the server's clock was not set then.
    fn new_day(&mut self, at: UnixMillis) -> Option<String> {
        let day = local_day(at);
        if !wall_clock::is_set(at) || day == self.day {
            return None;
        }
        let line = format!("--- {day} ---\n");
        self.day = day;
        Some(line)
    }
}

/// Colors the name at this place in `whole`, unless the text is broken there. Each name has always
/// the same color.
fn colored(whole: &str, folded: String, name: Option<NamePlace>) -> String {
    let Some(NamePlace { start, len }) = name else { return folded };
    let place = start..start + len;
    let Some(name) = folded.get(place.clone()).filter(|name| whole.get(place) == Some(name)) else {
        return folded;
    };
    let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte));
    let color = COLORS[sum % COLORS.len()];
    let (before, after) = (&folded[..start], &folded[start + len..]);
    format!("{before}\u{1b}[{color}m{name}{USUAL_COLOR}{after}")
}

fn print_plain(output: &mut impl Write, text: &str) -> io::Result<()> {
    writeln!(output, "{text}")?;
    output.flush()
}

fn local_day(at: UnixMillis) -> String {
    time_text::day(zone::local(at))
}

/// Returns what a person sees before the text of a line with this stamp.
fn head(stamp: Stamp, columns: usize) -> String {
    let has_time = stamp.is_asked_for || columns >= COLUMNS_WITH_TIMES_MIN;
    let time = if has_time { clock(stamp.time) } else { String::new() };
    let number = stamp.number.map(|number| format!("#{number} ")).unwrap_or_default();
    let sought = if stamp.is_sought { SOUGHT_MARK } else { "" };
    let call = if stamp.calls_us { CALL_MARK } else { "" };
    format!("{sought}{time}{number}{call}")
}

impl Prints {
    fn print(&self, text: String) -> io::Result<()> {
        match &self.texts {
            Some(texts) => texts.send(text).map_err(|_| io::ErrorKind::BrokenPipe.into()),
            None => Ok(()),
        }
    }
}

impl Drop for Prints {
    fn drop(&mut self) {
        drop(self.texts.take());
        self.ended.recv_timeout(limits::TYPIST_END_WAIT).ok();
    }
}

/// Returns how many columns the terminal has. If the system does not say, returns 80.
pub(super) fn columns() -> usize {
    let known = tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    if known == 0 { 80 } else { known }
}

/// Returns the time of a line as hour and minute, with a space after them. If the server's clock
/// was not set then, returns an empty text.
fn clock(milliseconds: u64) -> String {
    let at = UnixMillis(milliseconds);
    let is_known = wall_clock::is_set(at);
    if is_known { format!("{} ", time_text::clock(zone::local(at))) } else { String::new() }
}

/// Breaks the lines of a text that are wider than so many columns: at a space, or beside a wide
/// letter. Leaves a longer word to the terminal, which breaks it. What a line of the help says
/// about a command stays in its column; what else is broken is indented by `hanging` columns.
pub(super) fn folded(text: &str, columns: usize, hanging: usize) -> String {
    let mut lines = Vec::new();
    for mut line in text.split('\n') {
        let (column, mut indent) = (second_column(line, columns).max(hanging), 0);
        while let Some(end) = break_of(line, columns.saturating_sub(indent)) {
            lines.push(" ".repeat(indent) + line[..end].trim_end());
            line = line[end..].trim_start();
            indent = column;
        }
        lines.push(" ".repeat(indent) + line);
    }
    lines.join("\n")
}

/// Returns the column in which a line of the help says what the command does; 0: it is no such
/// line, or the terminal has little space beside that column.
fn second_column(line: &str, columns: usize) -> usize {
    let gap = line.find("  ").filter(|_| line.starts_with('/'));
    let column = gap.map_or(0, |gap| line.len() - line[gap..].trim_start().len());
    if column * 2 < columns { column } else { 0 }
}

/// Returns the byte at which a line must be broken so that what is before it fits; `None`: the line
/// fits, or begins with a word that does not.
fn break_of(line: &str, columns: usize) -> Option<usize> {
    let (mut used, mut end, mut has_word) = (0, None, false);
    for (at, sign) in line.char_indices() {
        // Letters of East Asia take two columns, and may begin a line.
        let is_wide = sign >= '\u{1100}';
        if is_wide && has_word {
            end = Some(at);
        }
        used += if is_wide { 2 } else { 1 };
        if used > columns && sign != ' ' {
            return end;
        }
        if sign == ' ' && has_word {
            end = Some(at + 1);
        }
        has_word |= sign != ' ';
    }
    None
}

fn print(
    mut printer: impl ExternalPrinter,
    gate: &Gate,
    texts: &Receiver<String>,
    end: Sender<Infallible>,
) {
    while let Ok(mut text) = texts.recv() {
        // Print all texts that wait in the queue at once, because after each print the editor draws
        // the typed line again.
        while let Ok(more) = texts.try_recv() {
            text.push_str(&more);
        }
        if gate.pass(|| printer.print(text)).is_err() {
            break;
        }
    }
    drop(end);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{
        NamePlace, Screen, Stamp, TalkDisplay, UnixMillis, clock, colored, folded, head,
        second_column,
    };
    use crate::chat::command;

    #[test]
    fn a_line_is_broken_between_words() {
        assert_eq!(folded("Bo: this evening", 10, 0), "Bo: this\nevening");
        assert_eq!(folded("Bo: evening it", 11, 0), "Bo: evening\nit", "the space needs no column");
        assert_eq!(folded("one\n two three\n\nfour", 20, 0), "one\n two three\n\nfour");
        assert_eq!(folded("/me TEXT    describe it", 16, 0), "/me TEXT\ndescribe it");
        // A longer word begins a line, and the terminal breaks it.
        assert_eq!(folded("see http://box.test/abc now", 10, 0), "see\nhttp://box.test/abc now");
        assert_eq!(folded("   indented-word", 8, 0), "   indented-word");
        // Two columns for each letter, and no spaces between them.
        assert_eq!(folded("Bo: 可能是备份", 10, 0), "Bo: 可能是\n备份");
        assert_eq!(folded("", 0, 0), "");
        assert_eq!(folded("Bo: this evening", 10, 4), "Bo: this\n    evening");
    }

    #[test]
    fn what_the_help_says_of_a_command_stays_in_its_column() {
        assert_eq!(
            folded("/me TEXT  what you do now", 21, 0),
            "/me TEXT  what you do\n          now"
        );
    }

    #[test]
    fn each_line_of_the_help_has_its_words_in_one_column() {
        let lines = command::HELP.lines().filter(|line| line.starts_with('/'));
        let columns: BTreeSet<_> = lines.map(|line| second_column(line, 80)).collect();
        assert_eq!(columns.len(), 1, "{columns:?}");
        assert!(!columns.contains(&0));
    }

    #[test]
    fn a_line_has_its_number_and_is_marked_if_it_speaks_to_the_person() {
        let stamp = Stamp { number: Some(42), calls_us: true, ..Stamp::of(5) };
        assert_eq!(head(Stamp { is_sought: true, ..stamp }, 80), "-> #42 >> ");
        assert_eq!(head(stamp, 80), "#42 >> ");
        assert_eq!(head(stamp, 79), "#42 >> ");
        assert_eq!(head(Stamp { is_asked_for: true, calls_us: false, ..stamp }, 20), "#42 ");
    }

    #[test]
    fn a_name_has_always_its_color_and_stays_plain_where_it_is_broken() {
        let name = Some(NamePlace { start: 3, len: 3 });
        let shown = colored("#1 Ann: hello", "#1 Ann: hello".into(), name);
        let color = shown.strip_prefix("#1 \u{1b}[").and_then(|rest| rest.get(..2)).unwrap();
        assert_eq!(shown, format!("#1 \u{1b}[{color}mAnn\u{1b}[39m: hello"));
        let other = colored("Ann: yes", "Ann: yes".into(), Some(NamePlace { start: 0, len: 3 }));
        assert_eq!(other, format!("\u{1b}[{color}mAnn\u{1b}[39m: yes"));
        let broken = "#1 Bo\n    Peep: hello";
        let name = Some(NamePlace { start: 3, len: 7 });
        assert_eq!(colored("#1 Bo Peep: hello", broken.into(), name), broken);
        assert_eq!(colored("#1 Bo: hello", "#1 Bo: hello".into(), None), "#1 Bo: hello");
    }

    #[test]
    fn a_day_is_said_once_before_its_first_line() {
        const DAY: u64 = 86_400_000;
        let mut display = TalkDisplay::on(Screen::Simple);
        let mut says = |at| display.new_day(UnixMillis(at)).is_some();
        let noon = 1_795_186_802_000;
        assert!(says(noon), "another day than today");
        assert!(!says(noon + 1));
        assert!(says(noon + DAY));
        assert!(says(noon), "older lines that the person asked for");
        assert!(!says(5), "the clock was not set");
        assert!(!says(noon + 2));
    }

    #[test]
    fn row_119_a_line_has_its_hour_and_minute_unless_the_clock_was_not_set() {
        let shown = clock(1_795_186_802_000);
        assert!(shown.len() == 6 && shown.ends_with(":00 "), "{shown}");
        assert_eq!(clock(5), "");
    }
}
