import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";

/** A panel that is closed until it is needed; what it holds is made only then. */
export function Fold({
  name,
  heading,
  children,
}: {
  readonly name: string;
  readonly heading: string;
  readonly children: () => ComponentChildren;
}): JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <section class={`panel ${name}`} aria-label={heading} data-testid={name}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{heading}</summary>
        {open && <div class="fold">{children()}</div>}
      </details>
    </section>
  );
}
