// Signing in: the strip over the field asks for the password of a name.
//
// Owns: what stands in the strip then, the button by which somebody comes back to a name, and the
// request by which the reader goes on as the same person. With another password the server makes no
// guest.
// Must not know: why the session is over.
//
// The strip is that of `composer/hello.js`.
//
// Part: `chat.js`.

import { OPEN_ROOM } from '../addresses.js';
import { sendByPost } from '../connection/transports.js';
import { button, element, fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { randomHex } from '../storage.js';
import { refusalWords, say, withPanelWords } from '../words.js';

/**
 * Begins another session with the name that the reader had and its password, and loads the page
 * again. Resolves to what is wrong.
 */
async function goOn(session, password) {
  const hello = { type: 'hello', versions: [1], name: `${session.name()}#${password}`, rooms: [] };
  const frames = await sendByPost(OPEN_ROOM, randomHex(16), hello).catch(() => []);
  const refusal = frames.find(({ type }) => type === 'refused' || type === 'error');
  const welcome = frames.find(({ type }) => type === 'welcome');
  if (refusal || !welcome) return refusal ? refusalWords(refusal) : say('needsConnection');
  await session.takeLastToken(welcome.token);
  location.reload();
  return '';
}

/**
 * Makes what asks for a password. `takeName(name)` asks the server for a name; `mayTakeFocus()`:
 * nothing is typed in the composer; `askForPerson` is what `openPersonQuestion` makes.
 */
export function openSignIn({ session, hello, takeName, mayTakeFocus, askForPerson }) {
  const strip = pageElement('#hello');
  const [brand, label, field, submit] = ['p', 'label', 'input', 'button'].map((part) => strip.querySelector(part));
  const { type, autocomplete, placeholder } = field;
  // Whether the strip asks for the password of somebody who is signed out.
  let isAgain = false;
  // Whether the reader has said that the name is theirs.
  let comesBack = false;
  const cancel = button(say('anotherName'), () => {
    comesBack = false;
    draw({ type, autocomplete, placeholder }, 'useName');
    hello.ask(null);
    // Who has a name needs no strip.
    hello.nameChanged();
    if (field.checkVisibility()) field.focus();
  });
  cancel.classList.add('other');
  // The field has a row of its own, apart from the button.
  const rowEnd = element('i', '');

  function draw(of, words) {
    brand.hidden = words !== 'useName';
    comeBack.hidden = brand.hidden;
    Object.assign(field, of);
    submit.textContent = say(words);
    cancel.remove();
    rowEnd.remove();
  }

  function ask(name, take, why) {
    withPanelWords(() => {
      hello.ask(take, why);
      draw({ type: 'password', autocomplete: 'current-password', placeholder: '' }, 'signIn');
      fillSentence(label, say('itsPassword', { name: isolated(name) }));
    });
  }

  /** Puts the way to another name before the field, which gets the focus. */
  function offerOther() {
    label.before(cancel, rowEnd);
    field.focus();
  }

  /**
   * Goes on from the name to its password. A name that nobody has must not become the reader's by
   * an error in typing. Resolves to what is wrong.
   */
  const takeTyped = (typed) => new Promise((resolve) => {
    const name = typed.trim();
    if (!name) resolve(say('name-empty'));
    else askForPerson(name, (words, found) => resolve(words || (found ? takeName(name) : say('nobodyCalled', { name: isolated(name) }))));
  });

  /** The reader has a name with a password, and types the name. */
  function start() {
    comesBack = true;
    withPanelWords(() => {
      hello.ask(takeTyped);
      draw({ type, autocomplete: 'username', placeholder }, 'next');
      fillSentence(label, say('signInName'));
      offerOther();
    });
  }

  const comeBack = button(say('signIn'), start);
  comeBack.classList.add('come-back');
  strip.append(comeBack);

  return {
    start,
    /** A guest wants this name, which has a password (`why` says so); or another one, after all. */
    as(name, why) {
      ask(name, (password) => takeName(`${name}#${password}`), comesBack ? '' : why);
      withPanelWords(() => {
        // The reader has not tried a password yet.
        field.setAttribute('aria-invalid', 'false');
        offerOther();
      });
    },
    /** The session is over, because the reader's name has a new password. */
    again() {
      if (isAgain) return;
      isAgain = true;
      ask(session.name(), (password) => goOn(session, password));
      if (mayTakeFocus()) withPanelWords(() => field.focus());
    },
  };
}
