import React from 'react';

import { when } from '../dates';
import { serverText } from '../serverwords';
import { Do, ITab, Labelled, Panel, Problem, Schemas, useRead, useSend } from './tab';

type Publication = Schemas['Publication'];
type Changes = Schemas['VersionChanges'];

/** What students see of the course: what would change and for how many, before it is published or taken back. */
export function Publish({ tab }: { tab: ITab }): JSX.Element {
  const { trans } = tab;
  const versions = useRead<{ versions: Publication[] }>(tab, ['versions']);
  const [back, setBack] = React.useState<Publication | null>(null);
  const found = versions.data?.versions ?? [];
  const done = () => {
    setBack(null);
    versions.again();
  };
  return (
    <div className="codegym-Split">
      <div>
        <Problem problem={versions.problem} trans={trans} />
        <Next key={`${found[0]?.number} ${back?.number}`} tab={tab} back={back} done={done} />
        {back && <Do act={() => setBack(null)}>{trans.__('The course in the server’s folder instead')}</Do>}
      </div>
      <aside>
        <Panel title={trans.__('Versions')}>
          {versions.data && !found.length && <p>{trans.__('Nothing is published yet.')}</p>}
          <ol className="codegym-Past">
            {found.map((one, i) => (
              <li key={one.number}>
                <b>{one.number}</b> {one.published_at && when(one.published_at, tab.clock, trans)}{' '}
                {one.published_by && trans.__('by %1', tab.named(one.published_by))}
                {one.note && <q>{one.note}</q>}{' '}
                {i === 0 ? (
                  <span className="codegym-Meta">{trans.__('students have this')}</span>
                ) : (
                  one.version !== found[0].version && (
                    <button type="button" className="codegym-Link" onClick={() => setBack(one)}>
                      {trans.__('What would going back to %1 change?', one.number)}
                    </button>
                  )
                )}
              </li>
            ))}
          </ol>
        </Panel>
      </aside>
    </div>
  );
}

/** The step that is next: to the folder's course, or back to an earlier version. */
function Next({ tab, back, done }: { tab: ITab; back: Publication | null; done(): void }): JSX.Element {
  const { trans } = tab;
  const version = back?.version ?? '';
  const { data, problem } = useRead<Changes>(tab, ['versions', 'changes'], { version });
  const [note, setNote] = React.useState('');
  const sent = useSend(tab);
  const go = async (anyway: boolean) => {
    if (await sent.send(['versions'], { note, ...(back ? { version } : { anyway }) })) {
      tab.say(trans.__('It is published. Students see it from now on.'));
      done();
    }
  };
  const title = back
    ? trans.__('Go back to version %1', back.number)
    : trans.__('Publish what is in the folder');
  return (
    <Panel title={title}>
      <Problem problem={problem} trans={trans} />
      {data && !data.changes.length && <p>{trans.__('The class already sees exactly this version.')}</p>}
      {data && data.changes.length > 0 && (
        <>
          <p>
            {trans._n(
              '%1 student sees this from the next request on. Marks by people stay.',
              '%1 students see this from their next request on. Marks by people stay.',
              data.students
            )}
          </p>
          <ul aria-label={trans.__('What changes')}>
            {data.changes.map((one, i) => (
              <li key={i}>{serverText(one, trans)}</li>
            ))}
          </ul>
          <Labelled label={trans.__('What is new, for your colleagues')}>
            <input value={note} maxLength={1000} onChange={event => setNote(event.target.value)} />
          </Labelled>
          <Problem problem={sent.problem} details={sent.details} trans={trans} />
          <div className="codegym-Row">
            <Do main disabled={sent.busy} act={() => void go(false)}>
              {back ? trans.__('Roll back to %1', back.number) : trans.__('Publish now')}
            </Do>
            {sent.details.length > 0 && (
              <Do disabled={sent.busy} act={() => void go(true)}>
                {trans.__('Publish anyway')}
              </Do>
            )}
            {sent.busy && <span role="status">{trans.__('It is checked first…')}</span>}
          </div>
        </>
      )}
    </Panel>
  );
}
