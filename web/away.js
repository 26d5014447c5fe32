// A service worker, which shows a page while the server is away. The browser starts it when a page
// is asked for; only at secure addresses.
//
// Owns: the copies of that page and of its style sheets.
// Must not know: what is on any other page. It always asks the server first.
//
// `js/main.js` has the browser install it.

/** The path of the front page, beside which this script is. */
const HOME = new URL('.', location.href).pathname;
const AWAY = `${HOME}away`;

async function keepPage() {
  // The query says in which language.
  const page = await fetch(AWAY + location.search, { cache: 'reload' });
  if (!page.ok) throw new Error(`no page: ${page.status}`);
  const kept = await caches.open(`threadbare${HOME.slice(0, -1)}`);
  const styles = Array.from((await page.clone().text()).matchAll(/href="(\/[^"]+\.css)"/g), ([, style]) => style);
  await kept.addAll(styles);
  await kept.put(AWAY, page);
  // Removes style sheets of other builds of the server.
  const isNew = ({ url }) => [AWAY, ...styles].includes(new URL(url).pathname);
  await Promise.all((await kept.keys()).filter((one) => !isNew(one)).map((old) => kept.delete(old)));
}

/** Returns the server's answer. If there is none, it returns the copy of `otherwise`. */
async function answer(request, otherwise) {
  try {
    return await fetch(request);
  } catch (away) {
    return (await caches.match(otherwise)) || Response.error();
  }
}

addEventListener('install', (event) => event.waitUntil(keepPage()));
addEventListener('fetch', (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  // A POST has what was typed: the browser itself offers to send it again.
  const isAsked = request.method === 'GET' && request.destination === 'document';
  const isRoom = isAsked && (pathname === HOME || pathname.startsWith(`${HOME}r/`));
  if (isRoom) event.respondWith(answer(request, AWAY));
  else if (request.destination === 'style') event.respondWith(answer(request, request));
});
