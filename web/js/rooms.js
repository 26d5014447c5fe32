// The rooms one is in beside this one: what came there since one looked.
//
// Owns: which rooms those are (kept on the shelf, for all tabs), and the counts.
// Must not know: this room, the document.
//
// One line carries all of them. By a stream or by polls it carries one room only, and
// the counts stay as they are.
//
// Next: `panels.js`.

import { follow } from './follow.js';
import { lastSeenIn } from './lastseen.js';
import { ROOMS_MAX } from './limits.js';
import { speaksTo } from './said.js';
import { openShelf } from './shelf.js';

const ROOMS_NAME = 'threadbare.rooms';
/** What one may want to know of; an edit or a topic is no news. */
const NEWS = new Set(['message', 'me']);

/**
 * Those beside `here`; `isNews(told)` is false for one's own and for who is
 * ignored; `spokenTo(told)` hears of words to oneself.
 */
export function keepRooms({ here, session, isNews, changed, spokenTo }) {
  const shelf = openShelf(() => localStorage);
  // Later ones are nearer: that is where one goes back to.
  keep([...read().filter((name) => name !== here), here].slice(-ROOMS_MAX));
  const others = new Map(read().filter((name) => name !== here).map((name) => [name, enter(name)]));

  function read() {
    try {
      return JSON.parse(shelf.read(ROOMS_NAME) || '[]').filter((name) => typeof name === 'string');
    } catch (torn) {
      return [];
    }
  }

  function keep(names) {
    shelf.write(ROOMS_NAME, JSON.stringify(names));
  }

  function enter(room) {
    const state = { fresh: 0, toMe: 0, isNew: true };
    const seen = lastSeenIn(room);
    state.isNew = !seen.epoch;
    state.place = follow({
      room,
      from: seen,
      heard: {
        joined() {},
        line(told) {
          // Where one has never looked, what was said before is not news.
          if (state.isNew || !NEWS.has(told.type) || !isNews(told)) return;
          state.fresh += 1;
          const isToMe = speaksTo(told.text, session.name());
          if (isToMe) state.toMe += 1;
          changed();
          if (isToMe) spokenTo(told);
        },
        hole(name, { n = 0 } = {}) {
          if (name !== 'tooOld') return;
          state.fresh += n;
          changed();
        },
        notKept() {},
        behind() {},
        caughtUp() { state.isNew = false; },
      },
    });
    return state;
  }

  function forget(name) {
    keep(read().filter((other) => other !== name));
    others.delete(name);
    changed();
  }

  // Another tab has that room in front.
  addEventListener('storage', () => {
    for (const [name, state] of others) {
      if (!state.fresh || lastSeenIn(name).seq < state.place.seq()) continue;
      Object.assign(state, { fresh: 0, toMe: 0 });
      changed();
    }
  });

  return {
    places: () => Array.from(others.values(), (state) => state.place.place()),
    /** How much is new in all of them. */
    fresh: () => Array.from(others.values()).reduce((sum, state) => sum + state.fresh, 0),
    /** How much is new in one of them, and how much of it to oneself. */
    freshIn: (name) => others.get(name) || { fresh: 0, toMe: 0 },
    /** Something about another room. False: none that we know. */
    hear(told) {
      const state = others.get(told.room);
      if (!state) return false;
      // A password, a room that is full: whoever goes there is asked.
      if (told.type === 'refused' && !told.id) forget(told.room);
      else state.place.hear(told);
      return true;
    },
    /** The one before or behind this one, round about; nothing if there is no other. */
    beside(step) {
      const all = [...others.keys(), here].sort((one, other) => one.localeCompare(other));
      const next = all[(all.indexOf(here) + step + all.length) % all.length];
      return next === here ? '' : next;
    },
    /** One leaves this room for good. Returns where one was before. */
    leave() {
      keep(read().filter((name) => name !== here));
      return [...others.keys()].pop() || '';
    },
  };
}
