// The connection to the server: one transport that works, opened again whenever it breaks.
//
// Owns: which transport is used, the pauses between attempts, and the state of the connection.
// Must not know: what the document shows, the log, what frames and requests say.
// Waits for: the transport's frames; its own timers; three signs that an attempt may work now (the
// device is online, the tab is visible, the page is shown again); and two signs that it is over
// (the device is offline, the reader leaves the page).
//
// Next: `connection/transports.js`.

import { currentRoom } from '../addresses.js';
import {
  ANSWER_TIMEOUT_MS, CONNECT_TIMEOUT_MS, PROBE_AFTER_MS, RETRY_CEILING_MS, RETRY_FLOOR_MS, STEADY_MS,
  TRIES_PER_TRANSPORT, UPGRADE_AFTER_MS, UPGRADE_SOON_MS,
} from '../limits.js';
import { readSetting } from '../storage.js';
import { FORGOTTEN, LEFT, LEFT_ELSEWHERE, RENEWED } from '../words.js';
import { watchTabs } from './tabs.js';
import { openPolls, openStream, openWebSocket } from './transports.js';

/** The close code of a server that stops (RFC 6455 7.4.1). */
export const CLOSE_GOING_AWAY = 1001;

/**
 * Close codes after which another attempt would end the same way. 1008 is not among them: it can
 * mean a connection that was too slow, and a later one may be faster. If another attempt is of no
 * use, the server sends a `bye` before.
 */
const FATAL_CLOSE_CODES = new Set([1002, 1007, 1009]);

/** The best transport first. */
const TRANSPORTS = [
  { name: 'live', open: openWebSocket },
  { name: 'stream', open: openStream },
  { name: 'poll', open: openPolls },
];

/**
 * A request that the server always answers. The page sends it when it is not sure that the
 * connection lives.
 */
const PROBE = { type: 'who', room: currentRoom };

/**
 * Tries the best transport, and closes it again. Calls `done(works)` once: whether the server's
 * welcome came by it.
 */
function tryBest(hello, done) {
  let isOver = false;
  let trial = { close() {} };
  try {
    trial = TRANSPORTS[0].open({
      hello,
      receive: ({ type }) => { if (type === 'welcome') end(true); },
      ended: () => end(false),
    });
  } catch (refused) {
    // The browser does not allow this transport now.
  }
  const timer = setTimeout(() => end(false), CONNECT_TIMEOUT_MS);

  function end(works) {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    trial.close();
    done(works);
  }
}

/**
 * Makes the connection; its `start()` opens it.
 *
 * `session` says whose connection it is. The other parameters are functions that the connection
 * calls:
 *   hello(isConnection)  makes the first request of each attempt, as `openSession` has it;
 *   received(frame)      gets every frame;
 *   replaced()           a better transport takes the place of an open one; the state stays `open`;
 *   mayRest()            whether this tab may close its connection while another tab has one;
 *   changed(state)       gets every change of the state.
 * `state.name` is one of
 *   connecting  the first attempt;
 *   open        frames travel, by `state.transport`;
 *   waiting     closed; the next attempt is at `state.retryAt` (ms);
 *   trying      closed; an attempt is under way;
 *   resting     closed because the reader does not look at this tab, or has left the page; opened
 *               again when the reader is back;
 *   ended       closed for good, because of `state.reason` (a word, a close code, or a sentence);
 *               `tryNow()` opens it.
 * `state.code` is the close code of the last connection. `state.offline`: the device says that it
 * is offline. Attempts go on all the same, because the server may be on this very device.
 */
export function openConnection({ session, hello, received, replaced, mayRest, changed }) {
  let transport = null;
  let rank = 0;
  let tries = 0;
  let state = { name: 'connecting', transport: '', retryAt: 0, code: 0, offline: false, reason: '' };
  let failures = 0;
  let openedAt = 0;
  let receivedAt = 0;
  let retryTimer = 0;
  let welcomeTimer = 0;
  let answerTimer = 0;
  let upgradeTimer = 0;
  // Whether the best transport has worked before. Then it fails most likely because the server is
  // away.
  let bestWorked = false;
  const chosen = () => readSetting('way');
  const tabs = watchTabs({
    isShared: () => !session.isVisit(), mayRest, wake, now: () => ({ isOpen: state.name === 'open', carriesOneRoom: rank > 0 }),
    rest,
  });

  function become(name, more) {
    const offline = name !== 'open' && navigator.onLine === false;
    state = { ...state, name, offline, ...more };
    changed(state);
  }

  function connect() {
    clearTimeout(retryTimer);
    if (session.hasEnded()) { end(LEFT); return; }
    const isFirst = state.name === 'connecting' || state.name === 'resting';
    become(isFirst ? state.name : 'trying', { reason: '' });
    open();
  }

  function open() {
    const wanted = TRANSPORTS.findIndex(({ name }) => name === chosen());
    if (wanted >= 0) rank = wanted;
    const attempt = {};
    transport = attempt;
    // The time runs until the welcome, because a server may take a connection and never say
    // anything.
    welcomeTimer = setTimeout(() => lose(attempt, 0), CONNECT_TIMEOUT_MS);
    try {
      Object.assign(attempt, TRANSPORTS[rank].open({
        hello,
        receive: (frame) => { if (attempt === transport) receive(frame); },
        ended: (code) => lose(attempt, code),
      }));
    } catch (refused) {
      // The browser does not allow this transport now.
      lose(attempt, 0);
    }
  }

  function receive(frame) {
    clearTimeout(answerTimer);
    answerTimer = 0;
    receivedAt = Date.now();
    if (frame.type === 'bye' && frame.reason === RENEWED) connectAsSuccessor();
    // If the person has left in another tab, the browser's storage soon says so.
    else if (frame.type === 'bye' && frame.reason !== 'server_stopping') end(frame.reason === LEFT ? LEFT_ELSEWHERE : frame.reason);
    // The token with which the page went on is over, too.
    if (frame.type === 'welcome' && session.isOfAnother(frame)) {
      end(session.hasPassword() ? RENEWED : FORGOTTEN);
      return;
    }
    received(frame);
    if (frame.type === 'welcome') opened();
  }

  function opened() {
    clearTimeout(welcomeTimer);
    openedAt = receivedAt;
    tries = 0;
    clearTimeout(upgradeTimer);
    if (rank === 0) bestWorked = true;
    else if (!chosen()) upgradeTimer = setTimeout(upgrade, bestWorked ? UPGRADE_SOON_MS : UPGRADE_AFTER_MS);
    become('open', { code: 0, transport: TRANSPORTS[rank].name });
    tabs.opened();
  }

  function rest() {
    drop();
    become('resting');
  }

  function wake() {
    if (state.name === 'resting' && !transport) connect();
  }

  /** Closes the transport, and ignores what still comes from it. */
  function drop() {
    for (const timer of [welcomeTimer, answerTimer, upgradeTimer]) clearTimeout(timer);
    answerTimer = 0;
    if (transport && transport.close) transport.close();
    transport = null;
    tabs.lost();
  }

  /** The connection of this attempt is broken. A second call for the same attempt does nothing. */
  function lose(attempt, code) {
    if (attempt !== transport) return;
    const wasOpen = state.name === 'open';
    drop();
    if (wasOpen && FATAL_CLOSE_CODES.has(code)) {
      end(code);
      return;
    }
    if (wasOpen && Date.now() - openedAt >= STEADY_MS) failures = 0;
    // If a transport never opens, the page tries the next one. After the last it tries the best
    // again: perhaps the server was away all the time.
    tries = wasOpen ? 0 : tries + 1;
    if (tries >= TRIES_PER_TRANSPORT) {
      rank = (rank + 1) % TRANSPORTS.length;
      tries = 0;
    }
    // A random pause: so not all clients of a server that was away come back at one moment.
    const bound = Math.min(RETRY_CEILING_MS, RETRY_FLOOR_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    const wait = Math.random() * bound;
    retryTimer = setTimeout(connect, wait);
    become('waiting', { retryAt: Date.now() + wait, code });
  }

  /** Connects with the session's next token, if the page finds one; else the connection ends. */
  async function connectAsSuccessor() {
    drop();
    become('waiting', { retryAt: Date.now(), code: 0 });
    const isFound = await session.findSuccessor();
    if (state.name === 'waiting') (isFound ? connect : () => end(session.isGuest() ? FORGOTTEN : RENEWED))();
  }

  /** Closes the connection until `tryNow()` is called. */
  function end(reason) {
    drop();
    become('ended', { reason });
  }

  /**
   * Tries the best transport beside the one that is open. If it works, it takes the place of that
   * one.
   */
  function upgrade() {
    tryBest(hello, (works) => {
      if (state.name !== 'open' || rank === 0) return;
      if (works) {
        drop();
        rank = 0;
        replaced();
        open();
      } else {
        bestWorked = false;
        upgradeTimer = setTimeout(upgrade, UPGRADE_AFTER_MS);
      }
    });
  }

  function reconnect(first = rank) {
    drop();
    rank = first;
    connect();
  }

  function send(request) {
    if (state.name !== 'open' || !transport.send || !transport.send(request)) return false;
    // The server answers every request but `typing` and `read`. So if nothing comes, the connection
    // is dead.
    const sentBy = transport;
    if (!answerTimer && !['typing', 'read'].includes(request.type)) {
      answerTimer = setTimeout(() => lose(sentBy, 0), ANSWER_TIMEOUT_MS);
    }
    return true;
  }

  /**
   * The reader or the network is back: connects if there is no connection, and tests a silent one.
   */
  function readerReturned() {
    if (state.name === 'waiting') connect();
    else if (state.name === 'resting' && !document.hidden) wake();
    // On a phone that slept or changed its network, a connection may only look open.
    else if (state.name === 'open' && Date.now() - receivedAt > PROBE_AFTER_MS) send(PROBE);
  }

  addEventListener('online', readerReturned);
  // Else an open connection would look alive until a request has no answer. If the device reaches
  // the server all the same, the connection opens again soon.
  addEventListener('offline', () => {
    if (state.name === 'open') lose(transport, 0);
    else become(state.name);
  });
  // The browser may keep a page for the way back, and its connection too: the reader would be here
  // for all others.
  addEventListener('pagehide', ({ persisted }) => { if (persisted && transport) rest(); });
  addEventListener('pageshow', readerReturned);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) readerReturned(); });

  return {
    state: () => state,
    /** Whether the connection is open, which it is from the server's welcome on. */
    isOpen: () => state.name === 'open',
    /**
     * Whether the connection carries all rooms, as a WebSocket does. A stream and a poll carry one.
     */
    carriesAllRooms: () => state.transport === 'live',
    /** Sends a request. Returns false if the connection is not open: then nothing was sent. */
    send,
    /** Connects. If the person has left in another tab, the connection ends instead. */
    start: connect,
    end,
    tryNow() {
      if (state.name === 'waiting' || state.name === 'ended') connect();
    },
    /**
     * Closes the connection and connects again: by the same transport, or by the one at `first` in
     * `TRANSPORTS`.
     */
    reconnect,
    /**
     * Tries the best transport in place of the one that is open. Returns false if the reader has
     * chosen this one, or the best did not work when it was tried last.
     */
    tryBest() {
      if (rank === 0 || !bestWorked || chosen()) return false;
      bestWorked = false;
      reconnect(0);
      return true;
    },
  };
}
