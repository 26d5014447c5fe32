// The second stage: makes the parts of the live page that the conversation of the room does not
// need, and connects them.
//
// Owns: which of these parts knows which, and which frame is for which of them.
// Must not know: how a part works; what the page does until they are there (`chat.js`).
//
// What `openMore` returns is `stage.parts()` for the first stage. In it are these parts:
//   access                         coming into rooms that ask for a password;
//   commands                       what the reader types behind a slash;
//   people, presence, personMenu   the people of the room, notes about them, the menu of one;
//   privateMessages, privateTalk   private messages, and the view of those with one person;
//   notices                        calls to a reader who is elsewhere;
//   placeList, roomHeader          the column of places, and the menu behind the room's name;
//   nameForm                       the form for the reader's name.
// Its functions ask or tell several parts at once.
//
// Part: `chat.js`.

import { openCommands } from './composer/commands.js';
import { openSuggestions } from './composer/suggestions.js';
import { buildMore } from './layout_more.js';
import { openNotices } from './messages/notices.js';
import { openSearchLater } from './panels/fill.js';
import { openPlaceList } from './panels/place_list.js';
import { openReader } from './panels/reader.js';
import { openRoomHeader } from './panels/room_header.js';
import { openAccess } from './places/access.js';
import { openCovers } from './places/covers.js';
import { openPeople, openPersonMenu, openPresence } from './places/people.js';
import { openPrivateTalk } from './places/private.js';

/**
 * Makes the parts of the second stage. The groups of parts are those of `first_stage.js`; `page` is
 * the live page.
 */
export function openMore({
  connectionParts: { session, connection },
  roomParts: { roomLog, roomView, roomUnsent, header, speaker, ignored, reader, goToLine, redrawMessages },
  composerParts: { roomDraft, sending, composer, refusals, naming },
  placeParts: { rooms, panels },
}, page) {
  const { send } = connection;
  const isHidden = ignored.hides;
  buildMore();

  // --- Places ---

  const covers = openCovers();
  const notices = openNotices({
    speaker, isHidden,
    addNote: (words) => roomView.addNote('note', words),
    openTalk: (name) => privateTalk.open(name),
  });
  const people = openPeople({
    session, ignored,
    changed(count) {
      header.showPeople(count);
      placeList.showPeopleHere(count);
      privateTalk.peopleChanged();
    },
    pressed: (name, row) => personMenu.open(name, row),
  });
  const access = openAccess({ session, connection, showPanel: () => panels.open('places'), mayTakeFocus: composer.isEmpty });
  const { privateMessages, privateTalk } = openPrivateTalk({
    session, send, notices, roomDraft, composer, people, reader, isHidden, covers,
    refused: refusals.giveBack,
    paused: refusals.tellPause,
    seek: goToLine,
    toggled: page.coverChanged,
    talksChanged: () => placeList.talksChanged(),
  });

  // --- Panels, and what commands do ---

  const tell = refusals.tellProblem;
  const placeList = openPlaceList({ session, connection, panels, rooms, access, people, privateTalk, tell, listAskedAt: page.listAskedAt() });
  const settings = openReader({ session, connection, panels, ignored, takeName: (name) => naming.ask(name, settings.nameForm), redraw: redrawMessages });
  const { nameForm } = settings;
  const search = openSearchLater({ session, send, reader, isHidden, panels, covers, goTo: goToLine, toggled: page.coverChanged });
  const commands = openCommands({
    session, connection, isHidden, roomUnsent, roomView, roomLog, composer, sending, naming, refusals, people, ignored, rooms, access,
    privateMessages, privateTalk, panels, search,
  });
  const roomHeader = openRoomHeader({ roomLog, composer, panels, commands });
  const personMenu = openPersonMenu({ session, ignored, composer, privateTalk, panels, commands, tell, showReader: () => panels.open('me') });
  const presence = openPresence({ session, roomView, ignored, people, privateTalk, nameForm });
  composer.suggest(openSuggestions(() => people.names().filter((name) => name !== session.name()), commands.names()));
  // A reader who sends a message from the results wants to see it.
  const results = {
    page: search.page,
    toBottom() {
      search.close();
      roomView.toBottom();
    },
  };
  const takers = {
    who: people.set,
    rooms: placeList.set,
    found: search.found,
    typing: people.typing,
    presence: presence.presence,
  };

  return {
    access, commands, nameForm, notices, people, personMenu, placeList, presence, privateMessages, privateTalk, roomHeader,
    focusTransport: settings.focusTransport,
    /** Whether a private talk or results stand over the log of the room. */
    isCovered: () => !covers.isEmpty(),
    /** The log view that the reader sees. */
    currentView: () => (privateTalk.person() ? privateTalk : search.isOpen() ? results : roomView),
    /** Closes what stands over the log. Returns false if nothing did. */
    uncover: () => search.close() || privateTalk.close(),
    /**
     * Takes each frame before any other part: it may tell of people, and the list of rooms may be
     * old.
     */
    noticed(frame) {
      placeList.refreshSoon();
      privateMessages.noticePeople(frame);
    },
    /** Takes a frame for one of these parts. */
    receive: (frame) => (takers[frame.type] || privateMessages.receive)(frame),
    /** Takes a refusal. Returns true if it answers a request of one of these parts. */
    refused: (frame) => roomHeader.refused(frame) || search.refused(frame),
    /** Draws the messages of the private talk and of the results again. */
    redraw() {
      privateTalk.draw();
      search.redraw();
    },
    /** The reader ignores other people than before. */
    ignoredChanged() {
      settings.drawIgnored();
      people.draw();
    },
    connectionLost() {
      privateMessages.connectionLost();
      search.connectionLost();
    },
  };
}
