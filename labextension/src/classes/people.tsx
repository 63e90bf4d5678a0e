import React from 'react';

import { day } from '../dates';
import { StaffActs } from './about';
import { Chosen, roleName } from './chosen';
import { usePlaceName } from './dates';
import { byName } from './gradebook';
import { OldNotebooks } from './notebooks';
import { Teams } from './teams';
import { Do, ITab, Labelled, Panel, Problem, Rows, Schemas, useRead, useSend } from './tab';

type Member = Schemas['Member'];
type Override = Schemas['Override'];
type Enlisted = { people: Schemas['EnlistedOne'][] };
type Change = Schemas['EnlistedOne'];

/** Who is in the class; rosters, sections, teams and more time for who is chosen. */
export function People({ tab }: { tab: ITab }): JSX.Element {
  const { trans, section, find } = tab;
  const members = useRead<{ members: Member[] }>(tab, ['members']);
  const rules = useRead<{ overrides: Override[] }>(tab, ['policy']);
  const teams = useRead<{ teams: Schemas['Team'][] }>(tab, ['teams']);
  const [chosen, choose] = React.useState<ReadonlySet<string>>(new Set());
  const [former, setFormer] = React.useState(false);
  const now = (members.data?.members ?? []).filter(
    one => one.account !== null && (former || one.ended_at === null)
  );
  const shown = now
    .filter(one => (!section || one.section === section) && one.account!.toLowerCase().includes(find))
    .sort((a, b) => byName(a.account!, b.account!));
  const done = () => {
    choose(new Set());
    members.again();
    rules.again();
    teams.again();
  };
  const toggle = (account: string) => {
    const next = new Set(chosen);
    if (!next.delete(account)) {
      next.add(account);
    }
    choose(next);
  };
  const teamsOf = (account: string) =>
    (teams.data?.teams ?? []).filter(one => one.members.includes(account)).map(one => one.team);
  return (
    <div className="codegym-Split">
      <div>
        <Problem problem={members.problem} trans={trans} />
        <p className="codegym-Quiet" role="status">
          {trans._n('%1 person', '%1 people', shown.length)} · {trans.__('%1 chosen', chosen.size)}
        </p>
        <label className="codegym-Class-check">
          <input type="checkbox" checked={former} onChange={event => setFormer(event.target.checked)} />
          {trans.__('Also those who left')}
        </label>
        {members.data && (
          <Table
            {...{ tab, shown, chosen, toggle, teamsOf }}
            rules={rules.data?.overrides ?? []}
            all={on => choose(new Set(on ? shown.map(one => one.account!) : []))}
          />
        )}
        <StaffActs tab={tab} />
      </div>
      <aside>
        <Roster tab={tab} done={done} />
        {!tab.offering.id.startsWith('local:') && <OldNotebooks tab={tab} />}
        <Teams tab={tab} teams={teams.data?.teams ?? []} done={done} />
        <Chosen key={chosen.size ? 'some' : 'none'} tab={tab} accounts={[...chosen]} done={done} />
      </aside>
    </div>
  );
}

function Table(props: {
  tab: ITab;
  shown: Member[];
  chosen: ReadonlySet<string>;
  rules: Override[];
  toggle(account: string): void;
  teamsOf(account: string): string[];
  all(on: boolean): void;
}): JSX.Element {
  const { tab, shown, chosen, rules, toggle, teamsOf, all } = props;
  const { trans, clock } = tab;
  const placed = usePlaceName(tab);
  const more = (account: string) =>
    rules
      .filter(one => one.account === account && 'due' in one.fields)
      .map(one => `${placed(one)} ${day(String(one.fields.due), clock)}`)
      .join('; ');
  const everybody = (
    <input
      type="checkbox"
      aria-label={trans.__('Choose all')}
      checked={shown.length > 0 && shown.every(one => chosen.has(one.account!))}
      onChange={event => all(event.target.checked)}
    />
  );
  const heads = [trans.__('Name'), trans.__('Section'), trans.__('Team'), trans.__('Role')];
  const rows = shown.map(one => {
    const account = one.account!;
    const box = (
      <input
        type="checkbox"
        aria-label={trans.__('Choose %1', account)}
        checked={chosen.has(account)}
        onChange={() => toggle(account)}
      />
    );
    const role = roleName(one.role, tab);
    const standing = one.ended_at ? trans.__('%1 until %2', role, day(one.ended_at, clock)) : role;
    const about = [one.section, teamsOf(account).join(', '), standing, more(account)];
    return { key: account, cells: [box, account, ...about] };
  });
  return (
    <Rows
      label={trans.__('People')}
      heads={[everybody, ...heads, trans.__('Extension')]}
      named={1}
      rows={rows}
    />
  );
}

/** A table is looked at first; then its changes are taken. */
function Roster({ tab, done }: { tab: ITab; done(): void }): JSX.Element {
  const { trans } = tab;
  const [table, setTable] = React.useState<{ name: string; text: string } | null>(null);
  const [leave, setLeave] = React.useState(false);
  const [looked, setLooked] = React.useState<Change[] | null>(null);
  const { busy, problem, details, send } = useSend(tab);
  const ask = (text: string, leave_others: boolean, dry_run: boolean) =>
    send<Enlisted>(['members'], { table: text, leave_others, dry_run });
  const look = async (chosen: { name: string; text: string }, lets: boolean) => {
    setTable(chosen);
    setLeave(lets);
    setLooked((await ask(chosen.text, lets, true))?.people.filter(one => one.changes) ?? null);
  };
  const take = async () => {
    if (table && (await ask(table.text, leave, false))) {
      tab.say(trans.__('The roster was applied.'));
      setTable(null);
      setLooked(null);
      done();
    }
  };
  return (
    <Panel title={trans.__('Roster from CSV')} note={table?.name}>
      <Labelled
        label={trans.__('A table with the columns account, role, section')}
        note={trans.__('You see its changes first. Choosing it changes nobody.')}
      >
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          onChange={event => {
            const file = event.target.files?.[0];
            void file?.text().then(text => look({ name: file.name, text }, leave));
          }}
        />
      </Labelled>
      {table && (
        <label className="codegym-Class-check">
          <input type="checkbox" checked={leave} onChange={event => void look(table, event.target.checked)} />
          {trans.__('Remove students who are not on it')}
        </label>
      )}
      <Problem problem={problem} details={details} trans={trans} />
      {looked && <Changes tab={tab} changes={looked} />}
      {looked && looked.length > 0 && (
        <Do main disabled={busy} act={() => void take()}>
          {trans._n('Apply %1 change', 'Apply %1 changes', looked.length)}
        </Do>
      )}
    </Panel>
  );
}

function Changes({ tab, changes }: { tab: ITab; changes: Change[] }): JSX.Element {
  const { trans } = tab;
  const joins = changes.filter(one => !one.before);
  const leaves = changes.filter(one => !one.after);
  const moves = changes.filter(one => one.before && one.after);
  const kinds: [string, Change[]][] = [
    [trans._n('%1 joins', '%1 join', joins.length), joins],
    [trans._n('%1 changes section or role', '%1 change section or role', moves.length), moves],
    [trans._n('%1 leaves; the work is kept', '%1 leave; the work is kept', leaves.length), leaves]
  ];
  if (!changes.length) {
    return <p role="status">{trans.__('Everybody is already as in the table.')}</p>;
  }
  const place = (at: Change['before']) => (at ? `${roleName(at.role, tab)} ${at.section}`.trim() : '–');
  return (
    <div role="status">
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
    </div>
  );
}
