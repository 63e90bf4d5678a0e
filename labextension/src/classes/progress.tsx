import React from 'react';

import { points, span, when } from '../dates';
import { Glyph } from '../pieces';
import { Bar } from './charts';
import { Book, Past, useBook, useSeen, useSheet } from './gradebook';
import { Grid, ICell } from './grid';
import { MapList } from './maplist';
import { ParkedAnswers } from './parked';
import { UnitChoice } from './places';
import { Choice, ITab, Panel, Problem, Rows, Schemas, useRead } from './tab';

type Stuck = Schemas['StuckStudent'];
/** Where the stream does not tell what was judged meanwhile. */
const EVERY_S = 60;

/** Who stands where, as a map of students and exercises; who is stuck; what is hardest. */
export function Progress({ tab }: { tab: ITab }): JSX.Element {
  const { section, trans } = tab;
  const { book: whole, problem } = useBook(tab, EVERY_S);
  const [unit, setUnit] = React.useState('');
  const [days, setDays] = React.useState('3');
  const query = { section, hours: String(24 * Number(days)) };
  const stuck = useRead<{ students: Stuck[] }>(tab, ['stuck'], query, EVERY_S).data?.students;
  const book = React.useMemo(() => whole && within(whole, unit), [whole, unit]);
  const shown = React.useMemo(() => {
    const own = new Set(book?.exercises.map(one => one.exercise));
    return (stuck ?? []).filter(one => !unit || own.has(one.exercise));
  }, [book, stuck, unit]);
  return (
    <>
      <Problem problem={problem} trans={trans} />
      {book && !book.students.length && <p className="codegym-Quiet">{trans.__('Nobody is here.')}</p>}
      {book && book.students.length > 0 && (
        <>
          <div className="codegym-Class-filters">
            <UnitChoice {...{ tab, unit }} units={book.units} all change={setUnit} />
          </div>
          <div className="codegym-Split">
            <div>
              <HeatMap key={unit} tab={tab} book={book} stuck={shown} />
            </div>
            <aside>
              <ParkedAnswers tab={tab} book={whole!} everyS={EVERY_S} />
              <StuckNow {...{ tab, days, setDays }} stuck={shown} />
              <Hardest key={`${unit} hardest`} tab={tab} unit={unit} />
              <ByExercise key={`${unit} exercises`} tab={tab} book={book} />
              <Spread tab={tab} unit={unit} />
            </aside>
          </div>
        </>
      )}
    </>
  );
}

/** The same of one unit alone, where it is named. */
function within(book: Book, unit: string): Book {
  const at = book.exercises.flatMap((one, i) => (!unit || one.unit === unit ? [i] : []));
  const students = book.students.map(one => ({
    ...one,
    scores: at.map(i => one.scores[i]),
    tries: at.map(i => one.tries[i]),
    signs: at.map(i => one.signs[i])
  }));
  return unit ? { ...book, exercises: at.map(i => book.exercises[i]), students } : book;
}

/** A table of which the first rows are shown, until one asks for all of them. */
function First(
  props: React.ComponentProps<typeof Rows> & { count: number; trans: ITab['trans'] }
): JSX.Element {
  const { count, trans, rows, ...rest } = props;
  const [all, showAll] = React.useState(false);
  return (
    <>
      <Rows {...rest} rows={all ? rows : rows.slice(0, count)} />
      {rows.length > count && (
        <button type="button" className="codegym-Link" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? trans.__('Fewer') : trans.__('All %1', rows.length)}
        </button>
      )}
    </>
  );
}

function HeatMap({ tab, book, stuck }: { tab: ITab; book: Book; stuck: Stuck[] }): JSX.Element {
  const { trans } = tab;
  const [chosen, move] = React.useState<[number, number]>([0, 0]);
  const [open, setOpen] = React.useState(false);
  const { student, grid } = useSheet(tab, book, '', chosen, (_, number) => String(number));
  const { at, heads } = grid;
  const cell = React.useMemo(() => {
    const waiting = new Map(stuck.map(one => [`${one.account} ${one.exercise}`, one]));
    return (row: number, column: number) => cellOf(book, row, column, heads[column].group, waiting, tab);
    // what a cell says is in the same language for as long as the page stands
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [book, stuck, heads]);
  const seen = useSeen(tab, EVERY_S);
  const seenAt = (row: number) => {
    const at = seen.get(book.students[row].account)?.seen_at;
    return at ? when(at, tab.clock, trans) : '';
  };
  const solved = trans.__('of %1', heads.length);
  const count = trans._n('%1 student', '%1 students', book.students.length);
  return (
    <>
      <div className="codegym-Map">
        <p className="codegym-Quiet">
          {count} · {trans.__('Arrow keys move, Enter opens the answers.')}
        </p>
        <Grid
          label={trans.__('Progress of each student by exercise')}
          {...grid}
          cell={cell}
          ends={[
            { head: solved, shown: row => String(solvedOf(book, row)) },
            { head: trans.__('Late'), shown: row => String(lateOf(book, row) || '') },
            { head: trans.__('Last seen'), shown: seenAt }
          ]}
          move={to => {
            move(to);
            setOpen(false);
          }}
          enter={() => setOpen(!open)}
        />
        <div className="codegym-Told" aria-live="polite">
          {cell(...at).said}{' '}
          <button type="button" className="codegym-Link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {trans.__('Answers')}
          </button>
        </div>
        {open && <Past tab={tab} account={student.account} exercise={heads[at[1]].key} />}
        <Legend tab={tab} />
      </div>
      <MapList
        {...{ tab, book, cell, seenAt }}
        names={grid.names}
        solvedOf={row => solvedOf(book, row)}
        lateOf={row => lateOf(book, row)}
      />
    </>
  );
}

function lateOf(book: Book, row: number): number {
  return book.students[row].signs.filter(one => one.includes('l')).length;
}

function solvedOf(book: Book, row: number): number {
  return book.students[row].signs.filter(one => one.includes('s')).length;
}

function cellOf(
  book: Book,
  row: number,
  column: number,
  unit: string,
  stuck: ReadonlyMap<string, Stuck>,
  { trans, named }: ITab
): ICell {
  const student = book.students[row];
  const { title, points, exercise } = book.exercises[column];
  const [score, tries, signs] = [student.scores[column], student.tries[column], student.signs[column]];
  const [what, shown, tone] = stateOf();
  const tried = tries ? `, ${trans._n('%1 try', '%1 tries', tries)}` : '';
  return { shown, said: `${named(student.account)}, ${unit}, ${title}: ${what}${tried}`, tone };

  function stateOf(): [string, React.ReactNode, string | undefined] {
    if (signs.includes('x')) {
      return [trans.__('excused'), '–', undefined];
    }
    if (stuck.has(`${student.account} ${exercise}`)) {
      return [trans.__('stuck'), <Glyph key="" shape="clock" tone="notyet" />, undefined];
    }
    if (signs.includes('a')) {
      return [trans.__('waits for marks'), <Glyph key="" shape="person" />, undefined];
    }
    if (signs.includes('s')) {
      return [trans.__('solved'), '✓', 'codegym-mod-full'];
    }
    if (score === null) {
      return [tries ? trans.__('no points yet') : trans.__('not started'), tries ? '0' : '', undefined];
    }
    const tenths = points ? Math.floor((10 * score) / points) : 0;
    const tone = tenths > 4 ? 'codegym-mod-most' : tenths ? 'codegym-mod-some' : undefined;
    return [trans.__('%1 tenths of the points', tenths), String(tenths), tone];
  }
}

function Legend({ tab: { trans } }: { tab: ITab }): JSX.Element {
  return (
    <p className="codegym-Meta codegym-Legend">
      <span>✓ {trans.__('solved')}</span>
      <span>5 {trans.__('tenths of the points')}</span>
      <span>0 {trans.__('tried, no points')}</span>
      <span>
        <Glyph shape="person" /> {trans.__('waits for marks')}
      </span>
      <span>
        <Glyph shape="clock" tone="notyet" /> {trans.__('stuck')}
      </span>
      <span>– {trans.__('excused')}</span>
    </p>
  );
}

interface IStuckNow {
  tab: ITab;
  stuck: Stuck[];
  days: string;
  setDays(days: string): void;
}

function StuckNow({ tab, stuck, days, setDays }: IStuckNow): JSX.Element {
  const { trans } = tab;
  const rows = stuck.map(one => ({
    key: one.person,
    cells: [
      tab.named(one.account),
      <>
        {one.title} <span className="codegym-Meta">{fewWords(one.failed)}</span>
      </>,
      span(one.for_s, trans)
    ]
  }));
  const most = mostFailed(stuck);
  return (
    <Panel title={trans.__('Stuck now')}>
      <Choice label={trans.__('Sent five times in vain, or begun')} value={days} change={setDays}>
        {[1, 3, 7, 14].map(one => (
          <option key={one} value={one}>
            {trans._n('%1 day ago', '%1 days ago', one)}
          </option>
        ))}
      </Choice>
      {most && (
        <p>
          {trans._n('%1 fails here: %2', '%1 fail here: %2', most.students, most.label)}{' '}
          <span className="codegym-Meta">{most.title}</span>
        </p>
      )}
      {stuck.length ? (
        <First label={trans.__('Stuck now')} numbers={[2]} {...{ rows, trans }} count={10} />
      ) : (
        <p className="codegym-Quiet">{trans.__('Nobody.')}</p>
      )}
    </Panel>
  );
}

/** The first of the checks, and how many more. */
function fewWords([first = '', ...more]: string[]): string {
  return more.length ? `${first} +${more.length}` : first;
}

/** The check that most of those who are stuck do not pass; null: no two of them fail at one. */
function mostFailed(stuck: Stuck[]): { label: string; title: string; students: number } | null {
  const counts = new Map<string, { label: string; title: string; students: number }>();
  for (const { exercise, title, failed } of stuck) {
    for (const label of failed) {
      const key = `${exercise} ${label}`;
      counts.set(key, { label, title, students: (counts.get(key)?.students ?? 0) + 1 });
    }
  }
  const [most] = [...counts.values()].sort((a, b) => b.students - a.students);
  return most?.students > 1 ? most : null;
}

function Hardest({ tab, unit }: { tab: ITab; unit: string }): JSX.Element {
  const { section, trans } = tab;
  const query = { section, unit, limit: '100' };
  const { data } = useRead<{ checks: Schemas['HardCheck'][] }>(tab, ['hardest'], query);
  const rows = (data?.checks ?? []).map(one => ({
    key: `${one.exercise} ${one.check}`,
    cells: [
      <>
        {one.label} <span className="codegym-Meta">{one.title}</span>{' '}
        {one.hidden && <span className="codegym-Meta">{trans.__('hidden test')}</span>}
      </>,
      trans.__('%1 %', Math.round(100 * one.passed)),
      <Bar key="" share={one.passed} />
    ]
  }));
  return (
    <Panel title={trans.__('Hardest checks')} note={trans.__('share that passes')}>
      <First label={trans.__('Hardest checks')} numbers={[1]} {...{ rows, trans }} count={8} />
    </Panel>
  );
}

/** Those that fewest have solved, of what somebody handed in. */
function ByExercise({ tab, book }: { tab: ITab; book: Book }): JSX.Element {
  const { trans } = tab;
  const counts = book.exercises.map(({ exercise, title }, i) => {
    const tries = book.students.map(one => one.tries[i]).filter(Boolean);
    const solved = book.students.filter(one => one.signs[i].includes('s')).length;
    return { exercise, title, solved, begun: tries.length, tries: tries.sort((a, b) => a - b) };
  });
  const begun = counts.filter(one => one.begun).sort((a, b) => a.solved / a.begun - b.solved / b.begun);
  const rows = begun.map(({ exercise, title, solved, begun, tries }) => ({
    key: exercise,
    cells: [title, trans.__('%1 of %2', solved, begun), tries[tries.length >> 1]]
  }));
  return (
    <Panel title={trans.__('Exercise by exercise')} note={trans.__('solved, tries (median)')}>
      <First label={trans.__('Exercise by exercise')} numbers={[1, 2]} {...{ rows, trans }} count={10} />
    </Panel>
  );
}

/** How many students reached which share of the points. */
function Spread({ tab, unit }: { tab: ITab; unit: string }): JSX.Element | null {
  const { section, trans, clock } = tab;
  const { data } = useRead<Schemas['Spread']>(tab, ['scores'], { section, unit });
  if (!data) {
    return null;
  }
  const { bins, mean, median, max_points } = data;
  const most = Math.max(1, ...bins);
  const rows = bins.map((students, i) => ({
    key: String(i),
    cells: [
      trans.__('%1 to %2 %', (100 * i) / bins.length, (100 * (i + 1)) / bins.length),
      students,
      <Bar key="" share={students / most} />
    ]
  }));
  const note =
    mean === null || median === null
      ? trans.__('nobody handed anything in')
      : trans.__(
          'of %1 points; mean %2, median %3',
          points(max_points, clock),
          points(mean, clock),
          points(median, clock)
        );
  return (
    <Panel title={trans.__('How the points are spread')} note={note}>
      <Rows
        label={trans.__('How the points are spread')}
        numbers={[1]}
        rows={[...rows, { key: 'none', cells: [trans.__('handed nothing in'), data.not_begun, ''] }]}
      />
    </Panel>
  );
}
