// From a text to nodes: text stays text, and what is an address is a link.
//
// Owns: the only way of what people say into the document (there is no HTML
// string in web/), and what is a link.
// Must not know: rows, the log.
//
// Next: `room.js`.

/** An element of `name` with a class, holding `parts` (elements or strings). */
export function element(name, className, ...parts) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...parts);
  return made;
}

/** A button that looks like a word. */
export function button(words, pressed) {
  const made = element('button', 'plain', words);
  made.type = 'button';
  made.addEventListener('click', pressed);
  return made;
}

// An address ends at white space, at < > ", and at full-width punctuation,
// which Chinese and Japanese put right behind it.
const ADDRESS = /\b(?:https?:\/\/|mailto:)[^\s<>"\u3000-\u3003\u3008-\u3011\uff01\uff08\uff09\uff0c\uff0e\uff1a\uff1b\uff1f]+/giu;
const BRACKETS = { ')': '(', ']': '[', '}': '{' };

/** Without end punctuation and without brackets that open outside of it. */
function trimmed(address) {
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    const opens = BRACKETS[last];
    if (opens) {
      const inside = address.slice(0, end);
      if (inside.split(opens).length >= inside.split(last).length) break;
    } else if (!/[.,:;!?'\u2019\u201d\u2026*_~]/.test(last)) break;
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
  if (!web && !(url.protocol === 'mailto:' && url.pathname.includes('@'))) return null;
  const link = element('a', '', web ? shownAs(address, url) : address);
  link.href = url.href;
  link.target = '_blank';
  link.rel = 'noopener noreferrer nofollow ugc';
  return link;
}

/** Fills `place` with `text`: text nodes, and links where one can be made safely. */
export function fillText(place, text) {
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const link = linkTo(address);
    if (!link) continue;
    place.append(text.slice(done, match.index), link);
    done = match.index + address.length;
  }
  place.append(text.slice(done));
}

