// What a screen reader hears.
//
// Owns: when a flood of messages is only counted.
// Must not know: what is said, and when.
//
// The log itself is silent (aria-live=off), so that a screen reader does not read it again when it
// is scrolled, trimmed or redrawn. What shall be heard is said here, once.
//
// Part: `chat.js`.

import { fillSentence } from '../elements.js';
import { pageElement } from '../layout.js';
import { FLOOD_COUNT_MS, FLOOD_MESSAGES, FLOOD_WINDOW_MS, SPOKEN_MAX } from '../limits.js';
import { sayCount } from '../words.js';

export function openSpeaker() {
  const polite = pageElement('#speaker');
  const urgent = pageElement('#alarm');
  let times = [];
  let isFlood = false;
  let counted = 0;
  let quietTimer = 0;
  let countTimer = 0;

  function add(parent, words) {
    const sentence = document.createElement('p');
    fillSentence(sentence, words);
    parent.append(sentence);
    // A screen reader does not read what is removed.
    while (parent.childElementCount > SPOKEN_MAX) parent.firstElementChild.remove();
  }

  function speakCount() {
    if (counted) add(polite, sayCount(counted, 'newOne', 'newMany'));
    counted = 0;
  }

  function endFlood() {
    isFlood = false;
    clearInterval(countTimer);
    speakCount();
  }

  return {
    /**
     * Speaks a message of another person; `countsOnly`: the reader wants to hear only how many
     * there are.
     */
    message(words, countsOnly) {
      const now = Date.now();
      times = times.filter((at) => now - at < FLOOD_WINDOW_MS);
      times.push(now);
      if (!isFlood && (countsOnly || times.length > FLOOD_MESSAGES)) {
        isFlood = true;
        countTimer = setInterval(speakCount, FLOOD_COUNT_MS);
      }
      if (!isFlood) {
        add(polite, words);
        return;
      }
      counted += 1;
      clearTimeout(quietTimer);
      quietTimer = setTimeout(endFlood, FLOOD_WINDOW_MS);
    },
    /** Lets a screen reader say this at its next pause. */
    speak: (words) => add(polite, words),
    /** Lets a screen reader say this at once. */
    alarm: (words) => add(urgent, words),
    /** Forgets what was spoken, because a person has removed their messages. */
    forget: () => [polite, urgent].forEach((spoken) => spoken.replaceChildren()),
  };
}
