// What tells of new messages: the icon of the tab, which is filled while its title says that there
// are some; and the words of their counts in that title and on the pill.
//
// Owns: how the icon looks, and these words.
// Must not know: how many messages are new.
//
// Part: `chat.js`.

import { say } from '../words.js';

/** favicon.svg as a URL: the icon must change also without a connection. */
const ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' stroke='currentColor' stroke-width='2' stroke-linecap='round'%3E%3Cstyle%3Esvg{color:%232b4688}@media(prefers-color-scheme:dark){svg{color:%23b0c4f7}}%3C/style%3E%3Cpath opacity='.45' d='M5 2v20M19 2v20'/%3E%3Cpath d='M12 2v7M12 15v7'/%3E%3Ccircle cx='12' cy='12' r='3'/%3E%3C/svg%3E";

/**
 * Returns what the title says: `n` messages are new here, of which `toMe` call the reader, and so
 * many call the reader `elsewhere`. What calls the reader comes first: "@1 5".
 */
export function titleWords(n, toMe, elsewhere) {
  const [calls, all] = [toMe + elsewhere, n + elsewhere];
  return [calls ? `@${calls}` : '', all > calls ? all : ''].filter(Boolean).join(' ');
}

/** Returns what the pill says: `words` tell how many messages are new; `toMe` call the reader. */
export const pillWords = (words, toMe) => (toMe ? say(toMe === 1 ? 'pillToYouOne' : 'pillToYou', { words, n: toMe }) : words);

/** Lets the icon follow the title: "(2) lobby" has something new. */
export function watchTabIcon() {
  const icon = document.querySelector('link[rel="icon"]');

  function draw() {
    const wanted = document.title.startsWith('(') ? ICON.replace("r='3'", "r='3' fill='currentColor'") : ICON;
    if (icon.href !== wanted) icon.href = wanted;
  }

  new MutationObserver(draw).observe(document.querySelector('title'), { childList: true });
  draw();
}
