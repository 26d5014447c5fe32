// Letters that the reader types while nothing has the focus go to the field: after a deletion,
// after a panel has closed, after a note was opened, while a link leads to another room. But if the
// reader was in a form, they are for that form: they may be a password, which must not be sent.
//
// Owns: which keys these are, for which form, and where the focus is then.
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

/** The forms beside the composer. The strip for a name has its form elsewhere. */
const FORMS = '#hello, form:not(#composer)';

/** Whether this part of the page is in sight: neither it nor its panel is hidden. */
const isShown = (part) => part.getClientRects().length > 0 && !part.closest('details:not([open])');

/** The first field of this form that is in sight. */
function fieldOf(form) {
  const fields = Array.from(form.querySelectorAll('input, textarea')).filter(isShown);
  return fields.find(({ type }) => type === 'password') || fields[0];
}

const asksPassword = (form) => (fieldOf(form) || {}).type === 'password';

/** Watches the keys of the page. On a touch screen the focus in the field would open a keyboard. */
export function watchStrayKeys() {
  // The form that the reader used last; null if something else was used since.
  let used = null;
  addEventListener('focusin', ({ target }) => {
    const form = target.closest(FORMS);
    // Who presses beside the field for a password may go on typing it.
    if (form || !used || !(target.matches(IDLE) && asksPassword(used))) used = form;
  });
  addEventListener('pointerdown', ({ target }) => {
    const form = target.closest && target.closest(FORMS);
    if (form) used = form;
  });
  addEventListener('keydown', (event) => {
    if (touchScreen.matches || !isStray(event)) return;
    // The browser writes the letter into what has the focus by then.
    ((used && fieldOf(used)) || pageElement('#field')).focus();
  });
}
