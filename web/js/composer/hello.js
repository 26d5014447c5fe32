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

import { fillSentence, isolated } from '../elements.js';
import { pageElement } from '../layout.js';
import { STORED, browserStorage } from '../storage.js';
import { say, withPanelWords } from '../words.js';

/** In the browser's storage: that the strip is not needed any more. */
const HELLO_NAME = `${STORED}hello`;

/**
 * Makes the strip. `takeName(name)` asks for a name, and returns what is wrong; `nameOf()` is the
 * reader's name now, and `isGuest()` says whether the server gave it; `focusField()` goes on with
 * the message; `signIn(name, why)` lets the strip ask for the password of a name.
 */
export function openHello({ takeName, nameOf, isGuest, focusField, signIn }) {
  const strip = pageElement('#hello');
  const [words, field, problem] = ['label', 'input', '[role="alert"]'].map((part) => strip.querySelector(part));
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

  function show() {
    isOver = false;
    if (!takePassword) fillSentence(words, say('helloName', { name: isolated(nameOf()) }));
    strip.hidden = false;
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
      withPanelWords(() => tell(say('name-empty')));
      field.focus();
    }
  });

  return {
    tell,
    /** The reader may have another name now. */
    nameChanged() {
      if (!isGuest()) end();
      else if (!isOver) show();
    },
    /** The reader has sent the first message: the strip goes. */
    end,
    /** The server refused the name: it is in the field again, with the reason. */
    refused(typed, words, { reason }) {
      // What the reader types next is a password, and must not become a name.
      if (reason === 'nameHasPassword') {
        signIn(typed, words);
        return;
      }
      field.value = takePassword ? '' : typed;
      show();
      tell(words);
      field.focus();
    },
    /**
     * What the reader types is a password from now on (`sign_in.js`). `take(password)` returns what
     * is wrong, or a promise of that; `why` says why the strip asks. Without `take` it is a name
     * again.
     */
    ask(take, why = '') {
      takePassword = take;
      field.value = '';
      tell(why);
      show();
    },
  };
}
