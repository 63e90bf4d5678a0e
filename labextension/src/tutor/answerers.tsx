import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tone, Tool } from '../pieces';
import { IAnswerer } from '../records';
import { Shape } from '../shapes';
import { answererState, paceLine, problemLine, pullLine } from './chatwords';
import { Readiness } from './readiness';

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

/** Who answers, in the order in which they are asked, as they are now; last the course's own hints. */
export function Answerers({ readiness, trans, llms }: IAnswerers & { llms: boolean }): JSX.Element {
  React.useEffect(() => (llms ? readiness.watch() : undefined), [readiness, llms]);
  return (
    <ol className="codegym-Answerers" aria-label={trans.__('Who answers, in this order')}>
      {llms && (
        <UseSignal signal={readiness.changed}>
          {() => (
            <>
              {readiness.list.map(one => (
                <Answerer key={one.name} readiness={readiness} trans={trans} one={one} />
              ))}
            </>
          )}
        </UseSignal>
      )}
      <li>
        <Glyph shape="right" tone="right" />
        <span>{trans.__('the course’s own hints')}</span>
        <span className="codegym-Meta">{trans.__('always here')}</span>
      </li>
    </ol>
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
