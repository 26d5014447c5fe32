// The doors of rooms: going into another, with a password where one is asked for.
//
// Owns: what is asked before this page is left for another room's, and the field for a
// password.
// Must not know: the log, how a line is opened.
//
// A password stands in no address: a request tells it, beside the line and whatever its way.
// Whoever was let in once may come again without it, so the room's own page needs none.
//
// Next: `panels.js`.

import { goTo } from './addresses.js';
import { ASKED_AGAIN_MS, ASKED_AGAIN_TIMES } from './limits.js';
import { reasonOf } from './reasons.js';
import { askBox } from './ways.js';

/** Nobody made it, so it asks for nothing. */
const LOBBY = 'lobby';

/** Asks the box, from the room `from`, to be let into another. All that it says; nothing if it says nothing. */
function knock({ from, token, room, password }) {
  return askBox(from, token, { type: 'join', room, ...(password ? { password } : {}) }).catch(() => []);
}

/**
 * The doors, in `panel`, which `open()` opens. `comeBack()` comes back into `here`, the room
 * that one is in; `isFree()`: nobody is typing something else; `renewed(token)` hears of a new
 * token of the session.
 */
export function openDoors({ panel, say, here, session, open, comeBack, isFree, renewed }) {
  const form = panel.querySelector('.door');
  const words = form.querySelector('p');
  const field = form.elements.password;
  let wanted = '';
  // The room that one is in does not let one in any more: another must be asked from.
  let isOut = false;
  // Who chooses anew has done with what was chosen before.
  let choice = 0;

  function tellHere(what) {
    form.hidden = false;
    words.textContent = what;
  }

  /** Asks for the password of a room, where one is. */
  function ask(room, what, takesFocus) {
    wanted = room;
    open();
    field.closest('div').hidden = false;
    tellHere(what);
    field.value = '';
    if (takesFocus) field.focus();
  }

  function close() {
    form.hidden = true;
    field.closest('div').hidden = true;
    field.value = '';
  }

  /** `tell(words, isAway)` hears why one does not get in; `isAway`: nobody was there to be asked. */
  async function enter(room, password, tell) {
    choice += 1;
    const mine = choice;
    const from = isOut || room === here ? LOBBY : here;
    /** What came of it; whoever came in may have a new token by that. */
    async function knocks() {
      const all = await knock({ from, token: session.token(), room, password });
      for (const one of all.filter(({ type }) => type === 'session')) await renewed(one.token);
      return all.pop();
    }
    let told = await knocks();
    for (let tries = 0; told && told.reason === 'too-fast' && tries < ASKED_AGAIN_TIMES && mine === choice; tries += 1) {
      await new Promise((done) => { setTimeout(done, told.wait || ASKED_AGAIN_MS); });
      if (mine === choice) told = await knocks();
    }
    if (mine !== choice) return;
    const reason = told && told.reason;
    if (!told) tell(say('needsLine'), true);
    else if (reason === 'password-needed') ask(room, say('refusedPassword', { room }), true);
    else if (reason === 'wrong-password') ask(room, say('wrong-password'), true);
    else if (reason && reason !== 'in-room') tell(reasonOf(told, say), false);
    else {
      close();
      if (room !== here) goTo(room);
      else {
        isOut = false;
        comeBack();
      }
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const password = field.value;
    field.value = '';
    if (password) enter(wanted, password, tellHere);
  });

  return {
    /** The room that one is in asks for a password now: that takes nobody's keys. */
    ask() {
      isOut = true;
      ask(here, say('refusedPassword', { room: here }), isFree());
    },
    isOut: () => isOut,
    /** Back into the room that one is in: it may ask for its password, or for none any more. */
    comeBack() {
      close();
      enter(here, '', (what) => {
        open();
        tellHere(what);
      });
    },
    /** From the panel: there one is told why not. */
    enter(room) {
      close();
      enter(room, '', tellHere);
    },
    /** As it was typed: the room, and its password behind it. */
    enterTyped(text, tell) {
      const [room] = text.split(/\s/, 1);
      enter(room, text.slice(room.length).trim(), tell);
    },
  };
}
