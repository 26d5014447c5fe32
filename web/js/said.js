// From a line of the wire to what the log does with it.
//
// Owns: what each kind of line means for the rows: a message is one, an edit
// changes one, a topic is told.
// Must not know: the line it came on, how a row looks.
//
// Next: `ignored.js`.

import { apart, asWord } from './text.js';

/** Whether `text` speaks to `name`: has it in it, as a word. */
export function speaksTo(text, name) {
  return Boolean(name) && asWord(name).test(text);
}

/**
 * Reads lines for `log`. `name()` is what one is called, `say` the words of what happened; `topic(text)` hears of a new topic.
 */
export function openReader({ log, name, say, topic }) {
  /** A message as an item of the log. */
  function itemOf(told) {
    const own = Boolean(told.own);
    return {
      kind: 'said',
      type: told.type,
      seq: told.seq,
      id: told.id || '',
      own,
      from: told.from,
      sign: told.mark || '',
      classic: Boolean(told.classic),
      text: told.type === 'delete' ? null : told.text,
      at: told.time,
      state: 'sent',
      isToMe: !own && told.type !== 'delete' && speaksTo(told.text, name()),
    };
  }

  function topicWords(told) {
    return told.text ? say('topicSet', { name: apart(told.from), topic: apart(told.text) })
      : say('topicGone', { name: apart(told.from) });
  }

  /** Changes what `find(of)` gives. */
  function change(told, find) {
    const item = find(told.of);
    if (!item || item.text === null) return;
    item.text = told.type === 'delete' ? null : told.text;
    item.isEdited = told.type === 'edit';
  }

  /** An item, or nothing where the line only changes another. */
  function read(told, find) {
    if (told.type === 'topic') {
      return { kind: 'note', seq: told.seq, at: told.time, text: topicWords(told) };
    }
    const changes = told.type === 'edit' || (told.type === 'delete' && told.of !== told.seq);
    if (!changes) return itemOf(told);
    change(told, find);
    return null;
  }

  return {
    /** A line that came now. Returns its item if it is another's message. */
    line(told) {
      const item = read(told, log.find);
      if (told.type === 'topic') topic(told.text);
      if (!item) log.redraw();
      else if (item.kind === 'note') log.tell('note', item.text, item.at, item.seq);
      else if (!replaces(item)) log.said(item);
      return item && item.kind === 'said' ? item : null;
    },

    /** Lines of history, oldest first, before all others. */
    history(lines, more) {
      const found = [];
      const find = (seq) => found.find((item) => item.seq === seq) || log.find(seq);
      for (const told of lines) {
        const item = read(told, find);
        if (item) found.push(item);
      }
      log.before(found, more);
    },
  };

  /** What the box had lost and has again takes its old row. */
  function replaces(item) {
    const [lost] = item.id ? log.those((one) => one.isLost && one.id === item.id && one.from === item.from) : [];
    if (!lost) return false;
    Object.assign(lost, { isLost: false, seq: item.seq, at: item.at, text: item.text });
    log.redraw();
    return true;
  }
}
