// Every bound of the page: its name, its unit, its reason.
//
// Owns: numbers. What the server decides is read from the page that it sent, so that a server with
// another limit needs no other script.
// Must not know: any other file.
//
// Part: `chat.js`.

// --- Messages that the reader writes -------------------------------------------

/** Longest text of one message, in bytes of UTF-8: the server's own limit. */
export const MESSAGE_BYTES_MAX = Number(document.documentElement.dataset.most) || 4096;
/** The counter of bytes is shown from this part of the limit on. */
export const COUNTER_FROM = 0.8;
/** Messages that the server has not stored yet; a further one stays in the field. */
export const UNSENT_MAX = 100;
/** Messages sent without an answer: the server takes five at once, and lets four wait. */
export const UNANSWERED_MAX = 4;
/** A message that everybody has, and the server has not stored, is sent again after this. */
export const RESEND_MS = 2_000;
/** After so long without a connection a waiting message has a button that takes it back. */
export const TAKE_BACK_AFTER_MS = 10_000;
/** A message that must wait this long goes back to the field, if no other message waits. */
export const GIVE_BACK_FROM_MS = 4_000;
/** "sending" is shown only after this. */
export const SENDING_SHOWN_AFTER_MS = 300;
/** The draft is stored this long after the last key. */
export const DRAFT_STORED_AFTER_MS = 300;
/** Names are suggested from so many letters on; behind an @ from the first. */
export const SUGGEST_FROM_LETTERS = 2;
/** Suggestions at once: as many as a reader takes in at a glance. */
export const SUGGESTIONS_MAX = 5;
/** The page tells the server that its reader types this often at most ... */
export const TYPING_TOLD_MS = 3_000;
/** ... and shows for this long that another person types. */
export const TYPING_SHOWN_MS = 6_000;

// --- The connection ------------------------------------------------------------

/** A handshake that takes longer is given up; a browser alone waits minutes. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** After so many failures of one transport the page tries the next. */
export const TRIES_PER_TRANSPORT = 2;
/** On another transport than the best, the page tries the best again after this ... */
export const UPGRADE_AFTER_MS = 60_000;
/** ... and so soon if the best has worked before. */
export const UPGRADE_SOON_MS = 3000;
/** The server answers a long poll after 25 s at the latest. */
export const POLL_TIMEOUT_MS = 40_000;
/** The pause before a reconnect is drawn from nought to this ... */
export const RETRY_FLOOR_MS = 500;
/** ... doubled with every failure, up to this. */
export const RETRY_CEILING_MS = 30_000;
/** A connection that held this long was good: the pauses start small again. */
export const STEADY_MS = 5_000;
/** After so long without a frame, the page asks whether the connection lives when the reader returns. */
export const PROBE_AFTER_MS = 10_000;
/** No answer to a request within this: the connection is dead, whatever TCP thinks. */
export const ANSWER_TIMEOUT_MS = 15_000;
/** The page shows a session's new token to the server after this. Other tabs hear of it first, so the
 *  server ends no connection of theirs. */
export const TOKEN_SHOWN_AFTER_MS = 300;
/** A screen reader hears of a connection that opens or breaks when that has lasted this long. */
export const CONNECTION_SPOKEN_AFTER_MS = 2_000;

// --- Several tabs of one browser -------------------------------------------------

/** A browser has six connections to a server for all its tabs. Streams and polls may hold so many; the
 *  others are for what the reader does. */
export const HELD_CONNECTIONS_MAX = 3;
/** A tab that nobody sees closes its connection after this, if another tab has one. */
export const REST_AFTER_MS = 5000;
/** Tabs with a connection answer within this when another tab asks. */
export const TABS_ANSWER_MS = 1000;
/** A tab that rests asks this often whether another tab still has a connection. */
export const TABS_ASKED_MS = 60_000;
/** A tab that has rested for longer is gone, most likely. */
export const TAB_FORGOTTEN_MS = 24 * 3600_000;
/** A tab tells the others its counts of new messages this often at most. */
export const COUNTS_SHARED_MS = 1000;

// --- The log view ----------------------------------------------------------------

/** Rows in the document while the reader is at the bottom. */
export const ROWS_MAX = 300;
/** Rows in the document while the reader is further up. */
export const ROWS_READING_MAX = 600;
/** Rows that are added at a time, from memory or from the server. */
export const ROWS_PAGE = 50;
/** Lines that are asked for at a time: as many as the server sends in one answer. */
export const HISTORY_PAGE = 100;
/** Lines on each side of the one that the reader goes to. */
export const LINES_AROUND = 30;
/** A line so little older than those that are here is loaded with all lines between. */
export const NEAR_LINES = 300;
/** Messages in memory while the reader is at the bottom; the server can send the others again. */
export const MESSAGES_MAX = 2000;
/** Names in one sentence about people who came or left; the others are counted. */
export const NAMES_TOLD_MAX = 2;
/** So many characters are shown of the message that another one replies to. */
export const QUOTE_CHARS_MAX = 120;
/** A text with more lines than this is shortened ... */
export const WHOLE_LINES_MAX = 12;
/** ... and so is one with more characters. The first eight lines are shown. */
export const WHOLE_CHARS_MAX = 1200;
/** This close to the end, in pixels, counts as the bottom. */
export const BOTTOM_PX = 48;
/** A hidden tab is drawn this often; a visible one once per animation frame. */
export const HIDDEN_DRAW_MS = 1_000;
/** So far the bar of actions reaches over its row. */
export const BAR_PX = 26;
/** If the second stage does not come within this time, it has failed. */
export const STAGE_LATE_MS = 30_000;
/** The second stage is loaded again this long after it could not be loaded. */
export const STAGE_AGAIN_MS = 5_000;
/** What can be done with a message is loaded after this time at the latest. */
export const ACTIONS_AFTER_MS = 20_000;
/** Within this the same person goes on, without a new head over the message. */
export const TURN_MS = 5 * 60_000;
/** The unread line goes after the reader was so long at the bottom, with the tab visible. */
export const READ_AFTER_MS = 5_000;

// --- Other places ----------------------------------------------------------------

/** Results of a search that are shown at once. */
export const RESULTS_MAX = 50;
/** A search that came too fast is tried again after this, if the server does not say when. */
export const SEARCH_AGAIN_MS = 1000;
/** Rooms that one person is in at once here; the server allows 16. */
export const ROOMS_MAX = 8;
/** With a transport that carries one room only, the page polls the others this often ... */
export const POLL_ROOMS_MS = 20_000;
/** ... and this often in a hidden tab, so that its reader hears of a mention. The server counts who
 *  polls as present for five minutes. */
export const POLL_ROOMS_HIDDEN_MS = 60_000;
/** How old the list of rooms may be when something happens. */
export const ROOM_LIST_FRESH_MS = 30_000;
/** From this width on there are three columns: of 13, at most 47, and 13 rem. */
export const COLUMNS_REM = 60;
/** So many rooms are listed without a filter, and those with nobody in them, too. */
export const ROOMS_UNFOLDED_MAX = 12;
/** People whom the form for a private message suggests. */
export const TALKS_OFFERED_MAX = 8;
/** The person menu stays so far inside the page. */
export const MENU_EDGE_PX = 8;
/** People for each of whom the page stores how far the reader has read. */
export const READ_PEOPLE_MAX = 50;
/** A request to enter a room that came too fast is sent again after this, if the server does not say when ... */
export const ENTER_AGAIN_MS = 1_000;
/** ... and so often, before the page tells the reader. */
export const ENTER_AGAIN_TIMES = 3;

// --- What the reader hears ---------------------------------------------------------

/** More messages than this within the window are a flood ... */
export const FLOOD_MESSAGES = 3;
/** ... and a screen reader hears only their number. */
export const FLOOD_WINDOW_MS = 5_000;
/** How often a flood's number is spoken. */
export const FLOOD_COUNT_MS = 10_000;
/** A notification waits this long for another tab that shows the message already. */
export const NOTIFY_AFTER_MS = 400;
/** The tone of a notification: short and soft. */
export const TONE_MS = 120;
export const TONE_HERTZ = 660;
export const TONE_LOUDNESS = 0.15;
/** Sentences that stay in the hidden element for screen readers. */
export const SPOKEN_MAX = 10;
