// The chat: makes the parts of the live page, connects them, and shows the page when the room is there.
//
// Owns: which part knows which, and what a change of the connection means for the parts.
// Must not know: how a part works.
//
// A part is an object with the name of its job (`people`, `rooms`, `composer` ...). Its module exports the function that makes
// it. A part is made once, here or in `more.js`, and handed to the parts that need it. Its state is inside, and others ask for
// it by its functions. A part that is made early gets functions for what a later part does.
//
// The page comes in two stages, so that a reader on a slow line sees the room soon.
//   The first stage, made here, shows the room and continues its conversation: session, connection, log, field, status row.
//   The second stage, `more.js`, is the rest: commands, lists of places and people, private talks, panels, notices. It is one
//   more script, with more words. The page loads it as soon as it is live. If loading fails, the page tries again.
// What is for the second stage waits until it is there, in its order: frames, commands from the field, presses
// (`stage.use`). What only asks whether something of it is open takes "not there" for "no" (`stage.parts`). Both give the
// second stage's parts, which are called `more` here; `more.js` lists them.
//
// The modules stand in layers. A module imports from its own folder and from those before it in this list:
//   the files beside this one   numbers, words, elements, storage, addresses, the layout;
//   `connection/`               frames to and from the server, and whose they are;
//   `messages/`                 logs as rows, what is new, and what is not sent yet;
//   `composer/`                 the field, and what becomes of a text;
//   `places/`                   people, other rooms, private messages;
//   `panels/`                   the header's panels, and the status row;
//   `dispatch.js`, `more.js`, this file and `main.js`.
//
// Next: `composer/composer.js`.

import { currentRoom } from './addresses.js';
import { openComposer } from './composer/composer.js';
import { openDraft } from './composer/drafts.js';
import { openHello } from './composer/hello.js';
import { openNaming } from './composer/naming.js';
import { openRefusals } from './composer/refusals.js';
import { isCommand, openSending, withoutPassword } from './composer/sending.js';
import { openConnection } from './connection/connection.js';
import { openSession } from './connection/session.js';
import { watchSharedCount } from './connection/tabs.js';
import { openDispatcher } from './dispatch.js';
import { isolated } from './elements.js';
import { openSecondStage } from './later.js';
import { pageElement } from './layout.js';
import { STAGE_AGAIN_MS } from './limits.js';
import { openEmptyRoom } from './messages/empty_room.js';
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
 * Makes all parts and connects. `given` is the token that the server's page has, if it has one; `isByLink`: that page's address
 * had a token. `goal` is the number of the line that the address leads to; 0 if it leads to none. `takeOver(session)` puts the
 * live page in the place of the server's page, and returns what was typed there. `stayPlain()` is called if the live page cannot
 * come now.
 */
export function openChat({ given, isByLink, goal, stayPlain, takeOver }) {
  // --- The second stage ---

  let againTimer = 0;
  const stage = openSecondStage({
    // The browser resolves this path from the joined script, which stands in `js/`, as this file does.
    async load(again) {
      // Some browsers remember that a module could not be loaded, so another attempt has another address.
      const [modules] = await Promise.all([import(again ? `./more.js?${again}` : './more.js'), loadPanelWords(again)]);
      return modules;
    },
    make: ({ openMore }) => openMore({
      session, connection, ignored, isHidden, reader, refused, paused, speaker, roomLog, roomView, roomUnsent, roomDraft, composer,
      sending, naming, refusals, rooms, header, panels, goToLine, coverChanged, redrawMessages, listAskedAt,
    }),
    loaded() {
      document.documentElement.dataset.parts = 'all';
      showRoom();
      texts.splice(0).forEach(({ text, about }) => {
        const problem = takeText(text, about);
        if (problem) composer.giveBack(text, problem);
      });
      composer.storeDraft();
    },
    failed() {
      const back = texts.splice(0).map(({ text }) => text);
      // In the middle of several texts a password would not be known as one.
      if (back.length) composer.giveBack(back.length > 1 ? back.map(withoutPassword).join('\n') : back[0], say('needsConnection'));
      clearTimeout(againTimer);
      // Without a connection the page loads it when the next one is open.
      againTimer = setTimeout(() => { if (connection.isOpen()) stage.want(); }, STAGE_AGAIN_MS);
    },
  });

  /** Returns what `question` says of the second stage's parts; `otherwise` if these are not there yet. */
  const ask = (question, otherwise) => (stage.parts() ? question(stage.parts()) : otherwise);

  // --- The connection ---

  const session = openSession({
    given, isByLink,
    send: (request) => connection.send(request),
    start: () => connection.start(),
    reconnect: () => connection.reconnect(),
  });
  const connection = openConnection({
    session,
    hello(isConnection) {
      // Until the second stage is there, the server sends all private messages again with each connection.
      const letters = ask((more) => more.privateMessages.position(), { room: null });
      return session.hello([roomLog.forHello(), letters, ...rooms.positions()], isConnection);
    },
    received: (frame) => dispatch(frame),
    changed: connectionChanged,
    replaced: connectionLost,
    mayRest: () => rooms.isShared() && roomUnsent.isEmpty() && ask((more) => more.privateMessages.isEmpty(), false),
  });
  const { send } = connection;

  // --- Messages ---

  const ignored = openIgnored(() => {
    redrawMessages();
    ask((more) => more.ignoredChanged());
  });
  const isHidden = ignored.hides;
  const isCovered = () => ask((more) => more.isCovered(), false);
  const reader = {
    name: session.name,
    isStuck: () => status.isStuck(),
    isLongAway: () => status.isLongAway(),
    openPerson: (name, at) => stage.use(({ personMenu }) => personMenu.open(name, at)),
    retry: () => status.retry(),
    takeBack(message) {
      (message.type === 'private' ? stage.parts().privateMessages : roomUnsent).takeBack(message);
      refusals.giveBackToAuthor(message);
    },
  };
  const refused = (message, frame) => refusals.giveBack(message, frame);
  const paused = (ms) => refusals.tellPause(ms);
  const { roomLog, roomView, roomUnsent, unread } = openRoom({
    session, connection, reader, isHidden, isCovered, refused, paused,
    listener: {
      progressed: showRoom,
      missedLine: () => status.drawSoon(),
      said: (name) => stage.use(({ people }) => people.said(name)),
      news: (item) => stage.use(({ notices }) => notices.message(item)),
      topic(text) {
        header.showTopic(text);
        stage.use(({ roomHeader }) => roomHeader.topicIs(text));
      },
      peopleCounted(n) {
        header.showPeople(n);
        stage.use(({ people }) => people.count(n));
      },
      seek: goToLine,
      notStored: (seq) => composer.tell(say('lineGone', { n: seq })),
    },
  });
  const speaker = openSpeaker();

  // --- The composer ---

  // Texts from the field that wait for the second stage: commands, and what was typed behind them.
  const texts = [];
  const roomDraft = openDraft(currentRoom, session.storage());
  const sending = openSending({ connection, roomUnsent, roomView });
  const composer = openComposer({
    speaker, send,
    takeText(text, about) {
      const problem = takeText(text, about);
      if (!problem && !text.startsWith('/')) hello.end();
      return problem;
    },
    storeDraft(text) {
      const all = [...texts.map((one) => withoutPassword(one.text)), text].filter(Boolean).join('\n');
      if (stage.parts()) stage.parts().privateTalk.storeDraft(text);
      else roomDraft.store(all);
    },
    isPrivate: () => ask((more) => Boolean(more.privateTalk.person()), false),
    currentView: () => ask((more) => more.currentView(), roomView),
    latestOwn: () => !isCovered() && !roomUnsent.tail().length && roomView.latestOwn(),
    roomBeside: (step) => rooms.beside(step),
  });

  /** Takes a text from the field. Returns what is wrong with it; '' if nothing is. `about` is as `openComposer` has it. */
  function takeText(text, about) {
    const more = stage.parts();
    if (!more && (texts.length || (isCommand(text) && !about.editing))) {
      texts.push({ text, about });
      // The stage may be waiting for its next attempt.
      stage.want();
      return '';
    }
    if (about.editing) return sending.edit(text, about.editing);
    if (more && (isCommand(text) || more.privateTalk.isOpen())) return more.commands.takeText(text, about);
    return sending.say(text.replace(/^\/\//, '/'), about.replying);
  }

  const refusals = openRefusals({ composer, speaker, roomView, roomDraft, roomUnsent, privately: stage.parts });
  const naming = openNaming({ session, connection, refusals });
  const hello = openHello({
    takeName: (name) => naming.ask(name, hello),
    nameOf: session.name, isGuest: session.isGuest, focusField: composer.focus,
  });

  // --- Other rooms, and the panels ---

  const rooms = openRooms({
    session, connection, isHidden,
    heard: (line, isToMe) => stage.use(({ notices }) => notices.elsewhere(line, isToMe)),
    refused: (room, message) => refusals.giveBackInRoom(room, message),
    newsChanged: (n) => stage.use(({ placeList }) => placeList.showNews(n)),
  });
  const header = openHeader();
  const panels = openPanels(() => { if (!ask((more) => more.uncover(), false)) roomView.toBottom(); });
  const status = openStatus({ connection, composer, speaker, roomLog, refusals, stage, redrawMessages });
  watchRowsSoon(roomView.itemOf, {
    reply: composer.reply,
    edit: composer.edit,
    remove: ({ seq }) => refusals.tellProblem(sending.toRoom('delete', '', { seq })),
    writePrivately: ({ from }) => stage.use(({ privateTalk }) => privateTalk.open(from)),
    ignore: ({ from }) => stage.use(({ commands }) => commands.ignore(from)),
  }, speaker.speak);
  watchSharedCount((n) => { if (connection.state().name === 'resting') unread.showCount(n); });

  const dispatch = openDispatcher({
    session, connection, roomLog, roomView, roomUnsent, composer, naming, hello, refusals, rooms, header, status, stage, showRoom,
  });

  // --- Changes ---

  let isGoalAsked = false;
  // When the page asked for the list of rooms; 0 if it has not.
  let listAskedAt = 0;

  /** The page is in the room, and may have more of its log. Shows the live page if the server's page is still there. */
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
      ask((more) => more.privateMessages.resume());
    }
    status.draw();
  }

  /** Something stands over the log of the room now, or nothing does any more. */
  function coverChanged() {
    unread.moved();
    status.draw();
  }

  function goToLine(seq) {
    ask((more) => more.uncover());
    roomLog.goTo(seq);
  }

  function showLivePage() {
    const typed = takeOver(session);
    composer.show({ draft: [roomDraft.text(), typed.text].filter(Boolean).join('\n'), hasFocus: typed.hasFocus });
    if (typed.isNaming && typed.name) stage.use(({ nameForm }) => nameForm.typing(typed.name));
    else if (typed.name) naming.ask(typed.name, { refused: (...what) => stage.use(({ nameForm }) => nameForm.refused(...what)) });
    if (typed.told) composer.tell(typed.told);
    document.title = currentRoom;
    const left = rooms.justLeft();
    if (left) roomView.addNote('note', say('youLeft', { room: isolated(left) }));
    if (goal) roomLog.goTo(goal);
    else roomView.toBottom();
    stage.want();
    // As a column the list of rooms is seen at once, so the page asks for it before the second stage is there.
    if (pageElement('#places').open && send({ type: 'rooms' })) listAskedAt = Date.now();
  }

  /** Draws all messages again, because other people may be hidden, or receipts may have changed. */
  function redrawMessages() {
    roomView.redraw();
    ask((more) => more.redraw());
  }

  function connectionChanged(state) {
    if (state.name === 'open') {
      rooms.connected();
      stage.connected();
    } else connectionLost();
    if (!composer.isShown() && state.name === 'ended') stayPlain();
    status.connectionChanged(state);
  }

  /** The connection is lost: what was asked on it gets no answer any more. */
  function connectionLost() {
    [roomLog, roomUnsent, rooms].forEach((part) => part.connectionLost());
    ask((more) => more.connectionLost());
  }

  openEmptyRoom();
  connection.start();
}
