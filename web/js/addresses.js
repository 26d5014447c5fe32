// Addresses of rooms and messages, and the room of this page.
//
// Owns: how these addresses are written, with the session where no cookie has it.
// Must not know: what is on a page.
//
// Part: `chat.js`.

/** The room whose page this is. */
export const currentRoom = document.documentElement.dataset.room;

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

/** Loads the page of another room. */
export function goToRoom(room) {
  location.assign(roomLink(room));
}

/** The address of one line in its room, for this reader. */
export function lineLink(room, seq) {
  return `${roomPath(room)}?at=${seq}${sessionPart('&')}#m${seq}`;
}

/** The address of what was said before a line. */
export function historyLink(room, before) {
  return `${roomPath(room)}?before=${before}${sessionPart('&')}`;
}

/** Loads the page of all rooms, after the reader has left the last one. */
export function goToRoomList(left) {
  location.assign(`/rooms?left=${encodeURIComponent(left)}${sessionPart('&')}`);
}

/** The address of the whole room as a file of this form. */
export function saveLink(room, form) {
  return `${roomPath(room)}/save?as=${form}${sessionPart('&')}`;
}

/** The address of a message for everybody, without a session. */
export function messageLink(room, seq) {
  return new URL(`${roomPath(room)}?at=${seq}#m${seq}`, location.href).href;
}

/**
 * Makes the address in the browser's bar one for everybody: with the room's only name and, if the
 * tab has stored the session (`isStored`), without the session.
 */
export function clearAddress(isStored) {
  const query = new URLSearchParams(location.search);
  if (isStored) query.delete('s');
  const search = query.toString();
  const path = location.pathname === '/' ? '/' : roomPath(currentRoom);
  history.replaceState(history.state, '', path + (search ? `?${search}` : '') + location.hash);
}
