// How far one had read when one was here last.
//
// Owns: that number, for each room, on the shelf.
// Must not know: the log, rows.
//
// Next: `lines.js`.

import { openShelf } from './shelf.js';

const nameOf = (room) => `threadbare.seen.${room}`;

/** The last number seen in `room`: in which log, and which. */
export function lastSeenIn(room) {
  const [epoch, seq] = openShelf(() => localStorage).read(nameOf(room)).split('.');
  return { epoch, seq: Number(seq) || 0 };
}

/** Keeps it, as long as one is there. */
export function keepLastSeen(room) {
  const shelf = openShelf(() => localStorage);
  const before = lastSeenIn(room);
  return {
    /** Where one was when this page was opened, if that is the same log. */
    before: (now) => (before.epoch === now.epoch ? before.seq : 0),
    is: (place) => { if (place.epoch) shelf.write(nameOf(room), `${place.epoch}.${place.seq}`); },
  };
}
