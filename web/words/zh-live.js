// Sentences of the live page alone, in Chinese.
//
// Owns: these words; `zh.js` has those that the box's own pages say, too.
// Must not know: where a sentence is shown. The same keys stand in `en-live.js`; a
// test compares them. Punctuation is full-width.
//
// Next: `../js/main.js`.

export const words = {
  "besides": "；",
  "catchingUpMany": "正在补收，还有 {n} 条",
  "olderPage": "页面版本较旧。",
  "reload": "重新加载",
  "keepsNothing": "新消息暂时无法保存",
  "endedTooSlow": "本页发送的内容太慢或分段过多",
  "endedTooLong": "本页发送的内容太长",
  "endedUnreadable": "本页发送的内容无法读取",
  "endedOlder": "页面版本较旧",
  "endedPassword": "这台服务器需要密码",
  "sendOff": "重新加入后才能发送，文字保留在这里。",

  "notSent": "未发送：",
  "retry": "重试",
  "takeBack": "取回",
  "mayBeSaid": "这条可能已经发出，再次发送前请先看一看。",
  "fastWaits": "有点快，{n} 秒后发出。",

  "wrongPassword": "密码不对。",
  "notInRoom": "你不在这个房间里。",
  "tooManyDevices": "你已在太多设备上登录。",
  "tooManyRooms": "房间已经太多了。",
  "badRoom": "房间名最多 32 个字母或数字（任何文字），可用 - 和 _。",
  "nothingKept": "这台服务器不保存可供搜索的内容。",
  "pastUnreadable": "更早的内容现在无法读取。",

  "showAllLines": "显示全部，共 {n} 行",
  "topicOf": "{room} 的话题",
  "setIt": "设定",
  "history": "历史记录",
  "leaveRoom": "离开 {room}",
  "span": "{from} 至 {to}",
  "foldCounts": "all"
};
