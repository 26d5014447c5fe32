// The three ways of a talk: a WebSocket; where something between breaks those, a stream
// of events and requests beside it; where it holds streams back, long polls.
//
// Owns: how texts of `threadbare.v1` travel each way. They are the same texts.
// Must not know: what they say, when a way is tried, the document.
//
// A way is a function of { hello, told, ended } that begins at once. `hello(isLine)` is what
// one says first, for what is heard if `isLine`; `told(message)` hears each message, the first is a welcome;
// `ended(code)` hears once that it is over. It returns { send, close }: `send(message)`
// is false if there is no line, and after `close()` nothing is heard.
//
// Next: `follow.js`.

import { roomPath } from './addresses.js';
import { ANSWER_WAIT_MS, POLL_WAIT_MS } from './limits.js';

/** Over one socket, both ways. */
export function bySocket({ hello, told, ended }) {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/ws`, 'threadbare.v1');
  socket.onopen = () => socket.send(JSON.stringify(hello(true)));
  socket.onmessage = (event) => told(JSON.parse(event.data));
  socket.onclose = (event) => ended(event.code);
  return {
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close() {
      // A dead line can take a minute to admit it; whatever it still has to
      // say would come after we have told people that it is gone.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

/** Where the first room of a hello is to be heard: behind the last line seen. Private messages, if they are in it, too. */
function heardAt(what, { token, rooms: [place, letters] }) {
  const behind = ({ epoch, seq }) => (epoch ? `${epoch}.${seq}` : '');
  const query = new URLSearchParams({ s: token, ...(letters ? { private: behind(letters) } : {}) });
  if (place.epoch) query.set('after', behind(place));
  return `${roomPath(place.room)}/${what}?${query}`;
}

/** Has the box write the cookie with this session, which it has done before. */
export async function keepCookie(token) {
  await fetch('/session', { method: 'POST', keepalive: true, headers: { Authorization: `Bearer ${token}` } });
}

/** The messages that answer one request in `room`. Fails without an answer. */
export async function askBox(room, token, message) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_WAIT_MS);
  try {
    const answer = await fetch(roomPath(room), {
      method: 'POST',
      signal: stop.signal,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify(message),
    });
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

/** What is there now of the first room of a hello, for who hears another. Fails without an answer. */
export async function lookInto(hello) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), POLL_WAIT_MS);
  try {
    const answer = await fetch(`${heardAt('poll', hello)}&wait=0`, { signal: stop.signal });
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether the box lets in nobody more. It is asked for a room as a file, which takes the place of a client and makes
 * nobody and nothing; no more than its first word is taken. Fails without an answer.
 */
export async function isFull() {
  const answer = await fetch('/r/lobby/save?as=text');
  if (!answer.ok) return (await answer.text()).startsWith('Full.');
  answer.body.cancel();
  return false;
}

/** What each of several polls begins and ends with is news once for each log: says which message is. */
export function newsOfPolls() {
  const epochs = new Map();
  const isCatchingUp = new Set();
  return function isNews({ type, room, epoch }) {
    if (type === 'joined' && epochs.get(room) !== epoch) {
      epochs.set(room, epoch);
      isCatchingUp.add(room);
      return true;
    }
    if (type === 'behind') isCatchingUp.add(room);
    if (type === 'caught-up') return isCatchingUp.delete(room);
    return type !== 'joined' && (type !== 'welcome' || !epochs.size);
  };
}

/** Requests one after the other, as they were made, each in its own room; each is answered with messages. */
function requests({ hello, told, ended }) {
  let last = Promise.resolve();
  let isClosed = false;

  async function ask(message) {
    if (isClosed) return;
    const { token, rooms: [place] } = hello();
    try {
      const messages = await askBox(message.room || place.room, token, message);
      if (isClosed) return;
      messages.forEach(told);
      // Whether it is kept was not known in time, and nobody says so later: once more.
      const isUnknown = messages.every(({ type }) => type === 'welcome' || type === 'keeping');
      if (isUnknown && message.id) told({ type: 'refused', id: message.id, reason: 'too-fast' });
    } catch (broken) {
      if (!isClosed) ended(0);
    }
  }

  return {
    send(message) {
      last = last.then(() => ask(message));
      return !isClosed;
    },
    close() { isClosed = true; },
  };
}

/** Heard as server-sent events, said by requests. */
export function byEvents({ hello, told, ended }) {
  const asks = requests({ hello, told, ended });
  const events = new EventSource(`${heardAt('stream', hello(true))}&as=events`);
  events.onmessage = (event) => told(JSON.parse(event.data));
  // When to try again is the line's business.
  events.onerror = () => ended(0);
  return {
    send: asks.send,
    close() {
      asks.close();
      events.onmessage = events.onerror = null;
      events.close();
    },
  };
}

/** Heard by asking again and again for what is new, said by requests. */
export function byPolls({ hello, told, ended }) {
  const asks = requests({ hello, told, ended });
  let isClosed = false;
  let isKeeping = true;
  let stop = new AbortController();
  const isNews = newsOfPolls();

  async function listen() {
    try {
      // At first everything that is there, and then what comes.
      for (let more = '&wait=0'; !isClosed; more = '') {
        stop = new AbortController();
        const timer = setTimeout(() => stop.abort(), POLL_WAIT_MS);
        const answer = await fetch(heardAt('poll', hello(true)) + more, { signal: stop.signal });
        const messages = await answer.json();
        clearTimeout(timer);
        if (!isClosed) messages.filter(isNews).forEach(told);
        // It may have changed between two polls; each begins with it if nothing is kept.
        const word = messages.find(({ type }) => type === 'keeping');
        if (!word && !isKeeping && !isClosed) told({ type: 'keeping', kept: true });
        isKeeping = !word || word.kept;
        // Who is not in the room is told why, and would be told so again at once.
        const isIn = messages.some(({ type, room }) => type === 'joined' && room !== null);
        if (!isIn && !isClosed) ended(0);
      }
    } catch (broken) {
      if (!isClosed) ended(0);
    }
  }

  listen();
  return {
    // Who hears of it half a minute later has no use for it.
    send: (message) => message.type === 'typing' || asks.send(message),
    close() {
      isClosed = true;
      asks.close();
      // The connection is for others now.
      stop.abort();
    },
  };
}
