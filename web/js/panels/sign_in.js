// Signing in again, if the reader's name has a new password.
//
// Owns: the request by which the reader goes on as the same person. With another password the
// server makes no guest.
// Must not know: why the session is over.
//
// Part: `chat.js`.

import { OPEN_ROOM } from '../addresses.js';
import { sendByPost } from '../connection/transports.js';
import { randomHex } from '../storage.js';
import { refusalWords, say } from '../words.js';

/**
 * Begins another session with the name that the reader had and its password, and loads the page
 * again. Resolves to what is wrong.
 */
async function signIn(session, password) {
  const hello = { type: 'hello', versions: [1], name: `${session.name()}#${password}`, rooms: [] };
  const frames = await sendByPost(OPEN_ROOM, randomHex(16), hello).catch(() => []);
  const refusal = frames.find(({ type }) => type === 'refused' || type === 'error');
  const welcome = frames.find(({ type }) => type === 'welcome');
  if (refusal || !welcome) return refusal ? refusalWords(refusal) : say('needsConnection');
  await session.takeLastToken(welcome.token);
  location.reload();
  return '';
}

/** The session is over, because the reader's name has a new password: asks for that. */
export function askPassword(session, hello) {
  if (!session.isGuest()) hello.askPassword(session.name(), (password) => signIn(session, password), false);
}
