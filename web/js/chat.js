// The chat: has the parts of the live page made, says which later part each of them calls, and
// starts the connection.
//
// Owns: what each group of parts tells later ones (its `listener`).
// Must not know: how a part works, which parts a part gets when it is made (`first_stage.js`,
// `more.js`).
//
// A part is an object with the name of its job (`people`, `rooms`, `composer` ...). Its module
// exports the function that makes it. A part is made once, in `first_stage.js` or `more.js`, and
// handed to the parts that are made later and need it. Its state is inside, and others ask for it
// by its functions.
//
// The page comes in two stages, so that a reader on a slow line sees the room soon.
//   The first stage, `first_stage.js`, shows the room and continues its conversation: session,
//   connection, log, field, status row.
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
//   `dispatch.js`, `more.js`, `first_stage.js`, `live_page.js`, this file and `main.js`.
//
// Next: `composer/composer.js`.

import { openDispatcher } from './dispatch.js';
import { openComposerParts, openConnectionParts, openPlaceParts, openRoomParts } from './first_stage.js';
import { openSecondStage } from './later.js';
import { openLivePage } from './live_page.js';
import { loadPanelWords, say } from './words.js';

/**
 * Makes all parts and connects. `given` is the token that the server's page has, if it has one;
 * `isByLink`: that page's address had a token. `goal` is the number of the line that the address
 * leads to; 0 if it leads to none. `takeOver(session)` puts the live page in the place of the
 * server's page, and returns what was typed there. `stayPlain()` is called if the live page cannot
 * come now.
 */
export function openChat({ given, isByLink, goal, stayPlain, takeOver }) {
  const stage = openSecondStage();
  const connectionParts = openConnectionParts({ given, isByLink });
  const roomParts = openRoomParts({ stage, connectionParts });
  const composerParts = openComposerParts({ stage, connectionParts, roomParts });
  const placeParts = openPlaceParts({ stage, connectionParts, roomParts, composerParts });
  const groups = { stage, connectionParts, roomParts, composerParts, placeParts };
  const page = openLivePage({ ...groups, goal, stayPlain, takeOver });
  fillListeners(groups, page);
  connectionParts.connection.start();
}

/** Says which parts of later groups each group calls, and when. */
function fillListeners(groups, page) {
  const { stage, connectionParts, roomParts, composerParts, placeParts: { rooms, status } } = groups;
  const { session, connection } = connectionParts;
  const { roomLog, roomView, roomUnsent, header } = roomParts;
  const { roomDraft, composer, texts, refusals, hello } = composerParts;
  const isCovered = () => stage.ask((more) => more.isCovered(), false);

  Object.assign(stage.listener, {
    // The browser resolves this path from the joined script, which stands in `js/`, as this file
    // does.
    async load(again) {
      // Some browsers remember that a module could not be loaded, so another attempt has another
      // address.
      const [modules] = await Promise.all([import(again ? `./more.js?${again}` : './more.js'), loadPanelWords(again)]);
      return modules;
    },
    make: ({ openMore }) => openMore(groups, page),
    loaded() {
      document.documentElement.dataset.parts = 'all';
      page.showRoom();
      texts.stageLoaded();
    },
    failed: texts.stageFailed,
    isConnected: connection.isOpen,
  });

  Object.assign(connectionParts.listener, {
    hello(isConnection) {
      // Until the second stage is there, the server sends all private messages again with each
      // connection.
      const letters = stage.ask((more) => more.privateMessages.position(), { room: null });
      return session.hello([roomLog.forHello(), letters, ...rooms.positions()], isConnection);
    },
    received: openDispatcher(groups, page),
    changed: page.connectionChanged,
    replaced: page.connectionLost,
    mayRest: () => rooms.isShared() && roomUnsent.isEmpty() && stage.ask((more) => more.privateMessages.isEmpty(), false),
  });

  Object.assign(roomParts.listener, {
    progressed: page.showRoom,
    missedLine: status.drawSoon,
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
    seek: roomParts.goToLine,
    notStored: (seq) => composer.tell(say('lineGone', { n: seq })),
    isCovered,
    refused: refusals.giveBack,
    paused: refusals.tellPause,
  });

  Object.assign(roomParts.reader, {
    isStuck: status.isStuck,
    isLongAway: status.isLongAway,
    retry: status.retry,
    takeBack(message) {
      (message.type === 'private' ? stage.parts().privateMessages : roomUnsent).takeBack(message);
      refusals.giveBackToAuthor(message);
    },
  });

  Object.assign(composerParts.listener, {
    takeText(text, about) {
      const problem = texts.take(text, about);
      if (!problem && !text.startsWith('/')) hello.end();
      return problem;
    },
    storeDraft(text) {
      if (stage.parts()) stage.parts().privateTalk.storeDraft(text);
      else roomDraft.store([...texts.asDrafts(), text].filter(Boolean).join('\n'));
    },
    isPrivate: () => stage.ask((more) => Boolean(more.privateTalk.person()), false),
    currentView: () => stage.ask((more) => more.currentView(), roomView),
    latestOwn: () => !isCovered() && !roomUnsent.tail().length && roomView.latestOwn(),
    roomBeside: rooms.beside,
  });
}
