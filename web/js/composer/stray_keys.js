// Letters that the reader types while nothing has the focus go to the field: after a deletion,
// after a panel has closed, after a note was opened, while a link leads to another room.
//
// Owns: which keys these are, and where the focus is then.
// Must not know: what becomes of a text.
//
// Part: `chat.js`.

import { pageElement, touchScreen } from '../layout.js';

/**
 * What has the focus when nobody writes or chooses: the page, a log, a row, a link, the word of a
 * closed panel.
 */
const IDLE = 'body, .box, .rows li, a[href], details:not([open]) > summary';

/** Space scrolls the log, and these open the quick search of Firefox. */
const OF_BROWSER = [' ', '/', "'"];

/** Whether the key writes a letter, and no panel or menu takes it. */
function isStray({ key, ctrlKey, altKey, metaKey, isComposing, defaultPrevented, target }) {
  const isLetter = Array.from(key).length === 1 && !OF_BROWSER.includes(key);
  if (!isLetter || ctrlKey || altKey || metaKey || isComposing || defaultPrevented) return false;
  return target.matches(IDLE) && !document.querySelector('header details[open], [role="menu"]');
}

/** Watches the keys of the page. On a touch screen the focus in the field would open a keyboard. */
export function watchStrayKeys() {
  // The browser writes the letter into what has the focus by then.
  addEventListener('keydown', (event) => { if (!touchScreen.matches && isStray(event)) pageElement('#field').focus(); });
}
