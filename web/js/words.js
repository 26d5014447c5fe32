// Sentences in the page's language, also for refusals; and dates and times.
//
// Owns: the table of sentences (`web/words/`), which sentence stands for which reason of
// `threadbare.v1`, and how a moment is written.
// Must not know: where a sentence is shown.
//
// Part: `chat.js`.

const sentences = {};

/** Adds the table of sentences whose file has this end of its name. */
async function addWords(end) {
  // The browser resolves this path from the joined script, which stands in `js/`, as this file
  // does.
  const { words } = await import(`../words/${document.documentElement.lang.split('-')[0]}${end}`);
  Object.assign(sentences, words);
}

/**
 * Loads the table of sentences of the page's language. `main.js` waits for it before it makes the
 * live page.
 */
export const loadWords = () => addWords('.js');

/**
 * Loads the sentences that the page does not need before it is live. `again` is what this attempt
 * adds to the path.
 */
export const loadPanelWords = (again = '') => addWords(`-panels.js${again}`);

/**
 * Calls `act()` when those sentences are loaded, or cannot be: the words for a reason may be among
 * them.
 */
export const withPanelWords = (act) => loadPanelWords().then(act, act);

/**
 * Returns the sentence of this key, with `{name}` replaced by `values.name`. Without such a
 * sentence it returns the key.
 */
export function say(key, values) {
  // "Anna M." ends a sentence by itself.
  return (sentences[key] || key).replace(/\{(\w+)\}(\.?)/g, (whole, name, stop) => (values && name in values ? values[name] + (/\.\u2069?$/.test(values[name]) ? '' : stop) : whole));
}

export const sayCount = (n, one, many) => say(n === 1 ? one : many, { n });

// --- Dates and times ---------------------------------------------------------------

/** Makes a function that writes milliseconds since 1970 as these options have it. */
function formatter(options) {
  let format = null;
  let minute = 0;
  let words = '';
  return (at) => {
    format = format || new Intl.DateTimeFormat(sentences.locale, { hourCycle: 'h23', ...options });
    // Many messages have the same minute.
    if (minute !== Math.floor(at / 60_000)) {
      minute = Math.floor(at / 60_000);
      words = format.format(at);
    }
    return words;
  };
}

/** Writes the day of a moment in the reader's time zone, as the log shows it between two days. */
export const dayOf = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
export const momentOf = formatter({ dateStyle: 'full', timeStyle: 'short' });
const hourOf = formatter({ hour: '2-digit', minute: '2-digit' });

/** Writes the time of a moment; dots if the reader wants no times. */
export const timeOf = (at) => (document.documentElement.dataset.times === 'no' ? '\u00b7\u00b7\u00b7' : hourOf(at));

// --- Refusals ------------------------------------------------------------------------

/** The keys of sentences for reasons; the key of any other reason's sentence is the reason. */
const SENTENCE_OF = {
  'too-long': 'tooLongForBox',
  'password-needed': 'refusedPassword',
  'bad-room': 'badRoomSaid',
  version: 'olderPage',
};

/** The keys of sentences for reasons that send a message back to the field. */
const SENTENCE_OF_MESSAGE = { 'too-many-devices': 'hereTooOften', 'too-fast': 'tooFast' };

function sayOr(otherwise, key, values) {
  const words = say(key, values);
  return words === key ? otherwise : words;
}

function badNameWords({ why, what, text }) {
  if (why === 'no-secret') return say('secretMissing');
  if (why === 'empty') return sayOr(text, 'name-empty');
  return say('badName', { why: sayOr(text, `name-${why}`, { what }) });
}

/**
 * Returns the words for a frame `refused` or `error`. If the page has none for its reason, they are
 * the server's.
 */
export function refusalWords(frame) {
  if (frame.reason === 'bad-name') return badNameWords(frame);
  const key = (frame.id && SENTENCE_OF_MESSAGE[frame.reason]) || SENTENCE_OF[frame.reason] || frame.reason;
  return sayOr(frame.text, key, { n: Math.ceil((frame.wait || 1000) / 1000), room: frame.room || '' });
}

// --- The end of a connection -----------------------------------------------------------

/** The reason of an end: the session has a new token, and the page connected with an old one. */
export const RENEWED = 'session_renewed';

/** The reason of an end: the person has left in another tab. */
export const LEFT = 'session_left';

/** The reason of an end: the person has left on another device. */
export const LEFT_ELSEWHERE = 'session_left_elsewhere';

/** The reason of an end: the session is over, and the reader has no password to go on with. */
export const FORGOTTEN = 'session_forgotten';

/** Whether the reader has ended the session, and not the server. */
export const isLeft = (reason) => reason === LEFT || reason === LEFT_ELSEWHERE;

/** Whether the session of the page is over, and no page has the next one. */
export const isOfSession = (reason) => reason === RENEWED || reason === FORGOTTEN || isLeft(reason);

/** The keys of sentences for the ends of a connection, by the reason: a word, or a close code. */
const SENTENCE_OF_END = {
  talked_too_fast: 'endedTooFast',
  [RENEWED]: 'endedRenewed',
  [FORGOTTEN]: 'endedGuest',
  [LEFT]: 'endedLeft',
  [LEFT_ELSEWHERE]: 'endedElsewhere',
  1002: 'endedUnreadable',
  1007: 'endedUnreadable',
  1009: 'endedTooLong',
  version: 'endedOlder',
  'box-password': 'endedPassword',
};

/** The reasons of ends after which the page must be loaded again. */
export const RELOAD_REASONS = new Set(['version', 'box-password', RENEWED, FORGOTTEN, LEFT, LEFT_ELSEWHERE]);

/** Returns the reason of an end, as `endWords` takes it, for a hello that the server refused. */
export function endReason(frame) {
  if (frame.reason === 'version') return frame.reason;
  const isOfServer = frame.type === 'error' && !frame.room && /password|guesses/.test(frame.reason);
  return isOfServer ? 'box-password' : refusalWords(frame);
}

/**
 * Returns the words for the end of a connection: a whole sentence if `isOfSession`,
 * else words for the middle of one.
 */
export function endWords(reason) {
  return SENTENCE_OF_END[reason] ? say(SENTENCE_OF_END[reason]) : String(reason).replace(/[.\u3002]$/, '');
}
