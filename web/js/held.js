// Which tabs of this browser hold a line to the box, and which rest meanwhile.
//
// Owns: a mark on the shelf for each tab, and whose turn it is when nobody holds one.
// Must not know: what a line is, what it carries.
//
// A tab that crashed has left its mark, so marks are not believed: those who hold a line
// are asked, and mark again.
//
// Next: `addresses.js`.

import { HELD_ANSWER_MS } from './limits.js';
import { openShelf, randomHex } from './shelf.js';

const HELD = 'threadbare.held.';
const ASKED = 'threadbare.asked';

/** This tab's mark among the others'; `wake()` is called when it is this tab's turn. */
export function openHeld(wake) {
  const shelf = openShelf(() => localStorage);
  const own = HELD + randomHex(8);
  let does = '';
  let wakeTimer = 0;

  function mark(what) {
    does = what;
    shelf.write(own, what ? `${what} ${Date.now()}` : '');
  }

  /** Other tabs that have marked that they do this, since then. */
  function others(what, since) {
    return shelf.names().filter((name) => {
      const [done, at] = name.startsWith(HELD) ? shelf.read(name).split(' ') : [];
      return name !== own && done === what && Number(at) >= since;
    });
  }

  /** Calls `answer(n)` with how many others hold a line; each place in a row waits longer. */
  function ask(answer, place = 0) {
    const since = Date.now();
    shelf.write(ASKED, `${since} ${own}`);
    return setTimeout(() => answer(others('holds', since).length), HELD_ANSWER_MS * (1 + place / 2));
  }

  addEventListener('pagehide', () => mark(''));
  addEventListener('storage', ({ key, newValue }) => {
    if (key === ASKED && does === 'holds') mark('holds');
    // Somebody who held a line does not any more. The first of those who rest comes back.
    const isOver = key && key.startsWith(HELD) && !(newValue || '').startsWith('holds');
    if (!isOver || does !== 'rests') return;
    clearTimeout(wakeTimer);
    const place = others('rests', 0).filter((name) => name < own).length;
    wakeTimer = ask((n) => { if (!n && does === 'rests') wake(); }, place);
  });
  return { mark, ask };
}
