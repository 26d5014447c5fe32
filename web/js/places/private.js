// Private messages, and the private talk that shows those with one person. They have one log for all people, which the page
// follows like a room's. The talk covers the room's log, and has the same field.
//
// Owns: which private messages the reader has read; which people were away when they were last written to; the person of
// the talk; for whom a text in the field is: the room, or one person.
// Must not know: the connection, the room's log.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { escapeSlash } from '../composer/commands.js';
import { joinTexts, openDraft } from '../composer/drafts.js';
import { followLog } from '../connection/position.js';
import { arrange, button, colouredName, element, isolated, nameKey } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { CHIPS_MAX, SENDING_SHOWN_AFTER_MS } from '../limits.js';
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
 * has opened, closed, or another person.
 */
export function openPrivateTalk({
  session, send, notices, roomDraft, composer, people, reader, isHidden, refused, paused, toggled,
}) {
  const [headerButton, talk, roomBox] = ['#private', '#letters', '#box'].map(pageElement);
  const [heading, hint, chips, box] = ['h2', 'p', '.chips', '.box'].map((part) => talk.querySelector(part));
  const drafts = new Map();
  const chipOf = new Map();
  let isOpen = false;
  let isGoingBack = false;
  // The person; '' while none is chosen.
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
  /** The talk is an entry of the browser's history, so the browser's Back button leads out of it. */
  const isInHistory = () => Boolean(history.state && history.state.isPrivate);
  const addToHistory = () => history.pushState({ isPrivate: true }, '');

  headerButton.addEventListener('click', () => { if (!close()) open(); });
  talk.querySelector('.back').addEventListener('click', close);
  // A jump within the page would look like a way back.
  pageElement('#skip').addEventListener('click', (event) => {
    event.preventDefault();
    composer.focus();
  });
  addEventListener('popstate', () => {
    const wasAsked = isGoingBack;
    isGoingBack = false;
    if (isOpen && !isInHistory()) {
      // The talk was opened again before the browser went back.
      if (wasAsked) addToHistory();
      else hide();
    }
  });
  document.addEventListener('visibilitychange', markRead);

  function markRead() {
    if (isVisible() && person) privateMessages.read(person);
  }

  function draw() {
    const news = privateMessages.unread();
    headerButton.textContent = news.length ? say('privateNew', { n: news.length }) : say('private');
    headerButton.classList.toggle('fresh', news.length > 0);
    if (isOpen) drawTalk(news);
    view.redraw();
  }

  function drawTalk(news) {
    const shown = suggestedPeople(news);
    heading.textContent = person ? say('privateWith', { name: isolated(person) }) : say('privateMessages');
    const words = person ? hintWords() : say(shown.length ? 'privateWhom' : 'privateHint');
    // A screen reader hears it when it changes.
    if (hint.textContent !== words) hint.textContent = words;
    arrange(chips, shown.map((name) => {
      const key = nameKey(name);
      if (!chipOf.has(key)) chipOf.set(key, createChip(name));
      const n = news.filter((message) => nameKey(message.from) === key).length;
      chipOf.get(key).lastChild.textContent = n ? `, ${say('newThere', { n })}` : '';
      chipOf.get(key).setAttribute('aria-pressed', isPerson(name) && !isNameOthers);
      return chipOf.get(key);
    }));
    markRead();
  }

  function hintWords() {
    const name = isolated(person);
    if (isNameOthers) return say('another-person');
    return `${say('onlyYouTwo', { name })}${privateMessages.isAway(person) ? ` ${say('awayGetsIt', { name })}` : ''}`;
  }

  function createChip(name) {
    const chip = button('', () => open(name));
    chip.append(colouredName(name), element('span', ''));
    return chip;
  }

  /** People with whom the reader has talked, and people who are here. Nobody changes places. */
  function suggestedPeople(news) {
    const talkedTo = [...known(), ...privateMessages.waiting()].map(otherPerson);
    const all = [...talkedTo, person, ...people.names()].filter((name) => !session.isOwnName(name));
    const first = distinct([person, ...news.map(otherPerson), ...talkedTo.reverse(), ...people.names()]).slice(0, CHIPS_MAX).map(nameKey);
    return distinct(all).filter((name) => first.includes(nameKey(name)));
  }

  // --- For whom a text in the field is ---

  function draftOf(name) {
    if (!name) return roomDraft;
    const place = draftPlace(name);
    if (!drafts.has(place)) drafts.set(place, openDraft(place, session.storage()));
    return drafts.get(place);
  }

  /** Talks with this person from now on, or with none: each has a draft. */
  function setPerson(name) {
    composer.storeDraft();
    if (isNameOthers && isPerson(name)) privateMessages.meansName(name);
    [person, isNameOthers] = [name, false];
    document.documentElement.classList.toggle('privately', isOpen);
    const label = person ? 'messageOnly' : isOpen ? 'privateWhom' : 'messageTo';
    composer.setRecipient(say(label, { name: isolated(person), room: currentRoom }), draftOf(person).text());
  }

  // --- It opens and closes ---

  /** Opens the talk with this person; without a name with the person of the last message. */
  function open(name) {
    if (composer.isEditing()) {
      composer.tell(say('finishEdit'));
      return;
    }
    const [last] = [...known().slice(-1), ...privateMessages.unread().slice(-1)].slice(-1);
    if (!isOpen && !isInHistory()) addToHistory();
    isOpen = true;
    setPerson(name || (last ? otherPerson(last) : ''));
    show();
    view.toBottom();
    // On a touch screen the focus in the field would open the keyboard over it.
    const focused = person ? (touchScreen.matches ? box : null) : chips.firstChild || box;
    if (focused) focused.focus();
    else composer.focus();
  }

  function hide() {
    const hadFocus = talk.contains(document.activeElement);
    isOpen = false;
    setPerson('');
    show();
    // On a narrow page the button in the header is not there.
    if (hadFocus) (headerButton.offsetParent ? headerButton : roomBox).focus();
  }

  function show() {
    talk.hidden = !isOpen;
    headerButton.setAttribute('aria-expanded', isOpen);
    draw();
    toggled();
  }

  function close() {
    if (!isOpen) return false;
    hide();
    isGoingBack = isInHistory();
    if (isGoingBack) history.back();
    return true;
  }

  draw();
  const privateTalk = {
    draw,
    open,
    /** Closes the talk. Returns false if it was not open. */
    close,
    page: view.page,
    toBottom: view.toBottom,
    isOpen: () => isOpen,
    /** Whether a private message is one with the person of the talk. */
    isWith,
    /** The person to whom the reader writes; '' if that is the room, or nobody is chosen. */
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
