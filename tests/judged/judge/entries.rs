//! What happened to each entry of the book: what the server told its sender must be true.

use std::collections::HashMap;

use super::super::book::{Fate, Log};
use super::{Judge, Wrong};

impl Judge<'_> {
    pub(super) fn entries(&mut self) {
        self.fates();
        self.orders();
    }

    fn fates(&mut self) {
        for (number, entry) in self.book.all() {
            for log in self.book.logs(number) {
                let place = self.kept.places(log, number).first().copied();
                let told = || self.book.told(number);
                match (entry.fate, place) {
                    (Fate::Sent(_), None) => {
                        self.finds(Wrong::Lost, format!("{} is not in {log:?}", told()));
                    }
                    // The number in `sent` is that of the sender's own log.
                    (Fate::Sent(Some(seq)), Some(place))
                        if self.kept.line(log, place).seq != seq
                            && log != Log::Private(self.receiver(number)) =>
                    {
                        let around = self.log_around(log, place);
                        self.finds(Wrong::Altered, format!("{} is {around}", told()));
                    }
                    (Fate::Heard, None) if entry.life == self.last_life => {
                        self.finds(Wrong::Lost, format!("{} is not in {log:?}", told()));
                    }
                    (Fate::Ignored, _) if entry.life == self.last_life => {
                        self.finds(Wrong::Lost, format!("{} was never shown to it", told()));
                    }
                    (Fate::Refused | Fate::Unsaid, Some(place)) => {
                        let around = self.log_around(log, place);
                        self.finds(Wrong::Invented, format!("{} is {around}", told()));
                    }
                    _ => {}
                }
            }
        }
    }

    /// The receiver of a private message; `u32::MAX` for any other entry.
    fn receiver(&self, number: u32) -> u32 {
        match self.book.get(number).map(|entry| entry.what) {
            Some(super::super::book::What::Private(to)) => to,
            _ => u32::MAX,
        }
    }

    /// The messages of one guest must be in the order in which it said them.
    fn orders(&mut self) {
        let mut last: HashMap<(u32, u32, Log), (u32, usize)> = HashMap::new();
        for (number, entry) in self.book.all().filter(|(_, entry)| !entry.is_loose) {
            for log in self.book.logs(number) {
                let Some(place) = self.kept.places(log, number).first().copied() else { continue };
                let before = last.insert((entry.by, entry.lane, log), (number, place));
                if let Some((earlier, at)) = before.filter(|(_, at)| *at > place) {
                    let (one, other) = (self.book.told(earlier), self.book.told(number));
                    let (first, second) =
                        (self.kept.line(log, at).seq, self.kept.line(log, place).seq);
                    let told = format!(
                        "{one} is #{first}, and behind it was said {other}, which is #{second} of {log:?}"
                    );
                    self.finds(Wrong::OutOfOrder, told);
                }
            }
        }
    }
}
