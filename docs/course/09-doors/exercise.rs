//! Lesson 9, the exercise: the rule of a round. Here the inboxes are separate, as channels are:
//! nobody can look into two of them in one step. Between any two calls others put something in.

use std::collections::HashSet;

/// Two of the hub's inboxes. No call waits.
pub trait Inboxes {
    /// How many words wait now.
    fn words_waiting(&mut self) -> usize;
    /// Takes the oldest word: the number of the client that said it.
    fn take_word(&mut self) -> Option<usize>;
    /// How many leavers wait now.
    fn leavers_waiting(&mut self) -> usize;
    /// Takes the oldest leaver. What a leaver said is in the inbox of words before that.
    fn take_leaver(&mut self) -> Option<usize>;
}

#[derive(Default)]
pub struct Hub {
    pub members: HashSet<usize>,
    pub heard: Vec<usize>,
}

impl Hub {
    /// A client says a word. If it is no member (any more), nobody hears it.
    fn say(&mut self, client: usize) {
        if self.members.contains(&client) {
            self.heard.push(client);
        }
    }

    fn forget(&mut self, client: usize) {
        self.members.remove(&client);
    }

    /// Plays one round. A round must end also while people talk without a pause.
    pub fn play_round(&mut self, inboxes: &mut impl Inboxes) {
        // YOUR TURN: the words are first, as they should be. Why are some not heard all the same?
        while let Some(client) = inboxes.take_word() {
            self.say(client);
        }
        while let Some(client) = inboxes.take_leaver() {
            self.forget(client);
        }
    }
}

fn main() {
    println!("run the test: rustc --edition 2021 --test exercise.rs && ./exercise");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    const LEAVERS: usize = 100;
    /// Stays, and talks without a pause.
    const TALKER: usize = LEAVERS;

    /// After each call of the hub, one more client says its last word and leaves.
    #[derive(Default)]
    struct Busy {
        words: VecDeque<usize>,
        leavers: VecDeque<usize>,
        left: usize,
        taken_in_round: usize,
        talks_without_pause: bool,
    }

    impl Busy {
        fn others_go_on(&mut self) {
            if self.left < LEAVERS {
                self.words.push_back(self.left);
                self.leavers.push_back(self.left);
                self.left += 1;
            }
            if self.talks_without_pause && self.words.len() < 64 {
                self.words.push_back(TALKER);
            }
        }
    }

    impl Inboxes for Busy {
        fn words_waiting(&mut self) -> usize {
            let waiting = self.words.len();
            self.others_go_on();
            waiting
        }

        fn take_word(&mut self) -> Option<usize> {
            self.taken_in_round += 1;
            assert!(self.taken_in_round <= 1_000, "people talk on, and this round never ends");
            let word = self.words.pop_front();
            self.others_go_on();
            word
        }

        fn leavers_waiting(&mut self) -> usize {
            let waiting = self.leavers.len();
            self.others_go_on();
            waiting
        }

        fn take_leaver(&mut self) -> Option<usize> {
            let leaver = self.leavers.pop_front();
            self.others_go_on();
            leaver
        }
    }

    /// Plays rounds until all leavers are gone, or 1,000 rounds. Everybody must be heard once.
    fn play(talks_without_pause: bool) {
        let mut inboxes = Busy { talks_without_pause, ..Busy::default() };
        let mut hub = Hub { members: (0..=LEAVERS).collect(), heard: Vec::new() };
        let mut rounds = 0;
        while hub.members.len() > 1 && rounds < 1_000 {
            inboxes.taken_in_round = 0;
            hub.play_round(&mut inboxes);
            rounds += 1;
        }
        assert_eq!(hub.members.len(), 1, "after {} rounds only the talker is left", rounds);
        let heard: Vec<_> = hub.heard.iter().copied().filter(|who| *who != TALKER).collect();
        let lost = (0..LEAVERS).filter(|who| !heard.contains(who)).count();
        assert_eq!(lost, 0, "last words that nobody heard");
        assert_eq!(heard.len(), LEAVERS, "a word was heard twice");
    }

    #[test]
    fn the_last_word_of_each_leaver_is_heard() {
        play(false);
    }

    #[test]
    fn a_round_ends_while_somebody_talks_without_a_pause() {
        play(true);
    }
}
