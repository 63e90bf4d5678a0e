import React from 'react';

import { when } from '../dates';
import { Query } from '../requests';
import { saveTable } from '../saving';
import { shownValue } from './dates';
import { wordsOf } from './marking';
import { PlaceName, usePlaceName } from './places';
import { Do, ITab, Problem, Rows, Schemas, useRead } from './tab';

type Act = Schemas['StaffAct'];
type Acts = { acts: Act[] };
/** Acts that are read at a time, to look at and to save. */
const [PAGE, MOST] = [50, 500];

const nameOf = (account: string | null, { named, trans }: ITab) =>
  account === null ? trans.__('erased') : named(account);
const whose = (one: Act, tab: ITab) => nameOf(one.who, tab);
const whom = (one: Act, tab: ITab) => one.whom.map(each => nameOf(each.name, tab)).join(', ');

/** A random id, or a version's: it says nothing to people. */
const isId = (value: unknown) => typeof value === 'string' && /^([0-9a-f]{32}|[0-9a-f]{64})$/.test(value);

/** What an act was about, by name: places by their titles, and no ids; the fields that were set one by one. */
function factsOf(what: Act['what'], placed: PlaceName, tab: ITab): [string, string][] {
  return Object.entries(what).flatMap(([name, value]): [string, string][] => {
    switch (name) {
      case 'exercise':
        return [[name, placed({ unit: null, exercise: String(value) })]];
      case 'unit':
        return [[name, placed({ unit: String(value) })]];
      case 'units':
        return [[name, (value as string[]).map(unit => placed({ unit })).join(', ')]];
      case 'set':
        return Object.entries(value as object).map(([field, to]) => [field, shownValue(to, tab)]);
      default:
        return isId(value) ? [] : [[name, shownValue(value, tab)]];
    }
  });
}

/** What staff did, the newest first: the audit log of the class, read once it is opened. */
export function StaffActs({ tab }: { tab: ITab }): JSX.Element {
  const { trans, clock } = tab;
  const [open, setOpen] = React.useState(false);
  const [pages, setPages] = React.useState<Act[][]>([]);
  const after = pages.at(-1)?.at(-1)?.id ?? '';
  const { data, problem } = useRead<Acts>(tab, open ? ['audit'] : null, {
    after,
    limit: String(PAGE)
  });
  const placed = usePlaceName(tab);
  const acts = [...pages.flat(), ...(data?.acts ?? [])];
  const rows = acts.map(one => ({
    key: one.id,
    cells: [
      when(one.done_at, clock, trans),
      whose(one, tab),
      <code key="">{one.act}</code>,
      whom(one, tab),
      factsOf(one.what, placed, tab).map(([name, value]) => (
        <div key={name}>
          <code>{name}</code> {value}
        </div>
      ))
    ]
  }));
  const heads = [trans.__('When'), trans.__('Who'), trans.__('Act'), trans.__('On whom'), trans.__('What')];
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{trans.__('What staff did')}</summary>
      <Problem problem={problem} trans={trans} />
      {data && !acts.length && <p className="codegym-Quiet">{trans.__('Nothing yet.')}</p>}
      {acts.length > 0 && <Rows label={trans.__('What staff did')} heads={heads} rows={rows} />}
      <div className="codegym-Row">
        {data?.acts.length === PAGE && (
          <Do act={() => setPages([...pages, data.acts])}>{trans.__('Earlier ones')}</Do>
        )}
        {acts.length > 0 && <SaveActs tab={tab} heads={heads} />}
      </div>
    </details>
  );
}

/** The whole log as a table. */
function SaveActs({ tab, heads }: { tab: ITab; heads: string[] }): JSX.Element {
  const { id } = tab.offering;
  const [problem, setProblem] = React.useState<string | null>(null);
  const told = (one: Act) => [
    one.done_at,
    whose(one, tab),
    one.act,
    whom(one, tab),
    JSON.stringify(one.what)
  ];
  const save = async () => {
    const acts: Act[] = [];
    let page: Acts;
    do {
      const query: Query = { after: acts.at(-1)?.id, limit: String(MOST) };
      page = await tab.api.staff<Acts>('GET', ['classes', id, 'audit'], undefined, query);
      acts.push(...page.acts);
    } while (page.acts.length === MOST);
    const lines = [heads, ...acts.map(told)];
    saveTable(lines, `${id.replace(':', '-')}-audit.csv`);
  };
  const act = () =>
    save().then(
      () => setProblem(null),
      reason => setProblem(wordsOf(reason))
    );
  return (
    <>
      <Do act={() => void act()}>{tab.trans.__('Save all of it (CSV)')}</Do>
      <Problem problem={problem} trans={tab.trans} />
    </>
  );
}
