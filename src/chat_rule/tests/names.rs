//! Row E8 of `docs/ROWS.md`: people enter, leave, and want the same name at the same time, ten
//! thousand times. One of them gets the name, and each entering and leaving is announced once.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};

use super::numbered::{answers, refusal};
use super::{Done, Happened, Newcomer, RecordedChat, apply_at, chat, join, name, numbered, token};
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::tests::chance::{Chance, runs};
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Request};
use crate::chat::room_name::RoomName;

const RUNS: u64 = 10_000;
const STEPS: usize = 12;
const PEOPLE: usize = 6;
/// Each name as it may be typed in three ways, which look alike.
const NAMES: [[&str; 3]; 2] = [["Ann", "ANN", "Аnn"], ["Bo", "bo", "Ｂｏ"]];

/// A connected client, and whether it is in the lobby.
struct Line {
    person: u8,
    is_in: bool,
}

fn claim(name: &Name) -> Claim {
    Claim { name: name.clone(), secret: None }
}

/// The core and a simple model of its lobby, which must agree: which person has which name, and who
/// is in the lobby according to what the lobby's clients were told.
struct Lobby {
    chat: RecordedChat,
    seconds: u64,
    last_client_id: u64,
    /// How many new people have come; guest names contain that number.
    newcomers: u64,
    lines: BTreeMap<ClientId, Line>,
    called: BTreeMap<u8, Name>,
    /// The name that a person chose before the present one.
    former: BTreeMap<u8, Name>,
    /// When a person lost its last connection in the lobby.
    lost: BTreeMap<u8, u64>,
    /// The names of the people who are in the lobby according to what the lobby's clients were
    /// told.
    here: BTreeSet<String>,
    told: usize,
}

impl Lobby {
    fn new() -> Self {
        Self {
            chat: chat(),
            seconds: 0,
            last_client_id: 0,
            newcomers: 0,
            lines: BTreeMap::new(),
            called: BTreeMap::new(),
            former: BTreeMap::new(),
            lost: BTreeMap::new(),
            here: BTreeSet::new(),
            told: 0,
        }
    }

    fn happens(&mut self, event: Happened) -> Vec<Done> {
        let done = apply_at(&mut self.chat, self.seconds, event);
        for one in &done {
            let Done::PushNotice(_, _, told) = one else { continue };
            match told {
                Answer::Presence { name, here, people, .. } => {
                    let name = name.to_string();
                    let is_news =
                        if *here { self.here.insert(name) } else { self.here.remove(&name) };
                    assert!(is_news, "told twice: {told:?}");
                    assert_eq!(*people, self.here.len(), "{told:?}");
                    self.told += 1;
                }
                Answer::Renamed { from, to, .. } => {
                    assert!(self.here.remove(from.shown()), "nobody knew of {from}");
                    assert!(self.here.insert(to.shown().to_owned()), "{to} was here");
                }
                _ => {}
            }
        }
        done
    }

    /// Returns whether a person other than `but` has this name or one that looks like it, or had it
    /// before the present one.
    fn is_taken(&self, wanted: &Name, but: u8) -> bool {
        let all = self.called.iter().chain(&self.former);
        let mut others = all.filter(|(person, _)| **person != but);
        others.any(|(_, name)| name.skeleton() == wanted.skeleton())
    }

    fn is_in(&self, person: u8) -> bool {
        self.lines.values().any(|line| line.person == person && line.is_in)
    }

    /// A client of the person connects and claims a name. A person who has a name already keeps it.
    /// Otherwise the person gets the wanted name if it is free, and else a guest's name.
    fn comes(&mut self, person: u8, wanted: &Name) {
        self.last_client_id += 1;
        let client = ClientId(self.last_client_id);
        let is_free = !self.is_taken(wanted, person);
        let own = self.called.get(&person).cloned();
        self.newcomers += u64::from(own.is_none());
        let due = own.or_else(|| is_free.then(|| wanted.clone()));
        let mut hello = numbered(client, None, Some(token(person)), person);
        if let Happened::Newcomer(_, Newcomer::WithHello(greeting), _) = &mut hello {
            greeting.hello.name = Some(claim(wanted));
        }
        let done = self.happens(hello);
        let [Answer::Welcome { name, .. }, ..] = answers(&done, client)[..] else {
            panic!("{done:?}")
        };
        let refused = due.is_none().then_some("name-taken");
        assert_eq!(refusal(&done, client).map(Refused::word), refused, "{wanted} for {person}");
        assert_eq!(*name, due.unwrap_or_else(|| Name::guest(self.newcomers)));
        self.called.insert(person, name.clone());
        self.lines.insert(client, Line { person, is_in: true });
        self.lost.remove(&person);
    }

    fn renames(&mut self, client: ClientId, wanted: &Name) {
        let person = self.lines[&client].person;
        let is_taken = self.is_taken(wanted, person);
        let done =
            self.happens(Happened::Asked(client, Request::Rename(Box::new(claim(wanted)), None)));
        let refused = is_taken.then_some("name-taken");
        assert_eq!(refusal(&done, client).map(Refused::word), refused, "{wanted} for {person}");
        if !is_taken {
            let before = self.called.insert(person, wanted.clone());
            let before = before.filter(|name| name.skeleton() != wanted.skeleton());
            let chosen = before.filter(|name| !name.is_given_by_server());
            self.former.extend(chosen.map(|name| (person, name)));
        }
    }

    /// The client's connection is lost.
    fn goes(&mut self, client: ClientId) {
        self.happens(Happened::Left(client));
        let line = self.lines.remove(&client).unwrap();
        if line.is_in && !self.is_in(line.person) {
            self.lost.insert(line.person, self.seconds);
        }
    }

    /// The client leaves the lobby, or comes back into it.
    fn leaves_or_joins(&mut self, client: ClientId) {
        let Line { person, is_in } = self.lines[&client];
        if is_in {
            self.happens(Happened::Asked(client, Request::Leave(RoomName::lobby())));
        } else {
            self.happens(join(client, "lobby", None));
            self.lost.remove(&person);
        }
        self.lines.get_mut(&client).unwrap().is_in = !is_in;
    }

    fn passes(&mut self, seconds: u64) {
        self.seconds += seconds;
        self.happens(Happened::Ticked);
    }

    /// Checks whom the room was told of: exactly the people who are in the lobby, or whom the lobby
    /// still waits for.
    fn is_as_told(&self) {
        let wait = limits::ABSENCE_WAIT.as_secs();
        let is_waited_for =
            |person| self.lost.get(person).is_some_and(|at| at + wait > self.seconds);
        let there = self.called.iter().filter(|(it, _)| self.is_in(**it) || is_waited_for(*it));
        assert_eq!(self.here, there.map(|(_, name)| name.to_string()).collect());
        let names: BTreeSet<_> = self.called.values().map(Name::skeleton).collect();
        assert_eq!(names.len(), self.called.len(), "two of one name: {:?}", self.called);
    }
}

/// Plays one run. Returns how often several people wanted the same name at the same time, and how
/// many enterings and leavings were announced.
fn play(chance: &mut Chance, names: &[Vec<Name>]) -> (usize, usize) {
    let mut lobby = Lobby::new();
    let mut races = 0;
    for _ in 0..STEPS {
        let person = |chance: &mut Chance| u8::try_from(chance.below(PEOPLE)).unwrap();
        let lines: Vec<_> = lobby.lines.keys().copied().collect();
        let wanted = chance.one_of(names);
        match chance.below(8) {
            // Several clients connect at once. Each of them types the name in another way.
            0 => {
                let looks = |name: &&Name| name.skeleton() == wanted[0].skeleton();
                let is_held = lobby.called.values().any(|name| looks(&name));
                let is_kept = lobby.former.values().any(|name| looks(&name));
                let strangers = (0..wanted.len()).map(|_| person(chance)).collect::<Vec<_>>();
                let is_new = strangers.iter().any(|it| !lobby.called.contains_key(it));
                for (person, wanted) in strangers.iter().zip(&wanted) {
                    lobby.comes(*person, wanted);
                }
                let winners = lobby.called.values().filter(looks).count();
                assert_eq!(winners, usize::from(is_held || (is_new && !is_kept)));
                races += usize::from(is_new);
            }
            1 | 2 => lobby.comes(person(chance), &chance.one_of(&wanted)),
            3 | 4 if !lines.is_empty() => lobby.goes(chance.one_of(&lines)),
            5 if !lines.is_empty() => lobby.leaves_or_joins(chance.one_of(&lines)),
            6 if !lines.is_empty() => {
                lobby.renames(chance.one_of(&lines), &chance.one_of(&wanted));
            }
            _ => lobby.passes(u64::try_from(chance.below(8)).unwrap()),
        }
        lobby.is_as_told();
    }
    for client in lobby.lines.keys().copied().collect::<Vec<_>>() {
        lobby.goes(client);
    }
    lobby.passes(limits::ABSENCE_WAIT.as_secs());
    assert_eq!(lobby.here, BTreeSet::new(), "whoever has come was told to have left");
    (races, lobby.told)
}

#[test]
fn e8_in_ten_thousand_runs_a_name_has_one_owner_and_each_coming_and_going_is_told_once() {
    let names = NAMES.map(|twins| twins.map(name).to_vec());
    let (mut races, mut told) = (0, 0);
    runs(RUNS, |chance| {
        let (races_of_run, told_of_run) = play(chance, &names);
        races += races_of_run;
        told += told_of_run;
    });
    assert!(races > 10_000 && told > 40_000, "{races} races, {told} comings and goings");
}
