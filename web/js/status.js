// How things stand: the line, what is still to come, and what that means for what waits.
//
// Owns: since when there is no line, whether the box is newer than this page, what is to be
// known beside the line.
// Must not know: how the row below looks, what is said.
//
// Next: `state.js`.

import { eachFrame } from './frames.js';
import { watchFull } from './full.js';
import { NOT_SENT_AFTER_MS } from './limits.js';
import { whyOut } from './reasons.js';
import { stateRow } from './state.js';
import { isFull } from './ways.js';

/** As `stateRow`; `now()` tries again, `isPrivate()`: one writes to one alone; `line`, `place` and `composer` are made later; `redraw()`: rows may read
 *  otherwise now, `stuck()`: what waits is not sent; `letters()` are one's private messages, `askPassword()` asks for the room's password. */
export function keepStatus({ at, say, now, isPrivate, chosen, choose, line, place, composer, tell, redraw, stuck, letters, askPassword }) {
  const show = stateRow({ place: at('#state'), say, now, field: at('#field'), chosen, choose, tell });
  const frames = eachFrame(draw);
  const full = watchFull({ say, ask: isFull, isLive: composer, changed: draw });
  let goneAt = 0;
  let timer = 0;
  let version = '';
  let isOld = false;
  let isKeeping = true;
  let isBrief = false;
  let outBy = '';
  /** Why the room does not let one in, while the line is there. */
  const out = () => (place().isIn() ? '' : outBy);

  function gone() {
    clearTimeout(timer);
    redraw();
    stuck();
  }

  function more() {
    if (!place().isBehind()) return isOld ? say('olderPage') : isKeeping ? (isBrief ? say('nameKeptBriefly') : '') : say('keepsNothing');
    const n = place().toGo();
    return n ? say('catchingUpMany', { n }) : say('catchingUp');
  }

  function draw() {
    frames.done();
    if (!composer()) return;
    const isShut = line().state().name === 'ended' || (out() && !isPrivate());
    composer().shut(isShut ? say('sendOff') : '');
    show(line().state(), { words: more(), isBehind: place().isBehind(), isOld, out: out(), isFull: full.is() });
  }

  /** One is not let in: there is no line any more, because of this. */
  const end = (told) => line().end(whyOut(told, say));

  return {
    draw,
    /** Once per frame, whatever comes. */
    drawSoon: frames.soon,
    /** There has been no line for so long that what waits is not sent. */
    isAway: () => Boolean(out()) || (goneAt > 0 && (line().state().name === 'ended' || Date.now() - goneAt >= NOT_SENT_AFTER_MS)),
    end,
    /** The room asks for its password now. By a line of one's own it is the room alone that is shut. */
    shutOut(told) {
      if (line().state().way === 'live') {
        outBy = whyOut(told, say);
        redraw();
        draw();
        letters().lineOpened();
      } else end(told);
      askPassword();
    },
    lineChanged(state) {
      full.lineChanged(state);
      outBy = '';
      if (state.name === 'open' || state.name === 'resting') {
        goneAt = 0;
        clearTimeout(timer);
      } else if (!goneAt) {
        goneAt = Date.now();
        timer = setTimeout(gone, NOT_SENT_AFTER_MS);
      }
      if (state.name === 'ended') gone();
      redraw();
      draw();
    },
    /** A box that was started anew may have another page to give. */
    welcomed({ server, kept_for: time }) {
      isBrief = Boolean(time);
      isOld = Boolean(version) && version !== server;
      version = version || server;
      // If that is still so, it is said again.
      isKeeping = true;
    },
    keeps(kept) {
      isKeeping = kept;
      draw();
    },
  };
}
