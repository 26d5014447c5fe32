// What is offered while one types: the rest of a name, an emoji by its name.
//
// Owns: which word is looked at, what fits it, and the row of buttons over the field.
// Must not know: who is here (it asks), what becomes of the text.
//
// Tab takes the first one, only while there is one: else it goes where Tab always goes.
//
// Next: `actions.js`.

import { OFFERED_FROM, OFFERS_MAX } from './limits.js';
import { button, keyOf } from './text.js';

/** The emoji by name. The table is loaded when somebody types a colon for the first time. */
let emoji = {};
let emojiLoad = null;

/** Loads the table of emoji once; tries again after a failure. `then` runs when it is there. */
function loadEmoji(then) {
  emojiLoad = emojiLoad || import('./emoji.js').then((table) => { emoji = table.EMOJI; then(); }, () => { emojiLoad = null; });
}

/** `:tea` and what has that in its name, those that begin so first. */
function emojiFor(word) {
  const sought = word.slice(1).toLowerCase();
  const fits = Object.keys(emoji).filter((name) => name.includes(sought));
  const early = (name) => (name.startsWith(sought) ? 0 : 1);
  return fits.sort((one, other) => early(one) - early(other))
    .map((name) => ({ words: `${emoji[name]} ${name}`, text: `${emoji[name]} ` }));
}

/** The offers in `place` for `field`. `names()` are the people here, `me()` one of them. */
export function openOffers({ place, field, say, names, me }) {
  let offered = [];
  place.setAttribute('aria-label', say('offers'));
  // A pressed offer does not take the focus from the field.
  place.addEventListener('mousedown', (event) => event.preventDefault());

  /** The word before the caret, and whether the text begins with it. */
  function wordNow() {
    const { selectionStart: end, selectionEnd: last, value } = field;
    if (end !== last || /^\S/.test(value.slice(end))) return { word: '', from: 0 };
    const [word] = /\S*$/.exec(value.slice(0, end));
    return { word, from: end - word.length };
  }

  function namesFor(word, isFirst) {
    const bare = word.replace(/^@/, '');
    if (word === bare && bare.length < OFFERED_FROM) return [];
    const fits = names().filter((name) => name !== me() && name !== bare && keyOf(name).startsWith(keyOf(bare)));
    // Who begins with a name speaks to that person.
    return fits.sort().map((name) => ({ words: name, text: `${name}${isFirst ? ':' : ''} ` }));
  }

  function fitting({ word, from }) {
    if (/^:[\w+-]{2,}$/.test(word)) return emojiFor(word);
    if (!word || word.startsWith('/')) return [];
    return namesFor(word, from === 0);
  }

  function hide() {
    offered = [];
    place.hidden = true;
    place.replaceChildren();
  }

  function put({ word, from }, text) {
    field.setRangeText(text, from, from + word.length, 'end');
    hide();
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }

  /** The text or the caret has changed; what an input method still shows is not replaced. */
  function look(event) {
    const now = wordNow();
    if (now.word.startsWith(':')) loadEmoji(() => look(event));
    const [whole, name] = /^:([\w+-]+):$/.exec(now.word) || [];
    if (whole && !(event && event.isComposing) && Object.prototype.hasOwnProperty.call(emoji, name)) {
      put(now, emoji[name]);
      return;
    }
    offered = fitting(now).slice(0, OFFERS_MAX).map((one) => ({ ...one, take: () => put(now, one.text) }));
    place.hidden = !offered.length;
    place.replaceChildren(...offered.flatMap(({ words, take }) => [button(words, take), ' ']));
    place.querySelectorAll('button').forEach((one) => { one.dir = 'auto'; });
  }

  field.addEventListener('blur', (event) => { if (!place.contains(event.relatedTarget)) hide(); });
  field.addEventListener('click', look);

  return {
    look,
    hide,
    /** A key in the field. True: it was for an offer. */
    key(event) {
      const isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
      if (!offered.length || !isPlain) return false;
      if (event.key === 'Tab') offered[0].take();
      else if (event.key === 'Escape') hide();
      else return false;
      return true;
    },
  };
}
