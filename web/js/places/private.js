// Private messages, and the private talk, which shows the messages with one person. One log has the
// messages with all people, and the page follows it like a room's log. The talk covers the room's
// log, and the field is the same.
//
// Owns: which private messages the reader has read; which people were away when the reader last
// wrote to them; the person of the talk; whether a text in the field is for the room or for this
// person.
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
import { keepLastRead, PRIVATE, startReading } from '../messages/unread.js';
import { keepUnsent } from '../messages/unsent.js';
import { browserStorage } from '../storage.js';
import { say } from '../words.js';

/** For how many people the browser stores how far the reader has read their private messages. */
const READ_PEOPLE_MAX = 50;

/** Stores how far the reader reads of the messages of each person; of the latest people only. */
function keepLastReadOfPeople() {
  const name = `threadbare.seenof.${PRIVATE}`;
  let known = null;
  addEventListener('storage', ({ key }) => { if (!key || key === name) known = null; });

  function all() {
    try {
      known = known || JSON.parse(browserStorage().read(name) || '{}') || {};
    } catch (torn) {
      known = {};
    }
    return known;
  }

  return {
    seq: (epoch, person) => Number((all()[epoch] || {})[person]) || 0,
    set(epoch, person, seq) {
      const { [person]: before, ...others } = all()[epoch] || {};
      const stored = Object.entries(others).slice(1 - READ_PEOPLE_MAX);
      known = { [epoch]: Object.fromEntries([...stored, [person, Math.max(seq, before || 0)]]) };
      browserStorage().write(name, JSON.stringify(known));
    },
  };
}

const otherPerson = (message) => (message.own ? message.to || message.more.to : message.from);

/**
 * Makes the private messages, which the log view `view` shows. `arrived(message)` is called for
 * each unread message; `changed(message)` for each change, with the message if it is the reader's.
 * The rest is as `openPrivateTalk` has it.
 */
function openPrivateMessages({ session, send, isHidden, view, arrived, changed, refused, paused }) {
  const lastRead = keepLastRead(PRIVATE);
  const lastReadOf = keepLastReadOfPeople();
  let readAtStart = 0;
  let epoch = '';
  // For each person who was away when the reader last wrote: the time of that message, by the
  // server's clock.
  const awaySince = new Map();
  // Names that another person may have now, if the reader has chosen them again: then this person
  // is meant.
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
        // If the reader typed "Big Bo hi", the server has found out which part is the name.
        if (message.more && message.more.to !== frame.to) {
          message.more.to = frame.to;
          if (message.recipientKnown) message.recipientKnown();
        }
        meantNames.delete(nameKey(otherPerson(message)));
        // The message may have a row from another epoch of the log.
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

  /** Returns the message of a line. The server says in `own` whether it is the reader's. */
  const messageOf = ({ seq, own }) => ({ kind: 'said', type: 'say', seq, own: Boolean(own), state: 'sent' });

  function messageChanged(message) {
    if (message.state === 'sent' && message.wasAway) {
      awaySince.set(nameKey(message.more.to), message.at);
    } else if (message.state === 'sent') awaySince.delete(nameKey(message.more.to));
    if (message.note) message.recipientKnown();
    changed(message);
  }

  /**
   * A person was here at this time: they are not away any more, unless the reader wrote to them
   * later.
   */
  function isHere(name, time = Infinity) {
    if (time > awaySince.get(nameKey(name)) && awaySince.delete(nameKey(name))) changed();
  }

  function isUnread(message) {
    return !message.own && message.seq > readAtStart && message.seq > lastReadOf.seq(epoch, nameKey(message.from)) && !isHidden(message);
  }

  const unread = () => view.messages(isUnread);

  return {
    unread,
    /** The reader has read the messages from this person. */
    read(name) {
      const nowRead = unread().filter((message) => nameKey(message.from) === nameKey(name));
      if (!nowRead.length) return;
      lastReadOf.set(epoch, nameKey(name), nowRead[nowRead.length - 1].seq);
      // When the page is opened again, messages before the first unread one count as read.
      const [first] = unread();
      lastRead.raise({ ...position.position(), seq: first ? first.seq - 1 : position.seq() });
      changed();
    },
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
    /** Takes any frame, of any room, which may tell that people are here. */
    noticePeople({ type, here, name, names, from, seq, time }) {
      if (type === 'who') names.forEach((one) => isHere(one));
      else if ((type === 'presence' && here) || type === 'typing') isHere(name);
      else if (seq && typeof from === 'string') isHere(from, time);
    },
    /** The reader's own messages that have no number yet, oldest first. */
    waiting: () => unsent.all().map((message) => Object.assign(message, { from: session.name() })),
    isEmpty: unsent.isEmpty,
    isFull: unsent.isFull,
    /** Returns the position in the log, for a hello. */
    position: position.position,
    receive: position.receive,
    /**
     * Adds a message to a person, and returns it. `isOpenEnd`: the person's name may go on in the
     * text.
     */
    add: (to, text, isOpenEnd) => unsent.add('private', text, { to, typed: isOpenEnd, anew: meantNames.has(nameKey(to)) }),
    /**
     * The reader means the person who has this name now, although the page has said that it may be
     * another person.
     */
    meansName: (name) => meantNames.add(nameKey(name)),
    sent: (frame) => unsent.sent(frame, frame.seq <= position.seq()),
    refused: unsent.refused,
    takeBack: unsent.takeBack,
    resume: unsent.resume,
    connectionLost: unsent.connectionLost,
  };
}

// --- The private talk --------------------------------------------------------------------

/**
 * The name of the draft for this person, without a point: in the browser's storage a point would
 * end it.
 */
const draftPlace = (name) => PRIVATE + encodeURIComponent(nameKey(name)).replace(/\./g, '%2E');

/** Returns each person's name once, as the first of the names writes it. */
function distinct(names) {
  const found = new Set();
  return names.filter((name) => name && !found.has(nameKey(name)) && found.add(nameKey(name)));
}

/**
 * Makes the private messages, and the private talk, which is closed: { privateMessages, privateTalk
 * }. `reader` is as `drawRow` has it; `isHidden(message)`: the reader does not see it; `refused`
 * and `paused` are as `keepUnsent` has them; `covers` is the place over the log; `seek(seq)` goes
 * to a line of the room. `toggled()` is called when the talk has opened or closed; `talksChanged()`
 * when `talks()` may return something else.
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
  // The name of the talk's person; '' while the talk is closed.
  let person = '';
  // Whether another person may have this name now, and the reader has not chosen it again.
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
  // With this button the reader says that they mean the person who has the name now.
  again.addEventListener('click', () => {
    open(person);
    composer.focus();
  });
  // A click on this room in the list of rooms closes the talk.
  addEventListener('click', (event) => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!isOpen || !isPlain || !event.target.closest('a[aria-current="page"]')) return;
    event.preventDefault();
    close();
  });
  // The link's own jump would add an entry to the browser's history.
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
    // A screen reader reads the hint aloud when it changes.
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

  /** From now on the field is for this person; '' is the room. Each has a draft of its own. */
  function setPerson(name) {
    composer.storeDraft();
    if (isNameOthers && isPerson(name)) privateMessages.meansName(name);
    [person, isNameOthers] = [name, false];
    document.documentElement.classList.toggle('privately', isOpen);
    const label = person ? 'messageOnly' : 'messageTo';
    composer.setRecipient(say(label, { name: isolated(person), room: currentRoom }), draftOf(person).text());
  }

  // --- It opens and closes ---

  /** The person of the last private message; without one, a person who is here. */
  function anyPerson() {
    const last = [...known().slice(-1), ...privateMessages.unread().slice(-1)].map(otherPerson).pop();
    return last || people.names().find((name) => name !== session.name());
  }

  /** Opens the talk with this person. Without a name it takes `anyPerson()`. */
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
    // On a touch screen the focus in the field would open a keyboard over the talk.
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

  /**
   * The people with whom the reader has private messages or talks now, the latest last: [{ name,
   * unread, isOpen }].
   */
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
    close,
    page: view.page,
    toBottom: view.toBottom,
    isOpen: () => isOpen,
    isWith,
    /** The person for whom the field is; '' if it is for the room. */
    person: () => person,
    /**
     * The person who gets the next message; '' if it is the room, or another person may have the
     * name.
     */
    recipient: () => (isNameOthers ? '' : person),
    storeDraft: (text) => draftOf(person).store(text),
    /** Adds a refused message to the draft for its recipient, who is not the person of the talk. */
    addToDraft({ more, text }) {
      const draft = draftOf(more.to);
      draft.store(joinTexts(escapeSlash(text), draft.text()));
    },
    /**
     * The server says that another person may have this name now. If it is the talk's, the talk
     * says so, too.
     */
    nameIsOthers(name) {
      privateMessages.meansName(name);
      isNameOthers = isNameOthers || isPerson(name);
    },
    peopleChanged() { if (isOpen) draw(); },
    /**
     * Takes a `renamed`: the talk with this person goes on. If another person takes the name of the
     * talk's person, nothing is sent to them before the reader chooses the name again.
     */
    renamed({ from, to }) {
      const isOtherKey = nameKey(from) !== nameKey(to);
      privateMessages.renamed(from, to);
      if (isOtherKey) isNameOthers = isNameOthers || isPerson(to);
      if (isPerson(from)) {
        setPerson(to);
        // The draft moves to the new name. If only capitals changed, it has the same draft.
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
