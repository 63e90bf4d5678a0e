import React from 'react';

import { IClock, instantOf } from '../dates';
import { PlaceChoice, scopeOf, UnitChoice } from './places';
import { ErasePerson, SavePerson } from './person';
import { roleName } from './roles';
import { Choice, Do, ITab, Labelled, Panel, Problem, useSend } from './tab';

type Standing = Record<'role' | 'section', string>;
type What = 'place' | 'leave' | 'extension' | 'excuse' | 'team' | 'export' | 'erase';
/** More time as it is typed: where, by how much or until when, and why. */
export const TIME = { place: '', span: '2d', until: '', why: '' };
/** `role` and `section` null: as they are. */
const BLANK = {
  ...TIME,
  ...{ name: '', unit: '', team: '', role: null as string | null, section: null as string | null }
};
type Form = typeof BLANK;

/** What can be done for those who are chosen, one thing at a time; where nobody is, somebody is enrolled. */
export function Chosen(props: {
  tab: ITab;
  accounts: string[];
  /** What an account is in the class, or was last. */
  members: ReadonlyMap<string, Standing>;
  done(): void;
}): JSX.Element {
  const { tab, accounts, members, done } = props;
  const { trans } = tab;
  const [wanted, setWhat] = React.useState<What>(accounts.length ? 'extension' : 'place');
  const [form, setForm] = React.useState(BLANK);
  const { busy, problem, details, send } = useSend(tab);
  const what = accounts.length > 1 && (wanted === 'export' || wanted === 'erase') ? 'extension' : wanted;
  const people = (accounts.length ? accounts : [form.name.trim()]).map(account => ({
    account,
    ...(members.get(account) ?? { role: 'student', section: tab.section })
  }));
  const act = async () => {
    for (const [parts, body] of requestsOf(what, form, people, tab.clock)) {
      if (!(await send(parts, body))) {
        return;
      }
    }
    tab.say(trans.__('It is done.'));
    setForm(BLANK);
    done();
  };
  const names = namesOf(accounts, tab);
  const one: What[] = accounts.length > 1 ? [] : tab.admin ? ['export', 'erase'] : ['erase'];
  return (
    <Panel title={titleOf(accounts, tab)}>
      {accounts.length > 0 && (
        <Choice label={trans.__('Do')} value={what} change={value => setWhat(value as What)}>
          {(['extension', 'excuse', 'team', 'place', 'leave', ...one] as const).map(each => (
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
          <Fields
            {...{ tab, what, form, people }}
            isNew={!accounts.length}
            put={more => setForm({ ...form, ...more })}
          />
          <Problem problem={problem} details={details} trans={trans} />
          <Do main disabled={busy || lacks(what, form, !accounts.length, tab.clock)} act={() => void act()}>
            {names[what]}
          </Do>
        </>
      )}
    </Panel>
  );
}

/** Whether something is still to be typed or chosen. */
function lacks(what: What, form: Form, isNew: boolean, clock: IClock): boolean {
  const missing: Partial<Record<What, boolean>> = {
    extension: !extensionOf(form, clock),
    excuse: !form.place || !form.why.trim(),
    team: !form.unit,
    place: isNew && !form.name.trim()
  };
  return !!missing[what];
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
    excuse: trans.__('Excuse'),
    team: trans.__('Put into a team'),
    place: accounts.length ? trans.__('Change section or role') : trans.__('Enrol'),
    leave: trans.__('Remove'),
    export: trans.__('Save all that is kept'),
    erase: trans.__('Erase')
  };
}

/** What is asked for; null: something is missing. */
export function extensionOf({ place, span, until, why }: typeof TIME, clock: IClock): object | null {
  const minutes = minutesOf(span);
  if (!place || !why.trim() || !(until || minutes)) {
    return null;
  }
  const more = until ? { until: instantOf(until, clock) } : { by: `PT${minutes}M` };
  return { ...scopeOf(place), ...more, why };
}

const MINUTES: Record<string, number> = { w: 10080, d: 1440, h: 60, m: 1 };
const MOST = 3660 * MINUTES.d;

/** "2d", "1h30m", "45min", as `codegym class extend --by` takes them; null: it is none, or above ten years. */
export function minutesOf(text: string): number | null {
  const said = text.toLowerCase().replaceAll(' ', '');
  const parts = /^(\d{1,5}[wdhm](in)?)+$/.test(said) ? [...said.matchAll(/(\d+)([wdhm])/g)] : [];
  const sum = parts.reduce((all, [, count, unit]) => all + Number(count) * MINUTES[unit], 0);
  return sum > 0 && sum <= MOST ? sum : null;
}

function requestsOf(
  what: What,
  form: Form,
  people: ({ account: string } & Standing)[],
  clock: IClock
): [string[], object][] {
  const { unit, why } = form;
  if (what === 'extension') {
    return people.map(({ account }) => [['extensions'], { account, ...extensionOf(form, clock) }]);
  }
  if (what === 'excuse') {
    const set = { excused: true };
    return people.map(({ account }) => [['policy'], { account, ...scopeOf(form.place), set, why }]);
  }
  if (what === 'team') {
    const team = form.team.trim() || null;
    return [[['teams'], { units: [unit], people: people.map(({ account }) => ({ account, team })), why }]];
  }
  const moved = people.map(({ account, role, section }) =>
    what === 'leave'
      ? { account, role: null }
      : { account, role: form.role ?? role, section: form.section ?? section }
  );
  return [[['members'], { people: moved }]];
}

/** What all of them have in common; null: they differ. */
function commonOf(people: Standing[], name: keyof Standing): string | null {
  return people.every(one => one[name] === people[0][name]) ? people[0][name] : null;
}

interface IFields {
  tab: ITab;
  what: What;
  form: Form;
  people: Standing[];
  isNew: boolean;
  put(more: Partial<Form>): void;
}

function Fields({ tab, what, form, people, isNew, put }: IFields): JSX.Element {
  const { trans } = tab;
  const field = (name: 'name' | 'team' | 'why', label: string, note?: string) => (
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
        {isNew && field('name', trans.__('Account'))}
        <Place {...{ tab, form, people, put }} />
      </>
    );
  }
  if (what === 'extension') {
    return <MoreTime tab={tab} form={form} put={put} />;
  }
  if (what === 'excuse') {
    return (
      <>
        <p className="codegym-Quiet">
          {trans.__('It is not counted, nor its maximum. Taken back under “Dates and rules”.')}
        </p>
        <PlaceChoice tab={tab} whole={false} value={form.place} change={place => put({ place })} />
        {field('why', trans.__('Why'))}
      </>
    );
  }
  return (
    <>
      <UnitChoice tab={tab} unit={form.unit} change={unit => put({ unit })} />
      {field('team', trans.__('Team'), trans.__('Empty: no team, each answers alone.'))}
      {field('why', trans.__('Why'))}
    </>
  );
}

/** Role and section, as all have them at first; where they differ, each keeps their own until another is chosen. */
function Place({ tab, form, people, put }: Pick<IFields, 'tab' | 'form' | 'people' | 'put'>): JSX.Element {
  const { trans } = tab;
  const [role, section] = [commonOf(people, 'role'), commonOf(people, 'section')];
  return (
    <>
      <Choice
        label={trans.__('Role')}
        value={form.role ?? role ?? ''}
        change={value => put({ role: value || null })}
      >
        {role === null && <option value="">{trans.__('as it is')}</option>}
        {['student', 'grader', 'instructor'].map(one => (
          <option key={one} value={one}>
            {roleName(one, tab)}
          </option>
        ))}
      </Choice>
      {section === null && (
        <label className="codegym-Class-check">
          <input
            type="checkbox"
            checked={form.section === null}
            onChange={event => put({ section: event.target.checked ? null : '' })}
          />
          {trans.__('Each stays in their section')}
        </label>
      )}
      {(section ?? form.section) !== null && (
        <Labelled label={trans.__('Section')}>
          <input
            value={form.section ?? section ?? ''}
            maxLength={200}
            onChange={event => put({ section: event.target.value })}
          />
        </Labelled>
      )}
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
  const unfit = form.span.trim() !== '' && minutesOf(form.span) === null;
  const spans = unfit
    ? trans.__('Write 45min, 1h30m or 2d; ten years at most.')
    : trans.__('45min, 1h30m or 2d');
  const field = (name: 'span' | 'until' | 'why', label: string, note?: string, type?: string) => (
    <Labelled label={label} note={note}>
      <input
        value={form[name]}
        type={type}
        aria-invalid={(name === 'span' && unfit) || undefined}
        maxLength={1000}
        onChange={event => put({ [name]: event.target.value })}
      />
    </Labelled>
  );
  return (
    <>
      <PlaceChoice tab={tab} whole={false} value={form.place} change={place => put({ place })} />
      {!form.until && field('span', trans.__('Extra time'), spans)}
      {field('until', trans.__('Or until'), tab.offering.time_zone, 'datetime-local')}
      {field('why', trans.__('Why'), trans.__('Write “certificate seen”, not the diagnosis.'))}
    </>
  );
}
