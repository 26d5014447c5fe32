// Every sentence of the page, in Chinese.
//
// Owns: the words. `{n}` and the like are filled in by `say` in `js/main.js`.
// Must not know: where a sentence is shown. The same keys stand in `en.js`; a
// test compares them. Punctuation is full-width.
//
// Next: `../js/main.js`.

export const words = {
  language: 'zh-Hans',
  locale: 'zh-CN',

  skip: '跳到输入框',
  messagesIn: '{room} 的消息',
  messageTo: '发送到 {room}',
  send: '发送',

  connecting: '正在连接',
  connected: '已连接',
  wayLive: '，实时',
  closed: '连接已断开。',
  retryIn: '{n} 秒后重连。',
  retryNow: '正在重连。',
  offline: '设备已离线。',
  restarting: '服务器正在重启。',
  now: '立即重连',
  saidClosed: '连接已断开',
  saidConnected: '已连接',

  you: '你',
  sending: '发送中',
  sent: '已发送',
  waits: '等待连接',
  unsure: '可能未发送：',
  unsureSaid: '可能未发送：{text}',
  retry: '重试',
  takeBack: '取回',
  showAll: '显示全部，共 {n} 字',

  begins: '你来之前的消息不在这里。',
  cut: '{from} 到 {to} 连接中断，其间的消息不在这里。',
  cutShort: '{from} 连接中断了 {n} 秒，其间的消息不在这里。',
  dropped: '更早的消息已不在本页。',

  unreadOne: '你离开后有 1 条新消息',
  unreadMany: '你离开后有 {n} 条新消息',
  pillOne: '1 条新消息',
  pillMany: '{n} 条新消息',

  breaks: '换行会变成空格。',
  bytesLeftOne: '还可输入 1 字节',
  bytesLeft: '还可输入 {n} 字节',
  bytesOverOne: '超出 1 字节。',
  bytesOver: '超出 {n} 字节。',
  bytesOverRefusedOne: '超出 1 字节，未发送。',
  bytesOverRefused: '超出 {n} 字节，未发送。',
  tooLongForBox: '服务器认为这条消息太长，断开了连接。文字已放回输入框。',
  tooManyUnsent: '已有 {n} 条消息在等待，这条未发送，文字仍在这里。',
};
