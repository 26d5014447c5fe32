// Where the reader is in a box that scrolls: at the bottom, or at a row, which stays where it is.
//
// Owns: this rule: a reader at the bottom stays there. For another reader no visible row moves by a
// pixel, whatever is added or removed.
// Must not know: what a row is of, which rows there are.
//
// Part: `chat.js`.

import { BOTTOM_PX } from '../limits.js';

/** What may stand over an edge of the log: a day above, the way back to the newest below. */
const AROUND_PX = 60;
/** About one line of a message. */
const LINE_PX = 28;

/**
 * Watches where the reader is in `box` (which scrolls) among the rows of `list`. `moved()` hears of
 * the reader's own moves.
 */
export function watchScroll({ box, list, moved }) {
  let atBottom = true;
  let anchor = null;
  let size = '';

  const bottomDistance = () => box.scrollHeight - box.scrollTop - box.clientHeight;
  const sizeNow = () => `${box.clientWidth} ${box.clientHeight} ${box.scrollHeight}`;

  /** The first row in sight. */
  function firstRow() {
    // A day's row is no good anchor: it stays in sight, and it may go when rows come above it.
    const rows = list.querySelectorAll('li:not(.day)');
    let low = 0;
    let high = rows.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      const row = rows[middle];
      if (row.offsetTop + row.offsetHeight <= box.scrollTop) low = middle + 1;
      else high = middle;
    }
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
  // The box or its rows may change their size: the composer grows, a keyboard opens, a receipt
  // takes a line.
  const watcher = new ResizeObserver(restore);
  watcher.observe(box);
  watcher.observe(list);

  return {
    isAtBottom: () => atBottom,
    /** The reader counts as at the bottom from now on, or not; `restore` scrolls there. */
    setAtBottom: (is) => { atBottom = is; },
    restore,
    /**
     * Looks where the reader is now; `isAll`: below the last row there are no others. Returns false
     * if that cannot be known yet.
     */
    measure(isAll) {
      // A new size can scroll, too. Then the reader has not moved, and the watcher restores the
      // place.
      if (sizeNow() !== size) return false;
      // While the log has an element of the class `rests`, no new message moves a row.
      atBottom = isAll && !box.querySelector('.rests') && bottomDistance() <= BOTTOM_PX;
      remember();
      return true;
    },
    canScroll: () => box.scrollHeight > box.clientHeight,
    isNearTop: () => box.scrollTop < 2 * box.clientHeight,
    isNearEnd: () => bottomDistance() < 2 * box.clientHeight,
    /**
     * Scrolls down to a row, this far below the top. Returns false if it is in sight, or above.
     */
    show(row, below = 24) {
      const top = row.offsetTop;
      if (top < box.scrollTop + box.clientHeight) return false;
      box.scrollTop = top - below;
      return true;
    },
    /** Scrolls a row into the upper third, unless it is in sight with some room on both sides. */
    bring(row) {
      const [at, low] = [row.offsetTop - box.scrollTop, box.clientHeight - AROUND_PX - row.offsetHeight];
      if (at < AROUND_PX || at > low) box.scrollTop = row.offsetTop - Math.max(AROUND_PX, Math.min(box.clientHeight / 3, low));
    },
    /** Whether the last row is in sight, with one line of it at least. */
    isLastInSight: () => Boolean(list.lastElementChild) && list.lastElementChild.offsetTop + LINE_PX < box.scrollTop + box.clientHeight,
    /** Scrolls by nearly one page, up (-1) or down (1). */
    page(direction) {
      box.scrollTop += direction * 0.9 * box.clientHeight;
    },
  };
}
