// Entering rooms: another room, or again the room of this page. A room may ask for a password.
//
// Owns: the request by which the reader enters a room, before the browser loads the room's page;
// the field for a password.
// Must not know: the log, how a connection is opened.
//
// A password stands in no address: an HTTP request of its own has it, on every transport. A reader
// who was let in may come again without the password, so the room's page does not ask for it.
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom, goToRoom } from '../addresses.js';
import { TOKEN_NAME } from '../connection/session.js';
import { sendByPost } from '../connection/transports.js';
import { pageElement } from '../layout.js';
import { STORED, readNames, tabStorage } from '../storage.js';
import { refusalWords, say } from '../words.js';
import { ROOMS_NAME } from './rooms.js';

/**
 * A request to enter a room that came too fast is sent again after this, if the server does not say
 * when.
 */
const ENTER_AGAIN_MS = 1_000;
/**
 * A request to enter a room that came too fast is sent again so often, before the page tells the
 * reader.
 */
const ENTER_AGAIN_TIMES = 3;

/** In the tab's storage: the room that the reader has just joined, and found without a password. */
const FOUND_OPEN_NAME = `${STORED}found-open`;

/**
 * Makes the way into rooms. `showPanel()` opens the panel with the field; `mayTakeFocus()`: the
 * composer is empty; `focusField()` goes on with the message.
 */
export function openAccess({ session, connection, showPanel, mayTakeFocus, focusField }) {
  const form = pageElement('#rooms .door');
  const words = form.querySelector('p');
  const field = form.elements.password;
  let wantedRoom = '';
  // The room of this page has asked for its password; then the request must be sent in another
  // room.
  let isOut = false;
  // How many attempts there were; each attempt ends the one before.
  let attempts = 0;

  function tellHere(what, isWrong = true) {
    // Shorter words keep the place of those before, so that the field below does not move.
    words.style.minHeight = `${words.offsetHeight}px`;
    form.hidden = false;
    words.classList.toggle('problem', isWrong);
    words.textContent = what;
  }

  /** `isWrong`: the reader has typed a password, and it is not the room's. */
  function askPassword(room, what, takesFocus, isWrong = false) {
    wantedRoom = room;
    showPanel();
    field.closest('div').hidden = false;
    tellHere(what, isWrong);
    field.value = '';
    if (takesFocus) field.focus();
  }

  /** Puts the form away. An answer that is on its way does not bring it back. */
  function cancel() {
    attempts += 1;
    const hadFocus = form.contains(document.activeElement);
    hideForm();
    if (hadFocus) focusField();
  }

  function hideForm() {
    form.hidden = true;
    words.style.minHeight = '';
    field.closest('div').hidden = true;
    field.value = '';
  }

  /**
   * Asks the server to let the reader in. Returns the last frame of its answer; undefined without
   * an answer.
   */
  async function requestEntry(room, password, isHidden) {
    const from = isOut || room === currentRoom ? OPEN_ROOM : currentRoom;
    const request = { type: 'join', room, ...(password ? { password } : {}), ...(isHidden ? { hidden: true } : {}) };
    // What a token in the cookie gains is also for the person's other devices.
    await session.takeLastToken();
    const frames = await sendByPost(from, session.token(), request).catch(() => []);
    // Entering a room with a password may bring a new token.
    for (const frame of frames.filter(({ type }) => type === 'session')) await session.takeLastToken(frame.token);
    return frames.pop();
  }

  /**
   * Enters a room. `isHidden`: if the room is new, it is not in the list of rooms.
   * `tell(words, isAway)` is called with why the reader does not get in; `isAway`: the server did
   * not answer.
   */
  async function enter(room, password, tell, isHidden = false) {
    attempts += 1;
    const attempt = attempts;
    let frame = await requestEntry(room, password, isHidden);
    for (let tries = 0; frame && frame.reason === 'too-fast' && tries < ENTER_AGAIN_TIMES && attempt === attempts; tries += 1) {
      await new Promise((done) => { setTimeout(done, frame.wait || ENTER_AGAIN_MS); });
      if (attempt === attempts) frame = await requestEntry(room, password, isHidden);
    }
    if (attempt !== attempts) return;
    const reason = frame && frame.reason;
    if (!frame) tell(say('roomsNeedConnection'), true);
    else if (reason === 'password-needed') askPassword(room, say('refusedPassword', { room }), true);
    else if (reason === 'wrong-password') askPassword(room, say('wrong-password'), true, true);
    else if (reason && reason !== 'in-room') tell(refusalWords(frame), false);
    else {
      // Who gave a password for a new room must know that everybody reads there. While the room's
      // own form asks, the reader has asked for no new room.
      if (password && form.hidden && frame.locked === false) tabStorage().write(FOUND_OPEN_NAME, room);
      hideForm();
      if (room === currentRoom) reenter();
      else goToRoom(room);
    }
  }

  function reenter() {
    isOut = false;
    if (connection.isOpen()) connection.reconnect();
    else connection.tryNow();
  }

  // Another tab has perhaps entered the room for whose password this tab asks.
  addEventListener('storage', async ({ key }) => {
    if (form.hidden) return;
    if (key === ROOMS_NAME && wantedRoom !== currentRoom && readNames(ROOMS_NAME).includes(wantedRoom)) hideForm();
    if (key !== TOKEN_NAME || !isOut) return;
    const frame = await requestEntry(currentRoom, '');
    if (!isOut || !frame || (frame.reason && frame.reason !== 'in-room')) return;
    hideForm();
    reenter();
  });

  form.querySelector('.plain').addEventListener('click', cancel);
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    cancel();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const password = field.value;
    field.value = '';
    if (password) enter(wantedRoom, password, (what) => tellHere(what));
  });

  return {
    /**
     * The room of this page asks for a password now. The field for it takes the focus if the
     * composer is empty.
     */
    askAgain() {
      isOut = true;
      askPassword(currentRoom, say('refusedPassword', { room: currentRoom }), mayTakeFocus());
    },
    /** There is a connection again: that there was none is not said any more. */
    connected() { if (words.textContent === say('roomsNeedConnection')) hideForm(); },
    /**
     * Returns what the reader must know of the room of this page, who has just joined it; '' if
     * nothing.
     */
    joinedWords() {
      const room = tabStorage().read(FOUND_OPEN_NAME);
      tabStorage().write(FOUND_OPEN_NAME, '');
      return room === currentRoom ? say('roomWasOpen', { room }) : '';
    },
    /** Nobody is asked any more, because the session is over. */
    cancel,
    /** Whether the room of this page has asked for its password. */
    isOut: () => isOut,
    /**
     * Tries to enter the room of this page again, without a password: the room may have none any
     * more.
     */
    comeBack() {
      hideForm();
      enter(currentRoom, '', (what) => {
        showPanel();
        tellHere(what);
      });
    },
    /** Enters a room. The panel says why the reader does not get in. */
    enter(room) {
      hideForm();
      enter(room, '', (what) => tellHere(what));
    },
    /** Enters a room, or makes it. `tell(words)` is called with why that failed. */
    create({ room, password, isHidden }, tell) {
      hideForm();
      enter(room, password, tell, isHidden);
    },
    /** Enters a room with a typed password, '' for none. `tell` is as `enter` has it. */
    enterTyped: enter,
  };
}
