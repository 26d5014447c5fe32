// Commands (spelled as `threadbare join` spells them): from a typed text to the command that it
// names.
//
// Owns: which commands there are, how they are spelled, and which of them may not be given from a
// private talk.
// Must not know: what most commands do, the keys of the field.
//
// Part: `chat.js`.

import { currentRoom, roomLink } from '../addresses.js';
import { fetchPage } from '../connection/session.js';
import { nameKey } from '../elements.js';
import { say } from '../words.js';

/** What `/help` tells, line by line. */
const HELP = [
  'helpFirst', 'helpMe', 'helpMsg', 'helpName', 'helpAway', 'helpBack', 'helpWhois', 'helpTopic', 'helpPin', 'helpPassword', 'helpInvite', 'helpMute', 'helpUnmute', 'helpKick', 'helpUnkick', 'helpBan', 'helpUnban', 'helpFreeze', 'helpUnfreeze', 'helpSlow', 'helpUnslow', 'helpClose', 'helpUnclose', 'helpLesson', 'helpUnlesson', 'helpHand', 'helpUnhand', 'helpLower', 'helpPoll', 'helpUnpoll', 'helpVote', 'helpWelcome', 'helpUnwelcome', 'helpAdmit', 'helpUnadmit', 'helpKeeper', 'helpUnkeeper', 'helpDelete-all', 'helpDelete-everything', 'helpReport', 'helpDismiss', 'helpBlock', 'helpUnblock', 'helpHost', 'helpUnhost', 'helpState', 'helpRules', 'helpHide', 'helpShow', 'helpJoin', 'helpLeave', 'helpRooms', 'helpWho',
  'helpReply', 'helpEdit', 'helpDelete', 'helpSearch', 'helpIgnore', 'helpForgetme', 'helpQuit', 'helpLast',
];

/**
 * Commands that need a text, and those that take none. The others read their text themselves. Who
 * forgets the word behind `/password` must not open the room.
 */
const WITH_TEXT = new Set(['me', 'name', 'topic', 'pin', 'password', 'join', 'search', 'ignore', 'forgetme', 'whois', 'mute', 'unmute', 'kick', 'unkick', 'ban', 'unban', 'keeper', 'unkeeper', 'admit', 'unadmit', 'delete-all', 'report', 'dismiss', 'block', 'unblock', 'host', 'unhost', 'welcome', 'lower', 'vote']);
const WITHOUT_TEXT = new Set(['hide', 'show', 'quit', 'back', 'freeze', 'unfreeze', 'unslow', 'close', 'unclose', 'delete-everything', 'state', 'rules', 'unwelcome', 'lesson', 'unlesson', 'hand', 'unhand', 'unpoll']);

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

/** Returns the sentence that shows how this command is typed. */
const usageOf = (name) => say('commandUsage', { usage: say(`help${name[0].toUpperCase()}${name.slice(1)}`) });

/**
 * Leaves the chat with this command in the form of the server's page. The page that follows forgets
 * the person (`forgetWhoLeft`).
 */
async function signOut(command) {
  const form = (await fetchPage(roomLink(currentRoom))).querySelector('#say');
  form.hidden = true;
  // Else the browser writes the command into the field of whoever goes back to this page.
  form.autocomplete = 'off';
  form.elements.text.value = command;
  document.body.append(form);
  form.submit();
}

/** Does something when the field is empty again. */
function later(act) {
  Promise.resolve().then(act);
  return '';
}

/**
 * Makes the commands: those of the room, of the private talk, of places and of people, and those of
 * the reader's own. A
 * command is a function of the text behind its word. It returns what is wrong; '' if nothing is;
 * null if the text is not as the command needs it; or what is to be done when the field is empty
 * again.
 */
export function openCommands({ roomCommands, talkCommands, placeCommands, peopleCommands, session, sending, naming, refusals, roomView, privateTalk, search }) {
  // The list of commands, and the log view in which it stands.
  let [listed, listedIn] = [null, null];

  /** Signs the reader out, by this command in the form of the server's page. */
  const quit = (command) => signOut(command).catch(() => refusals.tellProblem(say('needsConnection')));

  /** Removes all messages of the reader, and the name, if `typed` is that name. */
  function forgetMe(typed) {
    if (nameKey(typed) !== nameKey(session.name())) return say('not-your-name');
    quit(`/forgetme ${session.name()}`);
    return '';
  }

  /**
   * Lists the commands. The list stands once, in the log that the field is for, until the reader
   * closes it.
   */
  function help() {
    if (listed) listedIn.remove(listed);
    const view = privateTalk.isOpen() ? privateTalk : roomView;
    const list = view.addNote('note', HELP.map((sentence) => say(sentence)).join('\n'));
    list.action = { words: say('close'), act: () => view.remove(list) };
    [listed, listedIn] = [list, view];
    view.toBottom();
  }

  const commands = {
    ...roomCommands,
    ...placeCommands,
    ...peopleCommands.commands,
    name: (text) => naming.ask(text, null),
    search: (text) => () => search.start(text),
    forgetme: forgetMe,
    quit() {
      quit('/quit');
      return '';
    },
    help: () => help,
  };

  /** Carries a command out. Returns what is wrong. */
  function run(name, text, among = commands) {
    const isMistyped = text ? WITHOUT_TEXT.has(name) : WITH_TEXT.has(name);
    const result = isMistyped ? null : among[name](text);
    if (result === null) return usageOf(name);
    return typeof result === 'function' ? later(result) : result;
  }

  return {
    /**
     * Takes a text from the field; `replying` is the message that it replies to, `editing` the
     * private message whose new text it is. Returns what is wrong; '' if the text was taken, and
     * the field may be emptied.
     */
    takeText(text, { editing, replying }) {
      if (editing) return privateTalk.change('edit', text, editing);
      const command = readCommand(text, commands);
      if (!command) return say('noCommand', { word: text.split(/\s/, 1)[0] });
      const isMessage = command.name === 'say';
      if (isMessage && privateTalk.recipient()) return peopleCommands.sendTo(privateTalk.recipient(), command.text, { replying });
      if (privateTalk.recipient() && command.name in talkCommands) return run(command.name, command.text, talkCommands);
      // From a private talk nothing goes to the room, and nothing to a person who took the name, or
      // to nobody.
      if (privateTalk.isOpen() && (isMessage || command.name in roomCommands)) return say(isMessage ? 'firstWhom' : 'onlyInRoom');
      return isMessage ? sending.say(command.text, replying) : run(command.name, command.text);
    },
    names: () => Object.keys(commands),
    sendInvite: peopleCommands.sendInvite,
    leaveRoom: placeCommands.leave,
    help: () => later(help),
    /** Ignores a person, or hears them again; `item` is as `ignored.toggle` has it. */
    ignore: (name, item) => later(peopleCommands.commands.ignore(name, item)),
    /** Removes all messages of the reader, and the name. */
    forgetMe: () => forgetMe(session.name()),
    quit: () => quit('/quit'),
    /** Makes this the room's topic; '' removes it. Returns what is wrong. */
    setTopic: (text) => sending.toRoom('topic', text),
  };
}
