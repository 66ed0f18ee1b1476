import type { FaceWords } from "./face-en";

export const faceZhCN: FaceWords = {
  heading: "你的面容",
  turnOn: "在机器人上显示我的脸",
  opening: "正在请求摄像头……",
  turnOff: "不再显示",
  selfView: "你的摄像头画面",
  note: {
    off: "摄像头未打开，机器人显示休息的面容。",
    shown: "机器人正在显示你的脸。",
    waiting: "轮到你操控时，机器人就会显示。",
    noDisplay: "这台机器人没有面部显示屏。",
    noCall: "还没有呼叫机器人。",
  },
  trouble: {
    insecure: "浏览器只把摄像头交给通过 https 打开的页面。请打开 https 链接。",
    denied: "浏览器被设为不允许本页使用摄像头。请在地址栏中允许，然后重试。",
    absent: "没有找到摄像头。请接上后重试。",
    busy: "摄像头正被其他程序占用。请关闭该程序后重试。",
    lost: "摄像头已拔出或关闭。请接好后重试。",
    failed: "摄像头没有打开。请重试，或换一个浏览器。",
  },
};
