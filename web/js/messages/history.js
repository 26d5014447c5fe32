// Older lines of the room: the page asks the server for them when the reader comes near, or goes to
// one of them.
//
// Owns: which request is under way, and what is asked next.
// Must not know: what becomes of the lines, where the reader is.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { HISTORY_PAGE } from '../limits.js';

/**
 * Asks the server for older lines, one request at a time, because an answer does not say which one
 * it answers. A wish is { before, from, done(lines, more) }: the lines before one number, on from
 * the other, as far as they are stored, oldest first; `more`: the server has others before them.
 * `isUrgent`: the reader waits for it.
 */
export function openHistory(send, askedChanged) {
  let asked = null;
  let next = null;

  function ask(wish) {
    if (asked) {
      // An urgent wish waits for the answer that is under way.
      if (wish.isUrgent) next = wish;
      return;
    }
    const isSent = send({ type: 'history', room: currentRoom, before: wish.before, count: HISTORY_PAGE });
    if (isSent) asked = { lines: [], ...wish };
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
    /** The connection is lost: an urgent wish is asked again on the next one. */
    connectionLost() {
      if (asked && asked.isUrgent) next = next || asked;
      asked = null;
    },
  };
}
