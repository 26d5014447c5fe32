// The forms for a new room and a new private talk. They are loaded when one of them is opened.
//
// Owns: what stands in these forms, and the focus when they open and close.
// Must not know: how the reader enters a room, what a private message is.
//
// Part: `chat.js`.

import { button, colourOf, element, elementWith, fillSentence, isolated, nameKey } from '../elements.js';
import { pageElement } from '../layout.js';
import { checkbox, labelledField } from '../layout_more.js';
import { say } from '../words.js';

/** How many people the form for a private talk suggests. */
const TALKS_OFFERED_MAX = 8;

/** A room's name has so many characters at most. The server has the same bound. */
const ROOM_NAME_MAX = 32;

/**
 * Puts a form with these parts below the button that opens it. `opened()` is called when it has
 * opened. Returns { form, tell, toggle }.
 */
function unfoldForm(name, parts, opened) {
  const opener = pageElement(`.unfold.${name}`);
  const problem = elementWith('p', { class: 'problem', role: 'alert' });
  const form = elementWith('form', { id: `${name}-form`, class: name, hidden: '' }, ...parts, problem);
  opener.setAttribute('aria-controls', form.id);
  opener.after(form);

  function toggle() {
    const hadFocus = form.contains(document.activeElement);
    // A form has its fields as properties, and one field is called "hidden", so `form.hidden` is
    // that field.
    const isOpen = !form.toggleAttribute('hidden');
    opener.setAttribute('aria-expanded', isOpen);
    form.reset();
    problem.textContent = '';
    if (isOpen) {
      opened();
      form.elements[0].focus();
      // The button below the fields is in sight, too.
      form.scrollIntoView({ block: 'nearest' });
    } else if (hadFocus) opener.focus();
  }

  // Who opens the panel again begins anew.
  const panel = pageElement('#places');
  panel.addEventListener('toggle', () => { if (!panel.open && !form.hasAttribute('hidden')) toggle(); });
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    // The Escape closes the form, and not the panel around it.
    event.preventDefault();
    event.stopPropagation();
    toggle();
  });
  return { form, toggle, tell(words) { problem.textContent = words; } };
}

/** Returns a room's name as the server writes it. */
const roomNameOf = (typed) => typed.normalize('NFKC').trim().replace(/^#/, '').trim().replace(/\s+/g, '-').toLowerCase();

/** Makes the form that enters a room: a new room, or one that exists. */
function makeRoomForm(access) {
  const shown = elementWith('p', { class: 'small of-name', role: 'status' });
  const { form, toggle, tell } = unfoldForm('goto', [
    labelledField(say('roomName'), { name: 'room' }), shown,
    labelledField(say('passwordOptional'), { type: 'password', name: 'password' }),
    checkbox('hidden', say('hiddenRoom')),
    elementWith('button', { class: 'send' }, say('create')),
  ], drawName);

  /** Says why no room can have this name; '' if one can, or if only the server knows. */
  function problemOf(name) {
    const n = Array.from(name).length;
    const [sign] = /[^\p{L}\p{N}\p{M}_-]/u.exec(name) || [];
    if (sign) return say('roomNameSigns', { sign });
    return n > ROOM_NAME_MAX ? say('roomNameLong', { n, max: ROOM_NAME_MAX }) : '';
  }

  /**
   * Says what the name will be, if it is not as typed, or that it is too long; else what a name may
   * be. What else is wrong stands in the same place, which has room for it: so no field moves.
   */
  function drawName() {
    const typed = form.elements.room.value.trim();
    const name = roomNameOf(typed);
    fillSentence(shown, problemOf(name) || (name === typed ? say('newRoomHint') : say('nameWillBe', { name: isolated(name) })));
  }

  shown.after(form.lastChild);
  form.addEventListener('input', () => {
    drawName();
    tell('');
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const { room, password, hidden } = form.elements;
    const name = room.value.trim();
    const words = roomNameOf(name) ? problemOf(roomNameOf(name)) : say('roomNameEmpty');
    tell(words);
    if (words) room.focus();
    else access.create({ room: name, password: password.value, isHidden: hidden.checked }, tell);
  });
  return toggle;
}

/**
 * Makes the form for a private talk. It suggests the people of `known()`. About somebody who is not
 * in `listed()` it asks the server first.
 */
function makeTalkForm({ known, listed, peopleElsewhere, authors, openTalk, askForPerson }) {
  const offers = elementWith('ul', { class: 'list', 'aria-label': say('offers') });
  const { form, toggle, tell } = unfoldForm('whom', [
    labelledField(say('toWhom'), { name: 'to' }), offers, elementWith('button', { class: 'send' }, say('openIt')),
  ], () => {
    peopleElsewhere.ask(draw);
    draw();
  });

  function open(name, namedAt) {
    toggle();
    openTalk(name, true, namedAt);
  }

  /** Returns the people whose names have in them what was typed. */
  function fitting() {
    const sought = nameKey(form.elements.to.value.trim());
    return known().filter((name) => nameKey(name).includes(sought));
  }

  function draw() {
    offers.replaceChildren(...fitting().slice(0, TALKS_OFFERED_MAX).map((name) => {
      const offer = button('', () => choose(name));
      offer.className = '';
      offer.append(element('span', `ring ${colourOf(name)}`), element('bdi', '', name));
      return element('li', '', offer);
    }));
  }

  /** Opens the talk with this person. Asks the server first if the person is in no list. */
  function choose(name) {
    tell('');
    if (listed().some((one) => nameKey(one) === nameKey(name))) {
      open(name);
      return;
    }
    askForPerson(name, (words, found) => {
      // The reader may have closed the form meanwhile.
      if (form.hasAttribute('hidden')) return;
      // The name of an author may be another person's by now.
      const author = authors().find(({ from }) => nameKey(from) === nameKey(name));
      const fits = !words && !found && nameKey(form.elements.to.value.trim()) === nameKey(name) ? fitting() : [];
      if (words) tell(words);
      else if (found) open(found, author && author.at);
      else if (fits.length === 1 && nameKey(fits[0]) !== nameKey(name)) choose(fits[0]);
      else tell(say('nobodyCalled', { name: isolated(name) }));
    });
  }

  form.addEventListener('input', draw);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = form.elements.to.value.trim();
    tell('');
    if (name) choose(name);
  });
  return toggle;
}

/** Makes the two forms. Returns for each a function that opens or closes it. */
export function fillNewPlaces({ access, ...talkParts }) {
  return { goto: makeRoomForm(access), whom: makeTalkForm(talkParts) };
}
