// The tabs of one browser: when this tab closes its connection because another has one, when it connects again, and
// the counts of new messages that it learns from the others meanwhile.
//
// Owns: that decision, a mark in the browser's storage for each tab, and these counts.
// Must not know: how a connection is opened, what it carries, what is counted.
//
// One WebSocket carries all the rooms of a browser, so a tab that nobody sees closes its own when another tab has one.
// It catches up when the reader looks. A stream or a poll carries one room, and takes one of the six connections that a
// browser has for all its tabs. There a hidden tab closes its own if too many tabs have one.
//
// A tab that crashed has left its mark. So a tab does not believe marks: it asks, and the tabs with a connection write
// their marks again.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import {
  COUNTS_SHARED_MS, HELD_CONNECTIONS_MAX, REST_AFTER_MS, TABS_ANSWER_MS, TABS_ASKED_MS, TAB_FORGOTTEN_MS,
} from '../limits.js';
import { browserStorage, randomHex } from '../storage.js';

const MARK_NAME = 'threadbare.held.';
const ASKED_NAME = 'threadbare.asked';
const COUNT_NAME = 'threadbare.fresh.';
/** Marks of a tab with a connection that carries all rooms: a visible tab, and a hidden one. */
const HOLDS_ALL_ROOMS = ['shows', 'holds'];
/** The third is the mark of a tab with a connection that carries one room. A tab that rests has `rests`. */
const HOLDS_ANY = [...HOLDS_ALL_ROOMS, 'hears'];

/** This tab's mark among the others'. `wake()` is called when this tab rests and no other has a connection. */
function openMarks(wake) {
  const storage = browserStorage();
  const own = MARK_NAME + randomHex(8);
  let current = '';
  let wakeTimer = 0;
  let askTimer = 0;
  let isGone = false;

  function mark(what) {
    // The browser tells a page that goes afterwards that it is hidden.
    if (isGone) return;
    current = what;
    storage.write(own, what ? `${what} ${Date.now()}` : '');
    clearInterval(askTimer);
    // A tab that the browser has ended does not say so.
    askTimer = what === 'rests' ? setInterval(wakeIfAlone, TABS_ASKED_MS) : 0;
  }

  /** Marks of other tabs that are one of these, and not older: [name, mark]. */
  function others(marks, since) {
    return storage.names().filter((name) => name.startsWith(MARK_NAME) && name !== own)
      .map((name) => [name, ...storage.read(name).split(' ')])
      .filter(([, what, at]) => marks.includes(what) && Number(at) >= since);
  }

  /** Asks the tabs with a connection, then calls `answer(marks)`. Each further tab in the queue waits longer. */
  function ask(answer, queueLength = 0) {
    const since = Date.now();
    storage.write(ASKED_NAME, `${since} ${own}`);
    return setTimeout(() => answer(others(HOLDS_ANY, since)), TABS_ANSWER_MS * (1 + queueLength / 2));
  }

  /** Connects again if no tab has a connection for all rooms. The first of the tabs that rest goes first. */
  function wakeIfAlone() {
    clearTimeout(wakeTimer);
    const queueLength = others(['rests'], Date.now() - TAB_FORGOTTEN_MS).filter(([name]) => name < own).length;
    wakeTimer = ask((marks) => {
      if (current === 'rests' && !marks.some(([, what]) => HOLDS_ALL_ROOMS.includes(what))) wake();
    }, queueLength);
  }

  addEventListener('pagehide', () => {
    mark('');
    isGone = true;
  });
  addEventListener('pageshow', () => { isGone = false; });
  addEventListener('storage', ({ key, newValue }) => {
    if (key === ASKED_NAME && HOLDS_ANY.includes(current)) mark(current);
    const hasClosed = key && key.startsWith(MARK_NAME) && !HOLDS_ALL_ROOMS.includes((newValue || '').split(' ')[0]);
    if (hasClosed && current === 'rests') wakeIfAlone();
  });
  return {
    mark,
    /** Calls `answer(n)` with the number of other tabs with a connection. */
    countAll: (answer) => ask((marks) => answer(marks.length)),
    /**
     * Calls `answer(n)` with the number of other tabs whose connection carries all rooms and has precedence over this
     * one: those of visible tabs, and of hidden ones before this in the order of names.
     */
    countPreferred: (answer) => ask((marks) => answer(
      marks.filter(([name, what]) => what === 'shows' || (what === 'holds' && name < own)).length,
    )),
  };
}

/**
 * Watches the other tabs for the connection, which tells with `opened()` and `lost()` what it does. `now()` is its
 * state: { isOpen, carriesOneRoom }. `rest()` closes it, `wake()` opens it again. `mayRest()`: nothing is under way.
 * `isShared()`: the other tabs are of the same person. Another person's connection does not carry what this tab's reader
 * may see.
 */
export function watchTabs({ isShared, mayRest, now, rest, wake }) {
  const marks = openMarks(wake);
  let timer = 0;

  function mark() {
    if (!isShared() || !now().isOpen) return;
    marks.mark(now().carriesOneRoom ? 'hears' : document.hidden ? 'holds' : 'shows');
  }

  function restSoon(pause = 0) {
    clearTimeout(timer);
    const isHidden = () => isShared() && document.hidden && now().isOpen;
    if (!isHidden()) return;
    const { carriesOneRoom } = now();
    const count = carriesOneRoom ? marks.countAll : marks.countPreferred;
    timer = setTimeout(() => count((others) => {
      if (!isHidden() || others < (carriesOneRoom ? HELD_CONNECTIONS_MAX : 1)) return;
      if (!mayRest()) {
        restSoon(REST_AFTER_MS);
        return;
      }
      rest();
      // With one room only, this tab connects again when the reader looks, and not before.
      if (!carriesOneRoom) marks.mark('rests');
    }), carriesOneRoom ? pause : REST_AFTER_MS);
  }

  function opened() {
    mark();
    restSoon();
  }

  document.addEventListener('visibilitychange', opened);
  return { opened, lost: () => marks.mark('') };
}

let sharedCounts = [];
let shareTimer = 0;

/** Tells the tabs that rest how much is new in each room: [room, n]. */
export function shareCounts(counts) {
  sharedCounts = counts;
  shareTimer = shareTimer || setTimeout(() => {
    shareTimer = 0;
    sharedCounts.forEach(([room, n]) => browserStorage().write(COUNT_NAME + room, n ? String(n) : ''));
  }, COUNTS_SHARED_MS);
}

/** Calls `changed(n)` when another tab tells how much is new in the room of this page. */
export function watchSharedCount(changed) {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === COUNT_NAME + currentRoom) changed(Number(newValue) || 0);
  });
}
