// How far one had read when one was here last.
//
// Owns: that number, for each room, on the shelf.
// Must not know: the log, rows.
//
// Next: `lines.js`.

import { openShelf } from './shelf.js';

/** The last number seen in `room`: in which log, and which. */
export function keepLastSeen(room) {
  const shelf = openShelf(() => localStorage);
  const name = `threadbare.seen.${room}`;
  const [epoch, seq] = shelf.read(name).split('.');
  const before = { epoch, seq: Number(seq) || 0 };
  return {
    /** Where one was when this page was opened, if that is the same log. */
    before: (now) => (before.epoch === now.epoch ? before.seq : 0),
    is: (place) => { if (place.epoch) shelf.write(name, `${place.epoch}.${place.seq}`); },
  };
}
