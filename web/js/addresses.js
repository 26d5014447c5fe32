// Addresses of rooms and messages, and the room of this page.
//
// Owns: how these addresses are written; and that they have the session if no cookie has it.
// Must not know: what is on a page.
//
// Part: `chat.js`.

/** The path of the server's front page: `/`, or what `--base` says. This script is below it. */
export const home = new URL('../../..', import.meta.url).pathname;

/** The path of this address behind `home`; '' if the address is not one of this server. */
export const belowHome = ({ origin, pathname }) => (
  origin === location.origin && pathname.startsWith(home) ? pathname.slice(home.length) : '');

export const currentRoom = document.documentElement.dataset.room;

/** The room that nobody made: it is always there, and asks for no password. */
export const OPEN_ROOM = 'lobby';

let tokenInAddresses = '';

/** From now on the addresses for this reader have this token; '' ends that. */
export function putSessionInAddresses(token) {
  tokenInAddresses = token;
}

/** The parameter with the session, with `sign` (? or &) in front; '' if addresses have none. */
export const sessionPart = (sign) => (tokenInAddresses ? `${sign}s=${tokenInAddresses}` : '');

export function roomPath(room) {
  return `${home}r/${encodeURIComponent(room)}`;
}

export function roomLink(room) {
  return roomPath(room) + sessionPart('?');
}

/**
 * Goes to another room. It takes the place of what covers this room in the browser's history, if
 * that has no address.
 */
export function goToRoom(room) {
  location[history.state && history.state.isCovered && !location.hash ? 'replace' : 'assign'](roomLink(room));
}

/** The address of one line in its room, for this reader. */
export function lineLink(room, seq) {
  return `${roomPath(room)}?at=${seq}${sessionPart('&')}#m${seq}`;
}

/** The number of the line of this room that an address leads to; 0 if it leads to none. */
export function linkedSeq(address) {
  try {
    const url = new URL(address);
    const isHere = url.origin === location.origin
      && (url.pathname === roomPath(currentRoom) || (currentRoom === OPEN_ROOM && url.pathname === home));
    return (isHere && Number(url.searchParams.get('at'))) || 0;
  } catch (noAddress) {
    return 0;
  }
}

/**
 * Makes the address in the browser's bar one for everybody: without a line's number and, if the
 * session is stored (`isStored`), without the session. The name of a private talk stays.
 */
export function clearAddress(isStored) {
  const query = new URLSearchParams(location.search);
  if (isStored) query.delete('s');
  // The reader may be elsewhere in the log by now.
  ['at', 'before'].forEach((name) => query.delete(name));
  const search = query.toString();
  const path = location.pathname === home ? home : roomPath(currentRoom);
  history.replaceState(history.state, '', path + (search ? `?${search}` : '') + location.hash.match(/^#p.*|/));
}
