// Messages that called the reader by a name that the reader had then.
//
// Owns: which messages these are. The log says when the reader took another name.
// Must not know: how such a message is marked.
//
// Part: `chat.js`.

import { speaksTo } from '../elements.js';
import { ownNewNames } from './lines.js';

/** Watches the log view `view` of the room, which `box` scrolls. */
export function watchFormerNames({ box, view }) {
  // For how many names, and from which line on, it is done.
  let done = '';

  function look() {
    const now = `${ownNewNames.length} ${view.start()}`;
    if (!ownNewNames.length || now === done) return;
    done = now;
    const called = ({ text, at }) => text && ownNewNames.some(({ from, time }) => at <= time && speaksTo(from, { text }));
    view.claim((item) => !item.isToMe && called(item));
  }

  new MutationObserver(look).observe(box.querySelector('.rows'), { childList: true });
  look();
}
