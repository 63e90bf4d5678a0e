import React from 'react';

import { points } from '../dates';
import { Glyph } from '../pieces';
import { PlaceChoice, scopeOf } from './places';
import { Flows } from './flows';
import { Column, useBook } from './gradebook';
import { wordsOf } from './marking';
import { ParkedAnswers } from './parked';
import { Do, ITab, Labelled, Panel, Problem, Rows, Schemas } from './tab';

type Page = Schemas['RegradePage'];
type Line = Schemas['RegradeLine'] & { title: string };

interface IRun {
  exercises: Column[];
  /** So many of them were looked at to the end. */
  over: number;
  lines: Line[];
  seen: number;
  total: number;
  recorded: number;
  held: number;
  unanswered: number;
  /** It is recorded, not only looked at. */
  applies: boolean;
  state: 'runs' | 'done' | 'stopped';
  problem: string | null;
}

/** Answers judged again, page by page: what would change, then recorded with a reason. A stop loses nothing. */
function useRegrade(tab: ITab) {
  const [run, setRun] = React.useState<IRun | null>(null);
  const newest = React.useRef(0);
  React.useEffect(() => () => void newest.current++, []);
  const go = async (exercises: Column[], why: string | null, lower: boolean) => {
    const own = ++newest.current;
    let now: IRun = {
      ...{ exercises, over: 0, lines: [], seen: 0, total: 0, recorded: 0, held: 0, unanswered: 0 },
      ...{ applies: why !== null, state: 'runs', problem: null }
    };
    const show = (change: Partial<IRun>) => newest.current === own && setRun((now = { ...now, ...change }));
    show({});
    try {
      for (let after: string[] | null = null; newest.current === own && now.over < exercises.length; ) {
        const { exercise, title } = exercises[now.over];
        const body = { exercise, after, why, allow_lower: lower };
        const page: Page = await tab.api.staff('POST', ['classes', tab.offering.id, 'regrade'], body);
        show({
          lines: [...now.lines, ...page.lines.map(one => ({ ...one, title }))],
          over: now.over + Number(!page.next),
          seen: now.seen + page.seen,
          total: page.total,
          recorded: now.recorded + page.recorded,
          held: now.held + page.held,
          unanswered: now.unanswered + page.unanswered
        });
        after = page.next;
      }
      if (newest.current === own) {
        show({ state: 'done' });
        tab.say(tab.trans.__('All answers were judged again.'));
      }
    } catch (reason) {
      show({ state: 'stopped', problem: wordsOf(reason) });
    }
  };
  const stop = () => {
    newest.current++;
    setRun(before => before && { ...before, state: 'stopped' });
  };
  return { run, go, stop };
}

export function Regrade({ tab }: { tab: ITab }): JSX.Element {
  const { trans } = tab;
  const { book, problem } = useBook({ ...tab, section: '-', find: '' });
  const [place, setPlace] = React.useState('-');
  const { run, go, stop } = useRegrade(tab);
  const { unit, exercise } = scopeOf(place);
  const fits = (one: Column) => (unit ? one.unit === unit : !exercise || one.exercise === exercise);
  const chosen = (place !== '-' && book?.exercises.filter(fits)) || [];
  const key = (some?: Column[]) => JSON.stringify(some?.map(one => one.exercise));
  const own = key(run?.exercises) === key(chosen) ? run : null;
  return (
    <>
      <p className="codegym-Quiet">
        {trans.__('After you corrected and published a check: judge again what was handed in.')}{' '}
        {trans.__('Marks by people stay.')}
      </p>
      <Problem problem={problem ?? own?.problem ?? null} trans={trans} />
      {book && <ParkedAnswers tab={tab} book={book} />}
      <div className="codegym-Class-filters">
        {book && <PlaceChoice tab={tab} whole unset value={place} change={setPlace} />}
        <Do disabled={!chosen.length || own?.state === 'runs'} act={() => void go(chosen, null, false)}>
          {trans.__('See what would change')}
        </Do>
      </div>
      {own && <Standing tab={tab} run={own} stop={stop} />}
      {own && own.lines.length > 0 && <Lines tab={tab} lines={own.lines} named={own.exercises.length > 1} />}
      {own && own.lines.length > 0 && own.state !== 'runs' && !(own.applies && own.state === 'done') && (
        <Apply tab={tab} run={own} apply={(why, lower) => void go(chosen, why, lower)} />
      )}
      <Flows tab={tab} />
    </>
  );
}

function Standing({ tab, run, stop }: { tab: ITab; run: IRun; stop(): void }): JSX.Element {
  const { trans } = tab;
  const { exercises, over, seen, total } = run;
  const several = exercises.length > 1;
  const up = run.lines.filter(one => (one.after ?? 0) > (one.before ?? 0)).length;
  const down = run.lines.filter(one => one.lowers).length;
  const facts: [number, string][] = [
    [up, trans.__('scores go up')],
    [down, trans.__('scores go down')],
    [run.seen - run.lines.length, trans.__('as before')]
  ];
  const said = run.applies
    ? trans.__('%1 recorded, %2 left as they are, since they would fall.', run.recorded, run.held)
    : trans.__('Nothing is applied yet.');
  return (
    <>
      <p role="status">
        {several
          ? trans.__('%1 of %2 exercises looked at.', over, exercises.length)
          : trans.__('%1 of %2 people looked at.', seen, total)}{' '}
        {said}{' '}
        {run.unanswered > 0 && trans.__('%1 could not be judged and stay as they are.', run.unanswered)}
      </p>
      {run.state === 'runs' && (
        <div className="codegym-Row">
          <progress
            max={several ? exercises.length : total || 1}
            value={several ? over : seen}
            aria-label={trans.__('Looked at')}
          />
          <Do act={stop}>{trans.__('Stop after this page')}</Do>
        </div>
      )}
      <dl className="codegym-Facts">
        {facts.map(([count, words]) => (
          <div key={words}>
            <dt>{words}</dt>
            <dd>{count}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Lines({ tab, lines, named }: { tab: ITab; lines: Line[]; named: boolean }): JSX.Element {
  const { trans, clock } = tab;
  const score = (value: number | null) => (value === null ? '–' : points(value, clock));
  const heads = [
    trans.__('Student'),
    ...(named ? [trans.__('Exercise')] : []),
    trans.__('Verdict'),
    trans.__('Before'),
    trans.__('After'),
    trans.__('Why')
  ];
  const rows = lines.map((one, i) => {
    const right = one.verdict === 'AC';
    const verdict = (
      <>
        <Glyph shape={right ? 'right' : 'neq'} tone={right ? 'right' : 'notyet'} />{' '}
        {right ? trans.__('Accepted') : trans.__('Not yet')}
      </>
    );
    const whose = one.team ?? tab.named(one.account);
    return {
      key: String(i),
      cells: [
        whose,
        ...(named ? [one.title] : []),
        verdict,
        score(one.before),
        score(one.after),
        becauseOf(one, tab)
      ]
    };
  });
  return (
    <Rows label={trans.__('What changes')} heads={heads} numbers={named ? [3, 4] : [2, 3]} rows={rows} />
  );
}

function becauseOf({ by_rules, because }: Line, { trans }: ITab): string {
  if (by_rules) {
    return trans.__('dates or rules were changed since');
  }
  return because
    .map(({ label, passes }) =>
      passes ? trans.__('%1: now passes', label) : trans.__('%1: no longer passes', label)
    )
    .join('; ');
}

function Apply(props: { tab: ITab; run: IRun; apply(why: string, lower: boolean): void }): JSX.Element {
  const { tab, run, apply } = props;
  const { trans } = tab;
  const [why, setWhy] = React.useState('');
  const [lower, setLower] = React.useState(false);
  const falls = run.lines.filter(one => one.lowers).length;
  const count = run.lines.length - (lower ? 0 : falls);
  return (
    <Panel title={trans.__('Apply it')}>
      <Labelled label={trans.__('Why')} note={trans.__('It is recorded with each score that changes.')}>
        <textarea rows={2} maxLength={1000} value={why} onChange={event => setWhy(event.target.value)} />
      </Labelled>
      {falls > 0 && (
        <label className="codegym-Class-check">
          <input type="checkbox" checked={lower} onChange={event => setLower(event.target.checked)} />
          {trans._n('%1 score may fall, too', '%1 scores may fall, too', falls)}
        </label>
      )}
      <Do main disabled={!why.trim() || !count} act={() => apply(why.trim(), lower)}>
        {trans._n('Apply %1 change', 'Apply %1 changes', count)}
      </Do>
    </Panel>
  );
}
