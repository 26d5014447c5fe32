// The line: one WebSocket to the server, opened again whenever it breaks.
//
// Owns: the socket, the pauses between attempts, and the state of the line.
// What travels is the classic chat: one text frame is one message, both ways.
// Must not know: the document, the log, what a text means.
// Waits for: the socket's events, its own timers, and the three signs that a
// try is worth it now (online, tab in sight, page shown again).
//
// Next: `unsent.js`, which decides what is sent and when.

import {
  CONNECT_WAIT_MS, ECHO_WAIT_MS, RETRY_CEILING_MS, RETRY_FLOOR_MS, STEADY_MS,
} from './limits.js';

/**
 * Where the server of this page listens: the same host, the same safety. A box
 * with a password is given the one in the page's own address (/?password=...).
 */
export function addressOf(location) {
  const password = new URLSearchParams(location.search).get('password');
  const query = password ? `?password=${encodeURIComponent(password)}` : '';
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws${query}`;
}

/** RFC 6455 7.4.1: the server goes away, and a message was too big. */
export const CLOSE_GOING_AWAY = 1001;
export const CLOSE_TOO_BIG = 1009;

/**
 * The line to `address`.
 *
 * `changed(state)` hears every change. `state.name` is one of
 *   connecting  the first attempt;
 *   open        messages travel;
 *   waiting     closed; the next attempt is at `state.retryAt` (ms);
 *   trying      closed; an attempt is under way.
 * `state.code` is the close code of the last line, `state.offline` what the
 * device says about itself, which is a hint: a box on this very device can be
 * reached all the same, so attempts go on.
 * `arrived(text)` hears every message.
 *
 * @param {{address: string, changed: function(object): void, arrived: function(string): void}} to
 */
export function openLine({ address, changed, arrived }) {
  let socket = null;
  let state = { name: 'connecting', retryAt: 0, code: 0, offline: false };
  let failures = 0;
  let openedAt = 0;
  let retryTimer = 0;
  let handshakeTimer = 0;
  let echoTimer = 0;

  function become(name, more) {
    const offline = name !== 'open' && navigator.onLine === false;
    state = Object.assign({}, state, { name, offline }, more);
    changed(state);
  }

  function connect() {
    clearTimeout(retryTimer);
    become(state.name === 'connecting' ? 'connecting' : 'trying');
    let attempt;
    try {
      attempt = new WebSocket(address);
    } catch (refused) {
      // A policy of the browser; it may be lifted (a proxy, another network).
      lose(null, 0);
      return;
    }
    socket = attempt;
    handshakeTimer = setTimeout(() => lose(attempt, 0), CONNECT_WAIT_MS);
    attempt.onopen = () => {
      clearTimeout(handshakeTimer);
      openedAt = Date.now();
      become('open', { code: 0 });
    };
    attempt.onmessage = (event) => {
      clearTimeout(echoTimer);
      echoTimer = 0;
      if (typeof event.data === 'string') arrived(event.data);
    };
    attempt.onclose = (event) => lose(attempt, event.code);
  }

  /** The one place where a line ends. Harmless when called again for it. */
  function lose(attempt, code) {
    if (attempt !== socket) return;
    clearTimeout(handshakeTimer);
    clearTimeout(echoTimer);
    echoTimer = 0;
    if (attempt) {
      // A dead line can take a minute to admit it; whatever it still has to
      // say would come after we have told people that it is gone.
      attempt.onopen = attempt.onmessage = attempt.onclose = null;
      attempt.close();
    }
    socket = null;
    if (state.name === 'open' && Date.now() - openedAt >= STEADY_MS) failures = 0;
    // Full jitter: a whole class that lost its box does not come back at once.
    const bound = Math.min(RETRY_CEILING_MS, RETRY_FLOOR_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    const wait = Math.random() * bound;
    retryTimer = setTimeout(connect, wait);
    become('waiting', { retryAt: Date.now() + wait, code });
  }

  /** Tries at once if an attempt is due at all. */
  function now() {
    if (state.name === 'waiting') connect();
  }

  /** Hands one message to the socket. False: there is no line, nothing went. */
  function send(text) {
    if (!socket || socket.readyState !== WebSocket.OPEN) return false;
    socket.send(text);
    // The server says everything back to its sender, so silence is a sign. A
    // phone that changed its network keeps a socket that only looks open.
    const sentOn = socket;
    if (!echoTimer) echoTimer = setTimeout(() => lose(sentOn, 0), ECHO_WAIT_MS);
    return true;
  }

  addEventListener('online', now);
  addEventListener('offline', () => { if (state.name !== 'open') become(state.name); });
  addEventListener('pageshow', now);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) now(); });

  return { start: connect, now, send, state: () => state };
}
