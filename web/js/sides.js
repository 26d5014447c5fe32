// What stands beside the log and over it: people, rooms, private messages, one's name.
//
// Owns: these parts, and how they open and close.
// Must not know: the log, what is typed.
//
// Next: `here.js`.

import { roomLink } from './addresses.js';
import { openDoors } from './doors.js';
import { foundPanel } from './found.js';
import { openHere } from './here.js';
import { openNotices } from './notices.js';
import { choicePanel, ignoredPanel, namePanel, openPanels, roomsPanel } from './panels.js';
import { keepComings } from './comings.js';
import { watchPeople } from './people.js';
import { openPrivately } from './privately.js';
import { keepChoice } from './shelf.js';

/**
 * The sides, made of the elements that `at(selector)` finds. `line()` is the line;
 * `letterCame(letter, isShown)`, `refused(item, told)` and `waits(ms)` are heard by others,
 * `takeName(name)` asks for another name, `setTopic(text)` for another topic, `leave()` leaves, `comeBack()` comes back into the room;
 * `renewed(token)` hears of a new token of the session; `latest()` is the newest number; `composer()` is where one writes, `drafts` the room's draft.
 */
export function openSides({
  at, room, session, clock, say, way, line, letterCame, refused, waits, takeName, setTopic, leave, latest, drawMark, ignored,
  freshIn, composer, drafts, covered, comeBack, renewed,
}) {
  const panel = { people: at('#people'), rooms: at('#rooms'), me: at('#me'), search: at('#search') };
  const send = (message) => line().send(message);
  const panels = openPanels(at('header'));
  const chosen = (name) => panel.me.querySelector(`[name="${name}"]`);
  choicePanel({ list: chosen('way'), choice: way, changed: () => line().anew(0) });
  ['enter', 'aloud'].forEach((name) => choicePanel({ list: chosen(name), choice: keepChoice(name) }));
  keepComings(chosen('comings'));
  const rooms = roomsPanel({
    panel: panel.rooms, say, here: room, addressOf: roomLink, enter: (name) => doors.enter(name), ask: () => send({ type: 'rooms' }), freshIn,
    search: () => panels.open(panel.search),
    letters() {
      panels.close();
      privately.open();
    },
  });
  const doors = openDoors({
    panel: panel.rooms, say, here: room, session, comeBack,
    open: () => panels.open(panel.rooms),
    isFree: () => !composer() || composer().isEmpty(), renewed,
  });
  const people = watchPeople({
    count: panel.people.querySelector('summary'),
    list: panel.people.querySelector('ul'),
    typing: at('#typing'),
    say,
    me: session.name,
    hides: ignored.hides,
    counted(n) {
      rooms.hereAre(n);
      privately.peopleChanged();
    },
  });
  const privately = openPrivately({
    at, room, session, clock, say, send, came: letterCame, refused, waits, drawMark, ignored, names: people.names, composer, drafts, covered,
  });
  return {
    rooms,
    doors,
    here: openHere({
      at, panel: panel.rooms, room, clock, say, latest,
      leave,
      setTopic(text) {
        setTopic(text);
        panels.close();
      },
    }),
    people,
    privately,
    ignored: ignoredPanel({ place: at('#ignored'), say, ignored }),
    notices: openNotices({ panel: panel.me, say, room }),
    found: foundPanel({ panel: panel.search, say, clock, room, ask: send, hides: ignored.hides }),
    name: namePanel({ panel: panel.me, say, take: takeName, open: () => panels.open(panel.me) }),
    open: (name) => panels.open(panel[name]),
    choosesWay() {
      panels.open(panel.me);
      chosen('way').focus();
    },
    close: panels.close,
  };
}
