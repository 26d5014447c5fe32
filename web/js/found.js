// Search: what was said in this room, by its words, by whom, on a day.
//
// Owns: the panel of what was found, asking on until a page of it is full, and the ways to
// have all of the room as a file.
// Must not know: the log, the line.
//
// Next: `notices.js`.

import { lineLink, saveLink } from './addresses.js';
import { FOUND_AGAIN_MS, FOUND_MAX } from './limits.js';
import { reasonOf } from './reasons.js';
import { colourOf } from './row.js';
import { button, element, fillText } from './text.js';

/** The panel; `ask(message)` hands a request to the line, and is false if there is none. */
export function foundPanel({ panel, say, clock, room, ask, hides }) {
  const form = panel.querySelector('form');
  const list = panel.querySelector('ol');
  const words = panel.querySelector('p');
  const field = form.elements.text;
  let sought = {};
  let count = 0;
  let wanted = 0;
  // One question at a time: an answer does not say to which it is one.
  let isAsked = false;
  let isNext = false;
  let olderThan;
  let again = 0;
  panel.querySelector('summary').textContent = say('find');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    seek();
  });
  panel.addEventListener('toggle', () => { if (panel.open) field.focus(); });
  list.after(element('p', 'small', say('saveAs'),
    ...[['text', 'asText'], ['jsonl', 'asJsonLines']].flatMap(([form, name]) => [' ', file(form, name)])));

  function file(as, name) {
    const link = element('a', '', say(name));
    link.href = saveLink(room, as);
    link.download = '';
    return link;
  }

  /** What stands in the form; the day is one of the reader's, wherever that is. */
  function typed() {
    const [text, from, day] = [field, form.elements.from, form.elements.day].map((one) => one.value.trim());
    const [year, month, date] = day.split('-').map(Number);
    const midnight = (later) => new Date(year, month - 1, date + later).getTime();
    return { ...(text ? { text } : {}), ...(from ? { from } : {}), ...(date ? { since: midnight(0), until: midnight(1) } : {}) };
  }

  function seek() {
    if (!Object.keys(typed()).length) return;
    sought = typed();
    isNext = isAsked;
    if (!isNext) begin();
  }

  function begin() {
    isNext = false;
    count = 0;
    wanted = FOUND_MAX;
    list.replaceChildren();
    on();
  }

  function on(before) {
    olderThan = before;
    isAsked = ask({ type: 'search', room, ...sought, ...(before ? { before } : {}) });
    words.textContent = say(isAsked ? 'looking' : 'needsLine');
  }

  function settle() {
    isAsked = false;
    clearTimeout(again);
  }

  function row(told) {
    const link = element('a', '', `${clock.day(told.time)} ${clock.time(told.time)}`);
    link.href = lineLink(room, told.seq);
    const text = element('div', 'text');
    text.dir = 'auto';
    fillText(text, told.text, (seq) => lineLink(room, seq));
    return element('li', '', element('p', 'head',
      element('b', `who ${colourOf(told.from)}`, element('bdi', '', told.from)), ' ', link), text);
  }

  return {
    seek(text) {
      panel.open = true;
      form.reset();
      field.value = text;
      seek();
    },
    /** Lines that were found, oldest first; those of the next answer are older. */
    found(told) {
      if (told.room !== room || !isAsked) return;
      settle();
      if (isNext) {
        begin();
        return;
      }
      const lines = told.lines.filter((line) => !hides(line)).reverse();
      list.append(...lines.map(row));
      count += lines.length;
      if (told.next && count < wanted) {
        on(told.next);
        return;
      }
      words.replaceChildren(say(count === 1 ? 'foundOne' : 'foundMany', { n: count }));
      if (!told.next) return;
      words.append(' ', button(say('older'), () => {
        wanted = count + FOUND_MAX;
        // The button goes.
        field.focus();
        on(told.next);
      }));
    },
    /** It was not looked for, or not yet. True: this was about the search. */
    refused(told) {
      if (!isAsked || told.id || (told.room && told.room !== room)) return false;
      if (told.reason === 'too-fast') {
        // Its turn comes: the person was faster than the box looks, and did nothing wrong.
        clearTimeout(again);
        again = setTimeout(() => (isNext ? begin() : on(olderThan)), told.wait || FOUND_AGAIN_MS);
        return true;
      }
      settle();
      isNext = false;
      words.textContent = reasonOf(told, say);
      return true;
    },
    lineLost() {
      if (isAsked) words.textContent = say('needsLine');
      settle();
      isNext = false;
    },
  };
}
