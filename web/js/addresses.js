// Where rooms are.
//
// Owns: the addresses of rooms and messages, with the session where it must be there.
// Must not know: what is to be seen.
//
// Next: `ways.js`.

let carried = '';

/** The session goes along in addresses: where no cookie has it. */
export function carrySession(token) {
  carried = token;
}

/** The session behind `sign`, if it is in addresses. */
const sessionBehind = (sign) => (carried ? `${sign}s=${carried}` : '');

/** A room's page. */
export function roomPath(room) {
  return `/r/${encodeURIComponent(room)}`;
}

/** The same for whoever is here to go to. */
export function roomLink(room) {
  return roomPath(room) + sessionBehind('?');
}

/** Goes to another room's page. */
export function goTo(room) {
  location.assign(roomLink(room));
}

/** A line in its place, for whoever is here to go to. */
export function lineLink(room, seq) {
  return `${roomPath(room)}?at=${seq}${sessionBehind('&')}#m${seq}`;
}

/** What was said before a line. */
export function pastLink(room, before) {
  return `${roomPath(room)}?before=${before}${sessionBehind('&')}`;
}

/** Out of the last room that one was in: to the page before all rooms. */
export function goOut(left) {
  location.assign(`/rooms?left=${encodeURIComponent(left)}${sessionBehind('&')}`);
}

/**
 * What stands in the bar is for everybody: without a session (`isKept`: this tab has it), without a moment, and the
 * room by its one name.
 */
export function clearAddress(isKept, room) {
  const query = new URLSearchParams(location.search);
  if (isKept) query.delete('s');
  const search = query.toString();
  const path = location.pathname === '/' ? '/' : roomPath(room);
  history.replaceState(history.state, '', path + (search ? `?${search}` : '') + location.hash);
}

/** All of a room as a file of this form. */
export function saveLink(room, form) {
  return `${roomPath(room)}/save?as=${form}${sessionBehind('&')}`;
}

/** A message, for everybody: without a session. */
export function messageLink(room, seq) {
  return new URL(`${roomPath(room)}?at=${seq}#m${seq}`, location.href).href;
}
