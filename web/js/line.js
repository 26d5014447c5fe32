// The line: one way to the server that works, opened again whenever it breaks.
//
// Owns: which way is taken, the pauses between attempts, and the state of the line.
// It is open when the box has said welcome.
// Must not know: the document, the log, what is said.
// Waits for: the way's messages, its own timers, and the three signs that a try is
// worth it now (online, tab in sight, page shown again).
//
// Next: `resting.js`.

import {
  ANSWER_WAIT_MS, CLIMB_AFTER_MS, CLIMB_SOON_MS, CONNECT_WAIT_MS, PROBE_AFTER_MS, RETRY_CEILING_MS,
  RETRY_FLOOR_MS, STEADY_MS, TRIES_PER_WAY,
} from './limits.js';
import { CODES_FOR_GOOD, LEFT, RENEWED } from './reasons.js';
import { watchResting } from './resting.js';
import { byEvents, byPolls, bySocket } from './ways.js';

/** RFC 6455 7.4.1: the server goes away. */
export const CLOSE_GOING_AWAY = 1001;

/** The best first. */
const WAYS = [
  { name: 'live', open: bySocket },
  { name: 'stream', open: byEvents },
  { name: 'poll', open: byPolls },
];

/**
 * The line.
 *
 * `hello()` makes what is said first; `chosen()` is the name of the way that the
 * reader wants, or nothing. `changed(state)` hears every change; `state.name` is one of
 *   connecting  the first attempt;
 *   open        messages travel, by `state.way`;
 *   waiting     closed; the next attempt is at `state.retryAt` (ms);
 *   trying      closed; an attempt is under way;
 *   resting     given back while nobody looks; it is opened when somebody does;
 *   ended       closed for good, because of `state.reason` (a word, a close code, or a
 *               sentence); `now()` tries again.
 * `state.code` is the close code of the last line, `state.offline` what the
 * device says about itself, which is a hint: a box on this very device can be
 * reached all the same, so attempts go on.
 * `replaced()` hears that a better one takes the place of an open one, which stays `open`;
 * `arrived(told)` hears every message, `welcome` too. `probe` is something that
 * is always answered, said when it is not sure that the line is alive. `follow()`: whether the
 * session goes on by another token, `isOver()`: its person has left in another tab. `shares`: other
 * tabs may count on this one's line; `mayRest()`: this one may count on theirs.
 */
export function openLine({ hello, chosen, changed, replaced, arrived, probe, follow, isOver, shares, mayRest }) {
  let carrier = null;
  let way = 0;
  let tries = 0;
  let state = { name: 'connecting', way: '', retryAt: 0, code: 0, offline: false, reason: '' };
  let failures = 0;
  let openedAt = 0;
  let heardAt = 0;
  let retryTimer = 0;
  let welcomeTimer = 0;
  let answerTimer = 0;
  let climbTimer = 0;
  // Then it was the box that was away, most likely, and not the way that is broken.
  let bestWorked = false;
  const resting = watchResting({
    shares, mayRest, wake, now: () => ({ isOpen: state.name === 'open', isLesser: way > 0 }),
    give() {
      drop();
      become('resting');
    },
  });

  function become(name, more) {
    const offline = name !== 'open' && navigator.onLine === false;
    state = { ...state, name, offline, ...more };
    changed(state);
  }

  function connect() {
    clearTimeout(retryTimer);
    if (isOver()) { end(LEFT); return; }
    const isFirst = state.name === 'connecting' || state.name === 'resting';
    become(isFirst ? state.name : 'trying', { reason: '' });
    open();
  }

  function open() {
    const wanted = WAYS.findIndex(({ name }) => name === chosen());
    if (wanted >= 0) way = wanted;
    const attempt = {};
    carrier = attempt;
    // Until the welcome: a box that takes the line and says nothing is none.
    welcomeTimer = setTimeout(() => lose(attempt, 0), CONNECT_WAIT_MS);
    try {
      Object.assign(attempt, WAYS[way].open({
        hello,
        told: (message) => { if (attempt === carrier) hear(message); },
        ended: (code) => lose(attempt, code),
      }));
    } catch (refused) {
      // A policy of the browser; it may be lifted (a proxy, another network).
      lose(attempt, 0);
    }
  }

  function hear(told) {
    clearTimeout(answerTimer);
    answerTimer = 0;
    heardAt = Date.now();
    // Being cut for a reason is not a line that breaks.
    if (told.type === 'bye' && told.reason === RENEWED) comeAnew();
    else if (told.type === 'bye' && told.reason !== 'server_stopping') end(told.reason);
    arrived(told);
    if (told.type === 'welcome') opened();
  }

  function opened() {
    clearTimeout(welcomeTimer);
    openedAt = heardAt;
    tries = 0;
    clearTimeout(climbTimer);
    if (way === 0) bestWorked = true;
    else if (!chosen()) climbTimer = setTimeout(climb, bestWorked ? CLIMB_SOON_MS : CLIMB_AFTER_MS);
    become('open', { code: 0, way: WAYS[way].name });
    resting.opened();
  }

  function wake() {
    if (state.name === 'resting' && !carrier) connect();
  }

  /** Lets go of the way, whatever it still has to say. */
  function drop() {
    for (const timer of [welcomeTimer, answerTimer, climbTimer]) clearTimeout(timer);
    answerTimer = 0;
    if (carrier && carrier.close) carrier.close();
    carrier = null;
    resting.lost();
  }

  /** The one place where a line breaks. Harmless when called again for it. */
  function lose(attempt, code) {
    if (attempt !== carrier) return;
    const wasOpen = state.name === 'open';
    drop();
    if (wasOpen && CODES_FOR_GOOD.has(code)) {
      end(code);
      return;
    }
    if (wasOpen && Date.now() - openedAt >= STEADY_MS) failures = 0;
    // A way that never opens is left for the next one, and the last for the first:
    // it may have been the box that was away.
    tries = wasOpen ? 0 : tries + 1;
    if (tries >= TRIES_PER_WAY) {
      way = (way + 1) % WAYS.length;
      tries = 0;
    }
    // Full jitter: a whole class that lost its box does not come back at once.
    const bound = Math.min(RETRY_CEILING_MS, RETRY_FLOOR_MS * 2 ** Math.min(failures, 10));
    failures += 1;
    const wait = Math.random() * bound;
    retryTimer = setTimeout(connect, wait);
    become('waiting', { retryAt: Date.now() + wait, code });
  }

  /** Our token is worth nothing any more; another tab may have its successor. */
  async function comeAnew() {
    drop();
    become('waiting', { retryAt: Date.now(), code: 0 });
    const hasFollowed = await follow();
    if (state.name === 'waiting') (hasFollowed ? connect : () => end(RENEWED))();
  }

  /** Closed until somebody asks for it. */
  function end(reason) {
    drop();
    become('ended', { reason });
  }

  /** A better way is tried beside the one that works; nobody sees it. */
  function climb() {
    let isOver = false;
    let trial = { close() {} };
    try {
      trial = WAYS[0].open({
        hello,
        told: ({ type }) => { if (type === 'welcome') done(true); },
        ended: () => done(false),
      });
    } catch (refused) {
      // As in `open`.
    }
    const timer = setTimeout(() => done(false), CONNECT_WAIT_MS);

    function done(works) {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      trial.close();
      if (state.name !== 'open' || way === 0) return;
      if (works) {
        drop();
        way = 0;
        replaced();
        open();
      } else {
        bestWorked = false;
        climbTimer = setTimeout(climb, CLIMB_AFTER_MS);
      }
    }
  }

  /** Tries at once if an attempt is due at all. */
  function now() {
    if (state.name === 'waiting' || state.name === 'ended') connect();
  }

  /** Somebody is here again: is the line, too? */
  function back() {
    if (state.name === 'waiting') connect();
    else if (state.name === 'resting' && !document.hidden) wake();
    // A phone that slept, or changed its network, keeps a line that only looks open.
    else if (state.name === 'open' && Date.now() - heardAt > PROBE_AFTER_MS) send(probe);
  }

  /** Hands a message to the line. False: there is none, nothing went. */
  function send(message) {
    if (state.name !== 'open' || !carrier.send || !carrier.send(message)) return false;
    // Whatever we send is answered, so silence is a sign.
    const sentBy = carrier;
    if (!answerTimer && message.type !== 'typing') {
      answerTimer = setTimeout(() => lose(sentBy, 0), ANSWER_WAIT_MS);
    }
    return true;
  }

  /** Says hello once more, by this way or by another one. */
  function anew(first = way) {
    drop();
    way = first;
    connect();
  }

  addEventListener('online', back);
  addEventListener('offline', () => { if (state.name !== 'open') become(state.name); });
  addEventListener('pageshow', back);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) back(); });

  return { start: connect, now, end, send, anew, state: () => state };
}
