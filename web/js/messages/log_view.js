// The log view: messages and lines about the log, as rows in a box that scrolls. The room has one,
// the private talk another.
//
// Owns: the items in memory, oldest first; which of them are rows now; where the reader is. Changes
// are made to the items first, and drawn once per animation frame. After a jump far back the items
// are in two pieces: the one that is shown, and the live one, which gets what is new. They become
// one when the reader has come down to it.
// Must not know: the connection, the composer, what a row looks like or says.
//
// Next: `messages/row.js`.

import { linkedSeq } from '../addresses.js';
import { arrange } from '../elements.js';
import { HIDDEN_DRAW_MS, MESSAGES_MAX, ROWS_MAX, ROWS_PAGE, ROWS_READING_MAX } from '../limits.js';
import { dayOf } from '../words.js';
import { drawRow, watchRowKeys } from './row.js';
import { watchScroll } from './scrolling.js';

/**
 * Makes { soon, cancel }: `soon()` has `draw` called at the next animation frame; in a hidden tab
 * seldom.
 */
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

/** Where the last rows begin: as many as a reader at the bottom gets. */
function startOfLast(items, isHidden) {
  let rowsLeft = ROWS_MAX;
  let start = items.length;
  while (start > 0 && rowsLeft > 0) {
    start -= 1;
    if (!isHidden(items[start])) rowsLeft -= 1;
  }
  return start;
}

/**
 * The reader's latest message that can still be changed, and is not hidden; null if there is none.
 */
function latestOwn(items, isHidden) {
  for (let nth = items.length - 1; nth >= 0; nth -= 1) {
    const item = items[nth];
    if (item.own && item.seq && item.text !== null && !isHidden(item)) return item;
  }
  return null;
}

/**
 * Calls `seek(seq)` when the reader presses the link of a line of the room, but not for a new tab
 * or window.
 */
function watchLineLinks(list, seek) {
  list.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    const seq = link ? linkedSeq(link.href) : 0;
    if (!seq || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    seek(seq);
  });
}

// --- The log view ------------------------------------------------------------------------

const nothing = () => {};

/**
 * A piece of the log: items without a gap between them. `oldest` and `newest` are the first and
 * last number of what the server has sent for it, with or without an item; the live piece has no
 * `newest`. `hasOlder`: the server has lines before it.
 */
const newPiece = (items, { oldest = 0, newest = Infinity, hasOlder = false }) => ({ items, oldest, newest, hasOlder, isTrimmed: false });

/** The number before which lines are missing in a piece. */
const startOfPiece = ({ items, oldest, isTrimmed }) => (isTrimmed && (items.find((item) => item.seq) || {}).seq) || oldest;

/**
 * Makes a log view in `box` (which scrolls) and `list` (which holds the rows).
 *
 * `unsentTail()` returns the reader's messages without a number, which stand last.
 * `isHidden(item)`: the reader does not see it. `linkOf`, `changeOf`, `finish`, `isApart` and
 * `reader` are for `drawRow`. Calls: `drawing(items, isAtBottom)` with new items just before they
 * are drawn (it may set the unread line); `moved()` when the reader may be elsewhere in the log;
 * `needsOlder()` when the oldest item is near and the server has older ones; `needsNewer()` when
 * the end of a piece that is not live is near; `begins(seq)` with the number of the first row, 0 if
 * there is nothing before it; `seek(seq)` when the reader presses the link of a line of the room.
 */
export function createLogView({
  box, list, unsentTail, isHidden, linkOf, changeOf, finish, isApart, reader,
  drawing = nothing, moved = nothing, needsOlder = nothing, needsNewer = nothing, begins = nothing, seek = null,
}) {
  const live = newPiece([], {});
  // The piece that is shown.
  let piece = live;
  // Messages that came since the last drawing.
  let fresh = [];
  // Items `from` up to, not including, `to` are rows; `drawn` items were there at the last drawing.
  let from = 0;
  let to = 0;
  let drawn = 0;
  let unread = null;
  // The reader has jumped to a line, and not come back to the bottom.
  let isElsewhere = false;
  const frame = oncePerFrame(drawAndFill);
  const scroll = watchScroll({ box, list, moved: scrolled });

  const isLive = () => piece === live;
  const allItems = () => (isLive() ? live.items : [...piece.items, ...live.items]);

  function push(item) {
    live.items.push(item);
    // A reader who reads back may have as many as they want; who does not see them needs few.
    const excess = live.items.length - MESSAGES_MAX;
    if (excess > 0 && (scroll.isAtBottom() || !isLive())) {
      if (isLive()) shiftRows(-excess);
      live.items.splice(0, excess);
      [live.hasOlder, live.isTrimmed] = [true, true];
    }
    frame.soon();
  }

  /** Shows this piece from the next drawing on. */
  function showPiece(next) {
    if (piece === next) return;
    piece = next;
    [from, to, drawn] = [0, 0, next.items.length];
  }

  function shiftRows(by) {
    from = Math.max(0, from + by);
    to = Math.max(0, to + by);
    drawn = Math.max(0, drawn + by);
  }

  const find = (seq) => allItems().find((item) => item.seq === seq);
  const messages = (is) => allItems().filter((item) => item.kind === 'said' && is(item));
  const itemOf = (row) => allItems().find((item) => item.row === row);
  /** The item of this number, if the reader may see it. */
  function lineOf(seq) {
    const item = find(seq);
    return item && !isHidden(item) ? item : null;
  }

  // --- Drawing ---

  /** Chooses which items are rows now; `isToEnd`: at the last drawing the latest item was one. */
  function chooseRows(isToEnd) {
    const { items } = piece;
    if (scroll.isAtBottom()) {
      to = items.length;
      from = startOfLast(items, isHidden);
    } else if (isToEnd) {
      to = Math.min(items.length, from + ROWS_READING_MAX);
    }
    const row = focusedRow();
    const focused = row ? items.indexOf(itemOf(row)) : -1;
    // A row that the page has brought the reader to is left when they have read on from it.
    const isLeft = to - focused > ROWS_READING_MAX && row && row.classList.contains('sought');
    if (isLeft) box.focus({ preventScroll: true });
    else if (focused >= 0 && focused < from) from = focused;
    if (focused >= to) to = focused + 1;
  }

  function shownItems() {
    const shown = piece.items.slice(from, to).filter((item) => !isHidden(item));
    if (isLive() && to === live.items.length) shown.push(...unsentTail());
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
    drawn = piece.items.length;
    if (arrived.length) drawing(arrived, scroll.isAtBottom());
    chooseRows(isToEnd);
    const shown = shownItems();
    const own = latestOwn(live.items, isHidden);
    arrange(list, shown.map((item, nth) => (
      drawRow(item, { before: shown[nth - 1], after: shown[nth + 1], isLatest: item === own, linkOf, lineOf, changeOf, finish, isApart, reader })
    )));
    box.toggleAttribute('data-empty', !shown.some(({ kind }) => kind === 'said'));
    begins(from > 0 || piece.hasOlder ? (shown.find(({ seq }) => seq) || { seq: 0 }).seq : 0);
    scroll.restore();
  }

  // --- Where the reader is ---

  /**
   * Looks where the reader is. Items that wait for the next drawing do not count: no reader has
   * left them.
   */
  function measure() {
    const isKnown = scroll.measure(isLive() && to >= drawn);
    if (scroll.isAtBottom()) isElsewhere = false;
    return isKnown;
  }

  function scrolled() {
    if (!measure()) {
      // At an end of the rows no other event would come.
      frame.soon();
      return;
    }
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
      return;
    }
    if (readsBack && piece.hasOlder) needsOlder();
    if (to < drawn && scroll.isNearEnd()) {
      to = Math.min(piece.items.length, to + ROWS_PAGE);
      from = Math.max(from, to - ROWS_READING_MAX);
      frame.soon();
    } else if (!isLive() && scroll.isNearEnd()) {
      needsNewer();
    }
  }

  /** Makes rows of `item` and those around it. Returns false if it is not here any more. */
  function makeRow(item) {
    if (!piece.items.includes(item)) showPiece(live);
    const { items } = piece;
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

  /** Goes to this item, which stands out until it is left. */
  function goTo(item) {
    if (!makeRow(item) || !item.row || !item.row.isConnected) return;
    item.row.classList.add('sought');
    item.row.addEventListener('blur', () => item.row.classList.remove('sought'), { once: true });
    isElsewhere = true;
    scroll.show(item.row, box.clientHeight / 3);
    item.row.focus({ preventScroll: true });
    moved();
  }

  if (seek) watchLineLinks(list, seek);
  const focusedRow = watchRowKeys(box, list);

  return {
    isAtBottom: scroll.isAtBottom,
    /** Scrolls by a page, up (-1) or down (1). */
    page: scroll.page,
    redraw: frame.soon,
    toBottom() {
      showPiece(live);
      isElsewhere = false;
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
    /**
     * Adds older items to the piece that is shown, oldest first, from the number `oldest` on;
     * `more`: the server has others before them.
     */
    addOlder(older, more, oldest = piece.oldest) {
      Object.assign(piece, { hasOlder: more, isTrimmed: false, oldest });
      piece.items.unshift(...older);
      // A view without rows begins at the end of what came.
      if (drawn || fresh.length) shiftRows(older.length);
      frame.soon();
    },
    /** Adds newer items to a piece that is not live, oldest first, up to the number `newest`. */
    addNewer(newer, newest) {
      piece.items.push(...newer);
      piece.newest = newest;
      if (newest + 1 >= startOfPiece(live)) {
        Object.assign(live, { items: [...piece.items, ...live.items], oldest: piece.oldest, hasOlder: piece.hasOlder, isTrimmed: false });
        piece = live;
      }
      frame.soon();
    },
    /** Shows a piece of its own, as `newPiece` has it. */
    jump(items, range) {
      showPiece(newPiece(items, range));
      scroll.setAtBottom(false);
    },
    clear() {
      Object.assign(live, newPiece([], {}));
      piece = live;
      [from, to, drawn, fresh, unread] = [0, 0, 0, [], null];
      scroll.setAtBottom(true);
      frame.soon();
    },
    remove(gone) {
      for (const one of new Set([piece, live])) one.items = one.items.filter((item) => item !== gone);
      drawn = Math.min(drawn, piece.items.length);
      frame.soon();
    },

    /** Whether the piece that is shown is the live one. */
    isLive,
    /** Whether the reader has jumped to a line, and not come back to the bottom. */
    isElsewhere: () => isElsewhere,
    /**
     * The number before which lines are missing in the piece that is shown, and the one up to which
     * it has them.
     */
    start: () => startOfPiece(piece),
    newest: () => piece.newest,
    /** The number before which lines are missing in the live piece. */
    liveStart: () => startOfPiece(live),
    isLast: (item) => live.items[live.items.length - 1] === item,
    find,
    /**
     * Goes to the line of this number; if it is none that is seen, to the next one. Returns its
     * number, 0 if there is none.
     */
    goToSeq(seq) {
      const seen = allItems().filter((item) => item.seq && !isHidden(item));
      const item = seen.find((one) => one.seq >= seq) || seen.pop();
      if (item) goTo(item);
      return item ? item.seq : 0;
    },
    messages,
    itemOf,
    /** The reader's latest message that can still be changed. */
    latestOwn: () => latestOwn(live.items, () => false),

    /** Makes messages for which `isOwn(item)` is true the reader's from now on. */
    claim(isOwn) {
      const claimed = messages((item) => !item.own && isOwn(item));
      // Their rows are made again.
      claimed.forEach((item) => Object.assign(item, { own: true, isToMe: false, row: null, drawnText: undefined, drawnTime: '' }));
      frame.soon();
    },
    /** Another log begins: its numbers mean nothing for the items that are here. */
    forgetNumbers() {
      showPiece(live);
      for (const item of live.items) item.seq = 0;
      Object.assign(live, { hasOlder: false, isTrimmed: false });
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
