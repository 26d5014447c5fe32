// Emoji by name, those that a chat has use for.
//
// Owns: the names, which are those of other chats.
// Must not know: where they are typed.
//
// Part: `chat.js`.

export const EMOJI = {
  smile: '😄', grin: '😁', joy: '😂', laughing: '😆', wink: '😉', blush: '😊', yum: '😋', sunglasses: '😎',
  heart_eyes: '😍', kissing: '😗', thinking: '🤔', neutral: '😐', smirk: '😏', unamused: '😒', sweat: '😅',
  cry: '😢', sob: '😭', angry: '😠', rage: '😡', scream: '😱', flushed: '😳', sleeping: '😴', tired: '😫',
  confused: '😕', worried: '😟', shrug: '🤷', facepalm: '🤦', wave: '👋', clap: '👏', pray: '🙏', muscle: '💪',
  thumbsup: '👍', thumbsdown: '👎', ok_hand: '👌', point_up: '☝️', point_right: '👉', raised_hand: '✋', handshake: '🤝',
  eyes: '👀', heart: '❤️', broken_heart: '💔', star: '⭐', sparkles: '✨', fire: '🔥', boom: '💥', zap: '⚡',
  sun: '☀️', cloud: '☁️', rain: '🌧️', snow: '❄️', umbrella: '☔', rainbow: '🌈', moon: '🌙', earth: '🌍',
  tree: '🌳', flower: '🌸', leaf: '🍃', dog: '🐶', cat: '🐱', mouse: '🐭', bird: '🐦', fish: '🐟', bug: '🐛', bee: '🐝',
  turtle: '🐢', tea: '🍵', coffee: '☕', beer: '🍺', wine: '🍷', bread: '🍞', cake: '🍰', pizza: '🍕',
  apple: '🍎', soup: '🍲', rice: '🍚', egg: '🥚', ball: '⚽', music: '🎵', guitar: '🎸', art: '🎨',
  book: '📖', pencil: '✏️', memo: '📝', scissors: '✂️', thread: '🧵', yarn: '🧶', wrench: '🔧',
  hammer: '🔨', gear: '⚙️', bulb: '💡', computer: '💻', phone: '📱', camera: '📷',
  lock: '🔒', key: '🔑', bell: '🔔', clock: '🕐', hourglass: '⏳', calendar: '📅', pin: '📌', box: '📦',
  mail: '✉️', house: '🏠', school: '🏫', bus: '🚌', train: '🚆', bike: '🚲', car: '🚗', boat: '⛵', rocket: '🚀',
  gift: '🎁', tada: '🎉', balloon: '🎈', trophy: '🏆', check: '✅', cross: '❌', warning: '⚠️', question: '❓',
  exclamation: '❗', hundred: '💯',
};
