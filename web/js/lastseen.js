// How far one had read when one was here last.
//
// Owns: that number, for each room, on the shelf.
// Must not know: the log, rows.
//
// Next: `lines.js`.

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
