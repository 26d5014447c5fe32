// The header's words: the room's topic, how many people are here, the reader's name.
//
// Owns: where these stand.
// Must not know: what opens behind them.
//
// Part: `chat.js`.

import { element, withoutOverrides } from '../elements.js';
import { pageElement } from '../layout.js';
import { sayCount } from '../words.js';

export function openHeader() {
  const [topic, people, heading, name] = ['#topic', '#people summary', '#people h2', '#me summary'].map(pageElement);
  return {
    showTopic(words) {
      topic.textContent = withoutOverrides(words);
      topic.title = topic.textContent;
    },
    showPeople(n) {
      [people, heading].forEach((part) => { part.textContent = sayCount(n, 'hereOne', 'hereMany'); });
    },
    showName: (words) => name.replaceChildren(element('bdi', '', words)),
  };
}
