// Addresses that only the second stage of the live page needs: those of the server's pages and
// files, and what other people can reach.
//
// Owns: how these addresses are written.
// Must not know: what is on a page.
//
// Part: `chat.js`.

import { currentRoom, home, roomPath, sessionPart } from './addresses.js';

/** The address of the page that makes an invite to this room. */
export const inviteLink = () => `${roomPath(currentRoom)}/invite${sessionPart('?')}`;

/** The address of the page that makes a link to another device. */
export function deviceLink() {
  return `${home}device?room=${encodeURIComponent(currentRoom)}${sessionPart('&')}`;
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
