// The page for a box that is away. This is a service worker: a program of its own, which
// the browser starts when a page is asked for, and only where the address is secure.
//
// Owns: one page and its style, kept for that time.
// Must not know: what is on any other page; the box is asked first, always.
//
// `js/main.js` has the browser start it.

const AWAY = '/away';

async function keepPage() {
  // As this program was asked for: in a language.
  const page = await fetch(AWAY + location.search, { cache: 'reload' });
  if (!page.ok) throw new Error(`no page: ${page.status}`);
  const kept = await caches.open('threadbare');
  const styles = Array.from((await page.clone().text()).matchAll(/href="(\/assets\/[^"]+\.css)"/g), ([, style]) => style);
  await kept.addAll(styles);
  await kept.put(AWAY, page);
  // What another build has left.
  const isNew = ({ url }) => [AWAY, ...styles].includes(new URL(url).pathname);
  await Promise.all((await kept.keys()).filter((one) => !isNew(one)).map((old) => kept.delete(old)));
}

/** The box's answer; what is kept, if it has none. */
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
  // A form is on its way with what was typed: the browser itself offers to send it again.
  const isAsked = request.method === 'GET' && request.destination === 'document';
  const isRoom = isAsked && (pathname === '/' || pathname.startsWith('/r/'));
  if (isRoom) event.respondWith(answer(request, AWAY));
  else if (request.destination === 'style') event.respondWith(answer(request, request));
});
