// The search in this room: by words, by person, by day; and the room as a file.
//
// Owns: the panel with the results. It asks on until a page of results is full.
// Must not know: the log view, how a request travels.
//
// Part: `chat.js`.

import { currentRoom, lineLink, saveLink } from '../addresses.js';
import { button, colouredName, element, fillText } from '../elements.js';
import { pageElement } from '../layout.js';
import { RESULTS_MAX, SEARCH_AGAIN_MS } from '../limits.js';
import { dayOf, refusalWords, say, sayCount, timeOf } from '../words.js';

function fileLink(form, name) {
  const link = element('a', '', say(name));
  link.href = saveLink(currentRoom, form);
  link.download = '';
  return link;
}

function resultRow(line) {
  const link = element('a', '', `${dayOf(line.time)} ${timeOf(line.time)}`);
  link.href = lineLink(currentRoom, line.seq);
  const text = element('div', 'text');
  text.dir = 'auto';
  fillText(text, line.text, (seq) => lineLink(currentRoom, seq));
  return element('li', '', element('p', 'head', colouredName(line.from), ' ', link), text);
}

/** Makes the panel for the search. `isHidden(line)`: the reader does not see it. */
export function openSearch({ send, isHidden }) {
  const panel = pageElement('#search');
  const form = panel.querySelector('form');
  const list = panel.querySelector('ol');
  const words = panel.querySelector('p');
  const field = form.elements.text;
  let query = {};
  let count = 0;
  let wanted = 0;
  // One request at a time: an answer does not say which one it answers.
  let isAsking = false;
  // The reader has asked for something else meanwhile.
  let isReplaced = false;
  let before;
  let againTimer = 0;
  panel.querySelector('summary').textContent = say('find');
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  panel.addEventListener('toggle', () => { if (panel.open) field.focus(); });
  list.after(element('p', 'small', say('saveAs'), ' ', fileLink('text', 'asText'), ' ', fileLink('jsonl', 'asJsonLines')));

  /** What stands in the form; the day is one in the reader's zone. */
  function typedQuery() {
    const [text, from, day] = [field, form.elements.from, form.elements.day].map((one) => one.value.trim());
    const [year, month, date] = day.split('-').map(Number);
    const midnight = (later) => new Date(year, month - 1, date + later).getTime();
    return { ...(text ? { text } : {}), ...(from ? { from } : {}), ...(date ? { since: midnight(0), until: midnight(1) } : {}) };
  }

  function submit() {
    if (!Object.keys(typedQuery()).length) return;
    query = typedQuery();
    isReplaced = isAsking;
    if (!isReplaced) begin();
  }

  function begin() {
    isReplaced = false;
    count = 0;
    wanted = RESULTS_MAX;
    list.replaceChildren();
    ask();
  }

  /** Asks for results; for those before a number, if there is one. */
  function ask(number) {
    before = number;
    isAsking = send({ type: 'search', room: currentRoom, ...query, ...(before ? { before } : {}) });
    words.textContent = say(isAsking ? 'looking' : 'needsLine');
  }

  function answered() {
    isAsking = false;
    clearTimeout(againTimer);
  }

  return {
    /** Searches for these words. */
    start(text) {
      panel.open = true;
      form.reset();
      field.value = text;
      submit();
    },
    /** Takes results, oldest first; those of the next answer are older. */
    found(frame) {
      if (frame.room !== currentRoom || !isAsking) return;
      answered();
      if (isReplaced) {
        begin();
        return;
      }
      const lines = frame.lines.filter((line) => !isHidden(line)).reverse();
      list.append(...lines.map(resultRow));
      count += lines.length;
      if (frame.next && count < wanted) {
        ask(frame.next);
        return;
      }
      words.replaceChildren(sayCount(count, 'foundOne', 'foundMany'));
      if (!frame.next) return;
      words.append(' ', button(say('older'), () => {
        wanted = count + RESULTS_MAX;
        // The button goes.
        field.focus();
        ask(frame.next);
      }));
    },
    /** Takes a refusal. Returns true if it was of the search. */
    refused(frame) {
      if (!isAsking || frame.id || (frame.room && frame.room !== currentRoom)) return false;
      if (frame.reason === 'too-fast') {
        // The reader has done nothing wrong: the page asks again.
        clearTimeout(againTimer);
        againTimer = setTimeout(() => (isReplaced ? begin() : ask(before)), frame.wait || SEARCH_AGAIN_MS);
        return true;
      }
      answered();
      isReplaced = false;
      words.textContent = refusalWords(frame);
      return true;
    },
    connectionLost() {
      if (isAsking) words.textContent = say('needsLine');
      answered();
      isReplaced = false;
    },
  };
}
