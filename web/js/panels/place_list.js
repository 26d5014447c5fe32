// The reader's places: the list of rooms, and the list of private talks.
//
// Owns: what stands in this column, in which order, and what of it is folded away.
// Must not know: how the reader enters a room, what a private message is.
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom, roomLink } from '../addresses.js';
import { arrange, button, colourOf, element, isolated, nameKey, withoutOverrides } from '../elements.js';
import { laterModule } from '../later.js';
import { lockMark, pageElement } from '../layout.js';
import { hasColumns, isLookedAt, markOfHidden, watchLooks } from '../layout_more.js';
import { STORED, browserStorage, noticesOf, readNames } from '../storage.js';
import { refusalWords, say, sayCount } from '../words.js';

/**
 * If something happens on the connection, a list of rooms that is older than this is asked for
 * again.
 */
const ROOM_LIST_FRESH_MS = 30_000;
/**
 * A list of more rooms than this has a filter, and does not show rooms with nobody in them at
 * first.
 */
const ROOMS_UNFOLDED_MAX = 12;
/** Of so many other rooms the page asks for the people at once: the server bounds requests. */
const PEOPLE_OF_ROOMS_MAX = 4;

/**
 * In the browser's storage: rooms that were hidden when the reader was there. The list of the
 * server does not say it.
 */
const HIDDEN_NAME = `${STORED}hiddenrooms`;

/** Returns the mark of messages to the reader: seen as "@2", and heard in words. */
function markOfCalls(toMe) {
  const sign = element('b', 'calls', `@${toMe}`);
  sign.setAttribute('aria-hidden', 'true');
  return [sign, ' ', element('span', 'heard', `${sayCount(toMe, 'newToYouOne', 'newToYou')}${say('listComma')}`)];
}

/**
 * Fills the end of a row: how many messages are new, and how many of them are to the reader; if
 * none is new, how many people are there. `isQuiet`: it does not stand out.
 */
function fillCount(part, { count = 0, toMe = 0 }, people, isQuiet = false) {
  part.classList.toggle('fresh', count > 0 && !isQuiet);
  // If an element is replaced while it is pressed, the press does nothing.
  const shown = JSON.stringify([count, toMe, people]);
  if (part.dataset.shown === shown) return;
  part.dataset.shown = shown;
  if (count) part.replaceChildren(...(toMe ? markOfCalls(toMe) : []), say('newThere', { n: count }));
  else if (people === undefined) part.replaceChildren();
  // A number alone would be read as one of messages.
  else part.replaceChildren(sayCount(people, 'hereOne', 'hereMany'));
}

/** The lobby comes first, the others by name: so no row moves because people come and go. */
const byName = (one, other) => (other.room === OPEN_ROOM) - (one.room === OPEN_ROOM) || one.room.localeCompare(other.room);

/** Makes the list of rooms. `listAskedAt` is as `openPlaceList` has it. */
function openRoomRows({ connection, panel, rooms, access, isUnlisted, listAskedAt, showRoom }) {
  const list = pageElement('#rooms ul');
  const filter = pageElement('#rooms .filter');
  const field = filter.querySelector('input');
  const empties = pageElement('#rooms .empties');
  // For each room in the list: its row, and the elements in it that change.
  const rows = new Map();
  const others = element('li', '', element('h2', '', say('otherRooms')));
  // The rows as they stand: for each room, whether it is none of the reader's.
  let order = new Map();
  // The rooms whose password is asked for in this panel.
  const locked = new Set();
  let listed = [];
  // Whether the server has sent its list. Before that, only rooms that have changed are known.
  let hasList = false;
  let showsEmpty = false;
  let askedAt = listAskedAt;
  let peopleHere = 0;
  panel.addEventListener('toggle', () => refresh(0));
  // A reader who comes near the panel is likely to choose a room.
  panel.addEventListener('pointerenter', () => refresh(0));
  panel.addEventListener('focusin', ({ relatedTarget }) => { if (!panel.contains(relatedTarget)) refresh(0); });
  field.addEventListener('input', drawAnew);
  empties.addEventListener('click', () => {
    showsEmpty = !showsEmpty;
    drawAnew();
  });
  list.addEventListener('click', (event) => {
    const link = event.target.closest('a');
    const opensElsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    if (!link || opensElsewhere) return;
    const isHere = link.dataset.room === currentRoom;
    if (!isHere && !locked.has(link.dataset.room)) return;
    event.preventDefault();
    if (isHere) showRoom();
    else access.enter(link.dataset.room);
  });

  /**
   * Asks the server for the list if the reader sees it, and if it is as old as `age` milliseconds.
   */
  function refresh(age) {
    const isWanted = panel.open && !document.hidden && Date.now() - askedAt >= age;
    if (isWanted && connection.send({ type: 'rooms' })) askedAt = Date.now();
  }

  function createRow(room) {
    const count = element('span', 'count');
    const link = element('a', '', element('bdi', '', room), ' ', count);
    link.href = roomLink(room);
    link.dataset.room = room;
    if (room === currentRoom) link.setAttribute('aria-current', 'page');
    return { row: element('li', '', link), link, lock: lockMark(), hidden: markOfHidden(), count };
  }

  /**
   * Whether no list shows this room to others. Of a room that the reader has left, the page knows
   * what it was before.
   */
  function isHiddenRoom(room) {
    const known = readNames(HIDDEN_NAME);
    if (!rooms.has(room)) return known.includes(room);
    const isNow = isUnlisted(room);
    if (isNow !== known.includes(room)) browserStorage().write(HIDDEN_NAME, JSON.stringify([...known.filter((name) => name !== room), ...(isNow ? [room] : [])]));
    return isNow;
  }

  function drawRow({ room, topic, people, locked: isLocked }) {
    if (!rows.has(room)) rows.set(room, createRow(room));
    const { row, link, lock, hidden, count } = rows.get(room);
    if (isLocked) count.before(lock);
    else lock.remove();
    if (isHiddenRoom(room)) count.before(hidden);
    else hidden.remove();
    row.classList.toggle('other', order.get(room));
    link.title = withoutOverrides(topic);
    fillCount(count, rooms.newsIn(room), room === currentRoom && peopleHere ? peopleHere : people, noticesOf(room) === 'none');
    return row;
  }

  /** Without a connection the page may have no list yet: then it shows the rooms of the reader. */
  const known = () => hasList || connection.isOpen() ? listed : [{ room: currentRoom }, ...rooms.positions()].map(({ room }) => ({ room, topic: '' })).sort(byName);

  function draw() {
    const isMany = listed.length > ROOMS_UNFOLDED_MAX;
    filter.hidden = !isMany;
    const sought = isMany ? nameKey(field.value.trim()) : '';
    const isStill = isLookedAt(panel, list);
    const isEmpty = ({ room, people }) => isMany && !sought && !people && room !== currentRoom && !rooms.newsIn(room).count && !(isStill && order.has(room));
    const found = known().filter(({ room }) => nameKey(room).includes(sought));
    const folded = found.filter(isEmpty);
    empties.hidden = !folded.length;
    empties.textContent = showsEmpty ? say('hideEmpty') : sayCount(folded.length, 'showEmptyOne', 'showEmpty');
    const shown = arranged(found.filter((one) => showsEmpty || !isEmpty(one)), isStill);
    const drawn = shown.map(drawRow);
    const first = shown.findIndex(({ room }) => order.get(room));
    arrange(list, first > 0 ? [...drawn.slice(0, first), others, ...drawn.slice(first)] : drawn);
  }

  /**
   * Puts the rooms of the reader first. `isStill`: no row moves, and a new one comes below the
   * others.
   */
  function arranged(shown, isStill) {
    const before = Array.from(order.keys());
    const isOther = ({ room }) => (isStill && order.has(room) ? order.get(room) : !rooms.has(room));
    const place = ({ room }) => (isStill ? (before.indexOf(room) + 1) || before.length + 1 : 0);
    const all = shown.map((one) => [one, isOther(one)]).sort(([one, a], [other, b]) => a - b || place(one) - place(other) || byName(one, other));
    order = new Map(all.map(([{ room }, is]) => [room, is]));
    return all.map(([one]) => one);
  }

  /** The reader wants other rows. */
  function drawAnew() {
    order = new Map();
    draw();
  }

  /** A long list scrolls, and begins where the reader is. */
  function showHere() {
    const here = rows.get(currentRoom);
    if (here) list.scrollTop = here.row.offsetTop - list.offsetTop - list.clientHeight / 2;
  }

  function take(all) {
    listed = all.sort(byName);
    const names = new Set(listed.map(({ room }) => room));
    locked.clear();
    listed.forEach((one) => { if (one.locked && one.room !== currentRoom) locked.add(one.room); });
    Array.from(rows.keys()).forEach((room) => { if (!names.has(room)) rows.delete(room); });
    const isFirst = !list.children.length;
    draw();
    if (isFirst) showHere();
  }

  watchLooks(panel, list, draw);
  panel.addEventListener('toggle', showHere);
  return {
    draw,
    refresh,
    /**
     * There is a connection again. If the list has never come, the next frame makes the page ask
     * for it: before that frame, it cannot send.
     */
    connected() {
      if (!hasList) askedAt = 0;
    },
    /**
     * Shows how many people are in the room of this page. The page knows that better than the list.
     */
    showPeopleHere(n) {
      peopleHere = n;
      draw();
    },
    /** Takes each frame: some say how many people are in a room of the reader. */
    noticed({ room, people }) {
      const known = people >= 0 && listed.find((one) => one.room === room);
      if (!known || known.people === people) return;
      known.people = people;
      draw();
    },
    /** The room of this page needs a password now, or none. */
    accessChanged({ locked: isLocked }) {
      listed.filter(({ room }) => room === currentRoom).forEach((one) => { one.locked = isLocked; });
      draw();
    },
    /**
     * Takes a `listed`: one room of the list has changed. A hidden room stays in the list of the
     * people inside.
     */
    listed({ room, topic, people, locked: isLocked, hidden }) {
      const known = listed.find((one) => one.room === room);
      const isGone = hidden && !rooms.has(room);
      const line = { room, topic: topic || (known && rooms.has(room) ? known.topic : ''), people, locked: isLocked };
      take([...listed.filter((one) => one !== known), ...(isGone ? [] : [line])]);
    },
    /** Takes a `rooms`, which has the list. */
    set(frame) {
      hasList = true;
      take(frame.rooms);
    },
  };
}

/**
 * Makes the list of private talks, the latest first; `open(name)` opens one. While the reader looks
 * at the list no row moves, and a new talk comes below the others.
 */
function openTalkRows({ panel, privateTalk, whoIsHere, open }) {
  const heading = pageElement('#private');
  const list = pageElement('#talks');
  const rows = new Map();
  // The keys of the rows, as they stand.
  let order = [];
  watchLooks(panel, list, draw);
  ['toggle', 'pointerenter'].forEach((what) => panel.addEventListener(what, () => { if (panel.open) whoIsHere.askAll(); }));

  /** Puts the talks in the order in which they are shown. */
  function arranged(talks) {
    const place = ({ name }) => (order.indexOf(nameKey(name)) + 1) || Infinity;
    // Infinity minus Infinity is no number.
    if (isLookedAt(panel, list)) talks.sort((one, other) => place(one) - place(other) || 0);
    order = talks.map(({ name }) => nameKey(name));
    return talks;
  }

  function createRow(name) {
    const count = element('span', 'count');
    const row = button('', () => open(rows.get(nameKey(name)).name));
    row.className = '';
    row.append(element('span', `ring ${colourOf(name)}`), element('bdi', '', name), ' ', count);
    return { row: element('li', '', row), talk: row, count, name };
  }

  function draw() {
    const talks = arranged(privateTalk.talks());
    const n = talks.reduce((sum, { unread }) => sum + unread, 0);
    heading.textContent = n ? say('privateNew', { n }) : say('private');
    arrange(list, talks.map(({ name, unread, isOpen, isAway, isNobodys }) => {
      const key = nameKey(name);
      if (!rows.has(key)) rows.set(key, createRow(name));
      const { row, talk, count } = rows.get(key);
      rows.get(key).name = name;
      const written = talk.querySelector('bdi');
      if (written.textContent !== name) written.textContent = name;
      fillCount(count, { count: unread });
      row.classList.toggle('gone', isAway || isNobodys);
      talk.title = isAway ? say('awayGetsIt', { name: isolated(name) }) : '';
      if (isOpen) talk.setAttribute('aria-current', 'true');
      else talk.removeAttribute('aria-current');
      return row;
    }));
    return n;
  }

  return { draw };
}

/**
 * Makes what asks the server whether somebody has a name, one name at a time. `ask(name,
 * answered)` calls `answered(words, found)` later: with what is wrong, or with '' and the name as
 * the person writes it, '' if nobody has it.
 */
function openPersonQuestion(send) {
  let asked = null;

  function answer(words, found) {
    const { answered } = asked;
    asked = null;
    answered(words, found);
    return true;
  }

  return {
    ask(name, answered) {
      // Enter may be pressed twice.
      if (asked && asked.name === name) return;
      asked = { name, answered };
      if (!send({ type: 'whois', name })) answer(say('needsConnection'));
    },
    /** Takes a `person`. Returns true if it answers the question. */
    person: ({ name }) => Boolean(asked) && nameKey(name) === nameKey(asked.name) && answer('', name),
    /** Takes a refusal. Returns true if it answers the question. */
    refused: (frame) => Boolean(asked) && !frame.id && !frame.room && answer(frame.reason === 'no-such-person' ? '' : refusalWords(frame), ''),
    connectionLost() { if (asked) answer(say('needsConnection')); },
  };
}

/**
 * Makes what knows the people of the reader's other rooms. `ask(changed)` asks the server if what
 * is known is old, and calls `changed()` with each answer. On a connection that carries one room it
 * asks nothing.
 */
function openPeopleElsewhere({ connection, rooms }) {
  const namesIn = new Map();
  let changed = () => {};
  let askedAt = 0;
  return {
    names: () => Array.from(namesIn.values()).flat(),
    ask(heard) {
      changed = heard;
      if (!connection.carriesAllRooms() || Date.now() - askedAt < ROOM_LIST_FRESH_MS) return;
      askedAt = Date.now();
      namesIn.clear();
      rooms.positions().slice(-PEOPLE_OF_ROOMS_MAX).forEach(({ room }) => connection.send({ type: 'who', room }));
    },
    noticed({ type, room, names }) {
      if (type !== 'who' || room === currentRoom) return;
      namesIn.set(room, names);
      changed();
    },
  };
}

/**
 * Makes the two buttons below the lists. Each opens a form, which is loaded when a button is
 * pressed. `tell(words)` is called if that fails.
 */
function openNewPlaces({ tell, ...formParts }) {
  const filled = laterModule('./panels/new_place.js', ({ fillNewPlaces }) => fillNewPlaces(formParts));
  for (const name of ['goto', 'whom']) {
    pageElement(`.unfold.${name}`).addEventListener('click', () => {
      filled().then((forms) => forms[name](), () => tell(say('needsConnection')));
    });
  }
}

/**
 * Makes the column of places. `listAskedAt` is when the page asked for the list of rooms, 0 if it
 * has not; `isUnlisted(room)`: it is hidden; `tell(words)` tells the reader of a problem;
 * `showRoom()` shows the newest of this page's room; `authors()` are the latest messages of other
 * people in it, the newest first; `counted(n)` hears how many private messages
 * are new, whenever anything may be new elsewhere.
 */
export function openPlaceList({ connection, panels, rooms, access, people, session, privateTalk, whoIsHere, isUnlisted, listAskedAt, tell, showRoom, authors, counted }) {
  const panel = pageElement('#places');
  const summary = panel.querySelector('summary');
  const roomRows = openRoomRows({ connection, panel, rooms, access, isUnlisted, listAskedAt, showRoom });
  const talkRows = openTalkRows({ panel, privateTalk, whoIsHere, open: (name) => openTalk(name, false) });
  let [newInRooms, newInTalks] = [0, 0];
  const question = openPersonQuestion(connection.send);
  const peopleElsewhere = openPeopleElsewhere({ connection, rooms });
  const listed = () => [...people.names(), ...peopleElsewhere.names(), ...privateTalk.talks().map((talk) => talk.name)];
  openNewPlaces({ tell, access, known, listed, peopleElsewhere, authors, openTalk, askForPerson: question.ask });

  /**
   * Returns the names of other people whom the page can suggest to the reader: the people in this
   * room and in the reader's other rooms, the people with whom the reader has private messages, and
   * the authors of messages in this room, who may have left.
   */
  function known() {
    const names = [...listed(), ...authors().map(({ from }) => from)];
    return Array.from(new Map(names.map((name) => [nameKey(name), name])).values()).filter((name) => !session.isOwnName(name));
  }

  function openTalk(name, isToWrite, namedAt) {
    panels.close();
    privateTalk.open(name, isToWrite, namedAt);
  }

  /**
   * Puts new private talks before the rooms, where the panel is no column: there may be many rooms.
   * While such a panel is open nothing moves.
   */
  function arrangeSections() {
    if (panel.open && !hasColumns()) return;
    const [rooms, talks] = ['#rooms', '#talks'].map((part) => pageElement(part).closest('section'));
    const last = newInTalks && !hasColumns() ? rooms : talks;
    if (last.nextElementSibling === null) return;
    last.parentNode.append(last);
  }

  function draw() {
    newInTalks = talkRows.draw();
    const n = newInRooms + newInTalks;
    const toMe = rooms.callsToReader();
    summary.textContent = n ? say('chatsNew', { n }) : say('chats');
    // The style sheet adds an @.
    summary.classList.toggle('called', toMe > 0);
    // A phone has no room for all the words.
    const calls = toMe ? say('listComma') + sayCount(toMe, 'newToYouOne', 'newToYou') : '';
    if (n) summary.setAttribute('aria-label', say('chatsNewWhole', { n }) + calls);
    else summary.removeAttribute('aria-label');
    summary.classList.toggle('fresh', n > 0);
    arrangeSections();
    counted(newInTalks);
  }

  panel.addEventListener('toggle', arrangeSections);
  draw();
  // The reader may have opened the column already.
  roomRows.refresh(ROOM_LIST_FRESH_MS);
  return {
    known,
    /**
     * Asks the server for the people in the reader's other rooms. `heard()` is called after each
     * answer of the server.
     */
    askElsewhere: peopleElsewhere.ask,
    connected: roomRows.connected,
    /**
     * Takes each frame. Asks for the list if it is old, because the frame may mean that it has
     * changed.
     */
    noticed(frame) {
      roomRows.noticed(frame);
      peopleElsewhere.noticed(frame);
      roomRows.refresh(ROOM_LIST_FRESH_MS);
    },
    /** Shows how many lines are new in other rooms: `n` in all of them together. */
    showNews(n) {
      newInRooms = n;
      draw();
      roomRows.draw();
    },
    showPeopleHere: roomRows.showPeopleHere,
    listed: roomRows.listed,
    set: roomRows.set,
    accessChanged: roomRows.accessChanged,
    /** There are other private talks, or other messages in them. */
    talksChanged: draw,
    askForPerson: question.ask,
    person: question.person,
    refused: question.refused,
    connectionLost: question.connectionLost,
  };
}
