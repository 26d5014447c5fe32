// The line with the day that stays in sight above the first row gives way to the next day's line.
//
// Owns: that a reader sees one such line at the top of a log, and not two on each other.
// Must not know: which days there are.
//
// Part: `chat.js`.

import { pageElement } from '../layout.js';

/** The space between the line that stays in sight and the next one, below which it gives way. */
const APART_PX = 18;

function giveWay(box) {
  const days = Array.from(box.querySelectorAll('.day'), (row) => ({ row, place: row.getBoundingClientRect() }));
  days.forEach(({ row, place }, nth) => {
    const next = days[nth + 1];
    row.classList.toggle('gives-way', Boolean(next) && next.place.top < place.bottom + APART_PX);
  });
}

/** Watches the logs that show days. */
export function watchDayLines() {
  for (const box of ['#box', '#letters .box', '#results .box'].map(pageElement)) {
    box.addEventListener('scroll', () => giveWay(box), { passive: true });
  }
}
