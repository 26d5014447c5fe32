// Suggestions while the reader types: the rest of a name or of a command, an emoji by its name.
//
// Owns: which word is completed, what fits it, the row of buttons over the field, and which of them
// is marked.
// Must not know: what becomes of the text.
//
// Enter takes the marked suggestion, and the arrow keys mark another. The first is marked at once
// where the reader has begun a name behind an @, or a command. Any other word may be meant as it
// is, and Enter sends it, unless Arrow Down has marked a suggestion before. Tab takes the marked
// one, else the first; without suggestions it goes where Tab always goes.
//
// Part: `chat.js`.

import { button, nameKey } from '../elements.js';
import { once } from '../later.js';
import { pageElement } from '../layout.js';
import { say } from '../words.js';

/** Names are suggested from so many letters on; behind an @ from the first. */
const SUGGEST_FROM_LETTERS = 2;
/** Suggestions at once: as many as a reader takes in at a glance. */
const SUGGESTIONS_MAX = 5;

let emoji = {};
let emojiLoad = null;

// The browser resolves this path from the joined script, which stands in `js/`.
const importEmoji = once((again) => import(`./composer/emoji.js${again}`));

/**
 * Loads the table of emoji when the reader types a colon for the first time; tries again after a
 * failure.
 */
function loadEmoji(then) {
  emojiLoad = emojiLoad || importEmoji().then((table) => { emoji = table.EMOJI; then(); }, () => { emojiLoad = null; });
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
  // A text that begins with a name speaks to that person. Elsewhere a name may be only a word.
  const before = word !== bare || isFirst ? '@' : '';
  return fits.sort().map((name) => ({ words: name, text: `${before}${name} ` }));
}

/** Whether the field names somebody for a command, who need not be in the room. */
const namesAnybody = (text) => /^\/(?:invite|msg|whois)\s+@?\S*$/.test(text);

/** The commands that begin with this word. */
function commandsFor(commands, word) {
  const fits = commands.map((name) => `/${name}`).filter((one) => one !== word && one.startsWith(word));
  return fits.sort().map((one) => ({ words: one, text: `${one} ` }));
}

/** Whether this word is only the beginning of something: the first suggestion is marked then. */
function isBeginning({ word }, names, commands) {
  if (word.startsWith('/')) return !commands.includes(word.slice(1));
  return /^@./.test(word) && !names().some((name) => nameKey(name) === nameKey(word.slice(1)));
}

function suggestionsFor({ word, from }, names, commands) {
  if (/^:[\w+-]{2,}$/.test(word)) return emojiFor(word);
  if (/^\/\w/.test(word) && !from) return commandsFor(commands, word);
  if (!word || word.startsWith('/')) return [];
  return namesFor(names(), word, from === 0);
}

/**
 * Opens the suggestions for the composer's field. `here()` returns the names of the other people in
 * the room, and `elsewhere(heard)` those of people in other rooms. `heard()` is called when the
 * server has named more people. `commands` are those that there are.
 */
export function openSuggestions({ here, elsewhere, commands }) {
  const list = pageElement('#offers');
  const field = pageElement('#field');
  let suggested = [];
  // Which suggestion is marked; -1 for none.
  let marked = -1;
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', say('offers'));
  field.setAttribute('aria-autocomplete', 'list');
  // A pressed suggestion does not take the focus from the field.
  list.addEventListener('mousedown', (event) => event.preventDefault());

  /** The word before the caret, and where it begins. */
  function currentWord() {
    const { selectionStart: end, selectionEnd: last, value } = field;
    if (end !== last || /^\S/.test(value.slice(end))) return { word: '', from: 0 };
    const [word] = /\S*$/.exec(value.slice(0, end));
    return { word, from: end - word.length };
  }

  function names() {
    const heard = () => { if (namesAnybody(field.value)) update(); };
    if (!namesAnybody(field.value)) return here();
    // A person who is in the room needs no invite.
    return [...(field.value.startsWith('/invite') ? [] : here()), ...elsewhere(heard)];
  }

  /** Marks a suggestion; -1 marks none. The focus stays in the field. */
  function mark(nth) {
    marked = nth;
    list.querySelectorAll('button').forEach((one, its) => one.setAttribute('aria-selected', its === nth));
    if (nth < 0) field.removeAttribute('aria-activedescendant');
    else field.setAttribute('aria-activedescendant', `offer-${nth}`);
  }

  function hide() {
    suggested = [];
    list.hidden = true;
    list.replaceChildren();
    mark(-1);
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
    list.querySelectorAll('button').forEach((one, nth) => { Object.assign(one, { dir: 'auto', id: `offer-${nth}` }).setAttribute('role', 'option'); });
    mark(suggested.length && isBeginning(current, names, commands) ? 0 : -1);
  }

  /** Arrow Down marks the next suggestion, Arrow Up the one before. Returns whether it may. */
  function markBeside(isDown) {
    // Without a mark the arrows belong to the text, but below its end there is nothing.
    if (marked < 0 && !(isDown && field.selectionStart === field.value.length)) return false;
    mark((marked + (isDown ? 1 : -1) + suggested.length) % suggested.length);
    return true;
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
      if (/^Arrow(Up|Down)$/.test(event.key) && markBeside(event.key === 'ArrowDown')) return true;
      if (event.key === 'Tab' || (event.key === 'Enter' && marked >= 0)) suggested[Math.max(marked, 0)].take();
      else if (event.key === 'Escape') hide();
      else {
        // The caret leaves the word.
        if (/^(Arrow|Home|End)/.test(event.key)) hide();
        return false;
      }
      return true;
    },
  };
}
