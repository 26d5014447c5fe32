// The state row: how the line is, in words, and one action.
//
// Owns: the row under the composer, its countdown, and what is said of it aloud.
// Must not know: how the line works.
//
// Next: `composer.js`.

import { LINE_SAID_AFTER_MS } from './limits.js';
import { CLOSE_GOING_AWAY } from './line.js';
import { element } from './text.js';

/** What the way is called behind "connected". */
const WAY_WORDS = { live: 'wayLive', stream: 'wayStream', poll: 'wayPoll' };

/**
 * The row `place`. `now()` is its action, `field` gets the focus when the action
 * goes while it has it; `chosen()` is the way the reader chose, if any;
 * `tell(words)` says something aloud. Returns a function that shows a state of the line, and
 * `more`, what is to be known while it is open (or nothing).
 */
export function stateRow({ place, say, now, field, chosen, tell }) {
  const words = place.querySelector('.words');
  const action = place.querySelector('button');
  let countdown = 0;
  let saidOpen = true;
  let saidTimer = 0;
  action.addEventListener('click', now);

  function reason(state) {
    if (state.name === 'ended') return say('ended', { reason: state.reason === 'talked_too_fast' ? say('endedTooFast') : state.reason });
    if (state.offline) return say('offline');
    if (state.name === 'trying') return say('retryNow');
    if (state.code === CLOSE_GOING_AWAY) return say('restarting');
    const left = Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1000));
    return say('retryIn', { n: left });
  }

  function showClosed(state) {
    const second = document.createTextNode(` ${reason(state)} `);
    words.replaceChildren(element('b', '', say('closed')), second);
    // In sight it counts; nobody hears it (the row is not a live region).
    if (state.name === 'waiting') {
      countdown = setInterval(() => { second.data = ` ${reason(state)} `; }, 1000);
    }
  }

  /** Says a change of the line that lasts; a short drop is not worth a word. */
  function sayLater(isOpen) {
    if (isOpen === saidOpen) {
      clearTimeout(saidTimer);
      saidTimer = 0;
    } else if (!saidTimer) {
      saidTimer = setTimeout(() => {
        saidTimer = 0;
        saidOpen = isOpen;
        tell(say(isOpen ? 'saidConnected' : 'saidClosed'));
      }, LINE_SAID_AFTER_MS);
    }
  }

  return function show(state, more) {
    document.documentElement.dataset.line = state.name;
    clearInterval(countdown);
    if (state.name === 'resting') {
      // Nobody sees it; who comes back does, until all is there.
      if (!document.hidden) words.replaceChildren(say('catchingUp'));
      action.hidden = true;
      return;
    }
    sayLater(state.name === 'open');
    if (state.name === 'open') {
      const way = say(WAY_WORDS[state.way]) + (chosen() ? say('wayChosen') : '');
      const place = element('span', state.way === 'live' ? 'way' : '', way);
      words.replaceChildren(say('connected'), place, more ? `; ${more}` : '');
    } else showClosed(state);
    action.textContent = say(state.name === 'ended' ? 'joinAgain' : 'now');
    const hides = state.name !== 'waiting' && state.name !== 'ended';
    if (hides && document.activeElement === action) field.focus();
    action.hidden = hides;
  };
}
