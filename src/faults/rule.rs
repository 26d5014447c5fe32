//! A rule around another one, whose hub meets the orders that clients give.
//!
//! Owns: that.
//! Must not know: what an order does.
//!
//! Next: `hub/rule.rs`.

use std::time::Duration;

use super::meet;
use crate::client::ClientFormat;
use crate::hub::{Event, Now, Roster, Rule};

/// What a request says, if it says something.
type Text<R> = fn(&<<R as Rule>::Format as ClientFormat>::Request) -> Option<&str>;

/// The other rule, and how a request is read.
pub struct Faulty<R: Rule> {
    rule: R,
    text: Text<R>,
}

impl<R: Rule> Faulty<R> {
    /// Around this rule, for orders in what `text` finds.
    pub fn new(rule: R, text: Text<R>) -> Self {
        Self { rule, text }
    }
}

impl<R: Rule> Rule for Faulty<R> {
    type Format = R::Format;
    type Signal = R::Signal;

    fn roster(&mut self) -> &mut Roster<R::Format> {
        self.rule.roster()
    }

    fn step(&mut self, now: Now, event: Event<R::Format, R::Signal>) {
        if let Event::Asked(_, request) = &event {
            (self.text)(request).into_iter().for_each(meet);
        }
        self.rule.step(now, event);
    }

    fn alarm(&self) -> Option<Duration> {
        self.rule.alarm()
    }

    fn is_over(&self) -> bool {
        self.rule.is_over()
    }
}
