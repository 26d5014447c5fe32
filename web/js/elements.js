// Elements of the page, and the way from a text to elements: text stays text, an address becomes a link,
// and what stands between marks looks like it.
//
// Owns: the only way of what people write into the document (there is no HTML string in `web/`), what is
// a link, what is marked (`*so*`, `_so_`, `` `so` ``), how the server reads a text and compares names.
// Must not know: rows, the log, the connection.
//
// Part: `chat.js`.

/** Makes an element with a class, which holds `parts` (elements or strings). */
export function element(name, className, ...parts) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...parts);
  return made;
}

/** Makes an element with these attributes, which holds `parts`. */
export function elementWith(name, attributes, ...parts) {
  const made = element(name, '', ...parts);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Makes a button that looks like a word; `pressed()` is called when it is pressed. */
export function button(words, pressed) {
  const made = element('button', 'plain', words);
  made.type = 'button';
  made.addEventListener('click', pressed);
  return made;
}

/**
 * Makes these rows the children of `list`. First rows go, then others come or move. A row that stays
 * is not touched: it keeps its focus, its selection and the finger on it.
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
 * Copies a text for the reader to paste. Over plain http a browser has no clipboard for scripts, but copies what is
 * selected. Returns whether it was copied.
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (notHere) {
    const focused = document.activeElement;
    const holder = elementWith('textarea', { class: 'heard', readonly: '', 'aria-hidden': 'true' });
    holder.value = text;
    document.body.append(holder);
    holder.select();
    const isCopied = document.execCommand('copy');
    holder.remove();
    if (focused) focused.focus({ preventScroll: true });
    return isCopied;
  }
}

// --- Texts and names -----------------------------------------------------------

/**
 * Returns a text as the server will make it: without white space at the ends. Rust's `trim` and JavaScript's
 * differ (U+0085, U+FEFF), hence the property. Half a surrogate pair would become U+FFFD on the wire anyway.
 */
export function trimmedText(text) {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

/** Returns the length of a text on the wire, in bytes of UTF-8. */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/** Returns a name as the server compares it. */
export const nameKey = (name) => name.normalize('NFKC').toLowerCase();

const encoder = new TextEncoder();

/** Returns the class of a name's colour, one of twelve: FNV-1a, as the server's pages have it. */
export function colourOf(name) {
  const hash = encoder.encode(nameKey(name)).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5);
  return `p${(hash >>> 0) % 12}`;
}

/** Makes an element with a name in its colour. */
export const colouredName = (name) => element('b', `who ${colourOf(name)}`, element('bdi', '', name));

/**
 * Returns a text as it is shown: the two controls that write letters backwards are there by their numbers.
 * Arabic and Hebrew need the other bidi controls.
 */
export const withoutOverrides = (text) => text.replace(/[\u202d\u202e]/g, (sign) => (
  `[U+${sign.charCodeAt(0).toString(16).toUpperCase()}]`));

/** Returns a name or a text for the middle of a sentence: in its own direction, whatever stands beside it. */
export const isolated = (words) => `\u2068${withoutOverrides(words).replace(/[\u2066-\u2069]/g, '')}\u2069`;

/** Makes a sentence the content of `parent`; each isolated part of it is an element. */
export function fillSentence(parent, words) {
  parent.replaceChildren(...words.split(/[\u2068\u2069]/).map((part, nth) => (nth % 2 ? element('bdi', '', part) : part)));
}

// --- From a text to elements ------------------------------------------------------

// An address ends at white space, at < > ", at a bidi control (RFC 3987 4.1: none is in it), and
// at full-width punctuation, which Chinese and Japanese put right behind it.
const ADDRESS = String.raw`\b(?:https?:\/\/|mailto:|www\.(?=[\p{L}\p{N}-]+\.\p{L}))[^\s<>"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u3000-\u3003\u3008-\u3011\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]+`;
// Code has everything in it, also line breaks between three marks; the others begin and
// end with a letter or the like, in one line. A block of code ends its line.
const CODE = '```[^]+?```\\n?|`[^`\\n]+`';
/** A block of code, without its marks and the name of its language. */
const BLOCK = /^```(?:[\w+#.-]*\n)?([^]*?)\n?```\n?$/;
const STRESS = '\\*\\*(?!\\s)[^*\\n]*[^*\\s]\\*\\*|__(?!\\s)[^_\\n]*[^_\\s]__|\\*(?!\\s)[^*\\n]*[^*\\s]\\*|_(?!\\s)[^_\\n]*[^_\\s]_';
// The number of a line: `#12`.
const NUMBER = '#\\d{1,16}(?!\\d)';
const LINKS = new RegExp(`${ADDRESS}|${NUMBER}`, 'giu');
const MARKED = new RegExp(`${ADDRESS}|${NUMBER}|${CODE}|${STRESS}`, 'giu');
const WORD = /[\p{L}\p{N}]/u;
const BRACKETS = { ')': '(', ']': '[', '}': '{' };

/** An address without end punctuation, and without brackets that open outside of it. */
function trimmedAddress(address) {
  // How often each sign is in what is left. Counted once: hostile texts end in thousands of them.
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
  const start = /^www\./i.test(address) ? 0 : address.indexOf('//') + 2;
  const host = address.slice(start).split(/[/?#]/)[0];
  const mixed = LATIN.test(host) && NOT_LATIN.test(host);
  return mixed ? `${address.slice(0, start)}${url.host}${address.slice(start + host.length)}` : address;
}

function linkTo(address) {
  let url;
  try {
    url = new URL(/^www\./i.test(address) ? `http://${address}` : address);
  } catch (noAddress) {
    return null;
  }
  const web = /^https?:$/.test(url.protocol);
  // What stands before an @ looks like the host, and is not.
  if (/^(?:\w+:\/\/|www\.)[^/?#\\]*@/.test(address)) return null;
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

/** A link to a line by its number; null if `found`, at `at` in `text`, is no such number. */
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

/** Makes code of what stands between marks: in the line, or a block that scrolls inside itself. */
function codePart(found) {
  const [, block] = BLOCK.exec(found) || [];
  return block === undefined ? element('code', '', withoutOverrides(found.slice(1, -1)))
    : element('code', 'block', withoutOverrides(block));
}

/** Makes an element of what was found, and says how long it is; the element is null if it stays text. */
function foundPart(found, text, at, linkOf) {
  const sign = found[0];
  if (sign === '#') return { part: numberLink(found, text, at, linkOf), length: found.length };
  if (sign === '`') return { part: codePart(found), length: found.length };
  if (sign !== '*' && sign !== '_') {
    const address = trimmedAddress(found);
    return { part: linkTo(address), length: address.length };
  }
  // In the middle of a word it is a sum, or part of a file's name.
  const isWord = WORD.test(text[at - 1] || '') || WORD.test(text[at + found.length] || '');
  if (isWord) return { part: null, length: 1 };
  // The marks stay: what is copied is what was typed.
  const part = element(sign === '*' ? 'b' : 'em', '');
  fill(part, found, LINKS, linkOf);
  return { part, length: found.length };
}

function fill(parent, text, pattern, linkOf) {
  let done = 0;
  const sought = new RegExp(pattern);
  for (let match = sought.exec(text); match; match = sought.exec(text)) {
    const { part, length } = foundPart(match[0], text, match.index, linkOf);
    if (part) {
      parent.append(withoutOverrides(text.slice(done, match.index)), part);
      done = match.index + length;
    }
    sought.lastIndex = match.index + Math.max(1, length);
  }
  parent.append(withoutOverrides(text.slice(done)));
}

/**
 * Returns a pattern that finds where a text calls this name: the text begins with it, or it stands behind an `@`. A person
 * called Will is not called by "I will". (Old Safari cannot look behind: the first group is what stands before.)
 */
function callPattern(name) {
  const letters = name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(^\\s*@?|[^\\p{L}\\p{N}]@)(${letters})($|[^\\p{L}\\p{N}])`, 'iu');
}

/** Returns whether a text calls this name. */
export function callsName(text, name) {
  return Boolean(name) && callPattern(name).test(text);
}

/** Emphasizes a name where the text of `parent` calls it, but not in links and marked parts. */
export function emphasizeName(parent, name) {
  const texts = Array.from(parent.childNodes).filter((node) => node.nodeType === Node.TEXT_NODE);
  for (const text of texts) {
    // Only the first part of a text is its beginning.
    const [found] = [callPattern(name).exec(text.data)].filter((one) => one && (text === parent.firstChild || one[1].endsWith('@')));
    if (found) {
      const match = text.splitText(found.index + found[1].length);
      match.splitText(found[2].length);
      match.replaceWith(element('b', '', match.data));
    }
  }
}

/**
 * Fills `parent` with a text: text nodes, marked parts, and a link where one can be made safely. `linkOf(seq)`
 * is the address of a line, if `#12` shall be a link.
 */
export function fillText(parent, text, linkOf) {
  fill(parent, text, MARKED, linkOf);
}
