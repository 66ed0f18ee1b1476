/** How the robot is reached, in English. */
import type { Road } from "../wire/messages.gen";

export const linkEn = {
  heading: "The robot's link",
  up: "up",
  upIn: (roundTrip: string) => `up, ${roundTrip}`,
  down: "lost",
  race: "Which road brought the commands of the last 10 s first, and by how much:",
  road: { bridge: "over the bridge", direct: "directly", local: "in the hall" } satisfies Record<
    Road,
    string
  >,
  ahead: (share: string, lead: string) => `${share}, by ${lead}`,
};
