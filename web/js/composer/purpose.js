// What the text in the field is for: a new message, a reply to one, or the new text of an old
// message.
//
// Owns: the message that the reader edits or replies to, the strip over the field that says so,
// which of them is marked (`isChanging`), and what stood in the field before an edit.
// Must not know: how a text is sent, the keys of the field.
//
// Part: `chat.js`.

import { button, element } from '../elements.js';
import { pageElement, touchScreen } from '../layout.js';
import { firstWords } from '../messages/row.js';
import { say, timeOf } from '../words.js';
import { joinTexts } from './drafts.js';
import { withoutPassword } from './sending.js';

/**
 * Makes the purpose of what stands in `field`. `refuse(words)` says why an edit or a reply cannot
 * begin now; `begins()` is called when an edit has put its text into the field, and `ends()` when
 * the text from before is there again.
 */
export function openPurpose({ field, refuse, begins, ends }) {
  const strip = pageElement('#editing');
  // The message that the reader edits, and what stood in the field before; the message that the
  // reader replies to.
  let [editing, setAside] = [null, ''];
  let replying = null;

  /** Says over the field what the text is for. */
  function showStrip(words, cancel) {
    const hadFocus = strip.contains(document.activeElement);
    strip.hidden = false;
    strip.replaceChildren(element('span', '', ...words), ' ', button(say(touchScreen.matches ? 'cancel' : 'cancelByKey'), cancel));
    if (hadFocus) strip.lastChild.focus();
  }

  function stopEditing() {
    editing.isChanging = false;
    editing = null;
    field.value = setAside;
    setAside = '';
    strip.hidden = true;
    ends();
    field.focus();
  }

  /** Says over the field to whom the text replies, and to which words. */
  function showReply({ own, from, seq, text }) {
    showReplyTo(own ? say('you') : from || `#${seq}`, text === null ? say('deletedWords') : firstWords(text));
  }

  function showReplyTo(name, words) {
    const [before, behind] = say('replyingTo').split('{name}');
    showStrip([before, element('bdi', '', name), behind, element('bdi', '', words)], () => {
      stopReplying();
      field.focus();
    });
  }

  function stopReplying() {
    if (!replying) return;
    replying = null;
    strip.hidden = true;
  }

  return {
    /** What the text is about: { editing, replying }, a message or null each. */
    about: () => ({ editing, replying }),
    isEditing: () => Boolean(editing),
    /** The text in the field becomes the new text of this message. */
    edit(item) {
      if (editing && field.value && field.value !== editing.text) {
        refuse(say('finishEdit'));
        return;
      }
      if (editing) editing.isChanging = false;
      else setAside = field.value;
      stopReplying();
      editing = item;
      item.isChanging = true;
      field.value = item.text;
      showStrip([say('editing', { time: timeOf(item.at) }), element('bdi', '', firstWords(item.text))], stopEditing);
      begins();
      field.focus();
    },
    /** The text in the field becomes a reply to this message. */
    reply(item) {
      if (editing) {
        refuse(say('finishEdit'));
        return;
      }
      replying = item;
      showReply(item);
      field.focus();
    },
    /** A message was changed or deleted, perhaps the one that the reader replies to. */
    messageChanged() { if (replying) showReply(replying); },
    /** If the message that the reader replies to is gone, the strip says only its number. */
    forget(isGone) { if (replying && isGone(replying)) showReplyTo(`#${replying.seq}`, ''); },
    /** Forgets the edit or the reply: the field gets another text. */
    drop() {
      if (editing) {
        editing.isChanging = false;
        [editing, setAside] = [null, ''];
        strip.hidden = true;
      }
      stopReplying();
    },
    /**
     * Ends the edit or the reply, because it is sent or given up. Returns false if there is none.
     */
    end() {
      const isOne = Boolean(editing || replying);
      if (editing) stopEditing();
      else stopReplying();
      return isOne;
    },
    /** Returns what stands in the field, as a draft may have it. */
    asDraft() {
      if (!editing) return withoutPassword(field.value);
      // Half an edit survives a reload as the command that it is, but not beside another text.
      const half = field.value !== editing.text ? (setAside ? '' : `/edit #${editing.seq} `) + field.value : '';
      return [withoutPassword(setAside), half].filter(Boolean).join('\n');
    },
    /**
     * While the reader edits a message, a text that comes back waits with what stood in the field
     * before.
     */
    setAside(text) { setAside = joinTexts(text, setAside); },
  };
}
