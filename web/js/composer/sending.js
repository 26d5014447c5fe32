// What becomes of a text from the field: a message to the room, or the new text of one.
//
// Owns: how a message is spelled so that it is no command, and the words if it cannot be sent.
// Must not know: what a command does, how a message travels, the keys of the field.
//
// Next: `messages/unsent.js`.

import { UNSENT_MAX } from '../limits.js';
import { say } from '../words.js';

/** Whether a text is a command. */
export const isCommand = (text) => /^\/(?!\/)/.test(text);

/** Returns a text as the reader types it so that it is no command. */
export const escapeSlash = (text) => (text.startsWith('/') ? `/${text}` : text);

/** Returns a text as a draft may have it: no password and no secret is stored. */
export const withoutPassword = (text) => text.replace(/^(\s*\/password)\s[^]*$/, '$1')
  .replace(/^(\s*\/join[ \t]+\S+)[ \t].*/, '$1').replace(/^(\s*\/name\s[^#]*)#.*/, '$1');

/** Returns what the reader types to make this message. */
export function typedForm({ type, text, more }) {
  // The end of a name must be visible.
  if (type === 'private') return `/msg ${/\s/.test(more.to) ? `"${more.to}"` : more.to} ${text}`;
  if (type === 'pin') return `/pin ${more.seq ? `#${more.seq}` : '-'}`;
  if (type === 'topic') return `/topic ${text || '-'}`;
  if (type !== 'say') return `/${type} ${more.seq ? `#${more.seq} ` : ''}${text}`;
  return more && more.reply ? `/reply #${more.reply} ${text}` : escapeSlash(text);
}

/** Makes what sends messages to the room. Its functions return what is wrong, '' if nothing is. */
export function openSending({ connection, roomUnsent, roomView }) {
  /** Sends a message to the room, or a change of one. */
  function toRoom(type, text, more) {
    if (roomUnsent.isFull()) return say('tooManyUnsent', { n: UNSENT_MAX });
    const message = roomUnsent.add(type, text, more);
    // The row of a message says itself that it waits.
    if (type !== 'say' && type !== 'me' && !connection.isOpen()) message.note = roomView.addNote('note', say('changeWaits'));
    return '';
  }

  return {
    toRoom,
    /** Sends a message; `replying` is the message that it replies to. */
    say: (text, replying) => toRoom('say', text, replying && replying.seq ? { reply: replying.seq } : undefined),
    // In another epoch the message has no number, and a change without one would be another line's.
    edit: (text, editing) => (editing.seq ? toRoom('edit', text, { seq: editing.seq }) : say('not-yours')),
  };
}
