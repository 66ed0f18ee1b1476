/** The words of the voice, in Chinese. */
import type { voiceEn } from "./voice-en";

export const voiceZhCN: typeof voiceEn = {
  heading: "声音",
  hear: "收听现场",
  hearOff: "静音现场",
  own: "麦克风",
  hall: "现场",
  you: "你在现场的音量",
  voices: "现场听到的人声",
  turnOn: "打开麦克风",
  asking: "浏览器正在请求许可……",
  mute: "静音 (M)",
  unmute: "取消静音 (M)",
  talk: "按住说话 (V)",
  talkBackstage: "按住与后台通话 (B)",
  backstageMeans: "只有主讲人和现场人员听得到，现场观众听不到。",
  backstage: "主讲人和现场人员听得到你，现场观众听不到。",
  backstageNow: (name, hears) =>
    hears ? `${name} 正在后台通话，现场观众听不到。` : `${name} 正在后台通话。请按“收听现场”来听。`,
  backstageYou: "你正在后台通话。",
  backstageQuiet: "没有人在后台通话。",
  turnOff: "关闭",
  heard: "现场能听到你。",
  notYetHeard: "你在说话，机器人还没有播放出来。",
  muted: "已静音。按住 V 说话。",
  push: "按住 V 说话，只有这时现场能听到你。",
  closed: "现场人员已将你静音，现场听不到你。",
  off: "麦克风未打开。",
  nothing: "机器人没有声音：",
  loudness: { silent: "无声", quiet: "偏轻", good: "合适", loud: "过响" },
  trouble: {
    insecure:
      "本页面没有使用 TLS，浏览器不会提供麦克风。请用 https 打开，或在服务器本机上打开。操控不受影响。",
    denied: "浏览器未获准使用麦克风。请在地址栏中允许，然后重新打开麦克风。",
    absent: "没有找到麦克风。请接上麦克风，然后重新打开。",
    busy: "麦克风被其他程序占用。请先在那里关闭，然后重新打开。",
    lost: "麦克风断开了：被拔出，或许可被收回。现在没有人听到你。请重新打开。",
    failed: "浏览器无法打开麦克风。请重新打开，或刷新页面。",
  },
  echo: {
    partly: "有人通过机器人说话时，现场的人声会被切断。",
    ducked: "有人通过机器人说话时，现场的声音会被压低。",
    off: "机器人不消除回声，请使用耳机。",
  },
  delay: ({ totalMs, pageMs, wayMs, robotMs }) =>
    `从口到耳约 ${totalMs} 毫秒 = 页面 ${pageMs} + 传输 ${wayMs} + 机器人 ${robotMs}`,
  concealed: (share) => `你的语音有 ${share} 丢失后被补上`,
};
