import React from 'react';

import { points } from '../dates';
import { Glyph } from '../pieces';
import { Book, Past, useBook, useSheet } from './gradebook';
import { Grid, ICell } from './grid';
import { UnitChoice } from './places';
import { ForInstructors } from './roles';
import { Choice, Do, ITab, Labelled, Panel, Problem, useFile, useSend } from './tab';

/** What counts of each student by exercise; a mark is set or excused here, and taken back. */
export function Marks({ tab, review }: { tab: ITab; review(submission: string): void }): JSX.Element {
  const { trans } = tab;
  const { book, problem, again } = useBook(tab);
  const [unit, setUnit] = React.useState('');
  const [at, move] = React.useState<[number, number]>([0, 0]);
  if (!book?.students.length) {
    return (
      <>
        <Problem problem={problem} trans={trans} />
        {book && <p className="codegym-Quiet">{trans.__('Nobody is here.')}</p>}
      </>
    );
  }
  return (
    <>
      <Problem problem={problem} trans={trans} />
      <div className="codegym-Class-filters">
        <UnitChoice
          {...{ tab, unit }}
          units={book.units}
          all
          change={chosen => {
            setUnit(chosen);
            move([at[0], 0]);
          }}
        />
        <Export tab={tab} book={book} />
      </div>
      <Sheet key={unit} {...{ tab, book, unit, at, move, again, review }} />
    </>
  );
}

/** The marks as a table for a spreadsheet, or as other systems read them. */
function Export({ tab, book }: { tab: ITab; book: Book }): JSX.Element {
  const { trans, offering, section } = tab;
  const { problem, save } = useFile(tab);
  const [chosen, choose] = React.useState('');
  const [form, unit = ''] = chosen.split(' ');
  const name = [offering.id.replace(':', '-'), form, unit].filter(Boolean).join('-');
  return (
    <>
      <Choice label={trans.__('Export as')} value={chosen} change={choose}>
        <option value="">{trans.__('CSV, a row a student')}</option>
        <option value="long">{trans.__('CSV, a row an exercise')}</option>
        <option value="moodle">{trans.__('Moodle, a column a unit')}</option>
        {book.units.map(one => (
          <option key={one.unit} value={`gradescope ${one.unit}`}>
            {trans.__('Gradescope: %1', one.title)}
          </option>
        ))}
      </Choice>
      <Do act={() => void save('gradebook.csv', { section, form, unit }, `${name}.csv`)}>
        <Glyph shape="download" />
        {trans.__('Export')}
      </Do>
      <Problem problem={problem} trans={trans} />
    </>
  );
}

interface ISheet {
  tab: ITab;
  book: Book;
  unit: string;
  at: [number, number];
  move(at: [number, number]): void;
  again(): void;
  /** To the answer, under Marking. */
  review(submission: string): void;
}

function Sheet({ tab, book, unit, at: chosen, move, again, review }: ISheet): JSX.Element {
  const { trans, clock } = tab;
  const { student, grid } = useSheet(tab, book, unit, chosen, column => column.title);
  const { at, heads } = grid;
  const panel = React.useRef<HTMLInputElement>(null);
  const cell = React.useMemo(() => {
    const columns = new Map(book.exercises.map((one, i) => [one.exercise, i]));
    return (row: number, column: number) => cellOf(book, row, columns.get(heads[column].key)!, tab);
    // as on the map of progress
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [book, heads]);
  const column = book.exercises.findIndex(one => one.exercise === heads[at[1]].key);
  return (
    <div className="codegym-Split">
      <div>
        <Grid
          className="codegym-mod-sheet"
          label={trans.__('Marks of each student by exercise')}
          {...grid}
          cell={cell}
          ends={[
            {
              head: trans.__('Total'),
              shown: row => `${points(book.students[row].points, clock)} / ${book.students[row].max_points}`
            }
          ]}
          move={move}
          enter={() => panel.current?.focus()}
        />
        <Legend tab={tab} />
      </div>
      <aside>
        <OneMark
          key={`${student.account} ${column}`}
          {...{ tab, book, column, field: panel, done: again }}
          row={at[0]}
        />
        <Panel title={trans.__('History')}>
          <Past
            key={`${student.scores[column]} ${student.signs[column]}`}
            tab={tab}
            account={student.account}
            exercise={heads[at[1]].key}
            review={student.tries[column] > 0 ? review : undefined}
          />
        </Panel>
      </aside>
    </div>
  );
}

function Legend({ tab: { trans } }: { tab: ITab }): JSX.Element {
  return (
    <p className="codegym-Meta codegym-Legend">
      <span>
        <Glyph shape="pen" /> {trans.__('set by a person')}
      </span>
      <span>
        <Glyph shape="clock" /> {trans.__('late, counts less')}
      </span>
      <span>
        <Glyph shape="person" /> {trans.__('waits for marks')}
      </span>
      <span>{trans.__('excused: not counted, nor its maximum')}</span>
      <span>
        <s>1</s> {trans.__('dropped as the lowest so far')}
      </span>
    </p>
  );
}

/** Why it leaves the sum as the lowest; empty where it counts. */
function droppedWords(sign: string, { trans }: ITab): string {
  if (sign.includes('u')) {
    return trans.__('dropped: its unit is among the lowest');
  }
  return sign.includes('d') ? trans.__('dropped: among the lowest of its unit') : '';
}

function Why({ sign, tab }: { sign: string; tab: ITab }): JSX.Element | null {
  const out = droppedWords(sign, tab);
  const rule = tab.trans.__('Because of the rule “drop_lowest”; see “Dates and rules”.');
  return out ? <p className="codegym-Quiet">{`${out}. ${rule}`}</p> : null;
}

function cellOf(book: Book, row: number, column: number, tab: ITab): ICell {
  const { trans, clock } = tab;
  const { account, scores, signs } = book.students[row];
  const { title, points: most } = book.exercises[column];
  const [score, sign] = [scores[column], signs[column]];
  const whose = `${tab.named(account)}, ${title}`;
  if (sign.includes('x')) {
    return { shown: <i>{trans.__('excused')}</i>, said: `${whose}: ${trans.__('excused')}` };
  }
  const out = droppedWords(sign, tab);
  if (score === null) {
    const said = [`${whose}: ${trans.__('nothing handed in')}`, out].filter(Boolean).join(', ');
    return { shown: out && <s>–</s>, said };
  }
  const notes = [
    out,
    sign.includes('m') ? trans.__('set by a person') : '',
    sign.includes('l') ? trans.__('late') : '',
    sign.includes('a') ? trans.__('waits for marks') : ''
  ].filter(Boolean);
  const said = `${whose}: ${trans.__('%1 of %2', points(score, clock), points(most, clock))}`;
  return {
    shown: (
      <>
        {sign.includes('m') && <Glyph shape="pen" />}
        {sign.includes('l') && <Glyph shape="clock" />}
        {sign.includes('a') && <Glyph shape="person" />}
        {out ? <s>{points(score, clock)}</s> : points(score, clock)}
      </>
    ),
    said: [said, ...notes].join(', ')
  };
}

interface IOneMark {
  tab: ITab;
  book: Book;
  row: number;
  column: number;
  field: React.RefObject<HTMLInputElement>;
  done(): void;
}

/** One student's mark in one exercise: set with a reason, excused, taken back; and how it came about. */
function OneMark(props: IOneMark): JSX.Element {
  const { tab, book, row, column } = props;
  const { trans, clock } = tab;
  const { account, scores, signs } = book.students[row];
  const { title, points: most } = book.exercises[column];
  return (
    <Panel title={tab.named(account)} note={title}>
      <p>
        <b className="codegym-Big">{scores[column] === null ? '–' : points(scores[column], clock)}</b>{' '}
        {trans.__('of %1', points(most, clock))}
      </p>
      <Why sign={signs[column]} tab={tab} />
      <ForInstructors tab={tab}>
        <MarkForm {...props} />
      </ForInstructors>
    </Panel>
  );
}

function MarkForm({ tab, book, row, column, field, done }: IOneMark): JSX.Element {
  const { trans } = tab;
  const { account, signs } = book.students[row];
  const { exercise, points: most } = book.exercises[column];
  const [mark, setMark] = React.useState('');
  const [why, setWhy] = React.useState('');
  const { busy, problem, send } = useSend(tab);
  const value = Number(mark.replace(',', '.'));
  const fits = mark.trim() !== '' && value >= 0 && value <= most;
  const change = async (body: object, said: string) => {
    if (await send(['policy'], { account, exercise, why, ...body })) {
      tab.say(said);
      setMark('');
      setWhy('');
      done();
    }
  };
  const idle = !why.trim() || busy;
  const set = { mark: value };
  return (
    <>
      <Labelled label={trans.__('Mark')}>
        <input
          ref={field}
          inputMode="decimal"
          value={mark}
          aria-invalid={(mark !== '' && !fits) || undefined}
          onChange={event => setMark(event.target.value)}
        />
      </Labelled>
      <Labelled label={trans.__('Why')} note={trans.__('The student reads this.')}>
        <textarea rows={2} maxLength={1000} value={why} onChange={event => setWhy(event.target.value)} />
      </Labelled>
      <Problem problem={problem} trans={trans} />
      <div className="codegym-Row">
        <Do main disabled={idle || !fits} act={() => void change({ set }, trans.__('The mark is set.'))}>
          {trans.__('Set mark')}
        </Do>
        <Do disabled={idle} act={() => void change({ set: { excused: true } }, trans.__('It is excused.'))}>
          {trans.__('Excuse')}
        </Do>
        {/[xm]/.test(signs[column]) && (
          <Do
            disabled={idle}
            act={() => void change({ clear: ['mark', 'excused'] }, trans.__('It is taken back.'))}
          >
            {trans.__('Take back')}
          </Do>
        )}
      </div>
    </>
  );
}
