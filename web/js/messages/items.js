// The items of a log view, oldest first; and which of them are rows.
//
// Owns: the items in memory. After a jump far back they are in two pieces: the one that is shown,
// and the live one, which gets what is new. They become one when the reader has come down to it.
// Must not know: the document, where the reader is.
//
// Next: `messages/row.js`.

import { MESSAGES_MAX, ROWS_MAX, ROWS_PAGE, ROWS_READING_MAX } from '../limits.js';

/**
 * A piece of the log: items without a gap between them. `oldest` and `newest` are the first and
 * last number of what the server has sent for it, with or without an item; the live piece has no
 * `newest`. `hasOlder`: the server has lines before it.
 */
const newPiece = (items, { oldest = 0, newest = Infinity, hasOlder = false }) => ({ items, oldest, newest, hasOlder, isTrimmed: false });

/** The number before which lines are missing in a piece. */
const startOfPiece = ({ items, oldest, isTrimmed }) => (isTrimmed && (items.find((item) => item.seq) || {}).seq) || oldest;

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

/** Makes the items of a log view. `isHidden(item)`: the reader does not see it. */
export function openItems(isHidden) {
  const live = newPiece([], {});
  // The piece that is shown.
  let piece = live;
  // Items `from` up to, not including, `to` are rows; `drawn` items were there at the last drawing.
  let [from, to, drawn] = [0, 0, 0];

  const isLive = () => piece === live;
  const all = () => (isLive() ? live.items : [...piece.items, ...live.items]);

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

  return {
    /** What other parts may ask of the items; the log view passes it on. */
    known: {
      find: (seq) => all().find((item) => item.seq === seq),
      messages: (is) => all().filter((item) => item.kind === 'said' && is(item)),
      itemOf: (row) => all().find((item) => item.row === row),
      isLast: (item) => live.items[live.items.length - 1] === item,
      /** The reader's latest message that can still be changed. */
      latestOwn: () => latestOwn(live.items, () => false),
      /** Whether the piece that is shown is the live one. */
      isLive,
      /**
       * The number before which lines are missing in the piece that is shown, and the one up to
       * which it has them.
       */
      start: () => startOfPiece(piece),
      newest: () => piece.newest,
      /** The number before which lines are missing in the live piece. */
      liveStart: () => startOfPiece(live),
    },
    all,
    /** The reader's latest message that can still be changed, and that the reader sees. */
    latestOwnShown: () => latestOwn(live.items, isHidden),

    // --- Changes ---

    /** Adds an item at the end of the live piece. */
    push(item, isAtBottom) {
      live.items.push(item);
      // A reader who reads back may have as many as they want; who does not see them needs few.
      const excess = live.items.length - MESSAGES_MAX;
      if (excess <= 0 || (!isAtBottom && isLive())) return;
      if (isLive()) shiftRows(-excess);
      live.items.splice(0, excess);
      [live.hasOlder, live.isTrimmed] = [true, true];
    },
    /**
     * Adds older items to the piece that is shown, from the number `oldest` on; `hasOlder`: the
     * server has others before them. `isNew`: items came since the last drawing.
     */
    addOlder(older, { hasOlder, oldest = piece.oldest, isNew }) {
      Object.assign(piece, { hasOlder, isTrimmed: false, oldest });
      piece.items.unshift(...older);
      // A view without rows begins at the end of what came.
      if (drawn || isNew) shiftRows(older.length);
    },
    /** Adds newer items to a piece that is not live, up to the number `newest`. */
    addNewer(newer, newest) {
      piece.items.push(...newer);
      piece.newest = newest;
      if (newest + 1 < startOfPiece(live)) return;
      Object.assign(live, { items: [...piece.items, ...live.items], oldest: piece.oldest, hasOlder: piece.hasOlder, isTrimmed: false });
      piece = live;
    },
    /** Shows a piece of its own, as `newPiece` has it. */
    jump: (items, range) => showPiece(newPiece(items, range)),
    showLive: () => showPiece(live),
    clear() {
      Object.assign(live, newPiece([], {}));
      piece = live;
      [from, to, drawn] = [0, 0, 0];
    },
    /**
     * Removes the items for which `isGone(item)` is true, and returns them. Lines with numbers
     * below `seq` are among them, and can be loaded again.
     */
    remove(isGone, seq = 0) {
      const gone = all().filter(isGone);
      const isOlder = live.items.some((item) => item.seq && item.seq < seq);
      if (piece.oldest < seq) showPiece(live);
      const countTo = (end) => piece.items.slice(0, end).filter((item) => !isGone(item)).length;
      [from, to, drawn] = [from, to, drawn].map(countTo);
      for (const one of new Set([piece, live])) one.items = one.items.filter((item) => !isGone(item));
      if (isOlder) Object.assign(live, { hasOlder: true, isTrimmed: false, oldest: Math.max(seq, live.oldest) });
      return gone;
    },
    /** Another log begins: its numbers mean nothing for the items that are here. */
    forgetNumbers() {
      showPiece(live);
      for (const item of live.items) item.seq = 0;
      Object.assign(live, { hasOlder: false, isTrimmed: false });
    },

    // --- Which of them are rows ---

    /** The items that are rows, without those that are hidden. */
    rows: () => piece.items.slice(from, to).filter((item) => !isHidden(item)),
    /** Whether the latest item of all is a row. */
    isToLatest: () => isLive() && to === live.items.length,
    /** Whether the latest item of the last drawing is a row: then no reader has left it. */
    isToDrawn: () => isLive() && to >= drawn,
    /** Whether there is something before the first row, here or at the server. */
    hasBefore: () => from > 0 || piece.hasOlder,
    /**
     * Chooses at a drawing which items are rows now. `focused` is the item with the focus, if there
     * is one: it stays a row; but with `mayLeave` not if the reader has read on far enough. Returns
     * false if it does not stay.
     */
    choose({ isAtBottom, focused, mayLeave }) {
      const { items } = piece;
      const wasToEnd = to >= drawn;
      drawn = items.length;
      if (isAtBottom) {
        to = items.length;
        from = startOfLast(items, isHidden);
      } else if (wasToEnd) {
        to = Math.min(items.length, from + ROWS_READING_MAX);
      }
      const nth = items.indexOf(focused);
      if (mayLeave && to - nth > ROWS_READING_MAX) return false;
      if (nth >= 0 && nth < from) from = nth;
      if (nth >= to) to = nth + 1;
      return true;
    },
    /**
     * Adds a page of rows at the start, at the next drawing. Returns false if there are no items
     * for it.
     */
    growUp() {
      if (from === 0) return false;
      from = Math.max(0, from - ROWS_PAGE);
      to = Math.min(to, from + ROWS_READING_MAX);
      return true;
    },
    /**
     * Adds a page of rows at the end, at the next drawing. Returns false if there are no items for
     * it.
     */
    growDown() {
      if (to >= drawn) return false;
      to = Math.min(piece.items.length, to + ROWS_PAGE);
      from = Math.max(from, to - ROWS_READING_MAX);
      return true;
    },
    /** Makes rows of an item and those around it. Returns false if it was a row already. */
    showAround(item) {
      if (!piece.items.includes(item)) showPiece(live);
      const nth = piece.items.indexOf(item);
      if (nth >= from && nth < to) return false;
      from = Math.max(0, nth - ROWS_PAGE);
      to = Math.min(piece.items.length, from + ROWS_MAX);
      return true;
    },
  };
}
