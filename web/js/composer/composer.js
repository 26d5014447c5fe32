// The composer: the field and its Send, the drafts of what stands there, and what comes back from
// elsewhere.
//
// Owns: what stands in the field until it is taken: a message, a command, or the new text of an old
// message; whether it may be sent now.
// Must not know: how a message travels, rows, what a command does.
//
// A text leaves the field in one way only: `texts.take` has found nothing wrong with it. Whatever
// is wrong (too long, too many messages wait, no such command) leaves the text where it is.
//
// Next: `composer/texts.js`.

import { goToRoom } from '../addresses.js';
import { trimmedText } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { DRAFT_STORED_AFTER_MS } from '../limits.js';
import { say } from '../words.js';
import { addBefore, addMention, fitHeight, openTypingTeller, watchEnterKey, watchFieldKeys } from './field.js';
import { openNote } from './note.js';
import { openPurpose } from './purpose.js';

/**
 * Makes the composer; `show` shows it. `texts` takes what is sent; `send(request)` sends a request
 * on the connection. The other parameters are functions that the composer calls:
 *   taken(text)               a text has left the field;
 *   isPrivate()               whether what is typed is for one person;
 *   currentView()             the log view that the reader sees;
 *   latestOwn()               the message that Arrow Up in an empty field edits, if there is one;
 *   roomBeside(step)          the room before (-1) or after (1) this one, '' if there is none.
 */
export function openComposer({ speaker, texts, send, taken, isPrivate, currentView, latestOwn, roomBeside }) {
  const form = pageElement('#composer');
  const field = pageElement('#field');
  const sendButton = form.querySelector('.send');
  const note = openNote();
  // They come in the second stage.
  let suggestions = { update() {}, hide() {}, key: () => false };
  const typing = openTypingTeller(field, send);
  const purpose = openPurpose({
    field, refuse,
    begins() {
      suggestions.hide();
      purposeChanged();
    },
    ends() {
      storeSoon();
      purposeChanged();
    },
  });
  let isShown = false;
  // Why nothing can be sent now; '' if something can.
  let shutBecause = '';
  // Whether the status row says so already.
  let isToldBelow = false;
  let draftTimer = 0;

  function fieldChanged() {
    fitHeight(form, field);
    note.countBytes(field.value);
    drawShut();
  }

  /** Says that nothing can be sent, and that what is typed stays. */
  function drawShut() {
    note.setStanding(isToldBelow ? '' : shutBecause && field.value ? `${shutBecause} ${say('textStays')}` : shutBecause);
  }

  function purposeChanged() {
    sendButton.textContent = say(purpose.isEditing() ? 'save' : 'send');
    currentView().redraw();
    fieldChanged();
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
    if (isShown) texts.storeDraft(purpose.asDraft());
  }

  // --- Sending ---

  function submit() {
    const text = trimmedText(field.value);
    if (!text) {
      if (purpose.isEditing()) refuse(say('emptyEdit'));
      return;
    }
    if (shutBecause) {
      // The note says so already.
      speaker.alarm(shutBecause);
      return;
    }
    const problem = note.countBytes(field.value) || take(text);
    if (problem) {
      refuse(problem);
      return;
    }
    field.value = '';
    purpose.end();
    suggestions.hide();
    note.tell('');
    fitHeight(form, field);
    storeNow();
  }

  function take(text) {
    const about = purpose.about();
    const problem = texts.take(text, about);
    if (!problem) taken(text);
    typing.sent();
    // Who sends something wants to be at the bottom.
    if (!problem && !about.editing) currentView().toBottom();
    return problem;
  }

  // --- Typing ---

  function typed(event) {
    fieldChanged();
    storeSoon();
    suggestions.update(event);
    if (field.value && !purpose.isEditing() && !isPrivate()) typing.typed();
  }

  watchFieldKeys(field, {
    submit,
    first: (event) => suggestions.key(event) || (event.key === 'Escape' && purpose.end()),
    page: (direction) => currentView().page(direction),
    editLatest() {
      const item = latestOwn();
      if (item) purpose.edit(item);
      return Boolean(item);
    },
    goBeside(step) {
      const room = roomBeside(step);
      if (room) goToRoom(room);
    },
  });

  field.addEventListener('input', typed);
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
    edit: purpose.edit,
    /** The next text replies to this message. */
    reply: purpose.reply,
    messageChanged: purpose.messageChanged,
    isEditing: purpose.isEditing,
    isEmpty: () => !field.value && !purpose.isEditing(),
    focus: () => field.focus(),
    storeDraft: storeNow,

    /** The field is for another recipient from now on: its label, and its text. */
    setRecipient(label, text) {
      purpose.drop();
      field.value = text;
      field.placeholder = label;
      form.setAttribute('aria-label', label);
      form.querySelector('label').textContent = label;
      suggestions.hide();
      purposeChanged();
    },

    /** Speaks to a person in the text: at its beginning, or where the caret is. */
    mention(name) {
      addMention(field, name);
      typed();
      field.focus();
    },

    tell: (words) => note.tell(words),

    /** A person has removed their messages, and `isGone(message)` says which these are. */
    forget(isGone) {
      purpose.forget(isGone);
      suggestions.hide();
      note.tell('');
    },
    countDown: note.countDown,

    /**
     * Lets nothing be sent, because of this; '' ends that. The text stays in the field. `isTold`:
     * the status row says so already.
     */
    shut(words, isTold) {
      shutBecause = words;
      isToldBelow = isTold;
      sendButton.disabled = Boolean(words);
      drawShut();
    },

    /**
     * Puts a text back into the field, before what stands there by now. The note says the reason,
     * if there is one.
     */
    giveBack(text, reason) {
      if (purpose.isEditing()) purpose.setAside(text);
      else {
        addBefore(field, text);
        fieldChanged();
      }
      storeNow();
      refuse(reason);
    },
  };
}
