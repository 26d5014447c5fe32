// The reader's own panel, behind the pill with the name: when it is loaded, and what becomes of a
// name that the reader has typed.
//
// Owns: what the panel must know before it is loaded.
// Must not know: what stands in the panel.
//
// Part: `chat.js`.

import { pageElement } from '../layout.js';
import { say } from '../words.js';
import { fillLater } from './fill.js';

/**
 * Makes the reader's panel. `takeName(name)` asks for a name, and returns what is wrong; `redraw()`
 * draws all messages again. Returns { nameForm, drawIgnored, focusTransport }.
 */
export function openReader({ session, connection, panels, ignored, takeName, redraw }) {
  let settings = null;
  pageElement('#me summary').title = say('changeName');
  const fill = fillLater('me', () => import('./panels/settings.js'), ({ fillSettings }) => {
    settings = fillSettings({ connection, panels, ignored, takeName, name: session.name, redraw });
    return settings;
  });

  function open(act) {
    panels.open('me');
    fill().then(act, () => {});
  }

  return {
    nameForm: {
      /** The reader was typing this name in the server's page. */
      typing: (typed) => open((filled) => filled.typing(typed)),
      /** The server refused the name: puts it back into the panel's field, with the reason. */
      refused: (typed, words, frame) => open((filled) => filled.refused(typed, words, frame)),
      named() { if (settings) settings.named(); },
    },
    drawIgnored() { if (settings) settings.drawIgnored(); },
    /** Opens the panel at the setting for the transport. */
    focusTransport: () => open((filled) => filled.focusTransport()),
  };
}
