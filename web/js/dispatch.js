// The dispatcher: gives each frame of the server to the part of the page that it is for.
//
// Owns: which frame is for which part; which part's request a refusal answers; that frames for the
// second stage wait for it.
// Must not know: how a part works.
//
// Next: `messages/room_log.js`.

import { currentRoom } from './addresses.js';
import { goneBy } from './messages/lines.js';

/** Frames of this room that are for parts of the second stage. */
const OF_SECOND_STAGE = new Set(['who', 'rooms', 'listed', 'found', 'typing', 'presence', 'away', 'back', 'person', 'device', 'signed-in-elsewhere']);
/** Frames of this room that may change which message is pinned, or its text. */
const OF_PIN = new Set(['joined', 'pin', 'edit', 'delete', 'removed']);

/** Makes the dispatcher, a function that takes one frame, for these parts of the page. */
export function openDispatcher({
  stage, session, connection, roomLog, roomView, roomUnsent, header, speaker, composer, naming, hello, refusals, rooms, status, page,
}) {
  function refused(frame) {
    const more = stage.parts();
    if (roomUnsent.refused(frame) || (more && more.privateMessages.refused(frame)) || session.refused(frame)) return;
    roomLog.refused(frame);
    // Before the live page is shown, such a refusal ends the connection: the server's page stays,
    // and says more.
    const isOut = frame.room === currentRoom && !frame.id && !roomLog.isIn();
    const isFault = frame.type === 'error' && (!composer.isShown() || !connection.isOpen());
    if (isOut && composer.isShown() && /password/.test(frame.reason)) status.lockedOut(frame);
    else if (isOut || isFault) status.end(frame);
    else if (!naming.refused(frame) && composer.isShown() && !(more && more.refused(frame))) refusals.tellRefusal(frame);
  }

  /**
   * Takes the token of a frame. If it is new, the rows are drawn again, because their addresses may
   * have the old one.
   */
  function takeToken(frame) {
    if (session.takeToken(frame)) roomView.redraw();
  }

  /** Takes a `removed` of any room: other parts than the room's log forget these lines. */
  function forget(frame) {
    speaker.forget();
    composer.forget(frame.room === currentRoom ? goneBy(frame) : () => false);
    stage.use((more) => more.forget(frame));
  }

  function showName() {
    header.showName(session.name());
    hello.nameChanged();
  }

  const takers = {
    welcome(frame) {
      session.welcomed(frame);
      rooms.welcomed(frame);
      naming.wished(session.isGuest() && session.wish(), hello);
      showName();
      status.welcomed(frame);
      stage.use((more) => more.presence.welcomed());
    },
    sent(frame) {
      if (frame.room === null) stage.use((more) => more.privateMessages.sent(frame));
      else roomUnsent.sent(frame, frame.seq <= roomLog.seq());
    },
    refused,
    error: refused,
    history: roomLog.history,
    invite: (frame) => stage.use(({ invites }) => invites.made(frame)),
    renamed(frame) {
      // The reader has become another person by that one's name and password.
      if (frame.token && !frame.secret) {
        stage.use((more) => more.signedIn(frame.token));
        return;
      }
      naming.changed(frame);
      const isReader = session.renamed(frame);
      if (isReader) showName();
      stage.use((more) => more.presence.renamed(frame, isReader));
      takeToken(frame);
    },
    session: takeToken,
    'entered-elsewhere': ({ room }) => rooms.enteredElsewhere(room),
    keeping(frame) {
      status.storing(frame.kept);
      if (frame.kept && composer.isShown()) page.showRoom();
    },
  };

  return function dispatch(frame) {
    const more = stage.parts();
    if (more) more.noticed(frame);
    if (frame.type === 'removed') forget(frame);
    // A `listed` is for all rooms.
    const isOfRoom = frame.room && frame.type !== 'listed';
    if (isOfRoom && frame.room !== currentRoom && ((more && more.foundElsewhere(frame)) || rooms.receive(frame))) return;
    if (frame.room === currentRoom && (frame.type === 'joined' || frame.type === 'set')) {
      header.showLock(frame.locked);
      stage.use(({ roomHeader, placeList, emptyRoom, keeping }) => {
        keeping.noticed(frame);
        roomHeader.access(frame);
        emptyRoom.access(frame);
        placeList.accessChanged(frame);
      });
    }
    if (frame.room === currentRoom && OF_PIN.has(frame.type)) stage.use(({ pinned }) => pinned.receive(frame));
    if (frame.type in takers) takers[frame.type](frame);
    else if (frame.room === null || OF_SECOND_STAGE.has(frame.type)) stage.use(({ receive }) => receive(frame));
    else if (frame.room === currentRoom) roomLog.receive(frame);
    if (['edit', 'delete'].includes(frame.type)) composer.messageChanged();
  };
}
