import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { Glyph, Tool } from '../pieces';
import { PARTS, Role, ROLES, roleName } from './roles';

export interface IHeadProps {
  trans: TranslationBundle;
  role: Role;
  running: boolean;
  setRole(role: Role): void;
  /** Null where this cell is not where the exercise is checked. */
  check: (() => void) | null;
  run: (() => void) | null;
  stop(): void;
}

/** What a cell is for, who sees it, and its tools; above the cell. */
export function Head(props: IHeadProps): JSX.Element {
  const { trans, role, running } = props;
  const fixed = role === 'unit' || role === 'exercise';
  const seen = ROLES[role].seen;
  return (
    <div className="codegym-Author-head">
      <Glyph shape={ROLES[role].shape} />
      {fixed ? (
        <b>{roleName(role, trans)}</b>
      ) : (
        <select
          aria-label={trans.__('Role of this cell')}
          value={role}
          onChange={event => props.setRole(event.target.value as Role)}
        >
          {(['text', 'given', ...PARTS] as Role[]).map(one => (
            <option key={one} value={one}>
              {roleName(one, trans)}
            </option>
          ))}
        </select>
      )}
      <span className="codegym-Author-seen codegym-Meta">
        <Glyph shape={seen ? 'predict' : 'hidden'} />
        {seen ? trans.__('students see it') : trans.__('staff only')}
      </span>
      {props.run && (
        <Tool shape="play" onClick={props.run}>
          {trans.__('Run')}
        </Tool>
      )}
      {props.check &&
        (running ? (
          <Tool shape="halt" onClick={props.stop}>
            {trans.__('Stop')}
          </Tool>
        ) : (
          <Tool shape="check" className="codegym-mod-main" onClick={props.check}>
            {trans.__('Check this exercise')}
          </Tool>
        ))}
    </div>
  );
}

const ADDED: readonly Role[] = ['exercise', 'text', 'given', 'statement', 'starter', 'solution'];
const MORE: readonly Role[] = ['sample', 'hidden', 'hint', 'misconception', 'question'];

/** Of what kind an exercise is that is added: one with nothing in it, or as its template has it. */
function kindNames(trans: TranslationBundle): Record<string, string> {
  return {
    '': trans.__('empty'),
    code: trans.__('code'),
    program: trans.__('program'),
    debug: trans.__('mend'),
    fill: trans.__('gaps'),
    order: trans.__('order'),
    predict: trans.__('predict'),
    choice: trans.__('choice'),
    text: trans.__('text'),
    plot: trans.__('plot')
  };
}

/** The row above the notebook: a button for each kind of cell, and the kind of the next exercise. */
export function AddRow(props: {
  trans: TranslationBundle;
  add(role: Role, kind: string): void;
  /** What saving would write; empty: nothing. */
  saving: string;
}): JSX.Element {
  const { trans, add, saving } = props;
  const [kind, setKind] = React.useState('');
  return (
    <div className="codegym-Author-add" role="group" aria-label={trans.__('Add a cell')}>
      <span className="codegym-Meta">{trans.__('Add')}</span>
      {[...ADDED, ...MORE].map(role => (
        <React.Fragment key={role}>
          <Tool shape={ROLES[role].shape} onClick={() => add(role, kind)}>
            {roleName(role, trans)}
          </Tool>
          {role === 'exercise' && (
            <select
              aria-label={trans.__('Kind of the exercise that is added')}
              value={kind}
              onChange={event => setKind(event.target.value)}
            >
              {Object.entries(kindNames(trans)).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </React.Fragment>
      ))}
      {saving && (
        <span className="codegym-Meta codegym-Author-saving" title={saving}>
          {saving}
        </span>
      )}
    </div>
  );
}
