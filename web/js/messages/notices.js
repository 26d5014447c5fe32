// What reaches a reader who does not look: sentences for screen readers, notifications, a tone.
//
// Owns: the words of these, when a flood of messages is only counted, the two settings for notifications, and that
// nothing is shown or played without them.
// Must not know: what a row looks like, when a message comes.
//
// The log itself is silent (aria-live=off), so that a screen reader does not read it again when it is scrolled, trimmed or
// redrawn. What shall be heard is said here, once. Browsers allow notifications on secure addresses only. With plain http,
// which is usual for a server on its own network, the setting says so.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { fillSentence, isolated, withoutOverrides } from '../elements.js';
import { pageElement } from '../layout.js';
import {
  FLOOD_COUNT_MS, FLOOD_MESSAGES, FLOOD_WINDOW_MS, NOTIFY_AFTER_MS, SPOKEN_MAX, TONE_HERTZ, TONE_LOUDNESS, TONE_MS,
} from '../limits.js';
import { readSetting, writeSetting } from '../storage.js';
import { say, sayCount } from '../words.js';
import { isRead, PRIVATE } from './unread.js';

// --- For screen readers ----------------------------------------------------------------

/** Makes the speaker: what a screen reader hears. */
export function openSpeaker() {
  const polite = pageElement('#speaker');
  const urgent = pageElement('#alarm');
  let times = [];
  let isFlood = false;
  let counted = 0;
  let quietTimer = 0;
  let countTimer = 0;

  function add(parent, words) {
    const sentence = document.createElement('p');
    fillSentence(sentence, words);
    parent.append(sentence);
    // A screen reader does not read what is removed.
    while (parent.childElementCount > SPOKEN_MAX) parent.firstElementChild.remove();
  }

  function speakCount() {
    if (counted) add(polite, sayCount(counted, 'newOne', 'newMany'));
    counted = 0;
  }

  function endFlood() {
    isFlood = false;
    clearInterval(countTimer);
    speakCount();
  }

  return {
    /** Speaks a message of another person; `countsOnly`: the reader wants to hear only how many there are. */
    message(words, countsOnly) {
      const now = Date.now();
      times = times.filter((at) => now - at < FLOOD_WINDOW_MS);
      times.push(now);
      if (!isFlood && (countsOnly || times.length > FLOOD_MESSAGES)) {
        isFlood = true;
        countTimer = setInterval(speakCount, FLOOD_COUNT_MS);
      }
      if (!isFlood) {
        add(polite, words);
        return;
      }
      counted += 1;
      clearTimeout(quietTimer);
      quietTimer = setTimeout(endFlood, FLOOD_WINDOW_MS);
    },
    /** Speaks at the next pause. */
    speak: (words) => add(polite, words),
    /** Speaks at once. */
    alarm: (words) => add(urgent, words),
  };
}

// --- Notifications and the tone ------------------------------------------------------------

const AudioContextClass = window.AudioContext || window.webkitAudioContext;
let audio = null;

function soundTone() {
  const [from, until] = [audio.currentTime, audio.currentTime + TONE_MS / 1000];
  const loudness = audio.createGain();
  loudness.gain.setValueAtTime(0, from);
  loudness.gain.linearRampToValueAtTime(TONE_LOUDNESS, from + TONE_MS / 4000);
  loudness.gain.linearRampToValueAtTime(0, until);
  const voice = audio.createOscillator();
  voice.frequency.value = TONE_HERTZ;
  voice.connect(loudness).connect(audio.destination);
  voice.start(from);
  voice.stop(until);
}

/** A page is silent until its reader touches it. When that happens, it must not play the tone of an earlier message. */
async function wakeAudio() {
  const asked = Date.now();
  try {
    await audio.resume();
    if (Date.now() - asked < 1000) soundTone();
  } catch (refused) {
    // Silent, then.
  }
}

function playTone() {
  audio = audio || new AudioContextClass();
  if (audio.state === 'running') soundTone();
  else wakeAudio();
}

const canNotify = window.isSecureContext && 'Notification' in window;

/** The two settings in the reader's panel. */
function openNotifySettings() {
  const [notify, sound] = ['notice', 'sound'].map((name) => pageElement(`#me [name="${name}"]`));
  const draw = () => {
    notify.checked = canNotify && Boolean(readSetting('notice')) && Notification.permission === 'granted';
    sound.checked = Boolean(AudioContextClass && readSetting('sound'));
  };
  notify.disabled = !canNotify;
  sound.disabled = !AudioContextClass;
  if (!canNotify) notify.parentNode.append(` (${say('needsHttps')})`);

  notify.addEventListener('change', async () => {
    const isAllowed = notify.checked && await Notification.requestPermission() === 'granted';
    writeSetting('notice', isAllowed ? 'yes' : '');
    draw();
  });
  sound.addEventListener('change', () => {
    writeSetting('sound', sound.checked ? 'yes' : '');
    if (sound.checked) playTone();
  });
  addEventListener('storage', draw);
  draw();
}

function notifyNow(words, log) {
  if (readSetting('sound') && AudioContextClass) playTone();
  if (!canNotify || !readSetting('notice') || Notification.permission !== 'granted') return;
  try {
    // One at a time, for all tabs: the newest replaces the one before.
    const shown = new Notification(currentRoom, { body: words, tag: `threadbare ${log}` });
    shown.onclick = () => { window.focus(); shown.close(); };
  } catch (onPhone) {
    // Some phones have the class, but let only a service worker notify.
  }
}

/**
 * Notifies the reader of the line `seq` of a log, if the reader looks at something else. Another tab, where the line is read
 * at once, has a moment to say so; a visible page shows it itself, so it does not wait.
 */
function notify(words, log, seq) {
  if (!document.hidden) {
    if (!document.hasFocus()) notifyNow(words, log);
    return;
  }
  setTimeout(() => { if (!isRead(log, seq)) notifyNow(words, log); }, NOTIFY_AFTER_MS);
}

/**
 * Makes the notices: what a reader who does not look learns of messages. `isHidden(item)`: the reader does not see the
 * message; `addNote(words)` adds a note to the room's log, and returns its item; `openTalk(name)` opens the private talk.
 */
export function openNotices({ speaker, isHidden, addNote, openTalk }) {
  openNotifySettings();
  return {
    /** Another person's message in this room. */
    message(item) {
      if (isHidden(item)) return;
      const words = say('saidBy', { name: item.from, text: withoutOverrides(item.text) });
      const isHeard = readSetting('aloud') !== 'me' || item.isToMe;
      if (isHeard) speaker.message(words, readSetting('aloud') === 'counts');
      if (item.isToMe) notify(words, currentRoom, item.seq);
    },
    /** A message to the reader in another room. */
    mention({ from, room, seq }) {
      const words = say('spokeToYou', { name: isolated(from), room: isolated(room) });
      addNote(words);
      speaker.speak(words);
      notify(words, room, seq);
    },
    /** A private message; without its text, because others may look at this screen. `isVisible`: the reader sees it. */
    privateMessage(message, isVisible) {
      const words = say('wroteToYou', { name: isolated(message.from) });
      if (!isVisible) addNote(words).openTalk = () => openTalk(message.from);
      speaker.speak(words);
      notify(words, PRIVATE, message.seq);
    },
  };
}
