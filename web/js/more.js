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
//   whoIsHere                      which people of the private talks are here;
//   notices                        calls to a reader who is elsewhere;
//   roomPolls                      polls of the reader's other rooms;
//   invites                        links that let others into the room;
//   placeList, roomHeader          the column of places, and the menu behind the room's name;
//   pinned                         the line about the pinned message;
//   passingNotes                   notes about missed messages, which go when they are read;
//   otherDevices                   what the reader has read there;
//   quotes                         what messages reply to, if the page does not have it;
//   nameForm                       the form for the reader's name.
// Its functions ask or tell several parts at once. What an earlier part tells a later one of this
// stage is `more.NAME` here, as `parts.NAME` is in `chat.js`.
//
// Part: `chat.js`.

import { belowHome, currentRoom, goToRoom, home, roomPath } from './addresses.js';
import { isolated, nameKey } from './elements.js';
import { openCommands } from './composer/commands.js';
import { openInviteCommand, openInvites } from './composer/invites.js';
import { openPeopleCommands, openPlaceCommands } from './composer/place_commands.js';
import { openRoomCommands, openTalkCommands } from './composer/room_commands.js';
import { watchStrayKeys } from './composer/stray_keys.js';
import { openSuggestions } from './composer/suggestions.js';
import { OF_READING, removeFrom } from './connection/session.js';
import { pageElement, touchScreen } from './layout.js';
import { buildMore, followKeyboard } from './layout_more.js';
import { watchDayLines } from './messages/day_lines.js';
import { openEmptyRoom } from './messages/empty_room.js';
import { openCalls, openFirstNew, openPastUnread } from './messages/first_new.js';
import { watchFormerNames } from './messages/former_names.js';
import { goneBy, isOfLeaver } from './messages/lines.js';
import { openNotices } from './messages/notices.js';
import { openOtherDevices } from './messages/other_devices.js';
import { openNoticeAbove, openPassingNotes, tellInPassing } from './messages/passing.js';
import { openQuotes } from './messages/quotes.js';
import { pillWords, titleWords, watchTabIcon } from './messages/tab_icon.js';
import { openReader, openRoomHeader, openSearchLater } from './panels/fill.js';
import { openNarrowPanels } from './panels/narrow.js';
import { openPinned } from './panels/pinned.js';
import { openKeeping } from './places/keeping.js';
import { openPlaceList } from './panels/place_list.js';
import { openSignIn } from './panels/sign_in.js';
import { openAccess } from './places/access.js';
import { openCovers } from './places/covers.js';
import { openPeople, openPersonMenu, openPresence } from './places/people.js';
import { openPrivateTalk } from './places/private.js';
import { openRoomPolls } from './places/room_polls.js';
import { noticesOf } from './storage.js';
import { RENEWED, momentOf, say } from './words.js';

/**
 * Without a connection a link to another room would lead to the browser's own page for errors; then
 * `tell(words)` says what is so. An invite leads into the room at once, if the reader is there
 * already: `has(room)`.
 */
function watchRoomLinks(connection, tell, has) {
  /** The room of the reader into which this link is an invite; '' if it is none. */
  function invitedTo(link) {
    const [, name] = /^r\/([^/]+)\/invite$/.exec(belowHome(link)) || [];
    const room = name && /[?&]code=/.test(link.search) ? decodeURIComponent(name) : '';
    return room && has(room) ? room : '';
  }

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href]:not([target], [download])');
    const isPlain = !(event.ctrlKey || event.metaKey || event.shiftKey);
    const room = link && isPlain && !link.closest('.made') ? invitedTo(link) : '';
    if (room) {
      event.preventDefault();
      event.stopPropagation();
      if (connection.isOpen()) goToRoom(room);
      else tell(say('roomsNeedConnection'));
      return;
    }
    const isToRoom = link && /^r\/[^/]+$/.test(belowHome(link)) && link.pathname !== roomPath(currentRoom);
    if (!isToRoom || !isPlain || !['waiting', 'trying'].includes(connection.state().name)) return;
    event.preventDefault();
    event.stopPropagation();
    tell(say('roomsNeedConnection'));
  }, true);
}

/** Whether the reader has pressed the button of a link to another device, and so came here. */
function cameByDeviceLink() {
  const [{ type, redirectCount }] = performance.getEntriesByType('navigation');
  return type === 'navigate' && redirectCount > 0 && document.referrer.startsWith(`${location.origin}${home}device?`) && document.referrer.includes('code=');
}

/** Makes the parts of the second stage, which get those of the first (`parts`). */
export function openMore(parts) {
  const { session, roomLog, roomView, composer, ignored, refusals, panels } = parts;
  const more = { covers: openCovers() };
  buildMore();
  followKeyboard();
  more.emptyRoom = openEmptyRoom();
  watchDayLines(parts.page.redrawMessages);
  watchTabIcon();
  openPeopleParts(parts, more);
  openPanelParts(parts, more);
  const { people, privateTalk, nameForm } = more;
  if (cameByDeviceLink()) roomView.addNote('note', say('signedInAs', { name: isolated(session.name()) }));
  more.invites = openInvites(parts.connection.send);
  more.pinned = openPinned({ lineOf: roomView.find, isHidden: ignored.hides, goTo: parts.page.goToLine });
  more.keeping = openKeeping({
    send: parts.connection.send, tell: parts.refusals.tellProblem, view: roomView,
    isKeeper: more.pinned.isMaker, becomeKeeper: (isIt) => more.becomeKeeper(isIt), keeps: people.keeps, isHost: people.isHost,
    inform: parts.composer.tell, openMenu: () => { if (!pageElement('#room-menu').open) pageElement('#room-menu summary').click(); },
    name: session.name,
  });
  const commands = makeCommands(parts, more);
  more.commands = commands;
  // Who has written one of the messages in sight may have left the room, and is called there, too.
  const authorsInSight = () => Array.from(document.querySelectorAll('#rows .said:not(.own) button.who bdi'), ({ textContent }) => textContent);
  const others = () => [...new Set([...people.names(), ...authorsInSight()])].filter((name) => name !== session.name());
  /**
   * Returns the names that the page can suggest of people who are not in the room. `heard()` is
   * called when the server has named more people.
   */
  function knownElsewhere(heard) {
    more.placeList.askElsewhere(heard);
    const here = people.names().map(nameKey);
    return more.placeList.known().filter((name) => !here.includes(nameKey(name)));
  }
  more.roomHeader = openRoomHeader({ roomLog, composer, panels, commands, invites: more.invites, names: knownElsewhere, hasPassword: session.hasPassword, keeping: more.keeping });
  more.becomeKeeper = (isIt) => {
    [more.pinned, more.roomHeader].forEach((part) => part.becomeKeeper(isIt));
    roomView.redraw();
  };
  more.personMenu = openPersonMenu({
    send: parts.connection.send,
    session, ignored, composer, privateTalk, panels, commands, keeping: more.keeping, tell: refusals.tellProblem, showReader: () => panels.open('me'),
  });
  const waysToNew = [
    openFirstNew({
      box: pageElement('#box'), view: roomView, line: parts.unread.line, setLine: parts.unread.begin, isSeen: more.covers.isEmpty,
      past: openPastUnread({ view: roomView, roomLog, unread: parts.unread, isHidden: ignored.hides }),
    }),
    openCalls({
      box: pageElement('#box'), view: roomView, line: parts.unread.line, goTo: roomLog.goTo, isSeen: more.covers.isEmpty,
      isCall: (item) => item.isToMe && item.seq > 0 && !ignored.hides(item),
    }),
  ];
  more.lookForNew = () => waysToNew.forEach((look) => look());
  function readElsewhere() {
    parts.rooms.readElsewhere();
    more.notices.readElsewhere();
  }
  more.otherDevices = openOtherDevices({ box: pageElement('#box'), send: parts.connection.send, epoch: roomLog.epoch, changed: readElsewhere, readHere: parts.unread.readElsewhere });
  watchFormerNames({ box: pageElement('#box'), view: roomView });
  more.quotes = openQuotes({ box: pageElement('#box'), view: roomView, roomLog, name: session.name });
  watchRoomLinks(parts.connection, (words) => {
    panels.close();
    composer.tell(words);
  }, parts.rooms.has);
  openNarrowPanels({ panels, covers: more.covers });
  watchStrayKeys();
  more.passingNotes = openPassingNotes({ box: pageElement('#box'), view: roomView, isSeen: more.covers.isEmpty });
  more.roomPolls = openRoomPolls({ connection: parts.connection, hello: session.hello, positions: parts.rooms.positions, receive: parts.rooms.receive });
  more.presence = openPresence({ session, roomView, ignored, people, privateTalk, nameForm });
  composer.suggest(openSuggestions({ here: others, elsewhere: knownElsewhere, commands: commands.names() }));
  return Object.assign(more, callsOfFirstStage(parts, more));
}

/** Something else stands over the log of the room now, or nothing does any more. */
function coverChanged(page, more) {
  page.coverChanged();
  // Behind it the reader has seen nothing, and more may have come.
  if (more.lookForNew) more.lookForNew();
}

/** Adds the people of the room, private messages, and what tells the reader of them. */
function openPeopleParts({ session, connection, roomView, roomDraft, header, speaker, ignored, reader, composer, refusals, panels, page }, more) {
  const isHidden = ignored.hides;
  more.notices = openNotices({
    speaker, isHidden,
    above: openNoticeAbove(),
    ownName: session.name,
    notes: roomView,
    currentView: () => more.currentView(),
    openTalk: (name) => more.privateTalk.open(name),
    goTo: page.goToLine,
    showReader: () => panels.open('me'),
  });
  more.people = openPeople({
    session, ignored,
    changed(count) {
      header.showPeople(more.privateTalk.isOpen() ? 0 : count);
      more.placeList.showPeopleHere(count);
      more.privateTalk.peopleChanged();
    },
    pressed: (name, row) => more.personMenu.open(name, row),
  });
  more.access = openAccess({ session, connection, showPanel: () => panels.open('places'), mayTakeFocus: composer.isEmpty, focusField: composer.focus });
  const joinedWords = more.access.joinedWords();
  if (joinedWords) {
    roomView.addNote('note', joinedWords);
    speaker.speak(joinedWords);
  }
  Object.assign(more, openPrivateTalk({
    session, roomDraft, roomView, composer, reader, isHidden, refusals,
    notices: more.notices,
    people: more.people,
    covers: more.covers,
    send: connection.send,
    seek: page.goToLine,
    speak: speaker.speak,
    toggled: () => coverChanged(page, more),
    talksChanged: () => more.placeList.talksChanged(),
  }));
}

/** Adds the column of places, the reader's own panel and the search. */
function openPanelParts({ session, connection, rooms, ignored, reader, naming, composer, refusals, panels, page, roomView, unread }, more) {
  /** Leads out of what stands over the log, and else to the newest message. */
  function showRoom() {
    const wasCovered = [more.search, more.privateTalk].map((part) => part.close()).some(Boolean);
    panels.closeFrom('places');
    if (!wasCovered) roomView.toBottom();
    // On a touch screen the focus in the field would open a keyboard.
    if (!touchScreen.matches) composer.focus();
  }


  /** How many messages in other rooms call the reader. */
  const callsElsewhere = () => rooms.callsToReader() - (noticesOf(currentRoom) === 'none' ? 0 : rooms.newsIn(currentRoom).toMe);
  more.placeList = openPlaceList({
    session, connection, panels, rooms,
    access: more.access,
    people: more.people,
    privateTalk: more.privateTalk,
    whoIsHere: more.whoIsHere,
    isUnlisted: (room) => (room === currentRoom ? Boolean(more.roomHeader) && more.roomHeader.isHidden() : rooms.hidden().includes(room)),
    tell: refusals.tellProblem,
    showRoom,
    listAskedAt: page.listAskedAt(),
    authors: () => roomView.messages(({ own, from, classic, isGone, text }) => from && text !== null && !(own || classic || isGone)).filter((item) => !ignored.hides(item)).reverse(),
    counted: (letters) => unread.sayBy((n, toMe) => titleWords(n, toMe, callsElsewhere() + letters), pillWords),
  });
  more.settings = openReader({
    session, connection, panels, ignored, takeName: (name) => naming.ask(name, more.nameForm),
    excuse: () => more.people.excuseOf(session.name()), signOut: () => more.commands.quit(), forgetMe: () => more.commands.forgetMe(), redraw: page.redrawMessages,
    comeBack: () => more.comeBack(),
    hiddenRooms: (comesBack) => [
      ...(more.roomHeader.isHidden() && !(comesBack && more.roomHeader.letsIn()) ? [currentRoom] : []),
      ...rooms.hidden(),
    ],
  });
  more.nameForm = more.settings.nameForm;
  more.search = openSearchLater({
    session, reader, panels,
    covers: more.covers,
    privateTalk: more.privateTalk,
    send: connection.send,
    isHidden: ignored.hides,
    otherRooms: () => (connection.carriesAllRooms() ? rooms.positions().map(({ room }) => room) : []),
    goTo: page.goToLine,
    lineHere: (...question) => more.quotes.lookUp(...question),
    toggled: () => coverChanged(page, more),
  });
}

function makeCommands(parts, more) {
  const { people, access, privateMessages, privateTalk, search } = more;
  const { session, connection, roomView, roomUnsent, roomLog, sending, composer, naming, refusals, rooms, ignored, panels } = parts;
  const peopleCommands = openPeopleCommands({ send: connection.send, people, ignored, privateMessages, privateTalk, roomView, composer, panels });
  const inviteSomebody = openInviteCommand({ invites: more.invites, sendTo: peopleCommands.sendTo, composer, refusals });
  const invite = (name) => (name ? inviteSomebody(name) : more.roomHeader.invite());
  return openCommands({
    roomCommands: openRoomCommands({
      sending, roomUnsent, roomView, roomLog, isHidden: ignored.hides, mayRemove: () => more.pinned.isMaker(),
      keeping: more.keeping.commands, invite,
    }),
    talkCommands: openTalkCommands(privateTalk, peopleCommands.sendTo),
    placeCommands: openPlaceCommands({ connection, rooms, access, panels, composer, refusals }),
    peopleCommands,
    session, sending, naming, refusals, roomView, privateTalk, search,
  });
}

/** Returns the functions by which the first stage asks or tells several parts of the second. */
function callsOfFirstStage({ session, connection, header, roomView, composer, hello, naming, refusals, sending, speaker }, { access, commands, covers, invites, keeping, notices, otherDevices, passingNotes, people, personMenu, pinned, placeList, presence, privateMessages, privateTalk, quotes, roomHeader, search, settings, whoIsHere }) {
  const signIn = openSignIn({ session, hello, takeName: (name) => naming.ask(name, hello), mayTakeFocus: composer.isEmpty, askForPerson: placeList.askForPerson });
  /** Tells the reader what is known of another person. */
  function tellOfPerson({ name, away, seen }) {
    if (name === session.name()) return;
    const words = seen ? 'wasSeen' : away ? 'isBusyWith' : away === '' ? 'isBusy' : 'isHere';
    composer.tell(say(words, { name: isolated(name), text: isolated(away || ''), time: momentOf(seen || 0) }));
  }

  /** The reader is a host now, and so looks after this room, too; or is one no more. */
  function becomesKeeper(isHost) {
    if (isHost) [pinned, roomHeader].forEach((part) => part.becomeKeeper(true));
    // What the reader may still do in this room, the server says.
    else location.reload();
  }

  /** There is a connection: what was said because there was none goes. */
  function forgetProblems() {
    const isOver = (one) => ['needsConnection', 'roomsNeedConnection'].some((key) => one.textContent === say(key));
    if (isOver(pageElement('#note'))) composer.tell('');
    if (isOver(pageElement('#hello-problem'))) hello.tell('');
    [...document.querySelectorAll('.problem, [role=status]')].filter(isOver).forEach((one) => { one.textContent = ''; });
  }

  function connectedAgain() {
    forgetProblems();
    // An open panel may not have been loaded.
    document.querySelectorAll('.panel[open]').forEach((one) => one.dispatchEvent(new Event('toggle')));
    access.connected();
    passingNotes.connected();
    placeList.connected();
    privateTalk.connected();
  }

  /** Who may not enter the room any more sees nothing of it. */
  function forgetRoom() {
    pinned.forget();
    header.showTopic('');
    people.count(0);
    pageElement('#empty').textContent = '';
    roomView.clear();
  }

  function excused(frame) {
    people.excused(frame, frame.type === 'away' ? tellOfPerson : null);
    settings.excused(frame);
  }

  // This stage may have come with a connection that was made before.
  if (connection.isOpen()) forgetProblems();

  const takers = {
    'signed-in-elsewhere': (frame) => {
      notices.signedInElsewhere(frame);
      settings.linkUsed();
    },
    who(frame) {
      people.set(frame);
      presence.present(frame);
    },
    rooms: placeList.set,
    listed: placeList.listed,
    found: search.found,
    typing: people.typing,
    away: excused,
    back: excused,
    device: settings.linked,
    person: (frame) => personMenu.person(frame) || placeList.person(frame) || whoIsHere.told(frame) || tellOfPerson(frame),
    presence(frame) {
      presence.presence(frame);
      if (!frame.here) whoIsHere.left(frame.name);
    },
  };
  // A reader who sends a message from the results wants to see it.
  const results = {
    ...search.notes,
    page: search.page,
    redraw: search.redraw,
    toBottom() {
      search.close();
      (privateTalk.isOpen() ? privateTalk : roomView).toBottom();
    },
  };
  return {
    focusTransport: settings.focusTransport,
    /** Says for a moment what the server's page has told. */
    tellInPassing: (words) => tellInPassing(words, speaker.speak),
    /** Whether a private talk or results stand over the log of the room. */
    isCovered: () => !covers.isEmpty(),
    /** The log view that the reader sees. */
    currentView: () => (search.isOpen() ? results : privateTalk.person() ? privateTalk : roomView),
    /** The message over the log that Arrow Up in an empty field edits, if there is one. */
    latestOwn: () => !search.isOpen() && privateTalk.latestOwn(),
    /** What can be done with a message of the room, below "More". */
    rowActions: {
      /** Opens the private talk with the author. */
      writePrivately: (item) => personMenu.forAuthor(item, (name) => privateTalk.open(name, true, name === item.from ? item.at : 0)),
      /** Ignores the author, or hears them again. */
      ignore: (item) => personMenu.forAuthor(item, (name) => commands.ignore(name, item)),
      /** Whether the reader may delete the message of somebody else. */
      mayRemove: () => pinned.isMaker(),
      /** Shows the message to those who look after the room. */
      report: ({ seq }, reason) => refusals.tellProblem(keeping.act('report', { seq, reason })),
      /** The key of the word that pins the message or removes the pin; '': the reader may not. */
      pinWord: (item) => pinned.wordFor(item),
      pin: (item) => refusals.tellProblem(sending.toRoom('pin', '', pinned.requestFor(item))),
    },
    /** Closes what stands over the log. Returns false if nothing did. */
    uncover: () => search.close() || privateTalk.close(),
    /**
     * Takes each frame before any other part: it may tell of people, and the list of rooms may be
     * old.
     */
    noticed(frame) {
      if (frame.type === 'welcome') connectedAgain();
      placeList.noticed(frame);
      privateMessages.noticePeople(frame);
      quotes.noticed(frame);
      otherDevices.noticed(frame);
      presence.noticed(frame);
      settings.noticed(frame);
      if (frame.type !== 'joined') keeping.noticed(frame);
      if (frame.type === 'role') becomesKeeper(frame.role === 'host');
      // A deleted text must not stay in any part of the page.
      if (['delete', 'removed'].includes(frame.type)) speaker.forget();
      // A result has the text of the time when it was found.
      if (['edit', 'delete'].includes(frame.type)) search.forget(frame.room, ({ seq }) => seq === frame.of, 0, true);
    },
    /** Takes a frame for one of these parts. */
    receive: (frame) => (takers[frame.type] || privateMessages.receive)(frame),
    /** Takes a refusal. Returns true if it answers a request of one of these parts. */
    refused: (frame) => keeping.refused(frame) || personMenu.refused(frame) || placeList.refused(frame) || whoIsHere.refused(frame) || invites.refused(frame) || roomHeader.refused(frame) || settings.refused(frame) || search.refused(frame),
    /** Takes a frame of another room. Returns true if it is for a search. */
    foundElsewhere(frame) {
      if (frame.type === 'found') search.found(frame);
      return frame.type === 'found' || (frame.type === 'history' && search.history(frame)) || (frame.type === 'refused' && search.refused(frame));
    },
    /** Draws the messages of the private talk and of the results again. */
    redraw() {
      privateTalk.draw();
      search.redraw();
    },
    /** Takes a `removed` of any room. */
    forget(frame) {
      const isGone = goneBy(frame);
      notices.forget(frame.room, isGone);
      search.forget(frame.room, isGone, frame.before);
      if (frame.room === null) {
        presence.forget(true);
        connection.send({ type: 'who', room: currentRoom });
      }
      if (frame.room !== currentRoom || !isOfLeaver(frame)) return;
      presence.forget(false);
    },
    /** The session is over: what only its person may read is not shown any more. */
    sessionOver(reason) {
      search.forgetAll();
      access.cancel();
      privateTalk.forgetAll();
      notices.forget(null, () => true);
      roomView.removeAll((item) => item.openTalk);
      if (roomHeader.isClosed()) forgetRoom();
      if (reason === RENEWED && !session.isGuest()) signIn.again();
    },
    /**
     * The reader is another person here from now on, with this token. The page is loaded again: so
     * it gets that person's rooms, and counts as new what is unread of them. What the guest has
     * read in this browser says nothing of that.
     */
    async signedIn(token) {
      removeFrom(session.storage(), OF_READING);
      await session.takeLastToken(token);
      // The reader may have scrolled meanwhile.
      removeFrom(session.storage(), OF_READING);
      location.reload();
    },
    /** Somebody wants to be this person, whose name has a password. */
    signIn: signIn.as,
    /** The reader has a name with a password, and wants to say which. */
    comeBack: signIn.start,
    /** The reader ignores other people than before. */
    ignoredChanged() {
      settings.drawIgnored();
      people.draw();
      pinned.draw();
    },
    connectionLost() {
      people.count(0);
      passingNotes.lost();
      privateMessages.connectionLost();
      invites.connectionLost();
      search.connectionLost();
      placeList.connectionLost();
    },
  };
}
