// What the reader has read, told to their other devices, and heard from those.
//
// Owns: when the server is told. It is told soon, and then seldom, because each person in a busy
// room would tell it; and when the reader leaves, because that is when another device is looked at.
// Must not know: what counts as read.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { keepLastRead, lastReadIn } from './unread.js';

/** The server is told this long after a message came, or the reader moved. */
const TELL_AFTER_MS = 1_000;
/** The server is told this often at most, unless the reader leaves. */
const TELL_AGAIN_MS = 30_000;

/**
 * Tells the server how far the reader has read in the room of this page. `box` is what scrolls;
 * `send(request)` sends a request; `epoch()` is that of the room's log. `changed()` is called when
 * the reader has read more of some room on another device; `readHere(seq)` when they have read this
 * room there, up to this number.
 */
export function openOtherDevices({ box, send, epoch, changed, readHere }) {
  let told = 0;
  let toldAt = 0;
  let timer = 0;

  function tell() {
    clearTimeout(timer);
    timer = 0;
    const { epoch: its, seq } = lastReadIn(currentRoom);
    if (its !== epoch() || seq <= told) return;
    if (!send({ type: 'read', room: currentRoom, epoch: its, seq })) return;
    [told, toldAt] = [seq, Date.now()];
  }

  function soon() {
    timer = timer || setTimeout(tell, Math.max(TELL_AFTER_MS, toldAt + TELL_AGAIN_MS - Date.now()));
  }

  box.addEventListener('scroll', soon, { passive: true });
  document.addEventListener('click', soon);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) tell();
    else soon();
  });
  soon();

  return {
    /** Takes each frame. */
    noticed({ type, room, epoch: its, seq, read = 0 }) {
      if (type === 'read' && room) {
        keepLastRead(room).raise({ epoch: its, seq });
        if (room === currentRoom) {
          told = Math.max(told, seq);
          if (its === epoch()) readHere(seq);
        }
        changed();
      } else if (room === currentRoom && ['message', 'me', 'caught-up'].includes(type)) soon();
      else if (room === currentRoom && type === 'joined') {
        told = read;
        // The page may come back after a while in which another device was looked at.
        if (its === epoch()) readHere(read);
      }
    },
  };
}
