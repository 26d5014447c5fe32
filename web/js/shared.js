// What the tab that holds the line tells those that rest: how much is new in their rooms.
//
// Owns: those counts on the shelf, written once a second at most.
// Must not know: what is counted.
//
// Next: `doors.js`.

import { COUNTS_TOLD_MS } from './limits.js';
import { openShelf } from './shelf.js';

const FRESH = 'threadbare.fresh.';

/** `isTold(n)` hears of this room, while `isResting()`. */
export function shareCounts({ here, isResting, isTold }) {
  const shelf = openShelf(() => localStorage);
  let latest = [];
  let timer = 0;
  addEventListener('storage', ({ key, newValue }) => {
    if (key === FRESH + here && isResting()) isTold(Number(newValue) || 0);
  });

  function write() {
    timer = 0;
    latest.forEach(([room, n]) => shelf.write(FRESH + room, n ? String(n) : ''));
  }

  return {
    /** Of each room: how much is new. */
    tell(counts) {
      latest = counts;
      timer = timer || setTimeout(write, COUNTS_TOLD_MS);
    },
  };
}
