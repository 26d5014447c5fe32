// A session's new token: kept first, heard of by the other tabs, and then shown to the box.
//
// Owns: when it is shown.
// Must not know: where it is kept, what the session has gained.
//
// Next: `shelf.js`.

import { TOKEN_SHOWN_AFTER_MS } from './limits.js';

/**
 * `send(message)` says it on the line; `redraw()`: links may have the token in them; `left()` hears that whoever
 * is here has left, in another tab; `again()` says hello anew.
 */
export function openRenewing({ session, send, redraw, left, again }) {
  /** First by the line, which came by the one before, and would be let go. */
  function show() {
    send({ type: 'session', token: session.token() });
    return session.storeInCookie().catch(() => {});
  }

  session.watch(show, left);
  return {
    show,
    /** True: in another tab one is somebody else by now, whose session this line has shown: it comes again as that one. */
    refused({ reason, id, room }) {
      const isElse = reason === 'session-over' && !id && !room;
      if (isElse) again();
      return isElse;
    },
    /** The box has told it, if it has. */
    told({ token }) {
      if (!session.hasNew(token)) return;
      redraw();
      setTimeout(show, TOKEN_SHOWN_AFTER_MS);
    },
    /** ... and this page is left now. */
    toldAtEnd: (token) => (session.hasNew(token) ? show() : null),
  };
}
