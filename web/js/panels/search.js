// The search in this room, or in the private talk that is open: by words, by person, by day; and
// the room as a file.
//
// Owns: the panel with the form; the results, which stand over the log; which parts of a text are
// marked as found. It asks for more until a page of results is full. If the form has only a day,
// there is no search: the log goes to that day. The server searches all private messages of the
// reader; the page shows those of the talk.
// Must not know: the room's log, how a request travels.
//
// Part: `chat.js`.

import { currentRoom, lineLink, saveLink } from '../addresses.js';
import { element, fillSentence, isolated, nameKey } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { readLine } from '../messages/lines.js';
import { createLogView } from '../messages/log_view.js';
import { messageOf, otherPerson } from '../places/private_messages.js';
import { dayOf, refusalWords, say, sayCount } from '../words.js';

/** Results of a search that are shown at once. */
const RESULTS_MAX = 50;
/** A search that came too fast is tried again after this, if the server does not say when. */
const SEARCH_AGAIN_MS = 1000;

function fileLink(form, name) {
  const link = element('a', '', say(name));
  link.href = saveLink(currentRoom, form);
  link.download = '';
  return link;
}

// --- What was found in a text ----------------------------------------------------------

/** Returns a letter as the server compares it: in lower case, without accents. */
const foldedLetter = (letter) => letter.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/**
 * Returns the words of a search as the server compares them: without the `s` of a plural
 * (`src/chat/search_words.rs`).
 */
function soughtWords(text) {
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

function markWords(parent, words) {
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

// --- Results as rows -------------------------------------------------------------------

/**
 * Makes the time of a result a link to its message, and marks what was found. A private message has
 * no address.
 */
function finishResult(item, sought, isPrivate) {
  const time = item.row.querySelector('time');
  if (!isPrivate && !time.closest('a')) {
    const link = element('a', '');
    link.href = lineLink(currentRoom, item.seq);
    time.replaceWith(link);
    link.append(time);
    // The Tab key stops at the row, and not at this link.
    link.tabIndex = -1;
  }
  if (item.isMarked || item.text === null) return;
  item.isMarked = true;
  markWords(item.row.querySelector('.text'), sought);
}

/**
 * The row of a result that was pressed; null if something in the row was, which has an action of
 * its own.
 */
const pressedRow = ({ target }) => (target.closest('a, button') ? null : target.closest('li.said'));

// --- What is asked ---------------------------------------------------------------------

/** Returns what stands in the form. The day is one in the reader's time zone. */
function typedQuery(form) {
  const { text: textField, from: fromField, day: dayField } = form.elements;
  const [text, from, date] = [textField, fromField, dayField].map((one) => one.value.trim());
  const [year, month, dayOfMonth] = date.split('-').map(Number);
  const midnight = (later) => new Date(year, month - 1, dayOfMonth + later).getTime();
  return { ...(text ? { text } : {}), ...(from ? { from } : {}), ...(dayOfMonth ? { since: midnight(0), until: midnight(1) } : {}) };
}

/** Returns a query as the reader reads it: its words, its person, its day. */
function queryWords({ text, from, since }) {
  return [text, from && `${say('fromWhom')} ${from}`, since && dayOf(since)].filter(Boolean).map(isolated).join(', ');
}

// --- The panel and the results --------------------------------------------------------

/**
 * Makes the search. `reader` is as `drawRow` has it; `isHidden(item)`: the reader does not see it;
 * `covers` is the place over the log; `goTo(seq)` goes to a line of the room; `toggled()` is called
 * when the results have opened or closed.
 */
export function openSearch({ session, send, reader, isHidden, panels, covers, privateTalk, goTo, toggled }) {
  const panel = pageElement('#search');
  const form = panel.querySelector('form');
  const results = pageElement('#results');
  const [words, box, list] = ['p', '.box', '.rows'].map((part) => results.querySelector(part));
  const field = form.elements.text;
  const cover = { hide };
  let query = {};
  let sought = [];
  let count = 0;
  let wanted = 0;
  // Whether a request, of a search or of a day, has no answer yet. There is one at a time: an
  // answer does not say which it answers.
  let isAsking = false;
  let day = 0;
  // In which private talk the results are; '' is the room.
  let talk = '';
  // Whether the reader has asked for something else since the request was sent.
  let isReplaced = false;
  let before;
  let older;
  let againTimer = 0;
  const saves = panel.querySelector('.saves');
  panel.addEventListener('toggle', opened);
  opened();
  saves.append(say('saveAs'), ' ', fileLink('text', 'asText'), ' ', fileLink('jsonl', 'asJsonLines'));
  results.querySelector('.close').addEventListener('click', close);
  // The form still has what was typed.
  const again = results.querySelector('.again');
  again.addEventListener('click', () => panels.open('search'));

  const view = createLogView({
    box,
    list,
    unsentTail: () => [],
    linkOf: (seq) => lineLink(currentRoom, seq),
    reader,
    isHidden,
    isApart: true,
    finish: (item) => finishResult(item, sought, talk),
    needsOlder() { if (!isAsking && older) ask(older); },
    seek: goTo,
  });

  /** Says in the panel where it searches. */
  function opened() {
    const person = privateTalk.person();
    const where = person ? say('findWith', { name: isolated(person) }) : say('findIn', { room: currentRoom });
    fillSentence(panel.querySelector('.where'), where);
    // A talk is no file, and in it a day is looked for like words.
    [saves, form.querySelector('.small')].forEach((part) => { part.hidden = Boolean(person); });
    if (panel.open) field.focus();
  }

  function openRow(row) {
    const item = row && view.itemOf(row);
    if (!item) return;
    if (!talk) goTo(item.seq);
    else if (privateTalk.has(item.seq)) {
      close();
      privateTalk.goTo(item.seq);
    } else tell(say('beforeTalk'));
  }

  list.addEventListener('click', (event) => { if (getSelection().isCollapsed) openRow(pressedRow(event)); });
  list.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.target.matches('li')) return;
    event.preventDefault();
    event.stopPropagation();
    openRow(event.target);
  });

  // --- It opens and closes ---

  function show() {
    covers.enter(cover, Boolean(talk));
    results.hidden = false;
    document.documentElement.classList.add('searching');
    panels.close();
    toggled();
  }

  function hide() {
    const hadFocus = results.contains(document.activeElement);
    results.hidden = true;
    document.documentElement.classList.remove('searching');
    if (hadFocus) pageElement(!touchScreen.matches ? '#field' : talk ? '#letters .box' : '#box').focus();
    toggled();
  }

  function close() {
    return covers.leave(cover);
  }

  // --- Asking ---

  function submit() {
    if (!Object.keys(typedQuery(form)).length) return;
    query = typedQuery(form);
    isReplaced = isAsking;
    if (!isReplaced) begin();
  }

  function begin() {
    isReplaced = false;
    older = 0;
    talk = privateTalk.person();
    day = talk || query.text || query.from ? 0 : query.since;
    if (day) {
      // The page asks for the last line before that day. The line after it is the first of the day.
      isAsking = send({ type: 'search', room: currentRoom, until: day, count: 1, ...(before ? { before } : {}) });
      if (isAsking) panels.close();
      else tell(say('needsConnection'));
      return;
    }
    count = 0;
    wanted = RESULTS_MAX;
    sought = soughtWords(query.text || '');
    view.clear();
    again.hidden = true;
    show();
    ask();
    // On a touch screen an open keyboard would cover the results.
    if (touchScreen.matches) document.activeElement.blur();
    else box.focus();
  }

  /** Asks the server for results; if `number` is given, for those before that number. */
  function ask(number) {
    before = number;
    isAsking = send({ type: 'search', room: talk ? null : currentRoom, ...query, ...(before ? { before } : {}) });
    tell(say(isAsking ? 'looking' : 'needsConnection'));
  }

  /** Returns the item of a found line; null if it is no result. */
  function resultOf(line) {
    // An edit has the text of the message that it changes, which is found, too; so the edit is no
    // result.
    if (!talk) return readLine(line, session.name(), () => null);
    const message = messageOf(line);
    return line.type === 'private' && nameKey(otherPerson(message)) === nameKey(talk) ? message : null;
  }

  const tell = (sentence) => fillSentence(words, sentence);

  function answered() {
    isAsking = false;
    clearTimeout(againTimer);
  }

  function foundDay({ lines, next }) {
    if (!lines.length && next) {
      before = next;
      begin();
      return;
    }
    before = 0;
    goTo(lines.length ? lines[0].seq + 1 : 1);
  }

  /** Says what was found; asks for older results until a page is full. */
  function tellFound() {
    if (older && count < wanted) {
      ask(older);
      return;
    }
    wanted = count + RESULTS_MAX;
    const what = queryWords(query);
    again.hidden = count > 0;
    const where = talk ? say('inThisTalk', { name: isolated(talk) }) : say('inThisRoom', { room: isolated(currentRoom) });
    tell(count ? say('foundAll', { words: sayCount(count, 'foundOne', older ? 'foundMore' : 'foundMany'), where, what }) : say('foundNothing', { where, what }));
  }

  return {
    submit,
    start(text) {
      form.reset();
      field.value = text;
      submit();
    },
    /**
     * Takes a `found`. Its results are in order, oldest first; those of the next answer are older.
     */
    found(frame) {
      if (!isAsking || frame.room !== (talk ? null : currentRoom)) return;
      answered();
      if (isReplaced) {
        before = 0;
        begin();
        return;
      }
      if (day) {
        foundDay(frame);
        return;
      }
      const items = frame.lines.map(resultOf).filter((item) => item && !isHidden(item));
      older = frame.next || 0;
      count += items.length;
      view.addOlder(items, Boolean(older));
      tellFound();
    },
    /** Removes results that are gone. Those before the number `before` can be found again. */
    forget(isGone, before) {
      if (talk) return;
      const gone = view.removeAll(isGone);
      if (!gone.length) return;
      count -= gone.length;
      if (gone.some(({ seq }) => seq < before)) {
        older = before;
        isReplaced = isAsking && covers.isOpen(cover);
      }
      if (!isAsking) tellFound();
    },
    refused(frame) {
      if (!isAsking || frame.id || (frame.room && frame.room !== currentRoom)) return false;
      if (frame.reason === 'too-fast') {
        // The reader has done nothing wrong: the page asks again.
        clearTimeout(againTimer);
        againTimer = setTimeout(() => (isReplaced || day ? begin() : ask(before)), frame.wait || SEARCH_AGAIN_MS);
        return true;
      }
      answered();
      isReplaced = false;
      if (day) return false;
      tell(refusalWords(frame));
      return true;
    },
    isOpen: () => covers.isOpen(cover),
    close,
    /** Draws the results again, because other people may be hidden. */
    redraw: view.redraw,
    page: view.page,
    notes: view,
    connectionLost() {
      if (isAsking) tell(say('needsConnection'));
      answered();
      isReplaced = false;
    },
  };
}
