// The menu of the room, behind its name in the header. It is loaded when the reader comes near it.
//
// Owns: what stands in this menu, and which of its changes waits for an answer.
// Must not know: how a request travels.
//
// Part: `chat.js`.

import { currentRoom, roomPath } from '../addresses.js';
import { inviteLink, originForOthers, saveLink } from '../addresses_more.js';
import { button, element, elementWith, fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { checkbox, choiceElement, confirmed, copyButton, labelledField, showLink } from '../layout_more.js';
import { hasNotices } from '../messages/notices.js';
import { noticesOf } from '../storage.js';
import { writeSetting } from '../storage_more.js';
import { createRoomKeeping } from './room_keeping.js';
import { refusalWords, say } from '../words.js';

/**
 * Makes the button for an invite, and the place where its link appears, with a form that sends it
 * to one person: `sendInvite` is that of `openPeopleCommands`, and `names(heard)` returns whom the
 * form suggests. In a tab of its own the button leads to the server's page for invites.
 */
function makeInvite({ invites, sendInvite, names }) {
  const opener = elementWith('a', { class: 'plain', href: inviteLink() }, say('invite'));
  const place = elementWith('div', { class: 'made', role: 'status' });
  const suggested = elementWith('datalist', { id: 'invited-names' });
  const form = fieldForm('whom', say('inviteWhom'), { dir: 'auto', list: suggested.id, autocomplete: 'off' }, say('send'));
  const told = elementWith('p', { class: 'small', role: 'status' });
  const { whom } = form.elements;
  let path = '';

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = whom.value.trim();
    whom.focus({ preventScroll: true });
    if (!name) return;
    told.textContent = '';
    sendInvite(name, path, (words, isSent) => {
      told.textContent = words;
      if (isSent && whom.value.trim() === name) form.reset();
    });
  });
  function suggest() {
    suggested.replaceChildren(...names(suggest).map((value) => elementWith('option', { value })));
  }

  whom.addEventListener('focus', suggest);

  function ask() {
    place.textContent = '';
    told.textContent = '';
    invites.ask('', {
      made(madePath) {
        path = madePath;
        showLink(place, say('inviteLink', { room: currentRoom }), say('copyInvite'), path);
        place.append(form, suggested, told);
      },
      failed(words) { place.textContent = words; },
    });
  }

  opener.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask();
  });
  return { opener, place, ask };
}

function roomFile(form, words) {
  const link = element('a', '', words);
  link.href = saveLink(currentRoom, form);
  link.download = '';
  return link;
}

function fieldForm(name, label, attributes, words) {
  return elementWith('form', { class: `row ${name}` }, labelledField(label, { name, ...attributes }), elementWith('button', { class: 'plain' }, words));
}

/**
 * Fills the menu. `room` is what `openRoomHeader` knows of the room: { topic, hidden, locked,
 * isMaker }; the last says whether the reader made it, and may change who can join.
 * `hasPassword()`: the reader's name has one, so that they may be on other devices, too. `invites`
 * is as `openInvites` makes it. `names(heard)` returns people who are not in the room; `heard()` is
 * called when the server has named more people. `keeping` is as `openKeeping` makes it.
 * Returns { draw, invite, accessChanged, refused }.
 */
export function fillRoomMenu({ commands, panels, composer, roomLog, invites, names, hasPassword, room, keeping }) {
  const rules = createRoomKeeping(keeping);
  const sheet = pageElement('#room-menu .sheet');
  const topic = fieldForm('topic', say('topicOf'), { dir: 'auto' }, say('save'));
  const password = fieldForm('password', say('password'), { type: 'password' }, say('save'));
  const hidden = checkbox('hidden', say('hiddenRoom'));
  const noPassword = confirmed('room-menu', 'no-password', say('removePassword'), {
    more: () => say('removePasswordMore', { room: isolated(currentRoom) }),
    really: say('removePassword'),
    act(back) {
      change({ password: '' });
      back();
    },
  });
  const problem = elementWith('p', { class: 'problem', role: 'alert' });
  const saved = elementWith('p', { class: 'small', role: 'status' });
  const leaving = elementWith('p', { class: 'problem', role: 'alert' });
  const topicProblem = elementWith('p', { class: 'problem', role: 'alert' });
  const invite = makeInvite({ invites, names, sendInvite: commands.sendInvite });
  let isAsking = false;

  const tell = (place, words) => { place.textContent = words; };

  /** Asks the server for a change of who may enter the room. */
  function change(wish) {
    isAsking = roomLog.close(wish);
    // The answer stands below what was pressed.
    (wish.password ? password : hidden).after(problem, saved);
    tell(problem, isAsking ? '' : say('needsConnection'));
    tell(saved, '');
    if (!isAsking) draw();
  }

  function draw() {
    if (!topic.contains(document.activeElement)) topic.elements.topic.value = room.topic;
    hidden.firstChild.checked = room.hidden;
    wish.value = noticesOf(currentRoom);
    how.hidden = wish.value === 'none' || hasNotices();
    noPassword.hidden = !room.locked;
    lockHint.hidden = !room.locked;
    copyAddress.hidden = room.locked;
    forMaker.hidden = !room.isMaker;
    rules.mayKeep(room.isMaker);
    leavesHere.hidden = !hasPassword();
    leave.hidden = room.locked || room.hidden;
    leaveClosed.hidden = !leave.hidden;
    password.elements.password.placeholder = room.locked ? say('passwordIsSet') : '';
  }

  topic.addEventListener('submit', (event) => {
    event.preventDefault();
    const words = commands.setTopic(topic.elements.topic.value.trim());
    tell(topicProblem, words);
    if (!words) panels.closeFrom('room-menu');
  });
  password.addEventListener('submit', (event) => {
    event.preventDefault();
    if (password.elements.password.value) change({ password: password.elements.password.value });
  });
  hidden.firstChild.addEventListener('change', () => change({ hidden: hidden.firstChild.checked }));

  /** Makes a button that closes the menu, and then calls `act()`. */
  const out = (words, act) => button(words, () => {
    panels.closeFrom('room-menu');
    act();
  });
  const notices = choiceElement('notices', say('notices'), [['all', say('noticesAll')], ['', say('noticesToMe')], ['none', say('noticesNone')]]);
  const wish = notices.querySelector('select');
  // Without a way to come, none comes.
  const how = element('p', 'small how', say('noticesHow'), ' ', out(say('itsSettings'), () => panels.open('me')));
  wish.addEventListener('change', () => {
    writeSetting(`notices.${currentRoom}`, wish.value);
    draw();
  });
  pageElement('#room-menu').addEventListener('toggle', ({ target }) => {
    if (target.open) {
      sheet.scrollTop = 0;
      tell(saved, '');
      if (room.isMaker) rules.ask();
    }
    draw();
  });
  const leaveRoom = () => tell(leaving, commands.leaveRoom());
  const leave = button(say('leaveRoom', { room: currentRoom }), leaveRoom);
  leave.classList.add('leave');
  // The way back is not a press on the list.
  const leaveClosed = confirmed('room-menu', 'leave-closed', say('leaveRoom', { room: currentRoom }), {
    more: () => say('leaveClosedMore'),
    really: say('leave'),
    act(back) {
      back();
      leaveRoom();
    },
  });
  const leavesHere = element('p', 'small', say('leaveHere'));
  const address = `${originForOthers() || location.origin}${roomPath(currentRoom)}`;
  // In a room with a password, the invite is the only link to copy.
  const copyAddress = copyButton(say('link'), address);
  const lockHint = element('p', 'small');
  fillSentence(lockHint, say('linkIsNotEnough', { address: isolated(address) }));
  const post = `curl -d 'hello' ${address}`;
  const curl = element('code', 'block', post);
  const asText = roomFile('text', `${say('saveAs')} ${say('asText')}`);
  asText.classList.add('plain');
  // What stands in the way of all who write no programs.
  const forPrograms = elementWith('details', { class: 'advanced' }, element('summary', '', say('programsHere')),
    element('h2', '', say('postHere')),
    element('div', 'post', curl, copyButton(say('copy'), post, curl)),
    element('p', 'links', `${say('saveAs')} `, roomFile('csv', say('asCsv')), ' ', roomFile('jsonl', say('asJsonLines'))));
  const forMaker = element('div', '', element('div', 'titled', element('h2', '', say('whoMayEnter')), rules.opener), rules.element, password, element('p', 'small', say('passwordMore')), noPassword, hidden, problem, saved);
  sheet.replaceChildren(
    // The header may cut the name.
    element('h2', 'whole', element('bdi', '', currentRoom)),
    element('div', 'buttons more', out(say('find'), () => panels.open('search')), asText,
      out(say('commands'), () => {
        commands.help();
        composer.focus();
      })),
    topic, topicProblem, notices, how,
    element('h2', '', say('share')),
    element('div', 'buttons share', invite.opener, copyAddress),
    invite.place, lockHint, forMaker,
    leaveClosed, leave, leaving, leavesHere, forPrograms,
  );
  keeping.showsIn({ show: rules.show, tell: rules.tell, isOpen: () => pageElement('#room-menu').open });
  if (room.isMaker) rules.ask();
  draw();
  return {
    draw,
    invite: invite.ask,
    /** The server has changed who may enter the room. */
    accessChanged() {
      if (isAsking) {
        password.elements.password.value = '';
        tell(saved, say('accessSaved'));
      }
      isAsking = false;
      tell(problem, '');
      draw();
    },
    refused(frame) {
      if (!isAsking || frame.id || frame.room !== currentRoom) return false;
      isAsking = false;
      tell(problem, refusalWords(frame));
      draw();
      return true;
    },
  };
}
