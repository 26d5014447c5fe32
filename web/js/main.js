// The page starts here: chooses the words, makes the parts, ties them together,
// and shows in the state row how the line is.
//
// Owns: the order of the start, the language, the state row.
// Must not know: how any part does its work.
//
// A message passes: composer -> unsent -> socket -> (server) -> socket ->
// unsent (is it mine?) -> log -> row. Read the files in that order.
//
// Next: `limits.js`.

import { openComposer } from './composer.js';
import { CONNECTING_SHOWN_AFTER_MS, LINE_SAID_AFTER_MS, SENDING_SHOWN_AFTER_MS } from './limits.js';
import { keepLog } from './log.js';
import { openSpeaker, watchUnread } from './news.js';
import { element, rowMaker } from './row.js';
import { CLOSE_GOING_AWAY, CLOSE_TOO_BIG, addressOf, openLine } from './socket.js';
import { bytesOf, keepUnsent } from './unsent.js';

const ROOM = 'lobby';

/** The first language of the reader that we have words for, else English. */
function languageOf(wishes) {
  const known = wishes.map((wish) => wish.toLowerCase().split('-')[0])
    .find((wish) => wish === 'zh' || wish === 'en');
  return known || 'en';
}

/** Times in the reader's own zone. A burst asks for the same minute again and again. */
function clockOf(locale) {
  const form = (options) => {
    const format = new Intl.DateTimeFormat(locale, Object.assign({ hourCycle: 'h23' }, options));
    let minute = 0;
    let words = '';
    return (at) => {
      if (minute !== Math.floor(at / 60_000)) {
        minute = Math.floor(at / 60_000);
        words = format.format(at);
      }
      return words;
    };
  };
  return {
    time: form({ hour: '2-digit', minute: '2-digit' }),
    day: form({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    full: form({ dateStyle: 'full', timeStyle: 'short' }),
  };
}

/** The state row `place`: what is so, in words, and one action. */
function stateRow({ place, say, tryNow, field }) {
  const words = place.querySelector('.words');
  const button = place.querySelector('button');
  let countdown = 0;
  button.textContent = say('now');
  button.addEventListener('click', tryNow);

  function reason(state) {
    if (state.offline) return say('offline');
    if (state.name === 'trying') return say('retryNow');
    if (state.code === CLOSE_GOING_AWAY) return say('restarting');
    const left = Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1000));
    return say('retryIn', { n: left });
  }

  return function show(state) {
    clearInterval(countdown);
    document.documentElement.dataset.line = state.name;
    if (state.name === 'open') {
      words.replaceChildren(say('connected'), element('span', 'way', say('wayLive')));
    } else if (state.name === 'connecting') {
      words.replaceChildren();
      countdown = setTimeout(() => words.replaceChildren(say('connecting')), CONNECTING_SHOWN_AFTER_MS);
    } else {
      const second = document.createTextNode(` ${reason(state)} `);
      words.replaceChildren(element('b', '', say('closed')), second);
      // In sight it counts; nobody hears it (the row is not a live region).
      if (state.name === 'waiting') {
        countdown = setInterval(() => { second.data = ` ${reason(state)} `; }, 1000);
      }
    }
    const hides = state.name !== 'waiting';
    if (hides && document.activeElement === button) field.focus();
    button.hidden = hides;
  };
}

function start(words) {
  const say = (key, values) => (
    words[key].replace(/\{(\w+)\}/g, (whole, name) => (values && name in values ? values[name] : whole))
  );
  const byId = (id) => document.getElementById(id);
  const clock = clockOf(words.locale);
  const field = byId('field');

  document.documentElement.lang = words.language;
  byId('skip').textContent = say('skip');
  byId('box').setAttribute('aria-label', say('messagesIn', { room: ROOM }));
  byId('label').textContent = say('messageTo', { room: ROOM });
  field.placeholder = say('messageTo', { room: ROOM });
  byId('send').textContent = say('send');
  byId('without').remove();

  const speaker = openSpeaker({ polite: byId('speaker'), alarm: byId('alarm'), say });
  let opened = false;
  let cutAt = 0;
  let saidOpen = true;
  let saidTimer = 0;

  // The parts know each other only through these functions, which are called
  // later than everything below is made.
  const line = openLine({ address: addressOf(location), changed: lineChanged, arrived });
  const showState = stateRow({ place: byId('state'), say, tryNow: line.now, field });
  const rows = rowMaker({ say, clock, retry: (item) => { unsent.retry(item); log.toBottom(); }, takeBack });
  const log = keepLog({
    box: byId('box'),
    list: byId('rows'),
    rows,
    clock,
    say,
    tail: () => unsent.queue(),
    batch: (items, atBottom) => news.arrived(items, atBottom),
    moved: () => news.looked(),
  });
  const news = watchUnread({ log, pill: byId('pill'), say, name: ROOM, passFocus });
  const unsent = keepUnsent({ room: ROOM, send: line.send, changed: itemChanged });
  const composer = openComposer({
    form: byId('composer'),
    field,
    note: byId('note'),
    say,
    draft: unsent.draft(),
    keepDraft: unsent.keepDraft,
    take,
    page: log.page,
    refused: speaker.alarm,
  });

  function take(text) {
    if (unsent.isFull()) return false;
    unsent.take(text);
    // Sending is a wish to be at the bottom.
    log.toBottom();
    return true;
  }

  /** On a touch screen the focus in the field would open the keyboard. */
  function passFocus() {
    (composer.isTouch() ? byId('box') : field).focus();
  }

  function takeBack(item) {
    composer.giveBack(unsent.takeBack(item));
  }

  function itemChanged(item) {
    if (item.state === 'unsure') speaker.alarm(say('unsureSaid', { text: item.text }));
    if (item.state === 'sending') setTimeout(log.redraw, SENDING_SHOWN_AFTER_MS);
    log.redraw();
  }

  function arrived(text) {
    const mine = unsent.echoOf(text);
    log.said(mine || { kind: 'said', own: false, text, at: Date.now() });
    if (!mine) speaker.message(text);
  }

  function lineChanged(state) {
    showState(state);
    sayLine(state);
    if (state.name === 'open') {
      // The classic wire has no history: what was said meanwhile is told as a
      // gap, at the start and after every cut.
      log.gap(cutAt ? wordsForCut(cutAt, Date.now()) : say('begins'));
      cutAt = 0;
      unsent.lineOpened();
    } else if (state.name === 'waiting' && opened) {
      cutAt = cutAt || Date.now();
      const unsure = unsent.lineLost();
      if (state.code === CLOSE_TOO_BIG && unsure.length) giveBackLongest(unsure);
    }
    opened = opened || state.name === 'open';
  }

  function wordsForCut(start, end) {
    const seconds = Math.ceil((end - start) / 1000);
    const [from, to] = [clock.time(start), clock.time(end)];
    return seconds < 60 ? say('cutShort', { from, n: seconds }) : say('cut', { from, to });
  }

  /** The server refused one of these for its length; it does not say which. */
  function giveBackLongest(unsure) {
    const longest = unsure.reduce((one, other) => (bytesOf(other.text) > bytesOf(one.text) ? other : one));
    composer.giveBack(unsent.takeBack(longest), say('tooLongForBox'));
  }

  /** Says a change of the line that lasts; a short drop is not worth a word. */
  function sayLine(state) {
    const isOpen = state.name === 'open' || (state.name === 'connecting' && saidOpen);
    if (isOpen === saidOpen) {
      clearTimeout(saidTimer);
      saidTimer = 0;
    } else if (!saidTimer) {
      saidTimer = setTimeout(() => {
        saidTimer = 0;
        saidOpen = isOpen;
        speaker.tell(say(isOpen ? 'saidConnected' : 'saidClosed'));
      }, LINE_SAID_AFTER_MS);
    }
  }

  followKeyboard();
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing && event.keyCode !== 229) log.toBottom();
  });
  line.start();
}

/** Browsers that do not shrink the page for their keyboard (iOS) say so here. */
function followKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () => {
    const covered = view.scale === 1 && innerHeight - view.height > 1;
    document.documentElement.style.setProperty('--height', covered ? `${view.height}px` : '');
  });
}

const language = languageOf(Array.from(navigator.languages || [navigator.language]));
import(`../words/${language}.js`).then(({ words }) => start(words));
