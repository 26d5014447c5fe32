// The elements of the live page that are there from its start: header, log, composer. Its panels
// are still empty.
//
// Owns: which elements these are, their ids and classes, and what screen readers call them.
// Must not know: what happens in them.
//
// Part: `chat.js`.

import { currentRoom } from './addresses.js';
import { elementWith } from './elements.js';
import { say } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';

function svgElement(name, attributes, ...parts) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...parts);
  return made;
}

/** A picture of lines, `size` pixels wide and high. */
const drawing = (size, attributes, ...shapes) => svgElement('svg', {
  viewBox: '0 0 24 24', width: size, height: size, fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', ...attributes,
}, ...shapes);

/** The program's logo: three threads, the middle one cut and tied in a ring. */
const logo = () => drawing(24, { 'aria-hidden': 'true' },
  svgElement('path', { opacity: '.45', d: 'M5 2v20M19 2v20' }),
  svgElement('path', { d: 'M12 2v7M12 15v7' }),
  svgElement('circle', { cx: 12, cy: 12, r: 3 }));

/** The mark of a room that needs a password. */
export const lockMark = () => drawing(14, { class: 'lock', role: 'img', 'aria-label': say('locked') },
  svgElement('path', { d: 'M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4' }));

/** A panel of the header: a word that opens it, and its content. */
function panelElement(id, summary, ...parts) {
  return elementWith('details', { id, class: 'panel' }, elementWith('summary', {}, ...summary), elementWith('div', { class: 'sheet' }, ...parts));
}

/** A panel of the header that is a column beside the log on a wide page. */
function columnElement(id, summary, ...parts) {
  const panel = panelElement(id, summary, ...parts);
  panel.classList.add('column');
  return panel;
}

// Holds the live page's elements until they take the place of the server's page.
const holder = document.createElement('div');

/** Returns an element of the live page, whether the live page is shown already or not. */
export const pageElement = (selector) => holder.querySelector(selector) || document.querySelector(selector);

/** Matches on a touch screen. There the focus in the field opens a keyboard over the page. */
export const touchScreen = matchMedia('(hover: none) and (pointer: coarse)');

export function showLayout() {
  document.body.replaceChildren(...holder.childNodes);
}

/** Makes the elements of the live page, in the order of reading. They are not shown yet. */
export function buildLayout() {
  // A name of more letters has two lines on a phone.
  const title = elementWith('h1', currentRoom[12] ? { class: 'long' } : {}, elementWith('bdi', {}, currentRoom));
  const header = elementWith('header', {},
    elementWith('div', { class: 'brand' }, logo(), elementWith('span', {}, say('brand'))),
    panelElement('room-menu', [title, elementWith('span', { class: 'caret', 'aria-hidden': 'true' }, '\u25be'), elementWith('span', { id: 'topic', dir: 'auto' })]),
    elementWith('nav', {},
      columnElement('places', [say('chats')]),
      columnElement('people', [], elementWith('h2', {}), elementWith('ul', { class: 'list' })),
      panelElement('search', [say('find')]), panelElement('me', [])),
    elementWith('p', { id: 'span' }));
  const main = elementWith('main', {},
    elementWith('div', {
      id: 'box', class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('messagesIn', { room: currentRoom }), tabindex: 0,
    }, elementWith('p', { id: 'older', hidden: '' }),
    elementWith('div', { id: 'empty' }, say('nothingYet')), elementWith('ol', { id: 'rows', class: 'rows' })),
    elementWith('button', { id: 'pill', type: 'button', hidden: '' }));
  const composer = elementWith('form', { id: 'composer', 'aria-label': say('messageTo', { room: currentRoom }) },
    elementWith('label', { class: 'heard', for: 'field' }, say('messageTo', { room: currentRoom })),
    elementWith('div', { id: 'hello', hidden: '' },
      elementWith('p', {}, say('firstVisit')), ' ', elementWith('label', { for: 'hello-name' }), ' ',
      elementWith('input', {
        id: 'hello-name', type: 'text', form: 'naming', autocomplete: 'nickname', placeholder: say('yourName'), 'aria-describedby': 'hello-problem',
      }),
      ' ', elementWith('button', { class: 'plain', form: 'naming' }, say('useName')), elementWith('p', { id: 'hello-problem', role: 'alert', hidden: '' })),
    elementWith('p', { id: 'editing', hidden: '' }),
    elementWith('div', { id: 'offers', role: 'group', hidden: '' }),
    elementWith('div', { class: 'line' },
      elementWith('textarea', { id: 'field', rows: 1, autocomplete: 'off', placeholder: say('messageTo', { room: currentRoom }) }),
      elementWith('button', { id: 'send', class: 'send', 'aria-describedby': 'note' }, say('send'))),
    elementWith('p', { id: 'note', hidden: '' }),
    elementWith('p', { id: 'state' },
      elementWith('span', { class: 'words' }), elementWith('button', { class: 'plain', type: 'button', hidden: '' }),
      elementWith('span', { id: 'typing' })));
  holder.append(
    elementWith('a', { id: 'skip', href: '#field' }, say('skip')),
    header, elementWith('aside', { class: 'start', 'aria-label': say('places') }), main, composer,
    elementWith('form', { id: 'naming', hidden: '' }), elementWith('aside', { class: 'end', 'aria-label': say('peopleHere') }),
    elementWith('div', { id: 'speaker', class: 'heard', 'aria-live': 'polite' }),
    elementWith('div', { id: 'alarm', class: 'heard', role: 'alert', 'aria-atomic': 'false' }),
  );
}
