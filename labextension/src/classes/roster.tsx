import React from 'react';

import { UnitChoice } from './places';
import { roleName } from './roles';
import { Do, FileField, ITab, Labelled, Panel, Problem, Schemas, TABLES, useSend } from './tab';

type Enlisted = Schemas['EnlistedOne'];
type Grouped = Schemas['GroupedOne'];

interface IPart {
  tab: ITab;
  done(): void;
}

interface IFromTable<T> extends IPart {
  /** What is changed, and what is sent beside the table. */
  part: string;
  body?: object;
  words: { label: string; leave: string; done: string };
  shown(changes: T[]): React.ReactNode;
  /** What is asked before the changes are taken. */
  children?: React.ReactNode;
}

/** A table is looked at first; then its changes are taken. */
function FromTable<T extends { changes: boolean }>(props: IFromTable<T>): JSX.Element {
  const { tab, part, body, words, shown, done, children } = props;
  const { trans } = tab;
  const [table, setTable] = React.useState<string | null>(null);
  const [leave, setLeave] = React.useState(false);
  const [looked, setLooked] = React.useState<T[] | null>(null);
  const { busy, problem, details, send } = useSend(tab);
  const ask = (text: string, leave_others: boolean, dry_run: boolean) =>
    send<{ people: T[] }>([part], { ...body, table: text, leave_others, dry_run });
  const look = async (text: string, lets: boolean) => {
    setTable(text);
    setLeave(lets);
    setLooked((await ask(text, lets, true))?.people.filter(one => one.changes) ?? null);
  };
  const take = async () => {
    if (table !== null && (await ask(table, leave, false))) {
      tab.say(words.done);
      setTable(null);
      setLooked(null);
      done();
    }
  };
  return (
    <>
      <FileField
        label={words.label}
        note={trans.__('You see its changes first. Choosing it changes nobody.')}
        accept={TABLES}
        choose={file => void file.text().then(text => look(text, leave))}
      />
      {table !== null && (
        <label className="codegym-Class-check">
          <input type="checkbox" checked={leave} onChange={event => void look(table, event.target.checked)} />
          {words.leave}
        </label>
      )}
      <Problem problem={problem} details={details} trans={trans} />
      {looked && (
        <div role="status">
          {looked.length ? shown(looked) : <p>{trans.__('Everybody is already as in the table.')}</p>}
        </div>
      )}
      {looked && looked.length > 0 && (
        <>
          {children}
          <Do main disabled={busy} act={() => void take()}>
            {trans._n('Apply %1 change', 'Apply %1 changes', looked.length)}
          </Do>
        </>
      )}
    </>
  );
}

/** Who joins, moves and leaves. */
export function Roster({ tab, done }: IPart): JSX.Element {
  const { trans } = tab;
  const words = {
    label: trans.__('A table with the columns account, name, role, section'),
    leave: trans.__('Remove students who are not on it'),
    done: trans.__('The roster was applied.')
  };
  const shown = (changes: Enlisted[]) => <Changes tab={tab} changes={changes} />;
  return (
    <Panel title={trans.__('Roster from CSV')}>
      <FromTable part="members" {...{ tab, words, shown, done }} />
    </Panel>
  );
}

function Changes({ tab, changes }: { tab: ITab; changes: Enlisted[] }): JSX.Element {
  const { trans } = tab;
  const joins = changes.filter(one => !one.before);
  const leaves = changes.filter(one => !one.after);
  const moves = changes.filter(one => one.before && one.after);
  const kinds: [string, Enlisted[]][] = [
    [trans._n('%1 joins', '%1 join', joins.length), joins],
    [trans._n('%1 changes section, role or name', '%1 change section, role or name', moves.length), moves],
    [trans._n('%1 leaves; the work is kept', '%1 leave; the work is kept', leaves.length), leaves]
  ];
  const place = (at: Enlisted['before']) =>
    at ? [at.name, roleName(at.role, tab), at.section].filter(Boolean).join(' ') : '–';
  return (
    <>
      {kinds
        .filter(([, some]) => some.length)
        .map(([title, some]) => (
          <details key={title}>
            <summary>{title}</summary>
            <ul>
              {some.map(one => (
                <li key={one.account}>
                  {one.account}: {place(one.before)} → {place(one.after)}
                </li>
              ))}
            </ul>
          </details>
        ))}
    </>
  );
}

/** Who comes into which team of a unit. */
export function TeamsTable({ tab, done }: IPart): JSX.Element {
  const { trans } = tab;
  const [unit, setUnit] = React.useState('');
  const [why, setWhy] = React.useState('');
  const words = {
    label: trans.__('Who is in which: a table with account, team'),
    leave: trans.__('All others leave their teams of this unit'),
    done: trans.__('It is done.')
  };
  const shown = (changes: Grouped[]) => (
    <ul>
      {changes.map(({ account, before, after }) => (
        <li key={account}>
          {tab.named(account)}: {before ?? trans.__('no team')} → {after ?? trans.__('no team')}
        </li>
      ))}
    </ul>
  );
  return (
    <Panel title={trans.__('Teams from CSV')}>
      <UnitChoice tab={tab} unit={unit} change={setUnit} />
      {unit && (
        <FromTable key={unit} part="teams" body={{ units: [unit], why }} {...{ tab, words, shown, done }}>
          <Labelled label={trans.__('Why')} note={trans.__('Needed where a score changes with the team.')}>
            <input value={why} maxLength={1000} onChange={event => setWhy(event.target.value)} />
          </Labelled>
        </FromTable>
      )}
    </Panel>
  );
}
