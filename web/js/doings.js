// What a person does: says something, or types a command.
//
// Owns: what each command does, and the words for those that cannot be.
// Must not know: the wire, how a text was typed.
//
// Next: `talk.js`.

import { goOut, goTo } from './addresses.js';
import { readCommand } from './commands.js';
import { UNSENT_MAX } from './limits.js';
import { apart } from './text.js';

/** What `/help` tells, line by line. */
const HELP = [
  'helpFirst', 'helpMe', 'helpMsg', 'helpName', 'helpTopic', 'helpPassword', 'helpHide', 'helpShow', 'helpJoin', 'helpLeave', 'helpRooms', 'helpWho',
  'helpEdit', 'helpDelete', 'helpSearch', 'helpIgnore', 'helpQuit', 'helpLast',
];

/** What a room hears or sees of. */
const OF_ROOM = new Set(['me', 'topic', 'password', 'hide', 'show', 'edit', 'delete']);

/**
 * Whom a private message is for: who stands between quotes or before a colon; else the longest
 * name known that it begins with.
 */
function addressee(text, names) {
  const [, quoted, named, rest] = /^(?:"([^"]+)":?|([^\s:]+):(?=\s|$))([^]*)$/.exec(text) || [];
  if (quoted || named) return { to: (quoted || named).trim(), text: rest.trim() };
  const known = names.filter((name) => [' ', ':'].some((end) => `${text} `.toLowerCase().startsWith(name.toLowerCase() + end)))
    .sort((one, other) => other.length - one.length)[0];
  const [word] = text.split(/\s/, 1);
  const to = known ? text.slice(0, known.length) : word;
  // Of people elsewhere only the box knows where a name ends.
  return { to, isOpenEnd: !known, text: text.slice(to.length).replace(/^:/, '').trim() };
}

/**
 * What is done with a text from the field. Returns what is wrong with it, if
 * anything is: then it is still in the field. `composer()` is there once the page is; `quit()` makes one nobody.
 */
export function openDoings({
  say, room, rooms, unsent, privately, people, log, me, ask, hasLine, sets, openPanel, search, ignored, latestOwn, doors, refusals, composer, quit,
}) {
  // The name that was asked for, until the box says what came of it.
  let naming = null;
  const needs = (text, done) => (text ? done(text) : say('commandNeeds'));
  const alone = (text, done) => (text ? say('commandAlone') : done());

  function said(type, text, more) {
    if (unsent.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    const one = unsent.take(type, text, more);
    // Of a message its own row says that it waits.
    if (type !== 'say' && type !== 'me' && !hasLine()) one.note = log.tell('note', say('changeWaits'));
    return '';
  }

  /** Not before the field is free again. */
  function later(does) {
    Promise.resolve().then(does);
    return '';
  }

  /** To one person alone; `isOpenEnd`: the name may go on in the text. Returns what is wrong. */
  function saidTo(name, text, isOpenEnd) {
    if (privately.letters.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    const letter = privately.letters.take(name, text, isOpenEnd);
    if (privately.isOpen()) {
      letter.tellWhom = () => privately.open(letter.more.to);
      return '';
    }
    const words = () => {
      const whom = { name: apart(letter.more.to) };
      const waits = letter.state === 'waiting' && !letter.isHeld;
      const more = waits ? say('changeWaits') : letter.toAway ? say('awayGetsIt', whom) : '';
      return [say('youWroteTo', whom), more].filter(Boolean).join(' ');
    };
    letter.note = log.tell('note', words());
    letter.note.open = () => privately.open(letter.more.to);
    letter.tellWhom = () => {
      letter.note.text = words();
      log.redraw();
    };
    return '';
  }

  /** A request that is no message: it needs a line now. */
  function asks(message) {
    return ask(message) ? '' : say('needsLine');
  }

  /** Wants to be called otherwise; asked for in the panel, or by a command. */
  function named(typed, isInPanel) {
    const wrong = asks({ type: 'name', name: typed });
    naming = wrong ? null : { typed, isInPanel };
    return wrong;
  }

  /** How the room is kept from strangers. */
  const changesNature = (change) => (sets(change) ? '' : say('needsLine'));

  /** "#42 words" and "words": of which message, and what. */
  function changes(type, typed) {
    const [, number, text] = /^(?:#(\d+)\s*)?([^]*)$/.exec(typed);
    // The last message still waits. Its author means that one, not the older line before it.
    if (!number && unsent.tail().length) return say('lastWaits');
    const item = number ? log.find(Number(number)) : latestOwn();
    if (!item || !item.own || !item.seq) return say('not-yours');
    // "/delete that" is not "/delete".
    if ((type === 'edit') !== Boolean(text)) return say('commandNeeds');
    return said(type, text, { seq: item.seq });
  }

  function joins(typed) {
    doors.enterTyped(typed, (words, isAway) => {
      // Where nobody could be asked, the words are in the field again, without the password;
      // but not among others.
      if (isAway && composer().isEmpty()) composer().giveBack(`/join ${typed.split(/\s/, 1)[0]}`, words);
      else refusals.tell(words);
    });
    return '';
  }

  function leaves() {
    ask({ type: 'leave', room });
    const before = rooms.leave();
    if (before) goTo(before);
    else goOut(room);
  }

  const does = {
    say: (text) => said('say', text),
    me: (text) => needs(text, () => said('me', text)),
    topic: (text) => needs(text, () => said('topic', text === '-' ? '' : text)),
    // Whoever forgets the word must not open the room.
    password: (text) => needs(text, () => changesNature({ password: text === '-' ? '' : text })),
    hide: (text) => alone(text, () => changesNature({ hidden: true })),
    show: (text) => alone(text, () => changesNature({ hidden: false })),
    name: (text) => needs(text, () => named(text, false)),
    join: (text) => needs(text, () => joins(text)),
    leave: () => { leaves(); return ''; },
    quit: (text) => alone(text, () => {
      quit().catch(() => refusals.tell(say('needsLine')));
      return '';
    }),
    rooms: () => { openPanel('rooms'); return ''; },
    who: () => { openPanel('people'); return ''; },
    edit: (text) => changes('edit', text),
    delete: (text) => changes('delete', text),
    search: (text) => needs(text, () => { search.seek(text); return ''; }),
    ignore: (text) => needs(text, () => later(() => {
      privately.close();
      log.tell('note', say(ignored.turn(text) ? 'ignoring' : 'hearingAgain', { name: apart(text) }));
    })),
    msg(text) {
      const letter = addressee(text, people.names());
      if (!letter.to) return say('commandNeeds');
      const wrong = letter.text ? saidTo(letter.to, letter.text, letter.isOpenEnd) : '';
      if (!letter.text || (!wrong && !letter.isOpenEnd && privately.isOpen())) later(() => privately.open(letter.to));
      return wrong;
    },
    help: () => later(() => {
      // What it says stands in the room's log.
      privately.close();
      log.tell('note', HELP.map((sentence) => say(sentence)).join('\n'));
    }),
  };

  return {
    /** A text from the field; `editing` is the own message that it changes. */
    take(text, editing) {
      // In another log it has no number, and a change without one is another line's.
      if (editing) return editing.seq ? said('edit', text, { seq: editing.seq }) : say('not-yours');
      const command = readCommand(text);
      if (!command) return say('noCommand', { word: text.split(/\s/, 1)[0] });
      const isSaid = command.name === 'say';
      if (isSaid && privately.chosen()) return saidTo(privately.chosen(), command.text);
      // In a private talk nothing goes to the room; and nothing to a person who took the name, or to nobody.
      if (privately.isOpen() && (isSaid || OF_ROOM.has(command.name))) return say(isSaid ? 'firstWhom' : 'onlyInRoom');
      return does[command.name](command.text);
    },
    /** An own message goes. */
    deletes: (item) => said('delete', '', { seq: item.seq }),
    /** The room is about this now; about nothing, if it is empty. */
    setsTopic: (text) => said('topic', text),
    leaves,
    /** A message that waits is its author's again. */
    takesBack(item) {
      (item.type === 'private' ? privately.letters : unsent).takeBack(item);
      refusals.takeBack(item);
    },
    takesName: (typed) => named(typed, true),
    /** Somebody has another name: if it is us, no name is asked for any more. */
    renamed: ({ from }) => { if (from === me()) naming = null; },
    /** True: it was the name that was asked for, and what was typed is in its field again. */
    refusedName(told) {
      if (!naming || told.room || told.id) return false;
      const { typed, isInPanel } = naming;
      naming = null;
      if (isInPanel) refusals.name(typed, told);
      else refusals.command(`/name ${typed}`, told);
      return true;
    },
  };
}
