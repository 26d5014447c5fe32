// The way to the first new message of a log, if more messages are new than fit on the screen, and
// to those among them that call the reader.
//
// Owns: the button above the log that leads there. It stays until the reader has seen that message,
// or has put the button away; in the room of the page also after the page is loaded again. And the
// button that leads to what calls the reader.
// Must not know: which messages are new.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { button, element } from '../elements.js';
import { NEAR_LINES } from '../limits.js';
import { STORED, browserStorage } from '../storage.js';
import { say, sayCount } from '../words.js';

/**
 * Makes the button for the log view `view` in `box`. `line()` returns the first message below the
 * unread line, null without one, how many are there, and in the room the number from which on
 * messages are unread; `setLine(item, n, from)` sets that line again; `isSeen()`: nothing covers
 * the log. `past` is what `openPastUnread` returns; null in a private talk. Returns a function that
 * looks again where the reader is.
 */
export function openFirstNew({ box, view, line, setLine, isSeen, past = null }) {
  // What the button leads to, and what it does not lead to any more.
  let [first, count, start, done] = [null, 0, 0, null];
  // The reader has put the button away: in the room also that to an older message, which comes
  // later.
  let awayUpTo = 0;
  const go = button('', () => {
    const [item, n, from] = [first, count, start];
    put(item);
    if (view.start() > from) past.load(from);
    else {
      if (line()[0] !== item) setLine(item, n, from);
      view.goToSeq(item.seq);
    }
  });
  const away = button('\u00d7', () => {
    if (past) awayUpTo = first.seq;
    put(first);
    box.focus({ preventScroll: true });
  });
  away.setAttribute('aria-label', say('putAway'));
  const place = element('div', 'first-new', go, away);
  place.hidden = true;
  // The key Tab comes to the button before it comes to the log.
  box.before(place);

  function put(item) {
    [first, done] = [null, item];
    place.hidden = true;
    if (past) past.keep(0);
  }

  function look() {
    const [item, n, from = Infinity] = line();
    if (item && item !== done && item.seq > awayUpTo) [first, count, start] = [item, n, Math.min(from, item.seq)];
    // Another private talk is open, in which nothing is new.
    if (!item && first && !past) put(first);
    if (!first) return;
    if (past) past.keep(start, count);
    if (document.hidden || !isSeen()) return;
    const { row, seq } = first;
    const isRow = Boolean(row && row.isConnected);
    if (!view.find(seq) || (isRow && row.offsetTop >= box.scrollTop && row.offsetTop < box.scrollTop + box.clientHeight)) put(first);
    // Below the screen the reader comes to it by reading on.
    else place.hidden = isRow ? row.offsetTop > box.scrollTop : view.isElsewhere();
    const words = say('goToFirstNew', { words: sayCount(count, 'newOne', 'newMany') });
    if (go.textContent !== words) go.textContent = words;
  }

  box.addEventListener('scroll', look, { passive: true });
  document.addEventListener('visibilitychange', look);
  const list = box.querySelector('.rows');
  new MutationObserver(look).observe(list, { childList: true });
  new ResizeObserver(look).observe(list);
  look();
  return look;
}

// --- What calls the reader -----------------------------------------------------------------

/**
 * Makes the button that leads to each message among the unread ones that calls the reader, one
 * after the other. It goes when the reader has seen all of them. `line()` is as `openFirstNew` has
 * it; `isCall(item)`: it calls the reader; `goTo(seq)` goes to a line of the room. Returns a
 * function that looks again where the reader is.
 */
export function openCalls({ box, view, line, isCall, goTo, isSeen }) {
  // The number from which on a message is, or was, unread; the messages that call the reader, and
  // whether the reader has seen them: by their numbers, [item, isSeen].
  let from = Infinity;
  const calls = new Map();
  const waiting = () => Array.from(calls.values()).filter(([item, isDone]) => !isDone && isCall(item)).map(([item]) => item).sort((one, other) => one.seq - other.seq);
  const go = button('', () => {
    const [item] = waiting();
    calls.set(item.seq, [item, true]);
    goTo(item.seq);
    look();
  });
  const place = element('div', 'first-new calls', go);
  place.hidden = true;
  box.before(place);

  const isShown = (edge) => edge >= box.scrollTop && edge < box.scrollTop + box.clientHeight;
  /** Whether the beginning of the message is in sight; of one that does not fit, also its end. */
  const isInSight = ({ row }) => Boolean(row && row.isConnected)
    && (isShown(row.offsetTop) || (row.offsetHeight > box.clientHeight && isShown(row.offsetTop + row.offsetHeight - 1)));

  function look() {
    if (!document.hidden && isSeen()) waiting().filter(isInSight).forEach((item) => calls.set(item.seq, [item, true]));
    const n = waiting().length;
    if (!n && place.contains(document.activeElement)) box.focus({ preventScroll: true });
    place.hidden = !n;
    const isNext = calls.size > n;
    const words = sayCount(n, isNext ? 'goToNextCall' : 'goToCall', isNext ? 'goToNextCalls' : 'goToCalls');
    if (n && go.textContent !== words) go.textContent = words;
  }

  /** The log has other rows. */
  function changed() {
    const [item, , start = Infinity] = line();
    if (item) from = Math.min(from, start || Infinity, item.seq || Infinity);
    if (from < Infinity) view.messages((one) => one.seq >= from && isCall(one) && !calls.has(one.seq)).forEach((one) => calls.set(one.seq, [one, false]));
    look();
  }

  box.addEventListener('scroll', look, { passive: true });
  document.addEventListener('visibilitychange', look);
  const list = box.querySelector('.rows');
  new MutationObserver(changed).observe(list, { childList: true });
  new ResizeObserver(look).observe(list);
  new ResizeObserver(look).observe(box);
  changed();
  return look;
}

// --- What was unread before the page was loaded ------------------------------------------

/** In the browser's storage, for each room: the epoch, the first and the last unread number. */
const UNREAD_NAME = `${STORED}unread.`;

/**
 * Loads the unread messages of the room that come before those that the page has: all of them if
 * they are not far, and else when the reader goes there. So their count is true; if it is not
 * known, it has a plus sign. Keeps in the browser's storage which messages the reader has not come
 * to. `unread` is what is new in the room; `isHidden(item)`: the reader does not see it.
 */
export function openPastUnread({ view, roomLog, unread, isHidden }) {
  const name = UNREAD_NAME + currentRoom;
  let [kept, counted, last] = ['', 0, roomLog.seq()];
  // Whether the reader has come to the first one, or has put the button away.
  let isLeft = false;
  const isNews = (from) => (item) => item.seq >= from && item.seq <= last && !item.own && item.text !== null && !isHidden(item);

  /** Counts the messages from this number on, which are here now. Returns the first one. */
  function count(from) {
    const news = view.messages(isNews(from));
    // After a jump the lines between are not here.
    if (news.length) unread.begin(news[0], news.length, view.isLive() ? from : 0);
    return news[0];
  }

  /** The first of the messages that are here stands for those that are far back. */
  function beginFar(from) {
    const news = view.messages(isNews(from));
    if (news.length) unread.begin(news[0], news.length, from);
  }

  const [epoch, storedFrom, storedLast] = browserStorage().read(name).split('.');
  const isStored = epoch === roomLog.epoch() && Number(storedFrom) > 0;
  const [item, , start] = unread.line();
  const from = isStored ? Number(storedFrom) : item ? start : 0;
  if (isStored && !item) last = Number(storedLast);
  if (from && from >= view.start()) count(from);
  else if (from && view.isLive() && from > view.start() - NEAR_LINES) roomLog.load(from, () => { if (!isLeft) count(from); });
  else if (from && !item) beginFar(from);

  return {
    /** Loads what is around the first unread message, and goes there. */
    load(seq) {
      roomLog.load(seq, () => {
        count(seq);
        view.goToSeq(seq);
      });
    },
    /** Keeps the number of the first of `n` unread messages; 0: the reader has come to it. */
    keep(seq, n) {
      isLeft = !seq;
      if (n !== counted) [counted, last] = [n, roomLog.seq()];
      const text = seq ? `${roomLog.epoch()}.${seq}.${last}` : '';
      if (text === kept) return;
      kept = text;
      browserStorage().write(name, text);
    },
  };
}

/**
 * Makes the way back to the newest message of a talk, in `place`: `view` is its log view. Returns a
 * function that draws it; `count` is how many messages are new below, `item` the first of them.
 */
export function openWayBack(place, view) {
  let first = null;
  // With a count it leads to the first new message, and from there to the newest.
  const back = button('', () => { if (!first || !view.toUnread(first)) view.toBottom(); });
  back.className = 'pill';
  back.hidden = true;
  back.addEventListener('mousedown', (event) => event.preventDefault());
  place.append(back);
  return (count, item) => {
    first = item;
    const isHidden = view.isAtBottom() || !(count || view.isElsewhere());
    // Else the focus would be lost with the button.
    if (isHidden && document.activeElement === back) place.querySelector('.box').focus();
    back.hidden = isHidden;
    back.textContent = count ? sayCount(count, 'newOne', 'newMany') : say('backToNewest');
  };
}
