// Drawing once per frame, whatever happened meanwhile.
//
// Owns: when to draw. A hidden tab is drawn seldom, and at once when it is shown.
// Must not know: what.
//
// Next: `place.js`.

import { HIDDEN_BATCH_MS } from './limits.js';

/** Calls `draw` a frame after it was asked for. */
export function eachFrame(draw) {
  let cancel = null;

  function soon() {
    if (cancel) return;
    const due = () => {
      cancel = null;
      draw();
    };
    if (document.hidden) {
      const timer = setTimeout(due, HIDDEN_BATCH_MS);
      cancel = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(due);
      cancel = () => cancelAnimationFrame(frame);
    }
  }

  /** Nothing is due any more: it was drawn otherwise. */
  function done() {
    if (cancel) cancel();
    cancel = null;
  }

  document.addEventListener('visibilitychange', () => {
    if (!cancel) return;
    done();
    soon();
  });
  return { soon, done };
}
