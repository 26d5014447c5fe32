// The parts of the first stage, which are made in four groups: connection, room, composer, places.
//
// Owns: which parts are in which group, and which other parts each of them gets.
// Must not know: how a part works.
//
// A part gets parts of its own group and of the groups before it, and the second stage. What it has
// to tell a later group, it calls of its group's `listener`. That object is empty until all groups
// are made; then `chat.js` fills it, and starts the connection. So no part may call its listener
// while it is being made.
//
// Part: `chat.js`.

import { currentRoom } from './addresses.js';
import { openComposer } from './composer/composer.js';
import { openDraft } from './composer/drafts.js';
import { openHello } from './composer/hello.js';
import { openNaming } from './composer/naming.js';
import { openRefusals } from './composer/refusals.js';
import { openSending } from './composer/sending.js';
import { openTexts } from './composer/texts.js';
import { openConnection } from './connection/connection.js';
import { openSession } from './connection/session.js';
import { watchSharedCount } from './connection/tabs.js';
import { openEmptyRoom } from './messages/empty_room.js';
import { watchRowsSoon } from './messages/near_rows.js';
import { openRoom } from './messages/room_log.js';
import { openSpeaker } from './messages/speaker.js';
import { openHeader } from './panels/header.js';
import { openPanels } from './panels/panels.js';
import { openStatus } from './panels/status.js';
import { openIgnored } from './places/ignored.js';
import { openRooms } from './places/rooms.js';

/** Makes the session and the connection. `listener` is as `openConnection` has it. */
export function openConnectionParts({ given, isByLink }) {
  const listener = {};
  // These two need each other. The session sends nothing while it is being made.
  const session = openSession({
    given, isByLink,
    send: (request) => connection.send(request),
    start: () => connection.start(),
    reconnect: () => connection.reconnect(),
  });
  const connection = openConnection({ session, listener });
  return { session, connection, listener };
}

/**
 * Makes the room's log and what shows it. `listener` is as `openRoom` has it; `reader` is as
 * `drawRow` has it, and gets the functions that are not here from `chat.js`. `goToLine(seq)` shows
 * a line of the log; `redrawMessages()` draws all messages again, because other people may be
 * hidden, or receipts may have changed.
 */
export function openRoomParts({ stage, connectionParts: { session, connection } }) {
  const listener = {};
  const reader = {
    name: session.name,
    openPerson: (name, at) => stage.use(({ personMenu }) => personMenu.open(name, at)),
  };
  const ignored = openIgnored(() => {
    redrawMessages();
    stage.ask((more) => more.ignoredChanged());
  });
  const room = openRoom({ session, connection, reader, isHidden: ignored.hides, listener });

  function redrawMessages() {
    room.roomView.redraw();
    stage.ask((more) => more.redraw());
  }

  function goToLine(seq) {
    stage.ask((more) => more.uncover());
    room.roomLog.goTo(seq);
  }

  openEmptyRoom();
  watchSharedCount((n) => { if (connection.state().name === 'resting') room.unread.showCount(n); });
  return { ...room, header: openHeader(), speaker: openSpeaker(), ignored, reader, goToLine, redrawMessages, listener };
}

/** Makes the field, and what becomes of a text. `listener` is as `openComposer` has it. */
export function openComposerParts({
  stage,
  connectionParts: { session, connection },
  roomParts: { roomView, roomUnsent, speaker },
}) {
  const listener = {};
  const roomDraft = openDraft(currentRoom, session.storage());
  const sending = openSending({ connection, roomUnsent, roomView });
  const composer = openComposer({ speaker, send: connection.send, listener });
  const texts = openTexts({ stage, composer, sending });
  const refusals = openRefusals({ composer, speaker, roomView, roomDraft, roomUnsent, privately: stage.parts });
  const naming = openNaming({ session, connection, refusals });
  const hello = openHello({
    takeName: (name) => naming.ask(name, hello),
    nameOf: session.name, isGuest: session.isGuest, focusField: composer.focus,
  });
  return { roomDraft, sending, composer, texts, refusals, naming, hello, listener };
}

/**
 * Makes the other rooms, the panels and the status row. They tell only groups before this one, so
 * there is no `listener`.
 */
export function openPlaceParts({
  stage,
  connectionParts: { session, connection },
  roomParts: { roomLog, roomView, speaker, ignored, redrawMessages },
  composerParts: { composer, refusals, sending },
}) {
  const rooms = openRooms({
    session, connection,
    isHidden: ignored.hides,
    heard: (line, isToMe) => stage.use(({ notices }) => notices.elsewhere(line, isToMe)),
    refused: refusals.giveBackInRoom,
    newsChanged: (n) => stage.use(({ placeList }) => placeList.showNews(n)),
  });
  const panels = openPanels(() => { if (!stage.ask((more) => more.uncover(), false)) roomView.toBottom(); });
  const status = openStatus({ connection, composer, speaker, roomLog, refusals, stage, redrawMessages });
  watchRowsSoon(roomView.itemOf, {
    reply: composer.reply,
    edit: composer.edit,
    remove: ({ seq }) => refusals.tellProblem(sending.toRoom('delete', '', { seq })),
    writePrivately: ({ from }) => stage.use(({ privateTalk }) => privateTalk.open(from)),
    ignore: ({ from }) => stage.use(({ commands }) => commands.ignore(from)),
  }, speaker.speak);
  return { rooms, panels, status };
}
