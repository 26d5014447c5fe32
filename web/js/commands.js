// What begins with a slash: commands, spelled as `threadbare join` spells them.
//
// Owns: the spelling. `//` says a text that begins with one.
// Must not know: what a command does.
//
// Next: `reasons.js`.

/** The commands that this page has. */
const COMMANDS = ['me', 'msg', 'name', 'topic', 'password', 'hide', 'show', 'join', 'leave', 'rooms', 'who', 'edit', 'delete', 'search', 'ignore', 'quit', 'help'];

/** A text as it is typed to be said and not done. */
export const escaped = (text) => (text.startsWith('/') ? `/${text}` : text);

/** A text as it may be kept: neither a password nor a secret is kept anywhere. */
export const withoutPassword = (text) => text.replace(/^(\s*\/password)\s[^]*$/, '$1')
  .replace(/^(\s*\/join[ \t]+\S+)[ \t].*/, '$1').replace(/^(\s*\/name\s[^#]*)#.*/, '$1');

/** A text given back beside what is typed by now: never behind a command's back. */
export function withText(text, later) {
  if (!later || !text) return text || later;
  return later.startsWith('/') && !later.startsWith('//') ? `${later}\n${text}` : `${text}\n${later}`;
}

/** What was typed to make `item`, to be typed again. */
export function spelled(item) {
  // Where a name ends must be typed.
  if (item.type === 'private') return `/msg ${/\s/.test(item.more.to) ? `"${item.more.to}"` : item.more.to} ${item.text}`;
  if (item.type === 'topic') return `/topic ${item.text || '-'}`;
  if (item.type !== 'say') return `/${item.type} ${item.more.seq ? `#${item.more.seq} ` : ''}${item.text}`;
  return escaped(item.text);
}

/**
 * Reads what was typed: { name: 'say', text }, or { name, text } of a command, or
 * `null` if nothing is called so.
 */
export function readCommand(typed) {
  if (!typed.startsWith('/')) return { name: 'say', text: typed };
  if (typed.startsWith('//')) return { name: 'say', text: typed.slice(1) };
  const [word] = typed.slice(1).split(/\s/, 1);
  if (!COMMANDS.includes(word)) return null;
  return { name: word, text: typed.slice(1 + word.length).trim() };
}
