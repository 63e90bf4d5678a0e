import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tool } from '../pieces';
import { IExercise } from '../records';
import { IExerciseLine } from '../tokens';

export interface IStripProps {
  trans: TranslationBundle;
  title: string;
  /** What is to be done, in a few words. */
  task: string;
  /** It is handed in for a person to read, and nothing checks it. */
  handsIn: boolean;
  exercise: IExercise | null;
  line: IExerciseLine | null;
  active: boolean;
  running: boolean;
  keys: string;
  check(): void;
  handIn(): void;
  hint(): void;
  reset(): void;
}

/** The answer cell's own 28 px above the code: its buttons when it is active, else its state. */
export function Strip(props: IStripProps): JSX.Element {
  const { trans, title, task, active, line } = props;
  if (!active) {
    return (
      <div className="codegym-Strip">
        <span className="codegym-Strip-label">{`${task}: ${title}`}</span>
        {line && (
          <span className="codegym-Strip-state">
            <Glyph shape={line.shape} tone={line.tone} />
            {line.text}
          </span>
        )}
      </div>
    );
  }
  return (
    <div
      className="codegym-Strip"
      role="toolbar"
      aria-label={trans.__('Answer: %1', title)}
      // a click leaves the cursor where it is in the code
      onMouseDown={event => event.preventDefault()}
      onKeyDown={moveInToolbar}
    >
      <span className="codegym-Strip-label">{task}</span>
      <Buttons {...props} />
    </div>
  );
}

function Buttons(props: IStripProps): JSX.Element {
  const { trans, exercise, running, handsIn } = props;
  const closed = exercise?.status === 'closed';
  return (
    <>
      {!handsIn && (
        <Tool
          shape="check"
          className="codegym-mod-main"
          keys={props.keys}
          disabled={running}
          why={running ? trans.__('A check is running.') : undefined}
          onClick={props.check}
        >
          {trans.__('Check')}
        </Tool>
      )}
      {(handsIn || exercise?.attempts) && <HandIn {...props} closed={closed} />}
      {(exercise?.hints?.total ?? 1) > 0 && (
        <Tool shape="hint" onClick={props.hint}>
          {trans.__('Hint')}
        </Tool>
      )}
      <Tool shape="reset" label={trans.__('Reset exercise')} onClick={props.reset}>
        <span className="codegym-Strip-wide">{trans.__('Reset')}</span>
      </Tool>
    </>
  );
}

function HandIn({
  trans,
  exercise,
  running,
  handsIn,
  handIn,
  closed
}: IStripProps & { closed: boolean }): JSX.Element {
  const left = exercise?.attempts?.left;
  const used = handsIn ? trans.__('No attempts left.') : trans.__('No attempts left. You can still check.');
  const why = closed ? trans.__('Closed: the time to hand in is over.') : left === 0 ? used : undefined;
  return (
    <Tool
      shape="handin"
      className={handsIn ? 'codegym-mod-main' : ''}
      disabled={running || Boolean(why)}
      why={why}
      onClick={handIn}
    >
      {trans.__('Hand in')}
      {left !== undefined && (
        <span className="codegym-Quiet codegym-Number">{trans._n('· %1 left', '· %1 left', left)}</span>
      )}
    </Tool>
  );
}

function moveInToolbar(event: React.KeyboardEvent<HTMLDivElement>): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) {
    return;
  }
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>('button')];
  const rtl = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1;
  const at = buttons.indexOf(document.activeElement as HTMLElement);
  buttons[(at + step * rtl + buttons.length) % buttons.length]?.focus();
  event.preventDefault();
}
