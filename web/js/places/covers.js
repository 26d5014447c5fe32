// What stands over the log of the room: a private talk, or the results of a search; or both, the
// results over the talk in which the reader searches. On a narrow page an open panel stands over
// all of them.
//
// Owns: which of them there are, and their entry in the browser's history: the browser's Back
// button leads out of the upper one.
// Must not know: what is in them.
//
// Part: `chat.js`.

/**
 * Makes the place over the log. What stands there is a cover: { hide(), isPanel }, and `hide()`
 * hides it.
 */
export function openCovers() {
  // The last one is on top. All together have one entry in the browser's history.
  let shown = [];
  const isInHistory = () => Boolean(history.state && history.state.isCovered);
  // If the page was loaded again while something stood here, the entry is left.
  let isGoingBack = isInHistory();
  if (isGoingBack) history.back();
  const addToHistory = () => history.pushState({ isCovered: true }, '');

  addEventListener('popstate', () => {
    const wasAsked = isGoingBack;
    isGoingBack = false;
    if (!shown.length || isInHistory()) return;
    if (!wasAsked) shown.pop().hide();
    // Another cover is left, or one was opened again before the browser went back.
    if (shown.length) addToHistory();
  });

  return {
    /** Shows a cover. The others are hidden, if it is not `isOver` them. */
    enter(cover, isOver = false) {
      const others = shown.filter((one) => one !== cover);
      shown = isOver ? [...others, cover] : [cover];
      if (!isOver) others.forEach((one) => one.hide());
      if (!isInHistory()) addToHistory();
    },
    /** Hides a cover, and what is over it. Returns false if it is not shown. */
    leave(cover) {
      const at = shown.indexOf(cover);
      if (at < 0) return false;
      // A panel may close after the results for which it asked have come over it.
      (cover.isPanel ? shown.splice(at, 1) : shown.splice(at)).reverse().forEach((one) => one.hide());
      isGoingBack = !shown.length && isInHistory();
      if (isGoingBack) history.back();
      return true;
    },
    isOpen: (cover) => shown.includes(cover),
    /** Whether nothing is here. A panel does not count, because it is open only for a moment. */
    isEmpty: () => shown.every((one) => one.isPanel),
  };
}
