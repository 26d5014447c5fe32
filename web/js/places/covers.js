// What stands over the log of the room: a private talk, or the results of a search; or both, the
// results over the talk in which the reader searches. On a narrow page an open panel stands over
// all of them.
//
// Owns: which of them there are, and their entry in the browser's history: the browser's Back
// button leads out of the upper one. A message that was found has an entry of its own, from which
// that button leads back to the results. A cover may have an address, as a private talk has. Such a
// cover stays over a reload, and Back and Forward lead to it.
// Must not know: what is in them.
//
// Part: `chat.js`.

/**
 * Makes the place over the log. What stands there is a cover: { hide(), show(), isPanel, place() }.
 * `hide()` hides it, and `show()` shows what was set aside. `place()` returns { fragment, person }:
 * what its address has behind the room's, and the number of the person whom it is about.
 */
export function openCovers() {
  // The last one is on top. All together have one entry in the browser's history.
  let shown = [];
  // The cover that was left for something in it, and what it stood over.
  let [aside, under] = [null, []];
  const entry = () => history.state || {};
  const isInHistory = () => Boolean(entry().isCovered);
  const { left } = entry();
  // Opens what the address leads to. Returns false if it leads to the room alone.
  let openAddressed = () => false;
  // If the page was loaded again while something without an address stood here, the entry is left.
  let isGoingBack = isInHistory() && !left && !location.hash;
  if (isGoingBack) history.back();
  const addToHistory = (more) => writeEntry('pushState', { isCovered: true, ...more });

  /** Writes an entry of the browser's history, with the address of what is on top. */
  function writeEntry(how, state) {
    const [{ fragment, person } = {}] = state.isCovered ? shown.map(({ place }) => place && place()).filter(Boolean).slice(-1) : [];
    history[how]({ ...state, person }, '', location.pathname + location.search + (fragment || ''));
  }

  /** The reader came back from what was in a cover. */
  function cameBack() {
    const top = shown[shown.length - 1];
    // The browser's Forward button, or Back from another page that is still there.
    if (!top && !aside && openAddressed()) return;
    if (!aside || (top && top.isPanel)) {
      if (top) shown.pop().hide();
      if (shown.length) addToHistory({ isInside: true });
      else goBack();
      return;
    }
    // The talk over which the results stood was left, and the address names it again.
    if (!shown.length) openAddressed();
    const stays = [...under.filter((one) => shown.includes(one)), aside];
    shown.filter((one) => !stays.includes(one)).reverse().forEach((one) => one.hide());
    [shown, aside] = [stays, null];
    writeEntry('replaceState', entry());
    stays[stays.length - 1].show();
  }

  function goBack() {
    isGoingBack = true;
    history.back();
  }

  addEventListener('popstate', () => {
    const wasAsked = isGoingBack;
    isGoingBack = false;
    if (isInHistory()) {
      // Nothing is here any more: each press of the button changes what is seen.
      if (wasAsked && !shown.length) goBack();
      else if (!wasAsked && !entry().isInside) cameBack();
      return;
    }
    // The reader may have changed the address by hand.
    if (!wasAsked && openAddressed()) return;
    if (!shown.length) return;
    if (!wasAsked) shown.pop().hide();
    // Another cover is left, or one was opened again before the browser went back.
    if (shown.length) addToHistory();
  });

  return {
    /** Shows a cover. The others are hidden, if it is not `isOver` them. */
    enter(cover, isOver = false) {
      const others = shown.filter((one) => one !== cover);
      // It is there again, and not behind what the reader went to.
      const isAgain = cover === aside && entry().isInside;
      if (cover === aside) aside = null;
      shown = isOver ? [...others, cover] : [cover];
      if (!isOver) others.forEach((one) => one.hide());
      if (isAgain) writeEntry('replaceState', { isCovered: true, isInside: true });
      else if (!isInHistory()) addToHistory();
      else if (!isGoingBack) writeEntry('replaceState', entry());
    },
    /** The place of a cover may have changed. */
    moved(cover) {
      const { fragment, person } = cover.place();
      const isNew = fragment !== location.hash || person !== entry().person;
      if (isNew && shown.includes(cover) && isInHistory() && !isGoingBack) writeEntry('replaceState', entry());
    },
    /**
     * From now on what the address leads to is opened, and now, too. `nameIn(fragment)` returns its
     * name, '' if there is none. `open(name, person)` opens it, and returns false if it could not.
     */
    openAddressed(nameIn, open) {
      openAddressed = () => {
        const name = nameIn(location.hash);
        if (!name) return false;
        // The room has an entry of its own, below.
        if (!isInHistory()) writeEntry('replaceState', entry());
        return open(name, entry().person);
      };
      openAddressed();
    },
    /** Hides a cover, and what is over it. Returns false if it is not shown. */
    leave(cover) {
      const at = shown.indexOf(cover);
      if (at < 0) return false;
      // A panel may close after the results for which it asked have come over it.
      (cover.isPanel ? shown.splice(at, 1) : shown.splice(at)).reverse().forEach((one) => one.hide());
      // A cover that was opened and left while the browser is going back has no entry of its own.
      if (!shown.length && isInHistory() && !isGoingBack) goBack();
      return true;
    },
    /**
     * Hides a cover, because the reader goes to something in it: the browser's Back button shows it
     * again. `isCovered`: what the reader goes to stands over the log, too.
     */
    setAside(cover, isCovered) {
      [aside, under] = [cover, shown.filter((one) => one !== cover)];
      shown = [...under];
      cover.hide();
      writeEntry('pushState', { isInside: true, isCovered });
    },
    /** A cover that was set aside is not shown again. */
    forget(cover) { if (aside === cover) aside = null; },
    /**
     * Another page follows. If the browser's Back button leads here again, `left()` returns `what`.
     */
    comeBackWith: (what) => history.replaceState({ ...entry(), left: what }, ''),
    left: () => left,
    isOpen: (cover) => shown.includes(cover),
    /** Whether nothing is here. A panel does not count, because it is open only for a moment. */
    isEmpty: () => shown.every((one) => one.isPanel),
  };
}
