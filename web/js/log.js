// The log: what was said, as rows in a box that scrolls.
//
// Owns: which lines are rows. Changes are made to the lines first and drawn once per
// frame.
// Must not know: the line, the field, who said something first.
//
// Next: `frames.js`.

import { eachFrame } from './frames.js';
import { MESSAGES_MAX, ROWS_MAX, ROWS_PAGE, ROWS_READING_MAX } from './limits.js';
import { keepLines } from './lines.js';
import { keepPlace } from './place.js';
import { walkRows } from './row.js';
import { arrange } from './text.js';

/**
 * The log in `box` (which scrolls) and `list` (which holds the rows).
 *
 * `tail()` gives one's own messages that have no place yet: they stand last, in
 * order. `hides(item)`: the reader does not want to see it. `batch(items, atBottom)` hears of new items just before they are drawn and
 * may set the unread line. `moved()` hears of every change of the place, `older()`
 * that the oldest line is near and more would be read, `begins(seq)` with which line the rows
 * begin; 0: with the first there is.
 */
export function keepLog({ box, list, rows, clock, tail, hides, batch, moved, older, begins }) {
  const lines = keepLines(clock);
  const frames = eachFrame(drawBatch);
  let fresh = [];
  let from = 0;
  let to = 0;
  let drawn = 0;
  let unread = null;
  let hasOlder = false;
  let isTrimmed = false;
  const place = keepPlace({ box, list, moved: scrolled });

  function push(item) {
    lines.add(item);
    // Whoever reads back may have as many as they want; the bottom needs few.
    if (place.isAtBottom() && lines.count() > MESSAGES_MAX) {
      shift(MESSAGES_MAX - lines.count());
      lines.forget(lines.count() - MESSAGES_MAX);
      hasOlder = true;
      isTrimmed = true;
    }
    frames.soon();
  }

  function shift(by) {
    from = Math.max(0, from + by);
    to = Math.max(0, to + by);
    drawn = Math.max(0, drawn + by);
  }

  // --- Drawing ---

  /** Where a window that ends at `end` begins: so many rows that can be seen. */
  function startOf(end) {
    let rowsLeft = ROWS_MAX;
    let start = end;
    while (start > 0 && rowsLeft > 0) {
      start -= 1;
      if (!hides(lines.at(start))) rowsLeft -= 1;
    }
    return start;
  }

  /** Which items are rows now: `from` up to, not including, `to`. */
  function chooseWindow(followed) {
    if (place.isAtBottom()) {
      to = lines.count();
      from = startOf(to);
    } else if (followed) {
      to = Math.min(lines.count(), from + ROWS_READING_MAX);
    }
    const row = focusedRow();
    const focused = row ? lines.place(lines.asked.itemOf(row)) : -1;
    if (focused >= 0 && focused < from) from = focused;
    if (focused >= to) to = focused + 1;
  }

  function wanted() {
    const shown = lines.slice(from, to).filter((item) => !hides(item));
    if (to === lines.count()) shown.push(...tail());
    return lines.withDays(shown, unread);
  }

  function drawBatch() {
    // Whoever scrolled just now has left, though the event is still on its way.
    measure();
    draw();
    fill();
  }

  function draw() {
    frames.done();
    const followed = to >= drawn;
    const arrived = fresh;
    fresh = [];
    drawn = lines.count();
    if (arrived.length) batch(arrived, place.isAtBottom());
    chooseWindow(followed);
    const shown = wanted();
    const own = lines.asked.latestOwn(hides);
    const made = shown.map((item, nth) => (
      rows.draw(item, shown[nth - 1], shown[nth + 1], own)
    ));
    arrange(list, made);
    begins(from > 0 || hasOlder ? (shown.find(({ seq }) => seq) || { seq: 0 }).seq : 0);
    place.settle();
  }

  // --- The place ---

  /** Where the reader is. Items that wait for the next frame do not count: nobody left them. */
  function measure() {
    return place.measure(to >= drawn);
  }

  function scrolled() {
    if (!measure()) return;
    fill();
    moved();
  }

  /** Brings more rows where an edge is near: from memory, or from the box. */
  function fill() {
    const readsBack = place.isNearTop() && (!place.isAtBottom() || !place.scrolls());
    if (readsBack && from > 0) {
      from = Math.max(0, from - ROWS_PAGE);
      to = Math.min(to, from + ROWS_READING_MAX);
      frames.soon();
    } else if (readsBack && hasOlder) {
      older();
    } else if (to < drawn && place.isNearEnd()) {
      to = Math.min(lines.count(), to + ROWS_PAGE);
      from = Math.max(from, to - ROWS_READING_MAX);
      frames.soon();
    }
  }

  /** Makes a row of `item` and those around it. False: it is not here any more. */
  function bring(item) {
    const nth = lines.place(item);
    if (nth < 0) return false;
    if (nth < from || nth >= to) {
      place.leave();
      from = Math.max(0, nth - ROWS_PAGE);
      to = Math.min(lines.count(), from + ROWS_MAX);
    }
    draw();
    return true;
  }

  /** Goes to the line of this number, until one leaves it. False: its page has it. */
  function toSeq(seq) {
    const item = lines.asked.find(seq);
    if (!item || hides(item) || !bring(item) || !item.row || !item.row.isConnected) return false;
    item.row.classList.add('sought');
    item.row.addEventListener('blur', () => item.row.classList.remove('sought'), { once: true });
    place.show(item.row);
    item.row.focus({ preventScroll: true });
    return true;
  }

  list.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-seq]');
    const asked = link && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (asked && toSeq(Number(link.dataset.seq))) event.preventDefault();
  });

  function toBottom() {
    place.bottom();
    draw();
    moved();
  }

  const focusedRow = walkRows(box, list);

  return {
    isAtBottom: place.isAtBottom,
    toBottom,
    redraw: frames.soon,
    isTrimmed: () => isTrimmed,

    /** A message that came: one's own, or another's. */
    said(item) {
      fresh.push(item);
      push(item);
    },

    /** A line about the log. */
    tell(kind, text, at = Date.now(), seq = 0) {
      const item = { kind, at, text, seq };
      push(item);
      return item;
    },

    /** Older lines, oldest first; `more` if there are others before them. */
    before(older, more) {
      hasOlder = more;
      isTrimmed = false;
      lines.begin(older);
      // Who has nothing yet begins at the end of what came.
      if (drawn || fresh.length) shift(older.length);
      frames.soon();
    },

    ...lines.asked,
    forgets(line) {
      lines.remove(line);
      drawn = Math.min(drawn, lines.count());
      frames.soon();
    },

    /** Messages of which `isOwn(item)` are the reader's own from now on. */
    owns(isOwn) {
      const its = lines.asked.those((item) => !item.own && isOwn(item));
      // Their rows are made anew.
      its.forEach((item) => Object.assign(item, { own: true, isToMe: false, row: null, drawn: undefined, looks: '' }));
      frames.soon();
    },

    numbersEnd() {
      lines.numbersEnd();
      hasOlder = false;
    },

    /** The line "new since you left", above `item`; or none. */
    setUnread(item, text) {
      if (item && unread && unread.above === item) unread.text = text;
      else unread = item ? { kind: 'unread', above: item, text } : null;
      frames.soon();
    },

    /** Brings the unread line into sight. False if it is in sight or gone. */
    toUnread() {
      if (!unread || !bring(unread.above)) return false;
      // Whoever said it may be ignored by now.
      return Boolean(unread.row && unread.row.isConnected) && place.show(unread.row);
    },

    page: place.page,
  };
}
