import React from 'react';

export interface ICell {
  shown: React.ReactNode;
  /** The whole of it in words, with whose and what it is. */
  said: string;
  tone?: string;
}

export interface IHead {
  key: string;
  shown: string;
  title: string;
  /** Heads of the same group stand below one title. */
  group: string;
}

interface IGrid {
  label: string;
  corner: string;
  heads: readonly IHead[];
  /** The names of the rows. */
  names: readonly string[];
  /** Kept the same as long as nothing of it is another: rows that are as before are not drawn again. */
  cell(row: number, column: number): ICell;
  /** What stands behind the cells of each row. */
  ends: readonly { head: string; shown(row: number): string }[];
  at: readonly [number, number];
  move(at: [number, number]): void;
  enter(): void;
  className?: string;
}

/** Pixels from one row to the next, as the style has it; and how many rows are drawn, and how many above the view. */
const [PITCH, DRAWN, ABOVE] = [25, 60, 10];

/** Of many rows only those near the view are drawn; the cell that was moved to is brought there and gets the focus. */
function useWindow(count: number, at: IGrid['at']) {
  const box = React.useRef<HTMLDivElement>(null);
  const moved = React.useRef(false);
  const [begin, setBegin] = React.useState(0);
  const first = Math.max(0, Math.min(begin, count - DRAWN));
  const last = Math.min(first + DRAWN, count) - 1;
  React.useEffect(() => {
    const here = box.current?.querySelector<HTMLElement>(`td[data-at="${at.join(' ')}"]`);
    if (moved.current && here) {
      moved.current = false;
      here.focus();
    } else if (moved.current) {
      box.current!.scrollTop = PITCH * at[0];
    }
  }, [at, first]);
  const onScroll = (event: React.UIEvent) => {
    const row = Math.floor(event.currentTarget.scrollTop / PITCH) - ABOVE;
    setBegin(Math.max(0, row - (row % ABOVE)));
  };
  const stop = Math.max(first, Math.min(at[0], last));
  return { box, first, last, stop, onScroll, moves: () => (moved.current = true) };
}

/** A table to walk in by arrow keys, with one tab stop. */
export function Grid(props: IGrid): JSX.Element {
  const { label, heads, names, cell, ends, at, move, enter } = props;
  const { box, first, last, stop, onScroll, moves } = useWindow(names.length, at);
  const onKey = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return enter();
    }
    const to = target(event, at, names.length - 1, heads.length - 1);
    if (to) {
      event.preventDefault();
      moves();
      move(to);
    }
  };
  const onClick = (event: React.MouseEvent) => {
    const place = (event.target as HTMLElement).closest('td')?.dataset.at?.split(' ').map(Number);
    if (place) {
      moves();
      move([place[0], place[1]]);
    }
  };
  const drawn = names.slice(first, last + 1).map((name, i) => [name, first + i] as const);
  return (
    <div ref={box} className={`codegym-Grid ${props.className ?? ''}`} onScroll={onScroll}>
      <table
        role="grid"
        aria-label={label}
        aria-rowcount={names.length + 2}
        onKeyDown={onKey}
        onClick={onClick}
      >
        <Heads {...props} />
        <tbody>
          <Gap rows={first} />
          {drawn.map(([name, row]) => (
            <Row
              key={name}
              {...{ name, row, cell }}
              columns={heads.length}
              at={row === stop ? at[1] : -1}
              // one text: a row is drawn anew only where it changes
              ends={ends.map(one => one.shown(row)).join('\t')}
            />
          ))}
          <Gap rows={names.length - last - 1} />
        </tbody>
      </table>
    </div>
  );
}

function Heads({ corner, heads, ends }: IGrid): JSX.Element {
  return (
    <thead>
      <Groups heads={heads} ends={ends.length} />
      <tr>
        <th scope="col">{corner}</th>
        {heads.map(({ key, shown, title }) => (
          <th key={key} scope="col" title={title} aria-label={title}>
            {shown}
          </th>
        ))}
        {ends.map(({ head }) => (
          <th key={head} scope="col">
            {head}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** The room of rows that are not drawn. */
function Gap({ rows }: { rows: number }): JSX.Element | null {
  return rows > 0 ? (
    <tr aria-hidden="true">
      <td style={{ height: PITCH * rows - 1 }}></td>
    </tr>
  ) : null;
}

function Groups({ heads, ends }: { heads: readonly IHead[]; ends: number }): JSX.Element {
  const groups: { title: string; span: number }[] = [];
  for (const { group } of heads) {
    const last = groups.at(-1);
    if (last?.title === group) {
      last.span += 1;
    } else {
      groups.push({ title: group, span: 1 });
    }
  }
  return (
    <tr>
      <td></td>
      {groups.map(({ title, span }, i) => (
        <th key={i} scope="colgroup" colSpan={span}>
          {title}
        </th>
      ))}
      <td colSpan={ends}></td>
    </tr>
  );
}

interface IRow {
  name: string;
  row: number;
  columns: number;
  cell: IGrid['cell'];
  at: number;
  ends: string;
}

const Row = React.memo(function Row({ name, row, columns, cell, at, ends }: IRow): JSX.Element {
  return (
    <tr aria-rowindex={row + 3} aria-selected={at >= 0 || undefined}>
      <th scope="row" title={name}>
        {name}
      </th>
      {Array.from({ length: columns }, (_, column) => {
        const { shown, said, tone } = cell(row, column);
        return (
          <td
            key={column}
            data-at={`${row} ${column}`}
            tabIndex={column === at ? 0 : -1}
            aria-label={said}
            className={tone}
          >
            {shown}
          </td>
        );
      })}
      {ends.split('\t').map((shown, i) => (
        <td key={i} className="codegym-mod-number">
          {shown}
        </td>
      ))}
    </tr>
  );
});

/** Where a key leads to; null: it is none of the grid's. */
function target(
  event: React.KeyboardEvent,
  [row, column]: readonly [number, number],
  lastRow: number,
  lastColumn: number
): [number, number] | null {
  const far = event.ctrlKey || event.metaKey;
  const to: Record<string, [number, number]> = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    PageUp: [row - 10, column],
    PageDown: [row + 10, column],
    Home: [far ? 0 : row, 0],
    End: [far ? lastRow : row, lastColumn]
  };
  const found = event.altKey ? undefined : to[event.key];
  const within = (value: number, last: number) => Math.max(0, Math.min(value, last));
  return found ? [within(found[0], lastRow), within(found[1], lastColumn)] : null;
}
