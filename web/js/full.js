// A full box: the line does not open, and everybody is told why.
//
// Owns: when the box is asked, and what stands on the page that is not live yet.
// Must not know: how it is asked, the state row.
//
// A browser does not say why a line did not open, so a request asks.
//
// Next: `status.js`.

import { element } from './text.js';

/** `ask()` asks the box; `isLive()`: this is the live page already; `changed()` hears of a change. */
export function watchFull({ say, ask, isLive, changed }) {
  let isFullNow = false;
  let before = '';

  function is(now) {
    if (now === isFullNow) return;
    isFullNow = now;
    const shown = document.querySelector('#shut');
    if (shown) shown.remove();
    if (now && !isLive()) {
      const words = element('p', 'warn', element('b', '', say('boxFull')), ` ${say('fullMeanwhile')}`);
      words.id = 'shut';
      words.setAttribute('role', 'status');
      document.querySelector('main').prepend(words);
    }
    changed();
  }

  return {
    is: () => isFullNow,
    lineChanged({ name }) {
      const isRefused = name === 'waiting' && before !== 'open';
      before = name;
      if (name === 'open') is(false);
      // Where nobody answers, the box is away.
      else if (isRefused) ask().catch(() => false).then((now) => { if (before !== 'open') is(now); });
    },
  };
}
