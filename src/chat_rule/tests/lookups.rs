//! Many clients search for words or scroll back at the same time. These tests check whose request
//! the history answers first, and for how long it searches.
//!
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use super::numbered::{refusal, say};
use super::{
    ANN, ChatSettings, ClientId, Done, Happened, Moment, Newcomer, RecordedChat, Request, Stored,
    apply, apply_at, came_from, moment, numbered, place, post, settings, token,
};
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::config::TalkPace;
use crate::chat::core::{Greeting, Stay, Visit, VisitPurpose, Visitor};
use crate::chat::entry::{Epoch, Seen, Seq};
use crate::chat::record::{FoundLines, LineRange, Query};
use crate::chat::refused::Refused;
use crate::chat::request::{Hello, Search, TokenSource};
use crate::chat::room_name::RoomName;
use crate::chat::search_words::SearchWords;
use crate::chat::sought::Sought;
use crate::chat_rule::progress::tests::COMING_BACK_PAUSE;

/// Makes a hub whose lobby has twenty lines, the newest four of them in memory.
pub(super) fn with_old_lines() -> RecordedChat {
    with_old_lines_at(TalkPace::default())
}

/// Makes a hub like [`with_old_lines`], with limits on how fast clients of one IP address may send
/// requests.
pub(super) fn with_old_lines_at(pace: TalkPace) -> RecordedChat {
    let settings = ChatSettings { stores: true, pace, ..settings(4, 3, 7) };
    let mut chat = RecordedChat::new(settings, Stored::default(), moment(0));
    apply(&mut chat, numbered(ANN, Some("Ann"), None, 1));
    (0..20).for_each(|_| drop(apply(&mut chat, post(ANN, None, say("hello")))));
    while chat.unstored_lines() > 0 {
        apply(&mut chat, Happened::BatchEnded(Ok(())));
    }
    chat
}

pub(super) fn network(number: u8) -> Option<ClientNetwork> {
    Some(ClientNetwork::of([192, 0, 2, number].into()))
}

/// A client without a session connects for a page of the lobby. Returns the client and what the
/// chat did.
pub(super) fn visits(
    chat: &mut RecordedChat,
    number: u64,
    from: Option<ClientNetwork>,
    purpose: VisitPurpose,
) -> (ClientId, Vec<Done>) {
    let (client, room) = (ClientId(1000 + number), place(RoomName::lobby(), None));
    let fresh = None;
    let visit = Visit {
        who: Visitor::Stranger,
        is_admitted: true,
        position: Some(room),
        purpose,
        fresh,
        is_shown: true,
        source: TokenSource::Address,
        says: None,
    };
    let newcomer = Newcomer::Visitor(Box::new(visit));
    (client, apply(chat, Happened::Newcomer(client, newcomer, came_from(from))))
}

pub(super) fn words() -> Request {
    let sought = Sought::words(SearchWords::parse("soup").unwrap());
    let (log, before) = (RoomName::lobby().into(), Seq(u64::MAX));
    Request::Search(Box::new(Search { log, sought, before, count: 50 }))
}

pub(super) fn old_page() -> Request {
    Request::History { log: RoomName::lobby().into(), before: Seq(5), count: 2 }
}

/// A client without a session connects for a page and sends this request. Returns what the chat
/// did.
pub(super) fn asks(
    chat: &mut RecordedChat,
    number: u64,
    from: Option<ClientNetwork>,
    request: Request,
) -> Vec<Done> {
    let (client, _) = visits(chat, number, from, VisitPurpose::Page);
    apply(chat, Happened::Asked(client, request))
}

/// Returns how many milliseconds this client is told to wait; `None`: it was not refused.
pub(super) fn wait(done: &[Done], number: u64) -> Option<u128> {
    match refusal(done, ClientId(1000 + number)) {
        Some(Refused::TooFast(wait)) => Some(wait.as_millis()),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

pub(super) fn queries(done: &[Done]) -> Vec<&Query> {
    let queries = done.iter().filter_map(|one| match one {
        Done::Find(query) => Some(query),
        _ => None,
    });
    queries.collect()
}

/// Answers each query as a file without lines would, until the chat sends no more queries.
pub(super) fn answer_all(chat: &mut RecordedChat, mut done: Vec<Done>) {
    while !queries(&done).is_empty() {
        done = apply(chat, Happened::Found(Ok(FoundLines::default())));
    }
}

/// A client of `threadbare.v1` that has seen the lobby's first line connects again. Returns
/// what the chat did.
pub(super) fn comes_back(
    chat: &mut RecordedChat,
    client: u64,
    from: Option<ClientNetwork>,
    stay: Stay,
) -> Vec<Done> {
    let client = ClientId(client);
    let epoch: Epoch = chat.log(chat.room_called(&RoomName::lobby()).unwrap()).unwrap().epoch();
    let rooms = vec![place(RoomName::lobby(), Some(Seen { epoch, seq: Seq(1) }))];
    let hello = Hello { rooms, ..Hello::default() };
    let fresh = token(u8::try_from(client.0 % 100).unwrap());
    let greeting = Greeting { hello, fresh, is_admitted: true, stay };
    let newcomer = Newcomer::WithHello(Box::new(greeting));
    let mut done = apply(chat, Happened::Newcomer(client, newcomer, came_from(from)));
    done.extend(apply(chat, Happened::Drained(client)));
    done
}

/// The history's answer that the file has no lines for the query.
fn nothing() -> Happened {
    Happened::Found(Ok(FoundLines::default()))
}

fn finds_nothing(chat: &mut RecordedChat) -> Vec<Done> {
    apply(chat, nothing())
}

fn at_millis(chat: &mut RecordedChat, millis: u64, event: Happened) -> Vec<Done> {
    let mut done = Vec::new();
    let chat_time = Duration::from_millis(millis);
    chat.apply(Moment { chat_time, ..moment(0) }, event, &mut done);
    done
}

/// The history answers that it has searched for the time `took`, and has found nothing yet. Returns
/// what the chat did.
fn looks_on(chat: &mut RecordedChat, took: Duration) -> Vec<Done> {
    apply(
        chat,
        Happened::Found(Ok(FoundLines { next: Some(Seq(3)), took, ..FoundLines::default() })),
    )
}

/// Returns the clients that got an answer to their search, and where each of them must continue.
fn found(done: &[Done]) -> Vec<(u64, Option<Seq>)> {
    let found = done.iter().filter_map(|one| match one {
        Done::QueueAnswer(client, Answer::Found { next, .. }) => Some((client.0 - 1000, *next)),
        _ => None,
    });
    found.collect()
}

#[test]
fn who_comes_back_is_read_for_while_the_history_looks_for_words() {
    let mut chat = with_old_lines();
    let looks = asks(&mut chat, 1, None, words());
    assert!(matches!(queries(&looks)[..], [Query { span: LineRange::With(..), .. }]), "{looks:?}");
    let back = comes_back(&mut chat, 50, None, Stay::Connected);
    assert!(
        matches!(queries(&back)[..], [Query { span: LineRange::From(Seq(2)), .. }]),
        "{back:?}"
    );
    // A search is under way. The history interrupts it to read the missed lines, so its first
    // answer belongs to the search.
    let next = looks_on(&mut chat, Duration::from_millis(1));
    assert_eq!((queries(&next).len(), found(&next)), (0, vec![]), "she asks for more at once");
    let missed = finds_nothing(&mut chat);
    assert!(queries(&missed).is_empty());
    assert_eq!(chat.next_tick(), Some(COMING_BACK_PAUSE));
    let then = at_millis(&mut chat, 5, Happened::Ticked);
    assert!(matches!(queries(&then)[..], [Query { span: LineRange::With(..), .. }]), "{then:?}");
}

#[test]
fn who_comes_back_is_read_for_before_those_who_scroll_back_and_they_have_their_turn_too() {
    let mut chat = with_old_lines();
    // The history has the first of these queries already; the others wait.
    (0..4).for_each(|number| drop(asks(&mut chat, number, None, old_page())));
    (50..70).for_each(|client| drop(comes_back(&mut chat, client, None, Stay::Connected)));
    let next = |millis| match queries(&at_millis(&mut chat, millis, nothing()))[..] {
        [Query { span: LineRange::Before(_), .. }] => 'p',
        [Query { span: LineRange::From(_), .. }] => 'm',
        _ => '-',
    };
    // The history gives an answer each millisecond. `m` is a read of missed lines, and `p` is an
    // older page: one answer in ten.
    let order: String = (0..24).map(next).collect();
    assert_eq!(order, "mmmmmmmmmmpmmmmmmmmmpm--");
}

#[test]
fn who_saves_a_room_or_polls_waits_behind_who_comes_back() {
    let mut chat = with_old_lines();
    // The history has this query already; the following ones wait.
    asks(&mut chat, 1, None, old_page());
    let (saver, _) = visits(&mut chat, 2, None, VisitPurpose::Save);
    apply(&mut chat, Happened::Drained(saver));
    comes_back(&mut chat, 50, None, Stay::LongPoll);
    comes_back(&mut chat, 51, None, Stay::Connected);
    let room = chat.room_called(&RoomName::lobby()).unwrap();
    for (client, millis) in [(51, 0), (saver.0, 10), (50, 20)] {
        let next = at_millis(&mut chat, millis, nothing());
        assert!(matches!(queries(&next)[..], [Query { span: LineRange::From(_), .. }]), "{next:?}");
        assert!(chat.real.file_queue().reads_for(ClientId(client), room), "{client}");
    }
}

#[test]
fn addresses_take_turns_and_of_each_one_question_is_under_way() {
    let mut chat = with_old_lines();
    for number in [11, 12, 13] {
        asks(&mut chat, number, network(1), words());
    }
    asks(&mut chat, 21, network(2), words());
    let turn = Duration::from_millis(100);
    let mut order = Vec::new();
    // Each search may take 300 milliseconds, so it is answered after three turns.
    for _ in 0..12 {
        order.extend(found(&looks_on(&mut chat, turn)).into_iter().map(|(who, _)| who));
    }
    // The searches of the two IP addresses take turns until the search of the second IP address is
    // answered. Then the three searches of the first IP address are answered one after the other.
    assert_eq!(order, [11, 21, 12, 13]);
}

#[test]
fn a_question_is_answered_with_what_was_found_when_its_part_of_the_time_is_over() {
    let mut chat = with_old_lines();
    let turn = |chat: &mut RecordedChat| found(&looks_on(chat, Duration::from_millis(100)));
    asks(&mut chat, 1, None, words());
    assert_eq!((turn(&mut chat), turn(&mut chat)), (vec![], vec![]));
    assert_eq!(turn(&mut chat), [(1, Some(Seq(3)))], "nobody else looks: three tenths of a second");
    // The twenty searches share two seconds, so each may take a tenth of a second.
    (2..=21).for_each(|number| drop(asks(&mut chat, number, None, words())));
    assert_eq!(turn(&mut chat), [(2, Some(Seq(3)))]);
}

#[test]
fn a_question_that_waits_too_long_is_answered_before_its_page_is_given_up() {
    let mut chat = with_old_lines();
    // The search of IP address 1 has had its turn, and the history works on the search of IP
    // address 2. Then the disk hangs.
    asks(&mut chat, 1, network(1), words());
    asks(&mut chat, 2, network(2), words());
    assert_eq!(found(&looks_on(&mut chat, Duration::from_millis(1))), []);
    asks(&mut chat, 3, network(3), words());
    assert_eq!(chat.next_tick(), Some(limits::SEARCH_WAIT));
    let late = apply_at(&mut chat, limits::SEARCH_WAIT.as_secs(), Happened::Ticked);
    assert_eq!(found(&late), [(1, Some(Seq(3)))]);
    assert_eq!(wait(&late, 3), Some(limits::SEARCH_WAIT.as_millis()), "nothing was looked at");
    assert_eq!(chat.next_tick(), None);
    let at_last = apply_at(&mut chat, 4, Happened::Found(Ok(FoundLines::default())));
    assert_eq!(found(&at_last), [(2, None)]);
}
