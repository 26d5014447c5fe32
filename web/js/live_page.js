// The live page: when it takes the place of the server's page, and what a change of the connection,
// of the ignored people or of the reader's place means for the parts.
//
// Owns: whether the line that the address leads to is asked for; when the page asked for the list
// of rooms.
// Must not know: how a part works.
//
// Part: `chat.js`.

import { currentRoom } from './addresses.js';
import { isolated } from './elements.js';
import { pageElement } from './layout.js';
import { isLeft, isOfSession, say } from './words.js';

/**
 * Makes the live page, of these parts. `goal`, `stayPlain` and `takeOver` are as `openChat` has
 * them.
 */
export function openLivePage({
  goal, stayPlain, takeOver,
  stage, session, connection, header, roomLog, roomView, roomUnsent, unread, roomDraft, composer, naming, rooms, status,
}) {
  let isGoalAsked = false;
  let listAskedAt = 0;

  /**
   * The page is in the room, and may have more of its log. Shows the live page if the server's page
   * is still there.
   */
  function showRoom() {
    if (!composer.isShown()) {
      // The lines around the goal are loaded first, so that nothing moves when they come.
      const isOnItsWay = goal && !isGoalAsked;
      isGoalAsked = true;
      if (isOnItsWay) roomLog.load(goal, showRoom, showRoom);
      else showLivePage();
    }
    if (!roomLog.isBehind()) {
      roomUnsent.resume();
      stage.ask((more) => more.privateMessages.resume());
    }
    status.draw();
  }

  function showLivePage() {
    const typed = takeOver(session);
    composer.show({ draft: [roomDraft.text(), typed.text].filter(Boolean).join('\n'), hasFocus: typed.hasFocus });
    if (typed.isNaming && typed.name) stage.use(({ nameForm }) => nameForm.typing(typed.name));
    else if (typed.name) naming.ask(typed.name, { refused: (...what) => stage.use(({ nameForm }) => nameForm.refused(...what)) });
    if (typed.told) stage.use((more) => more.tellInPassing(typed.told));
    document.title = currentRoom;
    const left = rooms.justLeft();
    if (left) roomView.addNote('note', say('youLeft', { room: isolated(left) }));
    if (goal) roomLog.goTo(goal);
    else roomView.toBottom();
    stage.want();
    // As a column the list of rooms is seen at once, so the page asks for it before the second
    // stage is there.
    if (pageElement('#places').open && connection.send({ type: 'rooms' })) listAskedAt = Date.now();
  }

  /** The connection is lost: what was asked on it gets no answer any more. */
  function connectionLost() {
    [roomLog, roomUnsent, rooms].forEach((part) => part.connectionLost());
    header.showPeople(0);
    stage.ask((more) => more.connectionLost());
  }

  /** Takes each state of the connection. */
  function connectionChanged(state) {
    if (state.name === 'open') {
      rooms.connected();
      stage.connected();
    } else connectionLost();
    if (!composer.isShown() && state.name === 'ended') stayPlain();
    if (state.name === 'ended' && isLeft(state.reason)) session.left();
    // The next person on this page may be another one.
    if (state.name === 'ended' && isOfSession(state.reason)) stage.use((more) => more.sessionOver(state.reason));
    status.connectionChanged(state);
  }

  /** Draws all messages again, because other people may be hidden, or receipts may have changed. */
  function redrawMessages() {
    roomView.redraw();
    stage.ask((more) => more.redraw());
  }

  // The second stage knows where an invite into a room of the reader leads.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href*="/invite?code="]');
    if (!link || stage.parts() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    stage.use(() => link.click());
  });

  return {
    showRoom,
    connectionLost,
    connectionChanged,
    redrawMessages,
    /** The reader ignores other people than before. */
    ignoredChanged() {
      redrawMessages();
      stage.ask((more) => more.ignoredChanged());
    },
    /** Shows a line of the room's log, whatever stands over the log now. */
    goToLine(seq) {
      stage.ask((more) => more.uncover());
      roomLog.goTo(seq);
    },
    /** Whether something stands over the log of the room. */
    isCovered: () => stage.ask((more) => more.isCovered(), false),
    /** Something stands over the log of the room now, or nothing does any more. */
    coverChanged() {
      unread.moved();
      status.draw();
    },
    /** When the page asked for the list of rooms; 0 if it has not. */
    listAskedAt: () => listAskedAt,
  };
}
