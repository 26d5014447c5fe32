// The page's limits and pauses: name, unit, reason.
//
// Owns: these numbers. A limit that an operator can set is read from the page that the server sent.
// How something looks or sounds, a number that needs one line only, and one that only a module of
// the second stage uses, is in its module, with its reason.
// Must not know: any other file.
//
// Part: `chat.js`.

// --- Messages that the reader writes -------------------------------------------

/** Longest text of one message, in bytes of UTF-8: the server's own limit. */
export const MESSAGE_BYTES_MAX = Number(document.documentElement.dataset.most) || 4096;
/**
 * From this fraction of `MESSAGE_BYTES_MAX` on, the note under the field says how many bytes are
 * left.
 */
export const COUNTER_FROM = 0.8;
/**
 * How many messages may wait to be stored: of one room, or of all private ones. A further one stays
 * in the field.
 */
export const UNSENT_MAX = 100;
/**
 * How many messages may be sent and not answered. The server takes five at once, and lets four
 * wait.
 */
export const UNANSWERED_MAX = 4;
/** A message whose line has come, and which the server has not stored, is sent again after this. */
export const RESEND_MS = 2_000;
/**
 * After so long without a connection, the row of a waiting message has a button that takes the
 * message back.
 */
export const TAKE_BACK_AFTER_MS = 3_000;
/**
 * If the server refuses a message for so long or longer, it goes back to the field, unless others
 * wait, too.
 */
export const GIVE_BACK_FROM_MS = 4_000;
/** A message that is being sent is called "sending" only after this. */
export const SENDING_SHOWN_AFTER_MS = 300;
/** The draft is stored this long after the last key. */
export const DRAFT_STORED_AFTER_MS = 300;
/** While the reader types, the page tells the server so at most once in this time. */
export const TYPING_TOLD_MS = 3_000;

// --- The connection ------------------------------------------------------------

/** A connection without a welcome after this is given up; a browser alone would wait minutes. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** After so many failures of one transport the page tries the next. */
export const TRIES_PER_TRANSPORT = 2;
/** On a transport that is not the best one, the page tries the best one again after this. */
export const UPGRADE_AFTER_MS = 60_000;
/** If the best transport has worked before, the page tries it again so soon. */
export const UPGRADE_SOON_MS = 3000;
/**
 * A long poll without an answer after this has failed. The server answers after 25 s at the latest.
 */
export const POLL_TIMEOUT_MS = 40_000;
/** The pause before a reconnect is a random time up to a bound. This is the first bound. */
export const RETRY_FLOOR_MS = 500;
/**
 * Each failure doubles the bound of the pause before a reconnect, up to this. A reader who sees the
 * line come back waits no longer than this.
 */
export const RETRY_CEILING_MS = 10_000;
/** A connection that held this long was good: the pauses start small again. */
export const STEADY_MS = 5_000;
/**
 * If no frame has come for so long when the reader returns, the page asks the server for an answer.
 */
export const PROBE_AFTER_MS = 10_000;
/** If a request has no answer after this, the page gives the connection up, whatever TCP thinks. */
export const ANSWER_TIMEOUT_MS = 15_000;
/**
 * The page shows a session's new token to the server after this. Other tabs hear of it first, so
 * the server ends no connection of theirs.
 */
export const TOKEN_SHOWN_AFTER_MS = 300;
/** A screen reader hears of a connection that opens or breaks when that has lasted this long. */
export const CONNECTION_SPOKEN_AFTER_MS = 2_000;

// --- Several tabs of one browser -------------------------------------------------

/**
 * So many tabs may keep a stream or a poll while hidden. A browser has six connections to a server
 * for all its tabs.
 */
export const HELD_CONNECTIONS_MAX = 3;
/** A tab that nobody sees closes its connection after this, if another tab has one. */
export const REST_AFTER_MS = 5000;
/** Tabs with a connection answer within this when another tab asks. */
export const TABS_ANSWER_MS = 1000;
/** A tab that rests asks this often whether another tab still has a connection. */
export const TABS_ASKED_MS = 60_000;
/**
 * The mark of a resting tab does not count if it is older than this: the tab is most likely gone.
 */
export const TAB_FORGOTTEN_MS = 24 * 3600_000;
/** A tab tells the others its counts of new messages this often at most. */
export const COUNTS_SHARED_MS = 1000;

// --- The log view ----------------------------------------------------------------

/** How many rows the document has at most while the reader is at the bottom. */
export const ROWS_MAX = 300;
/** How many rows the document has at most while the reader is further up. */
export const ROWS_READING_MAX = 600;
/** How many rows are added at a time when the reader comes near an edge. */
export const ROWS_PAGE = 50;
/** How many lines the page asks for at a time: as many as the server sends in one answer. */
export const HISTORY_PAGE = 100;
/** How many lines are loaded on each side of the line that the reader goes to. */
export const LINES_AROUND = 30;
/**
 * If the reader goes to a line that is older by fewer numbers than this, all lines between are
 * loaded, too.
 */
export const NEAR_LINES = 300;
/**
 * How many messages stay in memory while the reader is at the bottom. The server can send the
 * others again.
 */
export const MESSAGES_MAX = 2000;
/**
 * So many characters are shown of the message that another one replies to: the server's own limit.
 */
export const QUOTE_CHARS_MAX = 60;
/** A text with more lines than this is shortened to its first eight. */
export const WHOLE_LINES_MAX = 12;
/** A text with more characters than this is shortened to its first eight lines. */
export const WHOLE_CHARS_MAX = 1200;
/** This close to the end, in pixels, counts as the bottom. */
export const BOTTOM_PX = 48;
/** A hidden tab is drawn at most once in this time. */
export const HIDDEN_DRAW_MS = 1_000;
/** If the second stage does not come within this time, it has failed. */
export const STAGE_LATE_MS = 30_000;
/** The second stage is loaded again this long after it could not be loaded. */
export const STAGE_AGAIN_MS = 5_000;
/** The actions of messages are loaded this long after the page has started, or sooner. */
export const ACTIONS_AFTER_MS = 20_000;
/** A message that comes within this time after one of the same person has no head of its own. */
export const TURN_MS = 5 * 60_000;
/** A line that the reader has gone to stands out for so long at least. */
export const SOUGHT_MS = 3_000;
/**
 * The unread line goes when the reader has been at the bottom for so long, with the tab visible.
 */
export const READ_AFTER_MS = 5_000;
/** The unread line does not go before the pointer over the log has been still for so long. */
export const POINTER_RESTS_MS = 2_000;

// --- Other places ----------------------------------------------------------------

/** In how many rooms at once the reader is in this browser. The server allows 16. */
export const ROOMS_MAX = 8;
/** From this width on the page has three columns: 13, at most 47, and 13 rem wide. */
export const COLUMNS_REM = 60;

// --- What the reader hears ---------------------------------------------------------

/**
 * More messages than this within `FLOOD_WINDOW_MS` are a flood: a screen reader hears only how many
 * there are.
 */
export const FLOOD_MESSAGES = 3;
export const FLOOD_WINDOW_MS = 5_000;
/** How often a screen reader hears how many messages a flood has. */
export const FLOOD_COUNT_MS = 10_000;
/** How many sentences stay in the hidden element for screen readers. */
export const SPOKEN_MAX = 10;
