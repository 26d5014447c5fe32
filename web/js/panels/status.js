// The status row under the composer: the state of the connection in words, and one action.
//
// Owns: this row, its countdown, what a screen reader hears of it; since when there is no
// connection; whether the server is full, is newer than this page, or stores nothing; whether the
// composer can send.
// Must not know: how the connection works, what a message is.
//
// A browser does not say why a connection did not open, so a request asks whether the server is
// full.
//
// Part: `chat.js`.

import { CLOSE_GOING_AWAY } from '../connection/connection.js';
import { isServerFull } from '../connection/transports.js';
import { element, oncePerFrame } from '../elements.js';
import { pageElement } from '../layout.js';
import { CONNECTION_SPOKEN_AFTER_MS, TAKE_BACK_AFTER_MS } from '../limits.js';
import { readSetting } from '../storage.js';
import { RELOAD_REASONS, endReason, endWords, isOfSession, say } from '../words.js';

/**
 * The keys of the words for each transport behind "connected". The best one needs none: all is
 * well.
 */
const TRANSPORT_WORDS = { stream: 'wayStream', poll: 'wayPoll' };

/**
 * Makes the row. Returns a function `show(state, more)`: `state` is the connection's, and `draw` in
 * `openStatus` makes `more`.
 */
function openRow({ retry, startAnew, speaker, focusTransport }) {
  const row = pageElement('#state');
  const words = row.querySelector('.words');
  const action = row.querySelector('button');
  let countdown = 0;
  let spokenIsOpen = true;
  let speakTimer = 0;
  let act = retry;
  action.addEventListener('click', () => act());

  function whyClosed(state) {
    if (state.name === 'trying') return say('retryNow');
    if (state.offline) return say('offline');
    if (state.code === CLOSE_GOING_AWAY) return say('stopped');
    const left = Math.max(1, Math.ceil((state.retryAt - Date.now()) / 1000));
    return say('retryIn', { n: left });
  }

  function showClosed(state, isFull) {
    if (state.name === 'ended') {
      // For these reasons the reader has ended the session, elsewhere, and not the server.
      if (isOfSession(state.reason)) {
        words.replaceChildren(`${endWords(state.reason)} `);
        return;
      }
      const [before, after] = say('ended').split('{reason}');
      words.replaceChildren(element('b', '', say('closed')), ` ${before}`, element('i', '', endWords(state.reason)), `${after} `);
      return;
    }
    const why = document.createTextNode(` ${whyClosed(state)} `);
    words.replaceChildren(element('b', '', say(isFull ? 'boxFull' : 'closed')), why);
    // A screen reader does not read the countdown: the row is no live region.
    if (state.name === 'waiting') {
      countdown = setInterval(() => { why.data = ` ${whyClosed(state)} `; }, 1000);
    }
  }

  /** Makes the words for the transport, if it has any: a link to the setting for it. */
  function transportLink(transport) {
    if (!TRANSPORT_WORDS[transport]) return '';
    const text = say(TRANSPORT_WORDS[transport]) + (readSetting('way') ? say('wayChosen') : '');
    const link = element('a', '', text.replace(/^\P{Letter}+/u, ''));
    link.href = '#me';
    link.addEventListener('click', (event) => {
      event.preventDefault();
      focusTransport();
    });
    return element('span', '', text.match(/^\P{Letter}*/u)[0], link);
  }

  /**
   * Tells a screen reader that the connection is open, or closed, if that has lasted for a while.
   */
  function speakLater(isOpen) {
    if (isOpen === spokenIsOpen) {
      clearTimeout(speakTimer);
      speakTimer = 0;
    } else if (!speakTimer) {
      speakTimer = setTimeout(() => {
        speakTimer = 0;
        spokenIsOpen = isOpen;
        speaker.speak(say(isOpen ? 'saidConnected' : 'saidClosed'));
      }, CONNECTION_SPOKEN_AFTER_MS);
    }
  }

  return function show(state, more) {
    const isOpen = state.name === 'open';
    const out = isOpen && more.out;
    document.documentElement.dataset.line = out ? 'out' : state.name;
    document.documentElement.toggleAttribute('data-behind', isOpen && more.isBehind && !out);
    clearInterval(countdown);
    if (state.name === 'resting') {
      // A tab rests while it is hidden. A reader who comes back sees this until the page has caught
      // up.
      if (!document.hidden) words.replaceChildren(say('catchingUp'));
      action.hidden = true;
      return;
    }
    speakLater(isOpen);
    if (out) words.replaceChildren(`${out} ${say('stillPrivate')} `);
    else if (isOpen) {
      if (more.isBehind) words.replaceChildren(more.words);
      else words.replaceChildren(say('connected'), transportLink(state.transport), more.words ? `${say('besides')}${more.words} ` : '');
    } else showClosed(state, more.isFull);
    const isOver = state.name === 'ended' || Boolean(out);
    const reloads = state.name === 'ended' ? RELOAD_REASONS.has(state.reason) : isOpen && more.isOld && !more.isBehind;
    act = !reloads ? retry : isOfSession(state.reason) ? startAnew : () => location.reload();
    action.textContent = say(reloads && !isOfSession(state.reason) ? 'reload' : isOver ? 'joinAgain' : 'now');
    const hides = state.name !== 'waiting' && !isOver && !reloads;
    // Else the focus would be lost with the button.
    if (hides && document.activeElement === action) pageElement('#field').focus();
    action.hidden = hides;
  };
}

/**
 * Watches whether the server is full. Until `isLive()`, the server's page says so. `changed()` is
 * called when that changes.
 */
function watchFull(isLive, changed) {
  let isFull = false;
  let before = '';
  let warning;

  function become(now) {
    if (now === isFull) return;
    isFull = now;
    if (warning) warning.remove();
    if (now && !isLive()) {
      warning = element('p', 'warn', element('b', '', say('boxFull')), ` ${say('fullMeanwhile')}`);
      warning.id = 'shut';
      warning.setAttribute('role', 'status');
      document.querySelector('main').prepend(warning);
    }
    changed();
  }

  return {
    isFull: () => isFull,
    connectionChanged({ name }) {
      if (name === 'open') become(false);
      // If there is no answer, the server is away and not full.
      else if (name === 'waiting' && before !== 'open') isServerFull().catch(() => false).then((now) => { if (before !== 'open') become(now); });
      before = name;
    },
  };
}

/**
 * Makes the status row. `stage` is the second stage; `redrawMessages()` is called when the receipts
 * of messages may have changed.
 */
export function openStatus({
  session, connection, composer, speaker, roomLog, refusals, stage, redrawMessages,
}) {
  const show = openRow({ retry, startAnew, speaker, focusTransport: () => stage.use((more) => more.focusTransport()) });
  const drawing = oncePerFrame(draw);
  const full = watchFull(composer.isShown, draw);
  let goneAt = 0;
  let goneTimer = 0;
  // Whether the reader has asked to connect now, and that attempt is not over.
  let hasAsked = false;
  let version = '';
  let isOld = false;
  let isStoring = true;
  let isNameBrief = false;
  let whyOut = '';
  /**
   * Returns why the room of this page does not let the reader in, if the page knows a reason; else
   * ''.
   */
  const out = () => (roomLog.isIn() ? '' : whyOut);

  /**
   * Tries again at once: connects, or tries to enter the room if the room has asked for its
   * password.
   */
  function retry() {
    const more = stage.parts();
    if (more && more.access.isOut() && ['open', 'ended'].includes(connection.state().name)) {
      more.access.comeBack();
      return;
    }
    hasAsked = true;
    connection.tryNow();
  }

  /** Somebody goes on as a guest, whose session is over here. */
  function startAnew() {
    stage.ask((more) => more.privateTalk.forgetDrafts());
    session.startAnew();
  }

  /** The connection has ended: waiting messages do not go out by themselves any more. */
  function stuck() {
    clearTimeout(goneTimer);
    redrawMessages();
    refusals.announceStuck();
  }

  function moreWords() {
    if (!roomLog.isBehind()) return isOld ? say('olderPage') : isStoring ? (isNameBrief ? say('nameKeptBriefly') : '') : say('keepsNothing');
    const n = roomLog.missingCount();
    return n ? say('catchingUpMany', { n }) : say('catchingUp');
  }

  function draw() {
    drawing.cancel();
    if (!composer.isShown()) return;
    const more = stage.parts();
    const isShut = connection.state().name === 'ended' || (out() && !(more && more.privateTalk.isOpen()));
    composer.shut(isShut ? say('sendOff') : '', isOfSession(connection.state().reason));
    show(connection.state(), { words: moreWords(), isBehind: roomLog.isBehind(), isOld, out: out(), isFull: full.isFull() });
  }

  /** Ends the connection, because the server has refused to let the reader in. */
  const end = (frame) => connection.end(endReason(frame));

  return {
    draw,
    retry,
    drawSoon: drawing.soon,
    /**
     * Whether waiting messages do not go out by themselves: the connection has ended, or the room
     * is closed to the reader.
     */
    isStuck: () => Boolean(out()) || connection.state().name === 'ended',
    isLongAway: () => goneAt > 0 && Date.now() - goneAt >= TAKE_BACK_AFTER_MS,
    end,
    /**
     * The room asks for its password now. A connection that carries all rooms stays open for the
     * others. After a long break the page may have another one, and takes the best again.
     */
    lockedOut(frame) {
      if (connection.tryBest()) return;
      if (connection.carriesAllRooms()) {
        whyOut = endReason(frame);
        redrawMessages();
        draw();
        stage.use((more) => more.privateMessages.resume());
      } else end(frame);
      stage.use(({ access }) => access.askAgain());
    },
    connectionChanged(state) {
      full.connectionChanged(state);
      if (hasAsked && state.name === 'waiting') refusals.tellProblem(say('stillClosed'));
      hasAsked = hasAsked && state.name === 'trying';
      whyOut = '';
      if (connection.isOpen() || state.name === 'resting') {
        goneAt = 0;
        clearTimeout(goneTimer);
      } else if (!goneAt) {
        goneAt = Date.now();
        goneTimer = setTimeout(redrawMessages, TAKE_BACK_AFTER_MS);
      }
      if (state.name === 'ended') stuck();
      redrawMessages();
      draw();
    },
    /** Takes a welcome. A server that was started again may have a newer page. */
    welcomed({ server, kept_for: keptFor }) {
      isNameBrief = Boolean(keptFor);
      isOld = Boolean(version) && version !== server;
      version = version || server;
      // If the server still stores nothing, it says so after the welcome.
      isStoring = true;
    },
    /** Takes a `keeping`: whether the server stores messages. */
    storing(isNow) {
      isStoring = isNow;
      draw();
    },
  };
}
