// What stands over the log of the room: a private talk, or the results of a search; one at a time.
//
// Owns: which one it is, and its entry in the browser's history: the browser's Back button leads
// out of it.
// Must not know: what is in it.
//
// Part: `chat.js`.

/**
 * Makes the one place over the log. What stands there is a cover: { hide() }, and `hide()` hides
 * it.
 */
export function openCovers() {
  let shown = null;
  let isGoingBack = false;
  const isInHistory = () => Boolean(history.state && history.state.isCovered);
  const addToHistory = () => history.pushState({ isCovered: true }, '');

  addEventListener('popstate', () => {
    const wasAsked = isGoingBack;
    isGoingBack = false;
    if (!shown || isInHistory()) return;
    if (wasAsked) {
      // A cover was opened again before the browser went back.
      addToHistory();
    } else {
      const gone = shown;
      shown = null;
      gone.hide();
    }
  });

  return {
    enter(cover) {
      const other = shown;
      shown = cover;
      if (other && other !== cover) other.hide();
      if (!isInHistory()) addToHistory();
    },
    leave(cover) {
      if (shown !== cover) return false;
      shown = null;
      cover.hide();
      isGoingBack = isInHistory();
      if (isGoingBack) history.back();
      return true;
    },
    isOpen: (cover) => shown === cover,
    isEmpty: () => !shown,
  };
}
