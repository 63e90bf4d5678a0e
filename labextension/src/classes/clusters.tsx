import { Clipboard } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Misread, misreadIn } from '../author/misread';
import { outcome, ticked } from '../phrases';
import { Glyph, Said } from '../pieces';
import { Bar } from './charts';
import { Mistakes } from './mistakes';
import { IWrongCluster } from './records';
import { Do, ITab, Options, Problem, Schemas, Source, useSend } from './tab';

interface IWrongProps {
  model: Mistakes;
  tab: Pick<ITab, 'api' | 'offering' | 'admin' | 'trans'>;
}

/** The wrong answers to an exercise, together by mistake, each with a drafted misconception. */
export function WrongAnswers({ model, tab }: IWrongProps): JSX.Element {
  const { trans } = tab;
  const { found, exercise, chosen, loading, problem } = model.state;
  const id = React.useId();
  const clusters = found?.clusters ?? [];
  const one = clusters.find(cluster => cluster.id === chosen) ?? clusters[0];
  return (
    <section className="codegym-Class-part codegym-mod-wide" aria-labelledby={id} aria-busy={loading}>
      <h3 id={id}>{trans.__('Wrong answers')}</h3>
      {found && !found.exercises.length && <p className="codegym-Quiet">{trans.__('None so far.')}</p>}
      {found && found.exercises.length > 0 && (
        <span className="codegym-Labelled">
          <label htmlFor={`${id}-of`}>{trans.__('Exercise')}</label>
          <select id={`${id}-of`} value={exercise} onChange={event => void model.look(event.target.value)}>
            <option value="">{trans.__('Choose an exercise')}</option>
            {found.exercises.map(of => (
              <option key={of.exercise} value={of.exercise}>
                {`${of.title} · ${trans._n('%1 student', '%1 students', of.answers)}`}
              </option>
            ))}
          </select>
        </span>
      )}
      <Problem problem={problem} trans={trans} />
      {loading && exercise && <p className="codegym-Quiet">{trans.__('Looking for the places…')}</p>}
      {exercise && one && (
        <div className="codegym-Clusters">
          <List clusters={clusters} chosen={one.id} choose={chosen => model.choose(chosen)} trans={trans} />
          <Cluster one={one} exercise={exercise} tab={tab} />
        </div>
      )}
    </section>
  );
}

function List(props: {
  clusters: IWrongCluster[];
  chosen: string;
  choose(id: string): void;
  trans: TranslationBundle;
}): JSX.Element {
  const { clusters, chosen, choose, trans } = props;
  const most = Math.max(...clusters.map(one => one.answers));
  const items = clusters.map(one => ({
    key: one.id,
    body: (
      <>
        <span>
          <b>
            {one.lines.length ? trans.__('Line %1', one.lines.join(', ')) : trans.__('No one place')}
            {one.code && (
              <>
                {' · '}
                <code>{one.code}</code>
              </>
            )}
          </b>
          <span className="codegym-Meta">
            {one.misconception
              ? trans.__('a misconception speaks: %1', one.misconception)
              : trans.__('no word of its own yet')}
          </span>
        </span>
        <Bar share={one.answers / most} />
        <span aria-label={trans._n('%1 student', '%1 students', one.answers)}>{one.answers}</span>
      </>
    )
  }));
  return <Options label={trans.__('Mistakes, the most frequent first')} {...{ items, chosen, choose }} />;
}

interface IClusterProps {
  one: IWrongCluster;
  exercise: string;
  tab: IWrongProps['tab'];
}

function Cluster({ one, exercise, tab }: IClusterProps): JSX.Element {
  const { trans } = tab;
  const { example, draft } = one;
  return (
    <article className="codegym-Told" aria-label={trans.__('One of these answers')}>
      <Source label={trans.__('Answer cell')} source={one.source} lines={one.lines} />
      {example && (
        <p>
          <Said words={outcome(example, trans)} />
        </p>
      )}
      <p className="codegym-Meta">
        {trans.__('Fails %1 of %2 checks: %3', one.failed.length, one.checks, one.failed.join(', '))}
      </p>
      {one.question && (
        <p>
          {trans.__('Its students are asked:')} <Said words={ticked(one.question)} />
        </p>
      )}
      {draft && <Draft key={one.id} {...{ one, exercise, tab, draft }} />}
    </article>
  );
}

type DraftOf = NonNullable<IWrongCluster['draft']>;

function Draft({ one, exercise, tab, draft }: IClusterProps & { draft: DraftOf }): JSX.Element {
  const { trans } = tab;
  const [open, setOpen] = React.useState(false);
  if (!open) {
    return (
      <button type="button" className="codegym-Chip codegym-mod-first" onClick={() => setOpen(true)}>
        <Glyph shape="aim" />
        {trans.__('Draft a misconception')}
      </button>
    );
  }
  const proof = draft.refused
    ? trans.__('A check refuses it.')
    : trans.__('No check refuses it: add one that does.');
  return (
    <>
      <h4>{trans.__('Drafted misconception')}</h4>
      <pre tabIndex={0} dir="ltr" aria-label={trans.__('Drafted misconception')}>
        {draft.yaml}
      </pre>
      <Misread say={misreadIn(draft.yaml)?.say} trans={trans} />
      <p className="codegym-Meta">
        <Glyph shape={draft.refused ? 'right' : 'no'} tone={draft.refused ? 'right' : 'notyet'} /> {proof}{' '}
        {trans.__('It fails like %1 of %2 answers. The text is a suggestion.', draft.alike, one.answers)}
      </p>
      <div className="codegym-Row">
        {tab.admin && <Add {...{ exercise, tab }} yaml={draft.yaml} />}
        <button type="button" className="codegym-Chip" onClick={() => Clipboard.copyToSystem(draft.yaml)}>
          <Glyph shape="copy" />
          {trans.__('Copy')}
        </button>
      </div>
    </>
  );
}

/** Puts it into the unit's YAML, where `codegym check` passes it. */
function Add(props: Pick<IClusterProps, 'exercise' | 'tab'> & { yaml: string }): JSX.Element {
  const { exercise, tab, yaml } = props;
  const { trans } = tab;
  const [placed, setPlaced] = React.useState<Schemas['AcceptedDraft'] | null>(null);
  const { busy, problem, send } = useSend(tab, ['authoring']);
  const add = async () => {
    const body = { course: tab.offering.course, exercise, mode: 'misconceptions', yaml };
    setPlaced(await send<Schemas['AcceptedDraft']>(['place'], body));
  };
  if (placed) {
    return (
      <p role="status">
        <Glyph shape="right" tone="right" className="codegym-mod-inline" />
        {trans.__('It is in %1, from line %2 on.', placed.file, placed.line)}{' '}
        {trans.__('A class sees it when you publish the course.')}
      </p>
    );
  }
  return (
    <>
      <Do disabled={busy} act={() => void add()}>
        {trans.__('Add to the course')}
      </Do>
      <Problem problem={problem} trans={trans} />
    </>
  );
}
