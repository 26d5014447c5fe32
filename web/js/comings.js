// Who comes, goes, and has another name, in few lines: a class that opens its books is
// one line.
//
// Owns: which comings are told in one line, and whether they are told.
// Must not know: who is here.
//
// Next: `private.js`.

import { NAMES_TOLD_MAX } from './limits.js';
import { keepChoice } from './shelf.js';
import { apart } from './text.js';

/** The tick of whoever wants to be told. */
export function keepComings(tick) {
  const comings = keepChoice('comings');
  tick.checked = comings.is() !== 'untold';
  tick.addEventListener('change', () => comings.set(tick.checked ? '' : 'untold'));
}

/**
 * Tells comings and goings in `log`, those of one kind that follow each other together;
 * `isCalled(name)` hears what one is called oneself.
 */
export function tellComings({ log, say, session, people, ignored, privately, isCalled }) {
  const comings = keepChoice('comings');
  let latest = null;
  let names = [];
  let me = '';

  function words(here) {
    const few = names.slice(0, NAMES_TOLD_MAX).map(apart).join(say('listComma'));
    const more = names.length - NAMES_TOLD_MAX;
    // "Bo, Eve and 4 more", "Bo, Eve, six in all": as a language has it.
    const n = say('foldCounts') === 'all' ? names.length : more;
    if (more > 0) return say(here ? 'joinedMore' : 'leftMore', { names: few, n });
    return say(here ? 'joined' : 'left', { name: few });
  }

  function tell({ name, here }) {
    if (comings.is() === 'untold') return;
    const goesOn = latest && latest.here === here && log.isLast(latest);
    names = goesOn ? names.filter((other) => other !== name).concat(name) : [name];
    if (goesOn) {
      latest.text = words(here);
      log.redraw();
    } else {
      latest = log.tell('note', words(here));
      latest.here = here;
    }
  }

  const tellName = (name, to) => log.tell('note', say('renamed', { name: apart(name), to: apart(to) }));

  return {
    /** There is a line: nobody is somebody else on it without a word. */
    welcomed() {
      if (me && me !== session.name()) tellName(me, session.name());
      me = session.name();
    },
    presence(told) {
      // Whoever has become somebody else on this device leaves their name behind.
      const isFormerUs = !told.here && session.isOwn(told.name) && told.name !== session.name();
      session.isNot(told.name);
      people.came(told);
      if (!isFormerUs) tell(told);
    },
    renamed(told) {
      const isUs = session.renamed(told);
      if (!isUs) {
        session.isNot(told.to);
        ignored.renamed(told);
        privately.renamed(told);
      }
      // In another room of ours, perhaps; and of ourselves it comes for each line and room.
      const isHere = people.renamed(told);
      if (isUs) {
        me = session.name();
        isCalled(me);
      }
      // By somebody's name and its secret one is that one, who has said something before.
      if (told.to === session.name() && told.token && !told.secret) log.owns(({ from }) => session.isOwn(from));
      if (isUs && told.secret && told.from === told.to) log.tell('note', say('newSecret', { name: apart(told.to) }));
      else if (isUs || (isHere && told.to !== session.name())) tellName(told.from, told.to);
    },
  };
}
