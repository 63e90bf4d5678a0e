import React from 'react';

import { PlaceChoice, scopeOf } from './places';
import { Choice, Do, ITab, Labelled, Panel, Problem, useSend } from './tab';
import { placeOf, Sections, WhomChoice, whomOf } from './whom';

/** All that a policy has, what a class sets most first. */
const FIELDS = [
  'due opens grace attempts count late.per_day late.floor unsubmitted feedback tutor diagnosis duration time_factor',
  'owner drop_lowest.units drop_lowest.exercises markers.count markers.blind markers.tolerance markers.drafts',
  'hints.cost hints.cooldown_s hints.explain_back_after rate.sources rate.per_s'
].flatMap(line => line.split(' '));

/** Who is named may be excused, too. */
function fieldsFor(whom: string): string[] {
  const { account, team } = whomOf(whom);
  return account || team ? [...FIELDS, 'excused'] : FIELDS;
}

function noteOf(field: string, { trans }: ITab): string {
  return field === 'excused'
    ? trans.__('true: not counted, nor its maximum')
    : trans.__('A time: 2026-11-29T23:59; null: no limit.');
}

/** A field of the policy is set, for all or for some, with a reason. */
export function Rule({ tab, done }: { tab: ITab; done(): void }): JSX.Element {
  const { trans } = tab;
  const [form, setForm] = React.useState({ whom: '', place: '', field: 'due', value: '', why: '' });
  const { busy, problem, send } = useSend(tab);
  const put = (change: Partial<typeof form>) => setForm(now => ({ ...now, ...change }));
  const fields = fieldsFor(form.whom);
  const chosen = fields.includes(form.field) ? form.field : fields[0];
  const set = async () => {
    const sent = form;
    const [outer, inner] = chosen.split('.');
    const value = valueOf(form.value);
    const own = { [outer]: inner ? { [inner]: value } : value };
    if (await send(['policy'], { ...whomOf(form.whom), ...scopeOf(form.place), set: own, why: form.why })) {
      tab.say(trans.__('It is set, and applies from now on.'));
      // what was typed meanwhile stays
      setForm(now => ({
        ...now,
        value: now.value === sent.value ? '' : now.value,
        why: now.why === sent.why ? '' : now.why
      }));
      done();
    }
  };
  const field = (name: 'value' | 'why', label: string, note?: string) => (
    <Labelled label={label} note={note}>
      <input value={form[name]} maxLength={1000} onChange={event => put({ [name]: event.target.value })} />
    </Labelled>
  );
  return (
    <Panel title={trans.__('Set a date or a rule')} note={tab.find && trans.__('names with “%1”', tab.find)}>
      <div className="codegym-Class-filters">
        <WhomChoice
          tab={tab}
          label={trans.__('For')}
          value={form.whom}
          change={whom => put({ whom, ...placeOf(whom) })}
        >
          <option value="">{trans.__('all')}</option>
          <Sections tab={tab} />
        </WhomChoice>
        <PlaceChoice tab={tab} whole value={form.place} change={place => put({ place })} />
        <Choice label={trans.__('What')} value={chosen} change={field => put({ field })}>
          {fields.map(name => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
        {field('value', trans.__('Value'), noteOf(chosen, tab))}
        {field('why', trans.__('Why'))}
      </div>
      <Problem problem={problem} trans={trans} />
      <Do main disabled={busy || !form.value.trim()} act={() => void set()}>
        {trans.__('Set it')}
      </Do>
    </Panel>
  );
}

/** What was typed as JSON, else as text. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text.trim();
  }
}
