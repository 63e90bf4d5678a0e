import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { ticked } from '../phrases';
import { Glyph, Said, Tone } from '../pieces';
import type { IAuthorChecked, IAuthorFinding } from '../records';
import type { Shape } from '../shapes';
import { CheckState } from './check';

export interface IReportProps {
  trans: TranslationBundle;
  state: CheckState;
  /** Puts the check that kills a mutant among the others. */
  take(mutant: string, check: string, hidden: boolean): void;
  /** Marks a mutant as one that means the same. */
  same(mutant: string): void;
  goTo(finding: IAuthorFinding): void;
}

type Mutants = NonNullable<IAuthorChecked['mutants']>;
type Survivor = Mutants['survivors'][number];

/** What `codegym check` knows of an exercise, below its solution. */
export function Report(props: IReportProps): JSX.Element | null {
  const { trans, state } = props;
  if (state.phase === 'none') {
    return null;
  }
  if (state.phase === 'done') {
    return <Found {...props} found={state.found} />;
  }
  const running = state.phase === 'running';
  const failed = state.phase === 'failed' ? state.why : '';
  const far = running && state.total > 0 ? trans.__('%1 of %2 mutants', state.done, state.total) : '';
  return (
    <section
      className={`codegym-Judgement codegym-edge-${running ? 'grey' : 'notyet'}`}
      aria-label={trans.__('Check of this exercise')}
    >
      <Row shape={running ? 'spin' : 'error'} tone={running ? 'info' : 'notyet'} spins={running}>
        {running ? (
          <>
            <b>{trans.__('Checking…')}</b> <span className="codegym-Number">{far}</span>
          </>
        ) : (
          failed
        )}
      </Row>
    </section>
  );
}

function Found(props: IReportProps & { found: IAuthorChecked }): JSX.Element {
  const { trans, found } = props;
  const { mutants } = found;
  const alive = mutants?.survivors ?? [];
  const left = (mutants?.total ?? 0) - (mutants?.killed ?? 0) - alive.length;
  const wrong = (kind: string) => found.findings.find(one => one.kind === kind)?.text;
  const others = found.findings.filter(one => !['solution', 'starter'].includes(one.kind));
  const isReady = found.findings.length === 0 && alive.length === 0 && left === 0;
  return (
    <section
      className={`codegym-Judgement codegym-edge-${isReady ? 'right' : 'notyet'}`}
      aria-label={trans.__('Check of this exercise')}
    >
      <Row shape={isReady ? 'right' : 'neq'} tone={isReady ? 'right' : 'notyet'}>
        <span className="codegym-Author-word">{headline(found, alive.length, left, isReady, trans)}</span>
        <span className="codegym-Meta">{trans.__('%1 s', found.seconds.toFixed(1))}</span>
      </Row>
      <Row {...mark(found.accepted)}>
        {found.accepted
          ? trans.__('Solution is accepted, %1 of %2 checks', found.passed, found.checks)
          : trans.__('Solution is not accepted: %1', found.why || wrong('solution') || '?')}
      </Row>
      {found.scores.starter !== undefined && (
        <Row {...mark(!wrong('starter'))}>
          {wrong('starter') ??
            trans.__(
              'Starter scores %1, empty cell scores %2',
              found.scores.starter,
              found.scores.empty ?? 0
            )}
        </Row>
      )}
      {mutants && (
        <Row {...mark(alive.length + left === 0)}>
          {trans.__('Mutants: %1 of %2 killed', mutants.killed, mutants.total)}
          {alive.map((one, i) => (
            <Alive key={one.id} {...props} mutant={one} at={i + 1} of={alive.length} />
          ))}
          {left > 0 && <p>{trans.__('You added checks since. Check again.')}</p>}
          <Dead trans={trans} dead={mutants.dead} />
        </Row>
      )}
      {others.map((one, i) => (
        <Row key={i} {...mark(false)}>
          <span>{one.text}</span>
          {one.at.length > 0 && (
            <button type="button" className="codegym-Link" onClick={() => props.goTo(one)}>
              {trans.__('Go there')}
            </button>
          )}
        </Row>
      ))}
      {found.alone && (
        <Row shape="info" tone="info">
          {trans.__('No course.yaml lists this unit, so it was checked alone. Write its name under “units”.')}
        </Row>
      )}
    </section>
  );
}

function headline(
  found: IAuthorChecked,
  alive: number,
  left: number,
  isReady: boolean,
  trans: TranslationBundle
): JSX.Element {
  if (isReady) {
    const killed = found.mutants?.killed ?? 0;
    return (
      <>
        <b>{trans.__('Ready.')}</b>{' '}
        {killed
          ? trans._n(
              'Its mutant is killed, nothing leaks.',
              'All %1 mutants are killed, nothing leaks.',
              killed
            )
          : trans.__('Nothing leaks.')}
      </>
    );
  }
  const count = found.findings.length;
  const told = [
    alive ? trans._n('%1 mutant survives.', '%1 mutants survive.', alive) : '',
    left ? trans.__('Check again.') : '',
    count ? trans._n('%1 thing to fix.', '%1 things to fix.', count) : ''
  ];
  return (
    <>
      <b>{trans.__('Not ready yet.')}</b> {told.filter(Boolean).join(' ')}
    </>
  );
}

function mark(good: boolean): { shape: Shape; tone: Tone } {
  return good ? { shape: 'right', tone: 'right' } : { shape: 'no', tone: 'notyet' };
}

function Row(props: { shape: Shape; tone: Tone; spins?: boolean; children: React.ReactNode }): JSX.Element {
  return (
    <div className="codegym-Author-row">
      <Glyph shape={props.shape} tone={props.tone} className={props.spins ? 'codegym-mod-spin' : ''} />
      <div>{props.children}</div>
    </div>
  );
}

function Alive(props: IReportProps & { mutant: Survivor; at: number; of: number }): JSX.Element {
  const { trans, mutant, at, of, take } = props;
  const check = mutant.suggestion;
  return (
    <div className="codegym-Author-alive" role="group" aria-label={trans.__('Alive: line %1', mutant.line)}>
      <p>
        <b>{trans.__('Alive %1 of %2', at, of)}</b>{' '}
        <span className="codegym-Quiet">{trans.__('line %1: %2', mutant.line, mutant.kind)}</span>
      </p>
      <Diff text={mutant.diff} />
      <div className="codegym-Author-found">
        {check ? (
          <>
            <p>
              {trans.__('Found:')} <Said words={ticked(mutant.found ?? '')} />
            </p>
            <button
              type="button"
              className="codegym-Button codegym-mod-accept"
              onClick={() => take(mutant.id, check, true)}
            >
              {trans.__('Add as hidden check')}
            </button>
            <button type="button" className="codegym-Chip" onClick={() => take(mutant.id, check, false)}>
              {trans.__('As sample')}
            </button>
          </>
        ) : (
          <>
            <span>{trans._n('No difference in %1 input.', 'No difference in %1 inputs.', mutant.tried)}</span>
            <button type="button" className="codegym-Chip" onClick={() => props.same(mutant.id)}>
              {trans.__('Mark as the same')}
            </button>
          </>
        )}
      </div>
    </div>
  );
}

function Dead({ trans, dead }: { trans: TranslationBundle; dead: Mutants['dead'] }): JSX.Element {
  return (
    <details hidden={!dead.length}>
      <summary>{trans._n('%1 mutant is killed', '%1 mutants are killed', dead.length)}</summary>
      {dead.map(one => (
        <div key={one.id} className="codegym-Author-alive">
          <p className="codegym-Quiet">{trans.__('line %1: %2', one.line, one.kind)}</p>
          <Diff text={one.diff} />
        </div>
      ))}
    </details>
  );
}

function Diff({ text }: { text: string }): JSX.Element {
  const lines = text.split('\n').filter(line => /^[-+](?![-+]{2} )/.test(line));
  return (
    <pre>
      {lines.map((line, i) => (
        <span key={i} className={{ '+': 'codegym-mod-new', '-': 'codegym-mod-old' }[line[0]]}>
          {line}
        </span>
      ))}
    </pre>
  );
}
