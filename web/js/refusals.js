// What was not done, and what becomes of its text.
//
// Owns: that no text is lost for it: it is back in a field, with the reason.
// Must not know: why; `reasons.js` has the words.
//
// Next: `people.js`.

import { spelled } from './commands.js';
import { leaveDraft } from './drafts.js';
import { reasonOf } from './reasons.js';

/** `composer()` is there once the page is. */
export function openRefusals({ say, log, speaker, composer }) {
  /** Says what is wrong, if anything is. */
  function tell(words) {
    if (!words) return;
    composer().tell(words);
    speaker.alarm(words);
  }

  return {
    tell,
    /** Something said here, or in private. */
    giveBack(item, told) {
      const why = reasonOf(told, say);
      if (item.type === 'delete') tell(why);
      else composer().giveBack(spelled(item), why);
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
