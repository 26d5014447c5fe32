// Where a text from the field goes: to the room at once, to a command, or into a queue until the
// second stage is there.
//
// Owns: the texts that wait for the second stage, in their order: commands, and what was typed
// after the first of them.
// Must not know: the keys of the field, what a command does.
//
// Next: `composer/sending.js`.

import { say } from '../words.js';
import { isCommand, withoutPassword } from './sending.js';

/** Makes what takes texts. `giveBack(text, why)` puts a text that waited into the field again. */
export function openTexts({ stage, sending, roomDraft, giveBack }) {
  // Each is { text, about }, as `take` got them.
  const waiting = [];

  /**
   * Takes a text from the field. Returns what is wrong with it; '' if nothing is. `about` is as
   * `openPurpose` has it.
   */
  function take(text, about) {
    const more = stage.parts();
    if (!more && (waiting.length || (isCommand(text) && !about.editing))) {
      waiting.push({ text, about });
      // The stage may be waiting for its next attempt.
      stage.want();
      return '';
    }
    if (about.editing && !about.editing.to) return sending.edit(text, about.editing);
    if (more && (isCommand(text) || more.privateTalk.isOpen())) return more.commands.takeText(text, about);
    return sending.say(text.replace(/^\/\//, '/'), about.replying);
  }

  return {
    take,
    /**
     * Stores what stands in the field, as the draft of the room or of the private talk; before it,
     * the texts that wait.
     */
    storeDraft(text) {
      const more = stage.parts();
      if (more) more.privateTalk.storeDraft(text);
      else roomDraft.store([...waiting.map((one) => withoutPassword(one.text)), text].filter(Boolean).join('\n'));
    },
    /** The second stage is there: takes the texts that wait. */
    stageLoaded() {
      waiting.splice(0).forEach(({ text, about }) => {
        const problem = take(text, about);
        if (problem) giveBack(text, problem);
      });
    },
    /** The second stage could not be loaded: puts the texts back into the field. */
    stageFailed() {
      const back = waiting.splice(0).map(({ text }) => text);
      // In the middle of several texts a password would not be known as one.
      if (back.length) giveBack(back.length > 1 ? back.map(withoutPassword).join('\n') : back[0], say('needsConnection'));
    },
  };
}
