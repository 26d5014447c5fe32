// The composer: the field, its keys, and the note under it.
//
// Owns: what stands in the field until somebody takes it: a message, a command, or
// the new words of an old message; whether it may be sent now.
// Must not know: sockets, rows, who hears it.
//
// A text leaves the field in one way only: `take` found nothing wrong. Whatever is
// wrong (too long, too many waiting, no such command) leaves it where it is.
//
// Next: `note.js`.

import { withText, withoutPassword } from './commands.js';
import { openGrowing } from './grows.js';
import { DRAFT_KEPT_AFTER_MS } from './limits.js';
import { openNote } from './note.js';
import { keepChoice } from './shelf.js';
import { button, clean } from './text.js';

/**
 * The composer made of `form`, its `field`, `noteAt` and `editLine`. The field has the
 * focus if there is no touch screen, or if `hasFocus`: one was typing already.
 *
 * `take(text, editing)` gets a clean text and what it is to change, if anything, and
 * says what is wrong with it, or nothing: then it is its owner's. `keepDraft(text)` is
 * told what stands in the field, `typing()` that it changes; `refused(words)` hears why
 * a text is still there; `page(direction)` scrolls the log; `latestOwn()` is what Up in
 * an empty field changes; `offers` sees what is typed, and takes keys that are its own;
 * `toRoom(step)` goes to the room before or behind; `timeOf(item)` writes when something was said.
 */
export function openComposer({
  form, field, noteAt, editLine, say, draft, hasFocus, keepDraft, take, typing, page, refused, latestOwn, offers, toRoom,
  timeOf,
}) {
  const touch = matchMedia('(hover: none) and (pointer: coarse)');
  const enter = keepChoice('enter');
  const { fit, isOneLine } = openGrowing({ form, field });
  const note = openNote({ place: noteAt, say });
  const send = form.querySelector('.send');
  // Why nothing can be sent now.
  let shutBy = '';
  let draftTimer = 0;
  // The own message that is being changed, and what stood in the field before.
  let [editing, aside] = [null, ''];

  /** Whether Enter alone makes a new line: the reader says so, or a finger writes. */
  function breaks() {
    return enter.is() ? enter.is() === 'breaks' : touch.matches;
  }

  // --- The note: bytes, and why a text is still here ---

  const countBytes = () => note.bytes(field.value);

  function refuse(words) {
    note.put(words, true);
    if (words) refused(words);
  }

  // --- Drafts ---

  function keepSoon() {
    clearTimeout(draftTimer);
    draftTimer = setTimeout(keepNow, DRAFT_KEPT_AFTER_MS);
  }

  function keepNow() {
    clearTimeout(draftTimer);
    // Half an edit outlives its page as the command that it is, but beside no other words.
    const half = editing && field.value !== editing.text ? (aside ? '' : `/edit #${editing.seq} `) + field.value : '';
    keepDraft(editing ? [withoutPassword(aside), half].filter(Boolean).join('\n') : withoutPassword(field.value));
  }

  // --- Sending ---

  function submit() {
    const text = clean(field.value);
    if (!text) return;
    if (shutBy) {
      // The note says so already.
      refused(shutBy);
      return;
    }
    const wrong = countBytes() || take(text, editing);
    if (wrong) {
      refuse(wrong);
      return;
    }
    field.value = '';
    if (editing) stopEditing();
    offers.hide();
    note.put('');
    fit();
    keepNow();
  }

  // --- Changing what was said ---

  function edit(item) {
    if (editing && field.value && field.value !== editing.text) {
      refuse(say('finishEdit'));
      return;
    }
    if (!editing) aside = field.value;
    editing = item;
    field.value = item.text;
    editLine.hidden = false;
    editLine.replaceChildren(say('editing', { time: timeOf(item) }), ' ', button(say('cancel'), stopEditing));
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
    keepSoon();
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
  send.addEventListener('mousedown', (event) => event.preventDefault());
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
    tell: (words) => note.put(words),

    /** ... for so long, of the milliseconds that are left. */
    count: note.count,

    /** Nothing can be sent, for this reason; '' ends that. What is typed stays. */
    shut(words) {
      shutBy = words;
      send.disabled = Boolean(words);
      note.stand(words);
    },

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
