// Who one is: the session, the name, and what the box said about itself.
//
// Owns: the token and the name, and where they are kept; the names one had since the
// page was opened.
// Must not know: rooms, the log.
//
// A first visit makes a token of its own: if the first welcome is lost on its way, the
// next hello is the same person's. Kept as a cookie, it is the session of the pages
// without scripts, too. A session that gains something gets a new token, which is kept, told
// to the other tabs, and then shown to the box: from there on the one before is worth nothing.
//
// Next: `renewing.js`.

import { carrySession, roomLink, roomPath } from './addresses.js';
import { openShelf, randomHex } from './shelf.js';
import { keepCookie } from './ways.js';

const SHELF_NAME = 'threadbare.session';
/** The token that the one on the shelf has taken the place of. */
const BEFORE = 'threadbare.before';
/** In a tab's own storage: the session that a link brought there. */
const LINKED = 'threadbare.linked';
const NAME = 'threadbare.name';

/** Names that the box gives; nobody may ask for one. */
const GIVEN = /^(guest-|user)\d+$/i;

/** Nobody any more, on this computer: somebody has said /quit. */
function forget(shelf) {
  [SHELF_NAME, BEFORE, NAME].forEach((name) => shelf.write(name, ''));
  // What that person had begun to say, and with whom they have talked.
  const own = ['draft', 'unsent', 'seenof'].map((what) => `threadbare.${what}.`);
  shelf.names().filter((name) => own.some((one) => name.startsWith(one))).forEach((name) => shelf.write(name, ''));
  // Where they were, and whom they did not want to hear.
  ['threadbare.rooms', 'threadbare.ignored'].forEach((name) => shelf.write(name, ''));
  history.replaceState(null, '', location.pathname);
}

/** Somebody has said /quit. The box says so by a cookie, too: an address alone may be anybody's link. */
function hasLeft() {
  const has = new URLSearchParams(location.search).has('left') && document.cookie.includes('threadbare-left=1');
  if (has) document.cookie = 'threadbare-left=; path=/; max-age=0; samesite=lax';
  return has;
}

/** Whoever has left is forgotten. True: nobody is here in this browser any more, and the page came with nobody's session (`given`). */
export function forgetWhoLeft(given) {
  if (!hasLeft()) return false;
  const shelf = openShelf(() => localStorage);
  const tab = openShelf(() => sessionStorage);
  // Whoever was here by a link only is not the browser's own.
  forget(tab.read(LINKED) ? tab : shelf);
  return !given && !shelf.read(SHELF_NAME);
}

/** The session that a link has brought into this tab, on this page or on the one that is loaded again. */
function linkedInto(tab, given, isByLink) {
  if (isByLink) return given || '';
  const [navigation] = performance.getEntriesByType('navigation');
  return navigation && ['reload', 'back_forward'].includes(navigation.type) ? tab.read(LINKED) : '';
}

/** The session; `given` is the one that the page came with, if it has one, `isByLink`: because its address has it. */
export function keepSession(given, isByLink) {
  const shelf = openShelf(() => localStorage);
  const tab = openShelf(() => sessionStorage);
  const own = shelf.read(SHELF_NAME);
  const linked = linkedInto(tab, given, isByLink);
  // Whoever goes on in this tab by another address is not that one any more, nor after a reload.
  if (!linked) tab.write(LINKED, '');
  // A cookie that could not be written anew in time has the token from before.
  const isOutdated = own && given === shelf.read(BEFORE);
  let token = linked || (isOutdated ? own : given || own) || randomHex(16);
  // A session in a link may be anybody's, so it is for this tab: it takes nobody's own away,
  // and becomes nobody's own.
  const isVisit = Boolean(linked) && linked !== own;
  let name = '';
  const names = new Set();
  // What the box has seen in the browser's cookie.
  let inCookie = isByLink ? '' : given;
  // The token that the last hello had: the line came by that one.
  let helloToken = '';
  store();

  function store() {
    carrySession(linked ? token : '');
    if (linked) tab.write(LINKED, token);
    if (isVisit) return;
    shelf.write(SHELF_NAME, token);
    document.cookie = `threadbare=${token}; path=/; max-age=86400; samesite=lax`;
  }

  /** One that the box has written cannot be written here. */
  async function storeInCookie() {
    if (isVisit || inCookie === token || document.cookie.includes(token) || !navigator.cookieEnabled) return;
    inCookie = token;
    await keepCookie(token);
  }

  function become(now) {
    name = now;
    names.add(now);
    if (!GIVEN.test(now) && !isVisit) shelf.write(NAME, now);
  }

  /** A page of the box, which says whose it is. */
  async function askPage(address) {
    const answer = await fetch(address);
    return new DOMParser().parseFromString(await answer.text(), 'text/html').documentElement;
  }

  return {
    token: () => token,
    /** Somebody else's session, for this tab only. */
    isVisit: () => isVisit,
    /** It need not stand in the address: a cookie has it, or this tab. */
    isKept: () => !linked || tab.names().includes(LINKED),
    /** Where its unsent words are; those of the browser's own person are not a visitor's. */
    shelf: () => (isVisit ? tab : shelf),
    name: () => name,
    /** What is said first, by whoever wants to be in `rooms`; `isLine`: a line begins with it. */
    hello(rooms, isLine) {
      // For a box that has forgotten us; beside a token that it knows a name counts for nothing.
      const wish = isVisit ? '' : shelf.read(NAME);
      if (isLine) helloToken = token;
      return { type: 'hello', versions: [1], token, rooms, ...(wish ? { name: wish } : {}) };
    },
    isOwn: (other) => names.has(other),
    /** What one is called on this line: a guest, where one has too many of them. True: another tab has
     *  got us a new token since the hello, which is to be shown. */
    welcomed(told) {
      become(told.name);
      storeInCookie().catch(() => {});
      return token !== helloToken;
    },
    /** Somebody else is called so now. */
    isNot: (other) => { if (other !== name) names.delete(other); },
    /** Somebody has another name. True: it is us. */
    renamed(told) {
      if (told.from !== name) return false;
      become(told.to);
      return true;
    },
    /** The box has a new token for us. True: we did not know it. */
    hasNew(next) {
      if (!next || next === token) return false;
      if (!isVisit) shelf.write(BEFORE, token);
      token = next;
      store();
      return true;
    },
    storeInCookie,
    /** Nobody any more, by the form of the box's page; the page that comes next forgets who one was here. */
    async quit(room) {
      const form = (await askPage(roomLink(room))).querySelector('#say');
      form.hidden = true;
      form.elements.text.value = '/quit';
      document.body.append(form);
      form.submit();
    },
    /** `adopted()` hears that another tab has got our new token, `left()` that it has forgotten who is here. */
    watch(adopted, left) {
      addEventListener('storage', ({ key, oldValue, newValue }) => {
        if (isVisit || key !== SHELF_NAME || oldValue !== token) return;
        token = newValue || token;
        (newValue ? adopted : left)();
      });
    },
    /** Another tab has forgotten who is here, and perhaps nobody has told us. */
    isOver: () => !isVisit && !shelf.read(SHELF_NAME),
    /** Ours is worth nothing any more. True: there is its successor, in another tab or behind a page in `room`. */
    async follow(room) {
      const old = token;
      // The line came by the token before.
      if (token !== helloToken) return true;
      const tokenOfPage = async () => (await askPage(roomPath(room))).dataset.token;
      const finds = [() => shelf.read(SHELF_NAME), tokenOfPage, () => shelf.read(SHELF_NAME)];
      for (const find of isVisit ? [] : finds) {
        const found = await Promise.resolve().then(find).catch(() => '');
        // By a request of ours, meanwhile.
        if (token !== old) return true;
        if (found && found !== old) {
          token = found;
          store();
          return true;
        }
      }
      // Whoever has the one from before shall not be whom this tab becomes.
      token = randomHex(16);
      return false;
    },
  };
}
