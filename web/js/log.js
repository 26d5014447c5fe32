// The log: what was said, as rows in a box that scrolls.
//
// Owns: the messages in memory, which of them are rows, and the place at which
// one reads. Changes are made to the list first and drawn once per frame.
// Must not know: the line, the field, who said something first.
//
// The rule of the place: who is at the bottom stays there; for anybody else no
// visible row moves by a pixel, whatever is added or taken away.
//
// Next: `row.js` for one row, `news.js` for what was not seen yet.

import {
  BOTTOM_PX, HIDDEN_BATCH_MS, MESSAGES_MAX, ROWS_MAX, ROWS_PAGE, ROWS_READING_MAX,
} from './limits.js';
import { walkRows } from './row.js';

/**
 * The log in `box` (which scrolls) and `list` (which holds the rows).
 *
 * `tail()` gives one's own messages without an echo: they stand last, in order.
 * `batch(items, atBottom)` hears of new items just before they are drawn and
 * may set the unread line. `moved()` hears of every change of the place.
 */
export function keepLog({ box, list, rows, clock, say, tail, batch, moved }) {
  let items = [];
  let fresh = [];
  let from = 0;
  let to = 0;
  let drawn = 0;
  let atBottom = true;
  let anchor = null;
  let cancel = null;
  let unread = null;
  let latestOwn = null;
  let size = '';

  function push(item) {
    const before = items[items.length - 1];
    if (!before || new Date(before.at).getDate() !== new Date(item.at).getDate()) {
      items.push({ kind: 'day', at: item.at, text: clock.day(item.at) });
    }
    items.push(item);
    while (items.length > MESSAGES_MAX) {
      items.shift();
      from = Math.max(0, from - 1);
      to = Math.max(0, to - 1);
      drawn = Math.max(0, drawn - 1);
      if (items[0].kind !== 'gap') items[0] = { kind: 'gap', at: items[0].at, text: say('dropped') };
    }
    soon();
  }

  // --- Drawing ---

  function soon() {
    if (cancel) return;
    if (document.hidden) {
      const timer = setTimeout(drawBatch, HIDDEN_BATCH_MS);
      cancel = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(drawBatch);
      cancel = () => cancelAnimationFrame(frame);
    }
  }

  document.addEventListener('visibilitychange', () => {
    if (!cancel) return;
    cancel();
    cancel = null;
    soon();
  });

  /** Which items are rows now: `from` up to, not including, `to`. */
  function chooseWindow(followed) {
    if (atBottom) {
      to = items.length;
      from = Math.max(0, to - ROWS_MAX);
    } else if (followed) {
      to = Math.min(items.length, from + ROWS_READING_MAX);
    }
    const focused = items.findIndex((item) => item.row && item.row === focusedRow());
    if (focused >= 0 && focused < from) from = focused;
    if (focused >= to) to = focused + 1;
  }

  function wanted() {
    const shown = items.slice(from, to);
    if (to === items.length) shown.push(...tail());
    const place = unread ? shown.indexOf(unread.above) : -1;
    if (place >= 0) shown.splice(place, 0, unread);
    return shown;
  }

  function drawBatch() {
    // Whoever scrolled just now has left, though the event is still on its way.
    measure();
    draw();
  }

  function draw() {
    cancel = null;
    const followed = to >= drawn;
    const arrived = fresh;
    fresh = [];
    drawn = items.length;
    if (arrived.length) batch(arrived, atBottom);
    chooseWindow(followed);
    const shown = wanted();
    const made = shown.map((item, place) => (
      rows.draw(item, shown[place - 1], shown[place + 1], latestOwn)
    ));
    // First what goes, then what comes or moves: a row that stays is not touched
    // and keeps its focus and selection.
    const stays = new Set(made);
    Array.from(list.children).forEach((row) => { if (!stays.has(row)) row.remove(); });
    let next = list.firstChild;
    for (const row of made) {
      if (row === next) next = next.nextSibling;
      else list.insertBefore(row, next);
    }
    settle();
  }

  // --- The place ---

  function bottomDistance() {
    return box.scrollHeight - box.scrollTop - box.clientHeight;
  }

  /** After a change of the rows or of the box: to the bottom, or to the same row. */
  function settle() {
    const bar = `${box.offsetWidth - box.clientWidth}px`;
    if (box.style.getPropertyValue('--bar') !== bar) box.style.setProperty('--bar', bar);
    if (atBottom) {
      box.scrollTop = box.scrollHeight;
    } else if (anchor && anchor.row.isConnected) {
      box.scrollTop += anchor.row.offsetTop - anchor.top;
    }
    note();
  }

  /** Remembers the place: the first visible row and where it stands. */
  function note() {
    const children = list.children;
    let low = 0;
    let high = children.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = children[middle];
      if (row.offsetTop + row.offsetHeight <= box.scrollTop) low = middle + 1;
      else high = middle;
    }
    size = sizeNow();
    anchor = children.length ? { row: children[low], top: children[low].offsetTop } : null;
  }

  const sizeNow = () => `${box.clientWidth} ${box.clientHeight} ${box.scrollHeight}`;

  /** Whether the reader is at the bottom now. False: that cannot be told yet. */
  function measure() {
    // A new size can scroll too. That is no reader's move; the watcher settles it.
    if (sizeNow() !== size) return false;
    // Items that wait for the next frame do not count: nobody left them.
    atBottom = to >= drawn && bottomDistance() <= BOTTOM_PX;
    note();
    return true;
  }

  function scrolled() {
    if (!measure()) return;
    const edge = 2 * box.clientHeight;
    if (!atBottom && from > 0 && box.scrollTop < edge) {
      from = Math.max(0, from - ROWS_PAGE);
      to = Math.min(to, from + ROWS_READING_MAX);
      soon();
    } else if (to < drawn && bottomDistance() < edge) {
      to = Math.min(items.length, to + ROWS_PAGE);
      from = Math.max(from, to - ROWS_READING_MAX);
      soon();
    }
    moved();
  }

  function toBottom() {
    atBottom = true;
    if (cancel) cancel();
    draw();
    moved();
  }

  box.addEventListener('scroll', scrolled, { passive: true });
  // The composer grows, a keyboard opens, the window turns, a mark takes a line.
  const watcher = new ResizeObserver(settle);
  watcher.observe(box);
  watcher.observe(list);
  const focusedRow = walkRows(box, list);

  return {
    isAtBottom: () => atBottom,
    toBottom,
    redraw: soon,

    /** A message that came: one's own, just echoed, or another's. */
    said(item) {
      if (item.own) latestOwn = item;
      fresh.push(item);
      push(item);
    },

    /** A line about the log itself. */
    gap(text) {
      push({ kind: 'gap', at: Date.now(), text });
    },

    /** The line "new since you left", above `item`; or none. */
    setUnread(item, text) {
      if (item && unread && unread.above === item) unread.text = text;
      else unread = item ? { kind: 'unread', above: item, text } : null;
      soon();
    },

    /** Brings the unread line into sight. False if it is in sight or gone. */
    toUnread() {
      if (!unread) return false;
      const place = items.indexOf(unread.above);
      if (place < 0) return false;
      if (place < from || place >= to) {
        from = Math.max(0, place - ROWS_PAGE);
        to = Math.min(items.length, from + ROWS_MAX);
      }
      if (cancel) cancel();
      draw();
      const top = unread.row.offsetTop;
      if (top >= box.scrollTop && top < box.scrollTop + box.clientHeight) return false;
      box.scrollTop = top - 24;
      return true;
    },

    page(direction) {
      box.scrollTop += direction * 0.9 * box.clientHeight;
    },
  };
}
