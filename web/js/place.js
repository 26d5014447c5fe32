// The place at which one reads.
//
// Owns: whether the reader is at the bottom, and which row stands first in sight.
// Must not know: what the rows say, which there could be.
//
// The rule: who is at the bottom stays there; for anybody else no visible row moves
// by a pixel, whatever is added or taken away.
//
// Next: `row.js`.

import { BOTTOM_PX } from './limits.js';

/**
 * The place in `box` (which scrolls) among the rows of `list`. `moved()` hears of a
 * reader's own move.
 */
export function keepPlace({ box, list, moved }) {
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
    // The line of a day goes when rows come above it.
    while (low < rows.length - 1 && rows[low].classList.contains('day')) low += 1;
    return rows[low];
  }

  function note() {
    const row = firstRow();
    size = sizeNow();
    anchor = row ? { row, top: row.offsetTop, height: row.offsetHeight } : null;
  }

  /** After a change of the rows or of the box: to the bottom, or to the same row. */
  function settle() {
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
    note();
  }

  /**
   * Looks where the reader is now; `isAll`: below the last row there is nothing.
   * False: that cannot be told yet.
   */
  function measure(isAll) {
    // A new size can scroll too. That is no reader's move; the watcher settles it.
    if (sizeNow() !== size) return false;
    atBottom = isAll && bottomDistance() <= BOTTOM_PX;
    note();
    return true;
  }

  box.addEventListener('scroll', moved, { passive: true });
  // The composer grows, a keyboard opens, the window turns, a mark takes a line.
  const watcher = new ResizeObserver(settle);
  watcher.observe(box);
  watcher.observe(list);

  return {
    isAtBottom: () => atBottom,
    bottom: () => { atBottom = true; },
    leave: () => { atBottom = false; },
    settle,
    measure,
    scrolls: () => box.scrollHeight > box.clientHeight,
    isNearTop: () => box.scrollTop < 2 * box.clientHeight,
    isNearEnd: () => bottomDistance() < 2 * box.clientHeight,
    /** Brings a row into sight. False: it is. */
    show(row) {
      const top = row.offsetTop;
      if (top >= box.scrollTop && top < box.scrollTop + box.clientHeight) return false;
      box.scrollTop = top - 24;
      return true;
    },
    page(direction) {
      box.scrollTop += direction * 0.9 * box.clientHeight;
    },
  };
}
