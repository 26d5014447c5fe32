// The session: who the reader is, and the token that proves it.
//
// Owns: token and name, where they are stored, the names that the reader had since the page was
// opened, and when the server sees a new token.
// Must not know: rooms, the log.
//
// On a first visit the page makes a token itself: so if the first welcome is lost, the next hello
// is the same person's. The token is also in a cookie, for the pages without scripts. When a
// session gains a right, the server gives it a new token. The page first stores the new token,
// which tells the other tabs, and then shows it to the server: from then on the old token is worth
// nothing.
//
// Part: `chat.js`.

import { currentRoom, home, putSessionInAddresses, roomPath } from '../addresses.js';
import { callsAlso, isGivenName } from '../elements.js';
import { TOKEN_SHOWN_AFTER_MS } from '../limits.js';
import { STORED, browserStorage, randomHex, tabStorage } from '../storage.js';
import { requestCookie } from './transports.js';

/** In the browser's storage: the token of the session. */
export const TOKEN_NAME = `${STORED}session`;
/** In the browser's storage: the token before the one that is stored. */
const TOKEN_BEFORE_NAME = `${STORED}before`;
/** In a tab's own storage: the token that a link brought there. */
const LINKED_NAME = `${STORED}linked`;
const PERSON_NAME = `${STORED}name`;

/** How names in storage begin, of what the person has with one other person. */
const OF_TALKS = ['draft.@', 'unsent.@'];
/** How far the person has read, in rooms and in talks, and what is unread. */
export const OF_READING = ['seen', 'unread.'];
/** And of what else only the person may read. Texts for rooms are not among it. */
const OF_PERSON = ['name', 'rooms', 'ignored', 'hello', ...OF_READING];

/** Removes from `storage` what has a name that begins so. */
export function removeFrom(storage, starts) {
  const isGone = (name) => starts.some((start) => name.startsWith(`${STORED}${start}`));
  storage.names().filter(isGone).forEach((name) => storage.write(name, ''));
}

/** Removes from `storage` everything about a person who has left with /quit. */
function forgetPerson(storage) {
  removeFrom(storage, ['session', 'before', 'draft.', 'unsent.', ...OF_TALKS, ...OF_PERSON]);
  history.replaceState(null, '', location.pathname);
}

/**
 * Whether the person has just left with /quit: the address says so, and a cookie of the server. The
 * address alone may be anybody's link.
 */
function hasLeft() {
  const has = new URLSearchParams(location.search).has('left') && document.cookie.includes('threadbare-left=1');
  if (has) document.cookie = `threadbare-left=; path=${home}; max-age=0; samesite=lax`;
  return has;
}

/**
 * Forgets the person who has left. Returns true if this browser has nobody any more, and the page
 * came without a session (`given`): then the page must not become live, because that would make a
 * new person.
 */
export function forgetWhoLeft(given) {
  if (!hasLeft()) return false;
  // The session of a person who came by a link is in this tab's storage only.
  forgetPerson(tabStorage().read(LINKED_NAME) ? tabStorage() : browserStorage());
  // It has the names of people who have written privately.
  removeFrom(tabStorage(), ['told']);
  return !given && !browserStorage().read(TOKEN_NAME);
}

/**
 * Returns the token that a link has brought into this tab; also after a reload. '' if there is
 * none.
 */
function tokenOfLink(given, isByLink) {
  if (isByLink) return given || '';
  const [navigation] = performance.getEntriesByType('navigation');
  return navigation && ['reload', 'back_forward'].includes(navigation.type) ? tabStorage().read(LINKED_NAME) : '';
}

/** Fetches a page of the server. Returns its root element, whose data say whose page it is. */
export async function fetchPage(address) {
  const answer = await fetch(address);
  return new DOMParser().parseFromString(await answer.text(), 'text/html').documentElement;
}

/**
 * Makes the session. `given` and `isByLink` are as `openChat` has them. What it needs of the
 * connection: `send(request)`; `start()`, which finds out that the person has left; `reconnect()`,
 * which says hello again.
 */
export function openSession({ given, isByLink, send, start, reconnect }) {
  const stored = browserStorage().read(TOKEN_NAME);
  const linked = tokenOfLink(given, isByLink);
  // Without such a link this tab is the browser's own person again.
  if (!linked) tabStorage().write(LINKED_NAME, '');
  // The cookie may still have the token before the stored one.
  const isOutdated = stored && given === browserStorage().read(TOKEN_BEFORE_NAME);
  let token = linked || (isOutdated ? stored : given || stored) || randomHex(16);
  // Anybody may have sent the link. So the link's session is for this tab only, and does not
  // replace the browser's own.
  const isVisit = Boolean(linked) && linked !== stored;
  let name = '';
  // Whether the name has a password, as far as the server has said so here.
  let hasPassword = false;
  const names = new Set();
  // The token that the server has seen or written in the browser's cookie.
  let inCookie = isByLink ? '' : given;
  // The token of the connection: that of its hello, or one that the server has seen on it since.
  let tokenOfConnection = '';
  // How far the server's clock is ahead of this device's. A frame with its time takes some time to
  // come, so the true value is a little greater.
  let ahead = 0;
  // Whether the connection's hello has no welcome yet.
  let waits = false;
  let shownToken = '';
  // The timer with which the page waits before it shows a new token; 0: none waits.
  let showing = 0;
  // The token of the last hello that the server has welcomed.
  let welcomedToken = '';
  store();

  /** The server's clock shows this time. */
  function setClock(time) { ahead = time - Date.now(); }

  const wish = () => (isVisit ? '' : browserStorage().read(PERSON_NAME));

  function store() {
    putSessionInAddresses(linked ? token : '');
    if (linked) tabStorage().write(LINKED_NAME, token);
    if (isVisit) return;
    browserStorage().write(TOKEN_NAME, token);
    // More than a year, in seconds. With the next page the server writes its own cookie in the
    // place of this one.
    document.cookie = `threadbare=${token}; path=/; max-age=33333333; samesite=lax`;
  }

  // Whether there is a cookie of the server. Firefox may show a script its own, although it keeps
  // that one.
  const isServers = Boolean(given) || 'over' in document.documentElement.dataset;

  /**
   * Lets the server put the token into its cookie, because a script cannot overwrite that cookie.
   */
  async function storeInCookie() {
    if (isVisit || inCookie === token || (!isServers && document.cookie.includes(token)) || !navigator.cookieEnabled) return;
    inCookie = token;
    await requestCookie(token);
  }

  function becomeNamed(now) {
    name = now;
    names.add(now);
    if (!isGivenName(now) && !isVisit) browserStorage().write(PERSON_NAME, now);
  }

  /**
   * Shows the token to the server. It goes over the connection first: else the server would end
   * that with the old token.
   */
  function showToken() {
    clearTimeout(showing);
    showing = 0;
    shownToken = token;
    send({ type: 'session', token });
    return storeInCookie().catch(() => {});
  }

  /** Stores a token from the server. Returns false if there is none, or the page has it already. */
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
    // Another tab has got a new token, or its person has left. A hello with the old token may be
    // under way. If the server saw the new one first, it would make a guest of this hello: so the
    // page waits for its welcome.
    if (!newValue) start();
    else if (!waits) showToken();
  });

  return {
    token: () => token,
    /** Whether a link has brought another session, for this tab only. */
    isVisit: () => isVisit,
    /**
     * Whether a cookie or this tab's storage has the session, so that the page's own address need
     * not.
     */
    isStored: () => !linked || tabStorage().names().includes(LINKED_NAME),
    /**
     * Where drafts and unsent messages are stored: for a session that a link brought, in this tab
     * only.
     */
    storage: () => (isVisit ? tabStorage() : browserStorage()),
    name: () => name,
    setClock,
    /** Returns what the server's clock showed at this time (ms) of this device, or a bit less. */
    serverTime: (at) => Math.max(0, at + ahead),
    hasPassword: () => hasPassword,
    /** Whether the server gave the name: the reader has chosen none. */
    isGuest: () => isGivenName(name),
    /** Whether the reader has this name, or had it since the page was opened. */
    isOwnName: (other) => names.has(other),
    /** The name that the reader had in this browser before; '' if there is none. */
    wish,
    /** Makes a hello for these positions; `isConnection`: a connection begins with this hello. */
    hello(rooms, isConnection) {
      // If the server has forgotten the person, it gives them this name again. If it knows the
      // token, it ignores the name.
      if (isConnection) {
        tokenOfConnection = token;
        waits = true;
      }
      // `stored`: this browser has stored the token, and no link has brought it.
      return { type: 'hello', versions: [1], token, stored: !isVisit, rooms, ...(wish() ? { name: wish() } : {}) };
    },
    /**
     * Whether this welcome makes a guest of somebody whom the page had until now: it came for
     * another token, and with a name that the reader never had here. (Somebody who signs in by
     * another tab goes on here under that name.)
     */
    isOfAnother: (frame) => Boolean(welcomedToken) && welcomedToken !== tokenOfConnection && !names.has(frame.name) && isGivenName(frame.name),
    /** Takes a welcome, with the name that the reader has on this connection. */
    welcomed(frame) {
      setClock(frame.time);
      welcomedToken = tokenOfConnection;
      waits = false;
      becomeNamed(frame.name);
      callsAlso(frame.former);
      hasPassword = Boolean(frame.mark);
      storeInCookie().catch(() => {});
      // Another tab has stored a new token since the hello.
      if (token !== tokenOfConnection) showToken();
    },
    /** Another person has this name now. */
    nameIsOthers: (other) => { if (other !== name) names.delete(other); },
    /** Takes a `renamed`. Returns true if the reader has the new name. */
    renamed(frame) {
      if (frame.from !== name) return false;
      becomeNamed(frame.to);
      // A token comes with a new password of the name.
      hasPassword = hasPassword || Boolean(frame.token);
      return true;
    },
    /**
     * Takes the token of a frame, if the frame has one. Returns true if it is new: then addresses
     * may change. A `session` without a token says that the server has seen the page's.
     */
    takeToken(frame) {
      if (frame.type === 'session' && !frame.token) tokenOfConnection = shownToken;
      const isNew = adopt(frame.token);
      if (isNew) showing = setTimeout(showToken, TOKEN_SHOWN_AFTER_MS);
      return isNew;
    },
    /**
     * Takes a token just before this page is left, if there is one, and shows the page's newest to
     * the server at once.
     */
    takeLastToken: (next) => (adopt(next) || showing ? showToken() : null),
    /**
     * Takes a refusal. Returns true if it says that the connection's session is over because this
     * page has shown the token of another person, whom another tab has become. Then the page
     * connects again as that person.
     */
    refused({ reason, id, room }) {
      const isAnother = reason === 'session-over' && !id && !room;
      if (isAnother) reconnect();
      return isAnother;
    },
    /** The person has left, here or on another device: the next person gets another name. */
    left() { if (!isVisit) browserStorage().write(PERSON_NAME, ''); },
    /**
     * Loads the page again for a new person, who must not read what this one had with others.
     */
    startAnew() {
      removeFrom(isVisit ? tabStorage() : browserStorage(), ['linked', ...OF_TALKS, ...OF_PERSON]);
      location.reload();
    },
    hasEnded: () => !isVisit && !browserStorage().read(TOKEN_NAME),
    /**
     * The token is worth nothing any more. Looks for the next one, in the browser's storage and in
     * a page of the server. Returns whether there is one.
     */
    async findSuccessor() {
      const old = token;
      if (token !== tokenOfConnection) return true;
      const inStorage = () => browserStorage().read(TOKEN_NAME);
      const inPage = async () => (await fetchPage(roomPath(currentRoom))).dataset.token;
      // The reader may have signed out everywhere else in another tab, whose page has the cookie
      // with the next token only in a moment.
      const inPageSoon = () => new Promise((done) => { setTimeout(done, TOKEN_SHOWN_AFTER_MS); }).then(inPage);
      for (const find of isVisit ? [] : [inStorage, inPage, inStorage, inPageSoon]) {
        const found = await Promise.resolve().then(find).catch(() => '');
        // A request of this page has brought a new token meanwhile.
        if (token !== old) return true;
        if (found && found !== old) {
          token = found;
          store();
          return true;
        }
      }
      // Nobody may go on with the old token in this tab, so it gets one that nobody has; also after
      // a reload.
      token = randomHex(16);
      store();
      return false;
    },
  };
}
