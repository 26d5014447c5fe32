// The strip over the field, if the reader's name has a new password: it asks for that.
//
// Owns: what stands in the strip then; the request by which the reader goes on as the same person.
// Must not know: why the session is over.
//
// The strip is that of `composer/hello.js`. With another password the server makes no guest.
//
// Part: `chat.js`.

import { OPEN_ROOM } from '../addresses.js';
import { sendByPost } from '../connection/transports.js';
import { fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
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
export function askPassword(session) {
  const strip = pageElement('#hello');
  const [brand, label, field, submit, problem] = ['p', 'label', 'input', 'button', '[role="alert"]'].map((part) => strip.querySelector(part));
  if (session.isGuest() || field.type === 'password') return;
  brand.hidden = true;
  problem.hidden = true;
  fillSentence(label, say('itsPassword', { name: isolated(session.name()) }));
  Object.assign(field, { type: 'password', autocomplete: 'current-password', value: '', placeholder: '' });
  submit.textContent = say('signIn');
  strip.hidden = false;
  // The strip's own listener would take it for a name.
  pageElement('#naming').addEventListener('submit', async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    const words = await signIn(session, field.value);
    problem.textContent = words;
    problem.hidden = !words;
    field.setAttribute('aria-invalid', Boolean(words));
  }, true);
}
