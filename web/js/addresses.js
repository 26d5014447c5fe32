// Where rooms are.
//
// Owns: the addresses of rooms and messages, with the session where it must be there.
// Must not know: what is to be seen.
//
// Next: `ways.js`.

/** The session behind `sign`, if it is in addresses: a browser without cookies. */
function sessionBehind(sign) {
  const session = new URLSearchParams(location.search).get('s');
  return session ? `${sign}s=${session}` : '';
}

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

/** All of a room as a file of this form. */
export function saveLink(room, form) {
  return `${roomPath(room)}/save?as=${form}${sessionBehind('&')}`;
}

/** A message, for everybody: without a session. */
export function messageLink(room, seq) {
  return new URL(`${roomPath(room)}?at=${seq}#m${seq}`, location.href).href;
}
