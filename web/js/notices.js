// What calls the reader from elsewhere: a notice on the desktop, a tone.
//
// Owns: the two ticks, and that neither is heard of without one.
// Must not know: what is said in a room; it is told what to show.
//
// Browsers give notices to secure addresses only; over plain http, the usual case on a
// box's own network, the tick says so.
//
// Next: `sides.js`.

import { isSeenIn } from './lastseen.js';
import { CALL_AFTER_MS, TONE_HERTZ, TONE_LOUDNESS, TONE_MS } from './limits.js';
import { keepChoice } from './shelf.js';

/** One soft tone, made and not loaded. */
function openTone() {
  const Audio = window.AudioContext || window.webkitAudioContext;
  let context = null;

  function sound() {
    const [from, until] = [context.currentTime, context.currentTime + TONE_MS / 1000];
    const loudness = context.createGain();
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(TONE_LOUDNESS, from + TONE_MS / 4000);
    loudness.gain.linearRampToValueAtTime(0, until);
    const voice = context.createOscillator();
    voice.frequency.value = TONE_HERTZ;
    voice.connect(loudness).connect(context.destination);
    voice.start(from);
    voice.stop(until);
  }

  /** A page that nobody has touched yet stays silent, and calls nobody afterwards. */
  async function wake() {
    const asked = Date.now();
    try {
      await context.resume();
      if (Date.now() - asked < 1000) sound();
    } catch (refused) {
      // Silent, then.
    }
  }

  return {
    can: Boolean(Audio),
    play() {
      context = context || new Audio();
      if (context.state === 'running') sound();
      else wake();
    },
  };
}

/** The ticks in `panel`; `room` is what a notice is called by. */
export function openNotices({ panel, say, room }) {
  const [notice, sound] = [keepChoice('notice'), keepChoice('sound')];
  const tone = openTone();
  const canNotice = window.isSecureContext && 'Notification' in window;
  const tick = (name) => panel.querySelector(`[name="${name}"]`);
  const show = () => {
    tick('notice').checked = canNotice && Boolean(notice.is()) && Notification.permission === 'granted';
    tick('sound').checked = tone.can && Boolean(sound.is());
  };
  tick('notice').disabled = !canNotice;
  tick('sound').disabled = !tone.can;
  if (!canNotice) tick('notice').parentNode.append(` (${say('needsHttps')})`);

  tick('notice').addEventListener('change', async (event) => {
    const isWanted = event.target.checked;
    const isAllowed = isWanted && await Notification.requestPermission() === 'granted';
    notice.set(isAllowed ? 'yes' : '');
    show();
  });
  tick('sound').addEventListener('change', (event) => {
    sound.set(event.target.checked ? 'yes' : '');
    if (event.target.checked) tone.play();
  });
  addEventListener('storage', show);
  show();

  return {
    /**
     * Somebody speaks to the reader, who may be elsewhere: in a room (`@`: in private), by
     * the line `seq`. Another tab, where that is read at once, has a moment to say so; from
     * a page in sight nobody waits for that word, as the page itself says it.
     */
    call(words, where, seq) {
      if (!document.hidden) {
        if (!document.hasFocus()) callNow(words, where);
        return;
      }
      setTimeout(() => { if (!isSeenIn(where, seq)) callNow(words, where); }, CALL_AFTER_MS);
    },
  };

  function callNow(words, where) {
    if (sound.is() && tone.can) tone.play();
    if (!canNotice || !notice.is() || Notification.permission !== 'granted') return;
    try {
      // One at a time, for all tabs: the newest takes the place of the one before.
      const shown = new Notification(room, { body: words, tag: `threadbare ${where}` });
      shown.onclick = () => { window.focus(); shown.close(); };
    } catch (phone) {
      // Some phones have the word, but want it said by a service worker.
    }
  }
}
