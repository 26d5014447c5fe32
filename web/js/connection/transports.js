// Three transports for the texts of `threadbare.v1`: a WebSocket; where a proxy breaks WebSockets,
// a stream of server-sent events, with an HTTP request for each text to send; where a proxy holds
// streams back, long polls. Also single HTTP requests beside the connection.
//
// Owns: how frames and requests travel each way. A *frame* is one JSON object from the server, a
// *request* is one to it.
// Must not know: what they mean, when a transport is tried, the document.
//
// A transport is a function of { hello, receive, ended } that connects at once.
// `hello(isConnection)` makes the first request; `isConnection`: the server's frames come because
// of this hello. `receive(frame)` gets each frame; the first is a welcome. `ended(code)` is called
// when the transport is over. It returns { send, close }: `send(request)` returns false if the
// request was not sent. After `close()` the transport calls nothing any more.
//
// Next: `dispatch.js`.

import { OPEN_ROOM, home, roomPath } from '../addresses.js';
import { ANSWER_TIMEOUT_MS, POLL_TIMEOUT_MS } from '../limits.js';

export function openWebSocket({ hello, receive, ended }) {
  // `http` becomes `ws`, and `https` `wss`.
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}${home}ws`, 'threadbare.v1');
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
      // A dead WebSocket may take a minute to close. By then the page has another connection.
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
}

/**
 * The address at which the first room of a hello goes on behind the last line seen; also the
 * private messages, if the hello has them, and the name.
 */
function addressAfter(what, { token, name, rooms: [position, ofPrivate] }) {
  const after = ({ epoch, seq }) => (epoch ? `${epoch}.${seq}` : '');
  const query = new URLSearchParams({ s: token, ...(name ? { name } : {}), ...(ofPrivate ? { private: after(ofPrivate) } : {}) });
  if (position.epoch) query.set('after', after(position));
  return `${roomPath(position.room)}/${what}?${query}`;
}

/** Fetches JSON; fails if the whole answer is not there after `timeout` milliseconds. */
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
  await fetch(`${home}session`, { method: 'POST', keepalive: true, headers: { Authorization: `Bearer ${token}` } });
}

/**
 * Sends one request in `room` beside the connection. Returns the frames that answer it; fails
 * without an answer.
 */
export function sendByPost(room, token, request) {
  return fetchJson(roomPath(room), ANSWER_TIMEOUT_MS, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify(request),
  });
}

/**
 * Polls the first room of a hello, and returns the frames; fails without an answer. With `&wait=0`
 * as `wait`, the server answers at once; `stop`, an AbortController, ends the poll.
 */
export const fetchPoll = (hello, wait, stop) => fetchJson(addressAfter('poll', hello) + wait, POLL_TIMEOUT_MS, {}, stop);

/**
 * Returns whether the server is full. The page asks for the lobby as a file, which takes a client's
 * place for a moment, but makes no person. Fails without an answer.
 */
export async function isServerFull() {
  const answer = await fetch(`${roomPath(OPEN_ROOM)}/save?as=text`);
  if (!answer.ok) return (await answer.text()).startsWith('Full.');
  answer.body.cancel();
  return false;
}

/**
 * Each poll begins and ends with the same frames. Returns a filter for the frames of all polls: it
 * lets those frames through once for each log, and other frames always.
 */
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

/**
 * Sends requests one after the other, each by an HTTP request to its room. `receive` gets the
 * frames of each answer.
 */
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
      // An answer without any news: the server did not know in time whether it has stored the
      // message. So the page sends it again.
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
  // `connection.js` decides when to try again, not the browser.
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
      // The server answers the first poll at once, and the others when there is something new.
      for (let wait = '&wait=0'; !isClosed; wait = '') {
        stop = new AbortController();
        const frames = await fetchPoll(hello(true), wait, stop);
        if (!isClosed) frames.filter(isNew).forEach(receive);
        // While the server stores nothing, each poll begins with a `keeping`. So a poll without one
        // says that it stores again.
        const keeping = frames.find(({ type }) => type === 'keeping');
        if (!keeping && !isStoring && !isClosed) receive({ type: 'keeping', kept: true });
        isStoring = !keeping || keeping.kept;
        // If the room does not let the reader in, the server would answer the next poll at once
        // with the same refusal.
        const isInRoom = frames.some(({ type, room }) => type === 'joined' && room !== null);
        if (!isInRoom && !isClosed) ended(0);
      }
    } catch (broken) {
      if (!isClosed) ended(0);
    }
  }

  listen();
  return {
    // With polls others would learn too late that this reader types, so `typing` is not sent.
    send: (request) => request.type === 'typing' || posts.send(request),
    close() {
      isClosed = true;
      posts.close();
      // Gives the connection back to the browser, for other requests.
      stop.abort();
    },
  };
}
