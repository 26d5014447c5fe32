// The dispatcher: gives each frame of the server to the part of the page that it is for.
//
// Owns: which frame is for which part, and whose a refusal is.
// Must not know: how a part works.
//
// Next: `messages/room_log.js`.

import { currentRoom } from './addresses.js';

/** Makes the dispatcher, a function of one frame. `showRoom()` is as `chat.js` has it. */
export function openDispatcher({
  session, connection, roomLog, roomView, roomUnsent, composer, commands, refusals, people, presence, rooms, privateMessages, roomList,
  search, status, showRoom,
}) {
  function refused(frame) {
    if (roomUnsent.refused(frame) || privateMessages.refused(frame) || session.refused(frame)) return;
    roomLog.refused(frame);
    // Before the page is in the room there is nothing to show, and the server's page says more.
    const isOut = frame.room === currentRoom && !frame.id && !roomLog.isIn();
    const isFault = frame.type === 'error' && (!composer.isShown() || !connection.isOpen());
    if (isOut && composer.isShown() && /password/.test(frame.reason)) status.lockedOut(frame);
    else if (isOut || isFault) status.end(frame);
    else if (composer.isShown() && !commands.nameRefused(frame) && !search.refused(frame)) refusals.tellRefusal(frame);
  }

  /** Takes a frame with a new token; addresses in the rows may have the old one. */
  function takeToken(frame) {
    if (session.takeToken(frame)) roomView.redraw();
  }

  const takers = {
    welcome(frame) {
      session.welcomed(frame);
      status.welcomed(frame);
      presence.welcomed();
    },
    sent: (frame) => (frame.room === null ? privateMessages.sent(frame) : roomUnsent.sent(frame, frame.seq <= roomLog.seq())),
    refused,
    error: refused,
    history: roomLog.history,
    who: people.set,
    rooms: roomList.set,
    found: search.found,
    typing: people.typing,
    presence: presence.presence,
    renamed(frame) {
      commands.nameChanged(frame);
      presence.renamed(frame);
      takeToken(frame);
    },
    session: takeToken,
    keeping(frame) {
      status.storing(frame.kept);
      if (frame.kept && composer.isShown()) showRoom();
    },
  };

  return function dispatch(frame) {
    roomList.refreshSoon();
    privateMessages.noticePeople(frame);
    if (frame.room && frame.room !== currentRoom && rooms.receive(frame)) return;
    if (frame.type in takers) takers[frame.type](frame);
    else if (frame.room === null) privateMessages.receive(frame);
    else if (frame.room === currentRoom) roomLog.receive(frame);
  };
}
