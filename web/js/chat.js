// The chat: makes the parts of the live page, connects them, and shows the page when the room is there.
//
// Owns: which part knows which, and what a change of the connection means for the parts.
// Must not know: how a part works.
//
// A part is an object with the name of its job (`people`, `rooms`, `composer` ...). Its module gives the function that makes
// it, and no module keeps a part: it is made here, once, and handed to the parts that need it. Its state is inside, and
// others ask for it by its functions. A part that is made early gets functions for what a later part does.
//
// The modules stand in layers. A module imports from its own folder and from those before it in this list:
//   the files beside this one   numbers, words, elements, storage, addresses, the layout;
//   `connection/`               frames to and from the server, and whose they are;
//   `messages/`                 logs as rows, what is new, and what is not sent yet;
//   `composer/`                 the field, and what becomes of a text;
//   `places/`                   people, other rooms, private messages;
//   `panels/`                   the header's panels, and the status row;
//   `dispatch.js`, this file and `main.js`.
//
// Next: `composer/composer.js`.

import { currentRoom } from './addresses.js';
import { openCommands } from './composer/commands.js';
import { openComposer } from './composer/composer.js';
import { openDraft } from './composer/drafts.js';
import { openRefusals } from './composer/refusals.js';
import { openConnection } from './connection/connection.js';
import { openSession } from './connection/session.js';
import { watchSharedCount } from './connection/tabs.js';
import { openDispatcher } from './dispatch.js';
import { openNotices, openSpeaker } from './messages/notices.js';
import { openRoom } from './messages/room_log.js';
import { watchActions } from './messages/row.js';
import { openPanels, openRoomHeader, openRoomList } from './panels/panels.js';
import { openSearch } from './panels/search.js';
import { openSettings } from './panels/settings.js';
import { openStatus } from './panels/status.js';
import { openAccess } from './places/access.js';
import { openIgnored, openPeople, openPresence } from './places/people.js';
import { openPrivateTalk } from './places/private.js';
import { openRooms } from './places/rooms.js';

/**
 * Makes all parts and connects. `given` is the token that the page came with, if it has one; `isByLink`: its address had it.
 * `takeOver(session)` puts the live page in the place of the server's page, and returns what was typed there.
 */
export function openChat({ given, isByLink, takeOver }) {
  // --- The connection ---

  const session = openSession({
    given, isByLink,
    send: (request) => connection.send(request),
    start: () => connection.start(),
    reconnect: () => connection.reconnect(),
  });
  const connection = openConnection({
    session,
    hello: (isConnection) => session.hello([roomLog.forHello(), privateMessages.position(), ...rooms.positions()], isConnection),
    received: (frame) => dispatch(frame),
    changed: connectionChanged,
    replaced: connectionLost,
    mayRest: () => rooms.isShared() && roomUnsent.isEmpty() && privateMessages.isEmpty(),
  });
  const { send } = connection;

  // --- Messages ---

  const ignored = openIgnored(() => {
    redrawMessages();
    settings.drawIgnored();
  });
  const isHidden = ignored.hides;
  const reader = {
    name: session.name,
    isAway: () => status.isAway(),
    retry: () => status.retry(),
    takeBack: (message) => commands.takeBack(message),
  };
  const refused = (message, frame) => refusals.giveBack(message, frame);
  const paused = (ms) => refusals.tellPause(ms);
  const { roomLog, roomView, roomUnsent, unread } = openRoom({
    session, connection, reader, isHidden, refused, paused,
    isCovered: () => privateTalk.isOpen(),
    listener: {
      progressed: showRoom,
      missedLine: () => status.drawSoon(),
      said: (name) => people.stopsTyping(name),
      news: (item) => notices.message(item),
      topic: (text) => roomHeader.showTopic(text),
      peopleCounted: (n) => people.count(n),
      begins: (seq) => roomHeader.begins(seq),
    },
  });
  const speaker = openSpeaker();
  const notices = openNotices({
    speaker, isHidden,
    addNote: (words) => roomView.addNote('note', words),
    openTalk: (name) => privateTalk.open(name),
  });

  // --- The composer ---

  const roomDraft = openDraft(currentRoom, session.storage());
  const composer = openComposer({
    speaker, send,
    takeText: (text, editing) => commands.takeText(text, editing),
    storeDraft: (text) => privateTalk.storeDraft(text),
    isPrivate: () => Boolean(privateTalk.person()),
    currentView: () => (privateTalk.person() ? privateTalk : roomView),
    latestOwn: () => !privateTalk.isOpen() && !roomUnsent.tail().length && roomView.latestOwn(),
    roomBeside: (step) => rooms.beside(step),
    otherNames: () => people.names().filter((name) => name !== session.name()),
  });

  // --- Places ---

  const people = openPeople({
    session, ignored,
    changed(count) {
      roomList.showPeopleHere(count);
      privateTalk.peopleChanged();
    },
  });
  const rooms = openRooms({
    session, connection, notices, isHidden,
    refused: (room, message) => refusals.giveBackInRoom(room, message),
    newsChanged: (n) => roomList.showNews(n),
  });
  const access = openAccess({ session, connection, showPanel: () => panels.open('rooms'), mayTakeFocus: composer.isEmpty });
  const { privateMessages, privateTalk } = openPrivateTalk({
    session, send, notices, roomDraft, composer, people, reader, isHidden, refused, paused,
    toggled() {
      unread.moved();
      status.draw();
    },
  });

  // --- Panels, and what texts do ---

  const panels = openPanels(() => { if (!privateTalk.close()) roomView.toBottom(); });
  const roomList = openRoomList({ connection, panels, rooms, access, privateTalk });
  const settings = openSettings({ connection, panels, ignored, takeName: (name) => commands.takeName(name) });
  const { nameForm } = settings;
  const search = openSearch({ send, isHidden });
  const parts = {
    session, connection, roomLog, roomView, roomUnsent, roomDraft, ignored, people, rooms, access, privateMessages, privateTalk,
    composer, speaker, panels, nameForm, search,
  };
  const refusals = openRefusals(parts);
  const commands = openCommands({ ...parts, refusals });
  const roomHeader = openRoomHeader({ ...parts, commands });
  const presence = openPresence(parts);
  const status = openStatus({ ...parts, settings, refusals, redrawMessages });
  watchActions(roomView.itemOf, {
    edit: composer.edit,
    remove: commands.deleteMessage,
    answer: ({ from }) => composer.insertBefore(`${from}: `),
    writePrivately: ({ from }) => privateTalk.open(from),
    ignore: ({ from }) => commands.ignore(from),
  });
  watchSharedCount((n) => { if (connection.state().name === 'resting') unread.showCount(n); });

  const dispatch = openDispatcher({ ...parts, refusals, commands, presence, roomList, status, showRoom });

  // --- Changes ---

  /** The page is in the room, and knows more of it; the first time that it has caught up, the live page is shown. */
  function showRoom() {
    if (!composer.isShown()) showLivePage();
    if (!roomLog.isBehind()) {
      roomUnsent.resume();
      privateMessages.resume();
    }
    status.draw();
  }

  function showLivePage() {
    const typed = takeOver(session);
    composer.show({ draft: [roomDraft.text(), typed.text].filter(Boolean).join('\n'), hasFocus: typed.hasFocus });
    if (typed.name) nameForm.typedBefore(typed.name, typed.isNaming);
    document.title = currentRoom;
    roomView.toBottom();
  }

  /** Draws all messages again: who is hidden, or a receipt, may be another. */
  function redrawMessages() {
    roomView.redraw();
    privateTalk.draw();
  }

  function connectionChanged(state) {
    if (state.name === 'open') rooms.connected();
    else connectionLost();
    status.connectionChanged(state);
  }

  /** Whatever is under way gets no answer any more. */
  function connectionLost() {
    [roomLog, roomUnsent, privateMessages, rooms, search].forEach((part) => part.connectionLost());
  }

  connection.start();
}
