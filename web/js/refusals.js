// What was not done, and what becomes of its text.
//
// Owns: that no text is lost for it: it is back in a field, with the reason.
// Must not know: why; `reasons.js` has the words.
//
// Next: `people.js`.

import { escaped, spelled, withText } from './commands.js';
import { leaveDraft } from './drafts.js';
import { reasonOf } from './reasons.js';

/** `composer()` and `privately()` are there once the page is; `drafts` is the room's draft. */
export function openRefusals({ say, room, log, speaker, composer, privately, drafts }) {
  /** Says what is wrong, if anything is. */
  function tell(words) {
    if (!words) return;
    composer().tell(words);
    speaker.alarm(words);
  }

  /** Nor must a letter get to anybody else. */
  function giveBackLetter(item, why) {
    // It was told as written.
    if (item.note) log().forgets(item.note);
    if (privately().isWith(item)) composer().giveBack(escaped(item.text), why);
    else if (!privately().isOpen() && composer().isEmpty()) composer().giveBack(spelled(item), why);
    else {
      privately().keepFor(item);
      tell(`${why} ${say('notSaidTo', { name: item.more.to })}`);
    }
  }

  return {
    tell,
    /** Something said here, or in private. */
    giveBack(item, told) {
      const why = reasonOf(told, say);
      if (item.type === 'delete') tell(why);
      else if (item.type === 'private') giveBackLetter(item, why);
      else if (!privately().isOpen()) composer().giveBack(spelled(item), why);
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
