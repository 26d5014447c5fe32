// People of the room: who is here, who types, who comes and goes, and whom the reader ignores.
//
// Owns: the list of names and the count, "Ann is typing", the notes about people who come and go or change their names,
// the names that the reader ignores (in the browser's storage, for all rooms and tabs).
// Must not know: the connection, what is hidden of ignored people.
//
// Part: `chat.js`.

import { colouredName, element, fillSentence, isolated, nameKey } from '../elements.js';
import { pageElement } from '../layout.js';
import { NAMES_TOLD_MAX, TYPING_SHOWN_MS } from '../limits.js';
import { browserStorage, readNames, readSetting } from '../storage.js';
import { say, sayCount } from '../words.js';

// --- Whom the reader ignores -----------------------------------------------------------

const IGNORED_NAME = 'threadbare.ignored';

/** Makes the people whom the reader ignores. `changed()` is called when they are others, here or in another tab. */
export function openIgnored(changed) {
  let names = [];
  // The log view asks for each row of each drawing, so each name is normalized once.
  let keys = new Set();
  become(readNames(IGNORED_NAME));

  function become(now) {
    names = now;
    keys = new Set(names.map(nameKey));
  }

  function set(now) {
    become(now);
    browserStorage().write(IGNORED_NAME, names.length ? JSON.stringify(names) : '');
    changed();
  }

  const has = (name) => keys.has(nameKey(name));
  addEventListener('storage', (event) => {
    if (event.key !== IGNORED_NAME) return;
    become(readNames(IGNORED_NAME));
    changed();
  });

  return {
    names: () => names,
    /** Whether a line, an item or a private message is of an ignored person. */
    hides: (item) => Boolean(item.from) && !item.own && names.length > 0 && has(item.from),
    /** Ignores a person, or hears them again. Returns true if the person is ignored from now on. */
    toggle(name) {
      const isNew = !has(name);
      set(isNew ? [...names, name] : names.filter((one) => nameKey(one) !== nameKey(name)));
      return isNew;
    },
    /** Takes a `renamed`: with another name a person is still ignored. */
    renamed({ from, to }) { if (has(from) && !has(to)) set([...names, to]); },
  };
}

// --- Who is here, and who types -----------------------------------------------------------

/** Makes the people of the room. `changed(count)` is called when others are here: so many. */
export function openPeople({ session, ignored, changed }) {
  const panel = pageElement('#people');
  const countWord = panel.querySelector('summary');
  const list = panel.querySelector('ul');
  const typingWords = pageElement('#typing');
  let names = new Set();
  let count = 0;
  const typists = new Map();

  function draw() {
    countWord.textContent = sayCount(count, 'hereOne', 'hereMany');
    changed(count);
    const rows = Array.from(names).sort((one, other) => one.localeCompare(other)).map((name) => {
      const row = element('li', '', colouredName(name));
      if (name === session.name()) row.append(` (${say('you')})`);
      return row;
    });
    if (count > names.size) rows.push(element('li', '', say('andMore', { n: count - names.size })));
    list.replaceChildren(...rows);
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

  return {
    names: () => Array.from(names),
    /** Takes a `who`: all people, as the server knows them now. */
    set(frame) {
      names = new Set(frame.names);
      count = frame.people;
      draw();
    },
    /** How many people there are, before the names are known. */
    count(n) {
      count = n;
      draw();
    },
    /** Takes a `presence`: a person came or left. */
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
      stopsTyping(frame.from);
      draw();
      return true;
    },
    /** Takes a `typing`. */
    typing({ name }) {
      if (name === session.name() || ignored.hides({ from: name })) return;
      clearTimeout(typists.get(name));
      typists.set(name, setTimeout(stopsTyping, TYPING_SHOWN_MS, name));
      drawTyping();
    },
    stopsTyping,
  };
}

// --- Notes about people who come and go, or change their names -------------------------------

/** The sentence about people who came (`here`) or left. */
function comingWords(namesInNote, here) {
  const few = namesInNote.slice(0, NAMES_TOLD_MAX).map(isolated).join(say('listComma'));
  const more = namesInNote.length - NAMES_TOLD_MAX;
  // "Bo, Eve and 4 more", or "Bo, Eve, six in all": as a language has it.
  const n = say('foldCounts') === 'all' ? namesInNote.length : more;
  if (more > 0) return say(here ? 'joinedMore' : 'leftMore', { names: few, n });
  return say(here ? 'joined' : 'left', { name: few });
}

/** Makes the notes in the log of the room. */
export function openPresence({ session, roomView, ignored, people, privateTalk, nameForm }) {
  // The note about people who came (or left) one after the other, and their names.
  let latestNote = null;
  let namesInNote = [];
  // The name that the reader had when the page last said so.
  let ownName = '';

  /** Adds a note, or a name to the latest one: a class that comes in is one line. */
  function noteComing({ name, here }) {
    if (readSetting('comings') === 'untold') return;
    const goesOn = latestNote && latestNote.here === here && roomView.isLast(latestNote);
    namesInNote = goesOn ? namesInNote.filter((other) => other !== name).concat(name) : [name];
    if (goesOn) {
      latestNote.text = comingWords(namesInNote, here);
      roomView.redraw();
    } else {
      latestNote = roomView.addNote('note', comingWords(namesInNote, here));
      latestNote.here = here;
    }
  }

  const noteName = (from, to) => roomView.addNote('note', say('renamed', { name: isolated(from), to: isolated(to) }));

  /** Takes a welcome: nobody has another name on a new connection without a note. */
  function welcomed() {
    if (ownName && ownName !== session.name()) noteName(ownName, session.name());
    ownName = session.name();
    nameForm.setName(session.name());
  }

  /** Takes a `presence`. */
  function presence(frame) {
    // With another name on this device, the reader leaves the old name behind.
    const isFormerName = !frame.here && session.isOwnName(frame.name) && frame.name !== session.name();
    session.nameIsOthers(frame.name);
    people.presence(frame);
    if (!isFormerName) noteComing(frame);
  }

  /** Takes a `renamed`; for the reader it comes once for each connection and each room. */
  function renamed(frame) {
    const isReader = session.renamed(frame);
    if (!isReader) {
      session.nameIsOthers(frame.to);
      ignored.renamed(frame);
      privateTalk.renamed(frame);
    }
    // The person may be in another room only.
    const isHere = people.renamed(frame);
    if (isReader) {
      ownName = session.name();
      nameForm.setName(ownName);
    }
    // With a name and its secret, the reader becomes the person with that name, who has said something before.
    if (frame.to === session.name() && frame.token && !frame.secret) roomView.claim(({ from }) => session.isOwnName(from));
    if (isReader && frame.secret && frame.from === frame.to) roomView.addNote('note', say('newSecret', { name: isolated(frame.to) }));
    else if (isReader || (isHere && frame.to !== session.name())) noteName(frame.from, frame.to);
  }

  return { welcomed, presence, renamed };
}
