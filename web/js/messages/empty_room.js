// What a room without messages says: write the first one, the address for others, and whether the
// room is new.
//
// Owns: what it says, and how the address is copied.
// Must not know: when the room is empty (`log_view.js` marks its box).
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom, home, roomLink, roomPath } from '../addresses.js';
import { originForOthers } from '../addresses_more.js';
import { element, elementWith } from '../elements.js';
import { pageElement } from '../layout.js';
import { copyButton } from '../layout_more.js';
import { say } from '../words.js';

/**
 * Fills the element that is seen while the room has no message. `access(frame)` takes a `joined` or
 * a `set` of this room, which say whether it is hidden. A `joined` says whether its log is empty:
 * then the reader may have mistyped the name of another room, and gets a way back.
 */
export function openEmptyRoom() {
  const hint = element('p', '', say('hiddenHint'));
  const back = element('a', '', say('backToRoom', { room: OPEN_ROOM }));
  back.href = roomLink(OPEN_ROOM);
  const fresh = element('p', '', say('isNewRoom'), ' ', back);
  fillWithAddress();
  return {
    access({ hidden, seq }) {
      if (seq === 0 && currentRoom !== OPEN_ROOM) pageElement('#empty').append(fresh);
      else if (seq) fresh.remove();
      if (hidden) pageElement('#empty').append(hint);
      else hint.remove();
    },
  };
}

/** If others can open the page's address, says it, with a button that copies it. */
function fillWithAddress() {
  const origin = originForOthers();
  if (!origin) return;
  const address = origin + roomPath(currentRoom);
  // The reader reads the room's name; programs get the address with its letters encoded.
  const shown = elementWith('b', { dir: 'ltr' }, `${origin}${home}r/${currentRoom}`);
  pageElement('#empty').replaceChildren(say('nothingYetInvite'), elementWith('p', {}, shown, ' ', copyButton(say('copy'), address, shown)));
}
