import React from 'react';

import { IBar } from './statistics';

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
export function Bars(props: {
  title: string;
  note?: string;
  /** The heads of the two columns, for screen readers. */
  of: string;
  count: string;
  bars: IBar[];
  empty: string;
}): JSX.Element {
  const { title, note, of, count, bars, empty } = props;
  const id = React.useId();
  return (
    <section className="codegym-Class-part" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {note && <p className="codegym-Meta">{note}</p>}
      {bars.length ? (
        <table className="codegym-Bars" aria-labelledby={id}>
          <thead className="codegym-Hidden">
            <tr>
              <th scope="col">{of}</th>
              <td></td>
              <th scope="col">{count}</th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ key, label, value, share }) => (
              <tr key={key}>
                <th scope="row">{label}</th>
                <td className="codegym-Bars-bar">
                  <Bar share={share} />
                </td>
                <td className="codegym-Bars-number">{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p className="codegym-Quiet">{empty}</p>
      )}
    </section>
  );
}
