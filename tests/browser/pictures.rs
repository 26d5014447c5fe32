//! Pictures of the page for people to look at: nine situations, on four widths, light and dark, in
//! both languages. `tests/browser/pictures` runs this, and says where the pictures are.
//!
//! A picture shows the same each time: the server's clock, the reader's clock, the names and the
//! messages are given (`scene.rs`, `cast.rs`).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::cast::{PLAYS, Play, Who};
use crate::look::from_base64;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::program::program;
use crate::scene::{Caller, Scene};
use crate::scriptless;
use crate::small_png::with_few_colours;
use crate::terminal::W3M;
use crate::textual;

/// The devices of the pictures: a phone, a tablet, a laptop, a desktop.
const DEVICES: [Visit; 4] = [
    Visit { height: 740, ..PHONE },
    Visit { width: 768, height: 900, ..PHONE },
    DESKTOP,
    Visit { width: 1600, height: 900, ..DESKTOP },
];

/// Everything that a picture needs, on one device and in one language.
struct Sitting<'b> {
    scene: Scene,
    browser: &'b Browser,
    play: &'static Play,
    visit: Visit,
}

impl<'b> Sitting<'b> {
    /// The reader comes into `room` without a name.
    fn opens(&self, room: &str) -> Person<'b> {
        self.scene.opens(self.browser, room, self.visit)
    }

    /// The same, with a name. The reader has chosen it in the lobby, so the room says nothing of
    /// it.
    fn reader_comes(&self, room: &str) -> Person<'b> {
        let reader = self.opens("lobby");
        is_called(&reader, self.play.reader);
        reader.goes_to(&self.scene.url(room));
        let is_there = format!("decodeURIComponent(location.pathname) === '/r/{room}'");
        reader.waits_until(&is_there);
        reader.is_connected();
        reader
    }

    /// The people come into `room`.
    fn people_come(&self, room: &str) -> Vec<Caller> {
        let come = |name| Caller::comes(&self.scene.server, name, &[room]);
        let people: Vec<_> = self.play.people.into_iter().map(come).collect();
        people[0].sends(json!({ "type": "topic", "room": room, "text": self.play.topic }));
        people
    }

    /// Everything is said in the play's room. The reader comes before the first line of the
    /// reader's own.
    fn conversation(&self) -> (Person<'b>, Vec<Caller>) {
        let (room, mut reader) = (self.play.room, None);
        let people = self.people_come(room);
        let mut numbers = Vec::new();
        for (time, who, text, answers) in self.play.lines {
            let is_new = numbers.len();
            self.scene.it_is(time);
            match who {
                Who::Reader => {
                    let reader = reader.get_or_insert_with(|| self.reader_comes(room));
                    let own = reader.measures("document.querySelectorAll('#rows .own').length");
                    reader.says(text);
                    let mark = "[...document.querySelectorAll('#rows .own')].pop()\
                        .querySelector('.mark').innerText";
                    reader.waits_until(&format!(
                        "document.querySelectorAll('#rows .own').length > {own} && {mark} === '{}'",
                        self.play.sent
                    ));
                    numbers.push(numbers.last().unwrap_or(&0) + 1);
                }
                Who::Person(one) => {
                    let mut said = json!({ "type": "say", "room": room, "text": text });
                    if let Some(before) = answers {
                        said["reply"] = json!(numbers[is_new - before]);
                    }
                    numbers.push(people[*one].sends(said));
                }
            }
        }
        let reader = reader.expect("a line of the reader");
        reader.hears(self.play.lines[self.play.lines.len() - 1].2);
        (reader, people)
    }

    /// Takes the picture, light and dark.
    fn keep(&self, reader: &Person<'_>, stage: &str) {
        hides_caret(reader);
        for scheme in ["light", "dark"] {
            reader.prefers("prefers-color-scheme", scheme);
            let name = format!("{stage}-{}-{scheme}-{}", self.visit.width, self.play.tag);
            reader.waits_until("document.getAnimations().length === 0");
            reader.draws_a_frame();
            keep_small(reader, &pictures(), &name);
        }
    }
}

/// Stages a scene for each device and language.
fn each(stages: impl Fn(Sitting<'_>)) {
    let browser = Browser::start();
    for play in &PLAYS {
        for visit in DEVICES {
            let visit = Visit { languages: play.languages, ..visit };
            stages(Sitting { scene: Scene::start(), browser: &browser, play, visit });
        }
    }
}

/// The folder for all pictures.
fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The folder for those that README and docs show.
fn pictures_of_docs() -> PathBuf {
    let folder = pictures().join("docs");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The caret blinks, so it would be in some pictures.
fn hides_caret(reader: &Person<'_>) {
    reader.sees("document.querySelector('#field').style.caretColor = 'transparent'");
}

fn keep_small(reader: &Person<'_>, folder: &Path, name: &str) {
    let png = from_base64(&reader.picture());
    std::fs::write(folder.join(format!("{name}.png")), with_few_colours(&png)).unwrap();
}

/// On a narrow page, a column is a panel that the reader opens.
fn opens_column(reader: &Person<'_>, column: &str) {
    if reader.sees(&format!("document.querySelector('#{column}').open")) == false {
        opens_panel(reader, column);
    }
}

#[test]
#[ignore = "writes pictures"]
fn first_visit() {
    each(|sitting| {
        let people = sitting.people_come("lobby");
        for (time, who, text, _) in sitting.play.lines {
            sitting.scene.it_is(time);
            if let Who::Person(one) = who {
                people[*one].says("lobby", text);
            }
        }
        let reader = sitting.opens("lobby");
        sitting.keep(&reader, "first-visit");
    });
}

#[test]
#[ignore = "writes pictures"]
fn conversation() {
    each(|sitting| {
        let (reader, people) = sitting.conversation();
        talks_on(&sitting, &reader, &people);
        sitting.keep(&reader, "conversation");
    });
}

/// Two lines come while the reader looks away, and somebody types.
fn talks_on(sitting: &Sitting<'_>, reader: &Person<'_>, people: &[Caller]) {
    reader.looks_away(true);
    sitting.scene.it_is("2026-11-19 09:12");
    for text in sitting.play.meanwhile {
        people[0].says(sitting.play.room, text);
        reader.hears(text);
    }
    people[1].asks(json!({ "type": "typing", "room": sitting.play.room }));
    reader.waits_until("document.querySelector('#typing').innerText !== ''");
}

#[test]
#[ignore = "writes pictures"]
fn many_rooms() {
    each(|sitting| {
        let rooms: Vec<_> = sitting.play.rooms.iter().map(|(room, _)| *room).collect();
        let hosts: Vec<_> = (0..3)
            .map(|host| Caller::comes(&sitting.scene.server, sitting.play.people[host], &rooms))
            .collect();
        let rooms_with_topic = sitting.play.rooms.iter().filter(|(_, topic)| !topic.is_empty());
        for (room, topic) in rooms_with_topic {
            hosts[2].sends(json!({ "type": "topic", "room": room, "text": topic }));
        }
        // From here on, the later rooms have fewer people, and the last ones have nobody.
        for (number, room) in rooms.iter().enumerate() {
            for host in &hosts[..(number / 4).min(3)] {
                host.asks(json!({ "type": "leave", "room": room }));
            }
        }
        let reader = sitting.reader_comes(rooms[0]);
        for room in &rooms[1..3] {
            reader.says(&format!("/join {room}"));
            reader.waits_until(&format!(
                "decodeURIComponent(location.pathname) === '/r/{room}' \
                 && document.documentElement.dataset.line === 'open'"
            ));
        }
        for text in sitting.play.meanwhile {
            hosts[0].says(rooms[0], text);
        }
        hosts[1].says(rooms[1], &format!("{}?", sitting.play.reader));
        let private = json!({ "type": "private", "to": sitting.play.reader,
            "text": sitting.play.letters[0] });
        hosts[2].sends(private);
        for (time, _, text, _) in &sitting.play.lines[5..8] {
            sitting.scene.it_is(time);
            hosts[2].says(rooms[2], text);
        }
        reader.hears(sitting.play.lines[7].2);
        opens_column(&reader, "places");
        reader.waits_until("document.querySelectorAll('#rooms li').length > 10");
        reader.waits_until("document.querySelectorAll('#rooms .fresh').length > 1");
        sitting.keep(&reader, "many-rooms");
    });
}

#[test]
#[ignore = "writes pictures"]
fn many_people() {
    each(|sitting| {
        let play = sitting.play;
        let people: Vec<_> = play
            .initials
            .iter()
            .flat_map(|initial| {
                play.crowd.iter().map(move |name| match play.tag {
                    "zh" => format!("{initial}{name}"),
                    _ => format!("{name} {initial}."),
                })
            })
            .map(|name| Caller::comes(&sitting.scene.server, &name, &[play.room]))
            .collect();
        let reader = sitting.reader_comes(play.room);
        for (number, (time, _, text, _)) in play.lines.iter().enumerate() {
            sitting.scene.it_is(time);
            people[number * 7 % people.len()].says(play.room, text);
        }
        reader.hears(play.lines[12].2);
        opens_column(&reader, "people");
        reader.waits_until("document.querySelectorAll('#people li').length > 30");
        sitting.keep(&reader, "many-people");
    });
}

#[test]
#[ignore = "writes pictures"]
fn private() {
    each(|sitting| {
        let (reader, people) = sitting.conversation();
        sitting.scene.it_is("2026-11-19 09:12");
        for text in sitting.play.letters {
            let private = json!({ "type": "private", "to": sitting.play.reader, "text": text });
            people[0].sends(private);
        }
        reader.waits_until("document.querySelectorAll('#talks li').length === 1");
        opens_panel(&reader, "private");
        sitting.scene.it_is("2026-11-19 09:13");
        reader.says(sitting.play.letter_back);
        reader.waits_until(&format!(
            "[...document.querySelectorAll('#letters .mark')].pop()?.innerText === '{}'",
            sitting.play.sent
        ));
        sitting.keep(&reader, "private");
    });
}

#[test]
#[ignore = "writes pictures"]
fn search() {
    each(|sitting| {
        let (reader, _people) = sitting.conversation();
        reader.says(&format!("/search {}", sitting.play.sought));
        reader.waits_until("document.querySelectorAll('#results .text').length === 3");
        sitting.keep(&reader, "search");
    });
}

#[test]
#[ignore = "writes pictures"]
fn settings() {
    each(|sitting| {
        let (reader, _people) = sitting.conversation();
        opens_panel(&reader, "me");
        sitting.keep(&reader, "settings");
    });
}

#[test]
#[ignore = "writes pictures"]
fn empty() {
    each(|sitting| {
        let reader = sitting.reader_comes(sitting.play.empty_room);
        reader.waits_until("!!document.querySelector('#empty b')");
        // The port is another one in each run.
        reader.sees(
            "(address => { address.textContent = address.textContent.replace(/:\\d+/, ':8080'); })\
             (document.querySelector('#empty b'))",
        );
        sitting.keep(&reader, "empty");
    });
}

#[test]
#[ignore = "writes pictures"]
fn lost_line() {
    each(|sitting| {
        let (reader, people) = sitting.conversation();
        sitting.scene.it_is("2026-11-19 09:12");
        for text in sitting.play.meanwhile {
            people[0].says(sitting.play.room, text);
            reader.hears(text);
        }
        // A countdown would be another one in each picture; a device without a network has none.
        reader.is_offline(true);
        sitting.scene.proxy.cut();
        reader.waits_until("document.documentElement.dataset.line !== 'open'");
        reader.says(sitting.play.waits);
        reader.types(sitting.play.draft);
        reader.hears(sitting.play.waits);
        sitting.keep(&reader, "lost-line");
    });
}

#[test]
#[ignore = "writes pictures"]
fn of_the_docs() {
    let browser = Browser::start();
    for (name, play, visit) in [
        ("desktop-light-en", 0, Visit { height: 640, ..DESKTOP }),
        ("desktop-dark-zh", 1, Visit { height: 640, dark: true, ..DESKTOP }),
        ("phone-dark-en", 0, Visit { dark: true, ..PHONE }),
    ] {
        let play = &PLAYS[play];
        let visit = Visit { languages: play.languages, ..visit };
        let sitting = Sitting { scene: Scene::start(), browser: &browser, play, visit };
        let (reader, people) = sitting.conversation();
        talks_on(&sitting, &reader, &people);
        hides_caret(&reader);
        reader.draws_a_frame();
        keep_small(&reader, &pictures_of_docs(), name);
    }
}

/// The room of the play without scripts, on a phone and in a text browser.
#[test]
#[ignore = "writes pictures"]
fn of_the_docs_without_scripts() {
    let browser = Browser::start();
    let play = &PLAYS[0];
    let sitting = Sitting { scene: Scene::start(), browser: &browser, play, visit: PHONE };
    let people = sitting.people_come("lobby");
    for (time, who, text, _) in &play.lines[5..10] {
        sitting.scene.it_is(time);
        if let Who::Person(one) = who {
            people[*one].says("lobby", text);
        }
    }
    sitting.scene.it_is("2026-11-19 09:06");
    let cleo = scriptless::opens(&browser, &sitting.scene.server, PHONE);
    scriptless::fills(&cleo, "name", play.reader);
    scriptless::says(&cleo, "Looking now.");
    keep_small(&cleo, &pictures_of_docs(), "phone-scriptless");
    let room = format!("{}r/lobby", sitting.scene.server.url());
    let dora = textual::comes_in(W3M, &room, "Dora", "I bring the cups.");
    people[1].says("lobby", "Good.");
    dora.follows("Refresh");
    dora.sees("Good.");
    std::fs::write(pictures_of_docs().join("w3m.txt"), dora.screen()).unwrap();
}

/// The glass box of the lab, while a client reads nothing. The numbers are those of this run.
#[test]
#[ignore = "writes pictures"]
fn of_the_docs_glass() {
    let mut lab = Command::new(program())
        .args(["lab", "--", "--write-timeout", "30s", "--log-level", "error"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = lab.stdin.take().unwrap();
    let mut told = BufReader::new(lab.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = told.find(|line| line.starts_with("Glass box:")).unwrap();
    let url = line.split_whitespace().last().unwrap();
    let browser = Browser::start();
    let teacher = browser.looks_at(url, Visit { height: 720, ..DESKTOP });
    typed.write_all(b"talk\ndeaf\n").unwrap();
    // The strips of the threads have something to show after some seconds.
    teacher.waits_until(
        "document.documentElement.dataset.looks >= 16 \
         && document.querySelector('#threads tr.slow')",
    );
    teacher.draws_a_frame();
    keep_small(&teacher, &pictures_of_docs(), "glass");
    typed.write_all(b"quit\n").unwrap();
    lab.wait().unwrap();
}
