import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { IPicture } from '../records';
import { useSaid } from './form';

interface IPlotProps {
  trans: TranslationBundle;
  /** What the figure should look like; null where that cannot be drawn now. */
  wanted(): Promise<IPicture | null>;
  /** What the answer drew last (PNG, base64). */
  own: string | null;
}

/** The figure that is wanted, and beside it the student's own. */
export function Plot({ trans, wanted, own }: IPlotProps): JSX.Element | null {
  const picture = useSaid(wanted);
  return (
    picture && (
      <div className="codegym-Plots">
        <Shown name={trans.__('Wanted')} png={picture.png} alt={inWords(picture, trans)}>
          <Values picture={picture} trans={trans} />
        </Shown>
        <Shown name={trans.__('Yours')} png={own} alt={trans.__('What your code drew last')}>
          {!own && <p className="codegym-Quiet">{trans.__('No picture yet. Run the cell to draw it.')}</p>}
        </Shown>
      </div>
    )
  );
}

function Shown(props: {
  name: string;
  png: string | null;
  alt: string;
  children: React.ReactNode;
}): JSX.Element {
  const { name, png, alt, children } = props;
  return (
    <figure>
      <figcaption className="codegym-Form-name">{name}</figcaption>
      {png && <img src={`data:image/png;base64,${png}`} alt={alt} />}
      {children}
    </figure>
  );
}

/** "Rain, bar; x axis: month; y axis: rain in mm" */
function inWords({ kind, title, xlabel, ylabel }: IPicture, trans: TranslationBundle): string {
  const axes = [
    [title, kind].filter(Boolean).join(', '),
    xlabel && trans.__('x axis: %1', xlabel),
    ylabel && trans.__('y axis: %1', ylabel)
  ];
  return axes.filter(Boolean).join('; ');
}

/** What the picture shows, for who does not see it. */
function Values({ picture, trans }: { picture: IPicture; trans: TranslationBundle }): JSX.Element | null {
  const { rows, xlabel, ylabel } = picture;
  return rows.length ? (
    <table className="codegym-Hidden">
      <caption>{trans.__('Values in the expected picture')}</caption>
      <thead>
        <tr>
          <th scope="col">{xlabel || 'x'}</th>
          <th scope="col">{ylabel || 'y'}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={i}>
            {row.map((value, j) => (
              <td key={j}>{value}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  ) : null;
}
