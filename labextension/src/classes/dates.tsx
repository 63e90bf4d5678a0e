import React from 'react';

import { when } from '../dates';
import { AboutClass } from './about';
import { useBook } from './gradebook';
import { Choice, Do, ITab, Labelled, Panel, Problem, Rows, Schemas, useRead, useSend } from './tab';

type Override = Schemas['Override'];
export type PlaceName = (of: { unit: string | null; exercise?: string | null }) => string;
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

/** As people read it: a time in the class's zone, and null as no bound. */
export function shownValue(value: unknown, { trans, clock }: ITab): string {
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

type Team = Schemas['Team'];

/** Whom something is for: who is chosen in a list, as `account ana`, `team ID` or `section S1`, as it is sent. */
function useWhom(tab: ITab) {
  const { data } = useRead<{ teams: Team[] }>(tab, ['teams']);
  const teams = data?.teams ?? [];
  const of = (whom: string): { account?: string; team?: string; section?: string } => {
    const [kind, ...words] = whom.split(' ');
    const id = words.join(' ');
    return kind === 'team'
      ? { team: teams.find(one => one.id === id)?.team ?? id }
      : kind
        ? { [kind]: id }
        : {};
  };
  return { of, teams };
}

/** A team answers in one unit alone, so that is where. */
function placeOf(whom: string, teams: Team[]): { place?: string } {
  const team = teams.find(one => `team ${one.id}` === whom);
  return team ? { place: `unit ${team.unit}` } : {};
}

/** The students that are looked at, and the one that is chosen; all teams. */
function OneOrTeam(props: { tab: ITab; teams: Team[]; account?: string }): JSX.Element {
  const { tab, teams, account: chosen } = props;
  const { trans } = tab;
  const { book } = useBook(tab);
  const accounts = new Set([...(book?.students ?? []).map(one => one.account), ...(chosen ? [chosen] : [])]);
  const placed = usePlaceName(tab);
  return (
    <>
      {teams.length > 0 && (
        <optgroup label={trans.__('Teams')}>
          {teams.map(one => (
            <option key={one.id} value={`team ${one.id}`}>{`${one.team} · ${placed(one)}`}</option>
          ))}
        </optgroup>
      )}
      <optgroup label={trans.__('Students')}>
        {[...accounts].map(account => (
          <option key={account} value={`account ${account}`}>
            {tab.named(account)}
          </option>
        ))}
      </optgroup>
    </>
  );
}

function Sections({ tab }: { tab: ITab }): JSX.Element {
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

function Rule({ tab, done }: { tab: ITab; done(): void }): JSX.Element {
  const { trans } = tab;
  const [form, setForm] = React.useState({
    whom: '',
    place: '',
    field: 'due',
    value: '',
    why: ''
  });
  const { busy, problem, send } = useSend(tab);
  const { of, teams } = useWhom(tab);
  const put = (change: Partial<typeof form>) => setForm(now => ({ ...now, ...change }));
  const whom = of(form.whom);
  const fields = 'account' in whom || 'team' in whom ? [...FIELDS, 'excused'] : FIELDS;
  const chosen = fields.includes(form.field) ? form.field : fields[0];
  const set = async () => {
    const sent = form;
    const [outer, inner] = chosen.split('.');
    const value = valueOf(form.value);
    const own = { [outer]: inner ? { [inner]: value } : value };
    if (await send(['policy'], { ...whom, ...scopeOf(form.place), set: own, why: form.why })) {
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
  const valued: Record<string, string> = { excused: trans.__('true: not counted, nor its maximum') };
  const field = (name: 'value' | 'why', label: string, note?: string) => (
    <Labelled label={label} note={note}>
      <input value={form[name]} maxLength={1000} onChange={event => put({ [name]: event.target.value })} />
    </Labelled>
  );
  return (
    <Panel title={trans.__('Set a date or a rule')} note={tab.find && trans.__('names with “%1”', tab.find)}>
      <div className="codegym-Class-filters">
        <Choice
          label={trans.__('For')}
          value={form.whom}
          change={whom => put({ whom, ...placeOf(whom, teams) })}
        >
          <option value="">{trans.__('all')}</option>
          <Sections tab={tab} />
          <OneOrTeam {...{ tab, teams }} account={whom.account} />
        </Choice>
        <PlaceChoice tab={tab} whole value={form.place} change={place => put({ place })} />
        <Choice label={trans.__('What')} value={chosen} change={field => put({ field })}>
          {fields.map(name => (
            <option key={name}>{name}</option>
          ))}
        </Choice>
        {field(
          'value',
          trans.__('Value'),
          valued[chosen] ?? trans.__('A time: 2026-11-29T23:59; null: no limit.')
        )}
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

/** The policy of one person or team: each field with the level that set it, and the times that follow. */
function Holds({ tab }: { tab: ITab }): JSX.Element {
  const { trans, find } = tab;
  const [chosen, choose] = React.useState('');
  const [place, setPlace] = React.useState('');
  const { of, teams } = useWhom(tab);
  const { account, team } = of(chosen);
  const parts = chosen && place ? ['policy', 'held'] : null;
  const { data, problem } = useRead<Held>(tab, parts, { account, team, ...scopeOf(place) });
  const levels: Record<string, string> = {
    term: trans.__('the term'),
    yaml: trans.__('the course'),
    offering: trans.__('the class'),
    section: trans.__('the section'),
    student: team ? trans.__('this team') : trans.__('this student')
  };
  const parted: Record<string, string> = {
    course: trans.__('for all of it'),
    unit: trans.__('for the unit'),
    exercise: trans.__('for the exercise')
  };
  return (
    <Panel title={trans.__('What holds for')} note={find && trans.__('names with “%1”', find)}>
      <Choice
        label={trans.__('Student or team')}
        value={chosen}
        change={whom => {
          choose(whom);
          setPlace(placeOf(whom, teams).place ?? place);
        }}
      >
        <option value=""></option>
        <OneOrTeam {...{ tab, teams, account }} />
      </Choice>
      <PlaceChoice tab={tab} whole={false} value={place} change={setPlace} />
      <Problem problem={problem} trans={trans} />
      {data && <Times held={data} tab={tab} />}
      {data && (
        <Rows
          label={trans.__('What holds for %1', team ?? tab.named(account ?? null))}
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

/** When it was opened, and between which times answers are taken. */
function Times({ held, tab }: { held: Held; tab: ITab }): JSX.Element {
  const { trans, clock } = tab;
  const { opens, due, closes } = held.holds;
  const times: [string, string | null][] = [
    [trans.__('opened'), held.opened_at],
    [trans.__('opens'), opens],
    [trans.__('due'), due],
    [trans.__('closes'), closes]
  ];
  const shown = times.flatMap(([name, time]) => (time ? [`${name} ${when(time, clock, trans)}`] : []));
  return <p>{shown.join(' · ') || trans.__('No limit in time.')}</p>;
}
