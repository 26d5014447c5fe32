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
  let words;

  function is(now) {
    if (now === isFullNow) return;
    isFullNow = now;
    if (words) words.remove();
    if (now && !isLive()) {
      words = element('p', 'warn', element('b', '', say('boxFull')), ` ${say('fullMeanwhile')}`);
      words.id = 'shut';
      words.setAttribute('role', 'status');
      document.querySelector('main').prepend(words);
    }
    changed();
  }

  return {
    is: () => isFullNow,
    lineChanged({ name }) {
      if (name === 'open') is(false);
      // Where nobody answers, the box is away.
      else if (name === 'waiting' && before !== 'open') ask().catch(() => false).then((now) => { if (before !== 'open') is(now); });
      before = name;
    },
  };
}
