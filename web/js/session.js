// Who one is: the session, the name, and what the box said about itself.
//
// Owns: the token and the name, and where they are kept; the names one had since the
// page was opened.
// Must not know: rooms, the log.
//
// A first visit makes a token of its own: if the first welcome is lost on its way, the
// next hello is the same person's. Kept as a cookie, it is the session of the pages
// without scripts, too.
//
// Next: `shelf.js`.

import { NAMES_KEPT_MAX } from './limits.js';
import { openShelf, randomHex } from './shelf.js';

const SHELF_NAME = 'threadbare.session';
const NAME = 'threadbare.name';
const FORMER = 'threadbare.names';

/** Names that the box gives; nobody may ask for one. */
const GIVEN = /^(guest-|user)\d+$/i;

/** Nobody any more, on this computer: somebody has said /quit. */
function forget(shelf) {
  shelf.write(SHELF_NAME, '');
  shelf.write(NAME, '');
  // What that person had begun to say, and with whom they have talked.
  const own = ['draft', 'unsent', 'seenof'].map((what) => `threadbare.${what}.`);
  shelf.names().filter((name) => own.some((one) => name.startsWith(one))).forEach((name) => shelf.write(name, ''));
  // Where they were, and whom they did not want to hear.
  [FORMER, 'threadbare.rooms', 'threadbare.ignored'].forEach((name) => shelf.write(name, ''));
  history.replaceState(null, '', location.pathname);
}

/** The session; `given` is the one that the page came with, if it has one. */
export function keepSession(given) {
  const shelf = openShelf(() => localStorage);
  if (new URLSearchParams(location.search).has('left')) forget(shelf);
  const own = shelf.read(SHELF_NAME);
  let token = given || own || randomHex(16);
  // A link with somebody else's session is for this tab: it takes nobody's own away.
  const isVisit = Boolean(own && own !== token && new URLSearchParams(location.search).has('s'));
  let name = '';
  const names = new Set();
  // Of this session only.
  const former = new Set(own === token ? shelf.read(FORMER).split('\n') : []);
  store();

  function store() {
    if (isVisit) return;
    shelf.write(SHELF_NAME, token);
    document.cookie = `threadbare=${token}; path=/; max-age=86400; samesite=lax`;
  }

  function become(now) {
    name = now;
    names.add(now);
    former.delete(now);
    former.add(now);
    if (!isVisit) shelf.write(FORMER, Array.from(former).slice(-NAMES_KEPT_MAX).join('\n'));
    if (!GIVEN.test(now) && !isVisit) shelf.write(NAME, now);
  }

  return {
    token: () => token,
    /** Somebody else's session, for this tab only. */
    isVisit: () => isVisit,
    /** Where its unsent words are; those of the browser's own person are not a visitor's. */
    shelf: () => (isVisit ? openShelf(() => sessionStorage) : shelf),
    name: () => name,
    /** What is said first, by whoever wants to be in `rooms`. */
    hello(rooms) {
      // For a box that has forgotten us; beside a token that it knows a name counts for nothing.
      const wish = isVisit ? '' : shelf.read(NAME);
      return { type: 'hello', versions: [1], token, rooms, ...(wish ? { name: wish } : {}) };
    },
    isOwn: (other) => names.has(other),
    /** Whether one was called so once: somebody else may be by now. */
    wasOwn: (other) => former.has(other),
    /** What one is called on this line: a guest, where one has too many of them. */
    welcomed: (told) => become(told.name),
    /** Somebody else is called so now. */
    isNot: (other) => { if (other !== name) names.delete(other); },
    /** Somebody has another name. True: it is us. */
    renamed(told) {
      if (told.from !== name) return false;
      // Of somebody whose name and secret one gave: whoever has the one from before is not.
      if (told.token) {
        token = told.token;
        store();
      }
      become(told.to);
      return true;
    },
  };
}
