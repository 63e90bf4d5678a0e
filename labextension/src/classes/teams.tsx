import React from 'react';

import { extensionOf, MoreTime, TIME } from './chosen';
import { usePlaceName } from './places';
import { Choice, Do, ITab, Labelled, Panel, Problem, Schemas, useSend } from './tab';

/** One team at a time: another name, or more time. Nothing where there is none. */
export function Teams(props: { tab: ITab; teams: Schemas['Team'][]; done(): void }): JSX.Element | null {
  const { tab, teams, done } = props;
  const { trans } = tab;
  const [chosen, choose] = React.useState('');
  const [name, setName] = React.useState('');
  const [form, setForm] = React.useState(TIME);
  const { busy, problem, send } = useSend(tab);
  const placed = usePlaceName(tab);
  const team = teams.find(one => one.id === chosen);
  const extension = extensionOf(form, tab.clock);
  const act = async (parts: string[], body: object) => {
    if (await send(parts, body)) {
      tab.say(trans.__('It is done.'));
      setName('');
      setForm(TIME);
      done();
    }
  };
  if (!teams.length) {
    return null;
  }
  return (
    <Panel title={trans.__('Teams')}>
      <Choice label={trans.__('Team')} value={chosen} change={choose}>
        <option value=""></option>
        {teams.map(one => (
          <option key={one.id} value={one.id}>{`${one.team} · ${placed(one)}`}</option>
        ))}
      </Choice>
      {team && (
        <>
          <p className="codegym-Quiet">{team.members.map(tab.named).join(', ')}</p>
          {!team.answers && (
            <p>{trans.__('Each answers alone here, until “Dates and rules” has: owner, team.')}</p>
          )}
          <Labelled label={trans.__('Another name')}>
            <input value={name} maxLength={100} onChange={event => setName(event.target.value)} />
          </Labelled>
          <Do
            disabled={busy || !name.trim()}
            act={() => void act(['teams', 'name'], { unit: team.unit, team: team.team, name: name.trim() })}
          >
            {trans.__('Rename')}
          </Do>
          <MoreTime tab={tab} form={form} put={more => setForm({ ...form, ...more })} />
          <Do
            disabled={busy || !extension}
            act={() => void act(['extensions'], { team: team.team, ...extension })}
          >
            {trans.__('Give more time')}
          </Do>
        </>
      )}
      <Problem problem={problem} trans={trans} />
    </Panel>
  );
}
