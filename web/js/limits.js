// Every bound of the page: name, unit, reason.
//
// Owns: numbers. What the server decides is read from the page it served, so
// that a server with another limit needs no other script.
// Must not know: any other file.
//
// Next: `clock.js`.

// --- What may be said --------------------------------------------------------

/** Longest text of one message, in bytes of UTF-8: the server's own limit. */
export const MESSAGE_BYTES_MAX = Number(document.documentElement.dataset.most) || 4096;
/** The counter is shown from this part of the limit on. */
export const COUNTER_FROM = 0.8;
/** Messages that the box does not have yet; more stay in the field. */
export const UNSENT_MAX = 100;
/** Messages under way at once: five may come at once, and four wait. */
export const UNANSWERED_MAX = 4;
/** What everybody has, and the box does not keep yet, is said again so far apart. */
export const SHOWN_AGAIN_MS = 2_000;
/** Longer texts, in characters, are shown with their first eight lines. */
export const SHOWN_WHOLE_CHARS_MAX = 1200;

// --- The line ----------------------------------------------------------------

/** "connecting" is worth a word only after this. */
export const CONNECTING_SHOWN_AFTER_MS = 400;
/** A handshake that takes longer is given up; a browser alone waits minutes. */
export const CONNECT_WAIT_MS = 10_000;
/** A way that did not open so often is left for the next one. */
export const TRIES_PER_WAY = 2;
/** On a lesser way, the best one is tried again after this. */
export const CLIMB_AFTER_MS = 60_000;
/** ... and so soon if it has worked before. */
export const CLIMB_SOON_MS = 3000;
/** A long poll is answered after 25 s at the latest. */
export const POLL_WAIT_MS = 40_000;
/** The pause before a reconnect is drawn from nought to this ... */
export const RETRY_FLOOR_MS = 500;
/** ... doubled with every failure, up to this. */
export const RETRY_CEILING_MS = 30_000;
/** A line that held this long was good: the pauses start small again. */
export const STEADY_MS = 5_000;
/** Heard nothing for so long: whether the line lives is asked when somebody comes back. */
export const PROBE_AFTER_MS = 10_000;
/** A session's new token is shown to the box after this: other tabs hear of it first, and no line of theirs is cut. */
export const TOKEN_SHOWN_AFTER_MS = 300;
/** Asked something, heard nothing at all: the line is dead, whatever TCP thinks. */
export const ANSWER_WAIT_MS = 15_000;

// --- The log -----------------------------------------------------------------

/** Rows in the document while one is at the bottom. */
export const ROWS_MAX = 300;
/** Rows in the document while one reads further up. */
export const ROWS_READING_MAX = 600;
/** Rows that come back at a time, from memory or from the box. */
export const ROWS_PAGE = 50;
/** Messages in memory, for who is at the bottom; the rest can be asked for again. */
export const MESSAGES_MAX = 2000;
/** Names in one line about who came or left; the others are counted. */
export const NAMES_TOLD_MAX = 2;
/** Lines that a text may have to be shown whole. */
export const SHOWN_WHOLE_LINES_MAX = 12;
/** Found messages that are shown at once. */
export const FOUND_MAX = 50;
/** A search that came too fast is tried again after this, if the box does not say when. */
export const FOUND_AGAIN_MS = 1000;
/** Rooms that one is in at once; the box would take 16. */
export const ROOMS_MAX = 8;
/** By a way that carries one room only, the others are looked into this often ... */
export const LOOK_AFTER_MS = 20_000;
/** ... and by a tab that nobody sees, so that who is spoken to is called. Somebody who looks in
 *  counts as there for five minutes. */
export const LOOK_HIDDEN_AFTER_MS = 60_000;
/** Of the six connections that a browser has to a box for all its tabs, lines by a lesser
 *  way may hold so many; the others are for what somebody does. */
export const HELD_MAX = 3;
/** A tab that nobody sees gives its line back after this, where another has one. */
export const REST_AFTER_MS = 5000;
/** Tabs that hold a line are asked, and say so within this. */
export const HELD_ANSWER_MS = 1000;
/** A tab that rests asks this often whether anybody still holds one. */
export const HELD_ASKED_MS = 60_000;
/** A tab that has rested for longer is gone, most likely. */
export const HELD_FORGOTTEN_MS = 24 * 3600_000;
/** How much is new is told to other tabs this often at most. */
export const COUNTS_TOLD_MS = 1000;
/** How old the list of rooms may be beside the talk, when something happens. */
export const ROOMS_FRESH_MS = 30_000;
/** Room for three columns: of 13, 47 and 13 rem. */
export const COLUMNS_REM = 74;
/** People whom one is offered to write to alone. */
export const CHIPS_MAX = 20;
/** People of whom is kept how far one has read with each. */
export const SEEN_OF_MAX = 50;
/** This close to the end, in pixels, counts as the bottom. */
export const BOTTOM_PX = 48;
/** A hidden tab is drawn this often; one in sight, once per frame. */
export const HIDDEN_BATCH_MS = 1_000;
/** The same person goes on, without a new knot, within this. */
export const TURN_MS = 5 * 60_000;
/** The unread line goes after this long at the bottom with the tab in sight. */
export const SEEN_AFTER_MS = 5_000;
/** Without a line for so long, what waits is not sent: there is something to press. */
export const NOT_SENT_AFTER_MS = 10_000;
/** A message that must wait so long is given back, where nothing waits behind it. */
export const GIVEN_BACK_FROM_MS = 4_000;
/** Asked too fast, without a word when to ask again. */
export const ASKED_AGAIN_MS = 1_000;
/** ... and so often, before it is said. */
export const ASKED_AGAIN_TIMES = 3;
/** "sending" is worth a word only after this. */
export const SENDING_SHOWN_AFTER_MS = 300;

// --- What is typed -----------------------------------------------------------

/** A draft is kept this long after the last key. */
export const DRAFT_KEPT_AFTER_MS = 300;
/** Names are offered from so many letters on; behind an @ from the first. */
export const OFFERED_FROM = 2;
/** So many are offered at once: what one sees at a glance. */
export const OFFERS_MAX = 5;
/** That somebody types is told this often ... */
export const TYPING_TOLD_MS = 3_000;
/** ... and shown for this long. */
export const TYPING_SHOWN_MS = 6_000;

// --- What is heard -----------------------------------------------------------

/** More messages than this within the window are a flood ... */
export const FLOOD_MESSAGES = 3;
/** ... and only counted aloud. */
export const FLOOD_WINDOW_MS = 5_000;
/** How often a flood's count is said. */
export const FLOOD_COUNT_MS = 10_000;
/** A notice waits so long for another tab, where its words are read at once. */
export const CALL_AFTER_MS = 400;
/** The tone that calls somebody back: short and soft. */
export const TONE_MS = 120;
export const TONE_HERTZ = 660;
export const TONE_LOUDNESS = 0.15;
/** A change of the line is said when it has lasted this long. */
export const LINE_SAID_AFTER_MS = 2_000;
/** Sentences that stay in the hidden speaker. */
export const SPOKEN_MAX = 10;
