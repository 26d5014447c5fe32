// The chat: makes the parts of the live page's first stage, connects them, and starts the
// connection.
//
// Owns: which part gets which others when it is made, and which later part hears of what happens in
// an earlier one.
// Must not know: how a part works.
//
// A part is an object with the name of its job (`people`, `rooms`, `composer` ...). Its module
// exports the function that makes it. Each part is made once, is handed to the parts that need it,
// and has this name wherever it is a parameter. Its state is inside, and others ask for it by its
// functions.
//
// Parts are made one after the other, and a part gets those that are there already. So most calls
// lead to an earlier part, and the name before the point says to which one. What an earlier part
// tells a later one is a function that it gets here: in it the later part is `parts.NAME`. No part
// may call such a function while it is being made.
//
// The way of a text that the reader types, call by call:
//   `composer` submit, `texts` take, `sending` say, `roomUnsent` add (`unsent.js`), `connection`
//   send, a transport's send.
// The way back, of a frame with a line:
//   the transport's receive, `connection` receive, `dispatch`, `roomLog` receive (`room_log.js`),
//   `position` receive, `roomLog` line, `roomView` addMessage (`log_view.js`), `items` push, and
//   with the next drawing `drawRow`.
//
// The page comes in two stages, so that a reader on a slow line sees the room soon.
//   The first stage shows the room and continues its conversation: session, connection, log, field,
//   status row.
//   The second stage, `more.js`, is the rest: commands, lists of places and people, private talks,
//   panels, notices. It is one more script, with more words. The page loads it as soon as it is
//   live. If loading fails, the page tries again.
// What is for the second stage waits until it is there, in its order: frames, commands from the
// field, presses (`stage.use`). What only asks whether something of it is open takes "not there"
// for "no" (`stage.ask`). Both give the second stage's parts, which are called `more` here;
// `more.js` lists them.
//
// The modules stand in layers. A module imports from its own folder and from those before it in
// this list:
//   the files beside this one   numbers, words, elements, storage, addresses, the layout;
//   `connection/`               frames to and from the server, and whose they are;
//   `messages/`                 logs as rows, what is new, and what is not sent yet;
//   `composer/`                 the field, and what becomes of a text;
//   `places/`                   people, other rooms, private messages;
//   `panels/`                   the header's panels, and the status row;
//   `dispatch.js`, `more.js`, `live_page.js`, this file and `main.js`.
//
// Next: `composer/composer.js`.

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
import { openDispatcher } from './dispatch.js';
import { openSecondStage } from './later.js';
import { pageElement } from './layout.js';
import { openLivePage } from './live_page.js';
import { watchRowsSoon } from './messages/near_rows.js';
import { openRoom } from './messages/room_log.js';
import { openSpeaker } from './messages/speaker.js';
import { openHeader } from './panels/header.js';
import { openPanels } from './panels/panels.js';
import { openStatus } from './panels/status.js';
import { openIgnored } from './places/ignored.js';
import { openRooms } from './places/rooms.js';
import { loadPanelWords, say } from './words.js';

/**
 * Makes all parts and connects. `given` is the token that the server's page has, if it has one;
 * `isByLink`: that page's address had a token. `goal` is the number of the line that the address
 * leads to; 0 if it leads to none. `takeOver(session)` puts the live page in the place of the
 * server's page, and returns what was typed there. `stayPlain()` is called if the live page cannot
 * come now.
 */
export function openChat({ given, isByLink, goal, stayPlain, takeOver }) {
  const parts = {};
  openStage(parts);
  openConnectionParts(parts, { given, isByLink });
  openRoomParts(parts);
  openComposerParts(parts);
  openPlaceParts(parts);
  parts.page = openLivePage({ ...parts, goal, stayPlain, takeOver });
  parts.dispatch = openDispatcher(parts);
  parts.connection.start();
}

/** Adds the way to the second stage. */
function openStage(parts) {
  parts.stage = openSecondStage({
    // The browser resolves this path from the joined script, which stands in `js/`, as this file
    // does.
    async load(again) {
      const [modules] = await Promise.all([import(`./more.js${again}`), loadPanelWords(again)]);
      return modules;
    },
    make: ({ openMore }) => openMore(parts),
    loaded() {
      document.documentElement.dataset.parts = 'all';
      parts.page.showRoom();
      parts.texts.stageLoaded();
      parts.composer.storeDraft();
    },
    failed: () => parts.texts.stageFailed(),
    isConnected: () => parts.connection.isOpen(),
  });
}

/** Adds the session and the connection, which need each other. */
function openConnectionParts(parts, { given, isByLink }) {
  const { stage } = parts;
  const session = openSession({
    given, isByLink,
    send: (request) => parts.connection.send(request),
    start: () => parts.connection.start(),
    reconnect: () => parts.connection.reconnect(),
  });
  parts.session = session;
  parts.connection = openConnection({
    session,
    hello(isConnection) {
      // Until the second stage is there, the server sends all private messages again with each
      // connection.
      const letters = stage.ask((more) => more.privateMessages.position(), { room: null });
      return session.hello([parts.roomLog.forHello(), letters, ...parts.rooms.positions()], isConnection);
    },
    received: (frame) => parts.dispatch(frame),
    changed: (state) => parts.page.connectionChanged(state),
    replaced: () => parts.page.connectionLost(),
    mayRest: () => parts.rooms.isShared() && parts.roomUnsent.isEmpty()
      && stage.ask((more) => more.privateMessages.isEmpty(), false),
  });
}

/**
 * Adds the room's log, and what shows it: `roomLog`, `roomView`, `roomUnsent`, `unread` and others.
 */
function openRoomParts(parts) {
  const { stage, session, connection } = parts;
  parts.header = openHeader();
  parts.speaker = openSpeaker();
  parts.ignored = openIgnored(() => parts.page.ignoredChanged());
  parts.reader = {
    name: session.name,
    openPerson: (...who) => stage.use(({ personMenu }) => personMenu.open(...who)),
    isStuck: () => parts.status.isStuck(),
    isLongAway: () => parts.status.isLongAway(),
    retry: () => parts.status.retry(),
    takeBack(message) {
      (message.more.to ? stage.parts().privateMessages : parts.roomUnsent).takeBack(message);
      parts.refusals.giveBackToAuthor(message);
    },
  };
  Object.assign(parts, openRoom({
    session, connection,
    reader: parts.reader,
    isHidden: parts.ignored.hides,
    listener: {
      progressed: () => parts.page.showRoom(),
      missedLine: () => parts.status.drawSoon(),
      said: (name) => stage.use(({ people }) => people.said(name)),
      news: (item) => stage.use(({ notices }) => notices.message(item)),
      topic(text) {
        parts.header.showTopic(text);
        stage.use(({ roomHeader }) => roomHeader.topicIs(text));
      },
      peopleCounted(n) {
        parts.header.showPeople(n);
        stage.use(({ people }) => people.count(n));
      },
      seek: (seq) => parts.page.goToLine(seq),
      notStored: (seq) => parts.composer.tell(say('lineGone', { n: seq })),
      isCovered: () => parts.page.isCovered(),
      newsBehind: (...news) => parts.rooms.newsBehind(...news),
      refused: (message, frame) => parts.refusals.giveBack(message, frame),
      paused: (ms) => parts.refusals.tellPause(ms),
    },
  }));
  watchSharedCount((n) => { if (connection.state().name === 'resting') parts.unread.showCount(n); });
}

/** Adds the field, and what becomes of a text. */
function openComposerParts(parts) {
  const { stage, session, connection, roomView, roomUnsent, speaker } = parts;
  const roomDraft = openDraft(currentRoom, session.storage());
  const sending = openSending({ connection, roomUnsent, roomView });
  const texts = openTexts({ stage, sending, roomDraft, giveBack: (text, why) => composer.giveBack(text, why) });
  const composer = openComposer({
    speaker, texts,
    send: connection.send,
    taken(text) { if (!text.startsWith('/')) hello.end(); },
    isPrivate: () => stage.ask((more) => Boolean(more.privateTalk.person()), false),
    currentView: () => stage.ask((more) => more.currentView(), roomView),
    latestOwn: () => (parts.page.isCovered() ? stage.parts().latestOwn() : !roomUnsent.tail().length && roomView.latestOwn()),
    roomBeside: (step) => parts.rooms.beside(step),
  });
  const refusals = openRefusals({ composer, speaker, roomView, roomDraft, roomUnsent, privately: stage.parts });
  const naming = openNaming({ session, connection, refusals });
  const hello = openHello({
    takeName: (name) => naming.ask(name, hello),
    nameOf: session.name, isGuest: session.isGuest, focusField: composer.focus,
    signIn: (name, why) => stage.use((more) => more.signIn(name, why)),
  });
  Object.assign(parts, { roomDraft, sending, texts, composer, refusals, naming, hello });
}

/** Adds the other rooms, the panels and the status row. */
function openPlaceParts(parts) {
  const { stage, session, connection, roomLog, roomView, speaker, ignored, composer, refusals, sending } = parts;
  parts.rooms = openRooms({
    session, connection, stage,
    isHidden: ignored.hides,
    heard: (line, isToMe) => stage.use(({ notices }) => notices.elsewhere(line, isToMe)),
    refused: refusals.giveBackInRoom,
    newsChanged: (n) => stage.use(({ placeList }) => placeList.showNews(n)),
  });
  parts.panels = openPanels(() => { if (!stage.ask((more) => more.uncover(), false)) roomView.toBottom(); });
  parts.status = openStatus({
    session, connection, composer, speaker, roomLog, refusals, stage, redrawMessages: () => parts.page.redrawMessages(),
  });
  watchRowsSoon(pageElement('#box'), roomView, {
    reply: composer.reply,
    edit: composer.edit,
    remove: ({ seq }) => refusals.tellProblem(sending.toRoom('delete', '', { seq })),
    more: (show) => stage.use(({ rowActions }) => show(rowActions)),
  }, speaker.speak);
}
