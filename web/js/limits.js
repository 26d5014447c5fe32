// Every bound of the page: name, unit, reason.
//
// Owns: numbers. What the server decides is read from the page it served, so
// that a server with another limit needs no other script.
// Must not know: any other file.
//
// Next: `socket.js`.

// --- What may be said --------------------------------------------------------

const told = document.querySelector('meta[name="threadbare-message-bytes"]');
/** Longest text of one message, in bytes of UTF-8: the server's own limit. */
export const MESSAGE_BYTES_MAX = Number(told && told.content) || 4096;
/** The counter is shown from this part of the limit on. */
export const COUNTER_FROM = 0.8;
/** Messages without an echo that the page keeps; more stay in the field. */
export const UNSENT_MAX = 100;
/** Longer texts, in characters, are shown with their first eight lines. */
export const SHOWN_WHOLE_CHARS_MAX = 1200;

// --- The line ----------------------------------------------------------------

/** "connecting" is worth a word only after this. */
export const CONNECTING_SHOWN_AFTER_MS = 400;
/** A handshake that takes longer is given up; a browser alone waits minutes. */
export const CONNECT_WAIT_MS = 10_000;
/** The pause before a reconnect is drawn from nought to this ... */
export const RETRY_FLOOR_MS = 500;
/** ... doubled with every failure, up to this. */
export const RETRY_CEILING_MS = 30_000;
/** A line that held this long was good: the pauses start small again. */
export const STEADY_MS = 5_000;
/** Said something, heard nothing at all: the line is dead, whatever TCP thinks. */
export const ECHO_WAIT_MS = 15_000;

// --- The log -----------------------------------------------------------------

/** Rows in the document while one is at the bottom. */
export const ROWS_MAX = 300;
/** Rows in the document while one reads further up. */
export const ROWS_READING_MAX = 600;
/** Rows that come back from memory at a time. */
export const ROWS_PAGE = 50;
/** Messages in memory. The classic wire has no history to ask again. */
export const MESSAGES_MAX = 2000;
/** This close to the end, in pixels, counts as the bottom. */
export const BOTTOM_PX = 48;
/** A hidden tab is drawn this often; one in sight, once per frame. */
export const HIDDEN_BATCH_MS = 1_000;
/** The same person goes on, without a new knot, within this. */
export const TURN_MS = 5 * 60_000;
/** The unread line goes after this long at the bottom with the tab in sight. */
export const SEEN_AFTER_MS = 5_000;
/** "sending" is worth a word only after this. */
export const SENDING_SHOWN_AFTER_MS = 300;

// --- What is typed -----------------------------------------------------------

/** A draft is kept this long after the last key. */
export const DRAFT_KEPT_AFTER_MS = 300;

// --- What is heard -----------------------------------------------------------

/** More messages than this within the window are a flood ... */
export const FLOOD_MESSAGES = 3;
/** ... and only counted aloud. */
export const FLOOD_WINDOW_MS = 5_000;
/** How often a flood's count is said. */
export const FLOOD_COUNT_MS = 10_000;
/** A change of the line is said when it has lasted this long. */
export const LINE_SAID_AFTER_MS = 2_000;
/** Sentences that stay in the hidden speaker. */
export const SPOKEN_MAX = 10;
