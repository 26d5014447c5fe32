// The header's words: the room's topic, whether it needs a password, how many people are here, the
// reader's name.
//
// Owns: where these stand.
// Must not know: what opens behind them.
//
// Part: `chat.js`.

import { element, withoutOverrides } from '../elements.js';
import { lockMark, pageElement } from '../layout.js';
import { say, sayCount } from '../words.js';

export function openHeader() {
  const [topic, people, heading, name] = ['#topic', '#people summary', '#people h2', '#me summary'].map(pageElement);
  const title = pageElement('h1');
  const lock = lockMark();
  return {
    showLock(isLocked) {
      if (isLocked) title.after(lock);
      else lock.remove();
    },
    showTopic(words) {
      topic.textContent = withoutOverrides(words);
      topic.title = topic.textContent;
    },
    /** Shows how many people are here; 0: nobody knows, or it is of no interest now. */
    showPeople(n) {
      [people, heading].forEach((part) => { part.textContent = n ? sayCount(n, 'hereOne', 'hereMany') : say('people'); });
    },
    showName: (words) => name.replaceChildren(element('bdi', '', words)),
  };
}
