// Why something did not happen, in the reader's language.
//
// Owns: which sentence stands for which reason of `threadbare.v1`.
// Must not know: what was asked.
//
// Next: `doings.js`.

const SENTENCES = {
  'name-taken': 'nameTaken',
  'bad-name': 'badNameSaid',
  'no-such-person': 'nobodyCalled',
  'not-yours': 'notYours',
  'too-fast': 'tooFast',
  'too-long': 'tooLongForBox',
  'room-full': 'roomIsFull',
  'too-many-guesses': 'tooManyGuesses',
};

/** The words for a `refused` or an `error`; the box's own where we have none. */
export function reasonOf(told, say) {
  const sentence = told.reason === 'too-fast' && !told.id ? 'tooFastAsked' : SENTENCES[told.reason];
  return sentence ? say(sentence, { n: Math.ceil((told.wait || 1000) / 1000) }) : told.text;
}
