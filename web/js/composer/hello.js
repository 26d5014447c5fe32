// The strip over the field for somebody who is new: who they are, and a field for a name. It also
// asks for the password of a name that the reader had.
//
// Owns: when the strip is there, and what it asks for. It goes when the reader has a name, or has
// sent the first message.
// Must not know: how a name is asked for.
//
// The composer is a form, and a form holds no other: the fields of the strip belong to an empty
// form beside it.
//
// Part: `chat.js`.

import { button, fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { browserStorage } from '../storage.js';
import { say, withPanelWords } from '../words.js';

/** In the browser's storage: that the strip is not needed any more. */
const HELLO_NAME = 'threadbare.hello';

/**
 * Makes the strip. `takeName(name)` asks for a name, and returns what is wrong; `nameOf()` is the
 * reader's name now, and `isGuest()` says whether the server gave it; `focusField()` goes on with
 * the message.
 */
export function openHello({ takeName, nameOf, isGuest, focusField }) {
  const strip = pageElement('#hello');
  const [brand, words, field, submit, problem] = ['p', 'label', 'input', 'button', '[role="alert"]'].map((part) => strip.querySelector(part));
  const cancel = button(say('cancel'), () => {
    askName();
    field.focus();
  });
  // What takes the password, while the strip asks for one.
  let takePassword = null;
  let isOver = Boolean(browserStorage().read(HELLO_NAME));

  function tell(what) {
    problem.textContent = what;
    problem.hidden = !what;
    field.setAttribute('aria-invalid', Boolean(what));
  }

  function end() {
    if (isOver) return;
    isOver = true;
    browserStorage().write(HELLO_NAME, 'said');
    hide();
  }

  function show(label, isPassword) {
    isOver = false;
    fillSentence(words, label);
    brand.hidden = isPassword;
    Object.assign(field, isPassword
      ? { type: 'password', autocomplete: 'current-password', placeholder: '', value: '' }
      : { type: 'text', autocomplete: 'nickname', placeholder: say('yourName') });
    submit.textContent = say(isPassword ? 'signIn' : 'useName');
    strip.hidden = false;
  }

  function askName() {
    takePassword = null;
    cancel.remove();
    field.value = '';
    tell('');
    show(say('helloName', { name: isolated(nameOf()) }), false);
  }

  /**
   * Asks for the password of this name. `take(password)` returns what is wrong, or a promise of
   * that. `isFree`: the reader may choose another name instead.
   */
  function askPassword(name, take, isFree) {
    if (takePassword) return;
    takePassword = take;
    withPanelWords(() => {
      tell('');
      show(say('itsPassword', { name: isolated(name) }), true);
      if (!isFree) return;
      submit.after(' ', cancel);
      field.focus();
    });
  }

  function hide() {
    const hadFocus = strip.contains(document.activeElement);
    strip.hidden = true;
    if (hadFocus) focusField();
  }

  pageElement('#naming').addEventListener('submit', async (event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (takePassword) tell(await takePassword(field.value));
    else if (name) tell(takeName(name));
    else {
      withPanelWords(() => tell(say('badName', { why: say('name-empty') })));
      field.focus();
    }
  });

  return {
    /** The reader may have another name now. */
    nameChanged() {
      if (!isGuest()) end();
      else if (!isOver && !takePassword) askName();
    },
    /** The reader has sent the first message: the strip goes. */
    end,
    /** The server refused the name: it is in the field again, with the reason. */
    refused(typed, words, { reason }) {
      if (takePassword) field.value = '';
      else {
        askName();
        field.value = typed;
      }
      tell(words);
      const signIn = () => askPassword(typed, (password) => takeName(`${typed}#${password}`), true);
      if (reason === 'name-taken' && !takePassword) problem.append(' ', button(say('enterItsPassword'), signIn));
      field.focus();
    },
    askPassword,
  };
}
