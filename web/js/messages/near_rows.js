// The reader comes near a message: what can be done with it is loaded.
//
// Owns: when that is loaded, and what the reader has pressed until then.
// Must not know: what can be done.
//
// Part: `chat.js`.

import { laterModule } from '../later.js';
import { touchScreen } from '../layout.js';
import { ACTIONS_AFTER_MS } from '../limits.js';

/**
 * Loads what can be done with a message when the reader comes near one, or after a while: without a
 * connection it could not be loaded. The parameters are those of `watchActions`.
 */
export function watchRowsSoon(box, view, can, speak) {
  const list = box.querySelector('.rows');
  const signs = ['pointerover', 'pointerdown', 'click'];
  // A jump brings the focus to a row before the reader has touched anything.
  let [latest, pointer] = [{}, touchScreen.matches ? 'touch' : 'mouse'];
  const loadActions = laterModule('./messages/actions.js', ({ watchActions }) => {
    signs.forEach((sign) => list.removeEventListener(sign, come));
    box.removeEventListener('focusin', come);
    document.removeEventListener('keydown', come);
    watchActions(box, view, can, speak, latest, pointer);
  });
  // Without a connection the next sign tries again.
  const load = () => loadActions().catch(() => {});

  function come(event) {
    // A reader who writes does not come near a row.
    if (event.type === 'keydown' && event.key !== 'Tab' && event.target.matches('input, textarea')) return;
    if (event.type === 'keydown') pointer = 'mouse';
    latest = event;
    load();
  }

  document.addEventListener('pointerdown', (event) => { pointer = event.pointerType; }, true);
  signs.forEach((sign) => list.addEventListener(sign, come));
  box.addEventListener('focusin', come);
  document.addEventListener('keydown', come);
  // A reader who has read for so long may need the actions when there is no connection.
  setTimeout(load, ACTIONS_AFTER_MS);
}
