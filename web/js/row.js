// One row of the log: from an item to elements, and from a text to nodes.
//
// Owns: how a row is built, redrawn and reached by keys, and what is a link. A text
// enters the document as text nodes only (there is no HTML string in web/).
// Must not know: the list, scrolling, the line.
//
// An item is { kind, at, ... }: kind `said` is a message (own, text, state),
// `day`, `gap` and `unread` are lines about the log itself (text).
//
// Next: `log.js`.

import { SENDING_SHOWN_AFTER_MS, SHOWN_WHOLE_CHARS_MAX, TURN_MS } from './limits.js';

/** An element of `name` with a class, holding `parts` (elements or strings). */
export function element(name, className, ...parts) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...parts);
  return made;
}

// --- Texts -------------------------------------------------------------------

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

// --- Rows --------------------------------------------------------------------

/**
 * Builds and redraws rows in the words of `say` and the times of `clock`.
 * `retry(item)` and `takeBack(item)` are what the buttons of a row do.
 */
export function rowMaker({ say, clock, retry, takeBack }) {
  function build(item) {
    const row = element('li', item.kind);
    row.tabIndex = -1;
    if (item.kind !== 'said') {
      row.append(element('p', '', item.text));
      return row;
    }
    row.classList.toggle('own', item.own);
    const time = element('time', '');
    const head = element('p', 'head', time);
    if (item.own) head.prepend(element('b', 'who', say('you')), ' ');
    const text = element('div', 'text');
    // Each text finds its own direction and keeps it to itself.
    text.dir = 'auto';
    fillText(text, item.text);
    row.append(head, text);
    if (item.text.length > SHOWN_WHOLE_CHARS_MAX) row.append(shortened(text, item.text.length));
    if (item.own) row.append(element('span', 'mark'));
    return row;
  }

  function shortened(text, length) {
    const all = button(say('showAll', { n: length.toLocaleString() }), () => {
      text.classList.remove('long');
      all.remove();
    });
    text.classList.add('long');
    return all;
  }

  function button(words, pressed) {
    const made = element('button', 'plain', words);
    made.type = 'button';
    made.addEventListener('click', pressed);
    return made;
  }

  function drawMark(item, isLatestOwn) {
    const mark = item.row.querySelector('.mark');
    const waited = Date.now() - item.handedAt >= SENDING_SHOWN_AFTER_MS;
    const look = item.state === 'sent' && !isLatestOwn ? ''
      : item.state === 'sending' && !waited ? '' : item.state;
    if (mark.dataset.look === look) return;
    mark.dataset.look = look;
    item.row.classList.toggle('failed', look === 'unsure');
    const words = { sent: 'sent', sending: 'sending', waiting: 'waits', unsure: 'unsure' }[look];
    mark.replaceChildren(words ? say(words) : '');
    if (look !== 'unsure') return;
    mark.append(
      ' ', button(say('retry'), () => retry(item)),
      ' ', button(say('takeBack'), () => takeBack(item)),
    );
  }

  function drawTime(item) {
    if (item.shownAt === item.at) return;
    item.shownAt = item.at;
    const time = item.row.querySelector('time');
    time.textContent = clock.time(item.at);
    time.dateTime = new Date(item.at).toISOString();
    time.title = clock.full(item.at);
  }

  return {
    /** Brings the row of `item` up to date; `before` and `after` are its neighbours. */
    draw(item, before, after, latestOwn) {
      if (!item.row) item.row = build(item);
      if (item.kind === 'unread') item.row.firstChild.textContent = item.text;
      if (item.kind !== 'said') return item.row;
      item.row.classList.toggle('turn', beginsTurn(item, before));
      item.row.classList.toggle('ends', !after || beginsTurn(after, item));
      drawTime(item);
      if (item.own) drawMark(item, item === latestOwn);
      return item.row;
    },
  };
}

/**
 * Whether `item` begins a turn, that is, needs a head.
 *
 * One's own turn goes on for five minutes. Voices without a name cannot be told
 * apart, so there are no turns of theirs to be seen: each message keeps a knot
 * of its own, and all that is left out is a time that the row above shows.
 */
function beginsTurn(item, before) {
  if (!before || before.kind !== 'said' || before.own !== item.own) return true;
  if (item.own) return item.at - before.at > TURN_MS;
  // Every zone is whole minutes away, so this is the minute that is shown.
  return Math.floor(item.at / 60_000) !== Math.floor(before.at / 60_000);
}

/**
 * Keys in the log: one stop for Tab, then row by row with the arrows; Enter goes
 * to a row's first button or link, Escape back to the log. Returns a function
 * that tells which row has the focus.
 */
export function walkRows(box, list) {
  function focusedRow() {
    const focused = document.activeElement;
    return focused && list.contains(focused) ? focused.closest('li') : null;
  }

  box.addEventListener('keydown', (event) => {
    const row = focusedRow();
    let goal = null;
    if (event.key === 'ArrowDown') goal = row && row.nextElementSibling;
    else if (event.key === 'ArrowUp') goal = row ? row.previousElementSibling : list.lastElementChild;
    else if (event.key === 'Enter' && event.target === row) goal = row.querySelector('button, a');
    else if (event.key === 'Escape' && row) goal = box;
    if (!goal) return;
    event.preventDefault();
    event.stopPropagation();
    goal.focus({ preventScroll: goal === box });
  });
  return focusedRow;
}
