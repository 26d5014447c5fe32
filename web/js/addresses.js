// Addresses of rooms and messages, and the room of this page.
//
// Owns: how these addresses are written; and that they have the session if no cookie has it.
// Must not know: what is on a page.
//
// Part: `chat.js`.

export const currentRoom = document.documentElement.dataset.room;

/** The room that nobody made: it is always there, and asks for no password. */
export const OPEN_ROOM = 'lobby';

let tokenInAddresses = '';

/** From now on the addresses for this reader have this token; '' ends that. */
export function putSessionInAddresses(token) {
  tokenInAddresses = token;
}

/** The parameter with the session, with `sign` (? or &) in front; '' if addresses have none. */
const sessionPart = (sign) => (tokenInAddresses ? `${sign}s=${tokenInAddresses}` : '');

export function roomPath(room) {
  return `/r/${encodeURIComponent(room)}`;
}

export function roomLink(room) {
  return roomPath(room) + sessionPart('?');
}

/** The address of the page that makes an invite to this room. */
export const inviteLink = () => `${roomPath(currentRoom)}/invite${sessionPart('?')}`;

/** The address of the page that makes a link to another device. */
export function deviceLink() {
  return `/device?room=${encodeURIComponent(currentRoom)}${sessionPart('&')}`;
}

/** Goes to another page. It takes the place of what covers this room in the browser's history. */
export function goToAddress(address) {
  location[history.state && history.state.isCovered ? 'replace' : 'assign'](address);
}

export const goToRoom = (room) => goToAddress(roomLink(room));

/** The address of one line in its room, for this reader. */
export function lineLink(room, seq) {
  return `${roomPath(room)}?at=${seq}${sessionPart('&')}#m${seq}`;
}

/** The number of the line of this room that an address leads to; 0 if it leads to none. */
export function linkedSeq(address) {
  try {
    const { origin, pathname, searchParams } = new URL(address);
    const isHere = origin === location.origin && [roomPath(currentRoom), ...(currentRoom === 'lobby' ? ['/'] : [])].includes(pathname);
    return (isHere && Number(searchParams.get('at'))) || 0;
  } catch (noAddress) {
    return 0;
  }
}

/** The address from which the whole room is saved as a file; `form` is the file's form. */
export function saveLink(room, form) {
  return `${roomPath(room)}/save?as=${form}${sessionPart('&')}`;
}

/** Whether a host's name means the machine itself. */
const isLoopback = (host) => /^(?:localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(host);

/**
 * The origin at which other people reach this server; '' if only its own machine can. A reader on
 * that machine may have "localhost" in the address, which is of no use to others. Then the server's
 * page names an origin.
 */
export const originForOthers = () => (isLoopback(location.hostname) ? document.documentElement.dataset.share || '' : location.origin);

/**
 * Makes the address in the browser's bar one for everybody: without a line's number and, if the
 * session is stored (`isStored`), without the session.
 */
export function clearAddress(isStored) {
  const query = new URLSearchParams(location.search);
  if (isStored) query.delete('s');
  // The reader may be elsewhere in the log by now.
  ['at', 'before'].forEach((name) => query.delete(name));
  const search = query.toString();
  const path = location.pathname === '/' ? '/' : roomPath(currentRoom);
  history.replaceState(history.state, '', path + (search ? `?${search}` : ''));
}
