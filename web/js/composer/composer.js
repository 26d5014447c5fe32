// The composer: the field, its keys, and the note under it.
//
// Owns: what stands in the field until it is taken: a message, a command, or the new text of an old
// message; whether it may be sent now; what the note says.
// Must not know: how a message travels, rows, what a command does.
//
// A text leaves the field in one way only: `takeText` has found nothing wrong with it. Whatever is
// wrong (too long, too many messages wait, no such command) leaves the text where it is.
//
// Next: `composer/sending.js`.

import { currentRoom, goToRoom } from '../addresses.js';
import { button, byteLength, element, trimmedText } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { COUNTER_FROM, DRAFT_STORED_AFTER_MS, MESSAGE_BYTES_MAX, TYPING_TOLD_MS } from '../limits.js';
import { readSetting } from '../storage.js';
import { firstWords } from '../messages/row.js';
import { say, sayCount, timeOf } from '../words.js';
import { joinTexts } from './drafts.js';
import { withoutPassword } from './sending.js';

/**
 * Makes the note under the field. It shows what was said last; without that what holds for longer;
 * without both a countdown.
 */
function openNote() {
  const note = pageElement('#note');
  let countdown = null;
  let standing = '';
  let latest = { words: '', isBad: false };
  let timer = 0;

  function draw() {
    const words = latest.words || standing || (countdown ? countdown() : '');
    note.hidden = !words;
    if (note.textContent !== words) note.textContent = words;
    note.classList.toggle('bad', latest.words ? latest.isBad : Boolean(words));
  }

  function stopCountdown() {
    clearInterval(timer);
    countdown = null;
  }

  /** Says something; '' removes it. */
  function tell(words, isBad = false) {
    latest = { words, isBad };
    draw();
  }

  return {
    tell,
    /** Says how many bytes a text has left, if it is long. Returns why it is too long, or ''. */
    countBytes(text) {
      // The cheap check comes first: a character has at most three bytes per UTF-16 unit.
      const mayBeLong = text.length * 3 >= COUNTER_FROM * MESSAGE_BYTES_MAX;
      const bytes = mayBeLong ? byteLength(trimmedText(text)) : 0;
      const left = MESSAGE_BYTES_MAX - bytes;
      if (left < 0) tell(sayCount(-left, 'bytesOverOne', 'bytesOver'), true);
      else if (bytes >= COUNTER_FROM * MESSAGE_BYTES_MAX) tell(sayCount(left, 'bytesLeftOne', 'bytesLeft'));
      else tell('');
      return left < 0 ? sayCount(-left, 'bytesOverRefusedOne', 'bytesOverRefused') : '';
    },
    /**
     * Counts down for `wait` milliseconds; `wordsFor(left)` are the words. A screen reader does not
     * hear it.
     */
    countDown(wordsFor, wait) {
      stopCountdown();
      const until = Date.now() + wait;
      countdown = () => wordsFor(Math.max(1, until - Date.now()));
      // Four times a second, so that the reader sees each second.
      timer = setInterval(() => {
        if (Date.now() >= until) stopCountdown();
        draw();
      }, 250);
      draw();
    },
    /** Says what holds until it is called again. */
    setStanding(words) {
      if (words) stopCountdown();
      standing = words;
      draw();
    },
  };
}

/** Whether Enter alone makes a new line: by the reader's setting, else on a touch screen. */
function enterBreaks() {
  return readSetting('enter') ? readSetting('enter') === 'breaks' : touchScreen.matches;
}

/** Has the keyboard of a touch screen show on its Enter what that key does. */
function watchEnterKey(field) {
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
function fitHeight(form, field) {
  if (CSS.supports('field-sizing', 'content')) return;
  // The form keeps its height while the field is measured at its smallest: otherwise the log above
  // would grow for a moment and lose its place.
  form.style.minHeight = `${form.offsetHeight}px`;
  field.style.height = 'auto';
  const edges = field.offsetHeight - field.clientHeight;
  field.style.height = `${field.scrollHeight + edges}px`;
  form.style.minHeight = '';
}

/**
 * Tells the server now and then that the reader types in the room, unless the text is a command.
 * Returns { typed, sent }.
 */
function openTypingTeller(field, send) {
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
 * Makes the composer; `show` shows it. `send(request)` sends a request on the connection. Calls of
 * `listener`:
 *   takeText(text, about)     takes a text from the field, returns what is wrong; `about` has the
 *                             message that it edits (`editing`) or replies to (`replying`);
 *   storeDraft(text)          stores what stands in the field;
 *   isPrivate()               whether what is typed is for one person;
 *   currentView()             the log view that the reader sees;
 *   latestOwn()               the message that Arrow Up in an empty field edits, if there is one;
 *   roomBeside(step)          the room before (-1) or after (1) this one, '' if there is none.
 */
export function openComposer({ speaker, send, listener }) {
  const form = pageElement('#composer');
  const field = pageElement('#field');
  const editLine = pageElement('#editing');
  const sendButton = form.querySelector('.send');
  const note = openNote();
  // They come in the second stage.
  let suggestions = { update() {}, hide() {}, key: () => false };
  const typing = openTypingTeller(field, send);
  let isShown = false;
  // Why nothing can be sent now; '' if something can.
  let shutBecause = '';
  let draftTimer = 0;
  // The message that the reader edits, and what stood in the field before; the message that the
  // reader replies to.
  let [editing, setAside] = [null, ''];
  let replying = null;

  const countBytes = () => note.countBytes(field.value);

  function fieldChanged() {
    fitHeight(form, field);
    countBytes();
  }

  /** Says why the text is still here. */
  function refuse(words) {
    note.tell(words, true);
    if (words) speaker.alarm(words);
  }

  // --- Drafts ---

  function storeSoon() {
    clearTimeout(draftTimer);
    draftTimer = setTimeout(storeNow, DRAFT_STORED_AFTER_MS);
  }

  function storeNow() {
    clearTimeout(draftTimer);
    if (!isShown) return;
    // Half an edit survives a reload as the command that it is, but not beside another text.
    const half = editing && field.value !== editing.text ? (setAside ? '' : `/edit #${editing.seq} `) + field.value : '';
    listener.storeDraft(editing ? [withoutPassword(setAside), half].filter(Boolean).join('\n') : withoutPassword(field.value));
  }

  // --- Sending ---

  function submit() {
    const text = trimmedText(field.value);
    if (!text) return;
    if (shutBecause) {
      // The note says so already.
      speaker.alarm(shutBecause);
      return;
    }
    const problem = countBytes() || take(text);
    if (problem) {
      refuse(problem);
      return;
    }
    field.value = '';
    if (editing) stopEditing();
    stopReplying();
    suggestions.hide();
    note.tell('');
    fitHeight(form, field);
    storeNow();
  }

  function take(text) {
    const problem = listener.takeText(text, { editing, replying });
    typing.sent();
    // Who sends something wants to be at the bottom.
    if (!problem && !editing) listener.currentView().toBottom();
    return problem;
  }

  // --- Editing a message, replying to a message ---

  /** Says over the field what the text is for. */
  function showStrip(words, cancel) {
    editLine.hidden = false;
    editLine.replaceChildren(element('span', '', ...words), ' ', button(say('cancel'), cancel));
  }

  function edit(item) {
    if (editing && field.value && field.value !== editing.text) {
      refuse(say('finishEdit'));
      return;
    }
    if (!editing) setAside = field.value;
    stopReplying();
    editing = item;
    field.value = item.text;
    showStrip([say('editing', { time: timeOf(item.at) })], stopEditing);
    suggestions.hide();
    fieldChanged();
    field.focus();
  }

  function stopEditing() {
    editing = null;
    field.value = setAside;
    setAside = '';
    editLine.hidden = true;
    storeSoon();
    fieldChanged();
    field.focus();
  }

  function reply(item) {
    if (editing) {
      refuse(say('finishEdit'));
      return;
    }
    replying = item;
    const [before, behind] = say('replyingTo').split('{name}');
    showStrip([before, element('bdi', '', item.own ? say('you') : item.from || `#${item.seq}`), behind, element('bdi', '', firstWords(item.text))], () => {
      stopReplying();
      field.focus();
    });
    field.focus();
  }

  function stopReplying() {
    if (!replying) return;
    replying = null;
    editLine.hidden = true;
  }

  // --- Keys ---

  function typed(event) {
    fieldChanged();
    storeSoon();
    suggestions.update(event);
    if (field.value && !editing && !listener.isPrivate()) typing.typed();
  }

  function goToNextRoom(step) {
    const room = listener.roomBeside(step);
    if (room) goToRoom(room);
  }

  function key(event) {
    // A key of a composition is the input method's. Safari ends the composition before its Enter
    // comes; that Enter has the code 229.
    if (event.isComposing || event.keyCode === 229) return;
    const hasOther = event.ctrlKey || event.metaKey || event.shiftKey;
    const isPlain = !event.altKey && !hasOther;
    if (suggestions.key(event)) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter') {
      if (!(event.ctrlKey || event.metaKey) && (event.shiftKey || enterBreaks())) return;
      event.preventDefault();
      submit();
    } else if ((event.key === 'PageUp' || event.key === 'PageDown') && isPlain && isOneLine(field)) {
      event.preventDefault();
      listener.currentView().page(event.key === 'PageUp' ? -1 : 1);
    } else if (event.key === 'ArrowUp' && isPlain && !field.value && listener.latestOwn()) {
      event.preventDefault();
      edit(listener.latestOwn());
    } else if (/^Arrow(Up|Down)$/.test(event.key) && event.altKey && !hasOther && !field.value) {
      event.preventDefault();
      goToNextRoom(event.key === 'ArrowUp' ? -1 : 1);
    } else if (event.key === 'Escape' && (editing || replying)) {
      event.preventDefault();
      event.stopPropagation();
      if (editing) stopEditing();
      else stopReplying();
    }
  }

  field.addEventListener('input', typed);
  field.addEventListener('keydown', key);
  field.addEventListener('compositionend', () => suggestions.update());
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  // A pressed Send does not take the focus: the keyboard of a phone stays.
  sendButton.addEventListener('mousedown', (event) => event.preventDefault());
  addEventListener('pagehide', storeNow);
  addEventListener('resize', () => fitHeight(form, field));

  watchEnterKey(field);

  return {
    /**
     * Shows the composer with `draft` in the field. The field gets the focus if there is no touch
     * screen, or with `hasFocus`: the reader was typing already.
     */
    show({ draft, hasFocus }) {
      isShown = true;
      field.value = draft;
      form.hidden = false;
      fieldChanged();
      // On a touch screen the focus would open the keyboard over the log.
      if (hasFocus || !touchScreen.matches) field.focus();
    },
    /** Suggests words from now on, as `openSuggestions` makes them. */
    suggest(made) { suggestions = made; },
    isShown: () => isShown,
    edit,
    /** The next text replies to this message. */
    reply,
    isEditing: () => Boolean(editing),
    isEmpty: () => !field.value && !editing,
    focus: () => field.focus(),
    storeDraft: storeNow,

    /** The field is for another recipient from now on: its label, and its text. */
    setRecipient(label, text) {
      stopReplying();
      field.value = text;
      field.placeholder = label;
      form.setAttribute('aria-label', label);
      form.querySelector('label').textContent = label;
      suggestions.hide();
      fieldChanged();
    },

    /** Speaks to a person in the text: at its beginning, or where the caret is. */
    mention(name) {
      const [start, end] = [field.selectionStart, field.selectionEnd];
      const isJoined = /\S$/.test(field.value.slice(0, start));
      if (!field.value) field.value = `${name}: `;
      else field.setRangeText(`${isJoined ? ' ' : ''}@${name} `, start, end, 'end');
      typed();
      field.focus();
    },

    tell: (words) => note.tell(words),
    countDown: note.countDown,

    /** Lets nothing be sent, because of this; '' ends that. The text stays in the field. */
    shut(words) {
      shutBecause = words;
      sendButton.disabled = Boolean(words);
      note.setStanding(words);
    },

    /**
     * Puts a text back into the field, before what stands there by now. The note says the reason,
     * if there is one.
     */
    giveBack(text, reason) {
      if (editing) {
        // While the reader edits a message, the text waits with what stood in the field before.
        setAside = joinTexts(text, setAside);
      } else {
        const [start, end, both] = [field.selectionStart, field.selectionEnd, joinTexts(text, field.value)];
        const shift = both.endsWith(field.value) ? both.length - field.value.length : 0;
        field.value = both;
        field.setSelectionRange(start + shift, end + shift);
        fieldChanged();
      }
      storeNow();
      refuse(reason);
    },
  };
}
