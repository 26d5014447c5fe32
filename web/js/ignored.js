// Whom the reader does not want to hear.
//
// Owns: their names, kept on the shelf for all rooms and tabs.
// Must not know: what of them is left out where.
//
// Next: `unsent.js`.

import { openShelf } from './shelf.js';
import { keyOf } from './text.js';

const IGNORED_NAME = 'threadbare.ignored';

/** The ignored; `changed()` hears that there are others, also by another tab. */
export function keepIgnored({ changed }) {
  const shelf = openShelf(() => localStorage);
  let names = [];
  // Asked for each row of each frame: each name is folded once.
  let known = new Set();
  become(read());

  function read() {
    try {
      return JSON.parse(shelf.read(IGNORED_NAME) || '[]').filter((name) => typeof name === 'string');
    } catch (torn) {
      return [];
    }
  }

  function become(now) {
    names = now;
    known = new Set(names.map(keyOf));
  }

  function are(now) {
    become(now);
    shelf.write(IGNORED_NAME, names.length ? JSON.stringify(names) : '');
    changed();
  }

  const has = (name) => known.has(keyOf(name));
  addEventListener('storage', (event) => {
    if (event.key !== IGNORED_NAME) return;
    become(read());
    changed();
  });

  return {
    all: () => names,
    has,
    /** A line or a letter of one of them. */
    hides: (item) => Boolean(item.from) && !item.own && names.length > 0 && has(item.from),
    /** Ignores somebody, or no more. True: from now on. */
    turn(name) {
      const isNew = !has(name);
      are(isNew ? [...names, name] : names.filter((one) => keyOf(one) !== keyOf(name)));
      return isNew;
    },
    /** Another name is no way around it. */
    renamed({ from, to }) { if (has(from) && !has(to)) are([...names, to]); },
  };
}
