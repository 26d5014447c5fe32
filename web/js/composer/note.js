// The note under the field: why a text is still there, how much space it has left, a countdown.
//
// Owns: which of these the note says now.
// Must not know: the field, why something is said.
//
// Part: `chat.js`.

import { byteLength, trimmedText } from '../elements.js';
import { pageElement } from '../layout.js';
import { COUNTER_FROM, MESSAGE_BYTES_MAX } from '../limits.js';
import { say, sayCount } from '../words.js';

/**
 * Makes the note under the field. It shows what was said last; without that what holds for longer;
 * without both a countdown.
 */
export function openNote() {
  const note = pageElement('#note');
  let countdown = null;
  let standing = '';
  let latest = { words: '', isBad: false };
  let timer = 0;

  function draw() {
    const words = latest.words || standing || (countdown ? countdown() : '');
    note.hidden = !words;
    if (note.textContent !== words) note.textContent = words;
    note.classList.toggle('bad', latest.words ? latest.isBad : Boolean(words));
  }

  function stopCountdown() {
    clearInterval(timer);
    countdown = null;
  }

  /** Says something; '' removes it. */
  function tell(words, isBad = false) {
    latest = { words, isBad };
    draw();
  }

  return {
    tell,
    /**
     * Says how much a text has left, if it is long: in the unit of the page's language. Returns why
     * it is too long, or ''.
     */
    countBytes(text) {
      // The cheap check comes first: a character has at most three bytes per UTF-16 unit.
      const mayBeLong = text.length * 3 >= COUNTER_FROM * MESSAGE_BYTES_MAX;
      const bytes = mayBeLong ? byteLength(trimmedText(text)) : 0;
      const left = MESSAGE_BYTES_MAX - bytes;
      // A Chinese letter has three bytes, so Chinese sentences count in threes.
      const n = Math.ceil(Math.abs(left) / say('bytesOfSign'));
      if (left < 0) tell(sayCount(n, 'bytesOverOne', 'bytesOver'), true);
      else if (bytes >= COUNTER_FROM * MESSAGE_BYTES_MAX) tell(sayCount(n, 'bytesLeftOne', 'bytesLeft'));
      else tell('');
      return left < 0 ? sayCount(n, 'bytesOverRefusedOne', 'bytesOverRefused') : '';
    },
    /**
     * Counts down for `wait` milliseconds; `wordsFor(left)` are the words. A screen reader does not
     * hear it.
     */
    countDown(wordsFor, wait) {
      stopCountdown();
      const until = Date.now() + wait;
      countdown = () => wordsFor(Math.max(1, until - Date.now()));
      // Four times a second, so that the reader sees each second.
      timer = setInterval(() => {
        if (Date.now() >= until) stopCountdown();
        draw();
      }, 250);
      draw();
    },
    /** Says what holds until it is called again. */
    setStanding(words) {
      if (words) stopCountdown();
      standing = words;
      draw();
    },
  };
}
