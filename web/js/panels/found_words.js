// The words of a search, in a text that was found.
//
// Owns: which parts of a text are marked as found.
// Must not know: the form, the results.
//
// Part: `chat.js`.

import { element } from '../elements.js';

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
