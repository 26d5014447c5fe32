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

import { goTo, roomPath } from './addresses.js';
import { ANSWER_WAIT_MS, ASKED_AGAIN_MS } from './limits.js';
import { reasonOf } from './reasons.js';

/** Nobody made it, so it asks for nothing. */
const LOBBY = 'lobby';

/** Asks the box, from the room `from`, to be let into another. What it says; nothing if it says nothing. */
async function knock({ from, token, room, password }) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ANSWER_WAIT_MS);
  try {
    const answer = await fetch(roomPath(from), {
      method: 'POST',
      signal: stop.signal,
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ type: 'join', room, ...(password ? { password } : {}) }),
    });
    return (await answer.json()).pop();
  } catch (broken) {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The doors, in `panel`, which `open()` opens. `comeBack()` comes back into `here`, the room
 * that one is in.
 */
export function openDoors({ panel, say, here, session, open, comeBack }) {
  const form = panel.querySelector('.door');
  const words = form.querySelector('p');
  const field = form.elements.password;
  let wanted = '';

  function tellHere(what) {
    form.hidden = false;
    words.textContent = what;
  }

  /** Asks for the password of a room, where one is. */
  function ask(room, what) {
    wanted = room;
    open();
    field.closest('div').hidden = false;
    tellHere(what);
    field.value = '';
    field.focus();
  }

  /** `tell(words, isAway)` hears why one does not get in; `isAway`: nobody was there to be asked. */
  async function enter(room, password, tell) {
    const told = await knock({ from: room === here ? LOBBY : here, token: session.token(), room, password });
    const reason = told && told.reason;
    if (!told) tell(say('needsLine'), true);
    else if (reason === 'too-fast') setTimeout(() => enter(room, password, tell), told.wait || ASKED_AGAIN_MS);
    else if (reason === 'password-needed') ask(room, say('refusedPassword', { room }));
    else if (reason === 'wrong-password') ask(room, say('wrongPassword'));
    else if (reason && reason !== 'in-room') tell(reasonOf(told, say), false);
    else if (room === here) comeBack();
    else goTo(room);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (field.value) enter(wanted, field.value, tellHere);
  });

  return {
    /** The room that one is in asks for a password now. */
    ask: () => ask(here, say('refusedPassword', { room: here })),
    /** From the panel: there one is told why not. */
    enter(room) {
      form.hidden = true;
      field.closest('div').hidden = true;
      enter(room, '', tellHere);
    },
    /** As it was typed: the room, and its password behind it. */
    enterTyped(text, tell) {
      const [room] = text.split(/\s/, 1);
      enter(room, text.slice(room.length).trim(), tell);
    },
  };
}
