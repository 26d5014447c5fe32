// The composer: the field, its keys, and the note under it.
//
// Owns: what stands in the field until the list of unsent messages takes it.
// Must not know: sockets, rows, who hears it.
//
// A text leaves the field in one way only: `take` said yes. Whatever says no
// (nothing in it, too long, too many waiting) leaves it where it is.
//
// Next: `main.js`, which ties it to the rest.

import {
  COUNTER_FROM, DRAFT_KEPT_AFTER_MS, MESSAGE_BYTES_MAX, UNSENT_MAX,
} from './limits.js';
import { bytesOf, clean } from './unsent.js';

/**
 * The composer made of `form`, its `field` and `note`.
 *
 * `take(text)` gets a clean text and is true if it is now its owner's;
 * `keepDraft(text)` is told what stands in the field; `refused(words)` hears why
 * a text is still there; `page(direction)` scrolls the log.
 */
export function openComposer({
  form, field, note, say, draft, keepDraft, take, page, refused,
}) {
  const touch = matchMedia('(hover: none) and (pointer: coarse)');
  let draftTimer = 0;

  // --- The field grows with what is in it ---

  const growsByItself = CSS.supports('field-sizing', 'content');

  function fit() {
    if (growsByItself) return;
    // The form keeps its height while the field is measured at its smallest:
    // otherwise the log above would grow for a moment and lose its place.
    form.style.minHeight = `${form.offsetHeight}px`;
    field.style.height = 'auto';
    const edges = field.offsetHeight - field.clientHeight;
    field.style.height = `${field.scrollHeight + edges}px`;
    form.style.minHeight = '';
  }

  function isOneLine() {
    return field.clientHeight < 2.5 * parseFloat(getComputedStyle(field).lineHeight);
  }

  // --- The note: bytes, line breaks, and why a text is still here ---

  function showNote(words, isBad) {
    note.hidden = !words;
    note.textContent = words;
    note.classList.toggle('bad', Boolean(isBad));
  }

  function sayBytes(n, one, many) {
    return say(n === 1 ? one : many, { n });
  }

  function countBytes() {
    // Cheap first: a character is at most three bytes per UTF-16 unit.
    const mayMatter = field.value.length * 3 >= COUNTER_FROM * MESSAGE_BYTES_MAX;
    const bytes = mayMatter ? bytesOf(clean(field.value)) : 0;
    const left = MESSAGE_BYTES_MAX - bytes;
    // Breaks at the ends go with the other white space; one inside is told.
    const breaks = field.value.trim().includes('\n');
    if (left < 0) showNote(sayBytes(-left, 'bytesOverOne', 'bytesOver'), true);
    else if (bytes >= COUNTER_FROM * MESSAGE_BYTES_MAX) {
      showNote(sayBytes(left, 'bytesLeftOne', 'bytesLeft'));
    } else showNote(breaks ? say('breaks') : '');
    return left;
  }

  function refuse(words) {
    showNote(words, true);
    refused(words);
  }

  // --- Drafts ---

  function keepSoon() {
    clearTimeout(draftTimer);
    draftTimer = setTimeout(keepNow, DRAFT_KEPT_AFTER_MS);
  }

  function keepNow() {
    clearTimeout(draftTimer);
    keepDraft(field.value);
  }

  // --- Sending ---

  function submit() {
    const text = clean(field.value);
    if (!text) return;
    const left = countBytes();
    if (left < 0) {
      refuse(sayBytes(-left, 'bytesOverRefusedOne', 'bytesOverRefused'));
    } else if (take(text)) {
      field.value = '';
      showNote('');
      fit();
      keepNow();
    } else {
      refuse(say('tooManyUnsent', { n: UNSENT_MAX }));
    }
  }

  function typed() {
    fit();
    countBytes();
    keepSoon();
  }

  function key(event) {
    // A key that belongs to a composition is none of ours. Safari ends the
    // composition before its Enter arrives; that Enter has the code 229.
    if (event.isComposing || event.keyCode === 229) return;
    const alone = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (event.key === 'Enter') {
      if (!(event.ctrlKey || event.metaKey) && (event.shiftKey || touch.matches)) return;
      event.preventDefault();
      submit();
    } else if ((event.key === 'PageUp' || event.key === 'PageDown') && alone && isOneLine()) {
      event.preventDefault();
      page(event.key === 'PageUp' ? -1 : 1);
    }
  }

  field.addEventListener('input', typed);
  field.addEventListener('keydown', key);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  // A pressed Send does not take the focus: the keyboard of a phone stays up.
  form.querySelector('.send').addEventListener('mousedown', (event) => event.preventDefault());
  addEventListener('pagehide', keepNow);
  addEventListener('resize', fit);

  function followTouch() {
    field.enterKeyHint = touch.matches ? 'enter' : 'send';
  }
  touch.addEventListener('change', followTouch);
  followTouch();

  field.value = draft;
  form.hidden = false;
  fit();
  countBytes();
  // On a touch screen the focus would open the keyboard over the log.
  if (!touch.matches) field.focus();

  return {
    isTouch: () => touch.matches,

    /**
     * Puts a text back in front of what is there by now, with the reason if it
     * was not the person who asked for it. Only who asked gets the focus.
     */
    giveBack(text, reason) {
      field.value = field.value ? `${text}\n${field.value}` : text;
      field.setSelectionRange(text.length, text.length);
      typed();
      keepNow();
      if (reason) refuse(reason);
      else field.focus();
    },
  };
}
