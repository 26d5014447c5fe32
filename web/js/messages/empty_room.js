// What a room without messages says: write the first one, the address for others, and whether the
// room is new.
//
// Owns: what it says, how the address is copied, and when its QR code is shown.
// Must not know: when the room is empty (`log_view.js` marks its box).
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom, home, roomLink, roomPath } from '../addresses.js';
import { originForOthers } from '../addresses_more.js';
import { button, element, elementWith } from '../elements.js';
import { pageElement } from '../layout.js';
import { copyButton } from '../layout_more.js';
import { say } from '../words.js';

/**
 * Fills the element that is seen while the room has no message. `access(frame)` takes a `joined` or
 * a `set` of this room, which say who may come in. A `joined` says whether its log is empty: then
 * the reader may have mistyped the name of another room, and gets a way back.
 */
export function openEmptyRoom() {
  const empty = pageElement('#empty');
  const words = document.createTextNode('');
  const address = addressForOthers();
  const hint = element('p', '', say('hiddenHint'));
  const back = element('a', '', say('backToRoom', { room: OPEN_ROOM }));
  back.href = roomLink(OPEN_ROOM);
  const fresh = element('p', '', say('isNewRoom'), ' ', back);

  /** In a room with a password, the address alone lets nobody in. */
  function draw(isLocked) {
    words.data = say(address && !isLocked ? 'nothingYetInvite' : 'nothingYet');
    if (address) address.hidden = isLocked;
  }

  empty.replaceChildren(words, ...(address ? [address] : []));
  draw(false);
  return {
    access({ hidden, locked, seq }) {
      draw(locked);
      if (seq === 0 && currentRoom !== OPEN_ROOM) empty.append(fresh);
      else if (seq) fresh.remove();
      if (hidden) empty.append(hint);
      else hint.remove();
    },
  };
}

/**
 * Makes the page's address, if others can open it, with a button that copies it, and one that shows
 * and hides its QR code.
 */
function addressForOthers() {
  const origin = originForOthers();
  if (!origin) return null;
  const address = origin + roomPath(currentRoom);
  // The reader reads the room's name; programs get the address with its letters encoded.
  const shown = elementWith('b', { dir: 'ltr' }, `${origin}${home}r/${currentRoom}`);
  const picture = elementWith('img', { class: 'qr', alt: say('qrCode'), width: 160, height: 160 });
  const code = button(say('showQrCode'), () => {
    // The picture is asked for when it is wanted.
    picture.src = `${home}qr?to=${encodeURIComponent(roomPath(currentRoom))}`;
    if (picture.isConnected) picture.remove();
    else code.parentElement.after(picture);
    code.setAttribute('aria-expanded', picture.isConnected);
  });
  code.setAttribute('aria-expanded', false);
  return element('div', '', elementWith('p', {}, shown, ' ', copyButton(say('copy'), address, shown), ' ', code));
}
