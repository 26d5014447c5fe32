//! A poll in a room.
//!
//! Part: `chat_rule/mod.rs`.

use super::keeping::{den, in_the_den, joins, state};
use super::numbered::{CLEO, answers, refusal};
use super::{ANN, BO, ClientId, Done, Happened, RecordedChat, apply};
use crate::chat::act::{RoomAct, RoomAction};
use crate::chat::answer::Answer;
use crate::chat::poll::{PollChange, PollNews};
use crate::chat::refused::Refused;
use crate::chat::request::Request;

fn asks(chat: &mut RecordedChat, client: ClientId, action: RoomAction, text: &str) -> Vec<Done> {
    let act = RoomAct { room: den(), action, reason: text.to_owned() };
    apply(chat, Happened::Asked(client, Request::Act(Box::new(act))))
}

/// What the whole room hears of the poll.
fn told(done: &[Done]) -> Option<&PollNews> {
    done.iter().find_map(|one| match one {
        Done::PushNotice(_, _, Answer::Poll(news)) => Some(&**news),
        _ => None,
    })
}

fn counts(news: &PollNews) -> Vec<usize> {
    news.poll.answers.iter().map(|(_, people)| *people).collect()
}

/// What this client hears who comes in or asks.
fn standing(done: &[Done], client: ClientId) -> Option<&PollNews> {
    answers(done, client).into_iter().find_map(|answer| match answer {
        Answer::Poll(news) => Some(&**news),
        _ => None,
    })
}

#[test]
fn row_60_everybody_in_the_room_chooses_one_answer_and_all_see_how_many_chose_each() {
    let mut chat = in_the_den();
    let (poll, vote) = (RoomAction::Poll(true), RoomAction::Vote);
    let refused = asks(&mut chat, BO, poll.clone(), "Tea? | yes | no");
    assert_eq!(refusal(&refused, BO), Some(&Refused::NotYourRoom));
    let refused = asks(&mut chat, ANN, poll.clone(), "Tea?");
    assert_eq!(refusal(&refused, ANN), Some(&Refused::BadPoll));
    let begun = asks(&mut chat, ANN, poll.clone(), "Tea? | yes | no");
    assert_eq!(told(&begun).map(|news| news.change), Some(PollChange::Standing));
    asks(&mut chat, BO, vote(1), "");
    let voted = asks(&mut chat, CLEO, vote(1), "");
    assert_eq!(counts(told(&voted).unwrap()), [2, 0]);
    assert!(answers(&voted, ANN).is_empty(), "nobody hears who voted");
    let changed = asks(&mut chat, BO, vote(2), "");
    assert_eq!(counts(told(&changed).unwrap()), [1, 1]);
    for odd in [0, 3, 255] {
        let refused = asks(&mut chat, BO, vote(odd), "");
        assert_eq!(refusal(&refused, BO), Some(&Refused::NoSuchChoice), "{odd}");
    }
    apply(&mut chat, Happened::Asked(BO, Request::Leave(den())));
    let refused = asks(&mut chat, BO, vote(1), "");
    assert_eq!(refusal(&refused, BO), Some(&Refused::NotInRoom));
    let come = joins(&mut chat, BO);
    assert_eq!(standing(&come, BO).unwrap().yours, Some(2));
    assert!(state(&mut chat, CLEO).is_none(), "the poll comes after what holds");
    let ended = asks(&mut chat, ANN, RoomAction::Poll(false), "");
    let news = told(&ended).unwrap();
    assert_eq!((news.change, counts(news)), (PollChange::Ended, vec![1, 1]));
    let refused = asks(&mut chat, BO, vote(1), "");
    assert_eq!(refusal(&refused, BO), Some(&Refused::NoSuchChoice));
    assert!(told(&asks(&mut chat, ANN, RoomAction::Poll(false), "")).is_none());
    // A new poll begins with nobody's choice.
    asks(&mut chat, ANN, poll.clone(), "Tea? | yes | no");
    asks(&mut chat, BO, vote(1), "");
    assert_eq!(counts(told(&asks(&mut chat, ANN, poll, "Cake? | yes | no")).unwrap()), [0, 0]);
}
