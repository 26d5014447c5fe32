// The menu behind the room's name; on paper, from which day to which the messages are.
//
// Owns: what the menu must know before it is loaded.
// Must not know: what stands in the menu.
//
// Part: `chat.js`.

import { pageElement } from '../layout.js';
import { dayOf, say } from '../words.js';
import { fillLater } from './fill.js';

/** Makes the word that opens the room's menu. The parts are those that the menu needs. */
export function openRoomHeader({ roomLog, composer, panels, commands }) {
  const span = pageElement('#span');
  // What the menu shows of the room. It is kept here, because the menu may be loaded later.
  const room = { topic: '', hidden: false, locked: false };
  let menu = null;
  pageElement('#room-menu summary').title = say('roomMenu');
  fillLater('room-menu', () => import('./panels/room_menu.js'), ({ fillRoomMenu }) => {
    menu = fillRoomMenu({ roomLog, composer, panels, commands, room });
    return menu;
  });

  /** Writes for the paper from which day to which the messages are. */
  function drawSpan() {
    const talk = document.querySelector('#letters:not([hidden])');
    const times = Array.from((talk || pageElement('#box')).querySelectorAll('.said time'), (time) => Date.parse(time.dateTime));
    const [from, to] = [Math.min(...times), Math.max(...times)].map((time) => (times.length ? dayOf(time) : ''));
    span.textContent = from === to ? from : say('span', { from, to });
  }

  matchMedia('print').addEventListener('change', drawSpan);
  addEventListener('beforeprint', drawSpan);

  return {
    topicIs(words) {
      room.topic = words;
      if (menu) menu.draw();
    },
    /**
     * Takes a `joined` or a `set` of this room, which says whether the room is hidden, and whether
     * it asks for a password.
     */
    access(frame) {
      Object.assign(room, { hidden: frame.hidden, locked: frame.locked });
      if (menu) menu.accessChanged();
    },
    /** Takes a refusal. Returns true if it answers a change that the menu has asked for. */
    refused: (frame) => Boolean(menu) && menu.refused(frame),
  };
}
