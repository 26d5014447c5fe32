// How the room of this page is closed to strangers: whether it is hidden, and has a password.
//
// Owns: the changes of that which have no answer yet, and the password that was set here.
// Must not know: where a change is typed, how the reader enters a room.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { say } from '../words.js';

/** Returns the key of the sentence that says whether the room is hidden, and has a password. */
const closureKey = ({ hidden, locked }) => (hidden ? (locked ? 'isHiddenLocked' : 'isHidden') : (locked ? 'isLocked' : 'isOpen'));

/** Whether a `set` may be the answer to this change. */
function answers(frame, { hidden = frame.hidden, password }) {
  return hidden === frame.hidden && (password === undefined || Boolean(password) === frame.locked);
}

/**
 * Whether the room is hidden, and has a password. The password that was set here is in this page's
 * memory and nowhere else. The next hello has it: if the server has forgotten the room, the page
 * makes it again. `tell(words)` says what is so from now on.
 */
export function keepClosure(connection, tell) {
  // Changes without an answer yet; and sentences, by their keys, of which a stream or a poll will
  // bring the frame a second time.
  let asked = [];
  let repeated = [];
  let password = '';
  // What the server has said last.
  let known = {};

  /**
   * Whether the password was changed for another one: nothing else is different, and the reader has
   * wished nothing else.
   */
  function isRenewal({ hidden, locked }, wish) {
    return locked && known.locked && hidden === known.hidden && (!wish || Boolean(wish.password));
  }

  return {
    /** Takes a `joined`. */
    joined({ hidden, locked }) { known = { hidden, locked }; },
    /**
     * Asks the server for a change: of `hidden`, or of `password` ('' removes it). Returns false
     * without a connection.
     */
    change(wish) {
      const isAsked = connection.send({ type: 'set', room: currentRoom, ...wish });
      if (isAsked) asked.push(wish);
      return isAsked;
    },
    /** Takes a `set`: this page or another device of the room's maker has changed it. */
    changed(frame) {
      const key = closureKey(frame);
      const wish = asked.length && answers(frame, asked[0]) ? asked.shift() : null;
      if (wish && !connection.carriesAllRooms()) repeated.push(key);
      else if (!wish && repeated.includes(key)) {
        repeated.splice(repeated.indexOf(key), 1);
        return;
      }
      const words = say(isRenewal(frame, wish) ? 'newRoomPassword' : key, { room: currentRoom });
      known = { hidden: frame.hidden, locked: frame.locked };
      if (!frame.locked) password = '';
      else if (wish && wish.password) password = wish.password;
      tell(words);
    },
    refused({ id, reason }) {
      if (!id) asked = [];
      // The room has another password by now.
      if (reason === 'wrong-password') password = '';
    },
    connectionLost() {
      asked = [];
      repeated = [];
    },
    /** Returns what a hello says of the room's password. */
    forHello: () => (password ? { password } : {}),
  };
}
