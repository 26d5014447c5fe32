// The words of a search: as the reader types them, and in a text that was found.
//
// Owns: what the form asks for; which parts of a text are marked as found.
// Must not know: where the search is, the results.
//
// Part: `chat.js`.

import { element, isolated } from '../elements.js';
import { dayOf, say } from '../words.js';

// --- What is asked ---------------------------------------------------------------------

/** Returns what stands in the form. The day is one in the reader's time zone. */
export function typedQuery(form) {
  const { text: textField, from: fromField, day: dayField } = form.elements;
  const [text, from, date] = [textField, fromField, dayField].map((one) => one.value.trim());
  const [year, month, dayOfMonth] = date.split('-').map(Number);
  const midnight = (later) => new Date(year, month - 1, dayOfMonth + later).getTime();
  return { ...(text ? { text } : {}), ...(from ? { from } : {}), ...(dayOfMonth ? { since: midnight(0), until: midnight(1) } : {}) };
}

/** Returns a query as the reader reads it: its words, its person, its day. */
export function queryWords({ text, from, since }) {
  return [text, from && `${say('fromWhom')} ${from}`, since && dayOf(since)].filter(Boolean).map(isolated).join(say('listComma'));
}

// --- In a text that was found -----------------------------------------------------------

/** Returns a letter as the server compares it: in lower case, without accents. */
const foldedLetter = (letter) => letter.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Returns the words of a search as the server compares them: without the `s` of a plural
 * (`src/chat/search_words.rs`).
 */
export function soughtWords(text) {
  const words = text.split(/\s+/).map((word) => Array.from(word, foldedLetter).join(''));
  return words.filter(Boolean).map((word) => word.replace(/^(.{2,}[a-rt-z])s$/u, '$1'));
}

/** Returns where these words stand in a text: pairs of a begin and an end, which do not overlap. */
function placesOf(words, text) {
  // A folded letter may be several letters, or none.
  let folded = '';
  const at = [];
  for (const { index, 0: letter } of text.matchAll(/[^]/gu)) {
    const one = foldedLetter(letter);
    for (let nth = 0; nth < one.length; nth += 1) at.push([index, index + letter.length]);
    folded += one;
  }
  const places = [];
  for (const word of words) {
    for (let from = folded.indexOf(word); from >= 0; from = folded.indexOf(word, from + word.length)) {
      places.push([at[from][0], at[from + word.length - 1][1]]);
    }
  }
  places.sort(([one], [other]) => one - other);
  return places.reduce((all, [from, to]) => {
    const last = all[all.length - 1];
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else all.push([from, to]);
    return all;
  }, []);
}

/** Marks these words in the texts of an element. */
export function markWords(parent, words) {
  const walker = document.createTreeWalker(parent, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts) {
    for (const [from, to] of placesOf(words, text.data).reverse()) {
      const found = text.splitText(from);
      found.splitText(to - from);
      found.replaceWith(element('mark', '', found.data));
    }
  }
}
