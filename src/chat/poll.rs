//! A poll in a room: a question with some answers, and how many people have chosen each.
//!
//! Owns: how a poll is typed, and how it reads as plain text.
//! Must not know: who has chosen what (`chat/core/rooms/rules.rs`).
//!
//! Part: `chat/mod.rs`.

use std::ops::RangeInclusive;

use super::room_name::RoomName;

/// How many answers a poll may have.
const ANSWERS: RangeInclusive<usize> = 2..=8;
/// How many marks the longest bar has.
const BAR_MAX: usize = 20;

/// A poll, as everybody in the room may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// What is asked.
    pub question: String,
    /// The answers in their order, each with how many people have chosen it.
    pub answers: Vec<(String, usize)>,
}

/// Why a client hears of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollChange {
    /// The poll has begun, or the client comes into the room, or has asked what holds there.
    Standing,
    /// Somebody has chosen an answer.
    Counted,
    /// The poll is over.
    Ended,
}

/// What a client hears of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollNews {
    /// The room.
    pub room: RoomName,
    /// The poll as it is now.
    pub poll: Poll,
    /// The answer that the client's person has chosen, counted from 1; `None`: none, or the news
    /// goes to the whole room.
    pub yours: Option<usize>,
    /// Why the client hears of it.
    pub change: PollChange,
}

impl PollChange {
    /// Returns the word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Standing => "standing",
            Self::Counted => "counted",
            Self::Ended => "ended",
        }
    }
}

impl Poll {
    /// Reads `QUESTION? ANSWER, ANSWER`, or `QUESTION | ANSWER | ANSWER` if there is a comma in an
    /// answer, with two to eight answers, which all differ. `None`: it is no poll.
    pub fn typed(text: &str) -> Option<Self> {
        let (question, answers) = parts(text)?;
        let question = Some(question.trim()).filter(|it| !it.is_empty())?.to_owned();
        let separators = if text.contains('|') { &['|'][..] } else { &[',', '，', '、'][..] };
        let parts = answers.split(separators).map(str::trim);
        let mut answers: Vec<(String, usize)> = Vec::new();
        for part in parts {
            if part.is_empty() || answers.iter().any(|(answer, _)| answer == part) {
                return None;
            }
            answers.push((part.to_owned(), 0));
        }
        ANSWERS.contains(&answers.len()).then_some(Self { question, answers })
    }

    /// Returns the bar for an answer that so many people have chosen, made of `mark`. The longest
    /// bar of the poll has 20 marks, or one for each person if they are fewer.
    pub fn bar(&self, people: usize, mark: &str) -> String {
        let most = self.answers.iter().map(|(_, people)| *people).max().unwrap_or(0);
        let marks = if most <= BAR_MAX { people } else { (people * BAR_MAX).div_ceil(most) };
        mark.repeat(marks)
    }
}

/// Returns the question of a typed poll, and all its answers.
fn parts(text: &str) -> Option<(&str, &str)> {
    if let Some(parts) = text.split_once('|') {
        return Some(parts);
    }
    let mark = text.find(['?', '？'])?;
    let end = mark + text[mark..].chars().next()?.len_utf8();
    Some(text.split_at(end))
}

/// Returns the question of a typed poll, or all of it, if it is none.
pub fn question_of(text: &str) -> &str {
    parts(text).map_or(text, |(question, _)| question).trim()
}

impl PollNews {
    /// Returns the sentences for people who read plain text. There is none while people choose: a
    /// terminal would show nothing else.
    pub fn sentences(&self) -> Vec<String> {
        let Poll { question, answers } = &self.poll;
        let begins = match self.change {
            PollChange::Counted => return Vec::new(),
            PollChange::Standing => format!("there is a poll, /vote NUMBER: {question}"),
            PollChange::Ended => format!("there is the result of the poll: {question}"),
        };
        let rows = answers.iter().enumerate().map(|(at, (answer, people))| {
            let (number, bar) = (at + 1, self.poll.bar(*people, "#"));
            let yours = if self.yours == Some(number) { " (yours)" } else { "" };
            let bar = if bar.is_empty() { bar } else { format!("{bar} ") };
            format!("there is answer {number}: {bar}{people} {answer}{yours}")
        });
        std::iter::once(begins).chain(rows).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Poll, PollChange, PollNews};
    use crate::chat::room_name::RoomName;

    #[test]
    fn row_60_a_poll_is_a_question_and_two_to_eight_answers() {
        let poll = Poll::typed("Tea? | yes |no").unwrap();
        assert_eq!(poll.question, "Tea?");
        assert_eq!(poll.answers, [("yes".to_owned(), 0), ("no".to_owned(), 0)]);
        assert_eq!(Poll::typed("Tea? yes, no"), Some(poll));
        let other = Poll::typed("茶还是咖啡？茶，咖啡").unwrap();
        assert_eq!(other.question, "茶还是咖啡？");
        assert_eq!(other.answers, [("茶".to_owned(), 0), ("咖啡".to_owned(), 0)]);
        let commas = Poll::typed("Which? | red, white | blue").unwrap();
        assert_eq!(commas.answers[0].0, "red, white");
        for odd in [
            "",
            "Tea?",
            "Tea? yes",
            "? a, b ,",
            "Tea?|yes",
            "|a|b",
            "Tea?|a||b",
            "Tea?|a|a",
            "T|1|2|3|4|5|6|7|8|9",
        ] {
            assert_eq!(Poll::typed(odd), None, "{odd}");
        }
    }

    #[test]
    fn row_60_a_poll_reads_well_in_plain_text() {
        let answers = vec![("yes".to_owned(), 40), ("no".to_owned(), 3), ("?".to_owned(), 0)];
        let poll = Poll { question: "Tea?".to_owned(), answers };
        let (room, yours) = (RoomName::parse("den").unwrap(), Some(2));
        let news = PollNews { room, poll, yours, change: PollChange::Ended };
        assert_eq!(
            news.sentences(),
            [
                "there is the result of the poll: Tea?",
                "there is answer 1: #################### 40 yes",
                "there is answer 2: ## 3 no (yours)",
                "there is answer 3: 0 ?",
            ]
        );
        assert!(PollNews { change: PollChange::Counted, ..news }.sentences().is_empty());
    }
}
