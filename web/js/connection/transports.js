// Three transports for the texts of `threadbare.v1`: a WebSocket; where something on the way breaks those, a
// stream of server-sent events, with a request for each thing to send; where something holds streams back,
// long polls. Also single requests beside the connection.
//
// Owns: how frames and requests travel each way. A *frame* is one JSON object from the server, a *request* is
// one to it.
// Must not know: what they mean, when a transport is tried, the document.
//
// A transport is a function of { hello, receive, ended } that begins at once. `hello(isConnection)` makes the
// first request; `isConnection` is true where the server's frames come because of it. `receive(frame)` gets each
// frame; the first is a welcome. `ended(code)` is called once, when it is over. It returns { send, close }:
// `send(request)` is false if the request did not go, and after `close()` nothing is called any more.
//
// Next: `dispatch.js`.

import { roomPath } from '../addresses.js';
import { ANSWER_TIMEOUT_MS, POLL_TIMEOUT_MS } from '../limits.js';

/** Connects by a WebSocket. */
export function openWebSocket({ hello, receive, ended }) {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const socket = new WebSocket(`${scheme}://${location.host}/ws`, 'threadbare.v1');
  socket.onopen = () => socket.send(JSON.stringify(hello(true)));
  socket.onmessage = (event) => receive(JSON.parse(event.data));
  socket.onclose = (event) => ended(event.code);
  return {
    send(request) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(request));
      return true;
    },
    close() {
      // A dead connection can take a minute to say so. What it says then comes after the page has told
      // its reader that the connection is gone.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

/** The address where the first room of a hello goes on, behind the last line seen; private messages, too, if the hello has them. */
function addressAfter(what, { token, rooms: [position, ofPrivate] }) {
  const after = ({ epoch, seq }) => (epoch ? `${epoch}.${seq}` : '');
  const query = new URLSearchParams({ s: token, ...(ofPrivate ? { private: after(ofPrivate) } : {}) });
  if (position.epoch) query.set('after', after(position));
  return `${roomPath(position.room)}/${what}?${query}`;
}

/** Fetches JSON; fails without an answer in so much time. */
async function fetchJson(address, timeout, options = {}, stop = new AbortController()) {
  const timer = setTimeout(() => stop.abort(), timeout);
  try {
    const answer = await fetch(address, { ...options, signal: stop.signal });
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

/** Lets the server write the cookie of this session, which a script cannot overwrite. */
export async function requestCookie(token) {
  await fetch('/session', { method: 'POST', keepalive: true, headers: { Authorization: `Bearer ${token}` } });
}

/** Sends one request in `room` beside the connection. Returns the frames that answer it; fails without an answer. */
export function sendByPost(room, token, request) {
  return fetchJson(roomPath(room), ANSWER_TIMEOUT_MS, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  });
}

/** Returns the frames that are new in the first room of a hello, without waiting for others. Fails without an answer. */
export function pollOnce(hello) {
  return fetchJson(`${addressAfter('poll', hello)}&wait=0`, POLL_TIMEOUT_MS);
}

/**
 * Returns whether the server is full. The page asks for a room as a file: that takes the place of a client, but
 * makes no person and no room. It reads only the first word. Fails without an answer.
 */
export async function isServerFull() {
  const answer = await fetch('/r/lobby/save?as=text');
  if (!answer.ok) return (await answer.text()).startsWith('Full.');
  answer.body.cancel();
  return false;
}

/** Each poll begins and ends with the same frames. Returns a filter that lets each of them through once for each log. */
export function filterOfPolls() {
  const epochs = new Map();
  const catchingUp = new Set();
  return function isNew({ type, room, epoch }) {
    if (type === 'joined' && epochs.get(room) !== epoch) {
      epochs.set(room, epoch);
      catchingUp.add(room);
      return true;
    }
    if (type === 'behind') catchingUp.add(room);
    if (type === 'caught-up') return catchingUp.delete(room);
    return type !== 'joined' && (type !== 'welcome' || !epochs.size);
  };
}

/** Sends requests one after the other, each to its own room; each is answered with frames. */
function openPosts({ hello, receive, ended }) {
  let last = Promise.resolve();
  let isClosed = false;

  async function post(request) {
    if (isClosed) return;
    const { token, rooms: [position] } = hello();
    try {
      const frames = await sendByPost(request.room || position.room, token, request);
      if (isClosed) return;
      frames.forEach(receive);
      // The server did not know in time whether it has stored the message, and will not say so later: once more.
      const isUnknown = frames.every(({ type }) => type === 'welcome' || type === 'keeping');
      if (isUnknown && request.id) receive({ type: 'refused', id: request.id, reason: 'too-fast' });
    } catch (broken) {
      if (!isClosed) ended(0);
    }
  }

  return {
    send(request) {
      last = last.then(() => post(request));
      return !isClosed;
    },
    close() { isClosed = true; },
  };
}

/** Connects by server-sent events, and sends by POST. */
export function openStream({ hello, receive, ended }) {
  const posts = openPosts({ hello, receive, ended });
  const events = new EventSource(`${addressAfter('stream', hello(true))}&as=events`);
  events.onmessage = (event) => receive(JSON.parse(event.data));
  // The connection decides when to try again, not the browser.
  events.onerror = () => ended(0);
  return {
    send: posts.send,
    close() {
      posts.close();
      events.onmessage = events.onerror = null;
      events.close();
    },
  };
}

/** Connects by long polls, and sends by POST. */
export function openPolls({ hello, receive, ended }) {
  const posts = openPosts({ hello, receive, ended });
  let isClosed = false;
  let isStoring = true;
  let stop = new AbortController();
  const isNew = filterOfPolls();

  async function listen() {
    try {
      // The first poll takes everything that is there, the others wait for something new.
      for (let wait = '&wait=0'; !isClosed; wait = '') {
        stop = new AbortController();
        const frames = await fetchJson(addressAfter('poll', hello(true)) + wait, POLL_TIMEOUT_MS, {}, stop);
        if (!isClosed) frames.filter(isNew).forEach(receive);
        // Each poll begins with this frame while the server stores nothing. That may end between two polls.
        const keeping = frames.find(({ type }) => type === 'keeping');
        if (!keeping && !isStoring && !isClosed) receive({ type: 'keeping', kept: true });
        isStoring = !keeping || keeping.kept;
        // If the reader is not in the room, the server has said why, and would say it again at once.
        const isInRoom = frames.some(({ type, room }) => type === 'joined' && room !== null);
        if (!isInRoom && !isClosed) ended(0);
      }
    } catch (broken) {
      if (!isClosed) ended(0);
    }
  }

  listen();
  return {
    // Others would hear half a minute later that this reader types: that is of no use.
    send: (request) => request.type === 'typing' || posts.send(request),
    close() {
      isClosed = true;
      posts.close();
      // The browser may use its connection for others now.
      stop.abort();
    },
  };
}
