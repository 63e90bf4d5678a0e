import React from 'react';

import { IClock, instantOf } from '../dates';
import { PlaceChoice, scopeOf } from './dates';
import { ErasePerson, SavePerson } from './person';
import { Choice, Do, ITab, Labelled, Panel, Problem, Schemas, useRead, useSend } from './tab';

export function roleName(role: string, { trans }: ITab): string {
  const names: Record<string, string> = {
    student: trans.__('student'),
    grader: trans.__('grader'),
    instructor: trans.__('instructor')
  };
  return names[role] ?? role;
}

type What = 'place' | 'leave' | 'extension' | 'team' | 'export' | 'erase';
/** More time as it is typed: where, by how many days or until when, and why. */
export const TIME = { place: '', days: '2', until: '', why: '' };
const BLANK = { ...TIME, name: '', role: 'student', section: '', unit: '', team: '' };

/** What can be done for those who are chosen, one thing at a time; where nobody is, somebody is enrolled. */
export function Chosen({
  tab,
  accounts,
  done
}: {
  tab: ITab;
  accounts: string[];
  done(): void;
}): JSX.Element {
  const { trans } = tab;
  const [wanted, setWhat] = React.useState<What>(accounts.length ? 'extension' : 'place');
  const [form, setForm] = React.useState({ ...BLANK, section: tab.section });
  const { busy, problem, details, send } = useSend(tab);
  const what = accounts.length > 1 && (wanted === 'export' || wanted === 'erase') ? 'extension' : wanted;
  const people = accounts.length ? accounts : [form.name.trim()];
  const act = async () => {
    for (const [parts, body] of requestsOf(what, form, people, tab.clock)) {
      if (!(await send(parts, body))) {
        return;
      }
    }
    tab.say(trans.__('It is done.'));
    setForm({ ...BLANK, section: tab.section });
    done();
  };
  const names = namesOf(accounts, tab);
  const one: What[] = accounts.length > 1 ? [] : tab.admin ? ['export', 'erase'] : ['erase'];
  const missing = {
    extension: !extensionOf(form, tab.clock),
    team: !form.unit,
    place: !accounts.length && !form.name.trim(),
    leave: false
  };
  return (
    <Panel title={titleOf(accounts, tab)}>
      {accounts.length > 0 && (
        <Choice label={trans.__('Do')} value={what} change={value => setWhat(value as What)}>
          {(['extension', 'team', 'place', 'leave', ...one] as const).map(each => (
            <option key={each} value={each}>
              {names[each]}
            </option>
          ))}
        </Choice>
      )}
      {what === 'export' ? (
        <SavePerson tab={tab} account={accounts[0]} />
      ) : what === 'erase' ? (
        <ErasePerson key={accounts[0]} tab={tab} account={accounts[0]} done={done} />
      ) : (
        <>
          <Fields {...{ tab, what, form, accounts }} put={more => setForm({ ...form, ...more })} />
          <Problem problem={problem} details={details} trans={trans} />
          <Do main disabled={busy || missing[what]} act={() => void act()}>
            {names[what]}
          </Do>
        </>
      )}
    </Panel>
  );
}

function titleOf(accounts: string[], { trans, named }: ITab): string {
  if (accounts.length > 1) {
    return trans.__('%1 chosen', accounts.length);
  }
  return accounts.length ? named(accounts[0]) : trans.__('One person');
}

function namesOf(accounts: string[], { trans }: ITab): Record<What, string> {
  return {
    extension: trans.__('Give more time'),
    team: trans.__('Put into a team'),
    place: accounts.length ? trans.__('Change section or role') : trans.__('Enrol'),
    leave: trans.__('Remove'),
    export: trans.__('Save all that is kept'),
    erase: trans.__('Erase')
  };
}

/** What is asked for; null: something is missing. */
export function extensionOf({ place, days, until, why }: typeof TIME, clock: IClock): object | null {
  if (!place || !why.trim() || !(until || Number(days) > 0)) {
    return null;
  }
  const more = until ? { until: instantOf(until, clock) } : { by: `PT${Math.round(Number(days) * 24)}H` };
  return { ...scopeOf(place), ...more, why };
}

function requestsOf(what: What, form: typeof BLANK, accounts: string[], clock: IClock): [string[], object][] {
  const { unit, why, role, section } = form;
  if (what === 'extension') {
    return accounts.map(account => [['extensions'], { account, ...extensionOf(form, clock) }]);
  }
  if (what === 'team') {
    const people = accounts.map(account => ({ account, team: form.team.trim() || null }));
    return [[['teams'], { units: [unit], people, why }]];
  }
  const to = what === 'leave' ? null : role;
  return [[['members'], { people: accounts.map(account => ({ account, role: to, section })) }]];
}

interface IFields {
  tab: ITab;
  what: What;
  form: typeof BLANK;
  accounts: string[];
  put(more: Partial<typeof BLANK>): void;
}

function Fields({ tab, what, form, accounts, put }: IFields): JSX.Element {
  const { trans } = tab;
  const field = (name: keyof typeof BLANK, label: string, note?: string) => (
    <Labelled label={label} note={note}>
      <input value={form[name]} maxLength={1000} onChange={event => put({ [name]: event.target.value })} />
    </Labelled>
  );
  if (what === 'leave') {
    return <p className="codegym-Quiet">{trans.__('They lose access. Their work is kept.')}</p>;
  }
  if (what === 'place') {
    return (
      <>
        {!accounts.length && field('name', trans.__('Account'))}
        <Choice label={trans.__('Role')} value={form.role} change={value => put({ role: value })}>
          {['student', 'grader', 'instructor'].map(one => (
            <option key={one} value={one}>
              {roleName(one, tab)}
            </option>
          ))}
        </Choice>
        {field('section', trans.__('Section'))}
      </>
    );
  }
  if (what === 'extension') {
    return <MoreTime tab={tab} form={form} put={put} />;
  }
  return (
    <>
      <UnitChoice tab={tab} unit={form.unit} change={unit => put({ unit })} />
      {field('team', trans.__('Team'), trans.__('Empty: no team, each answers alone.'))}
      {field('why', trans.__('Why'))}
    </>
  );
}

/** Where, how much and why. */
export function MoreTime(props: {
  tab: ITab;
  form: typeof TIME;
  put(more: Partial<typeof TIME>): void;
}): JSX.Element {
  const { tab, form, put } = props;
  const { trans } = tab;
  const field = (name: 'days' | 'until' | 'why', label: string, note?: string, type?: string) => (
    <Labelled label={label} note={note}>
      <input
        value={form[name]}
        type={type}
        maxLength={1000}
        onChange={event => put({ [name]: event.target.value })}
      />
    </Labelled>
  );
  return (
    <>
      <PlaceChoice tab={tab} whole={false} value={form.place} change={place => put({ place })} />
      {!form.until && field('days', trans.__('Extra days'))}
      {field('until', trans.__('Or until'), tab.offering.time_zone, 'datetime-local')}
      {field('why', trans.__('Why'), trans.__('Write “certificate seen”, not the diagnosis.'))}
    </>
  );
}

/** The units of the course, as the gradebook of nobody has them. */
export function UnitChoice(props: { tab: ITab; unit: string; change(unit: string): void }): JSX.Element {
  const { data } = useRead<Schemas['GradebookPage']>(props.tab, ['gradebook'], { section: '-' });
  return (
    <Choice label={props.tab.trans.__('Unit')} value={props.unit} change={value => props.change(value)}>
      <option value=""></option>
      {data?.units.map(one => (
        <option key={one.unit} value={one.unit}>
          {one.title}
        </option>
      ))}
    </Choice>
  );
}
