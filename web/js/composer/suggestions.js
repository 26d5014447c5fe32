// Suggestions while the reader types: the rest of a name or of a command, an emoji by its name.
//
// Owns: which word is completed, what fits it, and the row of buttons over the field.
// Must not know: what becomes of the text.
//
// Tab takes the first suggestion if there is one; otherwise it goes where Tab always goes.
//
// Part: `chat.js`.

import { button, nameKey } from '../elements.js';
import { pageElement } from '../layout.js';
import { say } from '../words.js';

/** Names are suggested from so many letters on; behind an @ from the first. */
const SUGGEST_FROM_LETTERS = 2;
/** Suggestions at once: as many as a reader takes in at a glance. */
const SUGGESTIONS_MAX = 5;

let emoji = {};
let emojiLoad = null;

/**
 * Loads the table of emoji when the reader types a colon for the first time; tries again after a
 * failure.
 */
function loadEmoji(then) {
  // The browser resolves this path from the joined script, which stands in `js/`.
  emojiLoad = emojiLoad || import('./composer/emoji.js').then((table) => { emoji = table.EMOJI; then(); }, () => { emojiLoad = null; });
}

/** Emoji with this word (`:tea`) in their names, first those whose names begin with it. */
function emojiFor(word) {
  const sought = word.slice(1).toLowerCase();
  const fits = Object.keys(emoji).filter((name) => name.includes(sought));
  const rank = (name) => (name.startsWith(sought) ? 0 : 1);
  return fits.sort((one, other) => rank(one) - rank(other))
    .map((name) => ({ words: `${emoji[name]} ${name}`, text: `${emoji[name]} ` }));
}

/** Those of these names that begin with this word, or with what stands behind its `@`. */
function namesFor(names, word, isFirst) {
  const bare = word.replace(/^@/, '');
  if (word === bare && bare.length < SUGGEST_FROM_LETTERS) return [];
  const fits = names.filter((name) => name !== bare && nameKey(name).startsWith(nameKey(bare)));
  // A text that begins with a name speaks to that person; elsewhere an `@` does.
  const [before, behind] = word !== bare ? ['@', ''] : ['', isFirst ? ':' : ''];
  return fits.sort().map((name) => ({ words: name, text: `${before}${name}${behind} ` }));
}

/** The commands that begin with this word. */
function commandsFor(commands, word) {
  const fits = commands.map((name) => `/${name}`).filter((one) => one !== word && one.startsWith(word));
  return fits.sort().map((one) => ({ words: one, text: `${one} ` }));
}

function suggestionsFor({ word, from }, names, commands) {
  if (/^:[\w+-]{2,}$/.test(word)) return emojiFor(word);
  if (/^\/\w/.test(word) && !from) return commandsFor(commands, word);
  if (!word || word.startsWith('/')) return [];
  return namesFor(names(), word, from === 0);
}

/**
 * Opens the suggestions for the composer's field. `names()` are those of the other people here,
 * `commands` those that there are.
 */
export function openSuggestions(names, commands) {
  const list = pageElement('#offers');
  const field = pageElement('#field');
  let suggested = [];
  list.setAttribute('aria-label', say('offers'));
  // A pressed suggestion does not take the focus from the field.
  list.addEventListener('mousedown', (event) => event.preventDefault());

  /** The word before the caret, and where it begins. */
  function currentWord() {
    const { selectionStart: end, selectionEnd: last, value } = field;
    if (end !== last || /^\S/.test(value.slice(end))) return { word: '', from: 0 };
    const [word] = /\S*$/.exec(value.slice(0, end));
    return { word, from: end - word.length };
  }

  function hide() {
    suggested = [];
    list.hidden = true;
    list.replaceChildren();
  }

  function insert({ word, from }, text) {
    field.setRangeText(text, from, from + word.length, 'end');
    hide();
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
  }

  function update(event) {
    const current = currentWord();
    if (current.word.startsWith(':')) loadEmoji(() => update(event));
    const [whole, name] = /^:([\w+-]+):$/.exec(current.word) || [];
    // What an input method still shows is not replaced.
    if (whole && !(event && event.isComposing) && Object.prototype.hasOwnProperty.call(emoji, name)) {
      insert(current, emoji[name]);
      return;
    }
    suggested = suggestionsFor(current, names, commands).slice(0, SUGGESTIONS_MAX).map((one) => ({ ...one, take: () => insert(current, one.text) }));
    list.hidden = !suggested.length;
    list.replaceChildren(...suggested.flatMap(({ words, take }) => [button(words, take), ' ']));
    list.querySelectorAll('button').forEach((one) => { one.dir = 'auto'; });
  }

  field.addEventListener('blur', (event) => { if (!list.contains(event.relatedTarget)) hide(); });
  field.addEventListener('click', update);
  // The reader types already.
  if (document.activeElement === field) update();

  return {
    /** The text or the caret has changed. */
    update,
    hide,
    /** Takes a key in the field. Returns true if it was for a suggestion. */
    key(event) {
      const isPlain = !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey;
      if (!suggested.length || !isPlain) return false;
      if (event.key === 'Tab') suggested[0].take();
      else if (event.key === 'Escape') hide();
      else return false;
      return true;
    },
  };
}
