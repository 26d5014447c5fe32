// What a message of the room replies to, if that line is not among those that the page has.
//
// Owns: these lines, which the page asks for when the reader sees a quote of one; and what stands
// in the quote then.
// Must not know: how a row is built, where the reader goes.
//
// The server does not repeat the text of a message in each reply to it, so that a quote has the
// newest text, and a frame to all stays small. The page asks for one line at a time.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { colouredName, element } from '../elements.js';
import { say } from '../words.js';
import { goneBy, readLine } from './lines.js';
import { firstWords } from './row.js';

/** While another request is under way, the page tries again after this. */
const ASK_AGAIN_MS = 300;
/** A line that has not come after so many requests is not asked for any more. */
const REQUESTS_MAX = 3;

/**
 * Fills the quotes of lines that the page does not have, in the log view `view` of the room. `box`
 * scrolls; `roomLog` asks for lines; `name()` is that of the reader.
 */
export function openQuotes({ box, view, roomLog, name }) {
  // For each line that has come: its item; and for each that is wanted, how often it was asked for.
  const found = new Map();
  const wanted = new Map();
  // Who else wants a line: [seq, done].
  const others = [];
  let timer = 0;
  const list = box.querySelector('.rows');
  const seqOf = (quote) => Number(quote.dataset.seq);
  const inSight = new IntersectionObserver((seen) => seen.forEach(({ isIntersecting, target }) => {
    if (isIntersecting) look(target);
  }), { root: box });

  /** Puts these words into a quote, behind what only screen readers say. */
  const put = (quote, ...words) => quote.replaceChildren(quote.firstChild, ...words);

  function draw(quote) {
    const item = found.get(seqOf(quote));
    if (!item || view.find(item.seq)) return;
    const who = item.own ? element('b', 'who', element('bdi', '', item.from)) : colouredName(item.from);
    put(quote, who, ' ', element('bdi', '', item.text === null ? say('deletedWords') : firstWords(item.text)));
    callReader(quote, item);
  }

  /** Who replies to the reader speaks to them. The server may not have known whose the line was. */
  function callReader(quote, { own }) {
    const reply = own && view.itemOf(quote.closest('li'));
    if (!reply || reply.own || reply.isToMe) return;
    Object.assign(reply, { isToMe: true, row: null });
    view.redraw();
  }

  /** The reader sees this quote. */
  function look(quote) {
    const seq = seqOf(quote);
    inSight.unobserve(quote);
    if (view.find(seq)) return;
    if (found.has(seq)) draw(quote);
    else if (!wanted.has(seq)) wanted.set(seq, 0);
    ask();
  }

  function ask() {
    clearTimeout(timer);
    const [seq] = [...wanted.keys()].filter((one) => wanted.get(one) < REQUESTS_MAX).slice(-1);
    if (!seq) return;
    if (!roomLog.isAsking() && !roomLog.isBehind()) {
      wanted.set(seq, wanted.get(seq) + 1);
      roomLog.ask({ before: seq + 1, from: seq, count: 1, done: ([line]) => take(seq, line) });
    }
    timer = setTimeout(ask, ASK_AGAIN_MS);
  }

  function take(seq, line) {
    wanted.delete(seq);
    const item = line && line.seq === seq ? readLine(line, name(), () => null) : null;
    if (item && item.kind === 'said') found.set(seq, item);
    else wanted.set(seq, REQUESTS_MAX);
    list.querySelectorAll(`.quote[data-seq="${seq}"]`).forEach(draw);
    for (const one of others.filter(([which]) => which === seq)) {
      others.splice(others.indexOf(one), 1);
      one[1](found.get(seq));
    }
    ask();
    // A reader near the top may wait for older lines, which could not be asked for meanwhile.
    view.redraw();
  }

  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        const quotes = node.matches('.quote') ? [node] : node.querySelectorAll('.quote');
        quotes.forEach((quote) => { if (!view.find(seqOf(quote))) inSight.observe(quote); });
      }
    }
  }).observe(list, { childList: true, subtree: true });
  list.querySelectorAll('.quote').forEach((quote) => { if (!view.find(seqOf(quote))) inSight.observe(quote); });

  return {
    /**
     * Calls `done(item)` with a line of the room, when it is there; with nothing if there is none.
     */
    lookUp(seq, done) {
      const item = view.find(seq) || found.get(seq);
      if (item || wanted.get(seq) >= REQUESTS_MAX) {
        done(item);
        return;
      }
      others.push([seq, done]);
      if (!wanted.has(seq)) wanted.set(seq, 0);
      ask();
    },
    /** Takes each frame: an edit or a deletion changes a line, and a `removed` takes some. */
    noticed(frame) {
      if (frame.room !== currentRoom) return;
      const item = found.get(frame.of);
      if (item && ['edit', 'delete'].includes(frame.type)) item.text = frame.type === 'delete' ? null : frame.text;
      if (frame.type === 'removed') {
        for (const gone of [...found.values()].filter(goneBy(frame))) {
          found.delete(gone.seq);
          list.querySelectorAll(`.quote[data-seq="${gone.seq}"]`).forEach((quote) => put(quote, element('bdi', '', `#${gone.seq}`)));
        }
      } else if (item) list.querySelectorAll(`.quote[data-seq="${frame.of}"]`).forEach(draw);
    },
  };
}
