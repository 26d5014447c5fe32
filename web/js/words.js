// Sentences in the reader's language: the page's own, those for refusals, dates and times.
//
// Owns: the table of sentences of this page's language (`web/words/`), which sentence stands for which
// reason of `threadbare.v1`, and how a moment is written.
// Must not know: where a sentence is shown.
//
// Part: `chat.js`.

let sentences = {};

/** Loads the table of sentences of the page's language. `main.js` waits for it before anything else. */
export async function loadWords() {
  // The browser resolves this path from the joined script, which stands in `js/`, as this file does.
  const { words } = await import(`../words/${document.documentElement.lang.split('-')[0]}.js`);
  sentences = { ...words };
}

/** Loads the sentences that are not part of the first look; `again` is as for `openSecondStage`. */
export async function loadPanelWords(again) {
  const { words } = await import(`../words/${document.documentElement.lang.split('-')[0]}-panels.js${again ? `?${again}` : ''}`);
  Object.assign(sentences, words);
}

/** Returns the sentence of this key, with `{name}` replaced by `values.name`; the key if there is none. */
export function say(key, values) {
  return (sentences[key] || key).replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
}

/** Returns the sentence of one thing or of many, whichever `n` is. */
export const sayCount = (n, one, many) => say(n === 1 ? one : many, { n });

// --- Dates and times ---------------------------------------------------------------

/** Makes a function that writes milliseconds since 1970 as these options have it. */
function formatter(options) {
  let format = null;
  let minute = 0;
  let words = '';
  return (at) => {
    format = format || new Intl.DateTimeFormat(sentences.locale, { hourCycle: 'h23', ...options });
    // A flood asks for the same minute again and again.
    if (minute !== Math.floor(at / 60_000)) {
      minute = Math.floor(at / 60_000);
      words = format.format(at);
    }
    return words;
  };
}

/** Writes the day of a moment, in the reader's zone, as the day lines of the log have it. */
export const dayOf = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
/** Writes day and minute of a moment. */
export const momentOf = formatter({ dateStyle: 'full', timeStyle: 'short' });
const hourOf = formatter({ hour: '2-digit', minute: '2-digit' });

/** Writes the time of a moment. A reader who wants no times sees dots: they open what can be done
 *  with a message. */
export const timeOf = (at) => (document.documentElement.dataset.times === 'no' ? '\u00b7\u00b7\u00b7' : hourOf(at));

// --- Refusals ------------------------------------------------------------------------

/** A reason's sentence has the reason as its key, except these. */
const SENTENCE_OF = {
  'too-long': 'tooLongForBox',
  'password-needed': 'refusedPassword',
  'bad-room': 'badRoomSaid',
  version: 'olderPage',
};

/** Reasons with another sentence where a message comes back to the field. */
const SENTENCE_OF_MESSAGE = { 'too-many-devices': 'hereTooOften', 'too-fast': 'tooFast' };

/** The sentence of this key; `otherwise` if there is none. */
function sayOr(otherwise, key, values) {
  const words = say(key, values);
  return words === key ? otherwise : words;
}

function badNameWords({ why, what, text }) {
  if (why === 'no-secret') return say('secretMissing');
  return say('badName', { why: sayOr(text, `name-${why}`, { what }) });
}

/** Returns the words for a frame `refused` or `error`; the server's own if the page has none. */
export function refusalWords(frame) {
  if (frame.reason === 'bad-name') return badNameWords(frame);
  const key = (frame.id && SENTENCE_OF_MESSAGE[frame.reason]) || SENTENCE_OF[frame.reason] || frame.reason;
  return sayOr(frame.text, key, { n: Math.ceil((frame.wait || 1000) / 1000), room: frame.room || '' });
}

// --- The end of a connection -----------------------------------------------------------

/** The end's reason: the session by whose token the page connected has a new token. */
export const RENEWED = 'session_renewed';

/** The end's reason: the person has left, in another tab. */
export const LEFT = 'session_left';

/** Why the server has ended a connection for good: a word of its own, or a close code. */
const SENTENCE_OF_END = {
  talked_too_fast: 'endedTooFast',
  [RENEWED]: 'endedRenewed',
  [LEFT]: 'endedLeft',
  1002: 'endedUnreadable',
  1007: 'endedUnreadable',
  1009: 'endedTooLong',
  version: 'endedOlder',
  'box-password': 'endedPassword',
};

/** Ends after which the page must be loaded again, because it may not show another person what is on it. */
export const RELOAD_REASONS = new Set(['version', 'box-password', LEFT]);

/** Returns the reason of an end, as `endWords` takes it, from the refusal of a hello. */
export function endReason(frame) {
  if (frame.reason === 'version') return frame.reason;
  const isOfServer = frame.type === 'error' && !frame.room && /password|guesses/.test(frame.reason);
  return isOfServer ? 'box-password' : refusalWords(frame);
}

/** Returns words for the end of a connection, for the middle of a sentence; a whole sentence for `RENEWED` and `LEFT`. */
export function endWords(reason) {
  return SENTENCE_OF_END[reason] ? say(SENTENCE_OF_END[reason]) : String(reason).replace(/[.\u3002]$/, '');
}
