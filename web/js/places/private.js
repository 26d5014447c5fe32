// The private talk, which shows the private messages with one person. It covers the room's log, and
// the field is the same.
//
// Owns: the person of the talk, and its address; whether a text in the field is for the room or for
// this person; the drafts for people.
// Must not know: the connection, the room's log, which messages are read or wait.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { joinTexts, openDraft } from '../composer/drafts.js';
import { escapeSlash, typedForm } from '../composer/sending.js';
import { element, fillSentence, isolated, nameKey } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { SENDING_SHOWN_AFTER_MS, UNSENT_MAX } from '../limits.js';
import { openFirstNew, openWayBack } from '../messages/first_new.js';
import { createLogView } from '../messages/log_view.js';
import { watchRowsSoon } from '../messages/near_rows.js';
import { refusalWords, say, sayCount } from '../words.js';
import { openPrivateMessages, otherPerson } from './private_messages.js';
import { PRIVATE } from '../storage_more.js';
import { openWhoIsHere } from './who_is_here.js';

/**
 * The name of the draft for this person, without a point: in the browser's storage a point would
 * end it.
 */
const draftPlace = (name) => PRIVATE + encodeURIComponent(nameKey(name)).replace(/\./g, '%2E');

/** Makes a function that returns the draft for a person ('' is the room), and one that forgets. */
function talkDrafts({ session, roomDraft }) {
  const drafts = new Map();
  function draftOf(name) {
    if (!name) return roomDraft;
    const place = draftPlace(name);
    if (!drafts.has(place)) drafts.set(place, openDraft(place, session.storage()));
    return drafts.get(place);
  }
  return [draftOf, () => drafts.forEach((draft) => draft.store(''))];
}

/** In an address, what stands before the name of the talk's person. */
const FRAGMENT = '#private/';

/** Returns the name to which this part of an address leads; '' if it leads to no talk. */
function nameIn(hash) {
  if (!hash.startsWith(FRAGMENT)) return '';
  try {
    return decodeURIComponent(hash.slice(FRAGMENT.length)).trim();
  } catch (noName) {
    return '';
  }
}

const moveKey = (from, to) => JSON.stringify([from, to].map(nameKey));

/** Returns each person's name once, as the first of the names writes it. */
function distinct(names) {
  const found = new Set();
  return names.filter((name) => name && !found.has(nameKey(name)) && found.add(nameKey(name)));
}

/**
 * Makes the private messages, and the private talk, which is closed: { privateMessages, privateTalk
 * }. `reader` is as `drawRow` has it; `isHidden(message)`: the reader does not see it; `covers` is
 * the place over the log; `seek(seq)` goes to a line of the room; `speak(words)` tells a screen
 * reader. `toggled()` is called when the talk has opened or closed; `talksChanged()` when `talks()`
 * may return something else.
 */
export function openPrivateTalk({
  session, send, notices, roomDraft, roomView, composer, people, reader, isHidden, refusals, covers, seek, speak, toggled, talksChanged,
}) {
  const [talk, roomBox, title] = ['#letters', '#box', '#talk-title'].map(pageElement);
  const [hint, again, box, list] = ['p', '.again', '.box', '.rows'].map((part) => talk.querySelector(part));
  const heading = element('h1', '');
  const [draftOf, forgetDrafts] = talkDrafts({ session, roomDraft });
  let isOpen = false;
  const cover = { hide, place: () => ({ fragment: FRAGMENT + encodeURIComponent(person), person: privateMessages.idOf(person) }) };
  // The name of the talk's person; '' while the talk is closed.
  let person = '';
  // Whether another person may have this name now, and the reader has not chosen it again.
  let isNameOthers = false;
  // The newest change of the name of the talk's person.
  let lastMove = '';
  // The first message of the talk that was new when the reader came, and how many were.
  let firstNew = [null, 0];
  // The messages that have come below what the reader sees.
  let newBelow = [];
  const isPerson = (name) => nameKey(name) === nameKey(person);
  const isWith = (message) => isPerson(otherPerson(message));
  const view = createLogView({
    box,
    list,
    unsentTail: () => privateMessages.waiting().filter((message) => message.type === 'private' && isWith(message)),
    changeOf: (item) => privateMessages.changeOf(item),
    reader,
    isHidden: (item) => item.kind === 'said' && (!isWith(item) || isHidden(item)),
    seek,
    moved: drawWays,
    // A press goes to the message, as below.
    quoteOf: () => '#letters',
  });
  const privateMessages = openPrivateMessages({
    session, send, isHidden, view,
    refused: refusals.giveBack,
    paused: refusals.tellPause,
    arrived: notices.privateMessage,
    changed(message) {
      if (message && message.state === 'sending') setTimeout(view.redraw, SENDING_SHOWN_AFTER_MS);
      draw();
    },
    gone: personGone,
    moved: talkMoved,
    caughtUp() {
      covers.openAddressed(nameIn, openAddressed);
      whoIsHere.askAll();
    },
  });
  const whoIsHere = openWhoIsHere({ send, names: () => talks().map(({ name }) => name), namesInRoom: people.names, answered });
  const lookForFirst = openFirstNew({ box, view, line: () => firstNew, setLine: markFirst, isSeen: () => isOpen });
  const drawWayBack = openWayBack(talk, view);
  const known = () => view.messages((message) => !isHidden(message));
  const isVisible = () => isOpen && !document.hidden;

  title.querySelector('.back').addEventListener('click', () => {
    close();
    // On a touch screen the focus in the field would open a keyboard.
    if (!touchScreen.matches) composer.focus();
  });
  // With this button the reader says that they mean the person who has the name now.
  watchRowsSoon(box, view, {
    reply: composer.reply,
    edit: composer.edit,
    remove: (item) => composer.tell(change('delete', '', item)),
  }, speak);
  list.addEventListener('click', (event) => {
    const quote = event.target.closest('.quote');
    if (!quote) return;
    event.preventDefault();
    const quoted = view.find(Number(quote.dataset.seq));
    // The next one may be of another talk.
    if (quoted && isWith(quoted)) view.goToSeq(quoted.seq);
  });
  again.addEventListener('click', () => {
    open(person);
    composer.focus();
  });
  // The link's own jump would add an entry to the browser's history.
  pageElement('#skip').addEventListener('click', (event) => {
    event.preventDefault();
    composer.focus();
  });
  document.addEventListener('visibilitychange', () => {
    if (isVisible()) markNew(person);
    markRead();
  });
  addEventListener('focus', askWhetherHere);

  /** The server has said whether somebody is here, or that nobody has the name. */
  function answered(frame) {
    if (frame) privateMessages.personIs(frame);
    draw();
  }

  /** Asks the server whether the talk's person is here. The hint says so if not. */
  function askWhetherHere() {
    if (isOpen) whoIsHere.ask(person);
  }

  /** Gives back a message, or a change of one. Its text must not get to anybody else. */
  function giveBack(message, frame) {
    if (message.whenRefused) {
      message.whenRefused(frame);
      return;
    }
    const { more: { to }, type } = message;
    const isOthers = frame.reason === 'another-person';
    // The note in the room's log says that the message was written.
    if (message.note) roomView.remove(message.note);
    if (isOthers) {
      privateMessages.meansName(to);
      isNameOthers = isNameOthers || isPerson(to);
    }
    // In the talk is a button with which the reader says whom they mean.
    const why = isOthers ? { ...frame, reason: 'firstWhom' } : frame;
    const isMessage = type === 'private';
    if (isWith(message)) refusals.putBack(isMessage ? escapeSlash(message.text) : typedForm(message), why);
    else if (!isOpen && composer.isEmpty() && isMessage) refusals.putBack(typedForm(message), frame);
    else {
      privateTalk.addToDraft(message);
      refusals.tellProblem(`${refusalWords(frame)} ${say('notSaidTo', { name: to })}`);
    }
    draw();
  }

  /** Sends a change of a message. Returns what is wrong. */
  function change(type, text, item) {
    if (privateMessages.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    // In another epoch the message has no number.
    if (!item.seq) return say('not-yours');
    privateMessages.change(type, text, item);
    return '';
  }

  function markRead() {
    if (!isVisible() || !person) return;
    if (!view.isAtBottom()) newBelow.push(...unreadOf(person));
    privateMessages.read(person);
    drawWays();
  }

  const unreadOf = (name) => privateMessages.unread().filter((message) => nameKey(otherPerson(message)) === nameKey(name));

  /** Sets the unread line above this message of the talk, `n` messages before its end. */
  function markFirst(item, n) {
    firstNew = [item, n];
    view.setUnread(item, sayCount(n, 'newOne', 'newMany'));
  }

  /** Sets the unread line above what is new of this person. */
  function markNew(name) {
    const news = unreadOf(name);
    if (news.length) markFirst(news[0], news.length);
  }

  /** Draws the ways to the first new message and to the last one. */
  function drawWays() {
    if (!isOpen) return;
    if (view.isAtBottom()) newBelow = [];
    const news = newBelow.filter(({ text }) => text !== null);
    drawWayBack(news.length, news[0]);
    lookForFirst();
  }

  function draw() {
    if (isOpen) drawTalk();
    notices.showUnread(privateMessages.unread(), privateMessages.isWhole());
    talksChanged();
    view.redraw();
  }

  function drawTalk() {
    covers.moved(cover);
    fillSentence(heading, say('talkTitle', { name: isolated(person) }));
    // A narrow page shows the name alone.
    heading.replaceChildren(...Array.from(heading.childNodes).map((part) => (part.nodeType === Node.TEXT_NODE ? element('span', 'besides', part) : part)));
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
    if (isNameOthers) return say('nameIsOthers');
    return `${say('onlyYouTwo', { name })}${privateMessages.isAway(person) ? ` ${say('awayGetsIt', { name })}` : ''}`;
  }

  // --- For whom a text in the field is ---

  /** From now on the field is for this person; '' is the room. Each has a draft of its own. */
  function setPerson(name) {
    composer.storeDraft();
    if (isNameOthers && isPerson(name)) privateMessages.meansName(name);
    [person, isNameOthers] = [name, false];
    document.documentElement.classList.toggle('privately', isOpen);
    people.showTalk(person);
    const label = person ? 'messageOnly' : 'messageTo';
    composer.setRecipient(say(label, { name: isolated(person), room: currentRoom }), draftOf(person).text());
  }

  // --- It opens and closes ---

  /** The person of the last private message; without one, a person who is here. */
  function anyPerson() {
    const last = [...known().slice(-1), ...privateMessages.unread().slice(-1)].map(otherPerson).pop();
    return last || people.names().find((name) => name !== session.name());
  }

  /**
   * Opens the talk with this person. Without a name it takes `anyPerson()`. `isToWrite`: the reader
   * wants to write, and not only to read. `namedAt`: the reader means the person who had the name
   * at that time, because the name stands in an old message.
   */
  function open(name = anyPerson(), isToWrite = false, namedAt = 0) {
    if (!name) {
      composer.tell(say('nobodyToWrite'));
      return;
    }
    if (composer.isEditing()) {
      composer.tell(say('finishEdit'));
      return;
    }
    isOpen = true;
    if (!isPerson(name)) {
      markFirst(null, 0);
      newBelow = [];
    }
    markNew(name);
    setPerson(name);
    covers.enter(cover);
    privateMessages.meansOwnerAt(name, namedAt);
    show();
    askWhetherHere();
    view.toBottom();
    // On a touch screen the focus in the field would open a keyboard over the talk.
    if (touchScreen.matches && !isToWrite) box.focus();
    else composer.focus();
  }

  /**
   * Opens the talk that an address leads to: with the person of this number, whatever their name is
   * now, or else with the one who has the name. Returns false if it could not.
   */
  function openAddressed(name, id) {
    const present = privateMessages.nameOf(id) || name;
    if (!isOpen || !isPerson(present)) open(present);
    return isOpen && isPerson(present);
  }

  function hide() {
    const hadFocus = talk.contains(document.activeElement) || title.contains(document.activeElement);
    isOpen = false;
    // Notes are about what is behind the talk.
    view.removeAll(({ kind }) => kind === 'note');
    setPerson('');
    show();
    if (hadFocus) roomBox.focus();
  }

  function show() {
    talk.hidden = !isOpen;
    title.hidden = !isOpen;
    // A page has one heading in sight.
    if (isOpen) title.append(heading);
    else {
      heading.remove();
      [hint, again].forEach((part) => part.replaceChildren());
    }
    draw();
    toggled();
  }

  /** Closes the talk. Returns false if it was not open. */
  function close() {
    return covers.leave(cover);
  }

  /** The talk with this person goes on under another name. */
  function talkMoved(from, to) {
    if (!isPerson(from)) return;
    const isOtherKey = nameKey(from) !== nameKey(to);
    lastMove = moveKey(from, to);
    setPerson(to);
    if (!isOtherKey) return;
    // The draft moves to the new name. If only capitals changed, it has the same draft.
    composer.setRecipient(say('messageOnly', { name: isolated(to), room: currentRoom }), joinTexts(draftOf(from).text(), draftOf(to).text()));
    composer.storeDraft();
    draftOf(from).store('');
  }

  /** A person has removed their messages and their name, so a talk with them is over. */
  function personGone(name) {
    if (!isOpen || !isPerson(name)) return;
    close();
    composer.tell(`${say('removedName')} ${say('removedAll')}`);
  }

  /**
   * The people with whom the reader has private messages or talks now, the latest first: [{ name,
   * unread, isOpen, isAway, isNobodys }].
   */
  function talks() {
    const news = privateMessages.unread().map((message) => nameKey(otherPerson(message)));
    const names = distinct([...known(), ...privateMessages.waiting()].map(otherPerson).reverse());
    if (person && !names.some(isPerson)) names.unshift(person);
    return names.map((name) => ({ name, unread: news.filter((key) => key === nameKey(name)).length, isOpen: isOpen && isPerson(name), isAway: privateMessages.isAway(name), isNobodys: whoIsHere.isNobodys(name) }));
  }

  view.redraw();
  const privateTalk = {
    draw,
    talks,
    open,
    close,
    page: view.page,
    toBottom: view.toBottom,
    redraw: view.redraw,
    addNote: view.addNote,
    remove: view.remove,
    change,
    /** The messages of the talk that have a number, oldest first. */
    messages: () => view.messages((message) => message.seq && message.text !== null && isWith(message) && !isHidden(message)),
    /** Whether a message or a change of the talk waits to be sent. */
    isWaiting: () => privateMessages.waiting().some(isWith),
    /** The reader's last message of the talk, if nothing waits after it. */
    latestOwn: () => !privateTalk.isWaiting() && privateTalk.messages().filter(({ own }) => own).pop(),
    /** Whether the page has the message of this number. */
    has: (seq) => Boolean(view.find(seq)),
    find: (seq) => view.find(seq),
    goTo: view.goToSeq,
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
    giveBack,
    /** There is a connection again. */
    connected() {
      whoIsHere.connected();
      askWhetherHere();
      if (privateMessages.isWhole()) whoIsHere.askAll();
    },
    peopleChanged() {
      if (isOpen) draw();
      else talksChanged();
    },
    personGone,
    /**
     * The session is over: its private messages are not shown any more. What waited becomes a
     * draft, because the next person on this page must not send it.
     */
    forgetAll() {
      close();
      privateMessages.waiting().forEach((message) => {
        privateMessages.takeBack(message);
        if (message.text) privateTalk.addToDraft(message);
      });
      view.clear();
      draw();
    },
    /** Another person begins on this page: no text for a person stays. */
    forgetDrafts,
    /**
     * Takes a `renamed`: the talk with this person goes on. If another person takes the name of the
     * talk's person, nothing is sent to them before the reader chooses the name again.
     */
    renamed({ from, to }) {
      privateMessages.renamed(from, to);
      // The server tells the new name of a person with a number by a frame of its own.
      if (isPerson(from) && !privateMessages.idOf(from)) talkMoved(from, to);
      else if (isPerson(to) && !isPerson(from) && lastMove !== moveKey(from, to)) isNameOthers = true;
      draw();
    },
  };
  return { privateMessages, privateTalk, whoIsHere };
}
