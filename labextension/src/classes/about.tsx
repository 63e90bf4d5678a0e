import React from 'react';

import { Do, ITab, Labelled, Panel, Problem, Schemas, useRead, useSend } from './tab';

type About = Schemas['ClassPage'];
const FIELDS = ['title', 'term', 'time_zone', 'contact', 'begins', 'ends'] as const;
type Field = (typeof FIELDS)[number];

/** The class itself: its title, term, time zone and whom students can ask. */
export function AboutClass({ tab, done }: { tab: ITab; done(): void }): JSX.Element {
  const { trans } = tab;
  const { data, problem, again } = useRead<About>(tab, []);
  const [typed, setTyped] = React.useState<Partial<Record<Field, string>>>({});
  const { busy, problem: refused, send } = useSend(tab);
  const labels: Record<Field, string> = {
    title: trans.__('Title'),
    term: trans.__('Term'),
    time_zone: trans.__('Time zone'),
    contact: trans.__('Whom students ask'),
    begins: trans.__('First day'),
    ends: trans.__('Last day')
  };
  const notes: Partial<Record<Field, string>> = {
    contact: trans.__('an address, as students see it'),
    begins: trans.__('2026-10-01; empty: not said'),
    ends: trans.__('2027-02-15; empty: not said')
  };
  const save = async () => {
    const may = (name: Field) => (['contact', 'begins', 'ends'].includes(name) ? null : '');
    const body = Object.fromEntries(
      FIELDS.filter(name => name in typed).map(name => [name, typed[name]?.trim() || may(name)])
    );
    if (await send([], body)) {
      tab.say(trans.__('The class is changed.'));
      setTyped({});
      again();
      done();
    }
  };
  return (
    <Panel title={trans.__('The class itself')}>
      <Problem problem={problem ?? refused} trans={trans} />
      {data && (
        <div className="codegym-Class-filters">
          {FIELDS.map(name => (
            <Labelled key={name} label={labels[name]} note={notes[name]}>
              <input
                value={typed[name] ?? data[name] ?? ''}
                maxLength={200}
                onChange={event => setTyped({ ...typed, [name]: event.target.value })}
              />
            </Labelled>
          ))}
          <Do disabled={busy || !Object.keys(typed).length} act={() => void save()}>
            {trans.__('Change the class')}
          </Do>
        </div>
      )}
    </Panel>
  );
}
