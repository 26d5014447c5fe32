// Commands about the room of this page and its messages: `/me`, `/reply`, `/edit`, `/topic`,
// `/password` ...
//
// Owns: which message a command is about, and the words if the command cannot be carried out.
// Must not know: how a message travels, other rooms, how private messages are kept.
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
 * Makes the commands about messages of one log: /reply, /edit, /delete. `messageOf(seq)` is the
 * message of a number; `latestOwn()` and `latestOfOthers()` are those that the reader sees;
 * `isWaiting()`: a message waits to be sent; `mayRemove()`: the reader may delete messages of
 * others, too; `sendReply(text, message)` and `change(type, text, message)` return what is wrong.
 */
function openMessageCommands({ messageOf, latestOwn, latestOfOthers, isWaiting, mayRemove, sendReply, change }) {
  /** Sends an edit or a deletion: "#42 words" is of that message, "words" of the last one. */
  function sendChange(type, typed) {
    const [number, text] = readNumbered(typed);
    // The reader means the last message, which still waits, and not the line before it.
    if (!number && isWaiting()) return say('lastWaits');
    const item = number ? messageOf(number) : latestOwn();
    const mayChange = item && item.seq && (item.own || (type === 'delete' && mayRemove()));
    if (!mayChange) return say('not-yours');
    // "/delete that" is not "/delete".
    if ((type === 'edit') !== Boolean(text)) return null;
    return change(type, text, item);
  }

  return {
    /** Replies to "#42", or to the latest message of somebody else that the reader sees. */
    reply(typed) {
      const [number, text] = readNumbered(typed);
      if (!text) return null;
      const last = latestOfOthers();
      if (!number && !last) return say('nobodyWrote');
      return sendReply(text, { seq: number || last.seq });
    },
    edit: (text) => sendChange('edit', text),
    delete: (text) => sendChange('delete', text),
  };
}

/**
 * Makes the commands about messages of the private talk. `sendTo` is that of `openPeopleCommands`.
 */
export function openTalkCommands(privateTalk, sendTo) {
  const { messages, latestOwn, isWaiting, change } = privateTalk;
  return openMessageCommands({
    latestOwn, isWaiting, change,
    mayRemove: () => false,
    messageOf: (number) => messages().find(({ seq }) => seq === number),
    latestOfOthers: () => messages().filter(({ own }) => !own).pop(),
    sendReply: (text, replying) => sendTo(privateTalk.recipient(), text, { replying }),
  });
}

/**
 * Makes the commands that a room hears or sees; `openCommands` says what a command returns.
 * `mayRemove()`: the reader may delete messages of others, too. `keeping`: the commands of whoever
 * looks after the room. `invite(name)` makes an invite to the room, and sends it to that person;
 * '': shows it.
 */
export function openRoomCommands({ sending, roomUnsent, roomView, roomLog, isHidden, mayRemove, keeping, invite }) {
  const close = (change) => (roomLog.close(change) ? '' : say('needsConnection'));

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
    invite: (typed) => () => invite(typed.replace(/^@/, '').replace(/^"([^]*)"$/, '$1')),
    ...keeping,
    hide: () => close({ hidden: true }),
    show: () => close({ hidden: false }),
    ...openMessageCommands({
      messageOf: roomView.find,
      latestOwn: roomView.latestOwn,
      latestOfOthers: () => roomView.messages((item) => !item.own && item.seq && item.text !== null && !isHidden(item)).pop(),
      isWaiting: () => roomUnsent.tail().length > 0,
      mayRemove,
      sendReply: sending.say,
      change: (type, text, { seq }) => sending.toRoom(type, text, { seq }),
    }),
  };
}
