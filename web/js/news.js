// What came while nobody looked: for the eye, the tab and the ear.
//
// Owns: the unread line, the pill, the title and icon of the tab, and the
// hidden speaker that a screen reader listens to.
// Must not know: the line, the field, how a row is built.
//
// The log itself is silent (aria-live=off), so that reading back, trimming and
// redrawing are never heard. What is to be heard is said here, once.
//
// Next: `composer.js`.

import {
  FLOOD_COUNT_MS, FLOOD_MESSAGES, FLOOD_WINDOW_MS, SEEN_AFTER_MS, SPOKEN_MAX,
} from './limits.js';

/**
 * The unread line of `log`, the `pill` over it and the tab's title, which is
 * `name` when everything was seen. `passFocus()` puts the focus where one goes
 * on, when the pill goes while it has it.
 */
export function watchUnread({ log, pill, say, name, passFocus }) {
  // Not seen since the line was set, and not seen since the last look.
  let underLine = 0;
  let unseen = 0;
  let firstUnseen = null;
  let seenTimer = 0;
  let pressed = false;
  const icon = document.querySelector('link[rel="icon"]');
  const iconPlain = icon.href;

  function count(n, one, many) {
    return say(n === 1 ? one : many, { n });
  }

  function show() {
    document.title = unseen ? `(${unseen}) ${name}` : name;
    // The icon lies in the page itself, so it changes also without a line.
    const wanted = unseen ? iconPlain.replace("r='3'", "r='3' fill='currentColor'") : iconPlain;
    if (icon.href !== wanted) icon.href = wanted;
    const hides = !unseen || log.isAtBottom();
    if (hides && document.activeElement === pill) passFocus();
    pill.hidden = hides;
    if (unseen) pill.textContent = count(unseen, 'pillOne', 'pillMany');
  }

  /** The reader is, or is no longer, at the bottom with the tab in sight. */
  function looked() {
    const sees = log.isAtBottom() && !document.hidden;
    if (sees) {
      unseen = 0;
      pressed = false;
      if (firstUnseen && !seenTimer) {
        seenTimer = setTimeout(() => {
          seenTimer = 0;
          firstUnseen = null;
          underLine = 0;
          log.setUnread(null);
        }, SEEN_AFTER_MS);
      }
    } else {
      clearTimeout(seenTimer);
      seenTimer = 0;
    }
    show();
  }

  // A pressed pill does not take the focus: who was writing goes on writing.
  pill.addEventListener('mousedown', (event) => event.preventDefault());
  pill.addEventListener('click', () => {
    const there = !pressed && log.toUnread();
    pressed = true;
    if (!there) log.toBottom();
  });
  document.addEventListener('visibilitychange', looked);

  return {
    looked,
    /** New items, just before they are drawn. */
    arrived(items, atBottom) {
      const others = items.filter((item) => !item.own);
      if (!others.length || (atBottom && !document.hidden)) return;
      firstUnseen = firstUnseen || others[0];
      underLine += others.length;
      unseen += others.length;
      log.setUnread(firstUnseen, count(underLine, 'unreadOne', 'unreadMany'));
      show();
    },
  };
}

/** The speaker: `polite` waits for a pause in what is being read, `alarm` does not. */
export function openSpeaker({ polite, alarm, say }) {
  let times = [];
  let flood = 0;
  let counted = 0;
  let quietTimer = 0;
  let countTimer = 0;

  function put(place, words) {
    const sentence = document.createElement('p');
    sentence.textContent = words;
    place.append(sentence);
    // Taking a sentence away is not read out.
    while (place.childElementCount > SPOKEN_MAX) place.firstElementChild.remove();
  }

  function sayCount() {
    if (counted) put(polite, say(counted === 1 ? 'pillOne' : 'pillMany', { n: counted }));
    counted = 0;
  }

  function calm() {
    flood = 0;
    clearInterval(countTimer);
    sayCount();
  }

  return {
    /** One message of somebody else. */
    message(text) {
      const now = Date.now();
      times = times.filter((at) => now - at < FLOOD_WINDOW_MS);
      times.push(now);
      if (!flood && times.length > FLOOD_MESSAGES) {
        flood = now;
        countTimer = setInterval(sayCount, FLOOD_COUNT_MS);
      }
      if (!flood) {
        put(polite, text);
        return;
      }
      counted += 1;
      clearTimeout(quietTimer);
      quietTimer = setTimeout(calm, FLOOD_WINDOW_MS);
    },
    tell: (words) => put(polite, words),
    alarm: (words) => put(alarm, words),
  };
}
