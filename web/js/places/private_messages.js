// Private messages. One log has the messages with all people, and the page follows it like a room's
// log.
//
// Owns: which private messages the reader has read, which wait to be sent, and which people were
// away when the reader last wrote to them, or asked.
// Must not know: the private talk, the field, the connection.
//
// Part: `chat.js`.

import { followLog } from '../connection/position.js';
import { nameKey } from '../elements.js';
import { change, goneBy } from '../messages/lines.js';
import { keepLastRead, startReading } from '../messages/unread.js';
import { keepUnsent } from '../messages/unsent.js';
import { STORED, browserStorage } from '../storage.js';
import { PRIVATE } from '../storage_more.js';

/** The server is told what was read this long after it, and this often at most. */
const READ_TOLD_AFTER_MS = 1_000;
const READ_TOLD_AGAIN_MS = 5_000;

/** For how many people the browser stores how far the reader has read their private messages. */
const READ_PEOPLE_MAX = 50;

/** Stores how far the reader reads of the messages of each person; of the latest people only. */
function keepLastReadOfPeople() {
  const name = `${STORED}seenof.${PRIVATE}`;
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

  function store(epoch, people) {
    known = { [epoch]: people };
    browserStorage().write(name, JSON.stringify(known));
  }

  return {
    seq: (epoch, person) => Number((all()[epoch] || {})[person]) || 0,
    set(epoch, person, seq) {
      const { [person]: before, ...others } = all()[epoch] || {};
      const stored = Object.entries(others).slice(1 - READ_PEOPLE_MAX);
      store(epoch, Object.fromEntries([...stored, [person, Math.max(seq, before || 0)]]));
    },
    forget(epoch, person) {
      const { [person]: gone, ...others } = all()[epoch] || {};
      if (gone) store(epoch, others);
    },
  };
}

/**
 * Returns the message of a line of private messages. The server says in `own` whether it is the
 * reader's, and in `with` the number of the other person, whatever their name is.
 */
export const messageOf = ({ seq, own, from, to, with: personId, text, time, reply }) => ({
  kind: 'said', type: 'say', seq, own: Boolean(own), state: 'sent', from, to, personId, text: text === undefined ? null : text, at: time, reply: reply || 0,
});

/** The person with whom the reader has this message. */
export const otherPerson = (message) => (message.own ? message.to || message.more.to : message.from);

function setOtherName(message, name) {
  if (message.own) message.to = name;
  else message.from = name;
}

/**
 * Knows the present name of each person with whom the reader has private messages, by the person's
 * number. `renamed(id, from, to)` is called for a person who is known by an older name.
 */
function openPresentNames(renamed) {
  const known = new Map();
  // The newest line of the log: what the server says of a name is newer than all lines up to it.
  let head = 0;

  /** A person had this name in the line `seq`, or has it now. Returns the present name. */
  function learn(id, name, seq) {
    const before = known.get(id);
    if (before && before.seq >= seq) return before.name;
    known.set(id, { name, seq });
    if (before && before.name !== name) renamed(id, before.name, name);
    return name;
  }

  return {
    nameOf: (id) => (known.get(id) || {}).name,
    learn(id, name, seq) {
      head = Math.max(head, seq);
      return learn(id, name, seq);
    },
    /** Takes a `private-name`. */
    told({ with: id, name }) {
      const before = known.get(id);
      known.set(id, { name, seq: head });
      if (before && before.name !== name) renamed(id, before.name, name);
    },
    /** The log has these lines now; those of another epoch say nothing. */
    joined({ seq }, isOther) {
      head = seq;
      if (isOther) known.clear();
    },
  };
}

/**
 * Tells the reader's other devices how far the reader has read the messages with each person.
 * `tell(id, seq)` tells it of one.
 */
function tellRead(tell) {
  const untold = new Map();
  let timer = 0;
  let toldAt = 0;

  function tellAll() {
    clearTimeout(timer);
    [timer, toldAt] = [0, Date.now()];
    untold.forEach((seq, id) => tell(id, seq));
    untold.clear();
  }

  // Another device is looked at then.
  document.addEventListener('visibilitychange', () => { if (document.hidden && untold.size) tellAll(); });

  return function soon(id, seq) {
    untold.set(id, seq);
    timer = timer || setTimeout(tellAll, Math.max(READ_TOLD_AFTER_MS, toldAt + READ_TOLD_AGAIN_MS - Date.now()));
  };
}

/**
 * Makes the private messages, which the log view `view` shows. `arrived(message)` is called for
 * each unread message; `changed(message)` for each change, with the message if it is the reader's;
 * `gone(name)` when a person has removed their messages and their name; `moved(from, to)` when all
 * messages with a person have the person's new name; `caughtUp()`
 * when the page has all messages for the first time. The rest is as `openPrivateTalk` has it.
 */
export function openPrivateMessages({ session, send, isHidden, view, arrived, changed, gone, moved, caughtUp, refused, paused }) {
  const lastRead = keepLastRead(PRIVATE);
  const lastReadOf = keepLastReadOfPeople();
  let readAtStart = 0;
  let epoch = '';
  let isWhole = false;
  // For each person who was away when the reader last wrote, or last asked: the time of that
  // message, or since when they are away, by the server's clock.
  const awaySince = new Map();
  // Names that another person may have now, if the reader has chosen them again: then this person
  // is meant.
  const meantNames = new Set();
  // For names that the reader has chosen beside an old message: the time of that message.
  const ownersAt = new Map();
  const unsent = keepUnsent({ room: null, storage: session.storage(), send, changed: messageChanged, refused, paused, serverTime: session.serverTime, epoch: () => epoch });
  // The reader's messages that changed while a line is taken. Until the line has its place, its
  // message is nowhere: a talk with no other message would go from the list and come again, and a
  // press on it in that moment would do nothing.
  let untold = null;
  const presentNames = openPresentNames(personRenamed);
  const tellReadSoon = tellRead((id, seq) => send({ type: 'read', room: null, with: id, epoch, seq }));
  // How far the reader has read on other devices, for each person's number.
  const readElsewhere = new Map();
  const position = followLog({
    room: null,
    listener: {
      joined(frame) {
        presentNames.joined(frame, frame.epoch !== epoch);
        if (frame.epoch !== epoch) readElsewhere.clear();
        // For a browser that has not shown this log, the server knows what counts as read.
        const isFirst = frame.epoch !== epoch && lastRead.atStart(frame) < 0;
        if (frame.epoch !== epoch) readAtStart = isFirst ? frame.read || 0 : lastRead.atStart(frame);
        epoch = frame.epoch;
        startReading(PRIVATE, isFirst ? frame : { ...frame, read: 0 });
      },
      line(frame) {
        if (frame.type === 'removed') {
          const isGone = goneBy(frame);
          const names = new Set(view.messages(({ seq }) => frame.lines.includes(seq)).map(({ from }) => from));
          view.removeAll((item) => !item.own && (item.seq ? isGone(item) : names.has(item.from)));
          names.forEach((name) => {
            lastReadOf.forget(epoch, nameKey(name));
            gone(name);
          });
          changed();
        }
        // A message that was deleted comes as a deletion of itself.
        const isChange = frame.type === 'edit' || (frame.type === 'delete' && (frame.of !== frame.seq || !frame.to));
        if (isChange) {
          unsent.lineArrived(frame);
          change(frame, view.find);
          changed();
        }
        if (isChange || frame.type === 'removed') return;
        const { from, to, personId, text, at, reply } = messageOf(frame);
        untold = [];
        const message = Object.assign(unsent.lineArrived(frame) || messageOf(frame), { from, to, personId, text, at, reply });
        // If the reader typed "Big Bo hi", the server has found out which part is the name.
        if (message.more && message.more.to !== frame.to) {
          message.more.to = frame.to;
          if (message.recipientKnown) message.recipientKnown();
        }
        meantNames.delete(nameKey(otherPerson(message)));
        // The message may have a row from another epoch of the log.
        if (message.row) view.remove(message);
        view.addMessage(message);
        if (personId) setOtherName(message, presentNames.learn(personId, message.own ? to : from, frame.seq));
        const told = untold;
        untold = null;
        told.forEach(changed);
        if (isUnread(message)) arrived(message);
        changed();
      },
      gap(name) {
        if (name === 'newEpoch') view.forgetNumbers();
      },
      notStored(from) { view.messages((message) => message.seq >= from).forEach(view.remove); },
      behind() {},
      caughtUp() {
        if (isWhole) return;
        isWhole = true;
        caughtUp();
      },
    },
  });

  function messageChanged(message) {
    if (message.type !== 'private') {
      if (untold) untold.push(message);
      else changed(message);
      return;
    }
    if (message.state === 'sent' && message.wasAway) {
      awaySince.set(nameKey(message.more.to), message.at);
    } else if (message.state === 'sent') awaySince.delete(nameKey(message.more.to));
    if (message.recipientKnown && message.note) message.recipientKnown();
    if (message.whenSent && message.state === 'sent') message.whenSent();
    if (untold) untold.push(message);
    else changed(message);
  }

  /**
   * A person was here at this time: they are not away any more, unless the reader wrote to them
   * later.
   */
  function isHere(name, time = Infinity) {
    if (time > awaySince.get(nameKey(name)) && awaySince.delete(nameKey(name))) changed();
  }

  /** A person has another name: all messages with this person are in one talk, under that name. */
  function personRenamed(id, from, to) {
    const isWith = (message) => message.personId === id;
    view.messages(isWith).forEach((message) => setOtherName(message, to));
    unsent.all().filter(({ more }) => more && more.with === id).forEach(({ more }) => { more.to = to; });
    nameChanged(from, to);
    moved(from, to);
    changed();
  }

  function nameChanged(from, to) {
    const read = lastReadOf.seq(epoch, nameKey(from));
    if (read) lastReadOf.set(epoch, nameKey(to), read);
    isHere(from);
  }

  /**
   * What a message to the author of an old one says besides: the server refuses it if another
   * person took the name after that time. The author had the name when the old message was written.
   */
  function askedSince(to) {
    const namedAt = !meantNames.has(nameKey(to)) && ownersAt.get(nameKey(to));
    return namedAt ? { as_of: namedAt + 1 } : {};
  }

  /** The number of the person with whom the newest message under this name is; 0 if unknown. */
  function idOf(name) {
    const [last] = view.messages((message) => nameKey(otherPerson(message)) === nameKey(name)).slice(-1);
    return (last && last.personId) || 0;
  }

  function isUnread(message) {
    return !message.own && message.text !== null && message.seq > readAtStart && message.seq > lastReadOf.seq(epoch, nameKey(message.from))
      && message.seq > (readElsewhere.get(message.personId) || 0) && !isHidden(message);
  }

  const unread = () => view.messages(isUnread);

  return {
    unread,
    /** The reader has read the messages from this person. */
    read(name) {
      const nowRead = unread().filter((message) => nameKey(message.from) === nameKey(name));
      if (!nowRead.length) return;
      const { seq, personId } = nowRead[nowRead.length - 1];
      lastReadOf.set(epoch, nameKey(name), seq);
      if (personId) tellReadSoon(personId, seq);
      // When the page is opened again, messages before the first unread one count as read.
      const [first] = unread();
      lastRead.raise({ ...position.position(), seq: first ? first.seq - 1 : position.seq() });
      changed();
    },
    /** A person without a number has another name. */
    renamed(from, to) {
      nameChanged(from, to);
      for (const message of view.messages(({ personId }) => !personId)) {
        if (nameKey(message.from) === nameKey(from)) message.from = to;
        if (nameKey(message.to) === nameKey(from)) message.to = to;
      }
    },
    /** Takes a `person`, the answer whether somebody is here. */
    personIs({ name, here, seen }) {
      if (here) isHere(name);
      else {
        awaySince.set(nameKey(name), seen || 0);
        changed();
      }
    },
    /**
     * Whether a person was away when the reader last wrote or asked, and has not been here since.
     */
    isAway: (name) => awaySince.has(nameKey(name)),
    /** Whether the page has all messages. */
    isWhole: () => isWhole,
    /** Takes any frame, of any room, which may tell that people are here. */
    noticePeople({ type, here, name, names, from, seq, time }) {
      if (type === 'who') names.forEach((one) => isHere(one));
      else if ((type === 'presence' && here) || type === 'typing') isHere(name);
      else if (seq && typeof from === 'string') isHere(from, time);
    },
    /** The reader's own messages and changes that have no number yet, oldest first. */
    waiting: () => unsent.all().map((message) => Object.assign(message, { from: session.name() })),
    isEmpty: unsent.isEmpty,
    isFull: unsent.isFull,
    /** Returns the position in the log, for a hello. */
    position: position.position,
    receive(frame) {
      if (frame.type === 'private-name') presentNames.told(frame);
      else if (frame.type === 'read') {
        if (frame.epoch !== epoch) return;
        readElsewhere.set(frame.with, frame.seq);
        changed();
      } else position.receive(frame);
    },
    idOf,
    /** The present name of the person with this number; '' if unknown. */
    nameOf: (id) => (id && presentNames.nameOf(id)) || '',
    /**
     * Adds a message to a person, and returns it. `isOpenEnd`: the person's name may go on in the
     * text. `replying` is the message that it replies to, if there is one.
     */
    add: (to, text, isOpenEnd, replying) => unsent.add('private', text, {
      to,
      typed: isOpenEnd,
      anew: meantNames.has(nameKey(to)),
      reply: (replying && replying.seq) || undefined,
      with: (!isOpenEnd && idOf(to)) || undefined,
      ...askedSince(to),
    }),
    /** Sends a change of one of the reader's messages: `edit` or `delete`. */
    change: (type, text, { seq, to }) => unsent.add(type, text, { seq, to }),
    /** The unsent change of a message, if there is one. */
    changeOf: unsent.changeOf,
    /**
     * The reader means the person who has this name now, although the page has said that it may be
     * another person.
     */
    meansName: (name) => meantNames.add(nameKey(name)),
    /** The reader means the person who had this name at that time; 0: who has it now. */
    meansOwnerAt(name, namedAt) {
      if (namedAt) ownersAt.set(nameKey(name), namedAt);
      else ownersAt.delete(nameKey(name));
    },
    sent: (frame) => unsent.sent(frame, frame.seq <= position.seq()),
    refused(frame) {
      // One of the two clocks was set since the welcome. The reader's second try is right then.
      if (frame.time) session.setClock(frame.time);
      return unsent.refused(frame);
    },
    takeBack: unsent.takeBack,
    resume: unsent.resume,
    connectionLost: unsent.connectionLost,
  };
}
