// How the room is kept from strangers: hidden, and with a password, or not.
//
// Owns: what its maker asks to be otherwise here, and the password that was set here, to be
// said again on the next line: whoever is first behind a restart makes the room anew.
// Must not know: how it is typed, the line.
//
// The password is in this page's memory and nowhere else.
//
// Next: `room.js`.

/** Which sentence says it. */
const natureIn = ({ hidden, locked }) => (hidden ? (locked ? 'isHiddenLocked' : 'isHidden') : (locked ? 'isLocked' : 'isOpen'));

/** Whether this may be what came of it. */
function fulfils(told, { hidden = told.hidden, password }) {
  return hidden === told.hidden && (password === undefined || Boolean(password) === told.locked);
}

/**
 * The nature of `room`, told in `log`; `ask(message)` hands a request to the line. `isTwofold()`:
 * by a way with requests beside it, so what one has changed oneself comes by both.
 */
export function keepNature({ room, log, say, ask, isTwofold }) {
  // What was asked and is not answered yet, and what will be told once more.
  let wishes = [];
  let echoes = [];
  let password = '';

  return {
    /** Wants it otherwise: `hidden`, `password`; an empty one is none. False: there is no line. */
    sets(change) {
      const isAsked = ask({ type: 'set', room, ...change });
      if (isAsked) wishes.push(change);
      return isAsked;
    },
    /** It is otherwise now, by us or by another device of its maker. */
    told(told) {
      const words = say(natureIn(told), { room });
      const wish = wishes.length && fulfils(told, wishes[0]) ? wishes.shift() : null;
      if (wish && isTwofold()) echoes.push(words);
      else if (!wish && echoes.includes(words)) {
        echoes.splice(echoes.indexOf(words), 1);
        return;
      }
      if (!told.locked) password = '';
      else if (wish && wish.password) password = wish.password;
      log.tell('note', words);
    },
    refused({ id, reason }) {
      if (!id) wishes = [];
      // There is another one.
      if (reason === 'wrong-password') password = '';
    },
    lost() {
      wishes = [];
      echoes = [];
    },
    /** What a hello says of it. */
    known: () => (password ? { password } : {}),
  };
}
