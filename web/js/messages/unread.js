// What the reader has read, and what is new: the unread line, the pill over the log, the title of
// the tab.
//
// Owns: how far the reader has read in each log, in the browser's storage; how much is new in this
// room.
// Must not know: the connection, the composer, how a row is built.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { pageElement, touchScreen } from '../layout.js';
import { POINTER_RESTS_MS, READ_AFTER_MS } from '../limits.js';
import { STORED, browserStorage } from '../storage.js';
import { say, sayCount } from '../words.js';

// --- How far the reader has read -----------------------------------------------------

const READ_NAME = `${STORED}seen.`;

/**
 * Returns the position up to which the reader has read in a log, in whichever tab: { epoch, seq }.
 */
export function lastReadIn(room) {
  const [epoch, seq] = browserStorage().read(READ_NAME + room).split('.');
  return { epoch, seq: Number(seq) || 0 };
}

const writeLastRead = (room, { epoch, seq }) => browserStorage().write(READ_NAME + room, `${epoch}.${seq}`);

/** Returns whether the reader has read this line of a log, in whichever tab. */
export function isRead(room, seq) {
  return lastReadIn(room).seq >= seq;
}

/**
 * The server has let the page into a log. In another epoch than before nothing is read, from `from`
 * on; but `read` is the number up to which the reader has read on other devices.
 */
export function startReading(room, { epoch, from, read = 0 }) {
  if (lastReadIn(room).epoch !== epoch) writeLastRead(room, { epoch, seq: from - 1 });
  if (!isRead(room, read)) writeLastRead(room, { epoch, seq: read });
}

/** Keeps in the browser's storage how far the reader has read in one log. */
export function keepLastRead(room) {
  const start = lastReadIn(room);
  return {
    /**
     * Returns the number up to which the reader had read before this page reads: 0 in a room that
     * was empty then. -1 if the reader had not been here in this epoch, neither in this browser nor
     * elsewhere: `told` is how far the server says that the reader had read then.
     */
    atStart: ({ epoch }, told = 0) => (start.epoch === epoch ? Math.max(start.seq, told) : told || -1),
    set: (position) => { if (position.epoch) writeLastRead(room, position); },
    /** Stores a position, unless another tab has stored a later one. */
    raise({ epoch, seq }) {
      const now = lastReadIn(room);
      const isLess = now.epoch === epoch && now.seq >= seq;
      if (epoch && !isLess) writeLastRead(room, { epoch, seq });
    },
  };
}

/** Calls `changed()` when the reader has read more in another tab. */
export function watchLastRead(changed) {
  addEventListener('storage', ({ key }) => { if (!key || key.startsWith(READ_NAME)) changed(); });
}

// --- What is new in this room -----------------------------------------------------------

/**
 * Makes the unread line, the pill and the tab's title for the log view `view`. `isHidden(item)`:
 * the reader does not see the message; `isCovered()`: something else stands over the log; `read()`
 * is called when the reader has read everything; `newsBehind(count, toMe)` with how much is new
 * behind what stands over the log.
 */
export function openUnread({ view, isHidden, isCovered, read, newsBehind }) {
  const pill = pageElement('#pill');
  // The messages that came unseen, below the unread line: from `newAt` on they are new to the pill.
  // `begun` messages were below the line before them.
  let came = [];
  let [newAt, begun] = [0, 0];
  let firstUnread = null;
  // The number from which on messages are unread: those before the ones that are here, too.
  let unreadFrom = Infinity;
  let readTimer = 0;
  let stirredAt = 0;
  // What the second stage makes of the counts: in the title of the tab, and on the pill.
  let [sayTitle, sayPill] = [(n) => n, (words) => words];

  /** Those from this place on that were not deleted since. */
  const cameFrom = (at) => came.slice(at).filter((item) => item.text !== null);
  const countToMe = () => cameFrom(newAt).filter((item) => item.isToMe).length;
  const isWatched = () => !(document.hidden || isCovered());

  function showCount(n) {
    const words = sayTitle(n, countToMe());
    document.title = words ? `(${words}) ${currentRoom}` : currentRoom;
  }

  function draw() {
    const unreadCount = cameFrom(newAt).length;
    showCount(unreadCount);
    newsBehind(...(isCovered() ? [unreadCount, countToMe()] : [0, 0]));
    // Without news the pill is the way back to the bottom.
    const hidesPill = view.isAtBottom() || !(unreadCount || view.isElsewhere());
    // The pill must not take the focus along. On a touch screen the focus in the field would open
    // the keyboard.
    if (hidesPill && document.activeElement === pill) pageElement(touchScreen.matches ? '#box' : '#field').focus();
    pill.hidden = hidesPill;
    if (!hidesPill) pill.textContent = unreadCount ? sayPill(sayCount(unreadCount, 'newOne', 'newMany'), countToMe()) : say('backToNewest');
  }

  function moved() {
    if (view.isAtBottom() && isWatched()) {
      newAt = came.length;
      read();
      if (firstUnread && !readTimer) readTimer = setTimeout(lineIsRead, READ_AFTER_MS);
    } else {
      clearTimeout(readTimer);
      readTimer = 0;
    }
    draw();
  }

  /** Under a moving pointer no row may jump: then the line goes later. */
  function lineIsRead() {
    const rest = stirredAt + POINTER_RESTS_MS - Date.now();
    if (rest > 0) readTimer = setTimeout(lineIsRead, rest);
    else removeLine();
  }

  function removeLine() {
    clearTimeout(readTimer);
    [readTimer, came, newAt, begun, firstUnread, unreadFrom] = [0, [], 0, 0, null, Infinity];
    view.setUnread(null);
  }

  /**
   * How many messages are unread: 5, or "5+" for at least so many, if not all of them are here.
   */
  const countUnder = () => begun + cameFrom(0).length + (view.start() > unreadFrom ? '+' : 0);

  function changed() {
    if (countUnder()) setLine();
    else removeLine();
    draw();
  }

  const setLine = () => view.setUnread(firstUnread, sayCount(countUnder(), 'newOne', 'newMany'));

  // A pressed pill does not take the focus: a reader who writes goes on writing.
  pill.addEventListener('mousedown', (event) => event.preventDefault());
  pill.addEventListener('click', () => {
    const [first] = cameFrom(newAt);
    if (!first || !view.toUnread(first)) view.toBottom();
  });
  document.addEventListener('visibilitychange', moved);
  pageElement('#box').addEventListener('pointermove', () => { stirredAt = Date.now(); });

  return {
    /** The reader may be elsewhere in the log, or sees it again. */
    moved,
    /** Draws the counts in the words of the second stage: `title(n, toMe)`, `pill(words, toMe)`. */
    sayBy(...by) {
      [sayTitle, sayPill] = by;
      draw();
    },
    /**
     * The first message below the unread line; how many are there, in numerals; and the number from
     * which on messages are unread: [item, n, from].
     */
    line: () => [firstUnread, countUnder(), unreadFrom],
    /** Shows in the tab's title how many messages are new, by the count of another tab. */
    showCount,
    /**
     * Puts the unread line above `item`: `n` messages came since the reader was here last, and all
     * from the number `from` on are unread.
     */
    begin(item, n, from) {
      [firstUnread, begun, unreadFrom] = [item, parseInt(n) - cameFrom(0).length, from];
      setLine();
    },
    /** Messages that were counted may be deleted now. */
    changed,
    /**
     * The reader has read up to this number on another device: up to there nothing is counted any
     * more. The unread line keeps its place.
     */
    readElsewhere(upTo) {
      const next = came.findIndex(({ seq }) => seq > upTo);
      newAt = Math.max(newAt, next < 0 ? came.length : next);
      draw();
    },
    /** Takes new messages, just before they are drawn. */
    arrived(items, isAtBottom) {
      const isSeen = isAtBottom && isWatched();
      if (isSeen) read();
      // Who answers has read what is answered.
      const isAnswer = ({ own, seq }) => own && !(seq < firstUnread.seq);
      if (isSeen && firstUnread && items.some(isAnswer)) removeLine();
      const others = items.filter((item) => !item.own && !item.isRead && item.text !== null && !isHidden(item));
      if (!others.length || isSeen) return;
      firstUnread = firstUnread || others[0];
      came.push(...others);
      changed();
    },
  };
}
