import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { HOLD, phrase } from '../phrases';
import { Glyph, Said } from '../pieces';
import { IFailure, IFrame, IJudgement } from '../records';
import { IJudgementHost } from './host';

interface ITracebackProps {
  view: IJudgement;
  failure: IFailure;
  trans: TranslationBundle;
  host: IJudgementHost | null;
}

/** Where an error arose: the student's lines only, one of them marked; the rest opens on asking. */
export function Traceback(props: ITracebackProps): JSX.Element {
  const { failure, trans, host } = props;
  const [whole, setWhole] = React.useState(false);
  const last = failure.frames.at(-1);
  const lines = linesOf(failure);
  const named = isNamed(failure, props.view);
  const inFunction = named && last && !last.function.startsWith('<') && last.cell === 'answer';
  return (
    <>
      {inFunction && (
        <p>
          <Said
            words={phrase(trans.__('Line [%1|1], in `%2`.', ...HOLD), last.line, last.function)}
            onLine={host?.goToLine}
            lineLabel={line => trans.__('Go to line %1 of your answer', line)}
          />
        </p>
      )}
      <div
        className="codegym-Lines"
        tabIndex={0}
        role="region"
        aria-label={trans.__('Where it stopped')}
        dir="ltr"
      >
        {lines.map(line => (
          <div key={line.line} className={line.here ? 'codegym-mod-here' : undefined}>
            <span className="codegym-Lines-number">{line.line}</span>
            {line.text || ' '}
          </div>
        ))}
        {named && (
          <div>
            <span className="codegym-Lines-number" />
            {failure.message ? `${failure.type}: ${failure.message}` : failure.type}
          </div>
        )}
      </div>
      {failure.frames.length > 1 && (
        <>
          <button
            type="button"
            className="codegym-Tool codegym-mod-out"
            aria-expanded={whole}
            onClick={() => setWhole(!whole)}
          >
            <Glyph shape="next" flip={!whole} className={whole ? 'codegym-mod-turned' : ''} />
            {trans.__('Whole traceback, your lines only')}
          </button>
          {whole && <Frames frames={failure.frames} trans={trans} host={host} />}
        </>
      )}
    </>
  );
}

function Frames(props: {
  frames: IFrame[];
  trans: TranslationBundle;
  host: IJudgementHost | null;
}): JSX.Element {
  const { frames, trans, host } = props;
  return (
    <ol className="codegym-Frames">
      {frames.map((frame, i) => (
        <li key={i}>
          {frame.cell === 'answer' ? (
            <Said
              words={phrase(trans.__('[line %1|1]', ...HOLD), frame.line)}
              onLine={host?.goToLine}
              lineLabel={line => trans.__('Go to line %1 of your answer', line)}
            />
          ) : (
            trans.__('%1, line %2', frame.cell, frame.line)
          )}
          <code dir="ltr">{frame.text.trim()}</code>
        </li>
      ))}
    </ol>
  );
}

interface ILine {
  line: number;
  text: string;
  here?: boolean;
}

/** The server's excerpt, else the line of the last frame. */
function linesOf(failure: IFailure): ILine[] {
  if (failure.excerpt?.length) {
    return failure.excerpt;
  }
  const last = failure.frames.at(-1);
  return last ? [{ line: last.line, text: last.text, here: true }] : [];
}

/** Whether the failure is an exception with a name to show; a limit's is not, and a SyntaxError's is in the headline. */
function isNamed(failure: IFailure, view: IJudgement): boolean {
  return view.verdict !== 'CE' && !/^[A-Z]{2,3}$/.test(failure.type);
}
