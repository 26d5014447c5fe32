// The way to the first new message of a log, if more messages are new than fit on the screen.
//
// Owns: the button above the log that leads there. It stays until the reader has seen that message,
// or has put the button away.
// Must not know: which messages are new.
//
// Part: `chat.js`.

import { button, element } from '../elements.js';
import { say, sayCount } from '../words.js';

/**
 * Makes the button for the log view `view` in `box`. `line()` returns the first message below the
 * unread line, null without one, and how many are there; `setLine(item, n)` sets that line again;
 * `isSeen()`: nothing covers the log. Returns a function that looks again where the reader is.
 */
export function openFirstNew({ box, view, line, setLine, isSeen }) {
  // What the button leads to, and what it does not lead to any more.
  let [first, count, done] = [null, 0, null];
  const go = button('', () => {
    const [item, n] = [first, count];
    put(item);
    if (line()[0] !== item) setLine(item, n);
    view.goToSeq(item.seq);
  });
  const away = button('\u00d7', () => {
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
  }

  function look() {
    const [item, n] = line();
    if (item && item !== done) [first, count] = [item, n];
    if (!first || document.hidden || !isSeen()) return;
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

/**
 * Makes the way back to the newest message of a talk, in `place`: `view` is its log view. Returns a
 * function that draws it; `count` is how many messages are new below.
 */
export function openWayBack(place, view) {
  const back = button('', () => view.toBottom());
  back.className = 'pill';
  back.hidden = true;
  back.addEventListener('mousedown', (event) => event.preventDefault());
  place.append(back);
  return (count) => {
    const isHidden = view.isAtBottom() || !(count || view.isElsewhere());
    // Else the focus would be lost with the button.
    if (isHidden && document.activeElement === back) place.querySelector('.box').focus();
    back.hidden = isHidden;
    back.textContent = count ? sayCount(count, 'newOne', 'newMany') : say('backToNewest');
  };
}
