// What the page says for a while: what the server's page has told just before the live page came,
// how many messages came while there was no connection, and a notice whose note in the log is not
// in sight.
//
// Owns: how long these are there, and that nothing moves when the first one comes or goes.
// Must not know: what they say.
//
// Part: `chat.js`.

import { button, element, fillSentence } from '../elements.js';
import { pageElement } from '../layout.js';
import { say } from '../words.js';

/** What was told is there for so long, or until the next key. */
const TOLD_MS = 6_000;

/** A note about missed messages goes when the reader has had it in sight for so long. */
const NOTE_READ_MS = 10_000;

/** How often the page looks whether such a note is in sight. */
const LOOK_MS = 1_000;

/** So often it looks before it finds one: to catch up may take a while. */
const LOOKS_WITHOUT_NOTE = 120;

/** Says something over the log, above the messages, and to a screen reader. */
export function tellInPassing(words, speak) {
  const told = element('p', 'told', words);
  const go = () => {
    told.remove();
    removeEventListener('keydown', go);
  };
  pageElement('#box').before(told);
  speak(words);
  addEventListener('keydown', go);
  setTimeout(go, TOLD_MS);
}

/**
 * Makes what lets the notes about missed messages go from the log view `view` in `box`; `isSeen()`:
 * nothing covers the log. The page looks for them only after a break of the connection, so that a
 * page that nobody touches does nothing.
 */
export function openPassingNotes({ box, view, isSeen }) {
  const seenFor = new Map();
  let wasLost = false;
  let timer = 0;
  let looksLeft = 0;

  function isInSight(row) {
    const [{ top, bottom }, frame] = [row, box].map((one) => one.getBoundingClientRect());
    return top >= frame.top && bottom <= frame.bottom;
  }

  function look() {
    const rows = box.querySelectorAll('.stitch');
    looksLeft = rows.length ? LOOKS_WITHOUT_NOTE : looksLeft - 1;
    if (!looksLeft) clearInterval(timer);
    if (document.hidden || !isSeen()) return;
    for (const row of rows) {
      if (isInSight(row)) seenFor.set(row, (seenFor.get(row) || 0) + LOOK_MS);
      if (seenFor.get(row) >= NOTE_READ_MS) view.remove(view.itemOf(row));
    }
  }

  return {
    lost() { wasLost = true; },
    /** There is a connection again. When the page has caught up, there may be such a note. */
    connected() {
      if (!wasLost) return;
      [wasLost, looksLeft] = [false, LOOKS_WITHOUT_NOTE];
      clearInterval(timer);
      timer = setInterval(look, LOOK_MS);
    },
  };
}

/**
 * Makes the place over the log where a notice stands while its note in the log is out of sight,
 * because the reader has scrolled up, or something covers the log. It goes when the note was seen.
 */
export function openNoticeAbove() {
  // The note whose words the notice has, and what the notice's button does.
  let [told, act] = [null, null];
  const words = element('p', '');
  const go = button(say('openIt'), () => {
    const lead = act;
    end();
    lead();
  });
  const away = button('\u00d7', end);
  away.setAttribute('aria-label', say('putAway'));
  const place = element('div', 'news', words, go, away);
  place.hidden = true;
  pageElement('#box').before(place);

  function end() {
    if (place.contains(document.activeElement)) pageElement('#field').focus();
    [told, place.hidden] = [null, true];
    // A notice that is over may name somebody who has left for good.
    words.replaceChildren();
  }

  function isInSight({ row }) {
    if (document.hidden || !row || !row.isConnected || getComputedStyle(row).visibility !== 'visible') return false;
    const [{ top, bottom }, frame] = [row, row.closest('.box')].map((one) => one.getBoundingClientRect());
    return top >= frame.top && bottom <= frame.bottom + 1;
  }

  function look() {
    if (told && isInSight(told)) end();
    else place.hidden = !told;
  }

  addEventListener('scroll', look, { capture: true, passive: true });
  document.addEventListener('visibilitychange', () => requestAnimationFrame(look));
  return {
    /** Tells the words of this note, if it is not in sight after the next drawing. */
    tell(note, lead) {
      [told, act] = [note, lead];
      fillSentence(words, note.text);
      requestAnimationFrame(() => requestAnimationFrame(look));
    },
    /** The note is gone. */
    forget(note) { if (told === note) end(); },
  };
}
