//! A guest with a browser without scripts. It loads the room's page and speaks by its form, which
//! it sends again until it is answered. Some of these guests also have the page without an end in a
//! frame.

use super::super::book::{GuestNumber, Log, Number, What, words};
use super::super::http::{Answer, Arrived, room_path};
use super::super::net::{ConnectionId, How, News};
use super::super::seen::{Event, Form as Shape};
use super::super::truth::ROOMS;
use super::browser::{Browser, row, rows};
use super::{Guest, World};

/// What the guest has asked for.
enum Asked {
    /// A page; after a form, it must show this message.
    Page { must_have: Number },
    /// The form with this message, as the bytes of its request.
    Form { number: Number, bytes: String },
}

pub struct Form {
    number: GuestNumber,
    room: u8,
    lane: u32,
    browser: Browser,
    asked: Option<(ConnectionId, Arrived, Asked)>,
    /// A form without an answer: it is sent again unchanged.
    again: Option<(Number, String)>,
    /// The message to send with the next page.
    unsaid: Option<Number>,
    /// The address of the page after the last form.
    next_page: Option<(String, Number)>,
    /// The frame: its connection, the bytes that were not read yet, and its view once it has begun.
    is_live: bool,
    frame: Option<ConnectionId>,
    arrived: Arrived,
    rest: String,
    view: Option<usize>,
}

impl Form {
    pub fn comes(number: GuestNumber, is_live: bool, world: &mut World) -> Self {
        Self {
            number,
            room: world.a_room(),
            lane: world.new_lane(),
            browser: Browser::default(),
            asked: None,
            again: None,
            unsaid: None,
            next_page: None,
            is_live,
            frame: None,
            arrived: Arrived::default(),
            rest: String::new(),
            view: None,
        }
    }

    fn path(&self) -> String {
        room_path(ROOMS[usize::from(self.room)])
    }

    /// Does the next thing: sends a form again, loads the page after one, or says something.
    fn goes_on(&mut self, world: &mut World) {
        if self.asked.is_some() {
            return;
        }
        let (bytes, asked) = if let Some((number, bytes)) = self.again.take() {
            (bytes.clone(), Asked::Form { number, bytes })
        } else if let Some((path, must_have)) = self.next_page.take() {
            (self.browser.gets(&path), Asked::Page { must_have })
        } else if let Some(number) = self.unsaid.filter(|_| self.browser.hidden.is_some()) {
            self.unsaid = None;
            let bytes = self.form(number, world);
            (bytes.clone(), Asked::Form { number, bytes })
        } else {
            let live = if self.is_live { "?live=1" } else { "" };
            (self.browser.gets(&format!("{}{live}", self.path())), Asked::Page { must_have: 0 })
        };
        let connection = world.net.dial(self.number, world.addr, bytes.as_bytes());
        if let (Some(_), Asked::Form { number, .. }) = (connection, &asked) {
            world.is_sent_out(*number, self.lane);
        }
        match (connection, asked) {
            (Some(connection), asked) => self.asked = Some((connection, Arrived::default(), asked)),
            (None, asked) => self.is_not_answered(asked, world),
        }
    }

    fn form(&self, number: Number, world: &mut World) -> String {
        let text = world.book.get(number).unwrap().text.clone();
        let name = if world.happens(700) { world.a_name(self.number) } else { String::new() };
        let typed = [("text", text.as_str()), ("name", name.as_str())];
        if !self.browser.has_a_session() {
            world.notes("a stranger's form");
        }
        // Only a stranger's form asks for a name.
        let typed = if self.browser.has_a_session() { &typed[..1] } else { &typed[..] };
        self.browser.posts(&self.path(), typed)
    }

    fn is_not_answered(&mut self, asked: Asked, world: &mut World) {
        match asked {
            Asked::Form { number, bytes } => self.again = Some((number, bytes)),
            Asked::Page { .. } => {}
        }
        world.comes_again(self.number);
    }

    fn is_answered(&mut self, answer: &Answer, asked: Asked, world: &mut World) {
        match asked {
            Asked::Page { must_have } => {
                world.notes(&format!("page {}", answer.status));
                if answer.status != 200 {
                    return world.comes_again(self.number);
                }
                world.is_well(self.number);
                self.browser.takes(answer);
                if !self.is_live {
                    self.looks(&answer.body, must_have, world);
                }
                if self.unsaid.is_some() {
                    return world.wakes_within(self.number, 1, 10);
                }
                world.wakes_within(self.number, 4_000, 20_000);
            }
            Asked::Form { number, bytes } => {
                world.notes(&format!("form {}", answer.status));
                self.has_said(answer, number, bytes, world);
            }
        }
    }

    fn has_said(&mut self, answer: &Answer, number: Number, bytes: String, world: &mut World) {
        match answer.status {
            303 => {
                self.browser.takes(answer);
                world.is_called_sent(number, None);
                let path = answer.header("location").unwrap_or("/").to_owned();
                self.next_page = Some((path, number));
            }
            // The message may be shown or not; it is safe to send it again.
            429 | 503 => {
                self.again = Some((number, bytes));
                return world.comes_again(self.number);
            }
            403 => {
                world.is_refused(number, "form 403");
                self.browser.forgets();
            }
            status => {
                world.is_refused(number, &format!("form {status}"));
                self.browser.takes(answer);
            }
        }
        world.wakes_within(self.number, 1, 10);
    }

    /// One page, as a view of its own.
    fn looks(&self, page: &str, must_have: Number, world: &mut World) {
        let view = world.opens(self.number, Log::Room(self.room), Shape::Page);
        world.views[view].must_have = must_have;
        for shown in rows(&world.book, page) {
            world.saw(view, Event::Line(shown));
        }
        world.closes(view);
    }

    fn opens_the_frame(&mut self, world: &mut World) {
        let frame = self.browser.frame.take().filter(|_| self.browser.has_a_session());
        let Some(path) = frame else { return };
        self.arrived = Arrived::default();
        self.rest.clear();
        let bytes = self.browser.gets(&path);
        self.frame = world.net.dial(self.number, world.addr, bytes.as_bytes());
    }

    fn frame_is_over(&mut self, world: &mut World) {
        self.frame = None;
        if let Some(view) = self.view.take() {
            world.closes(view);
        }
        // The browser's error page offers to load the page again.
        world.comes_again(self.number);
    }

    fn hears_of_the_frame(&mut self, connection: ConnectionId, news: News, world: &mut World) {
        match news {
            News::Open => {}
            News::Bytes(bytes) => {
                self.arrived.add(&bytes);
                if self.view.is_none() {
                    let Some((status, _)) = self.arrived.head() else { return };
                    if status != 200 {
                        world.notes(&format!("frame {status}"));
                        world.net.close(connection, How::Fin);
                        return self.frame_is_over(world);
                    }
                    self.view = Some(world.opens(self.number, Log::Room(self.room), Shape::Rows));
                }
                self.takes_rows(world);
            }
            News::Ended => {
                world.counts_a_lost_line(self.number);
                self.frame_is_over(world);
            }
        }
    }

    fn takes_rows(&mut self, world: &mut World) {
        let Some(view) = self.view else { return };
        while let Some(line) = self.arrived.line() {
            self.rest += &line;
            // A text may have more than one line; its item has an end.
            while let Some((item, rest)) = self.rest.split_once("</li>") {
                if let Some((_, item)) = item.split_once("<li value=\"")
                    && let Some(shown) = row(&world.book, item)
                {
                    world.saw(view, Event::Line(shown));
                }
                self.rest = rest.to_owned();
            }
        }
    }
}

impl Guest for Form {
    fn wakes(&mut self, world: &mut World) {
        if self.is_live && self.frame.is_none() {
            self.opens_the_frame(world);
        }
        if self.is_live && !self.browser.has_a_session() && !world.is_ending {
            // A stream needs a session, so the guest says something first.
            self.says(world);
        }
        self.goes_on(world);
    }

    fn hears(&mut self, connection: ConnectionId, news: News, world: &mut World) {
        if self.frame == Some(connection) {
            return self.hears_of_the_frame(connection, news, world);
        }
        let Some((_, mut arrived, asked)) = self.asked.take_if(|(its, ..)| *its == connection)
        else {
            return;
        };
        match news {
            News::Open => self.asked = Some((connection, arrived, asked)),
            News::Bytes(bytes) => {
                arrived.add(&bytes);
                match arrived.answer() {
                    Some(answer) => {
                        world.hangs_up(connection);
                        self.is_answered(&answer, asked, world);
                    }
                    None => self.asked = Some((connection, arrived, asked)),
                }
            }
            News::Ended => {
                world.counts_a_lost_line(self.number);
                self.is_not_answered(asked, world);
            }
        }
    }

    fn says(&mut self, world: &mut World) {
        if self.unsaid.is_some() || self.again.is_some() {
            return;
        }
        let text = words(&mut world.rng);
        self.unsaid = Some(world.book.write(self.number, self.room, What::Say, &text));
        world.wakes_within(self.number, 1, 10);
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.asked.as_ref().map(|(connection, ..)| *connection).or(self.frame)
    }

    fn is_settled(&self, _world: &World) -> bool {
        let is_saying = matches!(self.asked, Some((_, _, Asked::Form { .. })));
        let is_done = self.unsaid.is_none() && self.again.is_none() && !is_saying;
        // A frame needs a session.
        is_done && (!self.is_live || self.view.is_some() || !self.browser.has_a_session())
    }

    fn has_heard(&self, ends: &[Number], world: &World) -> bool {
        self.view.is_none_or(|view| world.newest(view) == ends[usize::from(self.room)])
    }

    fn leaves(&mut self, for_good: bool, world: &mut World) -> bool {
        let is_done = self.unsaid.is_none() && self.again.is_none() && self.asked.is_none();
        if for_good && !is_done {
            return false;
        }
        if let Some(frame) = self.frame.take() {
            world.hangs_up(frame);
            self.frame_is_over(world);
        }
        true
    }

    fn state(&self) -> String {
        let Self { frame, view, unsaid, again, .. } = self;
        let again = again.as_ref().map(|(number, _)| *number);
        let asked = self.asked.is_some();
        format!(
            "form, frame {frame:?}, view {view:?}, to say {unsaid:?}, again {again:?}, asked {asked}"
        )
    }
}
