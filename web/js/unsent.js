// What was said here and is not kept by the box yet.
//
// Owns: the queue of own messages, their ids and states, when one is given back, and their copies on the
// shelf, which outlive a reload.
// Must not know: sockets, the document.
//
// A message has an id of its own from its first moment. Whatever becomes of the
// line, of the page or of the box: until the box says *sent* it is said again under
// that id, and the box says the same id once.
//
// Next: `drafts.js`.

import { GIVEN_BACK_FROM_MS, SHOWN_AGAIN_MS, UNANSWERED_MAX, UNSENT_MAX } from './limits.js';
import { randomHex } from './shelf.js';

/** What has a row of its own; a change of an old message has none. */
const ROWS = new Set(['say', 'me']);

/**
 * What is unsent in `room` (`null`: to one person alone).
 *
 * `session` has the shelf; `send(message)` hands a message to the line and says whether there was one.
 * `changed(item)` hears of every item whose state changed, `refused(item, told)` of one that the box will not have,
 * `waits(ms)` of a pause that it wants (who has no such function wants nothing back for a pause); `epoch()` says
 * which log's numbers hold there now. States:
 *   waiting  goes out by itself, in order, as soon as there is a line (`isHeld`: there is
 *            one, but its turn has not come);
 *   sending  handed to the line;
 *   shown    its line came, so everybody has it; the box has yet to keep it;
 *   sent     kept (and it is no longer in here).
 */
export function keepUnsent({ room, session, send, changed, refused, waits, epoch = () => '' }) {
  const shelf = session.shelf();
  // No room is called so.
  const prefix = `threadbare.unsent.${room === null ? '@' : room}.`;
  let queue = restored();
  let [pauseTimer, shownTimer] = [0, 0];
  let [isOpen, isSlow] = [false, false];

  /** `more` is what else its kind of message has: which line it changes, whom it is for. */
  function item(id, { type, text, at, more, of }) {
    return { kind: 'said', own: true, id, type, text, at, more, of, state: 'waiting', since: at, isHanded: false, seq: 0 };
  }

  function store({ id, type, text, at, more, of }) {
    shelf.write(prefix + id, JSON.stringify({ type, text, at, more, of }));
  }

  function hand({ id, type, text, at, more }) {
    return send({ type, ...(room === null ? { waited: Math.max(0, Date.now() - at) } : { room }), ...more, id, text });
  }

  function restored() {
    const found = [];
    for (const name of shelf.names().filter((one) => one.startsWith(prefix))) {
      try {
        // The page before may have handed it to its line.
        found.push({ ...item(name.slice(prefix.length), JSON.parse(shelf.read(name))), isHanded: true });
      } catch (torn) {
        shelf.write(name, '');
      }
    }
    return found.sort((one, other) => one.at - other.at);
  }

  const find = (id) => queue.find((one) => one.id === id);

  function become(one, state) {
    one.state = state;
    changed(one);
  }

  function drop(one) {
    queue = queue.filter((other) => other !== one);
    shelf.write(prefix + one.id, '');
  }

  /** Everybody had these, and they were deleted before they were kept. */
  const letDeletedGo = () => queue.filter(({ text }) => text === null).forEach(keep);

  /** What was to change in a log that is no more: its numbers are other lines' now, and must not be in the field. */
  function endChangesOfOtherLogs() {
    for (const one of queue.filter(({ more, of }) => more && more.seq && of !== epoch())) {
      drop(one);
      refused({ ...one, type: one.type === 'delete' ? 'delete' : 'say', more: {} }, { reason: 'not-yours' });
    }
  }

  /** What everybody has is said again, to be kept: few at a time, or the box would end the line; one, if it is slow. */
  function sayShownAgain() {
    const due = isOpen ? queue.filter((one) => one.isDue) : [];
    for (const one of due.slice(0, isSlow ? 1 : UNANSWERED_MAX)) one.isDue = !hand(one);
    if (due.length) sayShownAgainSoon();
  }

  function sayShownAgainSoon() {
    clearTimeout(shownTimer);
    shownTimer = setTimeout(sayShownAgain, SHOWN_AGAIN_MS);
  }

  /** Few at a time: then the box never has to refuse one, and their order holds. */
  function pump() {
    letDeletedGo();
    let unanswered = queue.filter((one) => one.state === 'sending').length;
    let isStuck = false;
    for (const one of queue.filter(({ state }) => state === 'waiting')) {
      one.isHeld = isOpen && !isStuck && (pauseTimer > 0 || unanswered >= UNANSWERED_MAX);
      if (!isOpen || isStuck || one.isHeld) continue;
      isStuck = !hand(one);
      if (isStuck) continue;
      one.isHanded = true;
      unanswered += 1;
      become(one, 'sending');
    }
  }

  /** What waits for long is better in the field; but of several each keeps its place. */
  function comesBack(one, { wait = 0 }) {
    const isAlone = queue.every((other) => other === one || other.seq);
    return waits && isAlone && wait >= GIVEN_BACK_FROM_MS && one.type !== 'delete' && !one.isLost;
  }

  /** The box has it, whether its line came or lies further up than we look. */
  function keep(one) {
    drop(one);
    become(one, 'sent');
  }

  function takeBack(one) {
    drop(one);
    changed(one);
    pump();
  }

  // Another tab has said it, or there its author took it back.
  addEventListener('storage', ({ key, newValue }) => {
    const one = !newValue && key && key.startsWith(prefix) && find(key.slice(prefix.length));
    if (one && one.seq) keep(one);
    else if (one && !one.isLost) takeBack(one);
  });

  return {
    /** Own messages that stand nowhere in the log yet, oldest first. */
    tail: () => queue.filter((one) => ROWS.has(one.type) && !one.seq && !one.isLost),
    /** All that no line came of yet. */
    all: () => queue.filter((one) => !one.seq),
    /** What is to change an own line of this log, and did not yet. */
    changeOf: ({ seq }) => seq && queue.find((one) => !one.seq && one.more && one.more.seq === seq && one.of === epoch()),
    isEmpty: () => !queue.length,
    isFull: () => queue.length >= UNSENT_MAX,

    /** Takes a text over from the field; from here on it cannot be lost. */
    take(type, text, more = {}) {
      const one = item(randomHex(8), { type, text, at: Date.now(), more, of: epoch() });
      queue.push(one);
      store(one);
      changed(one);
      pump();
      return one;
    },

    /**
     * There is a line again, and all that was missed is here: what is not kept, and did
     * not come with it, is said again, in order.
     */
    lineOpened() {
      [isOpen, isSlow] = [true, false];
      clearTimeout(pauseTimer);
      pauseTimer = 0;
      endChangesOfOtherLogs();
      letDeletedGo();
      for (const one of queue) {
        one.isDue = one.state === 'shown';
        if (one.state === 'sending') become(one, 'waiting');
      }
      sayShownAgain();
      pump();
    },

    lineLost() {
      isOpen = false;
      for (const one of queue) {
        one.isHeld = false;
        const state = one.seq ? 'shown' : 'waiting';
        if (one.state !== state && !one.isKept) become(one, state);
      }
    },

    /** The own message that this line is, if it is one. */
    lineCame({ id, seq, time }) {
      const one = id && find(id);
      if (!one) return null;
      one.seq = seq;
      one.at = time;
      if (one.isKept) keep(one);
      else become(one, 'shown');
      pump();
      return one;
    },

    /** The box keeps it. `away`: who it is for was not there; `isSeen`: its line has come, or will not come any more. */
    sent({ id, away }, isSeen) {
      const one = find(id);
      if (!one) return;
      Object.assign(one, { isKept: true, toAway: Boolean(away) });
      if (isSeen) keep(one);
      pump();
    },

    /** The box said no to one of these. True: it was one. */
    refused(told) {
      const one = told.id && find(told.id);
      if (!one) return false;
      if (one.seq) {
        // Everybody has it: in the field it would be said twice. Without a pause it was the box that was too slow.
        [one.isDue, isSlow] = [true, !told.wait];
        sayShownAgainSoon();
      } else if (told.reason === 'too-fast' && !comesBack(one, told)) {
        become(one, 'waiting');
        clearTimeout(pauseTimer);
        pauseTimer = setTimeout(() => { pauseTimer = 0; pump(); }, told.wait || 1000);
        if (waits) waits(told.wait || 1000);
      } else {
        drop(one);
        refused(one, told);
      }
      pump();
      return true;
    },

    /** Its author wants it back: it is not said any more, if it was not yet. */
    takeBack,

    /** It was shown, but the box has lost it: it is said again, under its id. */
    again(one) {
      if (!one.id || find(one.id)) return;
      if (one.type === 'message') one.type = 'say';
      one.more = one.more || {};
      one.seq = 0;
      one.isKept = false;
      // Its row stays where it is, and is its second coming's.
      one.isLost = true;
      queue.push(one);
      store(one);
      become(one, 'waiting');
      pump();
    },
  };
}
