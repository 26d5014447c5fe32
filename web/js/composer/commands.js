// Commands (spelled as `threadbare join` spells them), and texts to one person.
//
// Owns: which commands there are, what each does, and the words if it cannot be done.
// Must not know: how a message travels, the keys of the field.
//
// Part: `chat.js`.

import { currentRoom, goToRoom, inviteLink } from '../addresses.js';
import { isolated } from '../elements.js';
import { UNSENT_MAX } from '../limits.js';
import { say } from '../words.js';

// --- Spelling -------------------------------------------------------------------------

/** What `/help` tells, line by line. */
const HELP = [
  'helpFirst', 'helpMe', 'helpMsg', 'helpName', 'helpTopic', 'helpPassword', 'helpInvite', 'helpHide', 'helpShow', 'helpJoin', 'helpLeave', 'helpRooms', 'helpWho',
  'helpReply', 'helpEdit', 'helpDelete', 'helpSearch', 'helpIgnore', 'helpQuit', 'helpLast',
];

/** Commands whose effect a room hears or sees. */
const FOR_ROOM = new Set(['me', 'topic', 'password', 'invite', 'hide', 'show', 'reply', 'edit', 'delete']);

/**
 * Reads what was typed as { name, text } of one of these commands; a message is the command `say`.
 * Returns null if there is no such command.
 */
function readCommand(typed, commands) {
  if (!typed.startsWith('/')) return { name: 'say', text: typed };
  if (typed.startsWith('//')) return { name: 'say', text: typed.slice(1) };
  const [word] = typed.slice(1).split(/\s/, 1);
  if (!Object.prototype.hasOwnProperty.call(commands, word)) return null;
  return { name: word, text: typed.slice(1 + word.length).trim() };
}

/** Reads "#42 words" as [number, words]; without a number in front it is undefined. */
function readNumbered(typed) {
  const [, number, text] = /^(?:#(\d+)\s*)?([^]*)$/.exec(typed);
  return [number && Number(number), text];
}

/**
 * Reads for whom a private message is: who stands between quotes or before a colon, else the
 * longest known name that the text begins with.
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
  session, connection, isHidden, roomUnsent, roomView, roomLog, composer, sending, naming, refusals, people, ignored, rooms, access, privateMessages,
  privateTalk, panels, search,
}) {
  // Each of these functions returns what is wrong, '' if nothing is.

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

  const closeRoom = (change) => (roomLog.close(change) ? '' : say('needsConnection'));

  /** Sends an edit or a deletion: "#42 words" is of that message, "words" of the last one. */
  function sendChange(type, typed) {
    const [number, text] = readNumbered(typed);
    // The reader means the last message, which still waits, and not the line before it.
    if (!number && roomUnsent.tail().length) return say('lastWaits');
    const item = number ? roomView.find(number) : roomView.latestOwn();
    if (!item || !item.own || !item.seq) return say('not-yours');
    // "/delete that" is not "/delete".
    if ((type === 'edit') !== Boolean(text)) return WRONG_USAGE;
    return sending.toRoom(type, text, { seq: item.seq });
  }

  /** Replies to "#42", or to the latest message of somebody else that the reader sees. */
  function reply(typed) {
    const [number, text] = readNumbered(typed);
    if (!text) return WRONG_USAGE;
    const [last] = roomView.messages((item) => !item.own && item.seq && item.text !== null && !isHidden(item)).slice(-1);
    if (!number && !last) return say('nobodyWrote');
    return sending.say(text, { seq: number || last.seq });
  }

  /** Enters the room; a password with spaces stands in quotes. */
  function joinRoom(typed) {
    const [, room, quoted, password] = /^(\S+)\s*(?:"([^]*)"|(\S*))$/.exec(typed) || [];
    // Who takes a room's name for two words would go into a room of the first word.
    if (!room) return WRONG_USAGE;
    access.enterTyped(room, quoted || password || '', (words, isAway) => {
      // If nobody answered, the command is in the field again, without the password; but not beside
      // another text.
      if (isAway && composer.isEmpty()) composer.giveBack(`/join ${room}`, words);
      else refusals.tellProblem(words);
    });
    return '';
  }

  /** Leaves the room, and goes to the room before, which says so. */
  function leaveRoom() {
    const next = rooms.next();
    if (!next) return say('onlyRoom', { room: currentRoom });
    if (!connection.send({ type: 'leave', room: currentRoom })) return say('needsConnection');
    rooms.leave();
    goToRoom(next);
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

  /** Ignores a person, or hears them again. The note about it can undo it. */
  const ignore = (name) => later(() => {
    privateTalk.close();
    const isIgnored = ignored.toggle(name);
    const note = roomView.addNote('note', say(isIgnored ? 'ignoring' : 'hearingAgain', { name: isolated(name) }));
    if (!isIgnored) return;
    note.action = {
      words: say('undo'),
      act() {
        roomView.remove(note);
        if (ignored.hides({ from: name })) ignore(name);
        composer.focus();
      },
    };
  });

  function quit() {
    session.quit().catch(() => refusals.tellProblem(say('needsConnection')));
    return '';
  }

  /** Lists the commands. Its words stand in the room's log. */
  function help() {
    privateTalk.close();
    roomView.addNote('note', HELP.map((sentence) => say(sentence)).join('\n'));
  }

  /** What each command does. */
  const commands = {
    me: (text) => needsText(text, () => sending.toRoom('me', text)),
    msg: writeTo,
    name: (text) => needsText(text, () => naming.ask(text, null)),
    topic: (text) => needsText(text, () => sending.toRoom('topic', text === '-' ? '' : text)),
    // Who forgets the word must not open the room.
    password: (text) => needsText(text, () => closeRoom({ password: text === '-' ? '' : text })),
    invite: (text) => needsNoText(text, () => later(() => location.assign(inviteLink()))),
    hide: (text) => needsNoText(text, () => closeRoom({ hidden: true })),
    show: (text) => needsNoText(text, () => closeRoom({ hidden: false })),
    join: (text) => needsText(text, joinRoom),
    leave: leaveRoom,
    rooms: () => openPanel('places'),
    who: () => openPanel('people'),
    reply,
    edit: (text) => sendChange('edit', text),
    delete: (text) => sendChange('delete', text),
    search: (text) => needsText(text, () => later(() => search.start(text))),
    ignore: (text) => needsText(text, ignore),
    quit: (text) => needsNoText(text, quit),
    help: () => later(help),
  };

  return {
    /**
     * Takes a text from the field; `replying` is the message that it replies to. Returns what is
     * wrong; '' if the text was taken, and the field may be emptied.
     */
    takeText(text, { replying }) {
      const command = readCommand(text, commands);
      if (!command) return say('noCommand', { word: text.split(/\s/, 1)[0] });
      const isMessage = command.name === 'say';
      if (isMessage && privateTalk.recipient()) return sendToPerson(privateTalk.recipient(), command.text);
      // From a private talk nothing goes to the room, and nothing to a person who took the name, or
      // to nobody.
      if (privateTalk.isOpen() && (isMessage || FOR_ROOM.has(command.name))) return say(isMessage ? 'firstWhom' : 'onlyInRoom');
      if (isMessage) return sending.say(command.text, replying);
      const problem = commands[command.name](command.text);
      return problem === WRONG_USAGE ? usageOf(command.name) : problem;
    },
    names: () => Object.keys(commands),
    leaveRoom,
    help,
    ignore,
    /** Makes this the room's topic; '' removes it. Returns what is wrong. */
    setTopic: (text) => sending.toRoom('topic', text),
  };
}
