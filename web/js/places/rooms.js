// The reader's other rooms: what is new there, and messages that still wait to be sent there. This
// page's room is like one of them while something stands over its log.
//
// Owns: which rooms these are (in the browser's storage, for all tabs), and the counts of new
// messages.
// Must not know: the log of this page's room, the document.
//
// A WebSocket carries all of these rooms. A stream and a poll carry one room; then the page polls
// the others now and then, one request at a time, because a browser has six connections to a server
// for all its tabs. The server answers such a poll at once. It counts who polls as present for some
// minutes, so people do not see the reader come with each poll.
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom } from '../addresses.js';
import { followLog } from '../connection/position.js';
import { shareCounts } from '../connection/tabs.js';
import { filterOfPolls, pollOnce } from '../connection/transports.js';
import { callsName } from '../elements.js';
import { POLL_ROOMS_HIDDEN_MS, POLL_ROOMS_MS, ROOMS_MAX } from '../limits.js';
import { isRead, lastReadIn, startReading, watchLastRead } from '../messages/unread.js';
import { keepUnsent } from '../messages/unsent.js';
import { browserStorage, noticesOf, readNames, tabStorage } from '../storage.js';

/** In the browser's storage: the rooms of the reader. */
export const ROOMS_NAME = 'threadbare.rooms';
/** The room that this tab has just left. */
const LEFT_NAME = 'threadbare.roomleft';
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
  // In a room where the reader has never been, older lines are not new.
  let isFirst = !read.epoch;
  // Whether lines come as they are said. Those that come after a break are counted, without a
  // notice.
  let isLive = false;
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
        if (!isFirst) startReading(room, frame);
      },
      line(frame) {
        unsent.lineArrived(frame);
        if (frame.type === 'removed') {
          lines = lines.filter(({ seq }) => !frame.lines.includes(seq));
          changed();
        }
        if (isLive && frame.from === session.name()) frame.own = true;
        if (isFirst || !NEWS.has(frame.type) || frame.own || isHidden(frame) || isRead(room, frame.seq)) return;
        const isToMe = callsName(frame.text, session.name());
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
  return {
    position: position.position,
    receive(frame) {
      // The page shows no lines of that room, so a message is done when it is stored.
      if (frame.type === 'sent') unsent.sent(frame, true);
      else if (frame.type !== 'refused' || !unsent.refused(frame)) position.receive(frame);
    },
    connectionLost: unsent.connectionLost,
    count,
    toMeCount: () => lines.filter(({ isToMe }) => isToMe).length,
    /** The reader has read more in another tab. */
    readElsewhere() {
      const before = count();
      lines = lines.filter(({ seq }) => !isRead(room, seq));
      if (isRead(room, position.seq())) untold = 0;
      if (count() !== before) changed();
    },
  };
}

/**
 * Polls rooms that the connection does not carry. `hello(positions)` makes a hello; `positions()`
 * returns the page's position in each room; `receive(frame)` gets the new frames.
 */
function openPolling({ connection, hello, positions, receive }) {
  // Lets each frame through once; null if the connection carries all rooms, or is lost.
  let isNew = null;
  let isPolling = false;
  let timer = 0;

  /** Takes all that is new in one room. If there is much, this takes several polls. */
  async function pollRoom(room, isNewThen) {
    for (let isAll = false; !isAll;) {
      const position = positions().find((one) => one.room === room);
      // The reader has left the room meanwhile, and must not enter it again.
      if (!position || isNew !== isNewThen) return;
      const frames = await pollOnce(hello([position]));
      if (isNew !== isNewThen) return;
      // The server made a guest of the reader for this poll, because they are connected too often:
      // such frames are not theirs.
      if (frames.some(({ type, room: of }) => type === 'refused' && !of)) return;
      const ofRoom = frames.filter((frame) => frame.room === room);
      isAll = !ofRoom.some(({ seq }) => seq > (position.seq || 0)) || ofRoom.some(({ type }) => type === 'caught-up');
      ofRoom.filter(isNew).forEach(receive);
    }
  }

  async function poll() {
    clearTimeout(timer);
    if (isPolling || !isNew) return;
    const isNewThen = isNew;
    isPolling = true;
    try {
      for (const { room } of positions()) await pollRoom(room, isNewThen);
    } catch (broken) {
      // If the server is away, the connection notices that itself.
    }
    isPolling = false;
    // There is another connection by now, so polling begins again.
    if (isNew === isNewThen) pollLater();
    else poll();
  }

  function pollLater() {
    clearTimeout(timer);
    const isWanted = isNew && positions().length;
    if (isWanted) timer = setTimeout(poll, document.hidden ? POLL_ROOMS_HIDDEN_MS : POLL_ROOMS_MS);
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) pollLater();
    else poll();
  });
  return {
    poll,
    connected() {
      isNew = connection.carriesAllRooms() ? null : filterOfPolls();
      poll();
    },
    connectionLost() {
      isNew = null;
      clearTimeout(timer);
    },
  };
}

/**
 * Makes the reader's other rooms. `isHidden(line)`: the reader does not see it;
 * `refused(room, message)` gets a message that the server refuses; `heard(line, isToMe)` gets each
 * new line, and whether it calls the reader; `newsChanged(n)` is called with how many lines are new
 * in all rooms for which there are notices.
 */
export function openRooms({ session, connection, isHidden, heard, refused, newsChanged }) {
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

  /** Shows the counts in this tab, and tells them to other tabs. */
  function changed() {
    newsChanged([currentRoom, ...others.keys()].reduce((sum, name) => sum + (noticesOf(name) === 'none' ? 0 : newsIn(name).count), 0));
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
    else polling.poll();
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

  const polling = openPolling({ connection, hello: session.hello, positions, receive });
  watchLastRead(() => others.forEach((room) => room.readElsewhere()));
  addEventListener('storage', ({ key }) => {
    if (key !== ROOMS_NAME) return;
    const names = new Set(read());
    Array.from(names).filter((name) => name !== currentRoom && !others.has(name)).forEach(add);
    Array.from(others.keys()).filter((name) => !names.has(name)).forEach(remove);
  });

  return {
    connected: polling.connected,
    connectionLost() {
      polling.connectionLost();
      others.forEach((room) => room.connectionLost());
    },
    /** Whether the room of this page is in the list that all tabs share. */
    isShared: () => read().includes(currentRoom),
    positions,
    /** Whether the reader is in this room. */
    has: (name) => name === currentRoom || others.has(name),
    newsIn,
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
