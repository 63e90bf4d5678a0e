import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Diff, ITableRow } from '../records';
import {
  cellDiffers,
  drawnColumns,
  DrawnLine,
  drawnLines,
  IDrawnColumn,
  IStretch,
  kindName,
  stretches
} from './difference';

interface IDiffProps {
  diff: Diff;
  trans: TranslationBundle;
}

/** The difference between what was expected and what the answer gave, drawn; its sentence stands below. */
export function DiffView({ diff, trans }: IDiffProps): JSX.Element | null {
  switch (diff.kind) {
    case 'value':
      return <Pair {...stretches(diff.expected, diff.got)} trans={trans} />;
    case 'item':
      return <ItemPair diff={diff} trans={trans} />;
    case 'type':
      return (
        <Pair
          {...stretches(diff.expected, diff.got)}
          notes={[kindName(diff.expected_type, trans), kindName(diff.got_type, trans)]}
          trans={trans}
        />
      );
    case 'lines':
      return <Printed diff={diff} trans={trans} />;
    case 'table':
      return <Table diff={diff} trans={trans} />;
    default:
      return null;
  }
}

/** In a list the whole value stands where it is short; else the two items alone. */
function ItemPair({ diff, trans }: { diff: Diff & { kind: 'item' }; trans: TranslationBundle }): JSX.Element {
  const whole = diff.whole_expected && diff.whole_got;
  const short = whole && Math.max(diff.whole_expected!.length, diff.whole_got!.length) <= 400;
  const sides = short
    ? stretches(diff.whole_expected!, diff.whole_got!)
    : stretches(diff.expected ?? '', diff.got ?? '');
  return <Pair {...sides} trans={trans} />;
}

function Pair(props: {
  expected: IStretch[];
  got: IStretch[];
  notes?: [string, string];
  trans: TranslationBundle;
}): JSX.Element {
  const { expected, got, notes, trans } = props;
  return (
    <dl className="codegym-Diff">
      <dt>{trans.__('expected')}</dt>
      <dd dir="ltr">
        <Side parts={expected} side="expected" trans={trans} />
        {notes && <span className="codegym-Quiet"> {notes[0]}</span>}
      </dd>
      <dt>{trans.__('your answer')}</dt>
      <dd dir="ltr">
        <Side parts={got} side="got" trans={trans} />
        {notes && <span className="codegym-Quiet"> {notes[1]}</span>}
      </dd>
    </dl>
  );
}

/** One side; the part that differs is `ins` or `del`, and says so to a screen reader. */
function Side(props: { parts: IStretch[]; side: 'expected' | 'got'; trans: TranslationBundle }): JSX.Element {
  const { parts, side, trans } = props;
  const Mark = side === 'expected' ? 'ins' : 'del';
  const said = side === 'expected' ? trans.__('expected part') : trans.__('your part');
  return (
    <>
      {parts.map((part, i) =>
        part.differs ? (
          <Mark key={i}>
            <span className="codegym-Hidden">{said} </span>
            {part.text}
          </Mark>
        ) : (
          <React.Fragment key={i}>{part.text}</React.Fragment>
        )
      )}
    </>
  );
}

function Printed({ diff, trans }: { diff: Diff & { kind: 'lines' }; trans: TranslationBundle }): JSX.Element {
  const [all, setAll] = React.useState(false);
  const { lines, before, after } = drawnLines(diff.lines, all);
  return (
    <>
      <div
        className="codegym-Printed"
        tabIndex={0}
        role="region"
        aria-label={trans.__('What is printed, line by line')}
        dir="ltr"
      >
        {lines.map(line => (
          <PrintedLine key={line.n} line={line} trans={trans} />
        ))}
      </div>
      {before + after > 0 && (
        <p className="codegym-Meta">
          {trans._n('%1 line is folded.', '%1 lines are folded.', before + after)}{' '}
          <button type="button" className="codegym-Link" onClick={() => setAll(true)}>
            {trans.__('Show all lines')}
          </button>
        </p>
      )}
    </>
  );
}

function PrintedLine({ line, trans }: { line: DrawnLine; trans: TranslationBundle }): JSX.Element {
  if ('same' in line) {
    return (
      <>
        <span>{line.n}</span>
        <span />
        <span>{line.same}</span>
      </>
    );
  }
  return (
    <>
      <span>{line.n}</span>
      <span>{trans.__('expected')}</span>
      <span>
        {line.expected ? (
          <Side parts={line.expected} side="expected" trans={trans} />
        ) : (
          <i className="codegym-Quiet">{trans.__('no line')}</i>
        )}
      </span>
      <span />
      <span>{trans.__('your answer')}</span>
      <span>
        {line.got ? (
          <Side parts={line.got} side="got" trans={trans} />
        ) : (
          <i className="codegym-Quiet">{trans.__('no line')}</i>
        )}
      </span>
    </>
  );
}

function Table({ diff, trans }: { diff: Diff & { kind: 'table' }; trans: TranslationBundle }): JSX.Element {
  const columns = drawnColumns(diff);
  return (
    <div
      className="codegym-TableDiff"
      tabIndex={0}
      role="region"
      aria-label={trans.__('Rows that differ')}
      dir="ltr"
    >
      <table>
        <thead>
          <tr>
            <th scope="col">{trans.__('row')}</th>
            {columns.map(({ name, differs }) =>
              differs ? (
                <React.Fragment key={name}>
                  <th scope="col">{trans.__('expected %1', name)}</th>
                  <th scope="col">{trans.__('your %1', name)}</th>
                </React.Fragment>
              ) : (
                <th key={name} scope="col">
                  {name}
                </th>
              )
            )}
          </tr>
        </thead>
        <tbody>
          {diff.rows.map((row, i) => (
            <TableLine key={i} row={row} columns={columns} trans={trans} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TableLine(props: {
  row: ITableRow;
  columns: IDrawnColumn[];
  trans: TranslationBundle;
}): JSX.Element {
  const { row, columns, trans } = props;
  return (
    <tr>
      <th scope="row">{row.index}</th>
      {columns.map(({ name, differs }) => {
        const cell = row.cells.find(one => one.column === name) ?? { expected: null, got: null };
        const marked = differs && cellDiffers(cell);
        const side = (text: string | null) => [{ text: text ?? trans.__('none'), differs: marked }];
        return (
          <React.Fragment key={name}>
            <td>
              <Side parts={side(cell.expected)} side="expected" trans={trans} />
            </td>
            {differs && (
              <td>
                <Side parts={side(cell.got)} side="got" trans={trans} />
              </td>
            )}
          </React.Fragment>
        );
      })}
    </tr>
  );
}
