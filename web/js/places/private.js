// Private messages, and the private talk that shows those with one person. They have one log for all people, which the page
// follows like a room's. The talk covers the room's log, and has the same field.
//
// Owns: which private messages the reader has read; which people were away when they were last written to; the person of
// the talk; for whom a text in the field is: the room, or one person.
// Must not know: the connection, the room's log.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { joinTexts, openDraft } from '../composer/drafts.js';
import { escapeSlash } from '../composer/sending.js';
import { followLog } from '../connection/position.js';
import { element, fillSentence, isolated, nameKey } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { SENDING_SHOWN_AFTER_MS } from '../limits.js';
import { createLogView } from '../messages/log_view.js';
import { keepLastRead, keepLastReadOfPeople, PRIVATE, startReading } from '../messages/unread.js';
import { keepUnsent } from '../messages/unsent.js';
import { say } from '../words.js';

/** Returns the other person of a private message. */
const otherPerson = (message) => (message.own ? message.to || message.more.to : message.from);

/**
 * Makes the private messages, shown by `view`, a log view. `arrived(message)` hears of an unread one, `changed(message)`
 * of whatever changed (with a message if it is one of the reader's); the rest is as `openPrivateTalk` has it.
 */
function openPrivateMessages({ session, send, isHidden, view, arrived, changed, refused, paused }) {
  const lastRead = keepLastRead(PRIVATE);
  const lastReadOf = keepLastReadOfPeople(PRIVATE);
  let readAtStart = 0;
  let epoch = '';
  // By name: when the person was written to while away, by the server's clock.
  const awaySince = new Map();
  // Names by which the reader means the person who has them now.
  const meantNames = new Set();
  const unsent = keepUnsent({ room: null, storage: session.storage(), send, changed: messageChanged, refused, paused });
  const position = followLog({
    room: null,
    listener: {
      joined(frame) {
        if (frame.epoch !== epoch) readAtStart = lastRead.atStart(frame);
        epoch = frame.epoch;
        startReading(PRIVATE, frame);
      },
      line(frame) {
        const message = Object.assign(unsent.lineArrived(frame) || messageOf(frame), {
          from: frame.from, to: frame.to, text: frame.text, at: frame.time,
        });
        // The reader typed "Big Bo hi", and the server has found out who that is.
        if (message.more && message.more.to !== frame.to) {
          message.more.to = frame.to;
          if (message.recipientKnown) message.recipientKnown();
        }
        meantNames.delete(nameKey(otherPerson(message)));
        // It had a row already in another epoch of the log.
        if (message.row) view.remove(message);
        view.addMessage(message);
        if (isUnread(message)) arrived(message);
        changed();
      },
      gap(name) {
        if (name === 'newEpoch') view.forgetNumbers();
      },
      notStored(from) { view.messages((message) => message.seq >= from).forEach(view.remove); },
      behind() {},
      caughtUp() {},
    },
  });

  /** The server knows whose a message is, whatever its author was called. */
  const messageOf = ({ seq, own }) => ({ kind: 'said', type: 'say', seq, own: Boolean(own), state: 'sent' });

  function messageChanged(message) {
    if (message.state === 'sent' && message.wasAway) {
      awaySince.set(nameKey(message.more.to), message.at);
    } else if (message.state === 'sent') awaySince.delete(nameKey(message.more.to));
    if (message.note) message.recipientKnown();
    changed(message);
  }

  /** A person came, is here or said something: they are not away any more, unless that was before. */
  function isHere(name, time = Infinity) {
    if (time > awaySince.get(nameKey(name)) && awaySince.delete(nameKey(name))) changed();
  }

  function isUnread(message) {
    return !message.own && message.seq > readAtStart && message.seq > lastReadOf.seq(epoch, nameKey(message.from)) && !isHidden(message);
  }

  const unread = () => view.messages(isUnread);

  return {
    unread,
    /** The reader has read those with this person. */
    read(name) {
      const nowRead = unread().filter((message) => nameKey(message.from) === nameKey(name));
      if (!nowRead.length) return;
      lastReadOf.set(epoch, nameKey(name), nowRead[nowRead.length - 1].seq);
      // When the page is opened again, everything before the first unread message counts as read.
      const [first] = unread();
      lastRead.raise({ ...position.position(), seq: first ? first.seq - 1 : position.seq() });
      changed();
    },
    /** A person has another name now. */
    renamed(from, to) {
      const read = lastReadOf.seq(epoch, nameKey(from));
      if (read) lastReadOf.set(epoch, nameKey(to), read);
      isHere(from);
      for (const message of view.messages(() => true)) {
        if (nameKey(message.from) === nameKey(from)) message.from = to;
        if (nameKey(message.to) === nameKey(from)) message.to = to;
      }
    },
    /** Whether a person was away when the reader last wrote, and has not been here since. */
    isAway: (name) => awaySince.has(nameKey(name)),
    /** Takes any frame that tells of people, of whichever room. */
    noticePeople({ type, here, name, names, from, seq, time }) {
      if (type === 'who') names.forEach((one) => isHere(one));
      else if ((type === 'presence' && here) || type === 'typing') isHere(name);
      else if (seq && typeof from === 'string') isHere(from, time);
    },
    /** The reader's own without a number, oldest first. */
    waiting: () => unsent.all().map((message) => Object.assign(message, { from: session.name() })),
    isEmpty: unsent.isEmpty,
    isFull: unsent.isFull,
    /** The position for a hello. */
    position: position.position,
    receive: position.receive,
    /** Takes a text for a person, and returns its message; `isOpenEnd`: the name may go on in the text. */
    add: (to, text, isOpenEnd) => unsent.add('private', text, { to, typed: isOpenEnd, anew: meantNames.has(nameKey(to)) }),
    /** The page has said that another person may have this name, and the reader means that person. */
    meansName: (name) => meantNames.add(nameKey(name)),
    sent: (frame) => unsent.sent(frame, frame.seq <= position.seq()),
    refused: unsent.refused,
    takeBack: unsent.takeBack,
    resume: unsent.resume,
    connectionLost: unsent.connectionLost,
  };
}

// --- The private talk --------------------------------------------------------------------

/** The place of a draft for this person. A point would end a place's name in the browser's storage. */
const draftPlace = (name) => PRIVATE + encodeURIComponent(nameKey(name)).replace(/\./g, '%2E');

/** Returns each name once, as it was written first. */
function distinct(names) {
  const found = new Set();
  return names.filter((name) => name && !found.has(nameKey(name)) && found.add(nameKey(name)));
}

/**
 * Makes the private messages, and the private talk, closed: { privateMessages, privateTalk }. `reader` is as `drawRow` has it;
 * `isHidden(message)`: the reader does not see it; `refused` and `paused` are as `keepUnsent` has them; `toggled()`: the talk
 * has opened, closed, or another person; `talksChanged()`: `talks` has others, or other counts; `covers` is the place over the
 * log; `seek(seq)` goes to a line of the room.
 */
export function openPrivateTalk({
  session, send, notices, roomDraft, composer, people, reader, isHidden, refused, paused, covers, seek, toggled, talksChanged,
}) {
  const [talk, roomBox, title] = ['#letters', '#box', '#talk-title'].map(pageElement);
  const [hint, again, box] = ['p', '.again', '.box'].map((part) => talk.querySelector(part));
  const heading = element('h1', '');
  const drafts = new Map();
  let isOpen = false;
  const cover = { hide };
  // The person; '' while the talk is closed.
  let person = '';
  // Another person may have this name now, and the reader has not chosen it again.
  let isNameOthers = false;
  const isPerson = (name) => nameKey(name) === nameKey(person);
  const isWith = (message) => isPerson(otherPerson(message));
  const view = createLogView({
    box,
    list: talk.querySelector('.rows'),
    unsentTail: () => privateMessages.waiting().filter(isWith),
    reader,
    isHidden: (message) => !isWith(message) || isHidden(message),
    seek,
  });
  const privateMessages = openPrivateMessages({
    session, send, isHidden, view, refused, paused,
    arrived: (message) => notices.privateMessage(message, isVisible() && isWith(message)),
    changed(message) {
      if (message && message.state === 'sending') setTimeout(view.redraw, SENDING_SHOWN_AFTER_MS);
      draw();
    },
  });
  const known = () => view.messages((message) => !isHidden(message));
  const isVisible = () => isOpen && !document.hidden;

  title.querySelector('.back').addEventListener('click', close);
  // Another person has the name, and the reader means that person.
  again.addEventListener('click', () => {
    open(person);
    composer.focus();
  });
  // The room's own row among the places leads back to it.
  addEventListener('click', (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!isOpen || !isPlain || !event.target.closest('a[aria-current="page"]')) return;
    event.preventDefault();
    close();
  });
  // A jump within the page would look like a way back.
  pageElement('#skip').addEventListener('click', (event) => {
    event.preventDefault();
    composer.focus();
  });
  document.addEventListener('visibilitychange', markRead);

  function markRead() {
    if (isVisible() && person) privateMessages.read(person);
  }

  function draw() {
    if (isOpen) drawTalk();
    talksChanged();
    view.redraw();
  }

  function drawTalk() {
    fillSentence(heading, say('talkTitle', { name: isolated(person) }));
    const words = hintWords();
    // A screen reader hears it when it changes.
    if (hint.textContent !== words) hint.textContent = words;
    const hadFocus = document.activeElement === again;
    again.hidden = !isNameOthers;
    if (hadFocus && again.hidden) composer.focus();
    fillSentence(again, say('thisPerson', { name: isolated(person) }));
    markRead();
  }

  function hintWords() {
    const name = isolated(person);
    if (isNameOthers) return say('another-person');
    return `${say('onlyYouTwo', { name })}${privateMessages.isAway(person) ? ` ${say('awayGetsIt', { name })}` : ''}`;
  }

  // --- For whom a text in the field is ---

  function draftOf(name) {
    if (!name) return roomDraft;
    const place = draftPlace(name);
    if (!drafts.has(place)) drafts.set(place, openDraft(place, session.storage()));
    return drafts.get(place);
  }

  /** Talks with this person from now on; '' is the room. Each has a draft. */
  function setPerson(name) {
    composer.storeDraft();
    if (isNameOthers && isPerson(name)) privateMessages.meansName(name);
    [person, isNameOthers] = [name, false];
    document.documentElement.classList.toggle('privately', isOpen);
    const label = person ? 'messageOnly' : 'messageTo';
    composer.setRecipient(say(label, { name: isolated(person), room: currentRoom }), draftOf(person).text());
  }

  // --- It opens and closes ---

  /** The person of the last message, or one who is here. */
  function anyPerson() {
    const last = [...known().slice(-1), ...privateMessages.unread().slice(-1)].map(otherPerson).pop();
    return last || people.names().find((name) => name !== session.name());
  }

  /** Opens the talk with this person; without a name with the person of the last message. */
  function open(name = anyPerson()) {
    if (!name) {
      composer.tell(say('nobodyToWrite'));
      return;
    }
    if (composer.isEditing()) {
      composer.tell(say('finishEdit'));
      return;
    }
    covers.enter(cover);
    isOpen = true;
    setPerson(name);
    show();
    view.toBottom();
    // On a touch screen the focus in the field would open the keyboard over it.
    if (touchScreen.matches) box.focus();
    else composer.focus();
  }

  function hide() {
    const hadFocus = talk.contains(document.activeElement) || title.contains(document.activeElement);
    isOpen = false;
    setPerson('');
    show();
    if (hadFocus) roomBox.focus();
  }

  function show() {
    talk.hidden = !isOpen;
    title.hidden = !isOpen;
    // A page has one heading in sight.
    if (isOpen) title.append(heading);
    else heading.remove();
    draw();
    toggled();
  }

  /** Closes the talk. Returns false if it was not open. */
  function close() {
    return covers.leave(cover);
  }

  /** The people with whom the reader has talked or talks now, the latest last: [{ name, unread, isOpen }]. */
  function talks() {
    const news = privateMessages.unread().map((message) => nameKey(otherPerson(message)));
    const names = distinct([...known(), ...privateMessages.waiting()].map(otherPerson).concat(person));
    return names.map((name) => ({ name, unread: news.filter((key) => key === nameKey(name)).length, isOpen: isOpen && isPerson(name) }));
  }

  view.redraw();
  const privateTalk = {
    draw,
    talks,
    open,
    /** Closes the talk. Returns false if it was not open. */
    close,
    page: view.page,
    toBottom: view.toBottom,
    isOpen: () => isOpen,
    /** Whether a private message is one with the person of the talk. */
    isWith,
    /** The person to whom the reader writes; '' if that is the room. */
    person: () => person,
    /** The person who gets the next message; '' if another person may have the name, until the reader chooses it again. */
    recipient: () => (isNameOthers ? '' : person),
    /** Stores a draft for the person or room that the field is for. */
    storeDraft: (text) => draftOf(person).store(text),
    /** Adds a refused message to the draft for its recipient, with whom the reader does not talk now. */
    addToDraft({ more, text }) {
      const draft = draftOf(more.to);
      draft.store(joinTexts(escapeSlash(text), draft.text()));
    },
    /** The server says that another person may have this name now, and so does the talk. */
    nameIsOthers(name) {
      privateMessages.meansName(name);
      isNameOthers = isNameOthers || isPerson(name);
    },
    peopleChanged() { if (isOpen) draw(); },
    /**
     * Takes a `renamed`: the talk goes on with that person. If another person takes the name of the person of the talk,
     * nothing goes to them before the reader chooses the name again.
     */
    renamed({ from, to }) {
      const isOtherKey = nameKey(from) !== nameKey(to);
      privateMessages.renamed(from, to);
      if (isOtherKey) isNameOthers = isNameOthers || isPerson(to);
      if (isPerson(from)) {
        setPerson(to);
        // The text goes along; under the same name in other letters it is there already.
        if (isOtherKey) {
          composer.setRecipient(say('messageOnly', { name: isolated(to), room: currentRoom }), joinTexts(draftOf(from).text(), draftOf(to).text()));
          composer.storeDraft();
          draftOf(from).store('');
        }
      }
      draw();
    },
  };
  return { privateMessages, privateTalk };
}
