// Which older lines the page loads: those next to what is shown, and those around a line that the
// reader goes to.
//
// Owns: which request is under way, what is asked next, and how far each request reaches.
// Must not know: what a line means, where the reader is.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { HISTORY_PAGE, LINES_AROUND, NEAR_LINES } from '../limits.js';

// --- One request at a time -----------------------------------------------------------

/**
 * Asks the server for older lines, one request at a time, because an answer does not say which one
 * it answers. A wish is { before, from, done(lines, more), count }: the lines before one number, on
 * from the other, as far as they are stored, oldest first; `more`: the server has others before
 * them. `count` is how many to ask for at a time. `isUrgent`: the reader waits for it. A wish may
 * need several answers: `lines` are those that have come, and `first` is where the first answer
 * began.
 */
function openHistory(send, askedChanged) {
  let asked = null;
  let next = null;

  function ask(wish) {
    if (asked) {
      // An urgent wish waits for the answer that is under way.
      if (wish.isUrgent) next = wish;
      return;
    }
    const isSent = send({ type: 'history', room: currentRoom, before: wish.before, count: wish.count || HISTORY_PAGE });
    if (isSent) asked = { lines: [], first: wish.before, ...wish };
    else if (wish.isUrgent) next = wish;
    askedChanged();
  }

  function askNext() {
    const wish = next;
    [asked, next] = [null, null];
    if (wish) ask(wish);
    askedChanged();
  }

  return {
    ask,
    askNext,
    isAsking: () => Boolean(asked),
    taken(frame) {
      const wish = asked;
      // After a lost connection an answer may come twice.
      const lines = frame.lines.filter(({ seq }) => wish && seq < wish.before);
      if (!wish || (frame.lines.length && !lines.length)) return;
      if (next) {
        askNext();
        return;
      }
      asked = null;
      const all = [...lines, ...wish.lines];
      const isDone = !frame.more || !lines.length || lines[0].seq <= wish.from;
      if (isDone) wish.done(all, frame.more && lines.length > 0);
      else ask({ ...wish, lines: all, before: lines[0].seq });
      askedChanged();
    },
    /** The server has refused a request, perhaps this one. */
    refused() {
      const wish = asked;
      askNext();
      if (wish && wish.failed) wish.failed();
    },
    /** Forgets the lines that have come for a wish: it begins anew. */
    forget() {
      const anew = (wish) => wish && { ...wish, lines: [], before: wish.first || wish.before };
      next = anew(next) || (asked && asked.lines.length ? anew(asked) : null);
    },
    /** The connection is lost: an urgent wish is asked again on the next one. */
    connectionLost() {
      if (asked && asked.isUrgent) next = next || asked;
      asked = null;
    },
  };
}

// --- How far a request reaches ---------------------------------------------------------

/**
 * Loads older lines into the log view `view`. `send(request)` sends a request; `toItems(lines)`
 * returns the items of lines; `askedChanged()` is called when older lines are asked for, or not any
 * more.
 */
export function openOlderLines({ send, view, toItems, askedChanged }) {
  const history = openHistory(send, askedChanged);
  // How many numbers the next request for newer lines reaches: more if the last answer had no such
  // line.
  let step = HISTORY_PAGE;

  /** Adds lines before those that are shown; on from the number `from`, if there is one. */
  function askOlder(wish = {}) {
    const start = view.start();
    history.ask({
      before: start,
      from: Infinity,
      ...wish,
      done(lines, more) {
        // Another piece may be shown meanwhile.
        if (view.start() !== start) {
          if (wish.again) wish.again();
          return;
        }
        view.addOlder(toItems(lines), more, lines.length ? lines[0].seq : start);
        if (wish.done) wish.done();
      },
    });
  }

  /** Adds lines behind a piece that is not live. */
  function askNewer() {
    const newest = view.newest();
    const before = Math.min(newest + 1 + step, view.liveStart());
    history.ask({
      before,
      from: newest + 1,
      done(lines) {
        if (view.newest() !== newest) return;
        // Where all these numbers have no line, the server sends the lines before them, which are
        // here.
        const newer = lines.filter(({ seq }) => seq > newest);
        step = newer.length ? HISTORY_PAGE : step * 2;
        view.addNewer(toItems(newer), before - 1);
      },
    });
  }

  /**
   * Loads the line of this number and those around it, then calls `done()`; `failed()` if the
   * server refuses.
   */
  function load(seq, done, failed = () => {}) {
    const isIn = view.start() <= seq && seq <= view.newest();
    if (isIn || seq >= view.liveStart()) {
      done();
    } else if (view.isLive() && seq > view.start() - NEAR_LINES) {
      // All lines between are loaded, so that the reader can scroll all the way.
      askOlder({ isUrgent: true, from: seq - LINES_AROUND, done, failed, again: () => load(seq, done, failed) });
    } else {
      loadAround(seq, LINES_AROUND, done, failed);
    }
  }

  /**
   * Loads the lines around a number, up to `reach` behind it. If none of them is stored, it reaches
   * further.
   */
  function loadAround(seq, reach, done, failed) {
    const before = Math.min(seq + reach, view.liveStart());
    history.ask({
      isUrgent: true,
      before,
      from: seq - LINES_AROUND,
      failed,
      done(lines, more) {
        if (!lines.length && before < view.liveStart()) {
          loadAround(seq, reach * 2, done, failed);
          return;
        }
        view.jump(toItems(lines), { oldest: lines.length ? lines[0].seq : before, newest: before - 1, hasOlder: more });
        // The piece may reach up to the live one now.
        view.addNewer([], before - 1);
        done();
      },
    });
  }

  return {
    ...history,
    /** Asks for lines before those that are shown, unless something is asked already. */
    askOlder: () => askOlder(),
    /** Asks for lines behind those that are shown, unless something is asked already. */
    askNewer,
    load,
  };
}
