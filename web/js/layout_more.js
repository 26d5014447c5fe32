// The elements of the live page that come in its second stage: what opens over the log or beside
// it.
//
// Owns: which elements these are, their ids and classes, and what screen readers call them; when
// the reader looks at a list, so that no row of it may move.
// Must not know: what happens in them.
//
// Part: `chat.js`.

import { currentRoom, home } from './addresses.js';
import { originForOthers } from './addresses_more.js';
import { button, element, elementWith, fillSentence } from './elements.js';
import { lockMark, pageElement } from './layout.js';
import { say } from './words.js';

export function labelledField(words, attributes) {
  return elementWith('label', {}, words, ' ', elementWith('input', { type: 'text', autocomplete: 'off', ...attributes }));
}

export function checkbox(name, words) {
  return elementWith('label', { class: 'tick' }, elementWith('input', { type: 'checkbox', name }), ` ${words}`);
}

/** A choice among several options, each [value, words]. */
export function choiceElement(name, words, options) {
  return elementWith('label', { class: 'choice' }, element('span', '', words), ' ',
    elementWith('select', { name }, ...options.map(([value, shown]) => elementWith('option', { value }, element('bdi', '', shown)))));
}

/** For so long a button says that it has copied something. */
export const COPIED_MS = 2_000;

/**
 * Copies a text to the clipboard. Returns whether it was copied. Over plain http a browser has no
 * clipboard for scripts; there the text is selected and copied. That happens beside what has the
 * focus: a panel closes if the focus leaves it.
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (notHere) {
    const focused = document.activeElement;
    const holder = elementWith('textarea', { class: 'heard', readonly: '', 'aria-hidden': 'true' });
    holder.value = text;
    if (focused && focused !== document.body) focused.after(holder);
    else document.body.append(holder);
    holder.select();
    const isCopied = document.execCommand('copy');
    if (focused) focused.focus({ preventScroll: true });
    holder.remove();
    return isCopied;
  }
}

/** A field with a text that the reader is to copy by hand: its focus selects the text. */
export function handField(words, text) {
  const field = elementWith('input', { type: 'text', readonly: '', 'aria-label': words });
  field.value = text;
  field.addEventListener('focus', () => field.select());
  return field;
}

/**
 * A button that copies `text`, and says so for a moment. If the browser does not allow that, the
 * text is selected, and a sentence asks the reader to copy it by hand: in the element `shown`,
 * which has the text, else in a field that comes below the button's row.
 */
export function copyButton(words, text, shown = null) {
  const byHand = elementWith('div', { class: 'by-hand', role: 'status' });

  function askReader() {
    document.querySelectorAll('.by-hand').forEach((other) => other.remove());
    byHand.textContent = say('cannotCopy');
    copy.parentNode.after(byHand);
    if (shown) {
      getSelection().selectAllChildren(shown);
      return;
    }
    const field = handField(words, text);
    byHand.append(field);
    field.focus();
  }

  const copy = button(words, async () => {
    if (!await copyText(text)) {
      askReader();
      return;
    }
    byHand.remove();
    copy.textContent = say('copied');
    setTimeout(() => { copy.textContent = words; }, COPIED_MS);
  });
  copy.setAttribute('aria-live', 'polite');
  return copy;
}

/**
 * Shows in `place` the link to this path of the server: what it is (`words`), its whole address, a
 * button that copies it (`copyWords`), and its QR code. If no other device can open it, it says so
 * and has no QR code. The button gets the focus, so that the reader sees where the link is.
 */
export function showLink(place, words, copyWords, path) {
  const origin = originForOthers();
  const address = `${origin || location.origin}${path}`;
  const shown = element('code', 'block', address);
  const copy = copyButton(copyWords, address, shown);
  const hint = element('p', 'small');
  fillSentence(hint, words);
  place.replaceChildren(hint,
    element('div', 'post', shown, copy),
    origin
      ? elementWith('img', { src: `${home}qr?to=${encodeURIComponent(path)}`, alt: say('qrCode'), width: 240, height: 240 })
      : element('p', 'small', say('linkIsLocal', { port: location.port || 80 })));
  copy.focus({ preventScroll: true });
  place.scrollIntoView({ block: 'start' });
  return address;
}

const submitButton = (words) => elementWith('button', { class: 'send' }, words);

/**
 * Makes a button in this panel that does something after a confirmation in its place: `more`
 * returns what it means, `really` are the words of the button that does it. `act(back)` does it;
 * `back()` shows the first button again. A panel that closes takes the question along.
 */
export function confirmed(panelId, id, words, { more, really, act }) {
  const place = elementWith('div', { id });
  const ask = button(words, () => {
    place.replaceChildren(element('p', '', more()), element('div', 'buttons', button(say('cancel'), cancel), button(really, () => act(cancel))));
    place.querySelector('button').focus();
  });

  function cancel() {
    place.replaceChildren(ask);
    ask.focus();
  }

  // Who opens the panel again may have forgotten what was asked.
  const panel = pageElement(`#${panelId}`);
  panel.addEventListener('toggle', () => { if (!panel.open) place.replaceChildren(ask); });

  place.append(ask);
  place.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || ask.isConnected) return;
    event.stopPropagation();
    cancel();
  });
  return place;
}

/** A button that opens a form. */
const unfoldingButton = (name, words) => elementWith('button', { class: `plain unfold ${name}`, type: 'button', 'aria-expanded': 'false' }, `+ ${words}`);

/** The lists of rooms and of private talks, without rows. */
function placesElements() {
  return [
    elementWith('section', { id: 'rooms' },
      elementWith('div', { class: 'top' }, elementWith('h2', {}, say('rooms')), elementWith('button', { class: 'plain find', type: 'button' }, say('find'))),
      elementWith('label', { class: 'filter', hidden: '' }, elementWith('span', { class: 'heard' }, say('filterRooms')),
        elementWith('input', { type: 'text', autocomplete: 'off', placeholder: say('filterRooms') })),
      elementWith('ul', { class: 'list' }),
      elementWith('form', { class: 'door', hidden: '' }, elementWith('p', { role: 'alert' }),
        elementWith('div', {}, labelledField(say('password'), { type: 'password', name: 'password' }), ' ', submitButton(say('goIn')), ' ', button(say('cancel'), () => {}))),
      elementWith('button', { class: 'plain empties', type: 'button', hidden: '' }),
      unfoldingButton('goto', say('newRoom'))),
    elementWith('section', {},
      elementWith('h2', { id: 'private' }), elementWith('ul', { id: 'talks', class: 'list' }),
      unfoldingButton('whom', say('newMessage'))),
  ];
}

/** The mark of a room that no list shows to others: an eye that is crossed out. */
export function markOfHidden() {
  const mark = lockMark();
  mark.setAttribute('aria-label', say('hiddenMark'));
  mark.classList.add('unlisted');
  mark.firstChild.setAttribute('d', 'M2 12q10 -13 20 0q-10 13 -20 0M9 12a3 3 0 0 0 6 0a3 3 0 0 0 -6 0M4 21L20 3');
  return mark;
}

/** The header's title while a private talk is open, with the way back on a narrow page. */
function talkTitleElement() {
  return elementWith('div', { id: 'talk-title', hidden: '' },
    elementWith('button', { class: 'back', type: 'button', 'aria-label': say('backToRoom', { room: currentRoom }) },
      elementWith('span', { 'aria-hidden': 'true' }, '\u2039 '), elementWith('bdi', {}, currentRoom)));
}

/** The private talk, which covers the log. */
function privateTalkElement() {
  return elementWith('section', { id: 'letters', hidden: '', 'aria-label': say('privateMessages') },
    elementWith('div', { class: 'with' },
      elementWith('p', { role: 'status' }), elementWith('button', { class: 'plain again', type: 'button', hidden: '' }),
      elementWith('button', { class: 'plain find', type: 'button' }, say('find'))),
    elementWith('div', { class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('privateMessages'), tabindex: 0 },
      elementWith('ol', { class: 'rows' })));
}

/** The results of a search, which cover the log. */
function resultsElement() {
  return elementWith('section', { id: 'results', hidden: '', 'aria-label': say('results') },
    elementWith('div', { class: 'with' }, elementWith('p', { role: 'status' }),
      elementWith('button', { class: 'plain again', type: 'button' }, say('searchAgain')),
      elementWith('button', { class: 'plain close', type: 'button' }, say('closeResults'))),
    elementWith('div', { class: 'box', role: 'log', 'aria-live': 'off', 'aria-label': say('results'), tabindex: 0 },
      elementWith('ol', { class: 'rows' })));
}

export function buildMore() {
  pageElement('#places .sheet').append(...placesElements());
  pageElement('#search .sheet').append(
    // It is shown when it is whole, so that nothing in it moves.
    elementWith('form', { role: 'search', hidden: '' },
      elementWith('label', { class: 'wide' }, element('span', 'where', say('findIn', { room: currentRoom })), ' ', elementWith('input', { type: 'text', name: 'text', autocomplete: 'off' })),
      choiceElement('place', say('searchIn'), [['', currentRoom], ['all', say('everywhere')]]),
      labelledField(say('fromWhom'), { name: 'from' }),
      elementWith('label', {}, say('onDay'), ' ', elementWith('input', { type: 'date', name: 'day' })),
      elementWith('p', { class: 'small' }, say('dayAlone')),
      submitButton(say('find'))),
    elementWith('p', { class: 'small saves' }),
  );
  pageElement('#room-menu').after(talkTitleElement());
  pageElement('main').append(privateTalkElement(), resultsElement());
}

/** Whether the lists of places and of people stand beside the log, and do not open over it. */
export const hasColumns = () => document.documentElement.classList.contains('columns');

/** Whether the reader looks at this list, which stands in this panel. */
export const isLookedAt = (panel, list) => (panel.open && !hasColumns()) || list.matches(':hover') || list.contains(document.activeElement);

/** Calls `draw()` when the reader looks at the list no more, or the panel opens or closes. */
export function watchLooks(panel, list, draw) {
  list.addEventListener('pointerleave', draw);
  list.addEventListener('focusout', ({ relatedTarget }) => { if (!list.contains(relatedTarget)) setTimeout(draw); });
  panel.addEventListener('toggle', draw);
}

/** Fits the page above the keyboard, in browsers that do not do so themselves (on iOS). */
export function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () => {
    const covered = view.scale === 1 && innerHeight - view.height > 1;
    document.documentElement.style.setProperty('--height', covered ? `${view.height}px` : '');
  });
}
