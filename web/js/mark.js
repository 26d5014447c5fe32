// The mark of one's own message: what has become of it.
//
// Owns: its words, and the two buttons of a message that does not get out.
// Must not know: why; what a button does.
//
// Next: `text.js`.

import { SENDING_SHOWN_AFTER_MS } from './limits.js';
import { tabsPast } from './row.js';
import { button } from './text.js';

/** The key of the words; '' for none. `isAway`: there has been no line for a while. */
function lookOf(item, isLatest, isAway) {
  if (item.isLost) return 'notKeptAgain';
  if (item.state === 'sent') return isLatest ? 'sent' : '';
  if (item.state === 'waiting' && !item.isHeld) return isAway ? 'notSent' : 'waits';
  return Date.now() - item.since >= SENDING_SHOWN_AFTER_MS ? 'sending' : '';
}

/**
 * Marks in the words of `say`; `retry()`, `takeBack(item)`, `isAway()` as the buttons need them;
 * `changeOf(item)`: the change of it that is not out yet, if there is one.
 */
export function markMaker({ say, retry, takeBack, isAway, changeOf }) {
  const waitingFor = (item) => (changeOf && changeOf(item)) || item;
  /** "Edit: " or "Delete: " where a change waits; nothing where the message itself does. */
  const what = ({ type, more }) => (more && more.seq ? `${say(type)}: ` : '');

  /** Brings the mark of `item` up to date. */
  return function drawMark(item, isLatest) {
    const mark = item.row.querySelector('.mark');
    const look = lookOf(waitingFor(item), isLatest, isAway());
    if (mark.dataset.look === look) return;
    mark.dataset.look = look;
    // A button that goes must not take the focus along.
    if (mark.contains(document.activeElement)) item.row.focus();
    mark.replaceChildren(look ? what(waitingFor(item)) + say(look) : '');
    if (look !== 'notSent') return;
    mark.append(' ', button(say('retry'), retry), ' ', button(say('takeBack'), () => takeBack(waitingFor(item))));
    tabsPast(item.row);
  };
}
