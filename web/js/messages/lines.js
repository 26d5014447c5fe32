// From lines, as the server sends them, to items, as a log view shows them.
//
// Owns: what each kind of line means: an item of its own, or a change of another.
// Must not know: the document, where the items go.
//
// Part: `chat.js`.

import { isolated, speaksTo } from '../elements.js';
import { say } from '../words.js';

/** What stands in the place of a name that its person has removed. */
const REMOVED_NAME = '@removed';

/** What stands in the place of a name if the server itself did something. */
const SERVER_NAME = '@server';

/** Lines that say that the reader took another name, of those that the page has read. */
export const ownNewNames = [];

const nobody = () => ({ from: say('removedName'), isGone: true });

/** Returns a name as the reader sees it. */
export const nameShown = (name) => (name === REMOVED_NAME ? say('removedName') : name);
const nameOf = (line) => isolated(nameShown(line.from));

/** `find(seq)` returns the item of a line. Who replies to the reader speaks to them. */
function itemOfLine(line, ownName, find) {
  const own = Boolean(line.own);
  const repliedTo = line.reply && find(line.reply);
  return {
    kind: 'said',
    type: line.type,
    seq: line.seq,
    id: line.id || '',
    own,
    reply: line.reply || 0,
    ...(line.from === REMOVED_NAME ? nobody() : { from: line.from }),
    secretSign: line.mark || '',
    classic: Boolean(line.classic),
    text: line.type === 'delete' ? null : line.text,
    at: line.time,
    isEdited: line.edited,
    state: 'sent',
    isToMe: !own && line.type !== 'delete' && (Boolean(repliedTo && repliedTo.own) || speaksTo(ownName, line)),
  };
}

function topicWords(line) {
  return line.text ? say('topicSet', { name: nameOf(line), topic: isolated(line.text) })
    : say('topicGone', { name: nameOf(line) });
}

function pinWords(line) {
  if (line.from === SERVER_NAME) return say('pinLost');
  return say(line.of ? 'pinSet' : 'pinGone', { name: nameOf(line) });
}

const nameWords = (line) => say('renamed', { name: nameOf(line), to: isolated(line.to) });

/**
 * Returns whether a line is gone with this `removed`. Of lines before those that the server has
 * looked at it says nothing, so these count as gone. They come again when the page asks for them.
 */
export function goneBy({ before, lines }) {
  const gone = new Set(lines);
  return ({ seq }) => gone.has(seq) || (seq > 0 && seq < before);
}

/** Whether a `removed` is about a person who has left for good, and took their messages along. */
export const isOfLeaver = ({ from }) => from === REMOVED_NAME;

/**
 * Removes what is gone with this `removed` from the log view `view`. If a person has left for good,
 * notes that name the person go, too; lines of an earlier epoch have no numbers: there the name
 * says whose they were.
 */
export function removeLines(view, frame) {
  const { before, lines } = frame;
  const gone = new Set(lines);
  const isLeaver = isOfLeaver(frame);
  const names = new Set(isLeaver ? view.messages(({ seq }) => gone.has(seq)).map(({ from }) => from) : []);
  const isTheirs = ({ seq, own, from }) => gone.has(seq) || (!seq && !own && names.has(from));
  for (const item of view.messages(isTheirs)) {
    Object.assign(item, { text: null, ...(isLeaver && nobody()), secretSign: '', isEdited: false, isToMe: false, reply: 0, row: null });
  }
  const namesThem = ({ text }) => Array.from(names, isolated).some((name) => text.includes(name));
  view.removeAll((item) => (item.seq > 0 && item.seq < before)
    || (item.kind !== 'said' && (item.seq ? gone.has(item.seq) : namesThem(item))), before);
}

/** Applies an edit or a deletion to the item that `find(seq)` returns. */
export function change(line, find) {
  const item = find(line.of);
  if (!item || item.text === null) return;
  item.text = line.type === 'delete' ? null : line.text;
  item.isEdited = line.type === 'edit';
  // A deleted message calls nobody, and replies to nothing.
  if (item.text === null) Object.assign(item, { isToMe: false, reply: 0 });
}

/** Returns the item of a line; null if the line only changes another, which `find(seq)` returns. */
export function readLine(line, ownName, find) {
  if (line.type === 'removed') {
    return { kind: 'note', seq: line.seq, at: line.time, text: `${nameOf(line)} ${say(isOfLeaver(line) ? 'removedAll' : line.all ? 'deletedAll' : 'deletedMany')}` };
  }
  if (line.to && line.own) ownNewNames.push(line);
  const words = { topic: topicWords, pin: pinWords, 'new-name': nameWords }[line.type];
  if (words) return { kind: 'note', seq: line.seq, at: line.time, text: words(line), leadsTo: line.of || 0 };
  const isChange = line.type === 'edit' || (line.type === 'delete' && line.of !== line.seq);
  if (!isChange) return itemOfLine(line, ownName, find);
  change(line, find);
  return null;
}

/**
 * Returns the items of lines, oldest first; some of the lines may only change others, which
 * `find(seq)` returns.
 */
export function itemsOf(lines, ownName, find) {
  const items = [];
  for (const line of lines) {
    const item = readLine(line, ownName, (seq) => items.find((one) => one.seq === seq) || find(seq));
    if (item) items.push(item);
  }
  return items;
}
