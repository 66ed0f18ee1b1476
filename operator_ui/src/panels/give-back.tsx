import type { JSX } from "preact";
import type { Lease } from "../drive/stream";
import type { Session } from "../session/session";
import { words } from "../strings/language";

interface GiveBackProps {
  readonly session: Session;
  readonly lease: Lease;
}

/** Let go of the controls, for whoever has them. */
export function GiveBack({ session, lease }: GiveBackProps): JSX.Element {
  return (
    <button
      type="button"
      data-testid="give-back"
      disabled={session.isWaiting("lease_return")}
      onClick={() => session.ask({ type: "lease_return", fence: lease.fence })}
    >
      {words.value.drive.giveBack}
    </button>
  );
}
