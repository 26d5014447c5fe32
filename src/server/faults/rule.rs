//! A rule that wraps another rule, so that the hub carries out the orders that clients give.
//!
//! Must not know: what an order does.
//!
//! Part: `server/faults/mod.rs`.

use std::time::Duration;

use super::meet;
use crate::server::hub::{Event, HubFormat, Now, Roster, Rule};

/// A function that returns the text of a request; `None`: the request has no text.
type Text<R> = fn(&<<R as Rule>::Format as HubFormat>::Request) -> Option<&str>;

/// A rule that wraps another rule. It carries out the orders in requests, and passes every event on
/// to the wrapped rule.
pub struct Faulty<R: Rule> {
    rule: R,
    text: Text<R>,
}

impl<R: Rule> Faulty<R> {
    /// Makes a rule that wraps `rule`. `text` is called for each request; an order may be in the
    /// text that it returns.
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
