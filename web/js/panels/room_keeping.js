// The part of the room's menu for whoever looks after the room: who can write, who can come in, and
// the lists of people about whom there is a rule. It is loaded with the menu.
//
// Owns: how these stand there, and which action each press asks for.
// Must not know: how a request travels, what a rule means.
//
// Part: `chat.js`.

import { currentRoom, home, lineLink, sessionPart } from '../addresses.js';
import { button, element, elementWith, fillSentence, isolated, nameKey } from '../elements.js';
import { checkbox, labelledField } from '../layout_more.js';
import { nameShown } from '../messages/lines.js';
import { lengthOf, roundedLength } from '../places/keeping.js';
import { momentOf, say, timeOf } from '../words.js';

/** In slow mode, the time between two messages of one person, in seconds. */
const SLOW_SECONDS = 30;

/** The lists: the field of the frame, and the action that a press on its button asks for. */
const LISTS = [['hands', 'lower'], ['waiting', 'admit'], ['muted', 'unmute'], ['put_out', 'unkick'], ['banned', 'unban'], ['admitted', 'unadmit'], ['keepers', 'unkeeper']];

/**
 * Makes this part. `act(action, more)` asks for an action in the room, and returns what is wrong;
 * `askState()` asks the server what holds in the room; `reader()` is the reader's name;
 * `wordsOf(done)` says what somebody did.
 * Returns { element, opener, mayKeep, show, tell, ask }.
 */
export function createRoomKeeping({ act, askState, reader, wordsOf }) {
  const problem = elementWith('p', { class: 'problem', role: 'alert' });
  const lists = element('div', '');
  const place = elementWith('div', { id: 'keep-room', hidden: '' });
  const opener = button(say('keepRoom'), () => open(place.hidden));

  function open(isIt) {
    place.hidden = !isIt;
    opener.setAttribute('aria-expanded', isIt);
  }

  open(false);

  function ask(action, more) {
    problem.textContent = act(action, more);
    // A box shows what holds, and not what was pressed.
    if (problem.textContent) askState();
  }

  /** A box that asks for one action when it is ticked, and for another when it is not. */
  function box(name, on, off, more) {
    const made = checkbox(name, say(`keep-${name}`, { time: lengthOf(SLOW_SECONDS) }));
    // Until the page knows what holds, a press could ask for the opposite of what is meant.
    made.firstChild.disabled = true;
    made.firstChild.addEventListener('change', () => ask(made.firstChild.checked ? on : off, made.firstChild.checked ? more : {}));
    return made;
  }

  const welcome = elementWith('form', { class: 'row' }, labelledField(say('keep-welcome'), { name: 'welcome', maxlength: 512, autocomplete: 'off' }), elementWith('button', { class: 'plain' }, say('save')));
  welcome.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = welcome.elements.welcome.value.trim();
    ask(text ? 'welcome' : 'unwelcome', text ? { reason: text } : {});
  });

  const poll = elementWith('form', { class: 'row' }, labelledField(say('keep-poll'), { name: 'poll', maxlength: 512, autocomplete: 'off' }), elementWith('button', { class: 'plain' }, say('ask')));
  poll.addEventListener('submit', (event) => {
    event.preventDefault();
    ask('poll', { reason: poll.elements.poll.value.trim() });
  });

  // What cannot be undone needs a second press.
  const wipe = button(say('menu-delete-everything'), () => {
    if (wipe.textContent === say('deleteEverythingReally')) ask('delete-everything');
    else wipe.textContent = say('deleteEverythingReally');
  });

  const boxes = {
    frozen: box('frozen', 'freeze', 'unfreeze'),
    slow: box('slow', 'slow', 'unslow', { for: SLOW_SECONDS }),
    closed: box('closed', 'close', 'unclose'),
    lesson: box('lesson', 'lesson', 'unlesson'),
  };

  /** One person of a list, with a button that ends the rule. */
  function personRow(action, person) {
    const { name, for: seconds } = typeof person === 'string' ? { name: person } : person;
    const told = element('span', '');
    const row = element('li', '', told);
    fillSentence(told, seconds ? say('keptFor', { name: isolated(name), time: roundedLength(seconds) }) : isolated(name));
    // Nobody ends that they look after the room themselves.
    if (nameKey(name) !== nameKey(reader())) row.append(' ', button(say(`menu-${action}`), () => ask(action, { whom: name })));
    return row;
  }

  /** When something was done: the time of day, if it was today. */
  const whenOf = (time) => (new Date(time).toDateString() === new Date().toDateString() ? timeOf(time) : momentOf(time));

  /** What somebody did, and when. */
  const recordRow = (done) => element('li', 'small', element('span', '', `${whenOf(done.time)}${say('colon')}${wordsOf(done)}`));

  /** A message that was reported, with what can be done about it. */
  function reportRow({ seq, from, text, by, people, reason }) {
    const link = elementWith('a', { href: lineLink(currentRoom, seq) }, `#${seq}`);
    const told = element('span', '');
    const who = say(people > 1 ? 'reportedByMore' : 'reportedBy', { name: isolated(nameShown(by)), n: people - 1 });
    fillSentence(told, `${from ? `${isolated(from)}${say('colon')}${isolated(text || '')} ` : ''}${reason ? say('withReason', { text: who, reason: isolated(reason) }) : who}`);
    return element('li', '', link, ' ', told, ' ', button(say('menu-dismiss'), () => ask('dismiss', { seq })));
  }

  place.append(element('h2', '', say('keepRoom')), ...Object.values(boxes), welcome, poll, problem, lists, wipe);
  return {
    element: place,
    opener,
    /** The reader looks after the room, or does so no more. */
    mayKeep(isIt) {
      opener.hidden = !isIt;
      if (!isIt) open(false);
    },
    tell(words) { problem.textContent = words; },
    ask: askState,
    /**
     * Takes the frame `room-state`. If a hand is up, somebody waits or a message was reported, the
     * part opens by itself.
     */
    show(frame) {
      if (frame.hands.length || frame.waiting.length || frame.reports.length) open(true);
      // The poll has begun.
      const last = frame.record.at(-1);
      if (last && last.action === 'poll' && last.reason === poll.elements.poll.value.trim()) poll.reset();
      Object.entries(boxes).forEach(([name, made]) => { Object.assign(made.firstChild, { checked: Boolean(frame[name]), disabled: false }); });
      const filled = LISTS.filter(([field]) => frame[field].length && (field !== 'admitted' || frame.closed || frame.banned.length));
      wipe.textContent = say('menu-delete-everything');
      if (document.activeElement !== welcome.elements.welcome) welcome.elements.welcome.value = frame.welcome || '';
      const parts = filled.map(([field, action]) => [say(`kept-${field}`), frame[field].map((person) => personRow(action, person))]);
      if (frame.reports.length) parts.unshift([say('kept-reports'), frame.reports.map(reportRow)]);
      if (frame.record.length) parts.push([say('keptRecord'), frame.record.reverse().map(recordRow)]);
      lists.replaceChildren(...parts.flatMap(([words, rows]) => [element('h2', '', words), element('ul', 'kept', ...rows)]));
      // In the lobby, a host hears about the whole chat, which has a page of its own.
      if (frame.chat) lists.prepend(element('p', '', elementWith('a', { href: `${home}host${sessionPart('?')}` }, say('hostDesk'))));
    },
  };
}
