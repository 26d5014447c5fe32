// Addresses of rooms and messages, and the room of this page.
//
// Owns: how these addresses are written, with the session where no cookie has it.
// Must not know: what is on a page.
//
// Part: `chat.js`.

/** The room whose page this is. */
export const currentRoom = document.documentElement.dataset.room;

/** The room that nobody made: it is always there, and asks for no password. */
export const OPEN_ROOM = 'lobby';

let tokenInAddresses = '';

/** Puts the session with this token into all addresses from now on; '' ends that. */
export function putSessionInAddresses(token) {
  tokenInAddresses = token;
}

/** The session as a part of an address, behind `sign`. */
const sessionPart = (sign) => (tokenInAddresses ? `${sign}s=${tokenInAddresses}` : '');

/** The path of a room's page, without a session. */
export function roomPath(room) {
  return `/r/${encodeURIComponent(room)}`;
}

/** The address of a room's page for this reader. */
export function roomLink(room) {
  return roomPath(room) + sessionPart('?');
}

/** The address of the page that makes an invite to this room. */
export const inviteLink = () => `${roomPath(currentRoom)}/invite${sessionPart('?')}`;

/** The address of the page that makes a link to another device. */
export function deviceLink() {
  return `/device?room=${encodeURIComponent(currentRoom)}${sessionPart('&')}`;
}

/** Loads the page of another room. */
export function goToRoom(room) {
  location.assign(roomLink(room));
}

/** The address of one line in its room, for this reader. */
export function lineLink(room, seq) {
  return `${roomPath(room)}?at=${seq}${sessionPart('&')}#m${seq}`;
}

/** The number of the line that an address leads to, if it is one of this room; else 0. */
export function linkedSeq(address) {
  try {
    const { origin, pathname, searchParams } = new URL(address);
    const isHere = origin === location.origin && [roomPath(currentRoom), ...(currentRoom === 'lobby' ? ['/'] : [])].includes(pathname);
    return (isHere && Number(searchParams.get('at'))) || 0;
  } catch (noAddress) {
    return 0;
  }
}

/** The address of the whole room as a file of this form. */
export function saveLink(room, form) {
  return `${roomPath(room)}/save?as=${form}${sessionPart('&')}`;
}

/** The address of a message for everybody, without a session. */
export function messageLink(room, seq) {
  return new URL(`${roomPath(room)}?at=${seq}#m${seq}`, location.href).href;
}

/** Whether only this machine can open this host. */
const isLoopback = (host) => /^(?:localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/.test(host);

/**
 * The origin of this server that other people can open; '' if the server is for this machine alone. A reader on the server's
 * own machine has one that is of no use to others; then the server's page says another.
 */
export const originForOthers = () => (isLoopback(location.hostname) ? document.documentElement.dataset.share || '' : location.origin);

/**
 * Makes the address in the browser's bar one for everybody: with the room's only name and, if the
 * tab has stored the session (`isStored`), without the session.
 */
export function clearAddress(isStored) {
  const query = new URLSearchParams(location.search);
  if (isStored) query.delete('s');
  // The live page has left that line behind.
  ['at', 'before'].forEach((name) => query.delete(name));
  const search = query.toString();
  const path = location.pathname === '/' ? '/' : roomPath(currentRoom);
  history.replaceState(history.state, '', path + (search ? `?${search}` : ''));
}
