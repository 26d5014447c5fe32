// Whom the reader ignores.
//
// Owns: the names of these people, in the browser's storage, for all rooms and tabs.
// Must not know: what is hidden of them.
//
// Part: `chat.js`.

import { nameKey } from '../elements.js';
import { browserStorage, readNames } from '../storage.js';

const IGNORED_NAME = 'threadbare.ignored';

/**
 * Makes the list of people whom the reader ignores. `changed()` is called when it changes, here or
 * in another tab.
 */
export function openIgnored(changed) {
  let names = [];
  // The names as `nameKey` has them. The log view asks for each row of each drawing, so they are
  // made once.
  let keys = new Set();
  become(readNames(IGNORED_NAME));

  function become(now) {
    names = now;
    keys = new Set(names.map(nameKey));
  }

  function set(now) {
    become(now);
    browserStorage().write(IGNORED_NAME, names.length ? JSON.stringify(names) : '');
    changed();
  }

  const has = (name) => keys.has(nameKey(name));
  addEventListener('storage', (event) => {
    if (event.key !== IGNORED_NAME) return;
    become(readNames(IGNORED_NAME));
    changed();
  });

  return {
    names: () => names,
    /** Whether a line, an item or a private message is from an ignored person. */
    hides: (item) => Boolean(item.from) && !item.own && names.length > 0 && has(item.from),
    /**
     * Ignores a person, or ignores them no more. Returns true if the person is ignored from now on.
     */
    toggle(name) {
      const isNew = !has(name);
      set(isNew ? [...names, name] : names.filter((one) => nameKey(one) !== nameKey(name)));
      return isNew;
    },
    /** Takes a `renamed`: with another name a person is still ignored. */
    renamed({ from, to }) { if (has(from) && !has(to)) set([...names, to]); },
  };
}
