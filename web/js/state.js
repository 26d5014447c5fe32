// The state row: how the line is, in words, and one action.
//
// Owns: the row under the composer, its countdown, and what is said of it aloud.
// Must not know: how the line works.
//
// Next: `composer.js`.

import { LINE_SAID_AFTER_MS } from './limits.js';
import { CLOSE_GOING_AWAY } from './line.js';
import { endOf, LEFT, LOADED_ANEW, RENEWED } from './reasons.js';
import { element } from './text.js';

/** What the way is called behind "connected". */
const WAY_WORDS = { live: 'wayLive', stream: 'wayStream', poll: 'wayPoll' };

/**
 * The row `place`. `now()` is its action, `field` gets the focus when the action
 * goes while it has it; `chosen()` is the way the reader chose, if any, `choose()` leads to where;
 * `tell(words)` says something aloud. Returns a function that shows a state of the line, and
 * what is to be known while it is open: `more.words` (or none), `more.isBehind`, `more.isOld`, and while
 * it is not: `more.isFull`, the box lets nobody in, and
 * `more.out`: why the room does not let one in, if it does not.
 */
export function stateRow({ place, say, now, field, chosen, choose, tell }) {
  const words = place.querySelector('.words');
  const action = place.querySelector('button');
  let countdown = 0;
  let saidOpen = true;
  let saidTimer = 0;
  let act = now;
  action.addEventListener('click', () => act());

  function reason(state) {
    if (state.offline) return say('offline');
    if (state.name === 'trying') return say('retryNow');
    if (state.code === CLOSE_GOING_AWAY) return say('stopped');
    const left = Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1000));
    return say('retryIn', { n: left });
  }

  function showClosed(state, isFull) {
    if (state.name === 'ended') {
      // A name that has gone on elsewhere was taken there, and left there, not by the host.
      const [before, behind] = ([RENEWED, LEFT].includes(state.reason) ? '{reason}' : say('ended')).split('{reason}');
      words.replaceChildren(element('b', '', say('closed')), ` ${before}`, element('i', '', endOf(state.reason, say)), `${behind} `);
      return;
    }
    const second = document.createTextNode(` ${reason(state)} `);
    words.replaceChildren(element('b', '', say(isFull ? 'boxFull' : 'closed')), second);
    // In sight it counts; nobody hears it (the row is not a live region).
    if (state.name === 'waiting') {
      countdown = setInterval(() => { second.data = ` ${reason(state)} `; }, 1000);
    }
  }

  /** The word for the way, which leads to where another is chosen. */
  function wayTo(way, { way: name }) {
    const link = element('a', '', way.replace(/^\P{Letter}+/u, ''));
    link.href = '#me';
    link.addEventListener('click', (event) => {
      event.preventDefault();
      choose();
    });
    return element('span', name === 'live' ? 'way' : '', way.match(/^\P{Letter}*/u)[0], link);
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
    const out = state.name === 'open' && more.out;
    document.documentElement.dataset.line = out ? 'out' : state.name;
    document.documentElement.toggleAttribute('data-behind', state.name === 'open' && more.isBehind && !out);
    clearInterval(countdown);
    if (state.name === 'resting') {
      // Nobody sees it; who comes back does, until all is there.
      if (!document.hidden) words.replaceChildren(say('catchingUp'));
      action.hidden = true;
      return;
    }
    sayLater(state.name === 'open');
    if (out) words.replaceChildren(`${out} ${say('stillPrivate')} `);
    else if (state.name === 'open') {
      const way = say(WAY_WORDS[state.way]) + (chosen() ? say('wayChosen') : '');
      if (more.isBehind) words.replaceChildren(more.words);
      else words.replaceChildren(say('connected'), wayTo(way, state), more.words ? `${say('besides')}${more.words} ` : '');
    } else showClosed(state, more.isFull);
    const isOver = state.name === 'ended' || Boolean(out);
    const loads = state.name === 'ended' ? LOADED_ANEW.has(state.reason) : state.name === 'open' && more.isOld && !more.isBehind;
    act = loads ? () => location.reload() : now;
    action.textContent = say(loads && state.reason !== LEFT ? 'reload' : isOver ? 'joinAgain' : 'now');
    const hides = state.name !== 'waiting' && !isOver && !loads;
    if (hides && document.activeElement === action) field.focus();
    action.hidden = hides;
  };
}
