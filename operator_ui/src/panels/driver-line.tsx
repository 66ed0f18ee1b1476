import type { JSX } from "preact";
import { nameOf } from "../session/room";
import type { Session } from "../session/session";
import { words } from "../strings/language";

/** Who has the controls, as the robot says. */
export function DriverLine({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.drive;
  const robot = session.robot.value;
  const driver = robot?.fresh ? robot.driver : null;
  let sentence = text.other(nameOf(session.desk.value, driver));
  if (!robot?.fresh) sentence = text.unknown;
  else if (session.lease.value !== null) sentence = text.you;
  else if (driver === null) sentence = text.nobody;
  return (
    <p class="lease-who" data-testid="driver" data-driver={driver ?? ""}>
      {sentence}
    </p>
  );
}
