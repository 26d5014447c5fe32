// The tabs of one browser: when this tab closes its connection because another has one, when it
// connects again, and the counts of new messages that it learns from the others meanwhile.
//
// Owns: that decision, a mark in the browser's storage for each tab, and these counts.
// Must not know: how a connection is opened, what it carries, what is counted.
//
// One WebSocket carries all the rooms of a browser, so a tab that nobody sees closes its own when
// another tab has one. It catches up when the reader looks. A stream or a poll carries one room,
// and takes one of the six connections that a browser has for all its tabs. There a hidden tab
// closes its own if too many tabs have one.
//
// A tab that crashed has left its mark. So a tab does not believe marks: it asks, and the tabs with
// a connection write their marks again.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import {
  COUNTS_SHARED_MS, HELD_CONNECTIONS_MAX, REST_AFTER_MS, TABS_ANSWER_MS, TABS_ASKED_MS, TAB_FORGOTTEN_MS,
} from '../limits.js';
import { STORED, browserStorage, randomHex } from '../storage.js';

const MARK_NAME = `${STORED}held.`;
const ASKED_NAME = `${STORED}asked`;
const COUNT_NAME = `${STORED}fresh.`;
/** The marks of tabs whose connection carries all rooms: of a visible tab, and of a hidden one. */
const HOLDS_ALL_ROOMS = ['shows', 'holds'];
/**
 * The marks of all tabs with a connection: `hears` is a tab's whose connection carries one room. A
 * tab that rests has `rests`.
 */
const HOLDS_ANY = [...HOLDS_ALL_ROOMS, 'hears'];

/**
 * Makes this tab's mark. `wake()` is called when this tab rests, and no other tab has a connection
 * that carries all rooms.
 */
function openMarks(wake) {
  const storage = browserStorage();
  const own = MARK_NAME + randomHex(8);
  let current = '';
  let wakeTimer = 0;
  let askTimer = 0;
  let isGone = false;

  function mark(what) {
    // A page that goes is told afterwards that it is hidden.
    if (isGone) return;
    current = what;
    storage.write(own, what ? `${what} ${Date.now()}` : '');
    clearInterval(askTimer);
    // A tab that the browser has ended leaves its mark, so a tab that rests asks now and then.
    askTimer = what === 'rests' ? setInterval(wakeIfAlone, TABS_ASKED_MS) : 0;
  }

  /**
   * Returns the other tabs' marks that are among `marks`, and were written at `since` or later:
   * [name, mark, time].
   */
  function others(marks, since) {
    return storage.names().filter((name) => name.startsWith(MARK_NAME) && name !== own)
      .map((name) => [name, ...storage.read(name).split(' ')])
      .filter(([, what, at]) => marks.includes(what) && Number(at) >= since);
  }

  /**
   * Asks the tabs with a connection to write their marks again, then calls `answer(marks)`.
   * `queueLength`: so many tabs go first.
   */
  function ask(answer, queueLength = 0) {
    const since = Date.now();
    storage.write(ASKED_NAME, `${since} ${own}`);
    return setTimeout(() => answer(others(HOLDS_ANY, since)), TABS_ANSWER_MS * (1 + queueLength / 2));
  }

  /**
   * Connects again if no tab has a connection for all rooms. Of several tabs that rest, one after
   * the other does this.
   */
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
    countAll: (answer) => ask((marks) => answer(marks.length)),
    /**
     * Calls `answer(n)` with how many other tabs keep a connection that carries all rooms, so that
     * this tab need not: visible tabs, and hidden ones whose marks have an earlier name.
     */
    countPreferred: (answer) => ask((marks) => answer(
      marks.filter(([name, what]) => what === 'shows' || (what === 'holds' && name < own)).length,
    )),
  };
}

/**
 * Watches the other tabs for the connection, which calls `opened()` and `lost()`. `now()` is the
 * connection's state: { isOpen, carriesOneRoom }. `rest()` closes the connection, and `wake()`
 * opens it again. `mayRest()`: nothing is under way. `isShared()`: this tab has the same session as
 * the browser's other tabs; else it does not rest.
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
      // A tab whose connection carried one room connects again only when the reader looks, so it
      // needs no mark.
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

/** Tells other tabs how many lines are new in each room: [room, n]. */
export function shareCounts(counts) {
  sharedCounts = counts;
  shareTimer = shareTimer || setTimeout(() => {
    shareTimer = 0;
    sharedCounts.forEach(([room, n]) => browserStorage().write(COUNT_NAME + room, n ? String(n) : ''));
  }, COUNTS_SHARED_MS);
}

/** Calls `changed(n)` when another tab tells how many lines are new in the room of this page. */
export function watchSharedCount(changed) {
  addEventListener('storage', ({ key, newValue }) => {
    if (key === COUNT_NAME + currentRoom) changed(Number(newValue) || 0);
  });
}
