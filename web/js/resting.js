// When a tab gives its line back, and when it has one again.
//
// Owns: that decision, and what this tab tells the others of its line.
// Must not know: how a line is opened.
//
// One line carries all the rooms of a browser, so a tab that nobody sees gives its own
// back where another has one; what it misses comes when somebody looks. A lesser way
// carries one room, and holds one of six connections that all tabs have: there it is given
// back if too many do.
//
// Next: `held.js`.

import { openHeld } from './held.js';
import { HELD_MAX, REST_AFTER_MS } from './limits.js';

/**
 * `now()` is the line: { isOpen, isLesser }. `give()` gives it back, `wake()` opens it again.
 * `shares`: other tabs may count on this one's line; `mayRest()`: nothing is under way.
 */
export function watchResting({ shares, mayRest, now, give, wake }) {
  const held = openHeld(wake);
  let timer = 0;

  function mark() {
    if (!shares || !now().isOpen) return;
    held.mark(now().isLesser ? 'hears' : document.hidden ? 'holds' : 'shows');
  }

  function rest(pause = 0) {
    clearTimeout(timer);
    const isHidden = () => shares && document.hidden && now().isOpen;
    if (!isHidden()) return;
    const { isLesser } = now();
    const count = isLesser ? held.countLines : held.countBetter;
    timer = setTimeout(() => count((others) => {
      if (!isHidden() || others < (isLesser ? HELD_MAX : 1)) return;
      if (!mayRest()) {
        // Later, then.
        rest(REST_AFTER_MS);
        return;
      }
      give();
      // By a lesser way it comes back when somebody looks, and not before.
      if (!isLesser) held.mark('rests');
    }), isLesser ? pause : REST_AFTER_MS);
  }

  document.addEventListener('visibilitychange', () => {
    mark();
    rest();
  });
  return {
    opened() {
      mark();
      rest();
    },
    lost: () => held.mark(''),
  };
}
