// Commands about the room of this page and its messages: `/me`, `/reply`, `/edit`, `/topic`,
// `/password` ...
//
// Owns: which message a command is about, and the words if the command cannot be carried out.
// Must not know: how a message travels, other rooms, private messages.
//
// Part: `chat.js`.

import { say } from '../words.js';

/** Reads "#42 words" as [number, words]; without a number in front it is undefined. */
function readNumbered(typed) {
  const [, number, text] = /^(?:#(\d+)\s*)?([^]*)$/.exec(typed);
  return [number && Number(number), text];
}

/** Who types "-" in the place of a topic or a password wants none. */
const orNone = (text) => (text === '-' ? '' : text);

/**
 * Makes the commands that a room hears or sees; `openCommands` says what a command returns.
 * `invite()` makes an invite to the room, and shows it.
 */
export function openRoomCommands({ sending, roomUnsent, roomView, roomLog, isHidden, invite }) {
  const close = (change) => (roomLog.close(change) ? '' : say('needsConnection'));

  /** Sends an edit or a deletion: "#42 words" is of that message, "words" of the last one. */
  function sendChange(type, typed) {
    const [number, text] = readNumbered(typed);
    // The reader means the last message, which still waits, and not the line before it.
    if (!number && roomUnsent.tail().length) return say('lastWaits');
    const item = number ? roomView.find(number) : roomView.latestOwn();
    if (!item || !item.own || !item.seq) return say('not-yours');
    // "/delete that" is not "/delete".
    if ((type === 'edit') !== Boolean(text)) return null;
    return sending.toRoom(type, text, { seq: item.seq });
  }

  /** Replies to "#42", or to the latest message of somebody else that the reader sees. */
  function reply(typed) {
    const [number, text] = readNumbered(typed);
    if (!text) return null;
    const [last] = roomView.messages((item) => !item.own && item.seq && item.text !== null && !isHidden(item)).slice(-1);
    if (!number && !last) return say('nobodyWrote');
    return sending.say(text, { seq: number || last.seq });
  }

  /** Pins "#42", or removes the pin ("-"). */
  function pin(typed) {
    const [, number] = /^(?:-|#?(\d+))$/.exec(typed) || [];
    if (!number && typed !== '-') return null;
    return sending.toRoom('pin', '', number ? { seq: Number(number) } : {});
  }

  return {
    me: (text) => sending.toRoom('me', text),
    topic: (text) => sending.toRoom('topic', orNone(text)),
    pin,
    password: (text) => close({ password: orNone(text) }),
    invite: () => invite,
    hide: () => close({ hidden: true }),
    show: () => close({ hidden: false }),
    reply,
    edit: (text) => sendChange('edit', text),
    delete: (text) => sendChange('delete', text),
  };
}
