// What becomes of a text from the field: a message, or a command (spelled as `threadbare join` spells them).
//
// Owns: how commands are spelled, what each does, and the words if it cannot be done.
// Must not know: how a message travels, the keys of the field.
//
// Next: `messages/unsent.js`.

import { currentRoom, goToRoom, goToRoomList } from '../addresses.js';
import { isolated } from '../elements.js';
import { UNSENT_MAX } from '../limits.js';
import { say } from '../words.js';

// --- Spelling -------------------------------------------------------------------------

/** What `/help` tells, line by line. */
const HELP = [
  'helpFirst', 'helpMe', 'helpMsg', 'helpName', 'helpTopic', 'helpPassword', 'helpHide', 'helpShow', 'helpJoin', 'helpLeave', 'helpRooms', 'helpWho',
  'helpEdit', 'helpDelete', 'helpSearch', 'helpIgnore', 'helpQuit', 'helpLast',
];

/** Commands whose effect a room hears or sees. */
const FOR_ROOM = new Set(['me', 'topic', 'password', 'hide', 'show', 'edit', 'delete']);

/** Returns a text as the reader types it so that it is no command. */
export const escapeSlash = (text) => (text.startsWith('/') ? `/${text}` : text);

/** Returns a text as a draft may have it: no password and no secret is stored. */
export const withoutPassword = (text) => text.replace(/^(\s*\/password)\s[^]*$/, '$1')
  .replace(/^(\s*\/join[ \t]+\S+)[ \t].*/, '$1').replace(/^(\s*\/name\s[^#]*)#.*/, '$1');

/** Returns what the reader types to make this message. */
export function typedForm({ type, text, more }) {
  // The end of a name must be visible.
  if (type === 'private') return `/msg ${/\s/.test(more.to) ? `"${more.to}"` : more.to} ${text}`;
  if (type === 'topic') return `/topic ${text || '-'}`;
  if (type !== 'say') return `/${type} ${more.seq ? `#${more.seq} ` : ''}${text}`;
  return escapeSlash(text);
}

/**
 * Reads what was typed as { name, text } of one of these commands; a message is the command `say`. Returns null if there is no
 * such command.
 */
function readCommand(typed, commands) {
  if (!typed.startsWith('/')) return { name: 'say', text: typed };
  if (typed.startsWith('//')) return { name: 'say', text: typed.slice(1) };
  const [word] = typed.slice(1).split(/\s/, 1);
  if (word === 'say' || !Object.prototype.hasOwnProperty.call(commands, word)) return null;
  return { name: word, text: typed.slice(1 + word.length).trim() };
}

/**
 * Reads for whom a private message is: who stands between quotes or before a colon, else the longest known name that
 * the text begins with.
 */
function readRecipient(text, names) {
  const [, quoted, named, rest] = /^(?:"([^"]+)":?|([^\s:]+):(?=\s|$))([^]*)$/.exec(text) || [];
  if (quoted || named) return { to: (quoted || named).trim(), text: rest.trim() };
  const known = names.filter((name) => [' ', ':'].some((end) => `${text} `.toLowerCase().startsWith(name.toLowerCase() + end)))
    .sort((one, other) => other.length - one.length)[0];
  const [word] = text.split(/\s/, 1);
  const to = known ? text.slice(0, known.length) : word;
  // Only the server knows where the name of a person elsewhere ends.
  return { to, isOpenEnd: !known, text: text.slice(to.length).replace(/^:/, '').trim() };
}

// --- What each command does -------------------------------------------------------------

/** Stands for the sentence that shows how the command is typed. */
const WRONG_USAGE = 'wrong usage';

const needsText = (text, then) => (text ? then(text) : WRONG_USAGE);
const needsNoText = (text, then) => (text ? WRONG_USAGE : then());

/** Returns the sentence that shows how this command is typed. */
const usageOf = (name) => say('commandUsage', { usage: say(`help${name[0].toUpperCase()}${name.slice(1)}`) });

/** Does something when the field is empty again. */
function later(act) {
  Promise.resolve().then(act);
  return '';
}

/** Makes the commands, which act on these parts of the page. */
export function openCommands({
  session, connection, roomUnsent, roomView, roomLog, composer, refusals, people, ignored, rooms, access, privateMessages, privateTalk,
  panels, search,
}) {
  // Each of these functions returns what is wrong, '' if nothing is.

  /** Sends a message to the room, or a change of one. */
  function sendToRoom(type, text, more) {
    if (roomUnsent.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    const message = roomUnsent.add(type, text, more);
    // The row of a message says itself that it waits.
    if (type !== 'say' && type !== 'me' && !connection.isOpen()) message.note = roomView.addNote('note', say('changeWaits'));
    return '';
  }

  /** Sends a message to one person; `isOpenEnd`: the name may go on in the text. */
  function sendToPerson(name, text, isOpenEnd) {
    if (privateMessages.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    const message = privateMessages.add(name, text, isOpenEnd);
    const openTalk = () => privateTalk.open(message.more.to);
    if (privateTalk.isOpen()) {
      message.recipientKnown = openTalk;
      return '';
    }
    const words = () => {
      const whom = { name: isolated(message.more.to) };
      const waits = message.state === 'waiting' && !message.isQueued;
      const more = waits ? say('changeWaits') : message.wasAway ? say('awayGetsIt', whom) : '';
      return [say('youWroteTo', whom), more].filter(Boolean).join(' ');
    };
    message.note = roomView.addNote('note', words());
    message.note.openTalk = openTalk;
    message.recipientKnown = () => {
      message.note.text = words();
      roomView.redraw();
    };
    return '';
  }

  /** Sends a request that cannot wait for a connection. */
  const sendNow = (request) => (connection.send(request) ? '' : say('needsLine'));

  // The name that the reader has asked for, until the server answers.
  let askedName = null;

  function askName(typed, isInPanel) {
    const problem = sendNow({ type: 'name', name: typed });
    askedName = problem ? null : { typed, isInPanel };
    return problem;
  }

  const closeRoom = (change) => (roomLog.close(change) ? '' : say('needsLine'));

  /** Sends an edit or a deletion: "#42 words" is of that message, "words" of the last one. */
  function sendChange(type, typed) {
    const [, number, text] = /^(?:#(\d+)\s*)?([^]*)$/.exec(typed);
    // The reader means the last message, which still waits, and not the line before it.
    if (!number && roomUnsent.tail().length) return say('lastWaits');
    const item = number ? roomView.find(Number(number)) : roomView.latestOwn();
    if (!item || !item.own || !item.seq) return say('not-yours');
    // "/delete that" is not "/delete".
    if ((type === 'edit') !== Boolean(text)) return WRONG_USAGE;
    return sendToRoom(type, text, { seq: item.seq });
  }

  function joinRoom(typed) {
    access.enterTyped(typed, (words, isAway) => {
      // If nobody answered, the command is in the field again, without the password; but not beside another text.
      if (isAway && composer.isEmpty()) composer.giveBack(`/join ${typed.split(/\s/, 1)[0]}`, words);
      else refusals.tellProblem(words);
    });
    return '';
  }

  /** Leaves the room, and goes to the room before, or to the list of rooms. */
  function leaveRoom() {
    connection.send({ type: 'leave', room: currentRoom });
    const before = rooms.leave();
    if (before) goToRoom(before);
    else goToRoomList(currentRoom);
    return '';
  }

  function openPanel(name) {
    panels.open(name);
    return '';
  }

  function writeTo(typed) {
    const { to, text, isOpenEnd } = readRecipient(typed, people.names());
    if (!to) return WRONG_USAGE;
    const problem = text ? sendToPerson(to, text, isOpenEnd) : '';
    if (!text || (!problem && !isOpenEnd && privateTalk.isOpen())) later(() => privateTalk.open(to));
    return problem;
  }

  /** Ignores a person, or hears them again. */
  const ignore = (name) => later(() => {
    privateTalk.close();
    roomView.addNote('note', say(ignored.toggle(name) ? 'ignoring' : 'hearingAgain', { name: isolated(name) }));
  });

  function quit() {
    session.quit().catch(() => refusals.tellProblem(say('needsLine')));
    return '';
  }

  /** What each command does; `say` is a text without a command. */
  const commands = {
    say: (text) => sendToRoom('say', text),
    me: (text) => needsText(text, () => sendToRoom('me', text)),
    msg: writeTo,
    name: (text) => needsText(text, () => askName(text, false)),
    topic: (text) => needsText(text, () => sendToRoom('topic', text === '-' ? '' : text)),
    // Who forgets the word must not open the room.
    password: (text) => needsText(text, () => closeRoom({ password: text === '-' ? '' : text })),
    hide: (text) => needsNoText(text, () => closeRoom({ hidden: true })),
    show: (text) => needsNoText(text, () => closeRoom({ hidden: false })),
    join: (text) => needsText(text, joinRoom),
    leave: leaveRoom,
    rooms: () => openPanel('rooms'),
    who: () => openPanel('people'),
    edit: (text) => sendChange('edit', text),
    delete: (text) => sendChange('delete', text),
    search: (text) => needsText(text, () => { search.start(text); return ''; }),
    ignore: (text) => needsText(text, ignore),
    quit: (text) => needsNoText(text, quit),
    help: () => later(() => {
      // Its words stand in the room's log.
      privateTalk.close();
      roomView.addNote('note', HELP.map((sentence) => say(sentence)).join('\n'));
    }),
  };

  return {
    /**
     * Takes a text from the field; `editing` is the message that it changes. Returns what is wrong; '' if the text was
     * taken, and the field may be emptied.
     */
    takeText(text, editing) {
      // In another epoch the message has no number, and a change without one would be another line's.
      if (editing) return editing.seq ? sendToRoom('edit', text, { seq: editing.seq }) : say('not-yours');
      const command = readCommand(text, commands);
      if (!command) return say('noCommand', { word: text.split(/\s/, 1)[0] });
      const isMessage = command.name === 'say';
      if (isMessage && privateTalk.recipient()) return sendToPerson(privateTalk.recipient(), command.text);
      // From a private talk nothing goes to the room, and nothing to a person who took the name, or to nobody.
      if (privateTalk.isOpen() && (isMessage || FOR_ROOM.has(command.name))) return say(isMessage ? 'firstWhom' : 'onlyInRoom');
      const problem = commands[command.name](command.text);
      return problem === WRONG_USAGE ? usageOf(command.name) : problem;
    },
    leaveRoom,
    ignore,
    /** Deletes a message of the reader. */
    deleteMessage: (item) => refusals.tellProblem(sendToRoom('delete', '', { seq: item.seq })),
    /** Makes this the room's topic; '' removes it. */
    setTopic: (text) => refusals.tellProblem(sendToRoom('topic', text)),
    /** Asks for this name, as the panel does. */
    takeName: (typed) => refusals.tellProblem(askName(typed, true)),
    /** Takes back a message that waits: it is in the field again. */
    takeBack(message) {
      (message.type === 'private' ? privateMessages : roomUnsent).takeBack(message);
      refusals.giveBackToAuthor(message);
    },
    /** Takes a `renamed`: if the reader has the new name, the server has answered. */
    nameChanged({ from }) {
      if (from === session.name()) askedName = null;
    },
    /** Takes a refusal. Returns true if it was of the name that the reader had asked for. */
    nameRefused(frame) {
      if (!askedName || frame.room || frame.id) return false;
      const { typed, isInPanel } = askedName;
      askedName = null;
      if (isInPanel) refusals.giveNameBack(typed, frame);
      else refusals.giveCommandBack(`/name ${typed}`, frame);
      return true;
    },
  };
}
