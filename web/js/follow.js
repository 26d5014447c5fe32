// A room as `threadbare.v1` tells it: every line once, in order, and no silent hole.
//
// Owns: the place in the room's log (its epoch, the last number seen), and whether the room
// is hidden: whoever makes it anew behind a restart makes it so.
// Must not know: the document, the line, one's own messages.
//
// docs/PROTOCOL.md, "Keeping the place", is what this file does.
//
// Next: `said.js`.

/** What has a number in the log. */
const LINES = new Set(['message', 'me', 'edit', 'delete', 'topic', 'private']);

/**
 * Follows `room` (`null`: one's private messages), on from a place where one has been. What `heard` is told:
 *   joined(told, before)  one is in; `before` is true if one has been in already;
 *   line(told)            a line of the log;
 *   hole(name, values)    something is not here, `name` is its sentence;
 *   notKept(from, to, n)  these numbers, seen already, are gone; `n` lines had one of them;
 *   behind()              what comes next waits until the box can tell it;
 *   caughtUp()            one has everything.
 */
export function follow({ room, heard, from = { epoch: '', seq: 0 } }) {
  let { epoch, seq } = from;
  let hidden = false;

  function joined(told) {
    const before = Boolean(epoch);
    const isAnother = before && epoch !== told.epoch;
    if (isAnother) heard.hole('newEpoch');
    if (!before || isAnother) seq = told.from - 1;
    ({ epoch, hidden } = told);
    heard.joined(told, before);
  }

  function line(told) {
    if (told.seq <= seq) return;
    // It cannot be; if it is, it is said.
    if (told.seq > seq + 1) heard.hole('tooOld', { n: told.seq - seq - 1 });
    seq = told.seq;
    heard.line(told);
  }

  return {
    /** Where one wants to be, for a hello. */
    place: () => ({ room, ...(epoch ? { epoch, seq } : {}), ...(hidden ? { hidden } : {}) }),
    seq: () => seq,

    /** Something the box said about this room. False: none of a log's business. */
    hear(told) {
      if (LINES.has(told.type)) line(told);
      else if (told.type === 'joined') joined(told);
      else if (told.type === 'too-old') {
        seq = told.to;
        heard.hole('tooOld', { n: told.to + 1 - told.from });
      } else if (told.type === 'skipped') {
        seq = told.to;
        heard.hole('skipped', { n: told.to + 1 });
      } else if (told.type === 'not-kept') {
        seq = told.from - 1;
        heard.notKept(told.from, told.to, told.lines ?? told.to + 1 - told.from);
      } else if (told.type === 'behind') heard.behind();
      else if (told.type === 'caught-up') heard.caughtUp();
      else if (told.type === 'set') ({ hidden } = told);
      else return false;
      return true;
    },
  };
}
