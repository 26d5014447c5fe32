// The note under the field: what is to be known of what is typed.
//
// Owns: which of its words stand: what was said last, what holds for longer, or a countdown;
// how many bytes are left.
// Must not know: the field.
//
// Next: `grows.js`.

import { COUNTER_FROM, MESSAGE_BYTES_MAX } from './limits.js';
import { bytesOf, clean } from './text.js';

/** The note in `place`, in the words of `say`. */
export function openNote({ place, say }) {
  let counting = null;
  let standing = '';
  let latest = { words: '', isBad: false };
  let timer = 0;

  function draw() {
    const words = latest.words || standing || (counting ? counting() : '');
    place.hidden = !words;
    if (place.textContent !== words) place.textContent = words;
    place.classList.toggle('bad', latest.words ? latest.isBad : Boolean(words));
  }

  function stop() {
    clearInterval(timer);
    counting = null;
  }

  /** Says something, or nothing any more. */
  function put(words, isBad = false) {
    latest = { words, isBad };
    draw();
  }

  const sayBytes = (n, one, many) => say(n === 1 ? one : many, { n });

  return {
    put,
    /** Says how many bytes a text has left, when it matters. Returns why it is too long, if it is. */
    bytes(text) {
      // Cheap first: a character is at most three bytes per UTF-16 unit.
      const mayMatter = text.length * 3 >= COUNTER_FROM * MESSAGE_BYTES_MAX;
      const bytes = mayMatter ? bytesOf(clean(text)) : 0;
      const left = MESSAGE_BYTES_MAX - bytes;
      if (left < 0) put(sayBytes(-left, 'bytesOverOne', 'bytesOver'), true);
      else if (bytes >= COUNTER_FROM * MESSAGE_BYTES_MAX) put(sayBytes(left, 'bytesLeftOne', 'bytesLeft'));
      else put('');
      return left < 0 ? sayBytes(-left, 'bytesOverRefusedOne', 'bytesOverRefused') : '';
    },
    /** Counts down for so long: `wordsOf(left)` of the milliseconds that are left. In sight only, nobody hears it. */
    count(wordsOf, wait) {
      stop();
      const until = Date.now() + wait;
      counting = () => wordsOf(Math.max(1, until - Date.now()));
      timer = setInterval(() => {
        if (Date.now() >= until) stop();
        draw();
      }, 250);
      draw();
    },
    /** What holds until something else does. */
    stand(words) {
      if (words) stop();
      standing = words;
      draw();
    },
  };
}
