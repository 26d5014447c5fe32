// The log view: messages and lines about the log, as rows in a box that scrolls. The room has one,
// the private talk another.
//
// Owns: when the rows are drawn, at most once per animation frame; the lines that are no items:
// days, "new since you left"; and how the reader moves: to the bottom, to a line, to what is
// unread.
// Must not know: the connection, the composer, what a row looks like or says.
//
// Next: `messages/items.js`.

import { linkedSeq } from '../addresses.js';
import { arrange, oncePerFrame } from '../elements.js';
import { SOUGHT_MS } from '../limits.js';
import { dayOf, say } from '../words.js';
import { openItems } from './items.js';
import { drawRow, watchRowKeys } from './row.js';
import { watchScroll } from './scrolling.js';

const dateOf = (item) => new Date(item.at).toDateString();

/** The date of today, or of `ago` days before, as `dateOf` writes it. */
function dateBefore(ago) {
  const day = new Date(Date.now());
  day.setDate(day.getDate() - ago);
  return day.toDateString();
}

/**
 * The item above `item` that says which day it is. What was today at the last drawing may be
 * yesterday at this one.
 */
function dayItem(item) {
  const day = dayOf(item.at);
  item.day = item.day || { kind: 'day', at: item.at };
  const near = ['today', 'yesterday'].find((key, ago) => dateOf(item) === dateBefore(ago));
  item.day.text = near ? say(near, { day }) : day;
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

const nothing = () => {};

/**
 * Makes a log view in `box` (which scrolls) and `list` (which holds the rows).
 *
 * `unsentTail()` returns the reader's messages without a number, which stand last.
 * `isHidden(item)`: the reader does not see it. `linkOf`, `quoteOf`, `changeOf`, `finish`,
 * `isApart` and `reader` are for `drawRow`. The others are functions that the view calls:
 * `drawing(items, isAtBottom)` with new items just before they are drawn (it may set the unread
 * line); `moved()` when the reader may be elsewhere in the log; `needsOlder()` when the oldest item
 * is near and the server has older ones; `needsNewer()` when the end of a piece that is not live is
 * near; `begins(seq)` with the number of the first row, 0 if there is nothing before it;
 * `seek(seq)` when the reader presses the link of a line of the room.
 */
export function createLogView({
  box, list, unsentTail, isHidden, linkOf, quoteOf, changeOf, finish, isApart, reader,
  drawing = nothing, moved = nothing, needsOlder = nothing, needsNewer = nothing, begins = nothing, seek = null,
}) {
  const items = openItems(isHidden);
  // Messages that came since the last drawing.
  let fresh = [];
  // The line "new since you left", and above which item it stands.
  let unread = null;
  let soughtTimer = 0;
  const frame = oncePerFrame(drawAndFill);
  const scroll = watchScroll({ box, list, moved: scrolled });

  function push(item) {
    items.push(item, scroll.isAtBottom());
    frame.soon();
  }

  /** The item of this number, if the reader may see it. */
  function lineOf(seq) {
    const item = items.known.find(seq);
    return item && !isHidden(item) ? item : null;
  }

  // --- Drawing ---

  function chooseRows() {
    const row = focusedRow();
    const stays = items.choose({
      isAtBottom: scroll.isAtBottom(),
      focused: row && items.known.itemOf(row),
      // A row that the page has brought the reader to is left when they have read on from it.
      mayLeave: row && row.classList.contains('sought'),
    });
    if (!stays) box.focus({ preventScroll: true });
  }

  function drawAndFill() {
    // A reader who scrolled just now has left, though the event is still to come.
    measure();
    draw();
    fill();
  }

  function draw() {
    frame.cancel();
    const arrived = fresh;
    fresh = [];
    if (arrived.length) drawing(arrived, scroll.isAtBottom());
    chooseRows();
    const shown = withDays([...items.rows(), ...(items.isToLatest() ? unsentTail() : [])], unread);
    const own = items.latestOwnShown();
    const focused = focusedRow();
    arrange(list, shown.map((item, nth) => (
      drawRow(item, { before: shown[nth - 1], after: shown[nth + 1], isLatest: item === own, linkOf, quoteOf, lineOf, changeOf, finish, isApart, reader })
    )));
    // Else the focus would be lost with its row.
    if (focused && !focused.isConnected) box.focus({ preventScroll: true });
    box.toggleAttribute('data-empty', !shown.some(({ kind }) => kind === 'said'));
    begins(items.hasBefore() ? (shown.find(({ seq }) => seq) || { seq: 0 }).seq : 0);
    scroll.restore();
  }

  // --- Where the reader is ---

  /**
   * Looks where the reader is. Items that wait for the next drawing do not count: no reader has
   * left them.
   */
  const measure = () => scroll.measure(items.isToDrawn());

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
    if (readsBack && items.growUp()) {
      frame.soon();
      return;
    }
    if (readsBack && items.hasBefore()) needsOlder();
    if (!scroll.isNearEnd()) return;
    if (items.growDown()) frame.soon();
    else if (!items.known.isLive()) needsNewer();
  }

  /** Makes rows of `item` and those around it. Returns false if it is not here any more. */
  function makeRow(item) {
    if (!items.all().includes(item)) return false;
    if (items.showAround(item)) scroll.setAtBottom(false);
    draw();
    return true;
  }

  /** Lets this row stand out until the reader has left it, but for a moment at least. */
  function markSought(row) {
    clearTimeout(soughtTimer);
    list.querySelectorAll('.sought').forEach((other) => other.classList.remove('sought'));
    row.classList.add('sought');
    const until = Date.now() + SOUGHT_MS;
    row.onblur = () => { soughtTimer = setTimeout(() => row.classList.remove('sought'), until - Date.now()); };
  }

  /** Goes to this item, which stands out until it is left. */
  function goTo(item) {
    if (!makeRow(item) || !item.row || !item.row.isConnected) return;
    markSought(item.row);
    scroll.bring(item.row);
    item.row.focus({ preventScroll: true });
    // If nothing scrolls, no event tells where the reader is now.
    measure();
    moved();
  }

  if (seek) watchLineLinks(list, seek);
  const focusedRow = watchRowKeys(box, list);

  return {
    ...items.known,
    isAtBottom: scroll.isAtBottom,
    /** Scrolls by a page, up (-1) or down (1). */
    page: scroll.page,
    redraw: frame.soon,
    toBottom() {
      items.showLive();
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
     * Adds older items to what is shown, oldest first, from the number `oldest` on; `more`: the
     * server has others before them.
     */
    addOlder(older, more, oldest) {
      items.addOlder(older, { hasOlder: more, oldest, isNew: fresh.length > 0 });
      frame.soon();
    },
    /** Adds newer items to a piece that is not live, oldest first, up to the number `newest`. */
    addNewer(newer, newest) {
      items.addNewer(newer, newest);
      frame.soon();
    },
    /** Shows a piece of its own, as `newPiece` has it. */
    jump(piece, range) {
      items.jump(piece, range);
      scroll.setAtBottom(false);
    },
    clear() {
      items.clear();
      [fresh, unread] = [[], null];
      scroll.setAtBottom(true);
      frame.soon();
    },
    remove(gone) {
      items.remove((item) => item === gone);
      frame.soon();
    },
    /** Removes the items for which `isGone(item)` is true, as `openItems` has it. */
    removeAll(isGone, seq) {
      frame.soon();
      return items.remove(isGone, seq);
    },

    /** Whether the newest line is not in sight. */
    isElsewhere: () => !(items.isToLatest() && scroll.isLastInSight()),
    /**
     * Goes to the line of this number; if it is none that is seen, to the next one. Returns its
     * number, 0 if there is none.
     */
    goToSeq(seq) {
      const seen = items.all().filter((item) => item.seq && !isHidden(item));
      const item = seen.find((one) => one.seq >= seq) || seen.pop();
      if (item) goTo(item);
      return item ? item.seq : 0;
    },

    /** Those messages of others call the reader for which `isCall(item)` is true. */
    claim(isCall) {
      // The row is made again.
      items.known.messages((item) => !item.own && isCall(item)).forEach((item) => Object.assign(item, { isToMe: true, row: null }));
      frame.soon();
    },
    /** Another log begins: its numbers mean nothing for the items that are here. */
    forgetNumbers: items.forgetNumbers,

    /** Sets the line "new since you left" above `item`; removes it without one. */
    setUnread(item, text) {
      if (item && unread && unread.above === item) unread.text = text;
      else unread = item ? { kind: 'unread', above: item, text } : null;
      frame.soon();
    },
    /**
     * Scrolls down to the unread line, or else to this item. Returns false if both are in sight,
     * above or gone.
     */
    toUnread(item) {
      // Its author may be ignored by now.
      const show = (above, one) => makeRow(above) && one.row && one.row.isConnected && scroll.show(one.row);
      return (unread && show(unread.above, unread)) || show(item, item);
    },
  };
}
