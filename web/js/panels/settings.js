// The panel of the reader: the name, the settings of the live page, and whom the reader ignores.
//
// Owns: what stands in this panel, except the two settings of `../messages/notices.js`.
// Must not know: what a setting does.
//
// Part: `chat.js`.

import { button, element } from '../elements.js';
import { pageElement } from '../layout.js';
import { readSetting, writeSetting } from '../storage.js';
import { say } from '../words.js';

const settingField = (name) => pageElement(`#me [name="${name}"]`);

/**
 * Makes the panel of the reader. `takeName(name)` asks for a name. Returns { nameForm, drawIgnored, focusTransport }.
 */
export function openSettings({ connection, panels, ignored, takeName }) {
  for (const name of ['way', 'enter', 'aloud']) {
    const list = settingField(name);
    list.value = readSetting(name);
    list.addEventListener('change', () => {
      writeSetting(name, list.value);
      // With another transport the page connects anew, from the best on.
      if (name === 'way') connection.reconnect(0);
    });
  }
  const comings = settingField('comings');
  comings.checked = readSetting('comings') !== 'untold';
  comings.addEventListener('change', () => writeSetting('comings', comings.checked ? '' : 'untold'));
  drawIgnored(ignored);
  return {
    nameForm: openNameForm(panels, takeName),
    /** Draws the list of people whom the reader ignores. */
    drawIgnored: () => drawIgnored(ignored),
    /** Opens the panel at the setting for the transport. */
    focusTransport() {
      panels.open('me');
      settingField('way').focus();
    },
  };
}

/** Draws the list of people whom the reader ignores, each with a button that ends that. */
function drawIgnored(ignored) {
  const list = pageElement('#ignored');
  list.hidden = !ignored.names().length;
  list.replaceChildren(element('p', '', say('ignored')), ...ignored.names().map((name) => (
    element('p', '', element('bdi', '', name), ' ', button(say('hearAgain'), () => {
      ignored.toggle(name);
      // The button is gone.
      list.closest('details').querySelector('summary').focus();
    }))
  )));
}

/** Makes the form for the reader's name. */
function openNameForm(panels, takeName) {
  const panel = pageElement('#me');
  const form = panel.querySelector('form');
  const problem = form.querySelector('p');
  const field = form.elements.name;
  const tell = (words) => {
    problem.hidden = !words;
    problem.textContent = words;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = field.value.trim();
    tell(name ? '' : say('badName', { why: say('name-empty') }));
    panel.open = !name;
    if (name) takeName(name);
  });
  return {
    /** Takes the name that was typed in the server's page; `isTyping`: the reader still types it. */
    typedBefore(name, isTyping) {
      field.value = name;
      if (!isTyping) {
        takeName(name);
        return;
      }
      panel.open = true;
      field.focus();
    },
    /** The server refused the name that was typed: it is in the field again, with the reason. */
    refused(typed, words) {
      panels.open('me');
      field.value = typed;
      field.focus();
      tell(words);
    },
    /** The reader has this name now. */
    setName(name) {
      tell('');
      const summary = panel.querySelector('summary');
      summary.replaceChildren(element('bdi', '', name));
      summary.title = say('changeName');
      if (document.activeElement !== field) field.value = name;
    },
  };
}
