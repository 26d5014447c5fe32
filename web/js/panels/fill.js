// Panels that are filled when the reader comes near them: the room's menu, the reader's own panel,
// the search.
//
// Owns: when such a panel is loaded; what it must know from the time before, and what others ask of
// it until then.
// Must not know: what stands in a panel.
//
// Part: `chat.js`.

import { button, element, elementWith } from '../elements.js';
import { laterModule } from '../later.js';
import { pageElement } from '../layout.js';
import { markOfHidden } from '../layout_more.js';
import { STORED, tabStorage } from '../storage.js';
import { dayOf, say } from '../words.js';

/**
 * In the tab's storage: the page is loaded again because of a setting, and opens its panel again.
 */
export const REOPEN_NAME = `${STORED}reopen`;

/**
 * Fills a panel when the reader comes near it for the first time: `path` is that of the module, and
 * `fill(module)` returns the functions of the filled panel. Returns a function that fills the
 * panel, if that is not done, and resolves to its functions.
 */
function fillLater(id, path, fill) {
  const panel = pageElement(`#${id}`);
  const filled = laterModule(path, fill);
  // What stands in the panel stays: it may be there for what will be loaded.
  const problem = element('p', 'problem');
  const quietly = () => {
    filled().then(() => problem.remove(), () => {
      problem.textContent = say('panelNeedsConnection');
      panel.querySelector('.sheet').append(problem);
    });
  };
  ['pointerenter', 'focusin', 'toggle'].forEach((what) => panel.addEventListener(what, quietly));
  // The reader may have come near the panel before this function was called.
  if (panel.open || panel.matches(':hover')) quietly();
  return filled;
}

// --- The search ---------------------------------------------------------------------

/** Makes the search: its panel is filled when it opens. `searchParts` is what `openSearch` gets. */
export function openSearchLater(searchParts) {
  let search = null;
  const filled = fillLater('search', './panels/search.js', ({ openSearch }) => {
    search = openSearch(searchParts);
    return search;
  });
  // A narrow page has no word for the panel in its header.
  // Who searches from the list of chats means all of them.
  [['#letters .find', false], ['#rooms .find', true]].forEach(([find, isAll]) => pageElement(find).addEventListener('click', () => {
    searchParts.panels.open('search');
    filled().then(({ place }) => place(isAll), () => {});
  }));
  const left = searchParts.covers.left();
  if (left) filled().then(({ comeBack }) => comeBack(left), () => {});
  // Until the panel is filled, sending the form would load another page.
  pageElement('#search form').addEventListener('submit', (event) => {
    event.preventDefault();
    filled().then(({ submit }) => submit(), () => {});
  });
  return {
    start: (text) => filled().then(({ start }) => start(text), () => {}),
    found(frame) { if (search) search.found(frame); },
    forget(...gone) { if (search) search.forget(...gone); },
    refused: (frame) => Boolean(search) && search.refused(frame),
    history: (frame) => Boolean(search) && search.history(frame),
    connectionLost() { if (search) search.connectionLost(); },
    isOpen: () => Boolean(search) && search.isOpen(),
    close: () => Boolean(search) && search.close(),
    forgetAll() { if (search) search.forgetAll(); },
    redraw() { if (search) search.redraw(); },
    page(direction) { if (search) search.page(direction); },
    /** How a note comes into the results that are open, and goes. */
    notes: {
      addNote: (...note) => search.notes.addNote(...note),
      remove: (note) => search.notes.remove(note),
    },
  };
}

// --- The reader's own panel, behind the pill with the name ------------------------------

/**
 * Makes the reader's panel. `takeName(name)` asks for a name, and returns what is wrong;
 * `excuse()` returns why the reader is away, '' if they are here; `hiddenRooms(comesBack)` returns
 * the names of the hidden rooms that the reader is in, without the room in sight if the reader
 * comes back with a password and it lets them in then; `signOut()` ends the session in this
 * browser; `forgetMe()` removes all the reader's messages and the name; `redraw()` draws all
 * messages again.
 * Returns { nameForm, excused, linked, refused, noticed, drawIgnored, focusTransport }.
 */
export function openReader({ session, connection, panels, ignored, takeName, comeBack, excuse, hiddenRooms, signOut, forgetMe, redraw }) {
  let settings = null;
  pageElement('#me summary').title = say('changeName');
  const fill = fillLater('me', './panels/settings.js', ({ fillSettings }) => {
    settings = fillSettings({ session, connection, panels, ignored, takeName, comeBack, hiddenRooms, signOut, forgetMe, excuse: excuse(), redraw });
    return settings;
  });

  function open(act) {
    panels.open('me');
    fill().then(act, () => {});
  }

  if (tabStorage().read(REOPEN_NAME)) {
    tabStorage().write(REOPEN_NAME, '');
    open((filled) => filled.focusLanguage());
  }
  return {
    nameForm: {
      /** The reader was typing this name in the server's page. */
      typing: (typed) => open((filled) => filled.typing(typed)),
      /** The server refused the name: puts it back into the panel's field, with the reason. */
      refused: (typed, words, frame) => open((filled) => filled.refused(typed, words, frame)),
      named(isSecret) { if (settings) settings.named(isSecret); },
    },
    /** Takes an `away` or a `back` of anybody. */
    excused(frame) { if (settings && frame.name === session.name()) settings.excused(frame); },
    /** Takes a `device`, a link to another device, which the panel has asked for. */
    linked(frame) { if (settings) settings.linked(frame); },
    /** Takes a refusal. Returns true if it answers that. */
    refused: (frame) => Boolean(settings) && settings.isRefused(frame),
    /** Takes each frame. */
    noticed(frame) { if (settings) settings.noticed(frame); },
    /** Another device has signed in as the reader: a link that is shown may have been used. */
    linkUsed() { if (settings) settings.linkUsed(); },
    drawIgnored() { if (settings) settings.drawIgnored(); },
    /** Opens the panel at the setting for the transport. */
    focusTransport: () => open((filled) => filled.focusTransport()),
  };
}

// --- The menu behind the room's name ------------------------------------------------

/** Makes the word that opens the room's menu. The parts are those that the menu needs. */
export function openRoomHeader({ roomLog, composer, panels, commands, invites, names, hasPassword, keeping }) {
  const span = pageElement('#span');
  const title = pageElement('#room-menu h1');
  const hiddenMark = markOfHidden();
  // In a room with a password its address alone lets nobody in, so the invite comes before it.
  const inviting = elementWith('p', { hidden: '' }, say('onlyInvited'), ' ', button(say('invite'), () => invite()));
  pageElement('#empty').prepend(inviting);
  // What the menu shows of the room. It is kept here, because the menu may be loaded later.
  const room = { topic: '', hidden: false, locked: false, isMaker: false };
  let menu = null;
  pageElement('#room-menu summary').title = say('roomMenu');
  const filled = fillLater('room-menu', './panels/room_menu.js', ({ fillRoomMenu }) => {
    menu = fillRoomMenu({ roomLog, composer, panels, commands, invites, names, hasPassword, room, keeping });
    return menu;
  });

  /** Writes for the paper from which day to which the messages are. */
  function drawSpan() {
    const talk = document.querySelector('#letters:not([hidden])');
    const times = Array.from((talk || pageElement('#box')).querySelectorAll('.said time'), (time) => Date.parse(time.dateTime));
    const [from, to] = [Math.min(...times), Math.max(...times)].map((time) => (times.length ? dayOf(time) : ''));
    span.textContent = from === to ? from : say('span', { from, to });
  }

  /** Opens the menu, and makes an invite there. */
  function invite() {
    panels.open('room-menu');
    filled().then((opened) => opened.invite(), () => {});
  }

  matchMedia('print').addEventListener('change', drawSpan);
  addEventListener('beforeprint', drawSpan);

  return {
    topicIs(words) {
      room.topic = words;
      if (menu) menu.draw();
    },
    /**
     * Takes a `joined` or a `set` of this room, which says whether the room is hidden, and whether
     * it asks for a password.
     */
    access(frame) {
      Object.assign(room, { hidden: frame.hidden, locked: frame.locked });
      // A `set` does not say who made the room.
      if (frame.type === 'joined') room.isMaker = Boolean(frame.maker);
      inviting.hidden = !room.locked && !room.hidden;
      inviting.firstChild.data = room.locked ? say('onlyInvited') : '';
      // As in the list of rooms, it stands after the mark of a locked room.
      if (room.hidden) pageElement('.caret').before(hiddenMark);
      else hiddenMark.remove();
      if (menu) menu.accessChanged();
    },
    /** The reader looks after the room from now on, or does so no more. */
    becomeKeeper(isIt) {
      room.isMaker = isIt;
      if (menu) menu.draw();
    },
    isHidden: () => room.hidden,
    /** Whether the room lets the reader in again after they have signed out and in. */
    letsIn: () => room.locked || room.isMaker,
    /** Whether not everybody may enter the room, or knows of it. */
    isClosed: () => room.hidden || room.locked,
    invite,
    /** Takes a refusal. Returns true if it answers a change that the menu has asked for. */
    refused: (frame) => Boolean(menu) && menu.refused(frame),
  };
}
