// The poll of the room, above the field: the question, and for each answer a button with a bar and
// with how many people have chosen it. It is loaded when there is a poll.
//
// Owns: how the poll stands there, and which answer the reader has chosen.
// Must not know: how a request travels; who may ask.
//
// Part: `chat.js`.

import { button, element, elementWith, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { say } from '../words.js';

/** Returns the answers with how many people have chosen each, in one line. */
const countsOf = (answers) => answers.map(({ text, votes }) => `${isolated(text)} ${votes}`).join(', ');

/**
 * Makes the poll. `vote(number)` asks for an answer, counted from 1; `endButton()` returns a button
 * that ends the poll, or '' if the reader may not end it.
 * Returns { show, chosen, close, resultOf }; `show` and `resultOf` take the frame `poll`, and the
 * latter returns what the log says when the poll is over.
 */
export function openPoll({ vote, endButton }) {
  const question = element('summary', '');
  const list = element('ul', '');
  const end = element('p', '');
  const place = elementWith('details', { id: 'poll', open: '' }, question, list, end);
  // The rows of the poll that is shown: { press, meter, count }.
  let rows = [];
  let shown = '';
  let yours = 0;

  function makeRow(text, number) {
    const press = button('', () => vote(number));
    press.append(element('bdi', '', text));
    const meter = elementWith('meter', { min: 0 });
    const count = element('span', 'count');
    list.append(element('li', '', press, meter, count));
    return { press, meter, count };
  }

  function drawYours() { rows.forEach(({ press }, at) => press.setAttribute('aria-pressed', at + 1 === yours)); }

  function close() {
    place.remove();
    [shown, yours] = ['', 0];
  }

  return {
    close,
    resultOf: (frame) => say('pollResult', { question: isolated(frame.question), counts: countsOf(frame.answers) }),
    /** The server has counted the reader's choice. */
    chosen(number) {
      yours = number;
      drawYours();
    },
    show(frame) {
      const { answers } = frame;
      // The buttons stay while the poll is the same, so that the focus stays where it is.
      const now = JSON.stringify([frame.question, answers.map(({ text }) => text)]);
      if (now !== shown) {
        [shown, yours] = [now, 0];
        question.textContent = `${say('poll')}${say('colon')}${isolated(frame.question)}`;
        list.replaceChildren();
        rows = answers.map(({ text }, at) => makeRow(text, at + 1));
      }
      if (frame.change === 'standing') yours = frame.yours || yours;
      const most = Math.max(1, ...answers.map(({ votes }) => votes));
      answers.forEach(({ votes }, at) => {
        Object.assign(rows[at].meter, { max: most, value: votes });
        rows[at].count.textContent = votes;
      });
      drawYours();
      end.replaceChildren(endButton());
      if (!place.isConnected) pageElement('#composer').prepend(place);
    },
  };
}
