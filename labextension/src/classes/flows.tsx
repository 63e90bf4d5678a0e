import React from 'react';

import { when } from '../dates';
import { serverText } from '../serverwords';
import { Do, ITab, Problem, Rows, Schemas, useRead, useSend } from './tab';

type Flow = Schemas['Flow'];
/** How often those that run are looked at. */
const EVERY_S = 5;

/** Regrades and imports that commands began: how far each is, stopped and gone on with. Read once it is opened. */
export function Flows({ tab }: { tab: ITab }): JSX.Element {
  const { trans, clock } = tab;
  const [open, setOpen] = React.useState(false);
  const { data, problem, again } = useRead<{ flows: Flow[] }>(tab, open ? ['flows'] : null, {}, EVERY_S);
  const { busy, problem: refused, send } = useSend(tab);
  const states: Record<Flow['state'], string> = {
    waiting: trans.__('waits for a worker'),
    running: trans.__('runs'),
    done: trans.__('done'),
    failed: trans.__('failed'),
    cancelled: trans.__('stopped')
  };
  const act = async (id: string, what: 'stop' | 'resume') => {
    if (await send(['flows', id, what], {})) {
      tab.say(what === 'stop' ? trans.__('No further step is begun.') : trans.__('It waits for a worker.'));
      again();
    }
  };
  const button = ({ id, state }: Flow) => {
    const stops = state === 'waiting' || state === 'running';
    return (
      state !== 'done' && (
        <Do disabled={busy} act={() => void act(id, stops ? 'stop' : 'resume')}>
          {stops ? trans.__('Stop') : trans.__('Go on')}
        </Do>
      )
    );
  };
  const rows = (data?.flows ?? []).map(one => ({
    key: one.id,
    cells: [
      when(new Date(one.created_ms).toISOString(), clock, trans),
      one.kind === 'regrade' ? trans.__('Regrade') : trans.__('Notebooks'),
      one.reason,
      one.spans ? trans.__('%1 of %2', one.done, one.spans) : '',
      [states[one.state], one.why && serverText(one.why, trans)].filter(Boolean).join(': '),
      button(one)
    ]
  }));
  const heads = [trans.__('When'), trans.__('What'), trans.__('Why'), trans.__('Steps'), trans.__('State')];
  const title = trans.__('Regrades and imports begun by commands');
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      <Problem problem={problem ?? refused} trans={trans} />
      {data && !rows.length && <p className="codegym-Quiet">{trans.__('Nothing yet.')}</p>}
      {rows.length > 0 && <Rows label={title} heads={[...heads, '']} numbers={[3]} rows={rows} />}
    </details>
  );
}
