// The elements of the live page: header, log, composer, and the panels of the header.
//
// Owns: which elements there are, their ids and classes, and what screen readers call them.
// Must not know: what happens in them.
//
// Part: `chat.js`.

import { currentRoom } from './addresses.js';
import { elementWith } from './elements.js';
import { say } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';

/** The program's logo: three threads, the middle one cut and tied in a ring. */
function logo() {
  const svg = document.createElementNS(SVG, 'svg');
  const shape = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    svg.append(made);
  };
  const look = {
    viewBox: '0 0 24 24', width: 24, height: 24, fill: 'none', stroke: 'currentColor',
    'stroke-width': 2, 'stroke-linecap': 'round', 'aria-hidden': 'true',
  };
  for (const [key, value] of Object.entries(look)) svg.setAttribute(key, value);
  shape('path', { opacity: '.45', d: 'M5 2v20M19 2v20' });
  shape('path', { d: 'M12 2v7M12 15v7' });
  shape('circle', { cx: 12, cy: 12, r: 3 });
  return svg;
}

/** Panels that stand beside the log on a wide page, and then behind it for the keys. */
const COLUMNS = new Set(['people', 'rooms']);

/** A panel of the header: a word that opens it, and its content. */
function panelElement(id, ...parts) {
  return elementWith('details', { id, class: COLUMNS.has(id) ? 'panel column' : 'panel' },
    elementWith('summary', {}), elementWith('div', { class: 'sheet', tabindex: 0 }, ...parts));
}

/** A checkbox with its label. */
function checkbox(name, words) {
  return elementWith('label', { class: 'tick' }, elementWith('input', { type: 'checkbox', name }), ` ${words}`);
}

/** A choice among several options, each [value, words]. */
function choiceElement(name, words, options) {
  return elementWith('label', { class: 'choice' }, words, ' ',
    elementWith('select', { name }, ...options.map(([value, shown]) => elementWith('option', { value }, shown))));
}

/** The reader's settings of the live page. */
function settingElements() {
  return [
    choiceElement('way', say('talksBy'), [['', say('byItself')], ['live', say('byLive')], ['stream', say('byStream')], ['poll', say('byPoll')]]),
    choiceElement('enter', say('enterKey'), [['', say('asDevice')], ['sends', say('enterSends')], ['breaks', say('enterBreaks')]]),
    choiceElement('aloud', say('readAloud'), [['', say('aloudAll')], ['me', say('aloudToMe')], ['counts', say('aloudCounts')]]),
    checkbox('comings', say('showComings')),
  ];
}

/** The private talk: it covers the log, and has the same field below. */
function privateTalkElement() {
  return elementWith('section', { id: 'letters', hidden: '', 'aria-label': say('privateMessages') },
    elementWith('div', { class: 'with' },
      elementWith('button', { class: 'plain back', type: 'button' }, say('backToRoom', { room: currentRoom })), elementWith('h2', {}), elementWith('p', { role: 'status' }),
      elementWith('div', { class: 'chips', role: 'group', 'aria-label': say('toWhom') })),
    elementWith('div', { class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('privateMessages'), tabindex: 0 },
      elementWith('ol', { class: 'rows' })));
}

// Holds the live page's elements until they take the place of the server's page.
const holder = document.createElement('div');

/** Returns an element of the live page, whether the page is shown already or not. */
export const pageElement = (selector) => holder.querySelector(selector) || document.querySelector(selector);

/** Whether the reader touches the page with a finger: then a focus in the field opens a keyboard over it. */
export const touchScreen = matchMedia('(hover: none) and (pointer: coarse)');

/** Shows the live page in place of the server's page. */
export function showLayout() {
  document.body.replaceChildren(...holder.childNodes);
}

/** Makes the elements of the live page, in the order of reading. They are not shown yet. */
export function buildLayout() {
  const settings = `/settings?room=${encodeURIComponent(currentRoom)}`;
  const header = elementWith('header', {}, logo(),
    elementWith('h1', {}, elementWith('bdi', {}, currentRoom)), elementWith('p', { id: 'topic', dir: 'auto' }),
    elementWith('nav', {},
      panelElement('people', elementWith('ul', { class: 'names' })),
      panelElement('rooms',
        elementWith('ul', { class: 'names' }),
        elementWith('form', { class: 'goto' },
          elementWith('label', {}, say('goToRoom'), ' ', elementWith('input', { type: 'text', name: 'room', autocomplete: 'off' })),
          ' ', elementWith('button', { class: 'send' }, say('goIn'))),
        elementWith('form', { class: 'door', hidden: '' }, elementWith('p', { class: 'wide', role: 'alert' }),
          elementWith('div', {},
            elementWith('label', {}, say('password'), ' ', elementWith('input', { type: 'password', name: 'password', autocomplete: 'off' })),
            ' ', elementWith('button', { class: 'send' }, say('goIn')))),
        elementWith('form', { class: 'topic' },
          elementWith('label', {}, say('topicOf', { room: currentRoom }), ' ', elementWith('input', { type: 'text', name: 'topic', autocomplete: 'off', dir: 'auto' })),
          ' ', elementWith('button', { class: 'plain' }, say('save'))),
        elementWith('p', { class: 'near' }, elementWith('a', { class: 'past' }, say('history'))),
        elementWith('button', { class: 'plain leave', type: 'button' }, say('leaveRoom', { room: currentRoom }))),
      panelElement('search',
        elementWith('form', { role: 'search' },
          elementWith('label', { class: 'wide' }, say('findIn', { room: currentRoom }), ' ', elementWith('input', { type: 'text', name: 'text', autocomplete: 'off' })),
          elementWith('label', {}, say('fromWhom'), ' ', elementWith('input', { type: 'text', name: 'from', autocomplete: 'off' })),
          elementWith('label', {}, say('onDay'), ' ', elementWith('input', { type: 'date', name: 'day' })),
          elementWith('button', { class: 'send' }, say('find'))),
        elementWith('p', { class: 'small', role: 'status' }), elementWith('ol', { class: 'found' })),
      elementWith('button', { id: 'private', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'letters' }),
      panelElement('me',
        elementWith('form', {}, elementWith('label', {}, say('yourName'), ' ', elementWith('input', { type: 'text', name: 'name', autocomplete: 'nickname' })),
          ' ', elementWith('button', { class: 'send' }, say('takeName')), elementWith('p', { class: 'wide', role: 'alert', hidden: '' })),
        elementWith('p', { class: 'small' }, say('secretHint')),
        elementWith('div', { class: 'ticks' }, elementWith('p', {}, say('callMe')), checkbox('notice', say('byNotice')), checkbox('sound', say('bySound'))),
        elementWith('div', { id: 'ignored', hidden: '' }),
        ...settingElements(),
        elementWith('p', {}, elementWith('a', { href: settings }, say('settings')))),
      elementWith('a', { class: 'far past' }, say('history')), elementWith('a', { class: 'far', href: settings }, say('settings'))),
    elementWith('p', { id: 'span' }));
  const main = elementWith('main', {},
    elementWith('div', {
      id: 'box', class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('messagesIn', { room: currentRoom }), tabindex: 0,
    }, elementWith('p', { id: 'older', hidden: '' }, elementWith('a', {}, say('older'))),
    elementWith('ol', { id: 'rows', class: 'rows' }), elementWith('p', { id: 'empty' }, say('nothingYet'))),
    elementWith('button', { id: 'pill', type: 'button', hidden: '' }), privateTalkElement());
  const composer = elementWith('form', { id: 'composer', 'aria-label': say('messageTo', { room: currentRoom }) },
    elementWith('label', { class: 'heard', for: 'field' }, say('messageTo', { room: currentRoom })),
    elementWith('div', { id: 'offers', role: 'group', hidden: '' }),
    elementWith('div', { class: 'line' },
      elementWith('textarea', { id: 'field', rows: 1, autocomplete: 'off', placeholder: say('messageTo', { room: currentRoom }) }),
      elementWith('button', { id: 'send', class: 'send', 'aria-describedby': 'note' }, say('send'))),
    elementWith('p', { id: 'editing', hidden: '' }), elementWith('p', { id: 'note', hidden: '' }),
    elementWith('p', { id: 'state' },
      elementWith('span', { class: 'words' }), elementWith('button', { class: 'plain', type: 'button', hidden: '' }),
      elementWith('span', { id: 'typing' })));
  holder.append(
    elementWith('a', { id: 'skip', href: '#field' }, say('skip')),
    header, main, composer, elementWith('aside', {}),
    elementWith('div', { id: 'speaker', class: 'heard', 'aria-live': 'polite' }),
    elementWith('div', { id: 'alarm', class: 'heard', role: 'alert', 'aria-atomic': 'false' }),
  );
}
