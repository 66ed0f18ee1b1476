import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { encode } from "uqr";
import { InviteError, type InviteWish, type KnownInvite, type NewInvite } from "../link/invites";
import type { Session } from "../session/session";
import { dateTime } from "../strings/figures";
import { words } from "../strings/language";
import { Fold } from "./fold";

const ROLES: readonly InviteWish["role"][] = ["presenter", "staff", "observer"];
const HOURS = [1, 8, 48] as const;

/** Invites somebody, by a link and a code to scan, and takes invites back. Closed until it is needed. */
export function InvitePanel({ session }: { readonly session: Session }): JSX.Element {
  return (
    <Fold name="invites" heading={words.value.watch.invites.heading}>
      {() => <Desk session={session} />}
    </Fold>
  );
}

function Desk({ session }: { readonly session: Session }): JSX.Element {
  const text = words.value.watch.invites;
  const { invites } = session;
  const [made, setMade] = useState<NewInvite | null>(null);
  const [known, setKnown] = useState<readonly KnownInvite[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  const [role, setRole] = useState<InviteWish["role"]>("presenter");
  const [name, setName] = useState("");
  const [hours, setHours] = useState<number>(8);
  const trying = async (act: () => Promise<void>) => {
    setTrouble(null);
    try {
      await act();
      setKnown((await invites?.list(session.bridgeUnixMs())) ?? []);
    } catch (error) {
      const said = error instanceof InviteError ? error.message : String(error);
      setTrouble(said === "" ? text.unreachable : text.failed(said));
    }
  };
  useEffect(() => {
    void trying(async () => {});
  }, []);
  if (invites === null) return <p class="note">{text.none}</p>;
  const make = () =>
    trying(async () => {
      setMade(await invites.make({ role, name, expiresInS: hours * 3600 }));
      setName("");
    });
  return (
    <>
      <form
        class="invite-form"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <label>
          <span>{text.role}</span>
          <select
            class="choice-field"
            data-testid="invite-role"
            value={role}
            onChange={(event) => setRole(event.currentTarget.value as InviteWish["role"])}
          >
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {text.roleOf[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>{text.expires}</span>
          <select
            class="choice-field"
            data-testid="invite-hours"
            value={String(hours)}
            onChange={(event) => setHours(Number(event.currentTarget.value))}
          >
            {HOURS.map((each) => (
              <option key={each} value={String(each)}>
                {text.expiresOf[each]}
              </option>
            ))}
          </select>
        </label>
        <label class="invite-name">
          <span>{text.name}</span>
          <input
            type="text"
            class="text-field"
            data-testid="invite-name"
            maxLength={60}
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" data-testid="invite-make">
          {text.make}
        </button>
      </form>
      {trouble !== null && (
        <p class="note tone-warn" data-testid="invite-trouble">
          {trouble}
        </p>
      )}
      {made !== null && <Made invite={made} onClose={() => setMade(null)} />}
      <h3>{text.list}</h3>
      {known.length === 0 && <p class="note">{text.none}</p>}
      <ul class="invite-list">
        {known.map((each) => (
          <li key={each.id} data-testid="invite">
            <span>
              {text.until(each.name, text.roleOf[each.role] ?? each.role, dateTime(each.expiresUnixMs))}
              {each.present > 0 && <span class="muted"> · {text.present}</span>}
            </span>
            <button
              type="button"
              class="quiet"
              data-testid="invite-revoke"
              aria-label={text.revokeName(each.name)}
              onClick={() => void trying(() => invites.revoke(each.id))}
            >
              {text.revoke}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Made({
  invite,
  onClose,
}: {
  readonly invite: NewInvite;
  readonly onClose: () => void;
}): JSX.Element {
  const text = words.value.watch.invites;
  const [copied, setCopied] = useState(false);
  return (
    <div class="invite-made" data-testid="invite-made" data-url={invite.url}>
      <p class="note">{text.made(invite.name)}</p>
      <QrCode text={invite.url} label={text.qr(invite.name)} />
      <p class="invite-url">{invite.url}</p>
      <div class="row">
        <button
          type="button"
          data-testid="invite-copy"
          onClick={() => {
            navigator.clipboard?.writeText(invite.url).then(
              () => setCopied(true),
              () => setCopied(false),
            );
          }}
        >
          {copied ? text.copied : text.copy}
        </button>
        <button type="button" class="quiet" onClick={onClose}>
          {text.close}
        </button>
      </div>
    </div>
  );
}

/** Dark on light with a quiet zone of four, as readers want it. */
function QrCode({ text, label }: { readonly text: string; readonly label: string }): JSX.Element {
  const { data, size } = encode(text, { border: 4 });
  let path = "";
  for (const [y, row] of data.entries()) {
    for (const [x, dark] of row.entries()) if (dark) path += `M${x} ${y}h1v1h-1z`;
  }
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} data-testid="qr">
      <path class="qr-light" d={`M0 0h${size}v${size}H0z`} />
      <path class="qr-dark" d={path} />
    </svg>
  );
}
