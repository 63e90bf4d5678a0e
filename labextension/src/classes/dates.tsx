import React from 'react';

import { when } from '../dates';
import { AboutClass } from './about';
import { useBook } from './gradebook';
import { Choice, Do, ITab, Labelled, Panel, Problem, Rows, Schemas, useRead, useSend } from './tab';

type Override = Schemas['Override'];
type PlaceName = (of: { unit: string | null; exercise?: string | null }) => string;
type Held = Schemas['HeldPolicy'];
/** All that a policy has, what a class sets most first. */
const FIELDS = [
  'due opens grace attempts count late.per_day late.floor unsubmitted feedback tutor diagnosis duration time_factor',
  'owner drop_lowest.units drop_lowest.exercises markers.count markers.blind markers.tolerance markers.drafts',
  'hints.cost hints.cooldown_s hints.explain_back_after rate.sources rate.per_s'
].flatMap(line => line.split(' '));

/** What is set in the class, and what holds for a person and why. */
export function Dates({ tab, changed }: { tab: ITab; changed(): void }): JSX.Element {
  const { trans } = tab;
  const { data, problem, again } = useRead<{ overrides: Override[] }>(tab, ['policy']);
  const placed = usePlaceName(tab);
  return (
    <div className="codegym-Split">
      <div>
        <p className="codegym-Quiet">
          {trans.__('All times in %1. Settings in the course itself are not listed.', tab.offering.time_zone)}
        </p>
        <Problem problem={problem} trans={trans} />
        {data && !data.overrides.length && <p>{trans.__('Nothing is set for this class.')}</p>}
        {data && data.overrides.length > 0 && (
          <Rules {...{ tab, placed }} rules={data.overrides} done={again} />
        )}
        <Rule tab={tab} done={again} />
        <EverSet {...{ tab, placed }} now={data} />
      </div>
      <aside>
        <Holds tab={tab} />
        <AboutClass tab={tab} done={changed} />
      </aside>
    </div>
  );
}

function forWhom(rule: Pick<Override, 'account' | 'team' | 'section'>, { trans, named }: ITab): string {
  const who = rule.account && named(rule.account);
  return who ?? rule.team ?? (rule.section ? trans.__('Section %1', rule.section) : trans.__('all'));
}

/** What was ever set and taken back, by whom and why; read once it is opened, and anew after each change. */
function EverSet({ tab, placed, now }: { tab: ITab; placed: PlaceName; now: object | null }): JSX.Element {
  const { trans } = tab;
  const [open, setOpen] = React.useState(false);
  const parts = open ? ['policy', 'history'] : null;
  const { data, problem, again } = useRead<{ changes: Schemas['OverrideChange'][] }>(tab, parts);
  React.useEffect(() => {
    again();
  }, [now, again]);
  const fields = (set: Record<string, unknown> | null) => (
    <Fields fields={set ?? {}} tab={tab} none={trans.__('nothing')} />
  );
  const heads = [trans.__('For'), trans.__('Where'), trans.__('Before'), trans.__('After')];
  const rows = (data?.changes ?? []).map((one, i) => ({
    key: String(i),
    cells: [
      forWhom(one, tab),
      placed(one),
      fields(one.before),
      fields(one.after),
      <By key="" rule={one} tab={tab} />
    ]
  }));
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{trans.__('Everything that was ever set and taken back')}</summary>
      <Problem problem={problem} trans={trans} />
      {data && !rows.length && <p className="codegym-Quiet">{trans.__('Nothing yet.')}</p>}
      {rows.length > 0 && (
        <Rows
          label={trans.__('Everything that was ever set and taken back')}
          heads={[...heads, trans.__('By, when, why')]}
          rows={rows}
        />
      )}
    </details>
  );
}

function By({
  rule,
  tab: { trans, clock, named }
}: {
  rule: Pick<Override, 'set_by' | 'set_at' | 'why'>;
  tab: ITab;
}) {
  return (
    <>
      {rule.set_by && named(rule.set_by)} {rule.set_at && when(rule.set_at, clock, trans)}
      {rule.why && <q>{rule.why}</q>}
    </>
  );
}

function Fields(props: { fields: Record<string, unknown>; tab: ITab; none?: string }): JSX.Element {
  const set = Object.entries(props.fields);
  return (
    <>
      {!set.length && props.none}
      {set.map(([name, value]) => (
        <div key={name}>
          <code>{name}</code> {shownValue(value, props.tab)}
        </div>
      ))}
    </>
  );
}

function Rules(props: { tab: ITab; placed: PlaceName; rules: Override[]; done(): void }): JSX.Element {
  const { tab, placed, rules, done } = props;
  const { trans } = tab;
  const { problem, send } = useSend(tab);
  const [why, setWhy] = React.useState('');
  const clear = async (rule: Override, fields: string[]) => {
    const scope = rule.exercise ? { exercise: rule.exercise } : { unit: rule.unit ?? '' };
    const whom = { account: rule.account ?? '', team: rule.team ?? '', section: rule.section ?? '' };
    if (await send(['policy'], { ...scope, ...whom, clear: fields, why })) {
      tab.say(trans.__('It is taken back.'));
      done();
    }
  };
  const heads = [trans.__('For'), trans.__('Where'), trans.__('What'), trans.__('By, when, why'), ''];
  const rows = rules.map((rule, i) => ({
    key: String(i),
    cells: [
      forWhom(rule, tab),
      placed(rule),
      <Fields key="what" fields={rule.fields} tab={tab} />,
      <By key="by" rule={rule} tab={tab} />,
      <div key="" className="codegym-Row">
        <Do act={() => void clear(rule, Object.keys(rule.fields))}>{trans.__('Take back')}</Do>
        {Object.keys(rule.fields).length > 1 &&
          Object.keys(rule.fields).map(name => (
            <Do key={name} act={() => void clear(rule, [name])}>
              {trans.__('Take back %1', name)}
            </Do>
          ))}
      </div>
    ]
  }));
  return (
    <>
      <Rows label={trans.__('What is set')} heads={heads} rows={rows} />
      <Problem problem={problem} trans={trans} />
      <Labelled label={trans.__('Why it is taken back')}>
        <input value={why} maxLength={1000} onChange={event => setWhy(event.target.value)} />
      </Labelled>
    </>
  );
}

function shownValue(value: unknown, { trans, clock }: ITab): string {
  if (value === null) {
    return trans.__('no bound');
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^\d{4}-\d\d-\d\dT/.test(text) && /(Z|[+-]\d\d:\d\d)$/.test(text) ? when(text, clock, trans) : text;
}

/** How a place in the course is called: by the title of its exercise or unit, or by the id of one that has gone. */
export function usePlaceName(tab: ITab): PlaceName {
  const { book } = useBook({ ...tab, section: '-', find: '' });
  return ({ unit, exercise }) => {
    const titled = exercise
      ? book?.exercises.find(one => one.exercise === exercise)
      : book?.units.find(one => one.unit === unit);
    return titled?.title ?? exercise ?? unit ?? tab.trans.__('the whole course');
  };
}

/** A place in the course: all of it, a unit or an exercise. */
export function PlaceChoice(props: {
  tab: ITab;
  value: string;
  whole: boolean;
  /** Nothing is chosen yet: `-`, and the whole course is a choice of its own. */
  unset?: boolean;
  change(value: string): void;
}): JSX.Element {
  const { tab, value, whole, unset, change } = props;
  const { book } = useBook({ ...tab, section: '-', find: '' });
  return (
    <Choice label={tab.trans.__('Where')} value={value} change={change}>
      {unset && <option value="-"></option>}
      {whole ? <option value="">{tab.trans.__('the whole course')}</option> : <option value=""></option>}
      {book?.units.map(({ unit, title }) => (
        <optgroup key={unit} label={title}>
          <option value={`unit ${unit}`}>{title}</option>
          {book.exercises
            .filter(one => one.unit === unit)
            .map(one => (
              <option key={one.exercise} value={`exercise ${one.exercise}`}>
                {one.title}
              </option>
            ))}
        </optgroup>
      ))}
    </Choice>
  );
}

export function scopeOf(place: string): Record<string, string> {
  const [part, id] = place.split(' ');
  return id ? { [part]: id } : {};
}

function Rule({ tab, done }: { tab: ITab; done(): void }): JSX.Element {
  const { trans } = tab;
  const [form, setForm] = React.useState({
    whom: 'all',
    name: '',
    place: '',
    field: 'due',
    value: '',
    why: ''
  });
  const { busy, problem, send } = useSend(tab);
  const put = (change: Partial<typeof form>) => setForm(now => ({ ...now, ...change }));
  const set = async () => {
    const sent = form;
    const whom = form.whom === 'all' ? {} : { [form.whom]: form.name };
    const [outer, inner] = form.field.split('.');
    const value = valueOf(form.value);
    const fields = { [outer]: inner ? { [inner]: value } : value };
    if (await send(['policy'], { ...whom, ...scopeOf(form.place), set: fields, why: form.why })) {
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
  const field = (name: 'name' | 'value' | 'why', label: string, note?: string) => (
    <Labelled label={label} note={note}>
      <input value={form[name]} maxLength={1000} onChange={event => put({ [name]: event.target.value })} />
    </Labelled>
  );
  return (
    <Panel title={trans.__('Set a date or a rule')}>
      <div className="codegym-Class-filters">
        <Choice label={trans.__('For')} value={form.whom} change={whom => put({ whom })}>
          <option value="all">{trans.__('all')}</option>
          <option value="section">{trans.__('a section')}</option>
          <option value="account">{trans.__('a student')}</option>
          <option value="team">{trans.__('a team')}</option>
        </Choice>
        {form.whom !== 'all' && field('name', trans.__('Name'))}
        <PlaceChoice tab={tab} whole value={form.place} change={place => put({ place })} />
        <Choice label={trans.__('What')} value={form.field} change={field => put({ field })}>
          {FIELDS.map(name => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
        {field('value', trans.__('Value'), trans.__('A time: 2026-11-29T23:59; null: no limit.'))}
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

/** The policy of one person, each field with the level that set it. */
function Holds({ tab }: { tab: ITab }): JSX.Element {
  const { trans, find } = tab;
  const [account, setAccount] = React.useState('');
  const [place, setPlace] = React.useState('');
  const { book } = useBook(tab);
  const parts = account && place ? ['policy', 'held'] : null;
  const { data, problem } = useRead<Held>(tab, parts, { account, ...scopeOf(place) });
  const levels: Record<string, string> = {
    term: trans.__('the term'),
    yaml: trans.__('the course'),
    offering: trans.__('the class'),
    section: trans.__('the section'),
    student: trans.__('this student')
  };
  const parted: Record<string, string> = {
    course: trans.__('for all of it'),
    unit: trans.__('for the unit'),
    exercise: trans.__('for the exercise')
  };
  return (
    <Panel title={trans.__('What holds for')} note={find && trans.__('names with “%1”', find)}>
      <Choice label={trans.__('Student')} value={account} change={setAccount}>
        <option value=""></option>
        {book?.students.map(one => (
          <option key={one.account} value={one.account}>
            {tab.named(one.account)}
          </option>
        ))}
      </Choice>
      <PlaceChoice tab={tab} whole={false} value={place} change={setPlace} />
      <Problem problem={problem} trans={trans} />
      {data && (
        <Rows
          label={trans.__('What holds for %1', tab.named(account))}
          rows={data.fields.map(({ field, value, set_by }) => ({
            key: field,
            cells: [
              <code key="">{field}</code>,
              set_by ? shownValue(value, tab) : '–',
              set_by ? `${levels[set_by.level]}, ${parted[set_by.part]}` : trans.__('default')
            ]
          }))}
        />
      )}
    </Panel>
  );
}
