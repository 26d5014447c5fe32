// Commands about other rooms and other people: `/join`, `/leave`, `/msg`, `/ignore` ...; and texts
// to one person.
//
// Owns: which room or person a command names, and what the room's log says of it.
// Must not know: how a message travels, what is in a room.
//
// Part: `chat.js`.

import { currentRoom, goToRoom } from '../addresses.js';
import { isolated, nameKey } from '../elements.js';
import { UNSENT_MAX } from '../limits.js';
import { say } from '../words.js';
import { inviteText, whyNoInvite } from './invites.js';

/**
 * Reads for whom a private message is: who stands between quotes or before a colon, else the
 * longest known name that the text begins with. `@Bo` is Bo: no name begins with that sign.
 */
function readRecipient(typed, names) {
  const text = typed.replace(/^("?)@/, '$1');
  const [, quoted, named, rest] = /^(?:"([^"]+)":?|([^\s:]+):(?=\s|$))([^]*)$/.exec(text) || [];
  if (quoted || named) return { to: (quoted || named).trim(), text: rest.trim() };
  const known = names.filter((name) => [' ', ':'].some((end) => `${text} `.toLowerCase().startsWith(name.toLowerCase() + end)))
    .sort((one, other) => other.length - one.length)[0];
  const [word] = text.split(/\s/, 1);
  const to = known ? text.slice(0, known.length) : word;
  // Only the server knows where the name of a person elsewhere ends.
  return { to, isOpenEnd: !known, text: text.slice(to.length).replace(/^:/, '').trim() };
}

/** Makes the commands about other rooms; `openCommands` says what a command returns. */
export function openPlaceCommands({ connection, rooms, access, panels, composer, refusals }) {
  /** Enters the room; a password with spaces stands in quotes. */
  function join(typed) {
    const [, room, quoted, password] = /^(\S+)\s*(?:"([^]*)"|(\S*))$/.exec(typed) || [];
    // Who takes a room's name for two words would go into a room of the first word.
    if (!room) return null;
    access.enterTyped(room, quoted || password || '', (words, isAway) => {
      // If nobody answered, the command is in the field again, without the password; but not beside
      // another text.
      if (isAway && composer.isEmpty()) composer.giveBack(`/join ${room}`, words);
      else refusals.tellProblem(words);
    });
    return '';
  }

  /** Leaves the room, and goes to the room before, which says so. */
  function leave() {
    const next = rooms.next();
    if (!next) return say('onlyRoom', { room: currentRoom });
    if (!connection.send({ type: 'leave', room: currentRoom })) return say('needsConnection');
    rooms.leave();
    goToRoom(next);
    return '';
  }

  function showRooms() {
    panels.open('places');
    return '';
  }

  return { join, leave, rooms: showRooms };
}

/**
 * Makes the commands about people, and what sends a text or an invite to one person: { commands,
 * sendTo, sendInvite }.
 */
export function openPeopleCommands({ send, people, ignored, privateMessages, privateTalk, roomView, composer, panels }) {
  /**
   * Sends a message to one person; `isOpenEnd`: the name may go on in the text; `replying` is the
   * message that it replies to, if there is one. Returns what is wrong. If the talk is not open, a
   * note in the room's log says that the reader wrote; `told` is the name of its sentence.
   */
  function sendTo(name, text, { isOpenEnd = false, replying = null, told = 'youWroteTo' } = {}) {
    if (privateMessages.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    const message = privateMessages.add(name, text, isOpenEnd, replying);
    const openTalk = () => privateTalk.open(message.more.to);
    if (privateTalk.isOpen()) {
      message.recipientKnown = openTalk;
      return '';
    }
    const words = () => {
      const whom = { name: isolated(message.more.to) };
      const waits = message.state === 'waiting' && !message.isQueued;
      const more = waits ? say('changeWaits') : message.wasAway ? say('awayGetsIt', whom) : '';
      return [say(told, { ...whom, room: isolated(currentRoom) }), more].filter(Boolean).join(' ');
    };
    message.note = roomView.addNote('note', words());
    message.note.openTalk = openTalk;
    message.recipientKnown = () => {
      message.note.text = words();
      roomView.redraw();
    };
    return '';
  }

  /**
   * Sends the invite with this path to one person. `told(words, isSent)` is called, now or later,
   * with the sentence for the reader. A text that the server refuses does not go to the field.
   */
  function sendInvite(name, path, told) {
    if (privateMessages.isFull()) {
      told(say('tooManyUnsent', { n: UNSENT_MAX }), false);
      return;
    }
    if (people.names().some((one) => nameKey(one) === nameKey(name))) {
      told(whyNoInvite({ reason: 'in-room' }, name), false);
      return;
    }
    const message = privateMessages.add(name, inviteText(path), false, null);
    message.whenSent = () => told(say('youInvited', { name: isolated(message.more.to), room: isolated(currentRoom) }), true);
    message.whenRefused = (frame) => told(whyNoInvite(frame, name), false);
    if (message.state === 'waiting') told(say('changeWaits'), false);
  }

  function msg(typed) {
    const { to, text, isOpenEnd } = readRecipient(typed, people.names());
    if (!to) return null;
    const problem = text ? sendTo(to, text, { isOpenEnd }) : '';
    const opens = !text || (!problem && !isOpenEnd && privateTalk.isOpen());
    return opens ? () => privateTalk.open(to) : problem;
  }

  /**
   * Ignores a person, or hears them again. The note about it can undo it. `item` is as
   * `ignored.toggle` has it.
   */
  function toggleIgnored(name, item) {
    privateTalk.close();
    const isIgnored = ignored.toggle(name, item);
    const note = roomView.addNote('note', say(isIgnored ? 'ignoring' : 'hearingAgain', { name: isolated(name) }));
    if (!isIgnored) return;
    note.action = {
      words: say('undo'),
      act() {
        roomView.remove(note);
        if (ignored.hides({ from: name })) toggleIgnored(name, item);
        composer.focus();
      },
    };
  }

  /** Shows who is in the room. A private talk says it: beside it the list has its two people. */
  function who() {
    if (!privateTalk.isOpen()) panels.open('people');
    else {
      const others = people.nameless() ? [say('andMore', { n: people.nameless() })] : [];
      const names = [...people.names().map(isolated), ...others].join(say('listComma'));
      privateTalk.addNote('note', say('peopleIn', { room: isolated(currentRoom), names }));
      privateTalk.toBottom();
    }
  }

  const ask = (request) => (send(request) ? '' : say('needsConnection'));
  const commands = {
    msg,
    ignore: (name, item) => () => toggleIgnored(name, item),
    who: () => who,
    whois: (name) => ask({ type: 'whois', name }),
    away: (text) => ask({ type: 'away', text }),
    back: () => ask({ type: 'back' }),
  };
  return { commands, sendTo, sendInvite };
}
