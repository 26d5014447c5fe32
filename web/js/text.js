// From a text to nodes: text stays text, what is an address is a link, and what stands
// between marks looks like it.
//
// Owns: the only way of what people say into the document (there is no HTML
// string in web/), what is a link, and what is marked (`*so*`, `_so_`, `` `so` ``); how the box
// reads a text and a name.
// Must not know: rows, the log.
//
// Next: `nature.js`.

/** An element of `name` with a class, holding `parts` (elements or strings). */
export function element(name, className, ...parts) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...parts);
  return made;
}

/**
 * Has `list` hold these rows. First what goes, then what comes or moves: a row that stays
 * is not touched and keeps its focus, its selection and the finger on it.
 */
export function arrange(list, rows) {
  const stays = new Set(rows);
  Array.from(list.children).forEach((row) => { if (!stays.has(row)) row.remove(); });
  let next = list.firstChild;
  for (const row of rows) {
    if (row === next) next = next.nextSibling;
    else list.insertBefore(row, next);
  }
}

/**
 * A text as the server will make it: white space at the ends goes. Rust's `trim`
 * and JavaScript's differ (U+0085, U+FEFF), hence the property. Half a surrogate
 * pair would become U+FFFD on the wire anyway.
 */
export function clean(text) {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

/** Length of a text on the wire, in bytes of UTF-8. */
export function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}

/** A name as the box compares it. */
export const keyOf = (name) => name.normalize('NFKC').toLowerCase();

/**
 * A text as it is shown: what writes letters backwards is there by its number. Whoever writes
 * Arabic or Hebrew needs the other bidi controls.
 */
export const straight = (text) => text.replace(/[\u202d\u202e]/g, (sign) => (
  `[U+${sign.charCodeAt(0).toString(16).toUpperCase()}]`));

/** A name or a text that is part of a sentence: in its own direction, whatever stands beside it. */
export const apart = (words) => `\u2068${straight(words).replace(/[\u2066-\u2069]/g, '')}\u2069`;

/** Has `place` say a sentence; what is apart in it is an element. */
export function fillSentence(place, words) {
  place.replaceChildren(...words.split(/[\u2068\u2069]/).map((part, nth) => (nth % 2 ? element('bdi', '', part) : part)));
}

/** A button that looks like a word. */
export function button(words, pressed) {
  const made = element('button', 'plain', words);
  made.type = 'button';
  made.addEventListener('click', pressed);
  return made;
}

// An address ends at white space, at < > ", at a bidi control (RFC 3987 4.1: none is in it), and
// at full-width punctuation, which Chinese and Japanese put right behind it.
const ADDRESS = String.raw`\b(?:https?:\/\/|mailto:)[^\s<>"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u3000-\u3003\u3008-\u3011\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]+`;
// Code has everything in it, also line breaks between three marks; the others begin and
// end with a letter or the like, in one line.
const CODE = '```[^]+?```|`[^`\\n]+`';
const STRESS = '\\*\\*(?!\\s)[^*\\n]*[^*\\s]\\*\\*|__(?!\\s)[^_\\n]*[^_\\s]__|\\*(?!\\s)[^*\\n]*[^*\\s]\\*|_(?!\\s)[^_\\n]*[^_\\s]_';
// The number of a line.
const NUMBER = '#\\d{1,16}(?!\\d)';
const LINKS = new RegExp(`${ADDRESS}|${NUMBER}`, 'giu');
const MARKED = new RegExp(`${ADDRESS}|${NUMBER}|${CODE}|${STRESS}`, 'giu');
const WORD = /[\p{L}\p{N}]/u;
const BRACKETS = { ')': '(', ']': '[', '}': '{' };

/** Without end punctuation and without brackets that open outside of it. */
function trimmed(address) {
  // How often each is in what is left; counted once, for hostile texts end in thousands.
  const count = {};
  for (const sign of address) count[sign] = (count[sign] || 0) + 1;
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    const opens = BRACKETS[last];
    if (opens ? (count[opens] || 0) >= count[last] : !/[.,:;!?'\u2019\u201d\u2026*_~]/.test(last)) break;
    count[last] -= 1;
  }
  return address.slice(0, end);
}

// Scripts whose letters pass for Latin ones. Latin beside Chinese, Japanese or
// Korean is common and fools nobody.
const LATIN = /\p{Script=Latin}/u;
const NOT_LATIN = /(?!\p{Script=Latin}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Bopomofo})\p{Letter}/u;

/** The address as it is shown: as typed, unless its host mixes scripts. */
function shownAs(address, url) {
  const start = address.indexOf('//') + 2;
  const host = address.slice(start).split(/[/?#]/)[0];
  const mixed = LATIN.test(host) && NOT_LATIN.test(host);
  return mixed ? `${address.slice(0, start)}${url.host}${address.slice(start + host.length)}` : address;
}

function linkTo(address) {
  let url;
  try {
    url = new URL(address);
  } catch (notOne) {
    return null;
  }
  const web = /^https?:$/.test(url.protocol);
  // What stands before an @ looks like the host, and is none.
  if (/^\w+:\/\/[^/?#\\]*@/.test(address)) return null;
  if (!web && !(url.protocol === 'mailto:' && url.pathname.includes('@'))) return null;
  const link = element('a', '', web ? shownAs(address, url) : address);
  link.href = url.href;
  // It reads from left to right, whatever stands around it.
  link.dir = 'ltr';
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow ugc';
  return link;
}

// Letters that make one word with what stands beside them: Chinese has no spaces.
const JOINS = /(?!\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul})[\p{L}\p{N}_]/u;

/** A line by its number, where `linkOf` says where it is. */
function numberLink(found, text, at, linkOf) {
  const seq = Number(found.slice(1));
  const [before, behind] = [text[at - 1] || '', text[at + found.length] || ''];
  const isPart = /[&#/]/.test(before) || JOINS.test(before) || JOINS.test(behind);
  if (!linkOf || !seq || !Number.isSafeInteger(seq) || isPart) return null;
  const link = element('a', '', found);
  link.href = linkOf(seq);
  link.dataset.seq = seq;
  return link;
}

/** What was found as an element, and how much of it; or nothing. */
function partOf(found, text, at, linkOf) {
  const sign = found[0];
  if (sign === '#') return { part: numberLink(found, text, at, linkOf), length: found.length };
  if (sign === '`') return { part: element('code', found.startsWith('```') ? 'block' : '', straight(found)), length: found.length };
  if (sign !== '*' && sign !== '_') {
    const address = trimmed(found);
    return { part: linkTo(address), length: address.length };
  }
  // In the middle of a word it is a sum, or a name of a file.
  const isWord = WORD.test(text[at - 1] || '') || WORD.test(text[at + found.length] || '');
  if (isWord) return { part: null, length: 1 };
  // The marks stay: what is copied is what was typed.
  const part = element(sign === '*' ? 'b' : 'em', '');
  fill(part, found, LINKS, linkOf);
  return { part, length: found.length };
}

function fill(place, text, pattern, linkOf) {
  let done = 0;
  const sought = new RegExp(pattern);
  for (let match = sought.exec(text); match; match = sought.exec(text)) {
    const { part, length } = partOf(match[0], text, match.index, linkOf);
    if (part) {
      place.append(straight(text.slice(done, match.index)), part);
      done = match.index + length;
    }
    sought.lastIndex = match.index + Math.max(1, length);
  }
  place.append(straight(text.slice(done)));
}

/** A name as a word. (Old Safari cannot look behind: what stands before is the first group.) */
export function asWord(name) {
  const letters = name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(^|[^\\p{L}\\p{N}])(${letters})($|[^\\p{L}\\p{N}])`, 'iu');
}

/** Has a name stand out in what `place` says, but for links and what is marked. */
export function standOut(place, name) {
  const texts = Array.from(place.childNodes).filter((node) => node.nodeType === Node.TEXT_NODE);
  for (const text of texts) {
    const found = asWord(name).exec(text.data);
    if (found) {
      const said = text.splitText(found.index + found[1].length);
      said.splitText(found[2].length);
      said.replaceWith(element('b', '', said.data));
    }
  }
}

/**
 * Fills `place` with `text`: text nodes, marked parts, and links where one can be made
 * safely; `linkOf(seq)` is the address of a line, if `#12` is to be a link.
 */
export function fillText(place, text, linkOf) {
  fill(place, text, MARKED, linkOf);
}
