// Which threads the next look is about, and what the page knows of all the others.
//
// To read one thread costs the server some 15 µs, so with a thousand clients a look at all of them
// would cost more than their talk. The first look is at all. Each later one is at the threads whose
// rows are in sight, at the hub and the other threads that there are once, at the writers of
// outboxes that hold something, at new threads, and in turn at a few of the rest.
//
// Owns: what was last seen of each thread, and whose turn it is.
// Must not know: how a look comes or is drawn.
//
// Part: `glass.js`.

const IN_TURN = 4;
const NEW_MAX = 50;
const DOORS_MAX = 10;

const isClient = ({ name }) => /^[rw]-\d+$/.test(name);

export function createLooks(inSight) {
  const known = new Map();
  // The numbers of all threads.
  let tids = [];
  let turn = 0;
  let holding = [];

  function wanted() {
    const seen = [...known.values()];
    const alone = seen.filter((thread) => !isClient(thread)).slice(0, DOORS_MAX).map(({ tid }) => tid);
    const writers = seen.filter(({ name }) => holding.includes(name)).map(({ tid }) => tid);
    const fresh = tids.filter((tid) => !known.has(tid)).slice(0, NEW_MAX);
    turn = turn < tids.length ? turn : 0;
    const inTurn = tids.slice(turn, turn + IN_TURN);
    turn += IN_TURN;
    return new Set([...alone, ...writers, ...fresh, ...inSight(), ...inTurn]);
  }

  return {
    // The address of the next look, which is the page's own with another query.
    address() {
      if (!known.size) return '?as=json';
      return `?as=json&known=${tids.length}&tids=${[...wanted()].join(',')}`;
    },
    // Makes a whole look of one that is about some threads: adds what was last seen of the others.
    // `fresh` has the numbers of the threads that this look is about.
    whole(look) {
      const fresh = new Set(look.threads.map(({ tid }) => tid));
      if (!known.size) tids = [...fresh];
      if (look.tids) tids = look.tids;
      for (const thread of look.threads) known.set(thread.tid, thread);
      const all = new Set(tids);
      for (const tid of known.keys()) if (!all.has(tid)) known.delete(tid);
      holding = look.outboxes.filter(({ contents }) => contents?.unsent).map(({ client }) => `w-${client}`);
      return { ...look, threads: [...known.values()], fresh };
    },
    // Forgets everything, so that the next look is at all threads.
    forget: () => known.clear(),
  };
}
