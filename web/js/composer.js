// The composer: the field, its keys, and the note under it.
//
// Owns: what stands in the field until somebody takes it: a message, a command, or
// the new words of an old message.
// Must not know: sockets, rows, who hears it.
//
// A text leaves the field in one way only: `take` found nothing wrong. Whatever is
// wrong (too long, too many waiting, no such command) leaves it where it is.
//
// Next: `grows.js`.

import { withText } from './commands.js';
import { openGrowing } from './grows.js';
import { COUNTER_FROM, DRAFT_KEPT_AFTER_MS, MESSAGE_BYTES_MAX } from './limits.js';
import { keepChoice } from './shelf.js';
import { button } from './text.js';
import { bytesOf, clean } from './unsent.js';

/**
 * The composer made of `form`, its `field`, `note` and `editLine`. The field has the
 * focus if there is no touch screen, or if `hasFocus`: one was typing already.
 *
 * `take(text, editing)` gets a clean text and what it is to change, if anything, and
 * says what is wrong with it, or nothing: then it is its owner's. `keepDraft(text)` is
 * told what stands in the field, `typing()` that it changes; `refused(words)` hears why
 * a text is still there; `page(direction)` scrolls the log; `latestOwn()` is what Up in
 * an empty field changes; `offers` sees what is typed, and takes keys that are its own;
 * `toRoom(step)` goes to the room before or behind.
 */
export function openComposer({
  form, field, note, editLine, say, draft, hasFocus, keepDraft, take, typing, page, refused, latestOwn, offers, toRoom,
}) {
  const touch = matchMedia('(hover: none) and (pointer: coarse)');
  const enter = keepChoice('enter');
  const { fit, isOneLine } = openGrowing({ form, field });
  let draftTimer = 0;
  // The own message that is being changed, and what stood in the field before.
  let editing = null;
  let aside = '';

  /** Whether Enter alone makes a new line: the reader says so, or a finger writes. */
  function breaks() {
    return enter.is() ? enter.is() === 'breaks' : touch.matches;
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
    if (left < 0) showNote(sayBytes(-left, 'bytesOverOne', 'bytesOver'), true);
    else if (bytes >= COUNTER_FROM * MESSAGE_BYTES_MAX) {
      showNote(sayBytes(left, 'bytesLeftOne', 'bytesLeft'));
    } else showNote('');
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
    keepDraft(editing ? aside : field.value);
  }

  // --- Sending ---

  function submit() {
    const text = clean(field.value);
    if (!text) return;
    const left = countBytes();
    const wrong = left < 0 ? sayBytes(-left, 'bytesOverRefusedOne', 'bytesOverRefused')
      : take(text, editing);
    if (wrong) {
      refuse(wrong);
      return;
    }
    field.value = '';
    if (editing) stopEditing();
    offers.hide();
    showNote('');
    fit();
    keepNow();
  }

  // --- Changing what was said ---

  function edit(item) {
    if (!editing) aside = field.value;
    editing = item;
    field.value = item.text;
    editLine.hidden = false;
    editLine.replaceChildren(say('editing'), ' ', button(say('cancel'), stopEditing));
    offers.hide();
    countBytes();
    fit();
    field.focus();
  }

  function stopEditing() {
    editing = null;
    field.value = aside;
    aside = '';
    editLine.hidden = true;
    countBytes();
    fit();
    field.focus();
  }

  function typed(event) {
    fit();
    countBytes();
    keepSoon();
    offers.look(event);
    if (field.value && !editing) typing();
  }

  const isAlt = (event) => event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;

  function key(event) {
    // A key that belongs to a composition is none of ours. Safari ends the
    // composition before its Enter arrives; that Enter has the code 229.
    if (event.isComposing || event.keyCode === 229) return;
    const alone = !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (offers.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter') {
      if (!(event.ctrlKey || event.metaKey) && (event.shiftKey || breaks())) return;
      event.preventDefault();
      submit();
    } else if ((event.key === 'PageUp' || event.key === 'PageDown') && alone && isOneLine()) {
      event.preventDefault();
      page(event.key === 'PageUp' ? -1 : 1);
    } else if (event.key === 'ArrowUp' && alone && !field.value && latestOwn()) {
      event.preventDefault();
      edit(latestOwn());
    } else if (/^Arrow(Up|Down)$/.test(event.key) && isAlt(event) && !field.value) {
      event.preventDefault();
      toRoom(event.key === 'ArrowUp' ? -1 : 1);
    } else if (event.key === 'Escape' && editing) {
      event.preventDefault();
      event.stopPropagation();
      stopEditing();
    }
  }

  field.addEventListener('input', typed);
  field.addEventListener('keydown', key);
  field.addEventListener('compositionend', () => offers.look());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  // A pressed Send does not take the focus: the keyboard of a phone stays up.
  form.querySelector('.send').addEventListener('mousedown', (event) => event.preventDefault());
  addEventListener('pagehide', keepNow);
  addEventListener('resize', fit);

  const hint = () => { field.enterKeyHint = breaks() ? 'enter' : 'send'; };
  touch.addEventListener('change', hint);
  // The choice is a field of this page, or of another tab's.
  ['change', 'storage'].forEach((what) => addEventListener(what, hint));
  hint();

  field.value = draft;
  form.hidden = false;
  fit();
  countBytes();
  // On a touch screen the focus would open the keyboard over the log.
  if (hasFocus || !touch.matches) field.focus();

  return {
    isTouch: () => touch.matches,
    edit,
    isEditing: () => Boolean(editing),
    isEmpty: () => !field.value && !editing,
    focus: () => field.focus(),
    /** What stands in it is kept now. */
    keep: keepNow,

    /** From here on it is for somebody else: what it is called, and what stands in it. */
    turn(label, text) {
      field.value = text;
      field.placeholder = label;
      form.setAttribute('aria-label', label);
      form.querySelector('label').textContent = label;
      offers.hide();
      fit();
      countBytes();
    },

    /** Puts words where one writes, in front of what is there. */
    begin(words) {
      if (!field.value.startsWith(words)) field.value = words + field.value;
      typed();
      field.focus();
    },

    /** Says something about what was typed. */
    tell: (words) => showNote(words),

    /**
     * Puts a text back in front of what is there by now, with the reason if it
     * was not the person who asked for it. Only who asked gets the focus.
     */
    giveBack(text, reason) {
      if (editing) {
        // The field has other words now; these wait with what stood there before.
        aside = withText(text, aside);
      } else {
        const [start, end, both] = [field.selectionStart, field.selectionEnd, withText(text, field.value)];
        const shift = both.endsWith(field.value) ? both.length - field.value.length : 0;
        field.value = both;
        field.setSelectionRange(start + shift, end + shift);
        fit();
        countBytes();
      }
      keepNow();
      refuse(reason);
    },
  };
}
