// The reader's other rooms: what is new there, and messages that still wait to be sent there. This
// page's room is like one of them while something stands over its log.
//
// Owns: which rooms these are (in the browser's storage, for all tabs), and the counts of new
// messages.
// Must not know: the log of this page's room, the document.
//
// A WebSocket carries all of these rooms. A stream and a poll carry one room; then the page polls
// the others now and then (`room_polls.js`).
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom } from '../addresses.js';
import { followLog } from '../connection/position.js';
import { shareCounts } from '../connection/tabs.js';
import { speaksTo } from '../elements.js';
import { ROOMS_MAX } from '../limits.js';
import { isRead, lastReadIn, startReading, watchLastRead } from '../messages/unread.js';
import { keepUnsent } from '../messages/unsent.js';
import { STORED, browserStorage, noticesOf, readNames, tabStorage } from '../storage.js';

/** In the browser's storage: the rooms of the reader. */
export const ROOMS_NAME = `${STORED}rooms`;
/** Whose rooms these are, by name. */
const WHOSE_NAME = `${STORED}roomsof`;
/** The room that this tab has just left. */
const LEFT_NAME = `${STORED}roomleft`;
/** Types of lines that count as new; an edit or a topic does not. */
const NEWS = new Set(['message', 'me']);

/**
 * Follows one of the other rooms. `changed()` is called when its counts have changed; the rest is
 * as `openRooms` has it.
 */
function followRoom(room, changed, { session, connection, isHidden, heard, refused }) {
  const read = lastReadIn(room);
  // Messages that the reader wrote in that room, and that are not stored yet.
  const unsent = keepUnsent({
    room,
    storage: session.storage(),
    send: connection.send,
    changed() {},
    refused: (message) => refused(room, message),
    epoch: () => position.epoch(),
  });
  // In a room where the reader has never been, older lines are not new. On a new device the server
  // knows how far the reader has read on others.
  let isFirst = !read.epoch;
  // Whether lines come as they are said. Those that come after a break are counted, without a
  // notice.
  let isLive = false;
  // Whether the room is hidden.
  let isUnlisted = false;
  // The new lines: { seq, isToMe }; and how many further new lines the server cannot send any more.
  let lines = [];
  let untold = 0;
  const count = () => lines.length + untold;
  const position = followLog({
    room,
    from: read,
    listener: {
      joined(frame) {
        isLive = false;
        // The server forgets it in a restart, and was perhaps never told.
        const { epoch, seq } = lastReadIn(room);
        if (epoch === frame.epoch && seq > (frame.read || 0)) connection.send({ type: 'read', room, epoch, seq });
        if (isFirst && !frame.read) return;
        isFirst = false;
        startReading(room, frame);
        readElsewhere();
      },
      line(frame) {
        unsent.lineArrived(frame);
        // A `removed` has the numbers of its lines.
        if (frame.lines || frame.type === 'delete') {
          const gone = frame.lines || [frame.of];
          lines = lines.filter(({ seq }) => !frame.all && !gone.includes(seq));
          changed();
        }
        if (isLive && frame.from === session.name()) frame.own = true;
        if (isFirst || !NEWS.has(frame.type) || frame.own || isHidden(frame) || isRead(room, frame.seq)) return;
        const isToMe = speaksTo(session.name(), frame);
        lines.push({ seq: frame.seq, isToMe });
        changed();
        if (isLive) heard(frame, isToMe);
      },
      gap(name, { n = 0 } = {}) {
        if (name === 'newEpoch') lines = [];
        if (name !== 'tooOld') return;
        untold += n;
        changed();
      },
      notStored(from, to) { lines = lines.filter(({ seq }) => seq < from || seq > to); },
      behind() { isLive = false; },
      caughtUp() {
        isFirst = false;
        isLive = true;
        unsent.resume();
      },
    },
  });

  /** The reader has read more in another tab, or on another device. */
  function readElsewhere() {
    const before = count();
    lines = lines.filter(({ seq }) => !isRead(room, seq));
    if (isRead(room, position.seq())) untold = 0;
    if (count() !== before) changed();
  }

  return {
    position: position.position,
    isUnlisted: () => isUnlisted,
    receive(frame) {
      // A `joined` and a `set` say so.
      if ('hidden' in frame) isUnlisted = frame.hidden;
      // The page shows no lines of that room, so a message is done when it is stored.
      if (frame.type === 'sent') unsent.sent(frame, true);
      else if (frame.type !== 'refused' || !unsent.refused(frame)) position.receive(frame);
    },
    connectionLost: unsent.connectionLost,
    count,
    toMeCount: () => lines.filter(({ isToMe }) => isToMe).length,
    readElsewhere,
  };
}

/**
 * Makes the reader's other rooms. `isHidden(line)`: the reader does not see it;
 * `refused(room, message)` gets a message that the server refuses; `heard(line, isToMe)` gets each
 * new line, and whether it calls the reader; `newsChanged(n)` is called with how many lines are new
 * in all rooms for which there are notices.
 */
export function openRooms({ session, connection, stage, isHidden, heard, refused, newsChanged }) {
  const follow = (room) => followRoom(room, changed, { session, connection, isHidden, heard, refused });
  // The stored list has the room that the reader entered last at its end: who leaves a room goes
  // back to that one.
  write([...read().filter((name) => name !== currentRoom), currentRoom].slice(-ROOMS_MAX));
  const others = new Map(read().filter((name) => name !== currentRoom).map((name) => [name, follow(name)]));

  /**
   * Returns all rooms of the reader. A tab with another person's session is in its own room only.
   */
  function read() {
    return session.isVisit() ? [currentRoom] : readNames(ROOMS_NAME);
  }

  function write(names) {
    if (!session.isVisit()) browserStorage().write(ROOMS_NAME, JSON.stringify(names));
  }

  // What is new in this page's room behind what stands over its log.
  let behind = { count: 0, toMe: 0 };

  /**
   * Returns how many lines are new in a room, and how many of them call the reader: { count,
   * toMe }.
   */
  function newsIn(name) {
    const room = others.get(name);
    if (room) return { count: room.count(), toMe: room.toMeCount() };
    return name === currentRoom ? behind : { count: 0, toMe: 0 };
  }

  /** The rooms for which there are notices. */
  const told = () => [currentRoom, ...others.keys()].filter((name) => noticesOf(name) !== 'none');

  /** Shows the counts in this tab, and tells them to other tabs. */
  function changed() {
    newsChanged(told().reduce((sum, name) => sum + newsIn(name).count, 0));
    if (connection.isOpen()) shareCounts(Array.from(others, ([name, room]) => [name, room.count()]));
  }

  function forget(name) {
    others.delete(name);
    changed();
  }

  /** Another tab has entered a room: this tab follows it, too. */
  function add(name) {
    const room = follow(name);
    others.set(name, room);
    if (connection.carriesAllRooms()) connection.send({ type: 'join', ...room.position() });
    else stage.use(({ roomPolls }) => roomPolls.poll());
  }

  /** Adds rooms of another device to the stored list. */
  function takeIn(names) {
    const known = read();
    write([...names.filter((name) => !known.includes(name)), ...known].slice(-ROOMS_MAX));
  }

  function addStored() {
    read().filter((name) => name !== currentRoom && !others.has(name)).forEach(add);
  }

  function remove(name) {
    if (connection.carriesAllRooms()) connection.send({ type: 'leave', room: name });
    forget(name);
  }

  const positions = () => Array.from(others.values(), (room) => room.position());

  function receive(frame) {
    const room = others.get(frame.room);
    if (!room) return false;
    // The room does not let the reader in. The page says why when the reader goes there.
    if (frame.type === 'refused' && !frame.id) {
      write(read().filter((name) => name !== frame.room));
      forget(frame.room);
    } else room.receive(frame);
    return true;
  }

  const readElsewhere = () => others.forEach((room) => room.readElsewhere());
  watchLastRead(readElsewhere);
  addEventListener('storage', ({ key }) => {
    if (key !== ROOMS_NAME) return;
    addStored();
    const names = read();
    Array.from(others.keys()).filter((name) => !names.includes(name)).forEach(remove);
  });

  return {
    connected() {
      addStored();
      stage.use(({ roomPolls }) => roomPolls.connected());
    },
    /** On another device the reader has come into this room: it is one of theirs here, too. */
    enteredElsewhere(name) {
      takeIn([name]);
      addStored();
    },
    /** Takes a welcome. On a new device the reader enters the rooms where they are on others. */
    welcomed({ name, rooms = [] }) {
      if (session.isVisit() || browserStorage().read(WHOSE_NAME) === name) return;
      browserStorage().write(WHOSE_NAME, name);
      takeIn(rooms);
    },
    connectionLost() {
      stage.use(({ roomPolls }) => roomPolls.connectionLost());
      others.forEach((room) => room.connectionLost());
    },
    /** Whether the room of this page is in the list that all tabs share. */
    isShared: () => read().includes(currentRoom),
    positions,
    /** The names of the other rooms that no list shows to others. */
    hidden: () => Array.from(others).filter(([, room]) => room.isUnlisted()).map(([name]) => name),
    /** Whether the reader is in this room, in whichever tab. */
    has: (name) => [currentRoom, ...read()].includes(name),
    newsIn,
    /** The reader has read more of some room on another device. */
    readElsewhere,
    /** How many new lines call the reader, in all rooms for which there are notices. */
    callsToReader: () => told().reduce((sum, name) => sum + newsIn(name).toMe, 0),
    /** So much is new in this page's room behind what stands over its log. */
    newsBehind(count, toMe) {
      if (behind.count === count && behind.toMe === toMe) return;
      behind = { count, toMe };
      changed();
    },
    /** Takes a frame about a room. Returns false if that is none of the reader's other rooms. */
    receive,
    /** The room before (-1) or after (1) this one by name; '' if there is no other. */
    beside(step) {
      const all = [...others.keys(), currentRoom].sort((one, other) => one.localeCompare(other));
      const next = all[(all.indexOf(currentRoom) + step + all.length) % all.length];
      return next === currentRoom ? '' : next;
    },
    /** The room to which a reader goes who leaves this one; '' if there is none. */
    next: () => [...others.keys()].pop() || (currentRoom === OPEN_ROOM ? '' : OPEN_ROOM),
    leave() {
      write(read().filter((name) => name !== currentRoom));
      tabStorage().write(LEFT_NAME, currentRoom);
    },
    /**
     * Returns the room that the reader has left for this one; '' if there is none, or it was
     * returned before.
     */
    justLeft() {
      const room = tabStorage().read(LEFT_NAME);
      tabStorage().write(LEFT_NAME, '');
      return room === currentRoom ? '' : room;
    },
  };
}
