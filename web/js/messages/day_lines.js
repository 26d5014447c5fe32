// The line with the day that stays in sight above the first row gives way to the next day's line.
//
// Owns: that a reader sees one such line at the top of a log, and not two on each other; and that
// the lines are drawn again when a day ends, because one of them says which day is today.
// Must not know: which days there are.
//
// Part: `chat.js`.

import { pageElement } from '../layout.js';

/** The space between the line that stays in sight and the next one, below which it gives way. */
const APART_PX = 18;
/** A timer may be a little early. */
const AFTER_MIDNIGHT_MS = 500;

function giveWay(box) {
  const days = Array.from(box.querySelectorAll('.day'), (row) => ({ row, place: row.getBoundingClientRect() }));
  days.forEach(({ row, place }, nth) => {
    const next = days[nth + 1];
    row.classList.toggle('gives-way', Boolean(next) && next.place.top < place.bottom + APART_PX);
  });
}

/** Calls `redraw()` at the end of each day; on a device that was asleep then, when it wakes up. */
function watchMidnight(redraw) {
  let today = new Date().toDateString();

  function look() {
    if (today === new Date().toDateString()) return;
    today = new Date().toDateString();
    redraw();
  }

  function lookAtMidnight() {
    const now = new Date();
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
    setTimeout(() => {
      look();
      lookAtMidnight();
    }, midnight - now + AFTER_MIDNIGHT_MS);
  }

  lookAtMidnight();
  document.addEventListener('visibilitychange', look);
}

/** Watches the logs that show days. `redraw()` draws their rows again. */
export function watchDayLines(redraw) {
  watchMidnight(redraw);
  for (const box of ['#box', '#letters .box', '#results .box'].map(pageElement)) {
    box.addEventListener('scroll', () => giveWay(box), { passive: true });
  }
}
