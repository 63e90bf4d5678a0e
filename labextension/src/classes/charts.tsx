import React from 'react';

import { IBar } from './statistics';
import { Rows } from './tab';

/** The bar alone: the number beside it says the same, so screen readers skip it. */
export function Bar({ share }: { share: number }): JSX.Element {
  const width = Math.max(share > 0 ? 1 : 0, Math.min(1, share) * 100);
  return (
    <svg className="codegym-Bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      <rect className="codegym-Bar-track" width="100" height="10" />
      <rect className="codegym-Bar-value" width={width} height="10" />
    </svg>
  );
}

/** Figures as bars, which are the rows of a table: it reads and copies as one. */
export function Bars(props: { title: string; note?: string; bars: IBar[]; empty: string }): JSX.Element {
  const { title, note, bars, empty } = props;
  const rows = bars.map(({ key, label, value, share }) => ({
    key,
    cells: [label, <Bar key="" share={share} />, value]
  }));
  return (
    <section className="codegym-Class-part">
      <h3>{title}</h3>
      {note && <p className="codegym-Meta">{note}</p>}
      {bars.length ? (
        <Rows label={title} numbers={[2]} rows={rows} />
      ) : (
        <p className="codegym-Quiet">{empty}</p>
      )}
    </section>
  );
}
