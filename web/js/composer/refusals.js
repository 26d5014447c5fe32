// What the server or the page refuses, and what becomes of its text.
//
// Owns: that no text is lost. It goes back to a field, with the reason, or to a draft.
// Must not know: why something is refused (`../words.js` has the words), how a message travels.
//
// Part: `chat.js`.

import { currentRoom } from '../addresses.js';
import { refusalWords, say } from '../words.js';
import { joinTexts, leaveDraft } from './drafts.js';
import { escapeSlash, typedForm } from './sending.js';

const hasCountdown = (frame) => frame.reason === 'too-fast' && frame.wait;

/**
 * Makes what tells refusals, and gives texts back. `privately()` returns { privateMessages,
 * privateTalk }, or null if these are not there yet.
 */
export function openRefusals({ composer, speaker, roomView, roomDraft, roomUnsent, privately }) {
  /** Tells the reader what is wrong, under the field and aloud; does nothing without words. */
  function tellProblem(words) {
    if (!words) return;
    composer.tell(words);
    speaker.alarm(words);
  }

  /** Tells a refusal with the seconds that are left; aloud only once. */
  function tellCountdown(frame) {
    composer.countDown((wait) => refusalWords({ ...frame, wait }), frame.wait);
    speaker.alarm(refusalWords(frame));
  }

  function tellRefusal(frame) {
    if (hasCountdown(frame)) tellCountdown(frame);
    else tellProblem(refusalWords(frame));
  }

  /** Puts a text into the field again, with the reason. */
  function putBack(text, frame) {
    composer.giveBack(text, hasCountdown(frame) ? '' : refusalWords(frame));
    if (hasCountdown(frame)) tellCountdown(frame);
  }

  /** A command was refused: puts it back into the field, unless something else stands there. */
  function giveCommandBack(typed, frame) {
    if (composer.isEmpty()) putBack(typed, frame);
    else tellRefusal(frame);
  }

  /**
   * The name that was typed in a form was refused: puts it back there, with the reason. A screen
   * reader reads that aloud.
   */
  function giveNameBack(form, typed, frame) {
    form.refused(typed, refusalWords(frame), frame);
  }

  /** Gives back a message of this room, or a private one, that the server has refused. */
  function giveBack(message, frame) {
    if (message.type === 'delete') tellProblem(refusalWords(frame));
    else if (message.more.to) privately().privateTalk.giveBack(message, frame);
    else if (!privately() || !privately().privateTalk.person()) putBack(typedForm(message), frame);
    else {
      // The field is for one person now, and must not have the room's text.
      roomDraft.store(joinTexts(typedForm(message), roomDraft.text()));
      tellProblem(`${refusalWords(frame)} ${say('notSaidThere', { room: currentRoom })}`);
    }
    roomView.redraw();
  }

  /** Gives back a message that waited in another room: this tab finds it there as its draft. */
  function giveBackInRoom(room, message) {
    // A deletion has no text, and in another epoch its number may be another line's.
    if (message.type === 'delete') return;
    leaveDraft(room, typedForm(message));
    roomView.addNote('note', say('notSaidThere', { room }));
  }

  /** Puts a message that waited into the field, because its author wants it back. */
  function giveBackToAuthor(message) {
    if (message.note) roomView.remove(message.note);
    const mayBeSent = message.wasHanded ? say('mayBeSaid') : '';
    // A deletion has no text, and its command must not stand where Enter sends it.
    if (message.type === 'delete') {
      tellProblem(mayBeSent);
      return;
    }
    composer.giveBack(message.type === 'private' ? escapeSlash(message.text) : typedForm(message), mayBeSent);
    composer.focus();
  }

  /**
   * Tells the reader that messages wait for so many milliseconds before they go out by themselves.
   */
  function tellPause(ms) {
    if (composer.isShown()) composer.countDown((left) => say('fastWaits', { n: Math.ceil(left / 1000) }), ms);
  }

  /**
   * Tells a screen reader that the last waiting message is not sent, because there is no
   * connection.
   */
  function announceStuck() {
    const letters = privately() ? privately().privateMessages.waiting() : [];
    [...letters, ...roomUnsent.all()].filter(({ state }) => state === 'waiting').slice(-1)
      .forEach((message) => speaker.alarm(`${say('notSent')} ${typedForm(message).trim()}`));
  }

  return {
    tellProblem, tellRefusal, tellPause, putBack, giveCommandBack, giveNameBack, giveBack, giveBackInRoom, giveBackToAuthor, announceStuck,
  };
}
