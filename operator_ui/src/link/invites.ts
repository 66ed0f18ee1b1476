/** Invites, made over the bridge's REST interface with this page's own invite as the credential. */

export interface NewInvite {
  readonly id: string;
  readonly role: string;
  readonly name: string;
  readonly url: string;
  readonly expiresUnixMs: number;
}

export interface InviteWish {
  readonly role: "presenter" | "staff" | "observer";
  readonly name: string;
  readonly expiresInS: number;
}

export interface KnownInvite {
  readonly id: string;
  readonly role: string;
  readonly name: string;
  readonly expiresUnixMs: number;
  readonly present: number;
}

/** What went wrong, in the bridge's own words where it has any. */
export class InviteError extends Error {}

export class Invites {
  readonly #token: string;
  readonly #fetch: typeof fetch;

  constructor(token: string, ask: typeof fetch) {
    this.#token = token;
    this.#fetch = ask;
  }

  /** Invite somebody into this robot's room. */
  async make({ role, name, expiresInS }: InviteWish): Promise<NewInvite> {
    const body = { role, expires_in_s: expiresInS, ...(name.trim() === "" ? {} : { name: name.trim() }) };
    const made = await this.#ask("POST", "/api/invites", body);
    const invite = made.invite as Record<string, unknown>;
    return { ...knownOf(invite), url: String(made.url) };
  }

  /** Return the invites that still let in, newest first. */
  async list(nowUnixMs: number): Promise<readonly KnownInvite[]> {
    const { invites } = await this.#ask("GET", "/api/invites");
    return (invites as Record<string, unknown>[])
      .filter((each) => each.revoked_unix_ms === null && Number(each.expires_unix_ms) > nowUnixMs)
      .map(knownOf);
  }

  /** Revoke an invite, and send off whoever came with it. */
  async revoke(id: string): Promise<void> {
    await this.#ask("DELETE", `/api/invites/${encodeURIComponent(id)}`);
  }

  async #ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    let answer: Response;
    try {
      answer = await this.#fetch(path, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new InviteError("");
    }
    const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
    if (!answer.ok) throw new InviteError([said.expected, said.seen, said.cure].filter(Boolean).join("; "));
    return said;
  }
}

function knownOf(invite: Record<string, unknown>): KnownInvite {
  return {
    id: String(invite.id),
    role: String(invite.role),
    name: String(invite.name),
    expiresUnixMs: Number(invite.expires_unix_ms),
    present: Number(invite.present ?? 0),
  };
}
