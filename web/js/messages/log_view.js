// The log view: messages and lines about the log, as rows in a box that scrolls. The room has one, the private talk another.
//
// Owns: the items in memory, oldest first; which of them are rows now; where the reader is. Changes are made to the items
// first, and drawn once per animation frame.
// Must not know: the connection, the composer, what a row looks like or says.
//
// Next: `messages/row.js`.

import { arrange } from '../elements.js';
import { BOTTOM_PX, HIDDEN_DRAW_MS, MESSAGES_MAX, ROWS_MAX, ROWS_PAGE, ROWS_READING_MAX } from '../limits.js';
import { dayOf } from '../words.js';
import { drawRow, watchRowKeys } from './row.js';

/** Makes { soon, cancel }: `soon()` has `draw` called at the next animation frame; in a hidden tab seldom. */
export function oncePerFrame(draw) {
  let cancelTimer = null;

  function soon() {
    if (cancelTimer) return;
    const due = () => {
      cancelTimer = null;
      draw();
    };
    if (document.hidden) {
      const timer = setTimeout(due, HIDDEN_DRAW_MS);
      cancelTimer = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(due);
      cancelTimer = () => cancelAnimationFrame(frame);
    }
  }

  function cancel() {
    if (cancelTimer) cancelTimer();
    cancelTimer = null;
  }

  // A tab that is shown again is drawn at once.
  document.addEventListener('visibilitychange', () => {
    if (!cancelTimer) return;
    cancel();
    soon();
  });
  return { soon, cancel };
}

const dateOf = (item) => new Date(item.at).toDateString();

/** The item above `item` that says which day it is. */
function dayItem(item) {
  if (!item.day) item.day = { kind: 'day', at: item.at, text: dayOf(item.at) };
  return item.day;
}

/** Returns `shown` with a day's item where another day begins, and `unread` above its item. */
function withDays(shown, unread) {
  const all = [];
  let date = '';
  for (const item of shown) {
    if (date !== dateOf(item)) all.push(dayItem(item));
    date = dateOf(item);
    if (unread && unread.above === item) all.push(unread);
    all.push(item);
  }
  return all;
}

// --- Scrolling -------------------------------------------------------------------------

/**
 * Watches where the reader is in `box` (which scrolls) among the rows of `list`. `moved()` hears of the reader's own moves.
 *
 * The rule: a reader at the bottom stays there. For another reader no visible row moves by a pixel, whatever is added or
 * removed.
 */
function watchScroll({ box, list, moved }) {
  let atBottom = true;
  let anchor = null;
  let size = '';

  const bottomDistance = () => box.scrollHeight - box.scrollTop - box.clientHeight;
  const sizeNow = () => `${box.clientWidth} ${box.clientHeight} ${box.scrollHeight}`;

  /** The first row in sight. */
  function firstRow() {
    const rows = list.children;
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row.offsetTop + row.offsetHeight <= box.scrollTop) low = middle + 1;
      else high = middle;
    }
    // A day's row goes when rows come above it.
    while (low < rows.length - 1 && rows[low].classList.contains('day')) low += 1;
    return rows[low];
  }

  function remember() {
    const row = firstRow();
    size = sizeNow();
    anchor = row ? { row, top: row.offsetTop, height: row.offsetHeight } : null;
  }

  /** After a change of the rows or of the box: scrolls to the bottom, or to the same row. */
  function restore() {
    const bar = `${box.offsetWidth - box.clientWidth}px`;
    if (box.style.getPropertyValue('--bar') !== bar) box.style.setProperty('--bar', bar);
    if (atBottom) {
      box.scrollTop = box.scrollHeight;
    } else if (anchor && anchor.row.isConnected) {
      const { row, top, height } = anchor;
      // A row that is in sight by half stays so when the window turns.
      const hidden = Math.max(0, box.scrollTop - top) * (row.offsetHeight / height - 1);
      box.scrollTop += row.offsetTop - top + (row.offsetHeight === height ? 0 : hidden);
    }
    remember();
  }

  box.addEventListener('scroll', moved, { passive: true });
  // The composer grows, a keyboard opens, the window turns, a receipt takes a line.
  const watcher = new ResizeObserver(restore);
  watcher.observe(box);
  watcher.observe(list);

  return {
    isAtBottom: () => atBottom,
    /** The reader counts as at the bottom from now on, or not; `restore` scrolls there. */
    setAtBottom: (is) => { atBottom = is; },
    restore,
    /**
     * Looks where the reader is now; `isAll`: below the last row there are no others. Returns false if that cannot be
     * known yet.
     */
    measure(isAll) {
      // A new size can scroll, too. Then the reader has not moved, and the watcher restores the place.
      if (sizeNow() !== size) return false;
      atBottom = isAll && bottomDistance() <= BOTTOM_PX;
      remember();
      return true;
    },
    canScroll: () => box.scrollHeight > box.clientHeight,
    isNearTop: () => box.scrollTop < 2 * box.clientHeight,
    isNearEnd: () => bottomDistance() < 2 * box.clientHeight,
    /** Scrolls a row into sight. Returns false if it is in sight already. */
    show(row) {
      const top = row.offsetTop;
      if (top >= box.scrollTop && top < box.scrollTop + box.clientHeight) return false;
      box.scrollTop = top - 24;
      return true;
    },
    /** Scrolls by nearly one page, up (-1) or down (1). */
    page(direction) {
      box.scrollTop += direction * 0.9 * box.clientHeight;
    },
  };
}

// --- The log view ------------------------------------------------------------------------

const nothing = () => {};

/**
 * Makes a log view in `box` (which scrolls) and `list` (which holds the rows).
 *
 * `unsentTail()` returns the reader's messages without a number, which stand last. `isHidden(item)`: the reader does not
 * see it. `linkOf`, `changeOf` and `reader` are for `drawRow`. Calls: `drawing(items, isAtBottom)` with new items just before they
 * are drawn (it may set the unread line); `moved()` when the reader may be elsewhere in the log; `needsOlder()` when the
 * oldest item is near and the server has older ones; `begins(seq)` with the number of the first row, 0 if there is
 * nothing before it.
 */
export function createLogView({
  box, list, unsentTail, isHidden, linkOf, changeOf, reader, drawing = nothing, moved = nothing, needsOlder = nothing, begins = nothing,
}) {
  let items = [];
  // Messages that came since the last drawing.
  let fresh = [];
  // Items `from` up to, not including, `to` are rows; `drawn` items were there at the last drawing.
  let from = 0;
  let to = 0;
  let drawn = 0;
  let unread = null;
  let hasOlder = false;
  let isTrimmed = false;
  const frame = oncePerFrame(drawAndFill);
  const scroll = watchScroll({ box, list, moved: scrolled });

  function push(item) {
    items.push(item);
    // A reader who reads back may have as many as they want; at the bottom few are enough.
    if (scroll.isAtBottom() && items.length > MESSAGES_MAX) {
      shiftRows(MESSAGES_MAX - items.length);
      items.splice(0, items.length - MESSAGES_MAX);
      hasOlder = true;
      isTrimmed = true;
    }
    frame.soon();
  }

  function shiftRows(by) {
    from = Math.max(0, from + by);
    to = Math.max(0, to + by);
    drawn = Math.max(0, drawn + by);
  }

  const find = (seq) => items.find((item) => item.seq === seq);
  const messages = (is) => items.filter((item) => item.kind === 'said' && is(item));
  const itemOf = (row) => items.find((item) => item.row === row);

  /** The reader's latest message that can still be changed, and is not hidden. */
  function latestOwn(isHiddenOne = () => false) {
    for (let nth = items.length - 1; nth >= 0; nth -= 1) {
      const item = items[nth];
      if (item.own && item.seq && item.text !== null && !isHiddenOne(item)) return item;
    }
    return null;
  }

  // --- Drawing ---

  /** Where rows begin that end at `end`: as many as a reader at the bottom gets. */
  function startOf(end) {
    let rowsLeft = ROWS_MAX;
    let start = end;
    while (start > 0 && rowsLeft > 0) {
      start -= 1;
      if (!isHidden(items[start])) rowsLeft -= 1;
    }
    return start;
  }

  /** Chooses which items are rows now; `isToEnd`: at the last drawing the latest item was one. */
  function chooseRows(isToEnd) {
    if (scroll.isAtBottom()) {
      to = items.length;
      from = startOf(to);
    } else if (isToEnd) {
      to = Math.min(items.length, from + ROWS_READING_MAX);
    }
    const row = focusedRow();
    const focused = row ? items.indexOf(itemOf(row)) : -1;
    if (focused >= 0 && focused < from) from = focused;
    if (focused >= to) to = focused + 1;
  }

  function shownItems() {
    const shown = items.slice(from, to).filter((item) => !isHidden(item));
    if (to === items.length) shown.push(...unsentTail());
    return withDays(shown, unread);
  }

  function drawAndFill() {
    // A reader who scrolled just now has left, though the event is still to come.
    measure();
    draw();
    fill();
  }

  function draw() {
    frame.cancel();
    const isToEnd = to >= drawn;
    const arrived = fresh;
    fresh = [];
    drawn = items.length;
    if (arrived.length) drawing(arrived, scroll.isAtBottom());
    chooseRows(isToEnd);
    const shown = shownItems();
    const own = latestOwn(isHidden);
    arrange(list, shown.map((item, nth) => (
      drawRow(item, { before: shown[nth - 1], after: shown[nth + 1], isLatest: item === own, linkOf, changeOf, reader })
    )));
    begins(from > 0 || hasOlder ? (shown.find(({ seq }) => seq) || { seq: 0 }).seq : 0);
    scroll.restore();
  }

  // --- Where the reader is ---

  /** Looks where the reader is. Items that wait for the next drawing do not count: no reader has left them. */
  function measure() {
    return scroll.measure(to >= drawn);
  }

  function scrolled() {
    if (!measure()) return;
    fill();
    moved();
  }

  /** Adds rows where an edge is near: from memory, or from the server. */
  function fill() {
    const readsBack = scroll.isNearTop() && (!scroll.isAtBottom() || !scroll.canScroll());
    if (readsBack && from > 0) {
      from = Math.max(0, from - ROWS_PAGE);
      to = Math.min(to, from + ROWS_READING_MAX);
      frame.soon();
    } else if (readsBack && hasOlder) {
      needsOlder();
    } else if (to < drawn && scroll.isNearEnd()) {
      to = Math.min(items.length, to + ROWS_PAGE);
      from = Math.max(from, to - ROWS_READING_MAX);
      frame.soon();
    }
  }

  /** Makes rows of `item` and those around it. Returns false if it is not here any more. */
  function makeRow(item) {
    const nth = items.indexOf(item);
    if (nth < 0) return false;
    if (nth < from || nth >= to) {
      scroll.setAtBottom(false);
      from = Math.max(0, nth - ROWS_PAGE);
      to = Math.min(items.length, from + ROWS_MAX);
    }
    draw();
    return true;
  }

  /** Goes to the line of this number. Returns false if it is not here: its page has it. */
  function goToSeq(seq) {
    const item = find(seq);
    if (!item || isHidden(item) || !makeRow(item) || !item.row || !item.row.isConnected) return false;
    item.row.classList.add('sought');
    item.row.addEventListener('blur', () => item.row.classList.remove('sought'), { once: true });
    scroll.show(item.row);
    item.row.focus({ preventScroll: true });
    return true;
  }

  list.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-seq]');
    const isPlain = link && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (isPlain && goToSeq(Number(link.dataset.seq))) event.preventDefault();
  });

  const focusedRow = watchRowKeys(box, list);

  return {
    isAtBottom: scroll.isAtBottom,
    /** Scrolls by a page, up (-1) or down (1). */
    page: scroll.page,
    /** Draws at the next animation frame. */
    redraw: frame.soon,
    toBottom() {
      scroll.setAtBottom(true);
      draw();
      moved();
    },

    /** Adds a message that came, the reader's or another's. */
    addMessage(item) {
      fresh.push(item);
      push(item);
    },
    /** Adds a line about the log, and returns its item. */
    addNote(kind, text, at = Date.now(), seq = 0) {
      const item = { kind, at, text, seq };
      push(item);
      return item;
    },
    /** Adds older items, oldest first; `more`: the server has others before them. */
    addOlder(older, more) {
      hasOlder = more;
      isTrimmed = false;
      items.unshift(...older);
      // A view without rows begins at the end of what came.
      if (drawn || fresh.length) shiftRows(older.length);
      frame.soon();
    },
    remove(gone) {
      items = items.filter((item) => item !== gone);
      drawn = Math.min(drawn, items.length);
      frame.soon();
    },

    /** Whether the oldest items were removed since older ones were added. */
    isTrimmed: () => isTrimmed,
    /** The oldest number; 0 if there is none. */
    oldestSeq: () => (items.find((item) => item.seq) || { seq: 0 }).seq,
    isLast: (item) => items[items.length - 1] === item,
    /** The item of this number. */
    find,
    /** The messages for which `is(item)` is true. */
    messages,
    itemOf,
    latestOwn,

    /** Makes messages for which `isOwn(item)` is true the reader's from now on. */
    claim(isOwn) {
      const claimed = messages((item) => !item.own && isOwn(item));
      // Their rows are made again.
      claimed.forEach((item) => Object.assign(item, { own: true, isToMe: false, row: null, drawnText: undefined, drawnTime: '' }));
      frame.soon();
    },
    /** Another log begins: its numbers mean nothing for the items that are here. */
    forgetNumbers() {
      for (const item of items) item.seq = 0;
      hasOlder = false;
    },

    /** Sets the line "new since you left" above `item`; removes it without one. */
    setUnread(item, text) {
      if (item && unread && unread.above === item) unread.text = text;
      else unread = item ? { kind: 'unread', above: item, text } : null;
      frame.soon();
    },
    /** Scrolls to the unread line. Returns false if it is in sight or gone. */
    toUnread() {
      if (!unread || !makeRow(unread.above)) return false;
      // Its author may be ignored by now.
      return Boolean(unread.row && unread.row.isConnected) && scroll.show(unread.row);
    },
  };
}
