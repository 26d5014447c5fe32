// How far one had read when one was here last.
//
// Owns: that number, for each room, on the shelf.
// Must not know: the log, rows.
//
// Next: `lines.js`.

import { SEEN_OF_MAX } from './limits.js';
import { openShelf } from './shelf.js';

/** One for all: to open a shelf is to write on it, and other tabs hear of that. */
let seenShelf = null;
const SEEN_NAME = 'threadbare.seen.';

function shelfOfSeen() {
  seenShelf = seenShelf || openShelf(() => localStorage);
  return seenShelf;
}

/** The last number seen in `room`: in which log, and which. */
export function lastSeenIn(room) {
  const [epoch, seq] = shelfOfSeen().read(SEEN_NAME + room).split('.');
  return { epoch, seq: Number(seq) || 0 };
}

/** Keeps it, as long as one is there. */
export function keepLastSeen(room) {
  const before = lastSeenIn(room);
  return {
    /** Where one was when this page was opened, if that is the same log. */
    before: (now) => (before.epoch === now.epoch ? before.seq : 0),
    is: (place) => { if (place.epoch) shelfOfSeen().write(SEEN_NAME + room, `${place.epoch}.${place.seq}`); },
    /** The same, but another tab may have seen more. */
    rises({ epoch, seq }) {
      const now = lastSeenIn(room);
      const isLess = now.epoch === epoch && now.seq >= seq;
      if (epoch && !isLess) shelfOfSeen().write(SEEN_NAME + room, `${epoch}.${seq}`);
    },
  };
}

/** How far one has read with each of several people in one log; the latest of them are kept. */
export function keepSeenOf(room) {
  const name = `threadbare.seenof.${room}`;
  let known = null;
  addEventListener('storage', ({ key }) => { if (!key || key === name) known = null; });

  function all() {
    try {
      known = known || JSON.parse(shelfOfSeen().read(name) || '{}') || {};
    } catch (torn) {
      known = {};
    }
    return known;
  }

  return {
    seq: (epoch, who) => Number((all()[epoch] || {})[who]) || 0,
    is(epoch, who, seq) {
      const { [who]: before, ...others } = all()[epoch] || {};
      const kept = Object.entries(others).slice(1 - SEEN_OF_MAX);
      known = { [epoch]: Object.fromEntries([...kept, [who, Math.max(seq, before || 0)]]) };
      shelfOfSeen().write(name, JSON.stringify(known));
    },
  };
}

/** A room is in another log now: of that one nothing was seen, up to before `from`. */
export function seenBegins(room, { epoch, from }) {
  if (lastSeenIn(room).epoch !== epoch) shelfOfSeen().write(SEEN_NAME + room, `${epoch}.${from - 1}`);
}

/** Whether somebody has seen this line of `room`, in whichever tab. */
export function isSeenIn(room, seq) {
  return lastSeenIn(room).seq >= seq;
}

/** Calls `seen()` when another tab has seen more. */
export function watchSeen(seen) {
  addEventListener('storage', ({ key }) => { if (!key || key.startsWith(SEEN_NAME)) seen(); });
}
