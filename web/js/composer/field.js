// The field as a box for text: its height, its keys, its caret; and that the server hears that the
// reader types.
//
// Owns: which key stands for what, how high the field is, where the caret stays when a text is
// added.
// Must not know: what the text is for, how it is sent.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { touchScreen } from '../layout.js';
import { TYPING_TOLD_MS } from '../limits.js';
import { readSetting } from '../storage.js';
import { joinTexts } from './drafts.js';

/** Whether Enter alone makes a new line: by the reader's setting, else on a touch screen. */
function enterBreaks() {
  return readSetting('enter') ? readSetting('enter') === 'breaks' : touchScreen.matches;
}

/** Has the keyboard of a touch screen show on its Enter what that key does. */
export function watchEnterKey(field) {
  const setKeyHint = () => { field.enterKeyHint = enterBreaks() ? 'enter' : 'send'; };
  touchScreen.addEventListener('change', setKeyHint);
  // The setting is a field of this page, or of another tab's.
  ['change', 'storage'].forEach((what) => addEventListener(what, setKeyHint));
  setKeyHint();
}

/**
 * Whether the field shows one line of text: it is lower than two and a half lines, with its edges.
 */
const isOneLine = (field) => field.clientHeight < 2.5 * parseFloat(getComputedStyle(field).lineHeight);

/** Lets the field grow with its text, where the browser does not do that itself. */
export function fitHeight(form, field) {
  if (CSS.supports('field-sizing', 'content')) return;
  // The form keeps its height while the field is measured at its smallest: otherwise the log above
  // would grow for a moment and lose its place.
  form.style.minHeight = `${form.offsetHeight}px`;
  field.style.height = 'auto';
  const edges = field.offsetHeight - field.clientHeight;
  field.style.height = `${field.scrollHeight + edges}px`;
  form.style.minHeight = '';
}

/** Speaks to a person where the caret is in the text. */
export function addMention(field, name) {
  const [start, end] = [field.selectionStart, field.selectionEnd];
  const isJoined = /\S$/.test(field.value.slice(0, start));
  field.setRangeText(`${isJoined ? ' ' : ''}@${name} `, start, end, 'end');
}

/**
 * Puts a text before what stands in the field. The caret and the selection stay at the same words.
 */
export function addBefore(field, text) {
  const [start, end, both] = [field.selectionStart, field.selectionEnd, joinTexts(text, field.value)];
  const shift = both.endsWith(field.value) ? both.length - field.value.length : 0;
  field.value = both;
  field.setSelectionRange(start + shift, end + shift);
}

/**
 * Tells the server now and then that the reader types in the room, unless the text is a command.
 * Returns { typed, sent }.
 */
export function openTypingTeller(field, send) {
  let toldAt = 0;
  return {
    typed() {
      if (field.value.startsWith('/') || Date.now() - toldAt < TYPING_TOLD_MS) return;
      toldAt = Date.now();
      send({ type: 'typing', room: currentRoom });
    },
    sent() { toldAt = 0; },
  };
}

/**
 * Watches the keys of the field. `first(event)` gets each key before, and returns true if it was
 * for something else. Calls: `submit()` for a key that sends; `page(direction)` scrolls the log by
 * a page, up (-1) or down (1); `editLatest()` edits the reader's latest message, and returns false
 * if there is none; `goBeside(step)` goes to the room before (-1) or after (1) this one.
 */
export function watchFieldKeys(field, { first, submit, page, editLatest, goBeside }) {
  /** Does what the key stands for. Returns whether it stands for something. */
  function does(event) {
    const hasOther = event.ctrlKey || event.metaKey || event.shiftKey;
    const isPlain = !event.altKey && !hasOther;
    const isUp = /Up$/.test(event.key);
    if (event.key === 'Enter') {
      if (!(event.ctrlKey || event.metaKey) && (event.shiftKey || enterBreaks())) return false;
      submit();
    } else if (/^Page(Up|Down)$/.test(event.key) && isPlain && isOneLine(field)) page(isUp ? -1 : 1);
    else if (event.key === 'ArrowUp' && isPlain && !field.value) return editLatest();
    else if (/^Arrow(Up|Down)$/.test(event.key) && event.altKey && !hasOther && !field.value) goBeside(isUp ? -1 : 1);
    else return false;
    return true;
  }

  field.addEventListener('keydown', (event) => {
    // A key of a composition is the input method's. Safari ends the composition before its Enter
    // comes; that Enter has the code 229.
    if (event.isComposing || event.keyCode === 229) return;
    const isTaken = first(event);
    // Nothing else of the page may take this key, too.
    if (isTaken) event.stopPropagation();
    if (isTaken || does(event)) event.preventDefault();
  });
}
