// Where rooms are.
//
// Owns: the addresses of rooms and messages, with the session where it must be there.
// Must not know: what is to be seen.
//
// Next: `ways.js`.

/** The session, if it is in addresses: a browser without cookies. */
function sessionInAddress() {
  return new URLSearchParams(location.search).get('s');
}

/** A room's page. */
export function roomPath(room) {
  return `/r/${encodeURIComponent(room)}`;
}

/** The same for whoever is here to go to. */
export function roomLink(room) {
  const session = sessionInAddress();
  return session ? `${roomPath(room)}?s=${session}` : roomPath(room);
}

/** Goes to another room's page. */
export function goTo(room) {
  location.assign(roomLink(room));
}

/** A line in its place, for whoever is here to go to. */
export function lineLink(room, seq) {
  const session = sessionInAddress();
  return `${roomPath(room)}?at=${seq}${session ? `&s=${session}` : ''}#m${seq}`;
}

/** What was said before a line. */
export function pastLink(room, before) {
  const session = sessionInAddress();
  return `${roomPath(room)}?before=${before}${session ? `&s=${session}` : ''}`;
}

/** All of a room as a file of this form. */
export function saveLink(room, form) {
  const session = sessionInAddress();
  return `${roomPath(room)}/save?as=${form}${session ? `&s=${session}` : ''}`;
}

/** A message, for everybody: without a session. */
export function messageLink(room, seq) {
  return new URL(`${roomPath(room)}?at=${seq}#m${seq}`, location.href).href;
}
