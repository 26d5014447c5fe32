// The frame of the live page: header, log, composer, and the panels of the header.
//
// Owns: which elements there are, their ids, and what they are called aloud.
// Must not know: what happens in them.
//
// Next: `rooms.js`.

import { element } from './text.js';

const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes, holding `parts`. */
function make(name, attributes, ...parts) {
  const made = element(name, '', ...parts);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** The mark: three threads, the middle one cut and tied in a ring. */
function mark() {
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

/** What stands beside the talk where there is room, and then behind it for the keys. */
const COLUMNS = new Set(['people', 'rooms']);

/** A panel of the header: a word that opens it, and what is in it. */
function panel(id, ...parts) {
  return make('details', { id, class: COLUMNS.has(id) ? 'panel column' : 'panel' },
    make('summary', {}), make('div', { class: 'sheet', tabindex: 0 }, ...parts));
}

/** A box to tick, and what it is for. */
function tick(name, words) {
  return make('label', { class: 'tick' }, make('input', { type: 'checkbox', name }), ` ${words}`);
}

/** One of several, each a [value, words]. */
function choice(name, words, options) {
  return make('label', { class: 'choice' }, words, ' ',
    make('select', { name }, ...options.map(([value, shown]) => make('option', { value }, shown))));
}

/** How the reader likes the page. */
function choices(say) {
  return [
    choice('way', say('talksBy'), [['', say('byItself')], ['live', say('byLive')], ['stream', say('byStream')], ['poll', say('byPoll')]]),
    choice('enter', say('enterKey'), [['', say('asDevice')], ['sends', say('enterSends')], ['breaks', say('enterBreaks')]]),
    choice('aloud', say('readAloud'), [['', say('aloudAll')], ['me', say('aloudToMe')], ['counts', say('aloudCounts')]]),
    tick('comings', say('showComings')),
  ];
}

/** What was said to one alone: over the log, with the same field below. */
function privateTalk({ room, say }) {
  return make('section', { id: 'letters', hidden: '', 'aria-label': say('privateMessages') },
    make('div', { class: 'with' },
      make('button', { class: 'plain back', type: 'button' }, say('backToRoom', { room })), make('h2', {}), make('p', { role: 'status' }),
      make('div', { class: 'chips', role: 'group', 'aria-label': say('toWhom') })),
    make('div', { class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('privateMessages'), tabindex: 0 },
      make('ol', { class: 'rows' })));
}

/** The parts of the page of `room`, in the words of `say`, in the order of reading. */
export function buildFrame({ room, say }) {
  const settings = `/settings?room=${encodeURIComponent(room)}`;
  const header = make('header', {}, mark(),
    make('h1', {}, make('bdi', {}, room)), make('p', { id: 'topic', dir: 'auto' }),
    make('nav', {},
      panel('people', make('ul', { class: 'names' })),
      panel('rooms',
        make('ul', { class: 'names' }),
        make('form', { class: 'goto' },
          make('label', {}, say('goToRoom'), ' ', make('input', { type: 'text', name: 'room', autocomplete: 'off' })),
          ' ', make('button', { class: 'send' }, say('goIn'))),
        make('form', { class: 'door', hidden: '' }, make('p', { class: 'wide', role: 'alert' }),
          make('div', {},
            make('label', {}, say('password'), ' ', make('input', { type: 'password', name: 'password', autocomplete: 'off' })),
            ' ', make('button', { class: 'send' }, say('goIn')))),
        make('form', { class: 'topic' },
          make('label', {}, say('topicOf', { room }), ' ', make('input', { type: 'text', name: 'topic', autocomplete: 'off', dir: 'auto' })),
          ' ', make('button', { class: 'plain' }, say('setIt'))),
        make('p', { class: 'near' }, make('a', { class: 'past' }, say('history'))),
        make('button', { class: 'plain leave', type: 'button' }, say('leaveRoom', { room }))),
      panel('search',
        make('form', { role: 'search' },
          make('label', { class: 'wide' }, say('findIn', { room }), ' ', make('input', { type: 'text', name: 'text', autocomplete: 'off' })),
          make('label', {}, say('fromWhom'), ' ', make('input', { type: 'text', name: 'from', autocomplete: 'off' })),
          make('label', {}, say('onDay'), ' ', make('input', { type: 'date', name: 'day' })),
          make('button', { class: 'send' }, say('find'))),
        make('p', { class: 'small', role: 'status' }), make('ol', { class: 'found' })),
      make('button', { id: 'private', type: 'button', 'aria-expanded': 'false', 'aria-controls': 'letters' }),
      panel('me',
        make('form', {}, make('label', {}, say('yourName'), ' ', make('input', { type: 'text', name: 'name', autocomplete: 'nickname' })),
          ' ', make('button', { class: 'send' }, say('takeName')), make('p', { class: 'wide', role: 'alert', hidden: '' })),
        make('p', { class: 'small' }, say('secretHint')),
        make('div', { class: 'ticks' }, make('p', {}, say('callMe')), tick('notice', say('byNotice')), tick('sound', say('bySound'))),
        make('div', { id: 'ignored', hidden: '' }),
        ...choices(say),
        make('p', {}, make('a', { href: settings }, say('settings')))),
      make('a', { class: 'far past' }, say('history')), make('a', { class: 'far', href: settings }, say('settings'))),
    make('p', { id: 'span' }));
  const main = make('main', {},
    make('div', {
      id: 'box', class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('messagesIn', { room }), tabindex: 0,
    }, make('p', { id: 'older', hidden: '' }, make('a', {}, say('older'))),
    make('ol', { id: 'rows', class: 'rows' }), make('p', { id: 'empty' }, say('nothingYet'))),
    make('button', { id: 'pill', type: 'button', hidden: '' }), privateTalk({ room, say }));
  const composer = make('form', { id: 'composer', 'aria-label': say('messageTo', { room }) },
    make('label', { class: 'heard', for: 'field' }, say('messageTo', { room })),
    make('div', { id: 'offers', role: 'group', hidden: '' }),
    make('div', { class: 'line' },
      make('textarea', { id: 'field', rows: 1, autocomplete: 'off', placeholder: say('messageTo', { room }) }),
      make('button', { id: 'send', class: 'send', 'aria-describedby': 'note' }, say('send'))),
    make('p', { id: 'editing', hidden: '' }), make('p', { id: 'note', hidden: '' }),
    make('p', { id: 'state' },
      make('span', { class: 'words' }), make('button', { class: 'plain', type: 'button', hidden: '' }),
      make('span', { id: 'typing' })));
  return [
    make('a', { id: 'skip', href: '#field' }, say('skip')),
    header, main, composer, make('aside', {}),
    make('div', { id: 'speaker', class: 'heard', 'aria-live': 'polite' }),
    make('div', { id: 'alarm', class: 'heard', role: 'alert', 'aria-atomic': 'false' }),
  ];
}
