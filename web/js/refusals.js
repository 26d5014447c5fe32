// What was not done, and what becomes of its text.
//
// Owns: that no text is lost for it: it is back in a field, with the reason.
// Must not know: why; `reasons.js` has the words.
//
// Next: `people.js`.

import { escaped, spelled, withText } from './commands.js';
import { leaveDraft } from './drafts.js';
import { reasonOf } from './reasons.js';

/** `composer()`, `namePanel()` and `privately()` are there once the page is; `drafts` is the room's draft. */
export function openRefusals({ say, room, log, speaker, composer, privately, drafts, namePanel }) {
  /** Says what is wrong, if anything is. */
  function tell(words) {
    if (!words) return;
    composer().tell(words);
    speaker.alarm(words);
  }

  /** Says it with the seconds that are left; aloud only once. */
  function count(told) {
    composer().count((wait) => reasonOf({ ...told, wait }, say), told.wait);
    speaker.alarm(reasonOf(told, say));
  }

  /** In the field again, and why. */
  function put(text, told) {
    const counts = told.reason === 'too-fast' && told.wait;
    composer().giveBack(text, counts ? '' : reasonOf(told, say));
    if (counts) count(told);
  }

  /** Nor must a letter get to anybody else. */
  function giveBackLetter(item, told, why) {
    // It was told as written.
    if (item.note) log().forgets(item.note);
    if (told.reason === 'another-person') privately().taken(item.more.to);
    if (privately().isWith(item)) put(escaped(item.text), told);
    else if (!privately().isOpen() && composer().isEmpty()) put(spelled(item), told);
    else {
      privately().keepFor(item);
      tell(`${why} ${say('notSaidTo', { name: item.more.to })}`);
    }
  }

  return {
    tell,
    /** Something that was asked was not done. */
    refused(told) {
      if (told.reason === 'too-fast' && told.wait) count(told);
      else tell(reasonOf(told, say));
    },
    /** A command was refused: it is in the field again, unless somebody has gone on typing there. */
    command(typed, told) {
      if (composer().isEmpty()) put(typed, told);
      else this.refused(told);
    },
    /** The name that was typed in the panel is there again. */
    name(typed, told) {
      const why = reasonOf(told, say);
      namePanel().refused(typed, why);
      speaker.alarm(why);
    },
    /** What was said waits for so long before it goes out by itself. */
    waits: (ms) => composer() && composer().count((left) => say('fastWaits', { n: Math.ceil(left / 1000) }), ms),
    /** There is no line for the last of these. */
    stuck: (items) => items.filter(({ state }) => state === 'waiting').slice(-1)
      .forEach((item) => speaker.alarm(`${say('notSent')} ${spelled(item).trim()}`)),
    /** Its author wants it back from where it waits. */
    takeBack(item) {
      if (item.note) log().forgets(item.note);
      const mayBeSaid = item.isHanded ? say('mayBeSaid') : '';
      // A deletion has no text, and its command must not stand under an Enter.
      if (item.type === 'delete') {
        tell(mayBeSaid);
        return;
      }
      composer().giveBack(item.type === 'private' ? escaped(item.text) : spelled(item), mayBeSaid);
      composer().focus();
    },
    /** Something said here, or in private. */
    giveBack(item, told) {
      const why = reasonOf(told, say);
      if (item.type === 'delete') tell(why);
      else if (item.type === 'private') giveBackLetter(item, told, why);
      else if (!privately().to()) put(spelled(item), told);
      else {
        // The field is for one alone now, and the room's words must not get in there.
        drafts.keep(withText(spelled(item), drafts.text()));
        tell(`${why} ${say('notSaidThere', { room })}`);
      }
      privately().draw();
      log().redraw();
    },
    /** Something that waited to be said in another room. */
    giveBackThere(room, item) {
      // In another log that number may be another line's.
      if (item.type === 'delete') return;
      leaveDraft(room, spelled(item));
      log().tell('note', say('notSaidThere', { room }));
    },
  };
}
