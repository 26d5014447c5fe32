// What one does with the room that one is in: its topic, its past, leaving it; and paper.
//
// Owns: these words of the header and of the panel of rooms, and the way further back at the
// top of the log.
// Must not know: the log's rows, how something is said.
//
// Next: `status.js`.

import { pastLink } from './addresses.js';
import { straight } from './text.js';

/**
 * The words for `room` in `panel`, `at` the head and above the log. `setTopic(text)` and
 * `leave()` do it; `latest()` is the newest number.
 */
export function openHere({ at, panel, room, clock, say, setTopic, leave, latest }) {
  const [topicAt, older, span] = ['#topic', '#older', '#span'].map(at);
  const form = panel.querySelector('.topic');
  const field = form.elements.topic;
  const histories = ['.near .past', '.far.past'].map(at);
  let shown = '';
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    setTopic(field.value.trim());
  });
  panel.querySelector('.leave').addEventListener('click', leave);

  /** On paper: from which day to which. */
  function drawSpan() {
    const letters = document.querySelector('#letters:not([hidden])');
    const shownTimes = (letters || document.querySelector('#box')).querySelectorAll('.said time');
    const times = Array.from(shownTimes, (time) => Date.parse(time.dateTime));
    const [from, to] = [Math.min(...times), Math.max(...times)].map((time) => (times.length ? clock.day(time) : ''));
    span.textContent = from === to ? from : say('span', { from, to });
  }

  matchMedia('print').addEventListener('change', drawSpan);
  addEventListener('beforeprint', drawSpan);

  return {
    topic(words) {
      topicAt.textContent = straight(words);
      topicAt.title = straight(words);
      if (!form.contains(document.activeElement)) field.value = words;
    },
    /** The log begins with this number; 0: before it there is nothing. */
    begins(seq) {
      // Asked with every frame.
      if (shown === `${seq} ${latest()}`) return;
      shown = `${seq} ${latest()}`;
      older.hidden = !seq;
      older.firstChild.href = pastLink(room, seq);
      histories.forEach((link) => { link.href = pastLink(room, latest() + 1); });
    },
  };
}
