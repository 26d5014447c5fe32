// The rooms one is in beside this one: what came there since one looked, and what is still
// to be said there.
//
// Owns: which rooms those are (kept on the shelf, for all tabs), and the counts.
// Must not know: this room, the document.
//
// One line carries all of them. By a stream or by polls it carries one room only: then the
// others are looked into, and what is said there goes by a request to that room.
//
// Next: `looks.js`.

import { follow } from './follow.js';
import { isSeenIn, lastSeenIn, seenBegins, watchSeen } from './lastseen.js';
import { ROOMS_MAX } from './limits.js';
import { openLooks } from './looks.js';
import { speaksTo } from './said.js';
import { openShelf } from './shelf.js';
import { keepUnsent } from './unsent.js';

const ROOMS_NAME = 'threadbare.rooms';
/** What one may want to know of; an edit or a topic is no news. */
const NEWS = new Set(['message', 'me']);

/** What came to one of them: lines by their numbers, and how many nobody can tell. */
function countIn(room, { session, isNews, changed, spokenTo, send, refused }) {
  const seen = lastSeenIn(room);
  // Words that are not said there yet, from a time when there was no line.
  const unsent = keepUnsent({
    room, session, send, changed: () => {}, refused: (item, told) => refused(room, item, told), epoch: () => place.place().epoch,
  });
  // Where one has never looked, what was said before is not news.
  let isFirst = !seen.epoch;
  // What is told again after a pause is counted, and no word is made of it.
  let isLive = false;
  let lines = [];
  let untold = 0;
  const place = follow({
    room,
    from: seen,
    heard: {
      joined(told) {
        isLive = false;
        if (!isFirst) seenBegins(room, told);
      },
      line(told) {
        unsent.lineCame(told);
        if (isLive && told.from === session.name()) told.own = true;
        if (isFirst || !NEWS.has(told.type) || !isNews(told) || isSeenIn(room, told.seq)) return;
        const isToMe = speaksTo(told.text, session.name());
        lines.push({ seq: told.seq, isToMe });
        changed();
        if (isToMe && isLive) spokenTo(told);
      },
      hole(name, { n = 0 } = {}) {
        if (name === 'newEpoch') lines = [];
        if (name !== 'tooOld') return;
        untold += n;
        changed();
      },
      notKept(from, to) { lines = lines.filter(({ seq }) => seq < from || seq > to); },
      behind() { isLive = false; },
      caughtUp() {
        isFirst = false;
        isLive = true;
        unsent.lineOpened();
      },
    },
  });
  return {
    place: place.place,
    hear(told) {
      // Its line is no news here, whenever it comes.
      if (told.type === 'sent') unsent.sent(told, true);
      else if (told.type !== 'refused' || !unsent.refused(told)) place.hear(told);
    },
    lineLost: unsent.lineLost,
    fresh: () => lines.length + untold,
    toMe: () => lines.filter(({ isToMe }) => isToMe).length,
    /** Another tab has looked. */
    seen() {
      const before = lines.length + untold;
      lines = lines.filter(({ seq }) => !isSeenIn(room, seq));
      if (isSeenIn(room, place.seq())) untold = 0;
      if (lines.length + untold !== before) changed();
    },
  };
}

/**
 * Those beside `here`; `isNews(told)` is false for one's own and for who is ignored,
 * `spokenTo(told)` hears of words to oneself. What waits to be said there goes out by `line()`;
 * `refused(room, item, told)` hears of what the box will not have.
 */
export function keepRooms({ here, session, isNews, changed, spokenTo, line, refused }) {
  const shelf = openShelf(() => localStorage);
  const isLesser = () => line().state().way !== 'live';
  // Later ones are nearer: that is where one goes back to.
  keep([...read().filter((name) => name !== here), here].slice(-ROOMS_MAX));
  const others = new Map(read().filter((name) => name !== here)
    .map((name) => [name, countIn(name, { session, isNews, changed, spokenTo, send, refused })]));

  /** A tab with somebody else's session is in its own room only. */
  function read() {
    if (session.isVisit()) return [here];
    try {
      return JSON.parse(shelf.read(ROOMS_NAME) || '[]').filter((name) => typeof name === 'string');
    } catch (torn) {
      return [];
    }
  }

  function keep(names) {
    if (!session.isVisit()) shelf.write(ROOMS_NAME, JSON.stringify(names));
  }

  function forget(name) {
    others.delete(name);
    changed();
  }

  /** Something to say in one of them. */
  function send(message) {
    return line().send(message);
  }

  /** Another tab went there: this one's line carries that room, too. */
  function add(name) {
    const one = countIn(name, { session, isNews, changed, spokenTo, send, refused });
    others.set(name, one);
    if (isLesser()) looks.look();
    else send({ type: 'join', ...one.place() });
  }

  /** Another tab left it. */
  function leaves(name) {
    if (!isLesser()) send({ type: 'leave', room: name });
    forget(name);
  }

  const places = () => Array.from(others.values(), (one) => one.place());

  /** Something about another room. False: none that we know. */
  function hear(told) {
    const one = others.get(told.room);
    if (!one) return false;
    // A password, a room that is full: whoever goes there is asked.
    if (told.type === 'refused' && !told.id) {
      keep(read().filter((other) => other !== told.room));
      forget(told.room);
    } else one.hear(told);
    return true;
  }

  const looks = openLooks({ places, hello: (rooms) => session.hello(rooms), hear });
  watchSeen(() => others.forEach((one) => one.seen()));
  addEventListener('storage', ({ key }) => {
    if (key !== ROOMS_NAME) return;
    const names = new Set(read());
    Array.from(names).filter((name) => name !== here && !others.has(name)).forEach(add);
    Array.from(others.keys()).filter((name) => !names.has(name)).forEach(leaves);
  });

  return {
    lineOpened: () => looks.lineOpened(isLesser()),
    lineLost() {
      looks.lineLost();
      others.forEach((one) => one.lineLost());
    },
    /** Whether another tab's line carries this room, too. */
    isShared: () => read().includes(here),
    /** Of every room beside this one: how much is new. */
    counts: () => Array.from(others, ([name, one]) => [name, one.fresh()]),
    places,
    /** How much is new in all of them. */
    fresh: () => Array.from(others.values()).reduce((sum, one) => sum + one.fresh(), 0),
    /** How much is new in one of them, and how much of it to oneself. */
    freshIn(name) {
      const one = others.get(name);
      return one ? { fresh: one.fresh(), toMe: one.toMe() } : { fresh: 0, toMe: 0 };
    },
    hear,
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
