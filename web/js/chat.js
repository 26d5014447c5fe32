// The chat: opens the parts of the live page, gives each frame of the server to the part that it is for, and shows the page
// when the room is there.
//
// Owns: which frame is for which part, and what a change of the connection means for the parts.
// Must not know: how a part works.
//
// Each part is one object with the name of its job (`people`, `rooms`, `composer` ...). Its module exports that object and
// the function that makes it, which is called here. Other modules import the object.
//
// Next: `limits.js`.

import { currentRoom } from './addresses.js';
import { nameChanged, nameRefused } from './composer/commands.js';
import { composer, openComposer } from './composer/composer.js';
import { openRoomDraft, roomDraft } from './composer/drafts.js';
import { tellRefusal } from './composer/refusals.js';
import { openRoomUnsent, roomUnsent } from './composer/unsent.js';
import { connection, isConnected, openConnection } from './connection/connection.js';
import { session } from './connection/session.js';
import { openStatus, status } from './connection/status.js';
import { watchSharedCount } from './connection/tabs.js';
import { SENDING_SHOWN_AFTER_MS } from './limits.js';
import { watchActions } from './messages/row.js';
import { openRoomLog, openRoomView, roomLog, roomView } from './messages/room_log.js';
import { openUnread, unread } from './messages/unread.js';
import { openNotices } from './notices.js';
import { openPanels, openRoomHeader, openRoomList, roomList } from './panels/panels.js';
import { openSearch, search } from './panels/search.js';
import { nameForm, openSettings } from './panels/settings.js';
import { openAccess } from './places/access.js';
import { openPeople, people, presence, renamed, welcomed } from './places/people.js';
import { privateMessages, openPrivateTalk, privateTalk } from './places/private.js';
import { openRooms, rooms } from './places/rooms.js';

/** Opens all parts and connects. `takeOver()` puts the live page in the place of the server's page, and returns what was typed there. */
export function openChat(takeOver) {
  openRoomDraft(currentRoom);
  openPeople();
  openRooms();
  openConnection({
    hello: (isConnection) => session.hello([roomLog.forHello(), privateMessages.position(), ...rooms.positions()], isConnection),
    received,
    changed: connectionChanged,
    replaced: connectionLost,
    mayRest: () => rooms.isShared() && roomUnsent.isEmpty() && privateMessages.isEmpty(),
  });
  openStatus();
  openRoomView();
  openUnread();
  openRoomUnsent(unsentChanged);
  openRoomLog(showRoom);
  openPanels();
  openRoomList();
  openAccess();
  openPrivateTalk();
  openRoomHeader();
  openSettings();
  openNotices();
  openSearch();
  watchActions((row) => roomView.itemOf(row));
  watchSharedCount((n) => { if (connection.state().name === 'resting') unread.showCount(n); });

  // --- Frames ---

  /** The page is in the room, and knows more of it; the first time that it has caught up, the live page is shown. */
  function showRoom() {
    if (!composer) showLivePage();
    if (!roomLog.isBehind()) {
      roomUnsent.resume();
      privateMessages.resume();
    }
    status.draw();
  }

  function showLivePage() {
    const typed = takeOver();
    openComposer({
      draft: [roomDraft.text(), typed.text].filter(Boolean).join('\n'),
      hasFocus: typed.hasFocus,
      storeDraft: privateTalk.storeDraft,
    });
    if (typed.name) nameForm.typedBefore(typed.name, typed.isNaming);
    document.title = currentRoom;
    roomView.toBottom();
  }

  function refused(frame) {
    if (roomUnsent.refused(frame) || privateMessages.refused(frame) || session.refused(frame)) return;
    roomLog.refused(frame);
    // Before the page is in the room there is nothing to show, and the server's page says more.
    const isOut = frame.room === currentRoom && !frame.id && !roomLog.isIn();
    const isFault = frame.type === 'error' && (!composer || !isConnected());
    if (isOut && composer && /password/.test(frame.reason)) status.lockedOut(frame);
    else if (isOut || isFault) status.end(frame);
    else if (composer && !nameRefused(frame) && !search.refused(frame)) tellRefusal(frame);
  }

  /** Takes a frame with a new token; addresses in the rows may have the old one. */
  function takeToken(frame) {
    if (session.takeToken(frame)) roomView.redraw();
  }

  const takers = {
    welcome(frame) {
      session.welcomed(frame);
      status.welcomed(frame);
      welcomed();
    },
    sent: (frame) => (frame.room === null ? privateMessages.sent(frame) : roomUnsent.sent(frame, frame.seq <= roomLog.seq())),
    refused,
    error: refused,
    history: roomLog.history,
    who: people.set,
    rooms: roomList.set,
    found: search.found,
    typing: people.typing,
    presence,
    renamed(frame) {
      nameChanged(frame);
      renamed(frame);
      takeToken(frame);
    },
    session: takeToken,
    keeping(frame) {
      status.storing(frame.kept);
      if (frame.kept && composer) showRoom();
    },
  };

  function received(frame) {
    roomList.refreshSoon();
    privateMessages.noticePeople(frame);
    if (frame.room && frame.room !== currentRoom && rooms.receive(frame)) return;
    if (frame.type in takers) takers[frame.type](frame);
    else if (frame.room === null) privateMessages.receive(frame);
    else if (frame.room === currentRoom) roomLog.receive(frame);
  }

  // --- Changes ---

  function unsentChanged(message) {
    // The note said that the change waits.
    if (message.note && message.state === 'sent') roomView.remove(message.note);
    if (message.state === 'sending') setTimeout(roomView.redraw, SENDING_SHOWN_AFTER_MS);
    roomView.redraw();
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
