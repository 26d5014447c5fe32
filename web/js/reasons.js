// Why something did not happen, in the reader's language.
//
// Owns: which sentence stands for which reason of `threadbare.v1`, and for the end of a line.
// Must not know: what was asked.
//
// Next: `doings.js`.

/** A reason's sentence has the name of the reason, except these. */
const SENTENCES = {
  'too-long': 'tooLongForBox',
  'password-needed': 'refusedPassword',
  'bad-room': 'badRoomSaid',
  version: 'olderPage',
};

/** The sentence of this name; `others` where we have none. */
function sayOr(others, say, name, values) {
  const words = say(name, values);
  return words === name ? others : words;
}

/** What reads otherwise where a text is given back. */
const OF_MESSAGES = { 'too-many-devices': 'hereTooOften', 'too-fast': 'tooFast' };

/** The session by whose token the line came has a new one. */
export const RENEWED = 'session_renewed';

/** Its person has left, in another tab. */
export const LEFT = 'session_left';

/** Why the box has ended a line for good: its own word, or a close code. */
const ENDS = {
  talked_too_fast: 'endedTooFast',
  [RENEWED]: 'endedRenewed',
  [LEFT]: 'endedLeft',
  1002: 'endedUnreadable',
  1007: 'endedUnreadable',
  1009: 'endedTooLong',
  version: 'endedOlder',
  'box-password': 'endedPassword',
};

/**
 * Close codes behind which nothing gets better by itself: the same would be said again. Not
 * 1008: a line that was too slow for a message is better in a while; where it is not, a `bye`
 * has said so.
 */
export const CODES_FOR_GOOD = new Set([1002, 1007, 1009]);

/** Where another page is needed, and not this one again: what is somebody else's is not on it. */
export const LOADED_ANEW = new Set(['version', 'box-password', LEFT]);

/** Why a name cannot be; the box's own words where we have none. */
function badNameOf({ why, what, text }, say) {
  if (why === 'no-secret') return say('secretMissing');
  return say('badName', { why: sayOr(text, say, `name-${why}`, { what }) });
}

/** The words for a `refused` or an `error`; the box's own where we have none. */
export function reasonOf(told, say) {
  if (told.reason === 'bad-name') return badNameOf(told, say);
  const name = (told.id && OF_MESSAGES[told.reason]) || SENTENCES[told.reason] || told.reason;
  return sayOr(told.text, say, name, { n: Math.ceil((told.wait || 1000) / 1000), room: told.room || '' });
}

/** Why a line ends for good, as `endOf` takes it: the box has said no to what was said first. */
export function whyOut(told, say) {
  if (told.reason === 'version') return told.reason;
  const isOfBox = told.type === 'error' && !told.room && /password|guesses/.test(told.reason);
  return isOfBox ? 'box-password' : reasonOf(told, say);
}

/** The words for the end of a line, to stand in the middle of a sentence; a whole one for `RENEWED`; or what is said already. */
export function endOf(reason, say) {
  return ENDS[reason] ? say(ENDS[reason]) : String(reason).replace(/[.\u3002]$/, '');
}
