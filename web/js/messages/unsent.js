// The reader's messages that the server has not stored yet.
//
// Owns: the queue of these messages, their ids and states, when one goes back to the field, and
// their copies in the browser's storage, which survive a reload.
// Must not know: the transport, the document.
//
// A message has an id of its own from the start. Whatever becomes of the connection, of the page or
// of the server: until the server says `sent`, the page sends it again under this id, and the
// server takes each id once.
//
// Next: `connection/connection.js`.

import { GIVE_BACK_FROM_MS, RESEND_MS, UNANSWERED_MAX, UNSENT_MAX } from '../limits.js';
import { STORED, randomHex } from '../storage.js';

/** Types of requests that have a row of their own; a change of an old message has none. */
const WITH_ROW = new Set(['say', 'me']);

/**
 * `more` is what else a type of message has: which line it changes or replies to, whom it is for.
 * `of` is the epoch of that line.
 */
function newMessage(id, { type, text, at, more, of }) {
  return {
    kind: 'said', own: true, id, type, text, at, more, of, reply: (more && more.reply) || 0, state: 'waiting', since: at, wasHanded: false, seq: 0,
  };
}

/**
 * Returns the messages that a page before this one has left in `storage`, under names that begin
 * with `prefix`; oldest first.
 */
function restored(storage, prefix) {
  const found = [];
  for (const name of storage.names().filter((message) => message.startsWith(prefix))) {
    try {
      // The page before the reload may have sent it.
      found.push({ ...newMessage(name.slice(prefix.length), JSON.parse(storage.read(name))), wasHanded: true });
    } catch (torn) {
      storage.write(name, '');
    }
  }
  return found.sort((message, other) => message.at - other.at);
}

/**
 * Returns the request that sends a message to `room`, whose log has this epoch now. A private
 * message goes to nobody who took the name after it was typed.
 */
function requestOf({ id, type, text, since, more, of }, room, epoch, serverTime) {
  const where = type === 'private' ? { as_of: serverTime(since) } : { room };
  // In another epoch the number is another line's.
  const reply = more.reply && of === epoch ? { reply: more.reply } : {};
  return { type, ...where, ...more, reply: undefined, ...reply, id, text };
}

/**
 * Keeps the unsent messages of one room (`null`: private messages), with copies in `storage`.
 * `send(request)` returns false if the request did not go.
 *
 * `changed(message)` hears of every change of a state. `refused(message, frame)` gets a message
 * that the server refuses. `paused(ms)` hears of a pause that the server wants; without this
 * function a pause gives no message back. `epoch()` is the epoch of the log now; `serverTime` is
 * as `openSession` has it. The states:
 *   waiting    goes out by itself, in order, as soon as there is a connection (`isQueued`: there is
 *              one, but it is not the message's turn yet);
 *   sending    handed to the connection;
 *   delivered  its line came, so the server has given it a number and sends it to everybody; it has
 *              yet to store it;
 *   sent       stored (and no longer in here).
 */
export function keepUnsent({ room, storage, send, changed, refused, paused, serverTime, epoch = () => '' }) {
  // No room can have this name.
  const prefix = `${STORED}unsent.${room === null ? '@' : room}.`;
  let queue = restored(storage, prefix);
  let [pauseTimer, resendTimer] = [0, 0];
  let [isConnected, isSlow] = [false, false];

  function store({ id, type, text, at, more, of }) {
    storage.write(prefix + id, JSON.stringify({ type, text, at, more, of }));
  }

  const sendNow = (message) => send(requestOf(message, room, epoch(), serverTime));
  const find = (id) => queue.find((message) => message.id === id);

  function become(message, state) {
    message.state = state;
    changed(message);
  }

  function drop(message) {
    queue = queue.filter((other) => other !== message);
    storage.write(prefix + message.id, '');
  }

  /** Ends messages whose line was deleted before the server had stored them. */
  const dropDeleted = () => queue.filter(({ text }) => text === null).forEach(finish);

  /**
   * Gives back changes of lines of another epoch: their numbers are other lines' now, so the field
   * gets only the text.
   */
  function endChangesOfOtherEpochs() {
    for (const message of queue.filter(({ more, of }) => more && more.seq && of !== epoch())) {
      drop(message);
      const { type, more: { to } } = message;
      refused({ ...message, type: type === 'delete' ? type : to ? 'private' : 'say', more: { to } }, { reason: 'not-yours' });
    }
  }

  /**
   * Sends delivered messages again, so that the server stores them: few at a time, because it ends
   * a connection that sends too fast.
   */
  function resendDelivered() {
    const due = isConnected ? queue.filter((message) => message.isDue) : [];
    for (const message of due.slice(0, isSlow ? 1 : UNANSWERED_MAX)) message.isDue = !sendNow(message);
    if (due.length) resendDeliveredSoon();
  }

  function resendDeliveredSoon() {
    clearTimeout(resendTimer);
    resendTimer = setTimeout(resendDelivered, RESEND_MS);
  }

  /**
   * Sends waiting messages, few at a time: then the server never has to refuse one, and their order
   * holds.
   */
  function sendWaiting() {
    dropDeleted();
    let unanswered = queue.filter(({ state }) => state === 'sending').length;
    let isStuck = false;
    for (const message of queue.filter(({ state }) => state === 'waiting')) {
      message.isQueued = isConnected && !isStuck && (pauseTimer > 0 || unanswered >= UNANSWERED_MAX);
      if (!isConnected || isStuck || message.isQueued) continue;
      isStuck = !sendNow(message);
      if (isStuck) continue;
      message.wasHanded = true;
      unanswered += 1;
      become(message, 'sending');
    }
  }

  /**
   * Whether a message goes back to the field because the pause is long. If others wait too, each
   * keeps its place.
   */
  function goesBack(message, { wait = 0 }) {
    const isAlone = queue.every((other) => other === message || other.seq);
    return paused && isAlone && wait >= GIVE_BACK_FROM_MS && message.type !== 'delete' && !message.isLost;
  }

  /** The server has stored it, whether its line came or lies further up than the page looks. */
  function finish(message) {
    drop(message);
    become(message, 'sent');
  }

  function takeBack(message) {
    drop(message);
    changed(message);
    sendWaiting();
  }

  // Another tab has sent it, or there the reader took it back.
  addEventListener('storage', ({ key, newValue }) => {
    const message = !newValue && key && key.startsWith(prefix) && find(key.slice(prefix.length));
    if (message && message.seq) finish(message);
    else if (message && !message.isLost) takeBack(message);
  });

  return {
    /** Messages with a row and without a number, oldest first. */
    tail: () => queue.filter((message) => WITH_ROW.has(message.type) && !message.seq && !message.isLost),
    /** All messages without a number, oldest first. */
    all: () => queue.filter((message) => !message.seq),
    /** The unsent change of this message, if there is one. */
    changeOf: ({ seq }) => seq && queue.find((message) => !message.seq && message.more && message.more.seq === seq && message.of === epoch()),
    isEmpty: () => !queue.length,
    isFull: () => queue.length >= UNSENT_MAX,

    /** Takes a text from the field, and returns its message; from here on it cannot be lost. */
    add(type, text, more = {}) {
      const message = newMessage(randomHex(8), { type, text, at: Date.now(), more, of: epoch() });
      queue.push(message);
      store(message);
      changed(message);
      sendWaiting();
      return message;
    },

    /**
     * There is a connection again, and the page has caught up: whatever is not stored, and has not
     * come with the missed lines, goes out again, in order.
     */
    resume() {
      [isConnected, isSlow] = [true, false];
      clearTimeout(pauseTimer);
      pauseTimer = 0;
      endChangesOfOtherEpochs();
      dropDeleted();
      for (const message of queue) {
        message.isDue = message.state === 'delivered';
        if (message.state === 'sending') become(message, 'waiting');
      }
      resendDelivered();
      sendWaiting();
    },

    connectionLost() {
      isConnected = false;
      for (const message of queue) {
        message.isQueued = false;
        const state = message.seq ? 'delivered' : 'waiting';
        if (message.state !== state && !message.isStored) become(message, state);
      }
    },

    /** Takes a line. Returns the unsent message whose line it is, or null. */
    lineArrived({ id, seq, time }) {
      const message = id && find(id);
      if (!message) return null;
      message.seq = seq;
      message.at = time;
      // A message that waited to be sent again has no answer under way, so it is asked for again.
      message.isDue = message.isDue || (isConnected && message.state === 'waiting');
      if (message.isDue) resendDeliveredSoon();
      if (message.isStored) finish(message);
      else become(message, 'delivered');
      sendWaiting();
      return message;
    },

    /**
     * Takes a `sent`. `away`: the recipient was not there; `isLineHere`: its line has come, or will
     * not come any more.
     */
    sent({ id, away }, isLineHere) {
      const message = find(id);
      if (!message) return;
      Object.assign(message, { isStored: true, wasAway: Boolean(away) });
      if (isLineHere) finish(message);
      sendWaiting();
    },

    /** Takes a refusal. Returns false if it is of none of these messages. */
    refused(frame) {
      const message = frame.id && find(frame.id);
      if (!message) return false;
      if (message.seq) {
        // Everybody has it, so in the field it would be said twice. Without a pause the server's
        // disk was too slow.
        [message.isDue, isSlow] = [true, !frame.wait];
        resendDeliveredSoon();
      } else if (frame.reason === 'too-fast' && !goesBack(message, frame)) {
        become(message, 'waiting');
        clearTimeout(pauseTimer);
        pauseTimer = setTimeout(() => { pauseTimer = 0; sendWaiting(); }, frame.wait || 1000);
        if (paused) paused(frame.wait || 1000);
      } else {
        drop(message);
        refused(message, frame);
      }
      sendWaiting();
      return true;
    },

    /** Removes a message because the reader wants it back: it does not go out any more. */
    takeBack,

    /** The server has lost this message, which had a line: it goes out again, under its id. */
    sendAgain(message) {
      if (!message.id || find(message.id)) return;
      if (message.type === 'message') message.type = 'say';
      message.more = message.more || (message.reply ? { reply: message.reply } : {});
      message.seq = 0;
      message.isStored = false;
      // The message's row stays where it is, and the new line takes it.
      message.isLost = true;
      queue.push(message);
      store(message);
      become(message, 'waiting');
      sendWaiting();
    },
  };
}
