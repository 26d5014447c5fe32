// People of the room: who is here, who types, who comes and goes.
//
// Owns: the list of names and the count, "Ann is typing", the notes about people who come and go or
// change their names.
// Must not know: the connection, what is hidden of ignored people.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { arrange, button, colourOf, element, fillSentence, isolated, oncePerFrame } from '../elements.js';
import { laterModule } from '../later.js';
import { pageElement } from '../layout.js';
import { isLookedAt, watchLooks } from '../layout_more.js';
import { readSetting } from '../storage.js';
import { say } from '../words.js';

/** For so long after a `typing` the page shows that this other person types. */
const TYPING_SHOWN_MS = 6_000;
/** In a room with more people the server does not tell who comes and leaves. */
const TOLD_PEOPLE_MAX = 100;
/** Names in one sentence about people who came or left; the others are counted. */
const NAMES_TOLD_MAX = 2;

// --- Who is here, and who types -----------------------------------------------------------

/**
 * Makes the people of the room. `changed(count)` is called with how many people are here when that
 * may have changed; `pressed(name, row)` when the reader has pressed a person's name.
 */
export function openPeople({ session, ignored, changed, pressed }) {
  const panel = pageElement('#people');
  const list = panel.querySelector('ul');
  const more = element('li', 'small');
  const rowOf = new Map();
  const typingWords = pageElement('#typing');
  let names = new Set();
  // The people who look after the room.
  let keepers = new Set();
  // Those of them who are hosts of the chat.
  let hosts = new Set();
  // The people who are busy, each with the excuse.
  let excuses = new Map();
  let count = 0;
  // The other person of the private talk that is open; '' without one.
  let talkPerson = '';
  const typists = new Map();
  const drawing = oncePerFrame(drawRows);

  function draw() {
    changed(count);
    drawing.soon();
  }

  function createRow(name) {
    const person = button('', () => pressed(name, person));
    person.className = '';
    person.append(element('span', 'ring'), element('bdi', '', name), element('span', 'count'));
    return element('li', '', person);
  }

  /** Returns the names in the list's order: the reader, then the others by name. */
  function inOrder() {
    const others = Array.from(names).filter((name) => name !== session.name());
    others.sort((one, other) => one.localeCompare(other));
    return names.has(session.name()) ? [session.name(), ...others] : others;
  }

  function drawRows() {
    // No row moves while the reader looks at the list.
    const isInUse = isLookedAt(panel, list);
    const shown = Array.from(list.children, (row) => row.dataset.name).filter((name) => names.has(name));
    const order = talkPerson ? [session.name(), talkPerson] : [...(isInUse ? shown : []), ...inOrder().filter((name) => !isInUse || !shown.includes(name))];
    for (const name of rowOf.keys()) if (!names.has(name) && !order.includes(name)) rowOf.delete(name);
    const rows = order.map((name) => {
      if (!rowOf.has(name)) rowOf.set(name, createRow(name));
      const row = rowOf.get(name);
      row.dataset.name = name;
      const isIgnored = ignored.hides({ from: name });
      const excuse = !isIgnored && excuses.has(name) && say(excuses.get(name) ? 'awayMarkWith' : 'awayMark', { text: excuses.get(name) });
      const isKeeper = hosts.has(name) ? say('hostMark') : keepers.has(name) && say('keeperMark');
      const mark = name === session.name() ? say('you') : isIgnored && say('ignoredMark');
      const count = row.querySelector('.count');
      count.textContent = [mark, isKeeper, excuse].filter(Boolean).join(say('besides'));
      count.title = excuse || '';
      row.querySelector('.ring').className = `ring ${name === session.name() ? 'self' : colourOf(name)}`;
      if (name === session.name()) row.firstChild.removeAttribute('aria-haspopup');
      else row.firstChild.setAttribute('aria-haspopup', 'menu');
      return row;
    });
    more.textContent = say('andMore', { n: count - names.size });
    arrange(list, count > names.size && !talkPerson ? [...rows, more] : rows);
  }

  function drawTyping() {
    const [one, two] = Array.from(typists.keys(), isolated);
    fillSentence(typingWords, typists.size > 2 ? say('typingMany')
      : two ? say('typingTwo', { one, two }) : one ? say('typingOne', { one }) : '');
  }

  function stopsTyping(name) {
    clearTimeout(typists.get(name));
    typists.delete(name);
    drawTyping();
  }

  // After the reader has looked, the list is sorted again.
  watchLooks(panel, list, drawing.soon);

  return {
    names: () => Array.from(names),
    /** How many people are here of whom the page has no name. */
    nameless: () => Math.max(0, count - names.size),
    /** Why this person is away; '' if they are here. */
    excuseOf: (name) => excuses.get(name) || '',
    /** Draws the list again, because other people are ignored, or the reader has another name. */
    draw: drawing.soon,
    /** Takes a `who`: all people, as the server knows them now. */
    set(frame) {
      names = new Set(frame.names);
      excuses = new Map(Object.entries(frame.away || {}));
      keepers = new Set(frame.keepers || []);
      hosts = new Set(frame.hosts || []);
      count = frame.people;
      draw();
    },
    /**
     * Whether somebody looks after the room. With `isIt`: they do from now on, or do so no more.
     */
    keeps(name, isIt) {
      if (isIt !== undefined) {
        keepers[isIt ? 'add' : 'delete'](name);
        draw();
      }
      return keepers.has(name);
    },
    /** Whether somebody is a host of the chat. With `isIt`: they are from now on, or no more. */
    isHost(name, isIt) {
      if (isIt !== undefined) {
        hosts[isIt ? 'add' : 'delete'](name);
        draw();
      }
      return hosts.has(name);
    },
    /** While a private talk is open, the list has its two people; '' ends that. */
    showTalk(name) {
      talkPerson = name;
      draw();
    },
    /**
     * Takes how many people are here, before their names are known; 0 if that is not known, either.
     */
    count(n) {
      count = n;
      draw();
    },
    presence(frame) {
      if (frame.here) names.add(frame.name);
      else names.delete(frame.name);
      count = frame.people;
      stopsTyping(frame.name);
      draw();
    },
    /** Takes a `renamed`. Returns false if the person is not here. */
    renamed(frame) {
      if (!names.delete(frame.from)) return false;
      names.add(frame.to);
      if (excuses.has(frame.from)) excuses.set(frame.to, excuses.get(frame.from));
      excuses.delete(frame.from);
      stopsTyping(frame.from);
      draw();
      return true;
    },
    /**
     * Takes an `away` or a `back`. `told(person)` is called if it tells the reader alone, who has
     * written to the person.
     */
    excused({ type, room, name, text }, told) {
      if (type === 'away') excuses.set(name, text);
      else excuses.delete(name);
      if (room === null && told) told({ name, away: text });
      drawing.soon();
    },
    typing({ name }) {
      if (name === session.name() || ignored.hides({ from: name })) return;
      clearTimeout(typists.get(name));
      typists.set(name, setTimeout(stopsTyping, TYPING_SHOWN_MS, name));
      drawTyping();
    },
    said: stopsTyping,
  };
}

// --- What can be done with a person --------------------------------------------------------

/** So long the page waits for the answer who wrote a line. */
const AUTHOR_WAIT_MS = 1_000;

/**
 * Makes what asks the server who the author of a line of this room is by now: the name beside it
 * may be another person's. `ask(item, answered)` calls `answered(name)`: with the name that the
 * line has if no answer comes in time, and with '' if the server knows the author no more.
 */
function openAuthors(send) {
  let asked = null;

  function answer(name) {
    const { answered, timer } = asked;
    clearTimeout(timer);
    asked = null;
    answered(name);
    return true;
  }

  return {
    ask(item, answered) {
      if (asked) answer(asked.item.from);
      const isHere = item.seq && !item.personId && !item.classic && (item.room || currentRoom) === currentRoom;
      asked = { item, answered };
      if (isHere && send({ type: 'whois', room: currentRoom, seq: item.seq })) asked.timer = setTimeout(() => answer(item.from), AUTHOR_WAIT_MS);
      else answer(item.from);
    },
    /** Takes a `person`. Returns true if it answers the question. */
    person: ({ seq, name }) => Boolean(asked) && seq === asked.item.seq && answer(name),
    /** Takes a refusal. Returns true if it answers the question. */
    refused: ({ room, reason, id }) => Boolean(asked) && !id && room === currentRoom && reason === 'no-such-person' && answer(''),
  };
}

/**
 * Makes the menu of a person, for the list of people and for names in the log. `tell(words)` tells
 * the reader of a problem; `menuParts` is what `createPersonMenu` gets.
 */
export function openPersonMenu({ send, tell, ...menuParts }) {
  const authors = openAuthors(send);
  const filled = laterModule('./places/person_menu.js', ({ createPersonMenu }) => createPersonMenu(menuParts));
  return {
    /**
     * Opens the menu of this person at an element, or closes it if it is open there. For the reader
     * it opens their own panel. `secretSign`: the mark of the secret of the name, at a message;
     * `item`: this message, whose author may have another name by now.
     */
    open(name, at, secretSign, item) {
      const show = (now) => filled().then((menu) => menu.open(now, at, secretSign, item), () => tell(say('needsConnection')));
      if (item && !at.hasAttribute('aria-expanded')) authors.ask(item, show);
      else show(name);
    },
    /** Calls `act(name)` with the present name of the author of a message, or says why not. */
    forAuthor(item, act) {
      authors.ask(item, (name) => {
        if (name) act(name);
        else tell(say('hasLeft', { name: isolated(item.from) }));
      });
    },
    person: authors.person,
    refused: authors.refused,
  };
}

// --- Notes about people who come and go, or change their names -------------------------------

/** The sentence about people who came (`here`) or left. */
function comingWords(people, here) {
  // The note about a guest who has just come, and has taken a name, is one line.
  const [first] = people;
  if (people.length === 1 && first.guest) return say('joinedAs', { name: isolated(first.guest), to: isolated(first.name) });
  const few = people.slice(0, NAMES_TOLD_MAX).map(({ name }) => isolated(name)).join(say('listComma'));
  const more = people.length - NAMES_TOLD_MAX;
  // In some languages the number is of those who are not named, in others of all: "Bo, Eve and 4
  // more".
  const n = say('foldCounts') === 'all' ? people.length : more;
  if (more > 0) return say(here ? 'joinedMore' : 'leftMore', { names: few, n });
  return say(here ? 'joined' : 'left', { name: few });
}

/** The words of one note: about those people who came, then about those who left. */
const foldWords = (people) => [true, false].map((here) => [people.filter((one) => one.here === here), here])
  .filter(([some]) => some.length).map(([some, here]) => comingWords(some, here)).join(say('besides'));

export function openPresence({ session, roomView, ignored, people, privateTalk, nameForm }) {
  // The note about the last people who came or left, and these people: { name, here, guest }.
  let latestNote = null;
  let peopleInNote = [];
  // The reader's name as the log last told it.
  let ownName = '';
  // Whether the reader's name had a password already.
  let hadPassword = false;
  // A person has removed their messages and name, and no presence says who. Who was here before.
  let namesBefore = [];
  let isPrivateRemoval = false;
  // Whether the list has had all people since this connection began.
  let isListComplete = false;

  const isNoteLast = () => Boolean(latestNote) && roomView.isLast(latestNote);

  /**
   * Adds a note about a person, or adds the person to the latest note: so a class that comes in is
   * one line.
   */
  function noteComing({ name, here }) {
    if (readSetting('comings') === 'untold') return;
    const goesOn = isNoteLast();
    peopleInNote = [...(goesOn ? peopleInNote.filter((other) => other.name !== name) : []), { name, here, guest: '' }];
    if (goesOn) redrawNote();
    else latestNote = roomView.addNote('note coming', foldWords(peopleInNote));
  }

  function redrawNote() {
    latestNote.text = foldWords(peopleInNote);
    roomView.redraw();
  }

  /**
   * Puts a guest's new name into the latest note, if that note says that the guest came. Returns
   * whether it does.
   */
  function noteNamesGuest(from, to) {
    const guest = isNoteLast() && peopleInNote.find(({ name, here }) => here && name === from);
    if (!guest || guest.guest) return false;
    Object.assign(guest, { name: to, guest: from });
    redrawNote();
    return true;
  }

  const nameWords = (from, to) => say('renamed', { name: isolated(from), to: isolated(to) });
  const noteName = (from, to) => roomView.addNote('note coming', nameWords(from, to));

  /** Takes a welcome. If the reader has another name on this connection, a note says so. */
  function welcomed() {
    isListComplete = false;
    if (ownName && ownName !== session.name()) noteName(ownName, session.name());
    ownName = session.name();
    hadPassword = session.hasPassword();
    nameForm.named();
  }

  /** A person has removed their name: no note has it any more. */
  function forgetName(name) {
    roomView.removeAll(({ kind, seq, text }) => kind !== 'said' && !seq && text.includes(isolated(name)));
    privateTalk.personGone(name);
  }

  /** Takes a `who`. After a removal it tells who has left by that. */
  function present({ names, people: count }) {
    const stay = new Set(names);
    if (count === names.length) namesBefore.filter((name) => !stay.has(name)).forEach(forgetName);
    namesBefore = [];
    isPrivateRemoval = false;
    // In a larger room the server tells nobody who leaves.
    isListComplete = count === names.length && count <= TOLD_PEOPLE_MAX;
  }

  function presence(frame) {
    // The reader has taken another name on this device, so the server says that the old one left.
    const isFormerName = !frame.here && session.isOwnName(frame.name) && frame.name !== session.name();
    session.nameIsOthers(frame.name);
    people.presence(frame);
    if (!frame.here) ignored.left(frame.name);
    // Where only private messages were removed, the room hears that the person leaves.
    const mayBeRemoved = isPrivateRemoval && !frame.here && namesBefore.includes(frame.name);
    if (mayBeRemoved) return;
    namesBefore = namesBefore.filter((name) => name !== frame.name);
    // Through a page without scripts, or another device, the reader may come as well.
    if (!isFormerName && frame.name !== session.name()) noteComing(frame);
  }

  /** Takes a `renamed`. `isReader`: it is about the reader, whose name has changed by it. */
  function renamed(frame, isReader) {
    if (!isReader) {
      session.nameIsOthers(frame.to);
      ignored.renamed(frame);
      privateTalk.renamed(frame);
    }
    // The person may be in other rooms only.
    const isHere = people.renamed(frame);
    namesBefore = namesBefore.filter((name) => name !== frame.from);
    if (isReader) {
      ownName = session.name();
      nameForm.named(frame.secret);
    }
    if (isReader && frame.from !== frame.to) noteName(frame.from, frame.to);
    else if (isHere && frame.to !== session.name() && !noteNamesGuest(frame.from, frame.to)) noteName(frame.from, frame.to);
    if (isReader && frame.secret) roomView.addNote('note', say(hadPassword ? 'newSecret' : 'firstSecret', { name: isolated(frame.to) }));
    hadPassword = session.hasPassword();
  }

  return {
    welcomed, presence, present, renamed,
    /** Takes each frame. A line of the log about a new name takes the place of the note of it. */
    noticed({ type, room, from, to }) {
      if (type !== 'new-name' || room !== currentRoom) return;
      const words = nameWords(from, to);
      roomView.removeAll((item) => item.kind === 'note coming' && item.text === words);
    },
    /**
     * A person of this room has removed their messages and their name; `isPrivate`: of the room's
     * messages none.
     */
    forget(isPrivate) {
      namesBefore = isListComplete ? people.names() : [];
      isPrivateRemoval = isPrivate;
    },
  };
}
