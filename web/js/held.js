// Which tabs of this browser hold a line to the box, and which rest meanwhile.
//
// Owns: a mark on the shelf for each tab, and whose turn it is when nobody holds one.
// Must not know: what a line is, what it carries.
//
// A tab that crashed has left its mark, so marks are not believed: those who hold a line
// are asked, and mark again.
//
// Next: `addresses.js`.

import { HELD_ANSWER_MS, HELD_ASKED_MS, HELD_FORGOTTEN_MS } from './limits.js';
import { openShelf, randomHex } from './shelf.js';

const HELD = 'threadbare.held.';
const ASKED = 'threadbare.asked';
/** What a mark says: a line that carries all rooms, of a tab in sight or not; a lesser one. */
const HOLDS = ['shows', 'holds'];
const HOLDS_ANY = [...HOLDS, 'hears'];

/**
 * This tab's mark among the others'; `wake()` is called when it rests and nobody else
 * holds a line.
 */
export function openHeld(wake) {
  const shelf = openShelf(() => localStorage);
  const own = HELD + randomHex(8);
  let does = '';
  let wakeTimer = 0;
  let watch = 0;
  let isGone = false;

  function mark(what) {
    // A page that goes is told afterwards that it is hidden.
    if (isGone) return;
    does = what;
    shelf.write(own, what ? `${what} ${Date.now()}` : '');
    clearInterval(watch);
    // A tab that the browser has ended says no word of it.
    watch = what === 'rests' ? setInterval(look, HELD_ASKED_MS) : 0;
  }

  /** Other tabs that have marked one of these since then: [name, mark]. */
  function others(whats, since) {
    return shelf.names().filter((name) => name.startsWith(HELD) && name !== own)
      .map((name) => [name, ...shelf.read(name).split(' ')])
      .filter(([, what, at]) => whats.includes(what) && Number(at) >= since);
  }

  /** Calls `answer(marks)` with those who hold a line; each place in a row waits longer. */
  function ask(answer, place = 0) {
    const since = Date.now();
    shelf.write(ASKED, `${since} ${own}`);
    return setTimeout(() => answer(others(HOLDS_ANY, since)), HELD_ANSWER_MS * (1 + place / 2));
  }

  /** Whether it is time to come back: the first of all that rest goes first. */
  function look() {
    clearTimeout(wakeTimer);
    const place = others(['rests'], Date.now() - HELD_FORGOTTEN_MS).filter(([name]) => name < own).length;
    wakeTimer = ask((marks) => {
      if (does === 'rests' && !marks.some(([, what]) => HOLDS.includes(what))) wake();
    }, place);
  }

  addEventListener('pagehide', () => {
    mark('');
    isGone = true;
  });
  addEventListener('pageshow', () => { isGone = false; });
  addEventListener('storage', ({ key, newValue }) => {
    if (key === ASKED && HOLDS_ANY.includes(does)) mark(does);
    // Somebody who held a line does not any more.
    const isOver = key && key.startsWith(HELD) && !HOLDS.includes((newValue || '').split(' ')[0]);
    if (isOver && does === 'rests') look();
  });
  return {
    mark,
    /** Calls `answer(n)` with how many others hold a line of any kind. */
    countLines: (answer) => ask((marks) => answer(marks.length)),
    /**
     * Calls `answer(n)` with how many others hold one that carries all rooms, and are to be
     * preferred: in sight, or before this one among those who are not.
     */
    countBetter: (answer) => ask((marks) => answer(
      marks.filter(([name, what]) => what === 'shows' || (what === 'holds' && name < own)).length,
    )),
  };
}
