// The other rooms, where the line carries one only: they are looked into now and then.
//
// Owns: when, and that there is one such request at a time: a browser has six connections
// to a box for all its tabs.
// Must not know: what is counted, what else one does in a room.
//
// A look is a poll that waits for nothing. Who looks in is in that room until some minutes
// after the last look, so nobody there is told of a coming with each.
//
// Next: `shared.js`.

import { LOOK_AFTER_MS, LOOK_HIDDEN_AFTER_MS } from './limits.js';
import { lookInto, newsOfPolls } from './ways.js';

/**
 * `places()` is where one is beside this room, `hello(rooms)` what one says first to be in these;
 * `hear(told)` hears what is told of them.
 */
export function openLooks({ places, hello, hear }) {
  // Of this line; `null`: there is none that needs it.
  let isNews = null;
  let isLooking = false;
  let timer = 0;

  /** All that is new in one room; what is too much for one answer comes in several. */
  async function lookIn(room, isNewsThen) {
    for (let isAll = false; !isAll;) {
      const place = places().find((one) => one.room === room);
      // One that was left meanwhile is not entered again.
      if (!place || isNews !== isNewsThen) return;
      const told = await lookInto(hello([place]));
      if (isNews !== isNewsThen) return;
      // One person is here as often as one may be: that guest is nobody's.
      if (told.some(({ type, room: of }) => type === 'refused' && !of)) return;
      const ofRoom = told.filter((one) => one.room === room);
      isAll = !ofRoom.some(({ seq }) => seq > (place.seq || 0)) || ofRoom.some(({ type }) => type === 'caught-up');
      ofRoom.filter(isNews).forEach(hear);
    }
  }

  async function look() {
    clearTimeout(timer);
    if (isLooking || !isNews) return;
    const isNewsThen = isNews;
    isLooking = true;
    try {
      for (const { room } of places()) await lookIn(room, isNewsThen);
    } catch (broken) {
      // The line notices by itself.
    }
    isLooking = false;
    // On another line all is told anew.
    if (isNews === isNewsThen) later();
    else look();
  }

  function later() {
    clearTimeout(timer);
    const isWanted = isNews && places().length;
    if (isWanted) timer = setTimeout(look, document.hidden ? LOOK_HIDDEN_AFTER_MS : LOOK_AFTER_MS);
  }

  document.addEventListener('visibilitychange', () => {
    if (document.hidden) later();
    else look();
  });
  return {
    look,
    /** There is a line, and whether it carries this room only. */
    lineOpened(isLesser) {
      isNews = isLesser ? newsOfPolls() : null;
      look();
    },
    lineLost() {
      isNews = null;
      clearTimeout(timer);
    },
  };
}
