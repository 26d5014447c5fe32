// The talk: the parts of the live page, tied together.
//
// Owns: what each thing that the box says means for which part.
// Must not know: how a part does its work.
//
// Next: `main.js`, which begins it.

import { watchActions } from './actions.js';
import { goTo, lineLink, messageLink } from './addresses.js';
import { tellAside } from './aside.js';
import { openComposer } from './composer.js';
import { openDoings } from './doings.js';
import { keepDraft } from './drafts.js';
import { keepIgnored } from './ignored.js';
import { SENDING_SHOWN_AFTER_MS } from './limits.js';
import { openLine } from './line.js';
import { keepLog } from './log.js';
import { markMaker } from './mark.js';
import { openSpeaker, watchUnread } from './news.js';
import { openOffers } from './offers.js';
import { typingTeller } from './people.js';
import { openRefusals } from './refusals.js';
import { openRenewing } from './renewing.js';
import { openRoom } from './room.js';
import { keepRooms } from './rooms.js';
import { rowMaker } from './row.js';
import { shareCounts } from './shared.js';
import { keepChoice } from './shelf.js';
import { tellComings } from './comings.js';
import { openSides } from './sides.js';
import { keepStatus } from './status.js';
import { keepUnsent } from './unsent.js';

/** The talk in `room`, in the elements of `frame`, which `takeOver()` brings into sight. */
export function openTalk({ room, session, clock, say, frame, takeOver }) {
  const parts = document.createElement('div');
  parts.append(...frame);
  const at = (selector) => parts.querySelector(selector);
  const [box, field, offersAt] = ['#box', '#field', '#offers'].map(at);
  const drafts = keepDraft(room, session);
  const way = keepChoice('way');
  const typing = typingTeller({ field, tell: () => line.send({ type: 'typing', room }) });
  let composer = null;

  // --- The parts ---

  // They know each other only through these functions, which are called later than
  // everything below is made.
  const ignored = keepIgnored({ changed: () => { log.redraw(); privately.draw(); sides.ignored(); } });
  const rooms = keepRooms({
    here: room, session, changed: roomsChanged, spokenTo: (told) => aside.elsewhere(told), line: () => line,
    refused: (...all) => refusals.giveBackThere(...all),
    isNews: (told) => !told.own && !ignored.hides(told),
  });
  const speaker = openSpeaker({ polite: at('#speaker'), alarm: at('#alarm'), say });
  const refusals = openRefusals({ say, room, drafts, log: () => log, speaker, composer: () => composer, privately: () => privately, namePanel: () => sides.name });
  const line = openLine({
    hello: (isLine) => session.hello([place.known(), letters.place(), ...rooms.places()], isLine),
    chosen: way.is, changed: lineChanged, replaced: lineLost, arrived, probe: { type: 'who', room },
    follow: () => session.follow(room), isOver: session.isOver, shares: !session.isVisit(), mayRest: () => rooms.isShared() && unsent.isEmpty() && letters.isEmpty(),
  });
  const again = () => (sides.doors.isOut() && ['open', 'ended'].includes(line.state().name) ? sides.doors.comeBack() : line.now());
  const status = keepStatus({
    at, say, now: again, isPrivate: () => privately.isOpen(), chosen: way.is, choose: () => sides.choosesWay(), line: () => line, place: () => place, composer: () => composer,
    tell: speaker.tell, redraw: () => { log.redraw(); privately.draw(); },
    stuck: () => refusals.stuck([...letters.waiting(), ...unsent.all()]), letters: () => letters, askPassword: () => sides.doors.ask(),
  });
  const marks = { say, retry: again, takeBack: (item) => doings.takesBack(item), isAway: status.isAway };
  const drawMark = markMaker({ ...marks, changeOf: (item) => unsent.changeOf(item) });
  const log = keepLog({
    box,
    list: at('#rows'),
    rows: rowMaker({ say, clock, linkOf: (seq) => lineLink(room, seq), me: session.name, drawMark }),
    clock,
    tail: () => unsent.tail().map((item) => Object.assign(item, { from: session.name() })),
    batch: (items, isAtBottom) => news.arrived(items, isAtBottom),
    moved: () => news.looked(),
    hides: ignored.hides,
    older: () => place.askOlder(),
    begins: (seq) => sides.here.begins(seq),
  });
  const news = watchUnread({
    log, pill: at('#pill'), say, name: room, seen: () => place.seen(), hides: ignored.hides, isCovered: () => privately.isOpen(),
    // On a touch screen the focus in the field would open the keyboard.
    passFocus: () => (composer.isTouch() ? box : field).focus(),
  });
  const back = { refused: refusals.giveBack, waits: refusals.waits };
  const unsent = keepUnsent({ room, session, send: line.send, changed: itemChanged, ...back, epoch: () => place.place().epoch });
  const place = openRoom({
    room, session, log, say, ask: line.send,
    unsent: () => unsent,
    people: () => people,
    news: () => news,
    heard: (item) => aside.message(item),
    topic: (words) => sides.here.topic(words),
    here,
    comes: () => status.drawSoon(),
    hides: ignored.hides, isTwofold: () => line.state().way !== 'live',
  });
  const sides = openSides({
    at, room, session, clock, say, way, ignored, drafts, freshIn: rooms.freshIn, letterCame: (...all) => aside.letter(...all),
    line: () => line, composer: () => composer, covered: () => { news.looked(); status.draw(); }, comeBack: () => (line.state().name === 'open' ? line.anew() : line.now()), ...back, leave: () => doings.leaves(), latest: () => place.seq(),
    takeName: (name) => refusals.tell(doings.takesName(name)), setTopic: (text) => refusals.tell(doings.setsTopic(text)), drawMark: markMaker(marks), renewed: (...all) => renewing.toldAtEnd(...all),
  });
  const shared = shareCounts({ here: room, isResting: () => line.state().name === 'resting', isTold: news.isTold });
  const { people, privately } = sides;
  const { letters } = privately;
  const aside = tellAside({ room, say, log, speaker, notices: () => sides.notices, hides: ignored.hides, openTalk: privately.open });
  const renewing = openRenewing({ session, send: line.send, redraw: () => log.redraw(), left: line.start, again: line.anew });
  const comings = tellComings({ log, say, session, people, ignored, privately, isCalled: sides.name.is });
  const doings = openDoings({
    say, room, rooms, unsent, privately, people, log, ignored, refusals, me: session.name, ask: line.send, sets: place.sets, latestOwn: log.latestOwn,
    hasLine: () => line.state().name === 'open',
    openPanel: sides.open, search: sides.found, doors: sides.doors, composer: () => composer, quit: () => session.quit(room),
  });
  watchActions({
    box, list: at('#rows'), itemOf: log.itemOf, say,
    edit: (item) => composer.edit(item), remove: (item) => refusals.tell(doings.deletes(item)),
    answer: (name) => composer.begin(`${name}: `), write: privately.open,
    ignore: (name) => { doings.take(`/ignore ${name}`); box.focus(); },
    link: (item) => messageLink(room, item.seq),
  });

  // --- What the box says ---

  const hears = {
    welcome(told) {
      if (session.welcomed(told)) renewing.show();
      comings.welcomed();
      status.welcomed(told);
      sides.name.is(session.name());
    },
    sent: (told) => (told.room === null ? letters.sent(told) : unsent.sent(told, told.seq <= place.seq())),
    refused,
    error: refused,
    history: place.history,
    who: people.are,
    rooms: sides.rooms.are,
    found: sides.found.found,
    typing: (told) => people.types(told.name),
    presence: comings.presence,
    renamed: (told) => [doings.renamed, comings.renamed, renewing.told].forEach((hears) => hears(told)),
    session: renewing.told,
    keeping(told) {
      status.keeps(told.kept);
      if (told.kept && composer) here();
    },
  };

  function arrived(told) {
    sides.rooms.stir();
    letters.heardOf(told);
    if (told.room && told.room !== room && rooms.hear(told)) return;
    if (told.type in hears) hears[told.type](told);
    else if (told.room === null) letters.hear(told);
    else if (told.room === room) place.hear(told);
  }

  function refused(told) {
    if (unsent.refused(told) || letters.refused(told) || renewing.refused(told)) return;
    place.refused(told);
    // Without a place in the room there is nothing to show, and before that the other page says more.
    const isOut = told.room === room && !told.id && !place.isIn();
    const isFaulty = told.type === 'error' && (!composer || line.state().name !== 'open');
    if (isOut && composer && /password/.test(told.reason)) status.shutOut(told);
    else if (isOut || isFaulty) status.end(told);
    else if (composer && !doings.refusedName(told) && !sides.found.refused(told)) refusals.refused(told);
  }

  // --- The page ---

  /** Everything that was said is here: from now on this is the page. */
  function here() {
    if (!composer) begin();
    if (!place.isBehind()) {
      unsent.lineOpened();
      letters.lineOpened();
    }
    status.draw();
  }

  function begin() {
    const typed = takeOver();
    composer = openComposer({
      form: document.querySelector('#composer'),
      field,
      noteAt: document.querySelector('#note'),
      editLine: document.querySelector('#editing'),
      say,
      draft: [drafts.text(), typed.text].filter(Boolean).join('\n'),
      hasFocus: typed.hasFocus,
      keepDraft: privately.keepDraft,
      take,
      typing: () => { if (!privately.to()) typing.typed(); },
      offers: openOffers({ place: offersAt, field, say, names: people.names, me: session.name }),
      page: (direction) => (privately.to() ? privately : log).page(direction),
      refused: speaker.alarm,
      timeOf: ({ at: moment }) => clock.time(moment),
      latestOwn: () => !privately.isOpen() && !unsent.tail().length && log.latestOwn(),
      toRoom: (step) => { if (rooms.beside(step)) goTo(rooms.beside(step)); },
    });
    if (typed.name) sides.name.typed(typed.name, typed.isNaming);
    document.title = room;
    log.toBottom();
  }

  function take(text, editing) {
    const wrong = doings.take(text, editing);
    typing.isOver();
    // Saying something is a wish to be at the bottom.
    if (!wrong && !editing) (privately.to() ? privately : log).toBottom();
    return wrong;
  }

  function roomsChanged() {
    sides.rooms.count(rooms.fresh());
    if (line.state().name === 'open') shared.tell(rooms.counts());
  }

  function itemChanged(item) {
    // The note said that the change waits.
    if (item.note && item.state === 'sent') log.forgets(item.note);
    if (item.state === 'sending') setTimeout(log.redraw, SENDING_SHOWN_AFTER_MS);
    log.redraw();
  }

  // --- The line ---

  function lineChanged(state) {
    if (state.name !== 'open') lineLost();
    else rooms.lineOpened();
    status.lineChanged(state);
  }

  /** What is under way on this line gets no answer. */
  function lineLost() {
    place.lost();
    [unsent, letters, rooms, sides.found].forEach((part) => part.lineLost());
  }

  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing && event.keyCode !== 229) {
      if (!sides.close() && !privately.close()) log.toBottom();
    }
  });
  line.start();
}
