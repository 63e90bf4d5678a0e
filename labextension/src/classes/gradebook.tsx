import React from 'react';

import { points, when } from '../dates';
import { Glyph } from '../pieces';
import { IHead } from './grid';
import { Do, ITab, Problem, Schemas, useAsked, useRead } from './tab';

export type Book = Schemas['GradebookPage'];
export type Column = Schemas['GradebookExercise'];

/** As people sort names: 2 before 10. */
export const byName = new Intl.Collator(undefined, { numeric: true }).compare;

/** The gradebook of the class or the section, of the students whose names fit. */
export function useBook(tab: ITab, everyS = 0): { book: Book | null; problem: string | null; again(): void } {
  const { data, problem, again } = useRead<Book>(tab, ['gradebook'], { section: tab.section }, everyS);
  const { find, named } = tab;
  const book = React.useMemo(() => {
    const fits = ({ account }: Schemas['GradebookStudent']) => named(account).toLowerCase().includes(find);
    const students = data?.students.filter(fits).sort((a, b) => byName(named(a.account), named(b.account)));
    return data && { ...data, students: students! };
  }, [data, find, named]);
  return { book, problem, again };
}

type Seen = Pick<Schemas['StudentProgress'], 'account' | 'seen_at' | 'late'>;
/** Students that are read at a time. */
const PAGE = 500;

/** When each student last sent something, and how many of their exercises came late. */
export function useSeen(tab: ITab, everyS = 0): ReadonlyMap<string, Seen> {
  const { api, offering } = tab;
  const ask = React.useCallback(async () => {
    const rows: Seen[] = [];
    let page: Schemas['ClassProgress'];
    do {
      const query = { offset: String(rows.length), limit: String(PAGE) };
      page = await api.staff('GET', ['classes', offering.id, 'progress'], undefined, query);
      rows.push(...page.rows);
    } while (page.rows.length === PAGE);
    return rows;
  }, [api, offering.id]);
  const { data } = useAsked<Seen[]>(tab, ask, everyS);
  return React.useMemo(() => new Map(data?.map(one => [one.account, one])), [data]);
}

/** The columns of a gradebook; of one unit, where that is named. */
function headsOf(book: Book, unit: string, shown: (column: Column, number: number) => string): IHead[] {
  const counts: Record<string, number> = {};
  const titles = new Map(book.units.map(one => [one.unit, one.title]));
  return book.exercises
    .map(column => {
      const number = (counts[column.unit] = (counts[column.unit] ?? 0) + 1);
      return {
        key: column.exercise,
        shown: shown(column, number),
        title: column.title,
        group: titles.get(column.unit) ?? column.unit,
        unit: column.unit
      };
    })
    .filter(one => !unit || one.unit === unit);
}

/** What the grids of a gradebook share: columns, rows by name, and a place that stays within them. */
export function useSheet(
  { trans, named }: ITab,
  book: Book,
  unit: string,
  chosen: readonly [number, number],
  shown: (column: Column, number: number) => string
) {
  // what a head shows is a matter of the grid alone
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const heads = React.useMemo(() => headsOf(book, unit, shown), [book, unit]);
  const row = Math.min(chosen[0], book.students.length - 1);
  const at = React.useMemo((): [number, number] => [row, chosen[1]], [row, chosen]);
  const names = book.students.map(one => named(one.account));
  return { student: book.students[row], grid: { heads, at, names, corner: trans.__('Student') } };
}

/** What was handed in, and how it was judged. */
interface ISent {
  submission: string;
  state: string;
  received_at: string;
  sent_by: string | null;
  reason: string | null;
  /** Handed in for them at the due time, of a draft. */
  collected: boolean;
  history: Schemas['PastJudgement'][];
}

/** A move between teams, by their names. */
interface IMove {
  moved_at: string;
  before: string | null;
  after: string | null;
  who: string | null;
  why: string | null;
}

/** How a student's score in an exercise came to be, moves between teams too, the newest first; and each answer. */
export function Past(props: {
  tab: ITab;
  account: string;
  exercise: string;
  /** To the answer, under Marking; where an answer may be marked from here. */
  review?(submission: string): void;
}): JSX.Element {
  const { tab, account, exercise, review } = props;
  const { trans, clock } = tab;
  const { data, problem } = useRead<{ past: (ISent | IMove)[] }>(tab, ['history'], { account, exercise });
  const past = [...(data?.past ?? [])].reverse();
  return (
    <>
      <Problem problem={problem} trans={trans} />
      {data && !past.some(one => 'history' in one) && (
        <p className="codegym-Quiet">{trans.__('Nothing was handed in.')}</p>
      )}
      <ol className="codegym-Past">
        {past.map((one, i) =>
          'history' in one ? (
            (one.history.length ? [...one.history].reverse() : [null]).map((judged, n, all) => (
              <li key={judged?.judgement ?? one.submission}>
                {judged ? <Judged judged={judged} tab={tab} /> : unjudged(one.state, tab)}
                {n === all.length - 1 && <Sent {...{ tab, account }} sent={one} />}
              </li>
            ))
          ) : (
            <li key={i}>
              <b>
                {one.before ?? trans.__('no team')} → {one.after ?? trans.__('no team')}
              </b>{' '}
              {trans.__('moved by %1', tab.named(one.who))} · {when(one.moved_at, clock, trans)}
              {one.why && <q>{one.why}</q>}
            </li>
          )
        )}
      </ol>
      {review && <Remark {...{ tab, past, review }} />}
    </>
  );
}

/** From the newest answer that a person marks, or has marked, to where that is done. */
function Remark(props: {
  tab: ITab;
  past: (ISent | IMove)[];
  review(submission: string): void;
}): JSX.Element | null {
  const { trans } = props.tab;
  const isMarked = (one: ISent) => one.history.some(({ cause }) => cause === 'mark');
  const newest = props.past
    .filter(one => 'history' in one)
    .find(one => isMarked(one) || one.state === 'awaiting_review');
  return newest ? (
    <Do act={() => props.review(newest.submission)}>
      <Glyph shape="pen" />
      {isMarked(newest) ? trans.__('Mark it again') : trans.__('Mark it')}
    </Do>
  ) : null;
}

function Judged({ judged, tab }: { judged: Schemas['PastJudgement']; tab: ITab }): JSX.Element {
  const { trans, clock } = tab;
  return (
    <>
      <b>
        {points(judged.mark ?? judged.score, clock)} / {points(judged.max_score, clock)}
      </b>{' '}
      {causeName(judged, tab)} · {when(judged.judged_at, clock, trans)}
      {judged.why && <q>{judged.why}</q>}
    </>
  );
}

/** What is said of an answer without a judgement of its own: the same answer again takes that of the first. */
function unjudged(state: string, { trans }: ITab): string {
  if (state === 'judged') {
    return trans.__('the same answer again');
  }
  return state === 'cancelled' ? trans.__('stopped') : trans.__('not judged yet');
}

/** Who else handed it in, and why; the answer itself. */
function Sent({ tab, account, sent }: { tab: ITab; account: string; sent: ISent }): JSX.Element {
  const { trans, clock, named } = tab;
  const { sent_by, reason, collected, submission, received_at } = sent;
  return (
    <>
      {collected ? (
        <div>{trans.__('collected at the due time, from the draft')}</div>
      ) : (
        sent_by !== account && <div>{trans.__('handed in by %1', named(sent_by))}</div>
      )}
      {reason && <q>{reason}</q>}
      <Answer {...{ tab, submission }} summary={trans.__('Answer of %1', when(received_at, clock, trans))} />
    </>
  );
}

function causeName({ cause, who, mark }: Schemas['PastJudgement'], { trans, named }: ITab): string {
  const by = named(who);
  if (mark !== null) {
    return trans.__('set by %1', by);
  }
  if (cause === 'mark') {
    return trans.__('marked by %1', by);
  }
  return cause === 'regrade' ? trans.__('judged again by %1', by) : trans.__('by checks');
}

/** What was handed in, read once it is opened. */
export function Answer(props: { tab: ITab; submission: string; summary: string }): JSX.Element {
  const { tab, submission, summary } = props;
  const [source, setSource] = React.useState<string | null>(null);
  const read = async () => {
    type Whole = { judgement: { source: string } | null };
    try {
      const whole = await tab.api.staff<Whole>('GET', ['submissions', submission, 'staff']);
      setSource(whole.judgement?.source ?? '');
    } catch (reason) {
      setSource(String(reason));
    }
  };
  return (
    <details onToggle={event => event.currentTarget.open && source === null && void read()}>
      <summary>{summary}</summary>
      {source !== null && (
        <pre tabIndex={0} dir="ltr" aria-label={tab.trans.__('Answer cell')}>
          {source}
        </pre>
      )}
    </details>
  );
}
