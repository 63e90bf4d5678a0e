import React from 'react';

import { day, when } from '../dates';
import { StaffActs } from './acts';
import { Chosen } from './chosen';
import { byName, useSeen } from './gradebook';
import { OldNotebooks } from './notebooks';
import { usePlaceName } from './places';
import { ForInstructors, roleName } from './roles';
import { Roster, TeamsTable } from './roster';
import { Teams } from './teams';
import { ITab, Problem, Rows, Schemas, useRead } from './tab';

type Member = Schemas['Member'];
type Override = Schemas['Override'];

/** What each account is, or was last: who changed roles has a line for each. */
function standingOf(members: Member[]): ReadonlyMap<string, Member> {
  const order = (a: Member, b: Member) =>
    Number(!a.ended_at) - Number(!b.ended_at) || Date.parse(a.since) - Date.parse(b.since);
  return new Map([...members].sort(order).map(one => [one.account!, one]));
}

function toggled(chosen: ReadonlySet<string>, account: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(account)) {
    next.add(account);
  }
  return next;
}

/** Who is in the class; rosters, sections, teams and more time for who is chosen. */
export function People({ tab, changed }: { tab: ITab; changed(): void }): JSX.Element {
  const { trans, section, find, named } = tab;
  const members = useRead<{ members: Member[] }>(tab, ['members']);
  const rules = useRead<{ overrides: Override[] }>(tab, ['policy']);
  const teams = useRead<{ teams: Schemas['Team'][] }>(tab, ['teams']);
  const [chosen, choose] = React.useState<ReadonlySet<string>>(new Set());
  const [former, setFormer] = React.useState(false);
  const now = (members.data?.members ?? []).filter(
    one => one.account !== null && (former || one.ended_at === null)
  );
  const shown = now
    .filter(one => (!section || one.section === section) && named(one.account).toLowerCase().includes(find))
    .sort((a, b) => byName(named(a.account), named(b.account)));
  const standing = standingOf(members.data?.members ?? []);
  const done = () => {
    choose(new Set());
    changed();
  };
  const teamsOf = (account: string) =>
    (teams.data?.teams ?? []).filter(one => one.members.includes(account)).map(one => one.team);
  return (
    <div className="codegym-Split">
      <div>
        <Problem problem={members.problem} trans={trans} />
        <p className="codegym-Quiet" role="status">
          {trans._n('%1 person', '%1 people', shown.length)}
          {!tab.grader && ` · ${trans.__('%1 chosen', chosen.size)}`}
        </p>
        <label className="codegym-Class-check">
          <input type="checkbox" checked={former} onChange={event => setFormer(event.target.checked)} />
          {trans.__('Also those who left')}
        </label>
        {members.data && (
          <Table
            {...{ tab, shown, chosen, teamsOf }}
            toggle={account => choose(toggled(chosen, account))}
            rules={rules.data?.overrides ?? []}
            all={on => choose(new Set(on ? shown.map(one => one.account!) : []))}
          />
        )}
        {!tab.grader && <StaffActs tab={tab} />}
      </div>
      <aside>
        <ForInstructors tab={tab}>
          <Chosen
            key={chosen.size ? 'some' : 'none'}
            tab={tab}
            accounts={[...chosen].filter(one => standing.has(one))}
            members={standing}
            done={done}
          />
          <Roster tab={tab} done={done} />
          {!tab.offering.id.startsWith('local:') && <OldNotebooks tab={tab} />}
          <Teams tab={tab} teams={teams.data?.teams ?? []} done={done} />
          <TeamsTable tab={tab} done={done} />
        </ForInstructors>
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
  const seen = useSeen(tab);
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
        aria-label={trans.__('Choose %1', tab.named(account))}
        checked={chosen.has(account)}
        onChange={() => toggle(account)}
      />
    );
    const role = roleName(one.role, tab);
    const standing = one.ended_at ? trans.__('%1 until %2', role, day(one.ended_at, clock)) : role;
    const { seen_at, late } = (one.role === 'student' && seen.get(account)) || { seen_at: null, late: 0 };
    const last = [late || '', seen_at ? when(seen_at, clock, trans) : ''];
    const about = [one.section, teamsOf(account).join(', '), standing, more(account), ...last];
    return { key: account, cells: [...(tab.grader ? [] : [box]), tab.named(account), ...about] };
  });
  return (
    <Rows
      label={trans.__('People')}
      heads={[
        ...(tab.grader ? [] : [everybody]),
        ...heads,
        trans.__('Extension'),
        trans.__('Late'),
        trans.__('Last seen')
      ]}
      named={tab.grader ? 0 : 1}
      rows={rows}
    />
  );
}
