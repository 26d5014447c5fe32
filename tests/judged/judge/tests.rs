//! Tests of the judge: it finds each broken promise, made by hand, and names its kind. What
//! `docs/PROTOCOL.md` allows is not reported.

use std::collections::BTreeMap;

use super::super::book::{Book, Fate, GARBLED, Log, Number, What};
use super::super::seen::{Event, Form, Kind, Moment, Shown, View, Why};
use super::{Kept, Trial, Wrong};

const LOBBY: Log = Log::Room(0);

/// A small case: what was said, what is stored, what was shown.
struct Case {
    book: Book,
    logs: BTreeMap<Log, Vec<Kept>>,
    views: Vec<View>,
    last_life: u16,
}

impl Case {
    /// Ann (guest 0) has said five things in the lobby, and nothing is wrong; Bo (guest 1) and Cy
    /// (guest 2) listen.
    fn new() -> Self {
        let mut book = Book::default();
        for name in ["Ann", "Bo", "Cy"] {
            let guest = book.new_guest("socket");
            book.guests[usize::try_from(guest).unwrap()].names.insert(name.to_owned());
        }
        let mut case = Self { book, logs: BTreeMap::new(), views: Vec::new(), last_life: 0 };
        for seq in 1..=5 {
            let number = case.says(What::Say);
            case.is_sent(number, seq);
        }
        case
    }

    fn says(&mut self, what: What) -> Number {
        let number = self.book.write(0, 0, what, "soup");
        self.book.is_sent_out(number, (100 * number, 0, 0));
        number
    }

    /// The message is in the lobby's log, and its sender got `sent`.
    fn is_sent(&mut self, number: Number, seq: u64) {
        self.book.is_called_sent(number, Some(seq), 0);
        self.is_kept(number, seq);
    }

    fn is_kept(&mut self, number: Number, seq: u64) {
        let (kind, of) = match self.book.get(number).unwrap().what {
            What::Edit(of) => (Kind::Edited, u64::from(of)),
            What::Delete(of) => (Kind::Deleted, u64::from(of)),
            _ => (Kind::Said, 0),
        };
        let text = if kind == Kind::Deleted { 0 } else { number };
        let line = Kept { seq, kind, id: number, text, of, from: "Ann".to_owned() };
        self.logs.entry(LOBBY).or_default().push(line);
    }

    fn kept(&mut self) -> &mut Vec<Kept> {
        self.logs.get_mut(&LOBBY).unwrap()
    }

    /// Bo, a numbered client, is there from the first line on and is shown these events.
    fn bo_sees(&mut self, events: &[Event]) -> &mut Self {
        let first = [Event::Asked(None), Event::Joined { epoch: 7, seq: 0, from: 1 }];
        self.looks(Form::Numbered, &[&first, events].concat())
    }

    fn looks(&mut self, form: Form, events: &[Event]) -> &mut Self {
        let mut view = View::new(1, LOBBY, form, 0);
        let moment = |event: &Event| Moment { at: 1, life: 0, event: *event };
        view.moments = events.iter().map(moment).collect();
        view.closed = Some(2);
        self.views.push(view);
        self
    }

    /// The kinds of the faults that the judge finds.
    fn wrongs(&self) -> Vec<Wrong> {
        let Self { book, logs, views, last_life } = self;
        let verdict = Trial { book, logs, views, last_life: *last_life }.verdict();
        let mut wrongs: Vec<_> = verdict.faults.iter().map(|fault| fault.wrong).collect();
        wrongs.sort();
        wrongs.dedup();
        wrongs
    }
}

/// Line `seq`, said as the entry of the same number.
fn line(seq: u64) -> Event {
    let number = u32::try_from(seq).unwrap();
    Event::Line(Shown { kind: Kind::Said, seq, id: number, text: number })
}

/// The same without a number.
fn text(number: Number) -> Event {
    Event::Line(Shown { kind: Kind::Said, seq: 0, id: 0, text: number })
}

fn lines(numbers: &[u64]) -> Vec<Event> {
    numbers.iter().copied().map(line).collect()
}

fn texts(numbers: &[Number]) -> Vec<Event> {
    numbers.iter().copied().map(text).collect()
}

#[test]
fn what_is_well_is_not_complained_about() {
    let mut case = Case::new();
    case.bo_sees(&lines(&[1, 2, 3, 4, 5]));
    case.looks(Form::Words, &texts(&[2, 3, 4]));
    case.looks(Form::Rows, &lines(&[1, 2, 3]));
    case.looks(Form::Page, &lines(&[5, 4, 3]));
    assert_eq!(case.wrongs(), []);
}

#[test]
fn a_message_that_was_called_sent_and_is_gone_is_lost() {
    let mut case = Case::new();
    let number = case.says(What::Say);
    case.book.is_called_sent(number, Some(6), 0);
    assert_eq!(case.wrongs(), [Wrong::Lost]);
    // A kill of the server does not excuse that.
    case.last_life = 3;
    assert_eq!(case.wrongs(), [Wrong::Lost]);
}

#[test]
fn a_message_that_nobody_answered_may_be_gone_and_be_there_once() {
    let mut case = Case::new();
    case.says(What::Say);
    assert_eq!(case.wrongs(), []);
    case.is_kept(6, 6);
    assert_eq!(case.wrongs(), []);
    case.is_kept(6, 7);
    assert_eq!(case.wrongs(), [Wrong::Doubled]);
}

#[test]
fn a_message_that_was_refused_and_is_there_was_invented() {
    let mut case = Case::new();
    let number = case.says(What::Say);
    case.book.is_refused(number);
    case.is_kept(number, 6);
    assert_eq!(case.wrongs(), [Wrong::Invented]);
}

#[test]
fn a_message_that_is_there_twice_is_doubled() {
    let mut case = Case::new();
    case.is_kept(3, 6);
    assert_eq!(case.wrongs(), [Wrong::Doubled]);
}

#[test]
fn two_numbers_for_one_message_are_told_wrongly() {
    let mut case = Case::new();
    case.book.is_called_sent(3, Some(9), 0);
    assert_eq!(case.wrongs(), [Wrong::ToldWrongly]);
}

#[test]
fn what_a_guest_said_later_may_not_stand_before_what_it_said_first() {
    let mut case = Case::new();
    let kept = case.kept();
    let (second, third) = (kept[1].clone(), kept[2].clone());
    kept[1] = Kept { seq: 2, ..third };
    kept[2] = Kept { seq: 3, ..second };
    // Also, the numbers differ from those that the sender got.
    assert_eq!(case.wrongs(), [Wrong::OutOfOrder, Wrong::Altered]);
    // A message that was said over two connections, or refused once, may change its place.
    case.book.entry(2).is_loose = true;
    assert_eq!(case.wrongs(), [Wrong::Altered]);
}

#[test]
fn numbers_of_the_log_rise_and_none_is_missing_where_nothing_was_killed() {
    let mut case = Case::new();
    case.kept()[4].seq = 7;
    case.book.entry(5).fate = Fate::Sent(Some(7));
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
    case.last_life = 1;
    assert_eq!(case.wrongs(), []);
    case.kept()[4].seq = 4;
    case.book.entry(5).fate = Fate::Sent(Some(4));
    assert_eq!(case.wrongs(), [Wrong::OutOfOrder]);
}

#[test]
fn a_line_that_a_numbered_client_was_not_shown_is_a_silent_hole() {
    let mut case = Case::new();
    case.bo_sees(&lines(&[1, 2, 4, 5]));
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
    let mut case = Case::new();
    case.bo_sees(&lines(&[1, 2, 3]));
    case.views[0].moments.push(Moment { at: 1, life: 0, event: Event::CaughtUp(5) });
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
}

#[test]
fn a_line_that_a_numbered_client_was_shown_twice_is_doubled() {
    let mut case = Case::new();
    case.bo_sees(&lines(&[1, 2, 3, 3, 4, 5]));
    assert_eq!(case.wrongs(), [Wrong::Doubled]);
}

#[test]
fn two_lines_that_changed_places_are_seen() {
    let mut case = Case::new();
    case.bo_sees(&lines(&[1, 3, 2, 4, 5]));
    assert_eq!(case.wrongs(), [Wrong::OutOfOrder, Wrong::SilentHole]);
    for form in [Form::Words, Form::Rows] {
        let mut case = Case::new();
        let seen = if form == Form::Words { texts(&[1, 3, 2, 4]) } else { lines(&[1, 3, 2, 4]) };
        case.looks(form, &seen);
        assert_eq!(case.wrongs(), [Wrong::OutOfOrder, Wrong::SilentHole]);
    }
}

#[test]
fn a_client_without_numbers_is_shown_a_part_without_a_hole_and_nothing_twice() {
    let mut case = Case::new();
    case.looks(Form::Words, &texts(&[2, 4]));
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
    let mut case = Case::new();
    case.looks(Form::Words, &texts(&[2, 3, 3]));
    assert_eq!(case.wrongs(), [Wrong::Doubled]);
    let mut case = Case::new();
    case.looks(Form::Page, &lines(&[5, 3, 2]));
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
}

#[test]
fn whoever_was_in_while_something_was_said_must_have_been_shown_it() {
    let mut case = Case::new();
    case.book.entry(5).at = 50_000;
    case.looks(Form::Words, &texts(&[1, 2, 3, 4]));
    case.views[0].closed = Some(60_000);
    assert_eq!(case.wrongs(), [], "it may have been on its way");
    case.views[0].closed = Some(90_000);
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
    case.views[0].opened = 45_000;
    assert_eq!(case.wrongs(), [], "it may not have been in yet");
    case.views[0].closed = None;
    assert_eq!(case.wrongs(), [Wrong::SilentHole], "who hears to the end hears the end");
}

#[test]
fn the_page_behind_a_form_has_what_was_said_with_it() {
    let mut case = Case::new();
    case.looks(Form::Page, &lines(&[4, 3, 2]));
    case.views[0].must_have = 4;
    assert_eq!(case.wrongs(), []);
    case.views[0].must_have = 5;
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
}

#[test]
fn a_hole_that_is_told_must_be_one() {
    let mut case = Case::new();
    let gone = Event::Gone(Why::TooOld, 2, 3);
    case.bo_sees(&[&[line(1), gone], &lines(&[4, 5])[..]].concat());
    assert_eq!(case.wrongs(), [Wrong::ToldWrongly]);
    // After a kill, the numbers may jump by any amount. The server announces that, and it is no gap
    // of the log.
    let mut case = Case::new();
    case.last_life = 1;
    let far = 1_000_000;
    case.kept()[4].seq = far;
    case.book.entry(5).fate = Fate::Sent(Some(far));
    let last = Event::Line(Shown { kind: Kind::Said, seq: far, id: 5, text: 5 });
    let gone = Event::Gone(Why::Skipped, 5, far - 1);
    case.bo_sees(&[&lines(&[1, 2, 3, 4])[..], &[gone, last]].concat());
    assert_eq!(case.wrongs(), []);
    let moments = &mut case.views[0].moments;
    let told = moments.iter().position(|it| matches!(it.event, Event::Gone(..))).unwrap();
    moments.remove(told);
    assert_eq!(case.wrongs(), [Wrong::SilentHole]);
}

/// Bo has seen a sixth line, which was lost in a kill; then Bo comes back.
fn after_a_kill(told: &[Event]) -> Case {
    let mut case = Case::new();
    case.last_life = 1;
    case.says(What::Say);
    case.bo_sees(&lines(&[1, 2, 3, 4, 5, 6]));
    let back = told.iter().map(|event| Moment { at: 2, life: 1, event: *event });
    case.views[0].moments.extend(back);
    case
}

#[test]
fn what_a_kill_took_is_told_to_who_comes_back_and_only_that() {
    let asked = Event::Asked(Some((7, 6)));
    let let_in = |from| Event::Joined { epoch: 7, seq: 6, from };
    let not_kept = |from| Event::Gone(Why::NotKept, from, 6);
    assert_eq!(after_a_kill(&[]).wrongs(), [], "it was not back yet");
    assert_eq!(after_a_kill(&[asked, let_in(6), not_kept(6)]).wrongs(), []);
    let silent = after_a_kill(&[asked, let_in(7), Event::CaughtUp(6)]);
    assert_eq!(silent.wrongs(), [Wrong::Lost], "shown, gone, and not told so");
    let doubled = after_a_kill(&[asked, let_in(6), line(6)]);
    assert_eq!(doubled.wrongs(), [Wrong::Lost, Wrong::Doubled], "it comes again without a word");
    // A message that was called sent must be stored, even if the server tells the client that it is
    // gone.
    let mut sent = after_a_kill(&[asked, let_in(6), not_kept(6)]);
    sent.book.is_called_sent(6, Some(6), 0);
    assert_eq!(sent.wrongs(), [Wrong::Lost]);
    // After a line that was lost in a kill, nothing of that life is stored.
    let mut odd = after_a_kill(&[]);
    odd.says(What::Say);
    odd.is_kept(7, 7);
    odd.views[0].moments.push(Moment { at: 1, life: 0, event: line(7) });
    assert_eq!(odd.wrongs(), [Wrong::Lost]);
}

#[test]
fn what_is_said_again_behind_a_kill_may_have_been_shown_before_it() {
    let mut case = Case::new();
    case.last_life = 1;
    let number = case.says(What::Say);
    case.bo_sees(&lines(&[1, 2, 3, 4, 5, 6]));
    case.looks(Form::Words, &texts(&[4, 5, 6]));
    case.book.is_sent_out(number, (9_000, 1, 0));
    case.book.is_called_sent(number, Some(900), 1);
    case.is_kept(number, 900);
    assert_eq!(case.wrongs(), []);
    // That is not allowed if it was called sent before the kill.
    case.book.entry(number).sent_in = Some(0);
    assert_eq!(case.wrongs(), [Wrong::Lost]);
}

#[test]
fn whoever_comes_back_goes_on_where_it_was() {
    let back = |seq, from, more: &[u64]| {
        let mut case = Case::new();
        let again = [Event::Asked(Some((7, seq))), Event::Joined { epoch: 7, seq: 5, from }];
        case.bo_sees(&[&lines(&[1, 2, 3])[..], &again, &lines(more)].concat());
        case.wrongs()
    };
    assert_eq!(back(3, 4, &[4, 5]), []);
    assert_eq!(back(3, 5, &[5]), [Wrong::SilentHole]);
    assert_eq!(back(3, 3, &[3, 4, 5]), [Wrong::Doubled]);
}

#[test]
fn an_edited_message_has_its_last_text_everywhere() {
    let mut case = Case::new();
    let edit = case.says(What::Edit(2));
    case.is_sent(edit, 6);
    assert_eq!(case.wrongs(), [Wrong::Altered], "the log has the text from before");
    case.kept()[1].text = edit;
    let change = Event::Line(Shown { kind: Kind::Edited, seq: 6, id: edit, text: edit });
    case.bo_sees(&[&lines(&[1, 2, 3, 4, 5])[..], &[change]].concat());
    let late = Event::Line(Shown { kind: Kind::Said, seq: 2, id: 2, text: edit });
    case.looks(Form::Rows, &[line(1), late, line(3)]);
    assert_eq!(case.wrongs(), []);
    case.kept()[5].of = 3;
    assert_eq!(case.wrongs(), [Wrong::Altered], "it changes another message");
}

#[test]
fn an_edit_may_be_left_out_where_its_line_was_shown_as_it_reads_since() {
    let told = |second| {
        let mut case = Case::new();
        let edit = case.says(What::Edit(2));
        case.is_sent(edit, 6);
        case.kept()[1].text = edit;
        let last = case.says(What::Say);
        case.is_sent(last, 7);
        let second = if second { edit } else { 2 };
        let word = |text| Event::Line(Shown { kind: Kind::Said, seq: 0, id: 0, text });
        case.looks(Form::Words, &[1, second, 3, 4, 5, last].map(word));
        case.wrongs()
    };
    assert_eq!(told(true), []);
    assert_eq!(told(false), [Wrong::SilentHole]);
}

#[test]
fn a_second_edit_may_be_left_out_of_a_stream_whose_first_one_had_its_text() {
    let told = |form, has_last_text| {
        let mut case = Case::new();
        let (first, second) = (case.says(What::Edit(2)), case.says(What::Edit(2)));
        let last = case.says(What::Say);
        for (number, seq) in [first, second, last].into_iter().zip(6..) {
            case.is_sent(number, seq);
        }
        for line in [1, 5] {
            case.kept()[line].text = second;
        }
        let text = if has_last_text { second } else { first };
        let change = Event::Line(Shown { kind: Kind::Edited, seq: 6, id: 0, text });
        let end = Event::Line(Shown { kind: Kind::Said, seq: 8, id: 0, text: last });
        case.looks(form, &[line(4), line(5), change, end]);
        case.wrongs()
    };
    assert_eq!(told(Form::Rows, true), []);
    assert_eq!(told(Form::Rows, false), [Wrong::SilentHole]);
    assert_eq!(told(Form::Numbered, true), [Wrong::SilentHole]);
}

#[test]
fn whoever_comes_in_between_two_changes_of_one_line_is_shown_the_second() {
    let seen = |numbers: &[Number]| {
        let mut case = Case::new();
        let changes = [case.says(What::Edit(2)), case.says(What::Say), case.says(What::Edit(2))];
        for (number, seq) in changes.into_iter().zip(6..) {
            case.is_sent(number, seq);
        }
        let last = case.says(What::Say);
        case.is_sent(last, 9);
        for line in [1, 5] {
            case.kept()[line].text = changes[2];
        }
        let word = |text: &Number| {
            let kind = if *text == 8 { Kind::Edited } else { Kind::Said };
            Event::Line(Shown { kind, seq: 0, id: 0, text: *text })
        };
        case.looks(Form::Words, &numbers.iter().map(word).collect::<Vec<_>>());
        case.wrongs()
    };
    // If a client receives the first change late, it gets the text of the second one.
    assert_eq!(seen(&[8, 9]), []);
    assert_eq!(seen(&[8, 7, 8, 9]), []);
    assert_eq!(seen(&[8, 8, 9]), [Wrong::SilentHole], "what was said between the two");
    assert_eq!(seen(&[7, 8, 8, 9]), [Wrong::Doubled]);
}

#[test]
fn a_change_that_is_carried_out_in_another_order_is_seen() {
    let mut case = Case::new();
    let (first, second) = (case.says(What::Edit(2)), case.says(What::Edit(2)));
    case.is_sent(first, 6);
    case.is_sent(second, 7);
    for line in [1, 5] {
        case.kept()[line].text = second;
    }
    let change = |seq, id, text| Event::Line(Shown { kind: Kind::Edited, seq, id, text });
    let seen = |last| {
        let some = [change(6, first, first), change(7, second, last)];
        [&lines(&[1, 2, 3, 4, 5])[..], &some].concat()
    };
    case.bo_sees(&seen(second));
    assert_eq!(case.wrongs(), []);
    case.views.clear();
    case.bo_sees(&seen(first));
    assert_eq!(case.wrongs(), [Wrong::Altered]);
}

#[test]
fn a_deleted_message_is_gone_and_needs_not_be_shown_as_text() {
    let mut case = Case::new();
    let delete = case.says(What::Delete(2));
    case.is_sent(delete, 6);
    assert_eq!(case.wrongs(), [Wrong::Altered], "the log has its text still");
    case.kept()[1] = Kept { kind: Kind::Deleted, text: 0, of: 2, ..case.kept()[1].clone() };
    case.looks(Form::Words, &texts(&[1, 3, 4]));
    case.looks(Form::Words, &texts(&[1, 2, 3]));
    assert_eq!(case.wrongs(), []);
}

#[test]
fn a_torn_text_and_one_that_nobody_said_are_seen() {
    let mut case = Case::new();
    case.looks(Form::Words, &texts(&[1, GARBLED, 3]));
    assert!(case.wrongs().contains(&Wrong::Altered), "{:?}", case.wrongs());
    let mut case = Case::new();
    case.kept()[2].id = 99;
    assert!(case.wrongs().contains(&Wrong::Invented), "{:?}", case.wrongs());
    let mut case = Case::new();
    case.kept()[2].from = "Bo".to_owned();
    assert_eq!(case.wrongs(), [Wrong::Altered], "another one is said to have said it");
}

#[test]
fn a_private_message_is_for_two() {
    let mut case = Case::new();
    let number = case.says(What::Private(1));
    case.book.is_called_sent(number, Some(1), 0);
    let own = Kept {
        seq: 1,
        kind: Kind::Private,
        id: number,
        text: number,
        of: 0,
        from: "Ann".to_owned(),
    };
    case.logs.insert(Log::Private(0), vec![own.clone()]);
    assert_eq!(case.wrongs(), [Wrong::Lost], "its receiver does not have it");
    case.logs.insert(Log::Private(1), vec![own.clone()]);
    assert_eq!(case.wrongs(), []);
    case.logs.insert(Log::Private(2), vec![own]);
    assert_eq!(case.wrongs(), [Wrong::Leaked]);
    case.logs.remove(&Log::Private(2));
    case.looks(Form::Words, &[text(1), text(number), text(2)]);
    assert!(case.wrongs().contains(&Wrong::Leaked), "{:?}", case.wrongs());
}

#[test]
fn whoever_hears_itself_must_be_in_the_log_and_whoever_stays_must_hear_itself() {
    let mut case = Case::new();
    let number = case.says(What::Say);
    case.book.entry(number).fate = Fate::Heard;
    assert_eq!(case.wrongs(), [Wrong::Lost]);
    case.last_life = 1;
    assert_eq!(case.wrongs(), [], "a kill takes what was never called sent");
    case.last_life = 0;
    case.book.entry(number).fate = Fate::Ignored;
    assert_eq!(case.wrongs(), [Wrong::Lost]);
}
