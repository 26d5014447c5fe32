// What only the second stage stores in the browser: a setting that the reader has changed, and
// what is about private messages.
//
// Owns: how the second stage writes it.
// Must not know: which settings there are.
//
// Part: `chat.js`.

import { STORED, browserStorage } from './storage.js';

/** The name of the log of private messages in the browser's storage. No room can have it. */
export const PRIVATE = '@';

/** Stores the word of a setting; '' is as if it was never set. */
export function writeSetting(name, word) {
  browserStorage().write(`${STORED}${name}`, word);
}
