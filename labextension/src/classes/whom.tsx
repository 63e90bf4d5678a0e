import React from 'react';

import { useBook } from './gradebook';
import { usePlaceName } from './places';
import { Choice, ITab, Schemas, useRead } from './tab';

/** As it is sent; nobody: all. */
interface IWhom {
  account?: string;
  team?: string;
  section?: string;
}

/** Who is chosen: `account ana`, `section S1` or, of one unit, `team loops red`; empty: all. */
export function whomOf(chosen: string): IWhom {
  const [kind, ...words] = chosen.split(' ');
  return kind ? { [kind]: words.slice(kind === 'team' ? 1 : 0).join(' ') } : {};
}

/** A team answers in one unit alone, so that is where. */
export function placeOf(chosen: string): { place?: string } {
  const [kind, unit] = chosen.split(' ');
  return kind === 'team' ? { place: `unit ${unit}` } : {};
}

interface IWhomChoice {
  tab: ITab;
  label: string;
  value: string;
  change(value: string): void;
  /** Of what comes before students and teams. */
  children: React.ReactNode;
}

/** All teams, and the students that are looked at, by their names; who is chosen stays. */
export function WhomChoice({ tab, label, value, change, children }: IWhomChoice): JSX.Element {
  const { trans } = tab;
  const { book } = useBook(tab);
  const { data } = useRead<{ teams: Schemas['Team'][] }>(tab, ['teams']);
  const placed = usePlaceName(tab);
  const teams = data?.teams ?? [];
  const { account: chosen } = whomOf(value);
  const accounts = new Set((book?.students ?? []).map(one => one.account));
  return (
    <Choice label={label} value={value} change={change}>
      {children}
      {teams.length > 0 && (
        <optgroup label={trans.__('Teams')}>
          {teams.map(one => (
            <option
              key={one.id}
              value={`team ${one.unit} ${one.team}`}
            >{`${one.team} · ${placed(one)}`}</option>
          ))}
        </optgroup>
      )}
      <optgroup label={trans.__('Students')}>
        {[...(chosen ? accounts.add(chosen) : accounts)].map(account => (
          <option key={account} value={`account ${account}`}>
            {tab.named(account)}
          </option>
        ))}
      </optgroup>
    </Choice>
  );
}

/** The sections of the class as choices. */
export function Sections({ tab }: { tab: ITab }): JSX.Element {
  const { data } = useRead<Pick<Schemas['ClassPage'], 'sections'>>(tab, []);
  const named = (data?.sections ?? []).filter(({ section }) => section);
  return (
    <>
      {named.map(({ section }) => (
        <option key={section} value={`section ${section}`}>
          {tab.trans.__('Section %1', section)}
        </option>
      ))}
    </>
  );
}
