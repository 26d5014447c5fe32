// Elements of the page, and how a text that a person wrote becomes elements. Text stays text. An
// address becomes a link. What stands between marks is bold, emphasized or code (`*bold*`,
// `_emphasized_`, `` `code` ``).
//
// Owns: the only way by which such a text enters the document; what is a link, and what is marked.
// It trims texts and compares names as the server does.
// Must not know: rows, the log, the connection.
//
// Part: `chat.js`.

import { belowHome } from './addresses.js';
import { HIDDEN_DRAW_MS } from './limits.js';

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
 * Makes these rows the children of `list`, in this order. A row that stays in its place is not
 * touched: so it keeps its focus and its selection.
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
 * Makes { soon, cancel }: `soon()` has `draw` called at the next animation frame; in a hidden tab
 * seldom.
 */
export function oncePerFrame(draw) {
  let cancelTimer = null;

  function soon() {
    if (cancelTimer) return;
    const due = () => {
      cancelTimer = null;
      draw();
    };
    if (document.hidden) {
      const timer = setTimeout(due, HIDDEN_DRAW_MS);
      cancelTimer = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame(due);
      cancelTimer = () => cancelAnimationFrame(frame);
    }
  }

  function cancel() {
    if (cancelTimer) cancelTimer();
    cancelTimer = null;
  }

  // A tab that is shown again is drawn at once.
  document.addEventListener('visibilitychange', () => {
    if (!cancelTimer) return;
    cancel();
    soon();
  });
  return { soon, cancel };
}

// --- Texts and names -----------------------------------------------------------

/**
 * Returns a text as the server will read it: without white space at the ends. JavaScript's `trim`
 * has other white space than Rust's. Half of a surrogate pair becomes U+FFFD.
 */
export function trimmedText(text) {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

/** Returns the length of a text on the wire, in bytes of UTF-8. */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/**
 * Returns a name without its capitals, as the server does: some small letters have one capital, and
 * the small form of a Turkish capital has a dot too many.
 */
export const nameKey = (name) => name.normalize('NFD').toLowerCase().toUpperCase().toLowerCase()
  .normalize('NFD').replace(/i\p{M}+/gu, (letter) => letter.replace(/\u0307/g, '')).normalize('NFKC');

const encoder = new TextEncoder();

/** Whether the server gives such names itself. Nobody may ask for one. */
export const isGivenName = (name) => /^(?:guest-|user)\d+$/i.test(name);

/**
 * Returns the class of a name's colour, one of twelve: that of the server's pages (FNV-1a). It
 * comes from the name alone, so a name has the same colour on each screen.
 */
export const colourOf = (name) => `p${(encoder.encode(nameKey(name)).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0) % 12}`;

export const colouredName = (name) => element('b', `who ${colourOf(name)}`, element('bdi', '', name));

/**
 * Returns a text as it is shown: the two control characters that reverse letters are replaced by
 * their numbers. The other bidi controls stay, because Arabic and Hebrew need them.
 */
export const withoutOverrides = (text) => text.replace(/[\u202d\u202e]/g, (sign) => (
  `[U+${sign.charCodeAt(0).toString(16).toUpperCase()}]`));

/**
 * Returns a name or a text for the middle of a sentence, between two controls that keep its writing
 * direction apart.
 */
export const isolated = (words) => `\u2068${withoutOverrides(words).replace(/[\u2066-\u2069]/g, '')}\u2069`;

/** Makes a sentence the content of `parent`; each part that `isolated` made is an element. */
export function fillSentence(parent, words) {
  parent.replaceChildren(...words.split(/[\u2068\u2069]/).map((part, nth) => (nth % 2 ? element('bdi', '', part) : part)));
}

// --- From a text to elements ------------------------------------------------------

// An address ends at white space, at < > ", at a bidi control (RFC 3987 4.1), and at full-width
// punctuation, which Chinese and Japanese put right behind an address.
const ADDRESS = String.raw`\b(?:https?:\/\/|mailto:|www\.(?=[\p{L}\p{N}-]+\.\p{L}))[^\s<>"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u3000-\u3003\u3008-\u3011\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]+`;
// Between three marks code may have line breaks, between single ones not.
const CODE = '```[^]+?```\\n?|`[^`\\n]+`';
/**
 * Matches a block of code; its group is the code without its marks and the name of its language.
 */
const BLOCK = /^```(?:[\w+#.-]*\n)?([^]*?)\n?```\n?$/;
const STRESS = '\\*\\*(?!\\s)[^*\\n]*[^*\\s]\\*\\*|__(?!\\s)[^_\\n]*[^_\\s]__|\\*(?!\\s)[^*\\n]*[^*\\s]\\*|_(?!\\s)[^_\\n]*[^_\\s]_';
const NUMBER = '#\\d{1,16}(?!\\d)';
const LINKS = new RegExp(`${ADDRESS}|${NUMBER}`, 'giu');
const MARKED = new RegExp(`${ADDRESS}|${NUMBER}|${CODE}|${STRESS}`, 'giu');
// A letter or a number that makes one word with what stands beside it. Chinese has no spaces, so
// its letters do not.
const WORD = /(?!\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul})[\p{L}\p{N}]/u;
const BRACKETS = { ')': '(', ']': '[', '}': '{' };

/**
 * Returns an address without punctuation at its end, and without a closing bracket that the address
 * does not open.
 */
function trimmedAddress(address) {
  // How often each sign is in what is left. They are counted once, because a hostile text may end
  // in thousands of signs.
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

// A letter of a script that may pass for Latin. Latin beside Chinese, Japanese or Korean fools
// nobody.
const LATIN = /\p{Script=Latin}/u;
const NOT_LATIN = /(?!\p{Script=Latin}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Script=Bopomofo})\p{Letter}/u;

/**
 * Returns an address as it is shown: as typed, or with the host in Punycode if the host mixes
 * scripts.
 */
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
  // What stands before an @ can look like the host.
  if (/^(?:\w+:\/\/|www\.)[^/?#\\]*@/.test(address)) return null;
  if (!web && !(url.protocol === 'mailto:' && url.pathname.includes('@'))) return null;
  const link = element('a', '', web ? shownAs(address, url) : address);
  link.href = url.href;
  // An address reads from left to right, whatever stands around it.
  link.dir = 'ltr';
  link.rel = 'noopener noreferrer nofollow ugc';
  // A room of this server and an invite into one lead on in this tab; not with somebody's session.
  const isRoom = /^r\/[^/]+(\/invite)?$/.test(belowHome(url)) && !url.searchParams.has('s');
  if (!isRoom) link.target = '_blank';
  return link;
}

/**
 * Makes a link of the number `found`, which stands in `text` at `at`; null if it is no number of a
 * line, such as a part of a word.
 */
function numberLink(found, text, at, linkOf) {
  const seq = Number(found.slice(1));
  const [before, behind] = [text[at - 1] || '', text[at + found.length] || ''];
  const isPart = /[&#/_]/.test(before) || behind === '_' || WORD.test(before) || WORD.test(behind);
  if (!linkOf || !seq || !Number.isSafeInteger(seq) || isPart) return null;
  const link = element('a', '', found);
  link.href = linkOf(seq);
  link.dataset.seq = seq;
  return link;
}

/** Makes an element of code: of a block, or of a piece within a line. `found` has its marks. */
function codePart(found) {
  const [, block] = BLOCK.exec(found) || [];
  return block === undefined ? element('code', '', withoutOverrides(found.slice(1, -1)))
    : element('code', 'block', withoutOverrides(block));
}

/**
 * Returns { part, length }: an element for what was found, null if it stays text; and how many
 * characters are done.
 */
function foundPart(found, text, at, linkOf) {
  const sign = found[0];
  if (sign === '#') return { part: numberLink(found, text, at, linkOf), length: found.length };
  if (sign === '`') return { part: codePart(found), length: found.length };
  if (sign !== '*' && sign !== '_') {
    const address = trimmedAddress(found);
    return { part: linkTo(address), length: address.length };
  }
  // In the middle of a word a mark is of a sum, or of a file's name.
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
 * Returns a pattern that finds where a text calls this name: at the beginning of the text, or
 * behind an `@`. The first group is what stands before the name, because old Safari cannot look
 * behind.
 */
function callPattern(name) {
  const letters = name.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  return new RegExp(`(^\\s*@?|[^\\p{L}\\p{N}]@)(${letters})($|[^\\p{L}\\p{N}])`, 'iu');
}

/** The reader's name before the present one, if the server keeps it for them. */
let formerName = '';
export const callsAlso = (name) => { formerName = name; };

/**
 * Whether a line speaks to the reader, who has this name: it replies to them, or its text calls
 * them, by this name or the one before. A new line names the person to whom it replies; an older
 * one says whether that is the reader.
 */
export function speaksTo(name, line) {
  return Boolean(name && (line.to_you || line.reply_to === name || [name, formerName].some((one) => one && callPattern(one).test(line.text))));
}

/** Emphasizes a name where the text of `parent` calls it, but not in links and marked parts. */
export function emphasizeName(parent, name) {
  const texts = Array.from(parent.childNodes).filter((node) => node.nodeType === Node.TEXT_NODE);
  for (const text of texts) {
    // A name without an `@` calls only at the beginning of the whole text.
    const [found] = [callPattern(name).exec(text.data)].filter((one) => one && (text === parent.firstChild || one[1].endsWith('@')));
    if (found) {
      const match = text.splitText(found.index + found[1].length);
      match.splitText(found[2].length);
      match.replaceWith(element('b', '', match.data));
    }
  }
}

/**
 * Fills `parent` with a text: text nodes, marked parts and links. `linkOf(seq)` returns the address
 * of a line; without this function `#12` is no link.
 */
export function fillText(parent, text, linkOf) {
  fill(parent, text, MARKED, linkOf);
}
