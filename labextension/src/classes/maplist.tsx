import React from 'react';

import { Book, Past } from './gradebook';
import { ICell } from './grid';
import { ITab } from './tab';

interface IMapList {
  tab: ITab;
  book: Book;
  names: readonly string[];
  cell(row: number, column: number): ICell;
  solvedOf(row: number): number;
  lateOf(row: number): number;
  /** When they last sent something. */
  seenAt(row: number): string;
}

/** The map for a narrow page: each student with how many exercises are solved, opened one by one. */
export function MapList({ tab, book, names, cell, solvedOf, lateOf, seenAt }: IMapList): JSX.Element {
  const [open, setOpen] = React.useState<ReadonlySet<string>>(new Set());
  const { trans } = tab;
  const turn = (account: string, isOpen: boolean) => {
    const others = [...open].filter(one => one !== account);
    setOpen(new Set(isOpen ? [...others, account] : others));
  };
  return (
    <ul className="codegym-MapList" aria-label={trans.__('Progress of each student by exercise')}>
      {book.students.map(({ account }, row) => (
        <li key={account}>
          <details onToggle={event => turn(account, event.currentTarget.open)}>
            <summary>
              {names[row]} <b>{trans.__('%1 of %2', solvedOf(row), book.exercises.length)}</b>
              {[lateOf(row) ? trans.__('%1 late', lateOf(row)) : '', seenAt(row)]
                .filter(Boolean)
                .map(said => (
                  <span key={said} className="codegym-Meta">{` · ${said}`}</span>
                ))}
            </summary>
            {open.has(account) && (
              <ul>
                {book.exercises.map(({ exercise }, column) => (
                  <Line
                    key={exercise}
                    {...{ tab, account, exercise }}
                    said={cell(row, column).said.slice(names[row].length + 2)}
                  />
                ))}
              </ul>
            )}
          </details>
        </li>
      ))}
    </ul>
  );
}

/** How it stands with one exercise, and what was handed in there. */
function Line(props: { tab: ITab; account: string; exercise: string; said: string }): JSX.Element {
  const { tab, account, exercise, said } = props;
  const [open, setOpen] = React.useState(false);
  return (
    <li>
      <button type="button" className="codegym-Link" aria-expanded={open} onClick={() => setOpen(!open)}>
        {said}
      </button>
      {open && <Past tab={tab} account={account} exercise={exercise} />}
    </li>
  );
}
