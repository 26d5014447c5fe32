// What came while nobody looked: for the eye, the tab and the ear.
//
// Owns: the unread line, the pill, the title and icon of the tab, and the
// hidden speaker that a screen reader listens to.
// Must not know: the line, the field, how a row is built.
//
// The log itself is silent (aria-live=off), so that reading back, trimming and
// redrawing are never heard. What is to be heard is said here, once.
//
// Next: `aside.js`.

import {
  FLOOD_COUNT_MS, FLOOD_MESSAGES, FLOOD_WINDOW_MS, SEEN_AFTER_MS, SPOKEN_MAX,
} from './limits.js';
import { fillSentence } from './text.js';

/** favicon.svg, spelled out: it must change also without a line. */
const ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round'%3E%3Cstyle%3Esvg{color:%232b4688}@media(prefers-color-scheme:dark){svg{color:%23b0c4f7}}%3C/style%3E%3Cpath opacity='.45' d='M5 2v20M19 2v20'/%3E%3Cpath d='M12 2v7M12 15v7'/%3E%3Ccircle cx='12' cy='12' r='3'/%3E%3C/svg%3E";

/**
 * The unread line of `log`, the `pill` over it and the tab's title, which is
 * `name` when everything was seen. `passFocus()` puts the focus where one goes
 * on, when the pill goes while it has it. `seen()` hears that all was seen;
 * what `hides(item)` is nobody's news. `isCovered()`: something stands before the log.
 */
export function watchUnread({ log, pill, say, name, passFocus, seen, hides, isCovered }) {
  // Not seen since the line was set, and not seen since the last look.
  let underLine = 0;
  let unseen = 0;
  let toMe = 0;
  let firstUnseen = null;
  let seenTimer = 0;
  let pressed = false;
  const icon = document.querySelector('link[rel="icon"]');

  function count(n, one, many) {
    return say(n === 1 ? one : many, { n });
  }

  /** Title and icon of the tab. */
  function sign(n) {
    document.title = n ? `(${n}) ${name}` : name;
    const wanted = n ? ICON.replace("r='3'", "r='3' fill='currentColor'") : ICON;
    if (icon.href !== wanted) icon.href = wanted;
  }

  function show() {
    sign(unseen);
    const hides = !unseen || log.isAtBottom();
    if (hides && document.activeElement === pill) passFocus();
    pill.hidden = hides;
    const words = count(unseen, 'pillOne', 'pillMany');
    if (unseen) pill.textContent = toMe ? say('pillToYou', { words, n: toMe }) : words;
  }

  /** The reader is, or is no longer, at the bottom with the tab in sight. */
  function looked() {
    const sees = log.isAtBottom() && !document.hidden && !isCovered();
    if (sees) {
      unseen = 0;
      toMe = 0;
      pressed = false;
      seen();
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
    /** So much is new, as another tab says, while this one hears nothing. */
    isTold: sign,
    /** What came since one was here last: `n` of them, from `item` on. */
    since(item, n) {
      firstUnseen = item;
      underLine = n;
      log.setUnread(item, count(n, 'unreadOne', 'unreadMany'));
    },
    /** New items, just before they are drawn. */
    arrived(items, atBottom) {
      const sees = atBottom && !document.hidden && !isCovered();
      if (sees) seen();
      const others = items.filter((item) => !item.own && !item.isSeen && !hides(item));
      if (!others.length || sees) return;
      firstUnseen = firstUnseen || others[0];
      underLine += others.length;
      unseen += others.length;
      toMe += others.filter((item) => item.isToMe).length;
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
    fillSentence(sentence, words);
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
    /** One message of somebody else; `isCounted`: how many is all that is wanted. */
    message(text, isCounted) {
      const now = Date.now();
      times = times.filter((at) => now - at < FLOOD_WINDOW_MS);
      times.push(now);
      if (!flood && (isCounted || times.length > FLOOD_MESSAGES)) {
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
