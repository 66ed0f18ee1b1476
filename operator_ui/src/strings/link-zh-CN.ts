/** How the robot is reached, in Chinese. */
import type { linkEn } from "./link-en";

export const linkZhCN: typeof linkEn = {
  heading: "机器人的链路",
  up: "正常",
  upIn: (roundTrip) => `正常，往返 ${roundTrip}`,
  down: "已中断",
  race: "最近 10 秒的操控指令由哪条路先送达，领先多少：",
  road: { bridge: "经服务器", direct: "直连", local: "现场" },
  ahead: (share, lead) => `${share}，领先 ${lead}`,
};
