// The private talk: with one person, over the log, by the same field.
//
// Owns: with whom one talks there, and for whom what is typed is meant: the room, or one
// person alone.
// Must not know: the line, the room's log.
//
// Next: `frame.js`.

import { escaped, withText } from './commands.js';
import { keepDraft } from './drafts.js';
import { CHIPS_MAX, SENDING_SHOWN_AFTER_MS } from './limits.js';
import { keepLog } from './log.js';
import { keepLetters, otherOf, PRIVATE } from './private.js';
import { colourOf, rowMaker } from './row.js';
import { apart, arrange, button, element, keyOf } from './text.js';

/** A point would end the name that a draft has on the shelf. */
const placeOf = (name) => PRIVATE + encodeURIComponent(keyOf(name)).replace(/\./g, '%2E');

/** Each once, as it was called first. */
function once(names) {
  const found = new Set();
  return names.filter((name) => name && !found.has(keyOf(name)) && found.add(keyOf(name)));
}

/**
 * The talk in the elements that `at(selector)` finds; `composer()` is where one writes,
 * `drafts` the room's draft, `names()` who is here. `came(letter, isShown)` hears of a
 * letter from somebody else, `covered()` that the room is in sight or is not; `send`,
 * `refused` and `waits` are as in `keepLetters`; `drawMark` is a row's.
 */
export function openPrivately({
  at, room, session, clock, say, send, came, refused, waits, drawMark, ignored, names, composer, drafts, covered,
}) {
  const [word, talk, ofRoom] = ['#private', '#letters', '#box'].map(at);
  const [heading, only, chips, box] = ['h2', 'p', '.chips', '.box'].map((part) => talk.querySelector(part));
  const draftsOf = new Map();
  const chipOf = new Map();
  let isOpen = false;
  let isLeaving = false;
  let other = '';
  // Another person may have the name `other` now, and the reader has not chosen it again.
  let isTaken = false;
  const isOther = (name) => keyOf(name) === keyOf(other);
  const isWith = (letter) => isOther(otherOf(letter));
  const log = keepLog({
    box, list: talk.querySelector('.rows'), rows: rowMaker({ say, clock, me: session.name, drawMark }), clock,
    tail: () => letters.waiting().filter(isWith), hides: (letter) => !isWith(letter) || ignored.hides(letter),
    batch() {}, moved() {}, older() {}, begins() {},
  });
  const letters = keepLetters({
    log: () => log, session, send, refused, waits, hides: ignored.hides,
    came: (letter) => came(letter, isShown() && isWith(letter)),
    changed(letter) {
      if (letter && letter.state === 'sending') setTimeout(log.redraw, SENDING_SHOWN_AFTER_MS);
      draw();
    },
  });
  const known = () => log.those((letter) => !ignored.hides(letter));
  const isShown = () => isOpen && !document.hidden;
  /** The browser's own way back leads out of the talk. */
  const isPlace = () => Boolean(history.state && history.state.isPrivate);

  word.addEventListener('click', () => { if (!close()) open(); });
  talk.querySelector('.back').addEventListener('click', close);
  // A jump within the page would be taken for a way back.
  at('#skip').addEventListener('click', (event) => {
    event.preventDefault();
    composer().focus();
  });
  addEventListener('popstate', () => {
    const wasAsked = isLeaving;
    isLeaving = false;
    if (isOpen && !isPlace()) {
      if (wasAsked) mark();
      else shut();
    }
  });
  document.addEventListener('visibilitychange', look);

  const mark = () => history.pushState({ isPrivate: true }, '');

  /** What is in sight was looked at. */
  function look() {
    if (isShown() && other) letters.seen(other);
  }

  function draw() {
    const all = letters.unread();
    word.textContent = all.length ? say('privateNew', { n: all.length }) : say('private');
    word.classList.toggle('fresh', all.length > 0);
    if (isOpen) drawTalk(all);
    log.redraw();
  }

  function drawTalk(all) {
    const shown = others(all);
    heading.textContent = other ? say('privateWith', { name: apart(other) }) : say('privateMessages');
    const words = other ? whoSees() : say(shown.length ? 'privateWhom' : 'privateHint');
    // It is heard when it changes.
    if (only.textContent !== words) only.textContent = words;
    arrange(chips, shown.map((name) => {
      const key = keyOf(name);
      if (!chipOf.has(key)) chipOf.set(key, chip(name));
      const n = all.filter((letter) => keyOf(letter.from) === key).length;
      chipOf.get(key).lastChild.textContent = n ? `, ${say('newThere', { n })}` : '';
      chipOf.get(key).setAttribute('aria-pressed', isOther(name) && !isTaken);
      return chipOf.get(key);
    }));
    look();
  }

  function whoSees() {
    const name = apart(other);
    if (isTaken) return say('another-person');
    return `${say('onlyYouTwo', { name })}${letters.isAway(other) ? ` ${say('awayGetsIt', { name })}` : ''}`;
  }

  function chip(name) {
    const made = button('', () => open(name));
    made.append(element('b', `who ${colourOf(name)}`, element('bdi', '', name)), element('span', ''));
    return made;
  }

  /** With whom one could talk: who one has talked with, and who is here. Nobody changes places. */
  function others(unread) {
    const talked = [...known(), ...letters.waiting()].map(otherOf);
    const there = [...talked, other, ...names()].filter((name) => !session.isOwn(name));
    const first = once([other, ...unread.map(otherOf), ...talked.reverse(), ...names()]).slice(0, CHIPS_MAX).map(keyOf);
    return once(there).filter((name) => first.includes(keyOf(name)));
  }

  // --- For whom what is typed is meant ---

  function draftOf(name) {
    if (!name) return drafts;
    if (!draftsOf.has(placeOf(name))) draftsOf.set(placeOf(name), keepDraft(placeOf(name), session));
    return draftsOf.get(placeOf(name));
  }

  /** Becomes a talk with `name`, or none: each has a draft of its own. */
  function turn(name) {
    composer().keep();
    if (isTaken && isOther(name)) letters.means(name);
    [other, isTaken] = [name, false];
    document.documentElement.classList.toggle('privately', isOpen);
    const words = other ? 'messageOnly' : isOpen ? 'privateWhom' : 'messageTo';
    composer().turn(say(words, { name: apart(other), room }), draftOf(other).text());
  }

  // --- It opens and closes ---

  /** With this one; or with who wrote last, if anybody did. */
  function open(name) {
    if (composer().isEditing()) {
      composer().tell(say('finishEdit'));
      return;
    }
    const [last] = [...known().slice(-1), ...letters.unread().slice(-1)].slice(-1);
    if (!isOpen && !isPlace()) mark();
    isOpen = true;
    turn(name || (last ? otherOf(last) : ''));
    show();
    log.toBottom();
    // On a touch screen the focus in the field would open the keyboard over it.
    const first = other ? (composer().isTouch() ? box : null) : chips.firstChild || box;
    if (first) first.focus();
    else composer().focus();
  }

  function shut() {
    const hadFocus = talk.contains(document.activeElement);
    isOpen = false;
    turn('');
    show();
    // On a narrow page the word goes, too.
    if (hadFocus) (word.offsetParent ? word : ofRoom).focus();
  }

  function show() {
    talk.hidden = !isOpen;
    word.setAttribute('aria-expanded', isOpen);
    draw();
    covered();
  }

  /** False: it was not open. */
  function close() {
    if (!isOpen) return false;
    shut();
    isLeaving = isPlace();
    if (isLeaving) history.back();
    return true;
  }

  draw();
  return {
    letters,
    draw,
    open,
    close,
    page: log.page,
    toBottom: log.toBottom,
    isOpen: () => isOpen,
    isWith,
    /** To whom one writes here; nobody while it is the room, or is not chosen. */
    to: () => other,
    /** To whom the next words go: nobody while another person may have the name, until the reader chooses it again. */
    chosen: () => (isTaken ? '' : other),
    keepDraft: (text) => draftOf(other).keep(text),
    /** A letter that the box will not have, to somebody with whom one does not talk now. */
    keepFor({ more, text }) {
      const draft = draftOf(more.to);
      draft.keep(withText(escaped(text), draft.text()));
    },
    /** The box says that another person may have this name now, and so does the page. */
    taken(name) {
      letters.means(name);
      isTaken = isTaken || isOther(name);
    },
    peopleChanged() { if (isOpen) draw(); },
    /**
     * Somebody has another name: the talk goes on with that person. Who takes the name of the person that the
     * reader writes to gets nothing before the reader chooses the name again.
     */
    renamed({ from, to }) {
      letters.renamed(from, to);
      if (keyOf(from) !== keyOf(to)) isTaken = isTaken || isOther(to);
      if (isOther(from)) {
        turn(to);
        // What was typed goes along; under the same name in other letters it is there.
        if (keyOf(from) !== keyOf(to)) {
          composer().turn(say('messageOnly', { name: apart(to), room }), withText(draftOf(from).text(), draftOf(to).text()));
          composer().keep();
          draftOf(from).keep('');
        }
      }
      draw();
    },
  };
}
