import React from 'react';

import { instantOf, when } from '../dates';
import { AboutClass } from './about';
import { PlaceChoice, PlaceName, scopeOf, usePlaceName } from './places';
import { ForInstructors } from './roles';
import { Rule } from './rule';
import { Do, ITab, Labelled, Panel, Problem, Rows, Schemas, useRead, useSend } from './tab';
import { placeOf, WhomChoice, whomOf } from './whom';

type Override = Schemas['Override'];
type Held = Schemas['HeldPolicy'];
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
        <ForInstructors tab={tab}>
          <Rule tab={tab} done={again} />
        </ForInstructors>
        <EverSet {...{ tab, placed }} now={data} />
      </div>
      <aside>
        <Holds tab={tab} />
        {!tab.grader && <AboutClass tab={tab} done={changed} />}
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
  const heads = [trans.__('For'), trans.__('Where'), trans.__('What'), trans.__('By, when, why')];
  const rows = rules.map((rule, i) => ({
    key: String(i),
    cells: [
      forWhom(rule, tab),
      placed(rule),
      <Fields key="what" fields={rule.fields} tab={tab} />,
      <By key="by" rule={rule} tab={tab} />,
      ...(tab.grader
        ? []
        : [
            <div key="" className="codegym-Row">
              <Do act={() => void clear(rule, Object.keys(rule.fields))}>{trans.__('Take back')}</Do>
              {Object.keys(rule.fields).length > 1 &&
                Object.keys(rule.fields).map(name => (
                  <Do key={name} act={() => void clear(rule, [name])}>
                    {trans.__('Take back %1', name)}
                  </Do>
                ))}
            </div>
          ])
    ]
  }));
  return (
    <>
      <Rows label={trans.__('What is set')} heads={[...heads, ...(tab.grader ? [] : [''])]} rows={rows} />
      <Problem problem={problem} trans={trans} />
      {!tab.grader && (
        <Labelled label={trans.__('Why it is taken back')}>
          <input value={why} maxLength={1000} onChange={event => setWhy(event.target.value)} />
        </Labelled>
      )}
    </>
  );
}

/** As people read it: a time, which is the class's where it names no zone, and null as no bound. */
export function shownValue(value: unknown, { trans, clock }: ITab): string {
  if (value === null) {
    return trans.__('no bound');
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) {
    return text;
  }
  return when(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : instantOf(text, clock), clock, trans);
}

/** The policy of one person or team: each field with the level that set it, and the times that follow. */
function Holds({ tab }: { tab: ITab }): JSX.Element {
  const { trans, find } = tab;
  const [chosen, choose] = React.useState('');
  const [place, setPlace] = React.useState('');
  const { account, team } = whomOf(chosen);
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
      <WhomChoice
        tab={tab}
        label={trans.__('Student or team')}
        value={chosen}
        change={whom => {
          choose(whom);
          setPlace(placeOf(whom).place ?? place);
        }}
      >
        <option value=""></option>
      </WhomChoice>
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
