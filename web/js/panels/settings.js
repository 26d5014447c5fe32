// The panel of the reader: name and password, the settings of this browser and of the server's
// pages, and whom the reader ignores. It is loaded when the reader comes near it.
//
// Owns: what stands in this panel.
// Must not know: what a setting does.
//
// Some settings are in the browser's storage. Others, such as the theme, are in a cookie of the
// server, because its pages have them, too. To change one, the page fetches the server's form with
// all settings, and sends it back with the change.
//
// Part: `chat.js`.

import { OPEN_ROOM, currentRoom, home } from '../addresses.js';
import { deviceLink, originForOthers } from '../addresses_more.js';
import { button, element, elementWith, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { checkbox, choiceElement, confirmed, labelledField, showLink } from '../layout_more.js';
import { AudioContextClass, canNotify, playTone } from '../messages/notices.js';
import { readSetting, tabStorage } from '../storage.js';
import { writeSetting } from '../storage_more.js';
import { refusalWords, say } from '../words.js';
import { REOPEN_NAME } from './fill.js';

const SERVER_SETTINGS = `${home}settings`;
const root = document.documentElement;

/** From so many characters on, the form calls no password short. The server takes shorter ones. */
const GOOD_PASSWORD_FROM = 8;

/** Sets data attributes of the page's root, by which style sheets and rows go; '' removes one. */
function setData(values) {
  for (const [name, value] of Object.entries(values)) {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
  }
}

/** Fetches the values of the form on the server's settings page. */
async function fetchServerForm() {
  const answer = await fetch(SERVER_SETTINGS);
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return new URLSearchParams(new FormData(page.querySelector('form')));
}

/**
 * Makes the settings that the server stores. `redraw()` draws all messages again; `resized()` is
 * called when letters have another size.
 */
function serverSettings({ redraw, resized }) {
  const problem = elementWith('p', { class: 'problem', role: 'alert' });
  const choices = [
    choiceElement('theme', say('theme'), [['', say('asDevice')], ['light', say('light')], ['dark', say('dark')]]),
    choiceElement('size', say('size'), [['s', say('sizeS')], ['m', say('sizeM')], ['l', say('sizeL')], ['xl', say('sizeXl')]]),
    choiceElement('lang', say('inLanguage'), [['', say('asBrowser')], ['en', 'English'], ['zh', '中文']]),
  ];
  const [theme, size, lang] = choices.map((choice) => choice.querySelector('select'));
  const ticks = Object.entries({ times: say('timesShown'), numbers: say('numbersShown') }).map(([name, words]) => checkbox(name, words));
  const [times, numbers] = ticks.map((tick) => tick.firstChild);
  theme.value = root.dataset.theme || '';
  size.value = root.dataset.size || 'm';
  times.checked = root.dataset.times !== 'no';
  numbers.checked = root.dataset.numbers === 'yes';
  // Only the server knows whether the reader has chosen a language. On a slow line, the reader may
  // choose another before the answer comes.
  let isLanguageChosen = false;
  fetchServerForm().then((form) => { if (!isLanguageChosen) lang.value = form.get('lang') || ''; }, () => {});

  const apply = {
    theme: () => setData({ theme: theme.value }),
    size() {
      setData({ size: size.value === 'm' ? '' : size.value });
      resized();
    },
    times: () => setData({ times: times.checked ? '' : 'no' }),
    numbers: () => setData({ numbers: numbers.checked ? 'yes' : '' }),
    lang() { isLanguageChosen = true; },
  };

  /** The fields that the reader has changed, and that the server does not have. */
  const unsaved = new Set();

  async function saveUnsaved() {
    const fields = [...unsaved];
    if (!fields.length) return;
    // The reader may change one of them again meanwhile.
    unsaved.clear();
    try {
      const form = await fetchServerForm();
      for (const { name, type, checked, value } of fields) {
        form.delete(name);
        if (type !== 'checkbox' || checked) form.append(name, type === 'checkbox' ? 'yes' : value);
      }
      await fetch(SERVER_SETTINGS, { method: 'POST', body: form, redirect: 'manual' });
      problem.textContent = '';
      if (fields.includes(lang)) {
        tabStorage().write(REOPEN_NAME, lang.name);
        location.reload();
      }
    } catch (broken) {
      fields.forEach((field) => unsaved.add(field));
      problem.textContent = say('settingNotSaved');
    }
  }

  // One save comes after the other, so that each form has what the one before has changed.
  let saved = Promise.resolve();
  function save() { saved = saved.then(saveUnsaved); }

  [theme, size, lang, times, numbers].forEach((field) => field.addEventListener('change', () => {
    apply[field.name]();
    redraw();
    unsaved.add(field);
    save();
  }));
  return { choices, ticks, problem, save, focusLanguage: () => lang.focus() };
}

/** Makes the settings that only this browser stores. Returns [choices, ticks, transport]. */
function browserSettings(connection) {
  const choices = [
    choiceElement('enter', say('enterKey'), [['', say('enterAsUsual')], ['sends', say('enterSends')], ['breaks', say('enterBreaks')]]),
    choiceElement('aloud', say('readAloud'), [['', say('aloudAll')], ['me', say('aloudToMe')], ['counts', say('aloudCounts')]]),
    choiceElement('way', say('talksBy'), [['', say('byItself')], ['live', say('byLive')], ['stream', say('byStream')], ['poll', say('byPoll')]]),
  ];
  for (const list of choices.map((choice) => choice.querySelector('select'))) {
    list.value = readSetting(list.name);
    list.addEventListener('change', () => {
      writeSetting(list.name, list.value);
      // The page connects again: by the chosen transport, else it begins with the best.
      if (list.name === 'way') connection.reconnect(0);
    });
  }
  const comings = checkbox('comings', say('showComings'));
  comings.firstChild.checked = readSetting('comings') !== 'untold';
  comings.firstChild.addEventListener('change', () => writeSetting('comings', comings.firstChild.checked ? '' : 'untold'));
  return [choices.slice(0, 2), comings, choices[2]];
}

/**
 * Makes two checkboxes the settings for notifications and for the tone. `problem` says why there
 * are no notifications.
 */
function watchNoticeSettings(notify, sound, problem) {
  const draw = () => {
    notify.checked = canNotify && Boolean(readSetting('notice')) && Notification.permission === 'granted';
    sound.checked = Boolean(AudioContextClass && readSetting('sound'));
  };
  notify.disabled = !canNotify;
  sound.disabled = !AudioContextClass;
  if (!canNotify) notify.parentNode.append(` ${say(window.isSecureContext ? 'noNotices' : 'needsHttps')}`);

  notify.addEventListener('change', async () => {
    const answer = notify.checked ? await Notification.requestPermission() : '';
    writeSetting('notice', answer === 'granted' ? 'yes' : '');
    problem.textContent = answer === 'denied' ? say('noticesBlocked') : answer === 'default' ? say('noticesUnanswered') : '';
    draw();
  });
  sound.addEventListener('change', () => {
    writeSetting('sound', sound.checked ? 'yes' : '');
    if (sound.checked) playTone();
  });
  addEventListener('storage', draw);
  draw();
}

/**
 * Makes the form for name and password. If the name is another person's and has a password, the
 * field for the password is the one for that. `comeBack()` begins to sign in.
 */
function makeNameForm({ panels, takeName, comeBack, name, hasPassword }) {
  const problem = elementWith('p', { id: 'name-problem', class: 'problem', role: 'alert' });
  const form = elementWith('form', { class: 'name' },
    labelledField(say('yourName'), { name: 'name', autocomplete: 'nickname', 'aria-describedby': problem.id }),
    labelledField(say('passwordOptional'), { type: 'password', name: 'secret', autocomplete: 'current-password', 'aria-describedby': `${problem.id} short-password` }),
    checkbox('shows', say('showPassword')), elementWith('p', { id: 'short-password', class: 'small', hidden: '' }, say('shortPassword')),
    element('p', 'safe', `${say('nameIsSafe')} `, button(say('changePassword'), () => drawPassword(true))),
    problem, element('p', 'small about', say('secretMore')), elementWith('button', { class: 'send' }, say('takeName')), button(say('signIn'), () => {
      panels.closeFrom('me');
      comeBack();
    }));
  const { name: field, secret, shows } = form.elements;
  const [secretWords] = secret.parentNode.childNodes;
  const [safe, short, about] = ['.safe', '#short-password', '.about'].map((part) => form.querySelector(part));
  const submit = form.querySelector('.send');
  const comer = form.lastChild;
  const told = elementWith('p', { class: 'small', role: 'status' });
  let isAsking = false;
  // Whether the form asks for the password of a name that is not the reader's.
  let isSigningIn = false;
  // What the form says when the server has taken a password; nothing if no new one was sent.
  let passwordWords = '';
  // Whether that password is a short one; the answer says so again.
  let isShort = false;
  form.append(told);

  /**
   * Draws what depends on what is typed. The button stands out when there is something to change.
   */
  function drawTyped() {
    const typed = field.value.trim();
    submit.classList.toggle('quiet', (!typed || typed === name()) && !secret.value);
    // A reader who signs in types a password that was chosen before, so the form does not judge it.
    short.hidden = isSigningIn || !secret.value || secret.value.length >= GOOD_PASSWORD_FROM;
  }

  /** The reader sees the password that they type, or not. */
  function drawShown() { secret.type = shows.checked ? 'text' : 'password'; }

  /** Shows the field for a password, or that there is one, until the reader changes it. */
  function drawPassword(isChanging) {
    const isSet = hasPassword();
    safe.hidden = !isSet || isChanging;
    [secret.parentNode, shows.parentNode, about].forEach((part) => { part.hidden = !safe.hidden; });
    if (!secret.value) shows.checked = false;
    drawShown();
    secretWords.data = say(isSet ? 'anotherPassword' : 'passwordOptional');
    submit.textContent = say(isSet ? 'save' : 'takeName');
    comer.hidden = isSet;
    isSigningIn = false;
    drawTyped();
    if (isSet && isChanging) secret.focus();
  }

  /** The field is for the password of this name, with which the reader signs in. */
  function drawSignIn(typed) {
    drawPassword(true);
    isSigningIn = true;
    secretWords.data = say('itsPassword', { name: typed });
    about.hidden = true;
    submit.textContent = say('signIn');
    comer.hidden = true;
    drawTyped();
  }

  function tell(words, at = field) {
    problem.textContent = words;
    told.textContent = '';
    [field, secret].forEach((one) => {
      if (words && one === at) one.setAttribute('aria-invalid', 'true');
      else one.removeAttribute('aria-invalid');
    });
    if (!words) return;
    at.focus();
    // What is typed now takes the place of what was wrong.
    at.select();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const typed = field.value.trim();
    const words = typed ? takeName(secret.value ? `${typed}#${secret.value}` : typed) : say('name-empty');
    isAsking = !words;
    isShort = !short.hidden;
    passwordWords = secret.value && !isSigningIn && (hasPassword() ? 'newSecret' : 'firstSecret');
    tell(words);
  });
  form.addEventListener('input', () => {
    drawTyped();
    told.textContent = '';
  });
  shows.addEventListener('change', drawShown);
  field.addEventListener('input', () => {
    // A password for another name must not become the reader's new one.
    if (hasPassword() && isSigningIn) secret.value = '';
    if (!hasPassword() || isSigningIn) drawPassword(false);
  });
  field.value = name();
  drawPassword(false);
  return {
    form,
    typing(typed) {
      field.value = typed;
      drawTyped();
      field.focus();
    },
    refused(typed, words, { reason } = {}) {
      if (!isAsking) [field.value, secret.value] = [typed.split('#')[0], typed.split('#').slice(1).join('#')];
      isAsking = false;
      drawTyped();
      const isForPassword = reason === 'nameHasPassword' || reason === 'wrong-secret';
      if (isForPassword) drawSignIn(typed.split('#')[0]);
      tell(words, isForPassword ? secret : field);
    },
    /** The reader has another name, or another password of it (`isSecret`). */
    named(isSecret) {
      const wasInPassword = document.activeElement === secret;
      if (document.activeElement !== field || isAsking) field.value = name();
      if (isAsking) secret.value = '';
      drawTyped();
      // What the reader has begun to type stays in sight.
      if (!secret.value) drawPassword(false);
      if (!isAsking) return;
      isAsking = false;
      tell('');
      if (!isSecret || !passwordWords) panels.closeFrom('me');
      else {
        told.textContent = [say(passwordWords, { name: isolated(name()) }), isShort && say('shortPassword')].filter(Boolean).join(' ');
        // The field in which the reader was has gone.
        if (wasInPassword && !safe.hidden) safe.querySelector('button').focus();
      }
    },
  };
}

/**
 * The field in which the reader says why they do not answer, now with the excuse `now`, and what
 * became of it.
 */
function excuseForm(connection, now) {
  const told = elementWith('p', { class: 'small', role: 'status' });
  const form = elementWith('form', { class: 'row away' }, labelledField(say('awayReason'), { name: 'away', dir: 'auto', maxlength: 40, 'aria-describedby': 'away-hint' }), elementWith('button', { class: 'plain' }, say('save')));
  const hint = elementWith('p', { id: 'away-hint', class: 'small' }, say('awayHint'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = field.value.trim();
    const isSent = connection.send(text ? { type: 'away', text } : { type: 'back' });
    // Who was not away gets no answer.
    told.textContent = !isSent ? say('needsConnection') : text ? '' : say('youAreBack');
  });
  const field = form.elements.away;
  field.value = now;
  return {
    form,
    hint,
    told,
    /** Takes an `away` or a `back` of the reader. */
    excused({ type, text }) {
      field.value = type === 'away' ? text : '';
      told.textContent = say(type === 'away' ? 'youAreAway' : 'youAreBack');
    },
  };
}

/**
 * Makes the button for a link to another device, and the place where the link appears, until it is
 * over. In a tab of its own the button leads to the server's page for such links.
 */
function makeDeviceLink(connection, name) {
  const opener = elementWith('a', { class: 'plain', href: deviceLink() }, say('otherDevice'));
  const place = elementWith('div', { class: 'made', role: 'status' });
  let isAsking = false;
  let timer = 0;

  /** The link that is shown is worth nothing any more: says why. */
  function over(why) {
    if (place.querySelector('code')) place.textContent = say(why);
  }

  opener.addEventListener('click', (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    isAsking = connection.send({ type: 'device' });
    place.textContent = isAsking ? '' : say('needsConnection');
  });
  return {
    opener, place,
    linked({ token, lasts }) {
      isAsking = false;
      clearTimeout(timer);
      timer = setTimeout(() => over('linkIsOld'), lasts * 1000);
      const words = say('deviceGoesOn', { name: isolated(name()), n: Math.floor(lasts / 60) });
      const room = currentRoom === OPEN_ROOM ? '' : `&room=${encodeURIComponent(currentRoom)}`;
      showLink(place, words, say('link'), `${home}device?code=${token}${room}`);
    },
    used: () => over('linkIsUsed'),
    refused(frame) {
      if (!isAsking || frame.id || frame.room) return false;
      isAsking = false;
      place.textContent = refusalWords(frame);
      return true;
    },
  };
}

/**
 * Makes the button by which the reader signs out on all other devices, and what became of that:
 * { place, told, noticed, refused }.
 */
function makeSignOutElsewhere(connection) {
  const told = elementWith('p', { class: 'small', role: 'status' });
  let isAsking = false;
  const place = confirmed('me', 'elsewhere', say('signOutElsewhere'), {
    more: () => say('elsewhereMore'),
    really: say('signOutElsewhere'),
    act(back) {
      isAsking = connection.send({ type: 'sign-out' });
      told.textContent = isAsking ? '' : say('needsConnection');
      back();
    },
  });
  return {
    place, told,
    /** Takes each frame. The answer is a `session` with the reader's new token. */
    noticed({ type, token }) {
      if (isAsking && type === 'session' && token) told.textContent = say('elsewhereDone');
      if (type === 'welcome' || token) isAsking = false;
    },
    refused(frame) {
      if (!isAsking || frame.id || frame.room) return false;
      isAsking = false;
      told.textContent = refusalWords(frame);
      return true;
    },
  };
}

export function fillSettings({ session, connection, panels, ignored, takeName, comeBack, excuse: now, hiddenRooms, signOut, forgetMe, redraw }) {
  const { name, hasPassword } = session;
  const excuse = excuseForm(connection, now);
  const device = makeDeviceLink(connection, name);
  const elsewhere = makeSignOutElsewhere(connection);
  const nameForm = makeNameForm({ panels, takeName, comeBack, name, hasPassword });
  const [notice, sound] = [checkbox('notice', say('byNotice')), checkbox('sound', say('bySound'))];
  const { choices, ticks, problem, save, focusLanguage } = serverSettings({ redraw, resized: panels.measure });
  const noticeProblem = elementWith('p', { class: 'problem', role: 'alert' });
  const [ownChoices, comings, transport] = browserSettings(connection);
  const ignoredList = elementWith('div', { id: 'ignored', hidden: '' });
  const advanced = elementWith('details', { class: 'advanced' }, elementWith('summary', {}, say('advanced')), transport, ...ticks);
  const heading = (key) => element('h2', '', say(key));
  pageElement('#me .sheet').replaceChildren(
    heading('settingsOfYou'), nameForm.form, excuse.form, excuse.hint, excuse.told,
    heading('settingsOfLook'), ...choices, problem,
    heading('notices'),
    elementWith('div', { class: 'ticks', role: 'group', 'aria-label': say('callMe') }, elementWith('p', {}, say('callMe')), notice, noticeProblem, sound),
    heading('settingsOfMessages'), ...ownChoices, comings, ignoredList,
    heading('settingsOfDevices'),
    element('p', '', device.opener), device.place,
    confirmed('me', 'sign-out', say('signOut'), { more: whatGoes, really: say('signOut'), act: signOut }),
    elsewhere.place, elsewhere.told,
    advanced, confirmed('me', 'forget-me', say('forgetMe'), { more: () => say('forgetMeMore'), really: say('forgetMeReally'), act: forgetMe }),
  );
  watchNoticeSettings(notice.firstChild, sound.firstChild, noticeProblem);

  /**
   * What signing out means. No list of rooms leads back to a hidden room, unless the reader comes
   * back with a password, and has made the room or entered its password. The page knows that of the
   * room in sight only.
   */
  function whatGoes() {
    const origin = originForOthers() || location.origin;
    const rooms = hiddenRooms(hasPassword()).map((room) => isolated(`${origin}${home}r/${room}`)).join(' ');
    return `${say(hasPassword() ? 'signOutKept' : 'signOutHere')}${rooms && ` ${say('signOutHidden', { rooms })}`}`;
  }

  function drawIgnored() {
    ignoredList.hidden = !ignored.names().length;
    ignoredList.replaceChildren(element('p', '', say('ignored')), ...ignored.names().map((one) => (
      element('p', '', element('bdi', '', one), ' ', button(say('hearAgain'), () => {
        ignored.toggle(one);
        // The button that had the focus may be gone.
        pageElement('#me summary').focus();
      }))
    )));
  }

  drawIgnored();
  return {
    ...nameForm,
    // The name's form has a function `refused`, too.
    linked: device.linked,
    isRefused: (frame) => device.refused(frame) || elsewhere.refused(frame),
    noticed(frame) {
      // What could not be saved without a connection is saved now.
      if (frame.type === 'welcome') save();
      elsewhere.noticed(frame);
    },
    linkUsed: device.used,
    excused: excuse.excused,
    drawIgnored,
    focusLanguage,
    focusTransport() {
      advanced.open = true;
      transport.querySelector('select').focus();
    },
  };
}
