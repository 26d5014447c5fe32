// What a result of the search has besides a row of the log: where it was said, a link to its
// message, the marks of what was found, and the words of what it replies to.
//
// Owns: the lines that results reply to. A result may be of another room than that of the page; the
// page asks for such a line when the reader sees the result, one line at a time.
// Must not know: what is searched, and where.
//
// Part: `chat.js`.

import { currentRoom, lineLink } from '../addresses.js';
import { colouredName, element, fillSentence, isolated } from '../elements.js';
import { readLine } from '../messages/lines.js';
import { firstWords } from '../messages/row.js';
import { say } from '../words.js';
import { markWords } from './found_words.js';

/** Returns where a result was said, as the reader reads it. `room` is null for a private one. */
export const whereWords = ({ room, with: name }) => (room === null ? say('inThisTalk', { name: isolated(name) }) : say('inThisRoom', { room: isolated(room) }));

/**
 * Makes the time of a result a link to its message, and marks what was found. A private message has
 * no address. `isEverywhere`: the result says where it was said.
 */
export function finishResult(item, sought, isEverywhere) {
  const time = item.row.querySelector('time');
  if (isEverywhere && !item.row.querySelector('.place')) {
    const place = element('span', 'place');
    fillSentence(place, whereWords(item));
    time.before(place, ' ');
  }
  if (item.room !== null && !time.closest('a')) {
    const link = element('a', '');
    link.href = lineLink(item.room, item.seq);
    time.replaceWith(link);
    link.append(time);
    // The Tab key stops at the row, and not at this link.
    link.tabIndex = -1;
  }
  if (item.isMarked || item.text === null) return;
  item.isMarked = true;
  markWords(item.row.querySelector('.text'), sought);
}

/** The row of a pressed result; null if something in it was pressed that has its own action. */
export const pressedRow = ({ target }) => (target.closest('a, button') ? null : target.closest('li.said'));

// --- What a result replies to ---------------------------------------------------------

const keyOf = (room, seq) => `${seq} ${room === null ? '' : room}`;

/**
 * Makes the quotes in the results that `box` scrolls. `lineHere(seq, done)` calls `done(item)` with
 * a line of this page's room, when it is there; `privateLine(seq)` returns a private message;
 * `name()` is that of the reader.
 */
export function openFoundQuotes({ box, send, lineHere, privateLine, name }) {
  // By room and number: the item of each line that has come; null if there is none.
  const known = new Map();
  // The lines of other rooms that the page wants, and the one that it has asked for: { room, seq }.
  let wanted = [];
  let asked = null;
  const inSight = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target }) => {
    if (isIntersecting) look(target);
  }), { root: box });

  function fill(quote) {
    const item = known.get(quote.dataset.of);
    const [heard] = quote.childNodes;
    const number = quote.dataset.of.split(' ')[0];
    if (!item) quote.replaceChildren(heard, element('bdi', '', `#${number}`));
    else {
      const who = item.own ? element('b', 'who', element('bdi', '', item.from)) : colouredName(item.from);
      quote.replaceChildren(heard, who, ' ', element('bdi', '', item.text === null ? say('deletedWords') : firstWords(item.text)));
    }
  }

  function take(key, item) {
    known.set(key, item && item.kind === 'said' ? item : null);
    [...box.querySelectorAll('.quote')].filter(({ dataset }) => dataset.of === key).forEach(fill);
  }

  /** The reader sees this quote. */
  function look(quote) {
    inSight.unobserve(quote);
    const key = quote.dataset.of;
    const [seq, room] = [Number(key.split(' ')[0]), key.split(' ')[1]];
    if (known.has(key)) return;
    if (!room) take(key, privateLine(seq));
    else if (room === currentRoom) lineHere(seq, (item) => take(key, item));
    else if (!wanted.some((one) => one.key === key)) {
      wanted.push({ key, room, seq });
      askNext();
    }
  }

  function askNext() {
    if (asked || !wanted.length) return;
    asked = wanted.shift();
    if (!send({ type: 'history', room: asked.room, before: asked.seq + 1, count: 1 })) asked = null;
  }

  return {
    /** Draws above a result what it replies to. */
    draw(item) {
      if (!item.answers || item.text === null || item.row.querySelector('.quote')) return;
      const quote = element(item.room === null ? 'span' : 'a', 'quote', element('span', 'heard', `${say('replyTo')} `));
      quote.dataset.of = keyOf(item.room, item.answers);
      if (item.room !== null) {
        quote.href = lineLink(item.room, item.answers);
        quote.tabIndex = -1;
        // The log of this page's room goes there without another page.
        if (item.room === currentRoom) quote.dataset.seq = item.answers;
      }
      fill(quote);
      item.row.querySelector('.text').before(quote);
      inSight.observe(quote);
    },
    /** Takes a `history` of another room. Returns true if it answers the question. */
    history({ room, lines }) {
      if (!asked || asked.room !== room) return false;
      const { key, seq } = asked;
      asked = null;
      const [line] = lines.slice(-1);
      take(key, line && line.seq === seq ? readLine(line, name(), () => null) : null);
      askNext();
      return true;
    },
    /** Takes a refusal. Returns true if it answers the question. */
    refused({ room, id }) {
      if (!asked || id || asked.room !== room) return false;
      [asked, wanted] = [null, []];
      return true;
    },
    /** Lines of a room are gone; `room` is null for private messages. */
    forget(room, isGone) {
      for (const [key, item] of known) {
        if (item && isGone(item) && key === keyOf(room, item.seq)) take(key, null);
      }
    },
    /** Another search begins, or there is no connection: a line may have other words by then. */
    clear() {
      known.clear();
      [asked, wanted] = [null, []];
    },
  };
}
