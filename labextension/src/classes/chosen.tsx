import React from 'react';

import { Choice, Do, ITab, Labelled, Panel, Problem, Schemas, useRead, useSend } from './tab';

export function roleName(role: string, { trans }: ITab): string {
  const names: Record<string, string> = {
    student: trans.__('student'),
    grader: trans.__('grader'),
    instructor: trans.__('instructor')
  };
  return names[role] ?? role;
}

type What = 'place' | 'leave' | 'extension' | 'team';
const BLANK = { name: '', role: 'student', section: '', unit: '', days: '2', team: '', why: '' };

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
  const [what, setWhat] = React.useState<What>(accounts.length ? 'extension' : 'place');
  const [form, setForm] = React.useState({ ...BLANK, section: tab.section });
  const { busy, problem, details, send } = useSend(tab);
  const title = accounts.length > 1 ? trans.__('%1 chosen', accounts.length) : accounts[0];
  const act = async () => {
    for (const [parts, body] of requestsOf(what, form, accounts.length ? accounts : [form.name.trim()])) {
      if (!(await send(parts, body))) {
        return;
      }
    }
    tab.say(trans.__('It is done.'));
    setForm({ ...BLANK, section: tab.section });
    done();
  };
  const names: Record<What, string> = {
    extension: trans.__('Give more time'),
    team: trans.__('Put into a team'),
    place: accounts.length ? trans.__('Change section or role') : trans.__('Enrol'),
    leave: trans.__('Let go')
  };
  const missing = {
    extension: !form.unit || !form.why.trim() || !(Number(form.days) > 0),
    team: !form.unit,
    place: !accounts.length && !form.name.trim(),
    leave: false
  }[what];
  return (
    <Panel title={title ?? trans.__('One person')}>
      {accounts.length > 0 && (
        <Choice label={trans.__('Do')} value={what} change={value => setWhat(value as What)}>
          {(['extension', 'team', 'place', 'leave'] as const).map(one => (
            <option key={one} value={one}>
              {names[one]}
            </option>
          ))}
        </Choice>
      )}
      <Fields {...{ tab, what, form }} named={!accounts.length} put={more => setForm({ ...form, ...more })} />
      <Problem problem={problem} details={details} trans={trans} />
      <Do main disabled={busy || missing} act={() => void act()}>
        {names[what]}
      </Do>
    </Panel>
  );
}

function requestsOf(what: What, form: typeof BLANK, accounts: string[]): [string[], object][] {
  const { unit, why, role, section } = form;
  if (what === 'extension') {
    const by = `PT${Math.round(Number(form.days) * 24)}H`;
    return accounts.map(account => [['extensions'], { account, unit, by, why }]);
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
  named: boolean;
  put(more: Partial<typeof BLANK>): void;
}

function Fields({ tab, what, form, named, put }: IFields): JSX.Element {
  const { trans } = tab;
  const field = (name: keyof typeof BLANK, label: string, note?: string) => (
    <Labelled label={label} note={note}>
      <input value={form[name]} maxLength={1000} onChange={event => put({ [name]: event.target.value })} />
    </Labelled>
  );
  if (what === 'leave') {
    return <p className="codegym-Quiet">{trans.__('They see nothing more. Their work is kept.')}</p>;
  }
  if (what === 'place') {
    return (
      <>
        {named && field('name', trans.__('Account'))}
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
  return (
    <>
      <UnitChoice tab={tab} unit={form.unit} change={unit => put({ unit })} />
      {what === 'extension'
        ? field('days', trans.__('So many days more'))
        : field('team', trans.__('Team'), trans.__('Empty: in none, each answers alone.'))}
      {field('why', trans.__('Why'), trans.__('Write “attested”, not the diagnosis.'))}
    </>
  );
}

/** The units of the course, as the gradebook of nobody has them. */
function UnitChoice(props: { tab: ITab; unit: string; change(unit: string): void }): JSX.Element {
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
