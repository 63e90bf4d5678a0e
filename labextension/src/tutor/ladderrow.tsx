import { UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Tool } from '../pieces';
import { IExerciseRef } from '../tokens';
import { Rungs, useSeconds } from './hintbox';
import { Ladders } from './model';
import { canClimb, nextLine, rungLine } from './words';

interface ILadderRowProps {
  ladders: Ladders;
  trans: TranslationBundle;
  /** Which exercise; not `ref`, which React keeps for itself. */
  of: IExerciseRef;
  ask: () => void;
  /** An answer is on its way: asked now, the next hint would be lost. */
  busy: boolean;
}

/** The ladder in the sidebar: how far it was climbed, when the next hint may come, and the button for it. */
export function LadderRow(props: ILadderRowProps): JSX.Element {
  return <UseSignal signal={props.ladders.changed}>{() => <Row {...props} />}</UseSignal>;
}

function Row({ ladders, trans, of, ask, busy }: ILadderRowProps): JSX.Element | null {
  const state = ladders.state(of);
  const now = useSeconds(state.readyAt);
  const { ladder } = state;
  React.useEffect(() => {
    if (!ladders.state(of).ladder) {
      void ladders.refresh(of);
    }
  }, [ladders, of]);
  if (!ladder?.total) {
    return null;
  }
  const given = ladder.given.length;
  const open = canClimb(state, now);
  return (
    <div className="codegym-Ladder codegym-mod-row" role="group" aria-label={trans.__('Hints')}>
      <Rungs given={given} total={ladder.total} />
      <div className="codegym-Ladder-words">
        <b className="codegym-Number">
          {given ? rungLine(given, ladder.total, trans) : trans._n('%1 hint', '%1 hints', ladder.total)}
        </b>
        <span className="codegym-Meta codegym-Number">{nextLine(state, now, trans)}</span>
      </div>
      {ladder.next && (
        <Tool
          className="codegym-mod-boxed"
          disabled={!open || busy}
          why={open ? undefined : nextLine(state, now, trans)}
          onClick={ask}
        >
          {given ? trans.__('Next hint') : trans.__('First hint')}
        </Tool>
      )}
    </div>
  );
}
