// The session: who the reader is, and the token that proves it.
//
// Owns: token and name, where they are stored, the names that the reader had since the page was opened, and when the
// server sees a new token.
// Must not know: rooms, the log.
//
// A first visit makes a token itself: if the first welcome is lost on its way, the next hello is the same person's. As
// a cookie it is also the session of the pages without scripts. When a session gains a right, the server gives it a new
// token. The page first stores it, then tells the other tabs, and then shows it to the server: from then on the token
// before is worth nothing.
//
// Part: `chat.js`.

import { currentRoom, putSessionInAddresses, roomLink, roomPath } from '../addresses.js';
import { TOKEN_SHOWN_AFTER_MS } from '../limits.js';
import { browserStorage, randomHex, tabStorage } from '../storage.js';
import { requestCookie } from './transports.js';

const TOKEN_NAME = 'threadbare.session';
/** The token before the one that is stored. */
const TOKEN_BEFORE_NAME = 'threadbare.before';
/** In a tab's own storage: the token that a link brought there. */
const LINKED_NAME = 'threadbare.linked';
const PERSON_NAME = 'threadbare.name';

/** Names that the server gives; nobody may ask for one. */
const GIVEN_NAME = /^(guest-|user)\d+$/i;

/** Removes everything about a person who has left with /quit. */
function forgetPerson(storage) {
  [TOKEN_NAME, TOKEN_BEFORE_NAME, PERSON_NAME].forEach((name) => storage.write(name, ''));
  const ofPerson = ['draft', 'unsent', 'seenof'].map((what) => `threadbare.${what}.`);
  storage.names().filter((name) => ofPerson.some((start) => name.startsWith(start))).forEach((name) => storage.write(name, ''));
  ['threadbare.rooms', 'threadbare.ignored', 'threadbare.hello'].forEach((name) => storage.write(name, ''));
  history.replaceState(null, '', location.pathname);
}

/** Whether the person has left with /quit. The server sets a cookie, too: the address alone may be anybody's link. */
function hasLeft() {
  const has = new URLSearchParams(location.search).has('left') && document.cookie.includes('threadbare-left=1');
  if (has) document.cookie = 'threadbare-left=; path=/; max-age=0; samesite=lax';
  return has;
}

/**
 * Forgets the person who has left. Returns true if this browser has nobody any more, and the page came without a
 * session (`given`): then the page must not become live, because that would make a new person.
 */
export function forgetWhoLeft(given) {
  if (!hasLeft()) return false;
  // A person who came here by a link is not the browser's own.
  forgetPerson(tabStorage().read(LINKED_NAME) ? tabStorage() : browserStorage());
  return !given && !browserStorage().read(TOKEN_NAME);
}

/** The token that a link has brought into this tab, on this page or before it was loaded again. */
function tokenOfLink(given, isByLink) {
  if (isByLink) return given || '';
  const [navigation] = performance.getEntriesByType('navigation');
  return navigation && ['reload', 'back_forward'].includes(navigation.type) ? tabStorage().read(LINKED_NAME) : '';
}

/** Fetches a page of the server, which says whose it is. */
async function fetchPage(address) {
  const answer = await fetch(address);
  return new DOMParser().parseFromString(await answer.text(), 'text/html').documentElement;
}

/**
 * Makes the session. `given` is the token that the page came with, if it has one; `isByLink`: its address had it. What it
 * needs of the connection: `send(request)`; `start()`, which finds out that the person has left; `reconnect()`, which says
 * hello again.
 */
export function openSession({ given, isByLink, send, start, reconnect }) {
  const stored = browserStorage().read(TOKEN_NAME);
  const linked = tokenOfLink(given, isByLink);
  // Without such a link this tab is the browser's own person again, also after a reload.
  if (!linked) tabStorage().write(LINKED_NAME, '');
  // A cookie that was not written in time has the token before.
  const isOutdated = stored && given === browserStorage().read(TOKEN_BEFORE_NAME);
  let token = linked || (isOutdated ? stored : given || stored) || randomHex(16);
  // Anybody may have sent the link. So its session is for this tab: it neither replaces the browser's own session nor
  // becomes it.
  const isVisit = Boolean(linked) && linked !== stored;
  let name = '';
  const names = new Set();
  // What the server has seen in the browser's cookie.
  let inCookie = isByLink ? '' : given;
  // The token of the last hello: the connection belongs to that one.
  let tokenOfHello = '';
  store();

  function store() {
    putSessionInAddresses(linked ? token : '');
    if (linked) tabStorage().write(LINKED_NAME, token);
    if (isVisit) return;
    browserStorage().write(TOKEN_NAME, token);
    document.cookie = `threadbare=${token}; path=/; max-age=86400; samesite=lax`;
  }

  /** Puts the token into the cookie. A script cannot overwrite a cookie that the server has written. */
  async function storeInCookie() {
    if (isVisit || inCookie === token || document.cookie.includes(token) || !navigator.cookieEnabled) return;
    inCookie = token;
    await requestCookie(token);
  }

  function becomeNamed(now) {
    name = now;
    names.add(now);
    if (!GIVEN_NAME.test(now) && !isVisit) browserStorage().write(PERSON_NAME, now);
  }

  /** Shows the token to the server; first on the connection, because the server would end it with the token before. */
  function showToken() {
    send({ type: 'session', token });
    return storeInCookie().catch(() => {});
  }

  /** Stores a new token from the server. Returns false if it is none, or known. */
  function adopt(next) {
    if (!next || next === token) return false;
    if (!isVisit) browserStorage().write(TOKEN_BEFORE_NAME, token);
    token = next;
    store();
    return true;
  }

  addEventListener('storage', ({ key, oldValue, newValue }) => {
    if (isVisit || key !== TOKEN_NAME || oldValue !== token) return;
    token = newValue || token;
    // Another tab has got a new token, or its person has left.
    if (newValue) showToken();
    else start();
  });

  return {
    token: () => token,
    /** Whether this is another person's session, for this tab only. */
    isVisit: () => isVisit,
    /** Whether a cookie or this tab has the session, so that no address needs it. */
    isStored: () => !linked || tabStorage().names().includes(LINKED_NAME),
    /** Where drafts and unsent messages are stored. A visitor's are not among those of the browser's own person. */
    storage: () => (isVisit ? tabStorage() : browserStorage()),
    name: () => name,
    /** Whether the server gave the name: the reader has chosen none. */
    isGuest: () => GIVEN_NAME.test(name),
    /** Whether the reader has, or had, this name. */
    isOwnName: (other) => names.has(other),
    /** Makes a hello for these positions; `isConnection`: a connection begins with it. */
    hello(rooms, isConnection) {
      // A server that has forgotten the person gives the name again. One that knows the token ignores the name.
      const wish = isVisit ? '' : browserStorage().read(PERSON_NAME);
      if (isConnection) tokenOfHello = token;
      return { type: 'hello', versions: [1], token, rooms, ...(wish ? { name: wish } : {}) };
    },
    /** Takes a welcome, with the name that the reader has on this connection. */
    welcomed(frame) {
      becomeNamed(frame.name);
      storeInCookie().catch(() => {});
      // Another tab has got a new token since the hello.
      if (token !== tokenOfHello) showToken();
    },
    /** Another person has this name now. */
    nameIsOthers: (other) => { if (other !== name) names.delete(other); },
    /** Takes a `renamed`. Returns true if the reader has the new name. */
    renamed(frame) {
      if (frame.from !== name) return false;
      becomeNamed(frame.to);
      return true;
    },
    /** Takes the token of a frame, if it has one. Returns true if it is a new one: addresses change with it. */
    takeToken(frame) {
      const isNew = adopt(frame.token);
      if (isNew) setTimeout(showToken, TOKEN_SHOWN_AFTER_MS);
      return isNew;
    },
    /** Takes a token just before this page is left: shows it at once. */
    takeLastToken: (next) => (adopt(next) ? showToken() : null),
    /**
     * Takes a refusal. Returns true if it means that another tab is another person by now, whose token this
     * connection has shown: it connects again as that person.
     */
    refused({ reason, id, room }) {
      const isAnother = reason === 'session-over' && !id && !room;
      if (isAnother) reconnect();
      return isAnother;
    },
    /** Makes the reader nobody, with the form of the server's page; the next page forgets who was here. */
    async quit() {
      const form = (await fetchPage(roomLink(currentRoom))).querySelector('#say');
      form.hidden = true;
      form.elements.text.value = '/quit';
      document.body.append(form);
      form.submit();
    },
    /** Whether the person has left in another tab. */
    hasEnded: () => !isVisit && !browserStorage().read(TOKEN_NAME),
    /** The token is worth nothing any more. Returns true if there is a next one, in another tab or in a page of the server. */
    async findSuccessor() {
      const old = token;
      // The connection belongs to the token before.
      if (token !== tokenOfHello) return true;
      const inStorage = () => browserStorage().read(TOKEN_NAME);
      const inPage = async () => (await fetchPage(roomPath(currentRoom))).dataset.token;
      for (const find of isVisit ? [] : [inStorage, inPage, inStorage]) {
        const found = await Promise.resolve().then(find).catch(() => '');
        // A request of this page has brought one meanwhile.
        if (token !== old) return true;
        if (found && found !== old) {
          token = found;
          store();
          return true;
        }
      }
      // This tab must not become the person who has the old token.
      token = randomHex(16);
      return false;
    },
  };
}
