// The search in this room, or in the private talk that is open: by words, by person, by day; and
// the room as a file. In the form, and beside the results, the reader can choose a search
// everywhere: in all rooms of the reader, and in all private messages.
//
// Owns: the panel with the form; the results, which stand over the log. It asks for more until a
// page of results is full. If the form has only a day, there is no search: the log goes to that
// day. The server searches all private messages of the reader; the page shows those of the talk. It
// searches one room at a time; a search everywhere asks for each room after the other, and then
// again for that of which the oldest result is the newest. So its results come in the order of
// time: no place has others that would stand between those that are shown. The browser's Back
// button leads from a message that was found to the results.
// A search is everywhere if the reader does not choose otherwise; in a private talk it is in the
// talk. What the reader chooses and types is forgotten when the results close.
// Must not know: the room's log, how a request travels.
//
// Part: `chat.js`.

import { currentRoom, lineLink } from '../addresses.js';
import { saveLink } from '../addresses_more.js';
import { button, element, elementWith, fillSentence, isolated, nameKey } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { readLine } from '../messages/lines.js';
import { createLogView } from '../messages/log_view.js';
import { messageOf, otherPerson } from '../places/private_messages.js';
import { refusalWords, say, sayCount } from '../words.js';
import { queryWords, soughtWords, typedQuery } from './found_words.js';
import { finishResult, openFoundQuotes, pressedRow, whereWords } from './result_rows.js';

/** Results of a search that are shown at once. */
const RESULTS_MAX = 50;
/** Requests of one turn to a place that has no results yet: then the others are shown. */
const PLACE_REQUESTS_MAX = 3;
/** A search that came too fast is tried again after this, if the server does not say when. */
const SEARCH_AGAIN_MS = 1000;

function fileLink(form, name) {
  const link = element('a', '', say(name));
  link.href = saveLink(currentRoom, form);
  link.download = '';
  return link;
}

// --- The panel and the results --------------------------------------------------------

/**
 * Makes the search. `reader` is as `drawRow` has it; `isHidden(item)`: the reader does not see it;
 * `covers` is the place over the log; `otherRooms()` returns the names of the reader's other rooms
 * on this connection; `goTo(seq)` goes to a line of the room; `lineHere` is as `openFoundQuotes`
 * has it; `toggled()` is called when the results have opened or closed.
 */
export function openSearch({ session, send, reader, isHidden, panels, covers, privateTalk, otherRooms, goTo, lineHere, toggled }) {
  const panel = pageElement('#search');
  const form = panel.querySelector('form');
  const results = pageElement('#results');
  const [words, box, list] = ['p', '.box', '.rows'].map((part) => results.querySelector(part));
  // `chosen` says where the form searches.
  const { text: field, place: chosen } = form.elements;
  // Whether the reader has chosen it.
  let isChosen = false;
  chosen.addEventListener('change', () => {
    isChosen = true;
    drawForm();
  });
  const cover = { hide, show: uncovered };
  // Whether the reader has gone from the results to one of them.
  let isAside = false;
  let [query, sought, count, wanted] = [{}, [], 0, 0];
  // Whether a request has no answer yet. There is one at a time: an answer does not say to which.
  let isAsking = false;
  let day = 0;
  // In which private talk the results are; '' is the room.
  let talk = '';
  // Whether the search is everywhere, and not in one place. Then: the places that may have older
  // results; and what was found, but is not shown yet. A place is { name (null for private
  // messages), before (the page asks for results with a smaller number), since (the time of its
  // oldest result; Infinity without one), requests (how many of this turn found nothing) }.
  let isEverywhere = false;
  let places = [];
  let all = [];
  // The place that is asked now.
  let place = currentRoom;
  // Whether the reader has asked for something else since the request was sent.
  let isReplaced = false;
  let [before, older, againTimer] = [0, 0, 0];
  const saves = panel.querySelector('.saves');
  // An event of the browser would come after the panel is drawn, and move what is in it.
  new MutationObserver(opened).observe(panel, { attributeFilter: ['open'] });
  saves.append(say('saveAs'), ' ', fileLink('text', 'asText'), ' ', fileLink('csv', 'asCsv'),
    ' ', fileLink('jsonl', 'asJsonLines'));
  form.hidden = false;
  opened();
  results.querySelector('.close').addEventListener('click', close);
  // The form still has what was typed.
  results.querySelector('.again').addEventListener('click', () => panels.open('search'));
  const [here, everywhere] = [false, true].map((isAll) => button('', () => {
    if (isAll === isEverywhere) return;
    chosen.value = isAll ? 'all' : '';
    isChosen = true;
    anew(query, isAll);
  }));
  const scope = elementWith('div', { class: 'scope', role: 'group', 'aria-label': say('searchIn') }, element('span', '', say('searchIn')), here, everywhere);
  words.after(scope);

  const quotes = openFoundQuotes({ box, send, lineHere, privateLine: privateTalk.find, name: session.name });
  const view = createLogView({
    box,
    list,
    unsentTail: () => [],
    linkOf: (seq) => lineLink(currentRoom, seq),
    reader,
    isHidden,
    isApart: true,
    finish(item) {
      finishResult(item, sought, isEverywhere);
      quotes.draw(item);
    },
    needsOlder() { if (!isAsking && older) askOlder(); },
    seek: goToLine,
  });

  function hasOtherPlaces() {
    return Boolean(privateTalk.person()) || otherRooms().length > 0 || privateTalk.talks().length > 0;
  }

  /** Says in the panel where it searches. */
  function drawForm() {
    const person = privateTalk.person();
    if (!hasOtherPlaces()) chosen.value = '';
    else if (!isChosen) chosen.value = person ? '' : 'all';
    const inPlace = person ? say('findWith', { name: isolated(person) }) : say('findIn', { room: currentRoom });
    fillSentence(panel.querySelector('.where'), chosen.value ? say('findAll') : inPlace);
    chosen.options[0].textContent = person ? say('thisTalk') : currentRoom;
    chosen.parentNode.hidden = !hasOtherPlaces();
    // A talk is no file, and in it a day is looked for like words.
    saves.hidden = Boolean(person || chosen.value);
    form.querySelector('.small').hidden = Boolean(person || (chosen.value && isChosen));
  }

  function opened() {
    if (!panel.open && !covers.isOpen(cover)) isChosen = false;
    drawForm();
    if (!panel.open) return;
    field.focus();
    // What is typed now takes the place of the words of the last search.
    field.select();
  }

  function openRow(row) {
    const item = row && view.itemOf(row);
    if (!item) return;
    if (item.room === null) openMessage(item);
    else if (item.room === currentRoom) {
      setAside(false);
      goToLine(item.seq);
    } else {
      covers.comeBackWith({ query, isEverywhere });
      location.assign(lineLink(item.room, item.seq));
    }
  }

  /** Goes to a line of this page's room, which the talk may cover, too. */
  function goToLine(seq) {
    privateTalk.close();
    goTo(seq);
  }

  function openMessage({ seq, with: name }) {
    if (!privateTalk.has(seq)) {
      tell(say('beforeTalk'));
      return;
    }
    setAside(true);
    if (nameKey(privateTalk.person()) !== nameKey(name)) privateTalk.open(name);
    if (privateTalk.person()) privateTalk.goTo(seq);
  }

  list.addEventListener('click', (event) => {
    const link = event.target.closest('.head a');
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link) event.preventDefault();
    if (link || getSelection().isCollapsed) openRow(link ? link.closest('li') : pressedRow(event));
  });
  list.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.target.matches('li')) return;
    event.preventDefault();
    event.stopPropagation();
    openRow(event.target);
  });

  // --- It opens and closes ---

  function show() {
    covers.enter(cover, Boolean(talk));
    uncovered();
    panels.close();
  }

  function uncovered() {
    [results.hidden, isAside] = [false, false];
    document.documentElement.classList.add('searching');
    toggled();
  }

  function hide() {
    const hadFocus = results.contains(document.activeElement);
    results.hidden = true;
    if (!isAside) forgetForm();
    document.documentElement.classList.remove('searching');
    if (hadFocus) pageElement(!touchScreen.matches ? '#field' : talk ? '#letters .box' : '#box').focus();
    toggled();
  }

  /** The next search begins with an empty form. */
  function forgetForm() {
    form.reset();
    isChosen = false;
  }

  function close() { return covers.leave(cover); }

  /** The reader goes to a result, and may come back. */
  function setAside(isCovered) {
    isAside = true;
    covers.setAside(cover, isCovered);
  }

  // --- Asking ---

  function submit() {
    const typed = typedQuery(form);
    // A day alone leads to that day of this room, if the reader has not chosen to search
    // everywhere.
    const isDay = typed.since && !typed.text && !typed.from && !isChosen;
    if (Object.keys(typed).length) anew(typed, Boolean(chosen.value) && !isDay);
  }

  /** Begins another search. If a request has no answer yet, it begins after that. */
  function anew(wanted, isAll) {
    [query, isEverywhere] = [wanted, isAll];
    isReplaced = isAsking;
    if (!isReplaced) begin();
  }

  /** Shows where the search is, and where else it can be. */
  function drawScope() {
    fillSentence(here, talk ? say('thisTalk') : isolated(currentRoom));
    here.setAttribute('aria-pressed', !isEverywhere);
    everywhere.setAttribute('aria-pressed', isEverywhere);
    scope.hidden = !hasOtherPlaces();
    drawNone(false);
  }

  /** If nothing was found, the sentence and what can be done now stand together. */
  function drawNone(isNone) {
    results.classList.toggle('none', isNone);
    everywhere.textContent = say(isNone ? 'findEverywhere' : 'everywhere');
    everywhere.hidden = isNone && isEverywhere;
  }

  function begin() {
    isReplaced = false;
    older = 0;
    talk = privateTalk.person();
    place = talk ? null : currentRoom;
    day = isEverywhere || talk || query.text || query.from ? 0 : query.since;
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
    quotes.clear();
    drawScope();
    show();
    if (isEverywhere) {
      places = [currentRoom, ...otherRooms(), null].map((name) => ({ name, since: Infinity, requests: 0 }));
      all = [];
      askNextPlace();
    } else ask();
    // On a touch screen an open keyboard would cover the results.
    if (touchScreen.matches) document.activeElement.blur();
    else box.focus();
  }

  /** Asks the server for results; if `number` is given, for those before that number. */
  function ask(number) {
    before = number;
    isAsking = send({ type: 'search', room: place, ...query, ...(before ? { before } : {}) });
    tell(say(isAsking ? 'looking' : 'needsConnection'));
  }

  function askOlder() {
    if (!isEverywhere) {
      ask(older);
      return;
    }
    places.forEach((one) => { one.requests = 0; });
    askNextPlace();
  }

  /**
   * Asks in each place once, and then for older results until a page is full. Then it shows what
   * was found.
   */
  function askNextPlace() {
    const isWaiting = ({ since, requests }) => since < Infinity || requests < PLACE_REQUESTS_MAX;
    const next = places.find((one) => !one.requests && one.since === Infinity) || places.filter(isWaiting).sort((one, other) => other.since - one.since)[0];
    // What is older than this may have others before it, which are not here yet.
    const since = next ? next.since : -Infinity;
    const ready = all.filter(({ at }) => at >= since);
    if (next && count + ready.length < wanted) {
      place = next.name;
      next.requests += 1;
      ask(next.before);
      return;
    }
    all = all.filter((item) => !ready.includes(item));
    count += ready.length;
    older = places.length;
    view.addOlder(ready.sort((one, other) => one.at - other.at), older > 0);
    tellFound();
  }

  /** Takes what was found in one of all places. */
  function foundInPlace(items, next) {
    const asked = places.find(({ name }) => name === place);
    all.push(...items);
    if (!next) places = places.filter((one) => one !== asked);
    else if (asked) Object.assign(asked, { before: next, since: Math.min(asked.since, ...items.map(({ at }) => at)) });
    if (asked && items.length) asked.requests = 0;
    askNextPlace();
  }

  /** Returns the item of a found line; null if it is no result. */
  function resultOf(line) {
    // An edit has the text of the message that it changes, which is found, too; so the edit is no
    // result.
    if (place !== null) {
      const item = readLine(line, session.name(), () => null);
      return item && (!isEverywhere || item.kind === 'said') ? asResult(item, { room: place }) : null;
    }
    if (line.type !== 'private') return null;
    const message = messageOf(line);
    const name = otherPerson(message);
    return isEverywhere || nameKey(name) === nameKey(talk) ? asResult(message, { room: null, with: name }) : null;
  }

  /** The numbers of several rooms do not belong together, so the view must not look for them. */
  const asResult = (item, more) => Object.assign(item, { answers: item.reply, reply: 0 }, more);

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
    if (!isEverywhere && older && count < wanted) {
      ask(older);
      return;
    }
    wanted = count + RESULTS_MAX;
    const what = queryWords(query);
    drawNone(!count);
    const where = isEverywhere ? say('inAllPlaces') : whereWords({ room: talk ? null : currentRoom, with: talk });
    tell(count ? say('foundAll', { words: sayCount(count, 'foundOne', older ? 'foundMore' : 'foundMany'), where, what }) : say('foundNothing', { where, what }));
  }

  return {
    submit,
    start(text) {
      // The command is for the place where it is typed, and the form says so.
      forgetForm();
      [chosen.value, isChosen] = ['', true];
      field.value = text;
      if (text) anew({ text }, false);
    },
    /** The form searches in all places now, if there are several; or in the one that is open. */
    place(isAll) {
      chosen.value = isAll ? 'all' : '';
      isChosen = isAll;
      drawForm();
    },
    /** The browser's Back button has led here from another room: searches again. */
    comeBack: (what) => anew(what.query, what.isEverywhere),
    /** Nothing that was found is shown any more. */
    forgetAll() {
      close();
      covers.forget(cover);
    },
    /**
     * Takes a `found`. Its results are in order, oldest first; those of the next answer are older.
     */
    found(frame) {
      if (!isAsking || frame.room !== place) return;
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
      if (isEverywhere) {
        foundInPlace(items, frame.next);
        return;
      }
      older = frame.next || 0;
      count += items.length;
      view.addOlder(items, Boolean(older));
      tellFound();
    },
    /**
     * Removes results of a room that are gone; `room` is null for private messages. Those before
     * the number `before` can be found again. One's own private messages stay, if not `isOwnToo`.
     */
    forget(room, isGone, before, isOwnToo) {
      const isGoneHere = (item) => item.room === room && (isOwnToo || room !== null || !item.own) && isGone(item);
      all = all.filter((item) => !isGoneHere(item));
      quotes.forget(room, isGone);
      const gone = view.removeAll(isGoneHere);
      if (!gone.length) return;
      count -= gone.length;
      if (!isEverywhere && gone.some(({ seq }) => seq < before)) {
        older = before;
        isReplaced = isAsking && covers.isOpen(cover);
      }
      if (!isAsking) tellFound();
    },
    refused(frame) {
      if (!isAsking || frame.id || (frame.room && frame.room !== place)) return quotes.refused(frame);
      if (frame.reason === 'too-fast') {
        // The reader has done nothing wrong: the page asks again.
        clearTimeout(againTimer);
        againTimer = setTimeout(() => (isReplaced || day ? begin() : ask(before)), frame.wait || SEARCH_AGAIN_MS);
        return true;
      }
      answered();
      if (isReplaced) begin();
      else if (day) return false;
      else if (isEverywhere && frame.reason === 'not-in-room') foundInPlace([], 0);
      else tell(refusalWords(frame));
      return true;
    },
    isOpen: () => covers.isOpen(cover),
    close,
    /** Draws the results again, because other people may be hidden. */
    redraw: view.redraw,
    page: view.page,
    notes: view,
    /** Takes a `history` of another room. Returns true if it is for a result. */
    history: quotes.history,
    connectionLost() {
      quotes.clear();
      if (isAsking) tell(say('needsConnection'));
      answered();
      isReplaced = false;
    },
  };
}
