//! The three levels of the game: two small programs each, one that can be broken and its cure.
//!
//! Owns: the steps, what is lost when a program is broken, and all words about a level.
//! Must not know: who makes the next step, the page.
//!
//! Part: `glass/schedule/mod.rs`.

use super::machine::{Program, ProgramStep, StepAct, StepMachine};

/// One level: a program of two threads that some schedule breaks, and the cured one.
#[derive(Debug)]
pub(super) struct GameLevel {
    /// As it stands in the address.
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    /// What the two threads do.
    pub(super) story: &'static str,
    /// What the player tries to reach.
    pub(super) aim: &'static str,
    /// What was lost, when the program is broken.
    pub(super) lost: &'static str,
    /// What is different in the cured program.
    pub(super) cure: &'static str,
    /// Where Threadbare does that.
    pub(super) source: &'static str,
    /// The names of the threads `a` and `b`.
    pub(super) threads: [&'static str; 2],
    /// The names of what lies between the threads.
    pub(super) trays: &'static [&'static str],
    pub(super) broken: [Program; 2],
    pub(super) cured: [Program; 2],
    pub(super) is_broken: fn(&StepMachine) -> bool,
}

pub(super) static LEVELS: [GameLevel; 3] = [WAKE_UP, FRAME, LAST_WORD];

const fn step(words: &'static str, act: StepAct) -> ProgramStep {
    ProgramStep { words, act }
}

const WAKE_UP: GameLevel = GameLevel {
    number: "1",
    title: "A lost wake-up",
    story: "The writer and the hub share an outbox behind a lock. The writer wants one message. If \
        there is none, it sleeps. The hub pushes one message, and wakes the writer if it sleeps.",
    aim: "Reach the point where nobody can go on: the writer is asleep, and a message waits.",
    lost: "The wake-up is lost: it came before the writer slept, so the writer sleeps for ever, \
        and the message in the outbox is never sent.",
    cure: "The writer unlocks and sleeps in one step. The hub can push only before the writer \
        looks or after it sleeps.",
    source: "src/server/outbox/mod.rs",
    threads: ["writer", "hub"],
    trays: &["outbox", "taken by the writer"],
    broken: [
        &[
            LOCK,
            step("look: is a message there? If yes, go to 5", StepAct::JumpIf(0, 4)),
            UNLOCK,
            step("sleep; when woken, go to 1", StepAct::Sleep),
            TAKE,
            UNLOCK,
        ],
        PUSH,
    ],
    cured: [
        &[
            LOCK,
            step("look: is a message there? If yes, go to 4", StepAct::JumpIf(0, 3)),
            step("unlock and sleep, in one step; when woken, go to 1", StepAct::UnlockAndSleep),
            TAKE,
            UNLOCK,
        ],
        PUSH,
    ],
    is_broken: |machine| machine.is_at_rest() && !machine.trays[0].is_empty(),
};

const LOCK: ProgramStep = step("lock", StepAct::Lock);
const UNLOCK: ProgramStep = step("unlock", StepAct::Unlock);
const TAKE: ProgramStep = step("take the message", StepAct::Move(0, 1));
const PUSH: Program = &[
    LOCK,
    step("push the message", StepAct::Put(0, "the message")),
    UNLOCK,
    step("wake who sleeps", StepAct::Wake),
];

const FRAME: GameLevel = GameLevel {
    number: "2",
    title: "A torn frame",
    story: "The writer and the hub send to one client: the writer sends Hi, the hub sends Yo. Each \
        sends a frame in two steps: first the head, which says that two bytes of text follow, then \
        the text. The client reads the bytes in the order in which they were sent.",
    aim: "Let the client read something else where it expects the text of a message.",
    lost: "The frame is torn: after the head of one frame the client reads the head of the other \
        as its text, so it loses both messages.",
    cure: "A lock belongs to the socket. Who sends holds it from the first byte of a frame to the \
        last one.",
    source: "src/server/outbox/state.rs (MayWrite: one thread at a time may write)",
    threads: ["writer", "hub"],
    trays: &["socket"],
    broken: [&[HI_HEAD, HI_TEXT], &[YO_HEAD, YO_TEXT]],
    cured: [&[LOCK, HI_HEAD, HI_TEXT, UNLOCK], &[LOCK, YO_HEAD, YO_TEXT, UNLOCK]],
    is_broken: |machine| is_torn(&machine.trays[0]),
};

const HI_HEAD: ProgramStep = step("send the head of Hi", StepAct::Put(0, "head of Hi"));
const HI_TEXT: ProgramStep = step("send the text Hi", StepAct::Put(0, "text Hi"));
const YO_HEAD: ProgramStep = step("send the head of Yo", StepAct::Put(0, "head of Yo"));
const YO_TEXT: ProgramStep = step("send the text Yo", StepAct::Put(0, "text Yo"));

/// Returns whether a head is followed by anything but the text of the same frame.
fn is_torn(socket: &[&str]) -> bool {
    let mut pairs = socket.chunks_exact(2);
    pairs.any(|pair| pair[0].strip_prefix("head of") != pair[1].strip_prefix("text"))
}

const LAST_WORD: GameLevel = GameLevel {
    number: "3",
    title: "Last words lost",
    story: "A client says bye, and leaves. Its word comes by one inbox, its leave by another one. \
        The hub was woken by something else, and is at the beginning of a round: it looks into both \
        inboxes. When it knows that the client left, it forgets the client; it throws away the \
        word of a client that it does not know.",
    aim: "Let the hub forget the client before the room has heard bye.",
    lost: "The last word is lost: the hub has forgotten the client while bye still lay in the \
        inbox of words, so the room never hears it.",
    cure: "The hub looks into the inbox of leaves first. If a leave is there, the client said its \
        last word before that, so the hub finds it when it looks for words, and forgets the \
        client after that.",
    source: "src/server/hub/mod.rs",
    threads: ["client", "hub"],
    trays: &["inbox of words", "inbox of leaves", "the hub knows", "the room has heard"],
    broken: [SAY_BYE, &[TAKE_WORDS, TAKE_LEAVES, FORGET, REST]],
    cured: [SAY_BYE, &[TAKE_LEAVES, TAKE_WORDS, FORGET, REST]],
    is_broken: |machine| machine.next(1).is_none() && !machine.trays[0].is_empty(),
};

const SAY_BYE: Program = &[
    step("put bye into the inbox of words", StepAct::Put(0, "bye")),
    step("put its leave into the inbox of leaves", StepAct::Put(1, "the client left")),
];
const TAKE_WORDS: ProgramStep =
    step("take all words, and tell them to the room", StepAct::Move(0, 3));
const TAKE_LEAVES: ProgramStep = step("take all leaves, and note them", StepAct::Move(1, 2));
const FORGET: ProgramStep =
    step("is a leave noted? If yes, forget the client: the end", StepAct::JumpIf(2, 4));
const REST: ProgramStep =
    step("sleep until an inbox has something, then go to 1", StepAct::SleepUntilFilled);
