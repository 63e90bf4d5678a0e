import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tone, Tool } from '../pieces';
import { IAnswerer } from '../records';
import { Shape } from '../shapes';
import { ICourses, IExerciseRef, IServer } from '../tokens';
import { answererState, firstReady, paceLine, problemLine, pullLine, readyLine } from './chatwords';
import { Conversations } from './conversations';
import { inOrder, Readiness, wished } from './readiness';

const LOOKS: Record<IAnswerer['state'], [Shape, Tone]> = {
  ready: ['right', 'right'],
  answering: ['chat', 'info'],
  tried: ['neq', 'notyet'],
  pulling: ['download', 'info'],
  absent: ['download', 'grey'],
  away: ['offline', 'grey'],
  unknown: ['todo', 'grey']
};

interface IAnswerers {
  readiness: Readiness;
  trans: TranslationBundle;
}

interface IBoundProps {
  conversations: Conversations;
  readiness: Readiness;
  server: IServer;
  courses: ICourses;
  of: IExerciseRef;
}

/** What is spoken of, and who answers. */
export function Bound({ conversations, readiness, server, courses, of }: IBoundProps): JSX.Element {
  const [open, setOpen] = React.useState(false);
  const { trans } = server;
  const conversation = conversations.of(of);
  const exercise = courses.find(of);
  const { away } = server.api;
  const ready = conversation.tutor !== 'off' && !away;
  const { answerers } = conversation;
  const asks = conversation.running !== null;
  React.useEffect(() => {
    readiness.lively = asks;
    if (answerers.length) {
      if (readiness.list.length) {
        void readiness.refresh();
      } else {
        readiness.take(answerers);
      }
    }
  }, [readiness, answerers, asks]);
  return (
    <>
      <div className="codegym-Bound">
        <Glyph shape="logo" tone="info" />
        <strong lang={courses.languageOf(of.course)}>{exercise?.title ?? of.exercise}</strong>
        <span className="codegym-Meta codegym-mod-under">
          {exercise && !courses.isPractice(of) && trans._n('%1 point', '%1 points', exercise.points)}
        </span>
        <i className={`codegym-Led ${ready ? 'codegym-mod-on' : ''}`} aria-hidden="true" />
        <UseSignal signal={readiness.changed}>
          {() => (
            <span className="codegym-Meta">
              {away
                ? trans.__('The server is away.')
                : readyLine({ ...conversation, answerers: inOrder(readiness.list, readiness.chosen) }, trans)}
            </span>
          )}
        </UseSignal>
        <Tool shape="down" label={trans.__('Who answers')} expanded={open} onClick={() => setOpen(!open)} />
        {conversation.tutor === 'full' && answerers.length > 0 && (
          <UseSignal signal={readiness.changed}>
            {() => <Choosing readiness={readiness} trans={trans} />}
          </UseSignal>
        )}
      </div>
      {open && <Answerers readiness={readiness} trans={trans} llms={conversation.tutor === 'full'} />}
    </>
  );
}

/** Who answers, in the order in which they are asked, as they are now; last the course's own hints. */
export function Answerers({ readiness, trans, llms }: IAnswerers & { llms: boolean }): JSX.Element {
  React.useEffect(() => (llms ? readiness.watch() : undefined), [readiness, llms]);
  const own = (
    <li key="">
      <Glyph shape="right" tone="right" />
      <span>{trans.__('the course’s own hints')}</span>
      <span className="codegym-Meta">{trans.__('always here')}</span>
    </li>
  );
  const list = () => {
    const { chosen } = readiness;
    const models = inOrder(readiness.list, chosen || null).map(one => (
      <Answerer key={one.name} readiness={readiness} trans={trans} one={one} />
    ));
    return <>{chosen === '' ? [own, ...models] : [...models, own]}</>;
  };
  return (
    <ol className="codegym-Answerers" aria-label={trans.__('Who answers, in this order')}>
      {llms ? <UseSignal signal={readiness.changed}>{list}</UseSignal> : own}
    </ol>
  );
}

/** Stands for "as the settings have it" among the options; a model's name is behind a sign. */
const FIRST = '-';

/** How fast the one answered at last who would answer now, and who else may be asked first. */
export function Choosing({ readiness, trans }: IAnswerers): JSX.Element {
  const first = firstReady(inOrder(readiness.list, readiness.chosen));
  const pace = first && paceLine(first, trans);
  const { list, chosen } = readiness;
  return (
    <>
      {pace && <span className="codegym-Meta codegym-mod-under">{pace}</span>}
      {(list.length > 1 || chosen !== null || firstReady(list)) && (
        <Chooser readiness={readiness} trans={trans} />
      )}
    </>
  );
}

/** Who is asked first: the student's choice, with how fast each answered at last. */
export function Chooser({ readiness, trans }: IAnswerers): JSX.Element {
  const { list } = readiness;
  const chosen = wished(readiness.chosen, list);
  const about = (one: IAnswerer) => [
    one.name,
    one.state === 'ready' ? '' : answererState(one, trans),
    paceLine(one, trans)
  ];
  return (
    <select
      className="codegym-Chooser"
      aria-label={trans.__('Who is asked first')}
      value={chosen === null ? FIRST : `=${chosen}`}
      onChange={({ target }) => readiness.choose(target.value === FIRST ? null : target.value.slice(1))}
    >
      <option value={FIRST}>{trans.__('Automatic')}</option>
      {list.map(one => (
        <option key={one.name} value={`=${one.name}`}>
          {about(one).filter(Boolean).join(' · ')}
        </option>
      ))}
      <option value="=">{trans.__('No model, only the course’s own hints')}</option>
    </select>
  );
}

function Answerer({ readiness, trans, one }: IAnswerers & { one: IAnswerer }): JSX.Element {
  const [shape, tone] = LOOKS[one.state];
  const pace = paceLine(one, trans);
  const problem = readiness.problems.get(one.name) ?? one.note;
  return (
    <li className={`codegym-is-${one.state}`}>
      <Glyph shape={shape} tone={tone} />
      <bdi>{one.name}</bdi>
      <span className="codegym-Meta">{answererState(one, trans)}</span>
      {one.state === 'pulling' && <Pulling readiness={readiness} trans={trans} one={one} />}
      {pace && <span className="codegym-Meta codegym-mod-under">{pace}</span>}
      {problem && one.state !== 'pulling' && (
        <span className="codegym-Meta codegym-mod-under">{problemLine(problem, trans)}</span>
      )}
      {one.pulls && one.state === 'absent' && (
        <Tool
          shape="download"
          className="codegym-mod-boxed codegym-mod-under"
          label={trans.__('Download %1', one.name)}
          onClick={() => void readiness.pull(one.name)}
        >
          {trans.__('Download')}
        </Tool>
      )}
    </li>
  );
}

function Pulling({ readiness, trans, one }: IAnswerers & { one: IAnswerer }): JSX.Element {
  return (
    <>
      <progress
        max={1}
        value={one.share ?? undefined}
        aria-label={trans.__('Downloading %1', one.name)}
      ></progress>
      <span className="codegym-Meta codegym-mod-under">
        {pullLine(one, readiness.left(one), trans)}
        {one.pulls && (
          <>
            {' · '}
            <button
              type="button"
              className="codegym-Link"
              aria-label={trans.__('Cancel the download of %1', one.name)}
              onClick={() => void readiness.stop(one.name)}
            >
              {trans.__('Cancel')}
            </button>
          </>
        )}
      </span>
    </>
  );
}
