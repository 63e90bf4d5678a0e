import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { isBare, restOf } from '../answers/words';
import { IClock } from '../dates';
import { plain } from '../phrases';
import { Glyph, Said, Tool } from '../pieces';
import { ICheck, IJudgement, IMarks } from '../records';
import { CommandIDs } from '../tokens';
import { Foot } from './actions';
import { DiagnosisRow } from './diagnosis';
import { DiffView } from './diff';
import { explanation, isCode } from './difference';
import { IJudgementHost } from './host';
import { noticePhrase } from './notices';
import { Traceback } from './traceback';
import {
  allowedLine,
  effortLine,
  handInLine,
  headline,
  IHeadline,
  kernelLine,
  markLine,
  newerRunLine,
  resultWord
} from './words';

export interface IJudgementProps {
  view: IJudgement;
  trans: TranslationBundle;
  clock: IClock;
  host: IJudgementHost | null;
}

/** A judgement as it stands under its answer. Everything in it is text; nothing is ever taken for HTML. */
export function JudgementView(props: IJudgementProps): JSX.Element {
  const { view, trans, clock, host } = props;
  const rest = host ? restOf(view) : view;
  const [open, setOpen] = React.useState(true);
  const checking = host?.checking ?? false;
  const ran = (host?.ran ?? false) && !checking;
  const [unfolded, setUnfolded] = React.useState(false);
  const head = headOf(props, ran && !unfolded);
  const body = hasBody(rest);
  const shown = body && !(ran ? !unfolded : host ? host.folded : !open);
  const toggle = () => (ran ? setUnfolded(!unfolded) : host ? host.fold(!host.folded) : setOpen(!open));
  return (
    <section
      className={`codegym-Judgement codegym-edge-${checking ? 'info' : head.tone}`}
      aria-label={trans.__('Judgement of %1', view.title)}
      data-lm-suppress-shortcuts="true"
      lang={view.language ?? undefined}
      onKeyDown={event => onKey(event, host)}
    >
      {checking ? (
        <CheckingHead trans={trans} stopping={host!.stopping} cancel={host!.cancel} />
      ) : (
        <div className="codegym-Judgement-head">
          <Glyph shape={head.shape} className="codegym-Judgement-icon" />
          <div className="codegym-Judgement-text">
            <span className="codegym-Judgement-word">{head.word}</span>{' '}
            <Said
              words={head.text}
              onLine={host?.goToLine}
              lineLabel={line => trans.__('Go to line %1 of your answer', line)}
            />
            {host?.older && !ran && (
              <span className="codegym-Judgement-older"> {trans.__('Your code has changed since.')}</span>
            )}
          </div>
          <div className="codegym-Judgement-points">
            {host?.practice
              ? ran && !unfolded
                ? ''
                : effortLine(view, host.practice.tries, trans)
              : head.points}
          </div>
          {body && <Fold trans={trans} shown={shown} toggle={toggle} />}
        </div>
      )}
      {host && !checking && !ran && <DiagnosisRow {...{ trans, clock, host }} bare={isBare(view)} />}
      {shown && (
        <div className={`codegym-Judgement-body ${checking ? 'codegym-mod-dim' : ''}`} aria-busy={checking}>
          <Body {...props} view={rest} />
        </div>
      )}
      {!checking && !ran && <Foot {...props} />}
    </section>
  );
}

function Fold(props: { trans: TranslationBundle; shown: boolean; toggle: () => void }): JSX.Element {
  const { trans, shown, toggle } = props;
  return (
    <Tool
      shape="next"
      flip={!shown}
      className={`codegym-Judgement-fold ${shown ? 'codegym-mod-open' : ''}`}
      label={shown ? trans.__('Less') : trans.__('More')}
      expanded={shown}
      onClick={toggle}
    />
  );
}

/** The first line: of the judgement, of the newer run, or of what could not be judged for want of a kernel. */
function headOf({ view, trans, clock, host }: IJudgementProps, aside: boolean): IHeadline {
  const lacks = view.verdict === 'JE' || view.state === 'parked' ? host?.missingKernel : null;
  if (aside || lacks) {
    return lacks ? kernelLine(lacks, trans) : newerRunLine(view, clock, trans);
  }
  return headline(view, clock, trans, host?.source);
}

/** The row that says that a check runs; it is also shown alone, where no judgement stands yet. */
export function CheckingHead(props: {
  trans: TranslationBundle;
  stopping: boolean;
  cancel: () => void;
}): JSX.Element {
  const { trans, stopping, cancel } = props;
  return (
    <div className="codegym-Judgement-head">
      <Glyph shape="spin" className="codegym-Judgement-icon codegym-mod-spin" />
      <div className="codegym-Judgement-text">
        <span className="codegym-Judgement-word">
          {stopping ? trans.__('Stopping…') : trans.__('Checking…')}
        </span>
      </div>
      <div className="codegym-Judgement-points codegym-mod-run">
        <Tool onClick={cancel} disabled={stopping}>
          {trans.__('Cancel')}
        </Tool>
      </div>
    </div>
  );
}

function hasBody(view: IJudgement): boolean {
  const judged = view.state === 'judged' || view.state === 'awaiting_review';
  const told =
    view.checks.length || view.notices.length || view.marks || view.failure || view.attempts || view.late;
  return judged && Boolean(told || (view.verdict !== null && !isBare(view)));
}

/** The judgement's keys while focus is in it: the lab's own command keys would edit the notebook. */
function onKey(event: React.KeyboardEvent, host: IJudgementHost | null): void {
  const accel = event.ctrlKey || event.metaKey;
  if (!host) {
    return;
  }
  if (event.key === 'Escape' || (event.key === 'F8' && accel)) {
    host.back();
  } else if (event.key === 'Enter' && accel && event.shiftKey) {
    host.act(CommandIDs.check);
  } else if (event.key === 'F8') {
    host.act(event.shiftKey ? CommandIDs.previous : CommandIDs.next);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function Body(props: IJudgementProps): JSX.Element {
  const { view, trans, clock } = props;
  const unread = view.verdict === 'CE' || view.verdict === 'SV' || view.verdict === 'JE';
  const handedIn = handInLine(view, clock, trans);
  const failure = view.failure;
  return (
    <>
      {failure && !view.checks.some(check => check.failure) && view.verdict !== 'SV' && (
        <div className="codegym-Test codegym-mod-plain">
          <div className="codegym-Test-detail">
            <Traceback {...props} failure={failure} />
          </div>
        </div>
      )}
      {!unread && view.checks.length > 0 && <Tests {...props} />}
      {view.marks && <Marks {...props} marks={view.marks} />}
      {view.verdict === 'SV' && <Note shape="info">{allowedLine(trans)}</Note>}
      {view.notices.map((notice, i) => (
        <Note key={i} shape="info">
          <Said words={noticePhrase(notice, trans)} />
        </Note>
      ))}
      {handedIn && <Note shape={view.kind === 'try' ? 'info' : 'handin'}>{handedIn}</Note>}
    </>
  );
}

/** What a person gave by line of the rubric, and wrote: text, whatever it holds. */
function Marks(props: IJudgementProps & { marks: IMarks }): JSX.Element | null {
  const { marks, trans, clock } = props;
  return (
    <>
      {marks.lines.length > 0 && (
        <ul className="codegym-Tests" aria-label={trans.__('Marked by a person')}>
          {marks.lines.map((line, i) => (
            <li key={i} className="codegym-Test">
              <Glyph shape="person" tone={line.points === line.max_points ? 'right' : 'grey'} />
              <div className="codegym-Test-label">
                <bdi>{line.text}</bdi>
              </div>
              <div className="codegym-Test-result">
                {markLine(line.points, line.max_points, clock, trans)}
              </div>
            </li>
          ))}
        </ul>
      )}
      {marks.comment && (
        <div className="codegym-Judgement-note" role="note" aria-label={trans.__('Comment on your answer')}>
          <Glyph shape="person" tone="info" />
          <span className="codegym-Judgement-comment" dir="auto">
            {marks.comment}
          </span>
        </div>
      )}
    </>
  );
}

function Note(props: { shape: 'info' | 'handin'; children: React.ReactNode }): JSX.Element {
  return (
    <div className="codegym-Judgement-note" role="note">
      <Glyph shape={props.shape} tone="grey" />
      <span>{props.children}</span>
    </div>
  );
}

/** The tests in their order; of several, one that failed stands open, the rest behind a row that counts them. */
function Tests(props: IJudgementProps): JSX.Element {
  const { view, trans } = props;
  const [all, setAll] = React.useState(false);
  const failed = view.checks.filter(check => check.status !== 'passed' && check.status !== 'not_run');
  const first = failed.find(check => !check.hidden) ?? failed[0];
  const rest = view.checks.filter(check => check !== first);
  const folds = first !== undefined && rest.length > 1;
  return (
    <ul className="codegym-Tests" aria-label={trans.__('Tests')}>
      {first && <TestRow {...props} check={first} />}
      {folds && (
        <li className="codegym-Test codegym-mod-rest">
          <Tool
            shape="next"
            className={`codegym-Judgement-fold ${all ? 'codegym-mod-open' : ''}`}
            expanded={all}
            onClick={() => setAll(!all)}
          >
            {restLine(rest, trans)}
          </Tool>
        </li>
      )}
      {(!folds || all) && rest.map((check, i) => <TestRow key={i} {...props} check={check} />)}
      {Boolean(view.hidden_not_run) && <NotRunRow {...props} />}
    </ul>
  );
}

/** "5 more tests: 2 passed, 3 not passed". */
function restLine(rest: ICheck[], trans: TranslationBundle): string {
  const passed = rest.filter(check => check.status === 'passed').length;
  const waiting = rest.filter(check => check.status === 'not_run').length;
  const counts: [number, string][] = [
    [passed, trans.__('%1 passed', passed)],
    [rest.length - passed - waiting, trans.__('%1 not passed', rest.length - passed - waiting)],
    [waiting, trans.__('%1 not run', waiting)]
  ];
  const told = counts.filter(([count]) => count > 0).map(([, words]) => words);
  return trans._n('%1 more test: %2', '%1 more tests: %2', rest.length, told.join(', '));
}

function NotRunRow({ view, trans }: IJudgementProps): JSX.Element {
  const count = view.hidden_not_run ?? 0;
  return (
    <li className="codegym-Test">
      <Glyph shape="skip" tone="grey" />
      <div className="codegym-Test-label">{trans._n('%1 hidden test', '%1 hidden tests', count)}</div>
      <div className="codegym-Test-result">{trans.__('run when you hand in')}</div>
    </li>
  );
}

function TestRow(props: IJudgementProps & { check: ICheck }): JSX.Element {
  const { check, view, trans } = props;
  const passed = check.status === 'passed';
  const word = resultWord(check, view, trans);
  return (
    <li className="codegym-Test">
      {check.status === 'not_run' ? (
        <Glyph shape="skip" tone="grey" />
      ) : (
        <Glyph shape={passed ? 'right' : 'no'} tone={passed ? 'right' : 'notyet'} />
      )}
      <div className="codegym-Test-label">
        <Label check={check} trans={trans} />
      </div>
      <div className="codegym-Test-result">{passed || check.status === 'not_run' ? word : <b>{word}</b>}</div>
      <Detail {...props} />
    </li>
  );
}

function Label({ check, trans }: { check: ICheck; trans: TranslationBundle }): JSX.Element {
  const printed = check.diff?.kind === 'lines';
  const code = !check.hidden && isCode(check.label);
  return (
    <>
      <bdi dir={code ? 'ltr' : undefined}>{code ? <code>{check.label}</code> : check.label}</bdi>
      {code && printed && ` ${trans.__('prints')}`}
      {check.hidden && (
        <span className="codegym-Tag">
          <Glyph shape="hidden" />
          {trans.__('hidden test')}
        </span>
      )}
    </>
  );
}

/** What a check that did not pass shows; a hidden one never more than its author's message. */
function Detail(props: IJudgementProps & { check: ICheck }): JSX.Element | null {
  const { check, view, trans } = props;
  if (check.status === 'passed' || check.status === 'not_run') {
    return null;
  }
  const words = repeats(check, view) ? null : explanation(check, trans);
  const told = words && (
    <p>
      <Said words={words} />
    </p>
  );
  if (check.hidden) {
    return told && <div className="codegym-Test-detail">{told}</div>;
  }
  const limit = check.failure && isLimit(check);
  const printed = !limit && check.diff?.kind !== 'lines' ? clipped(check.stdout ?? '') : '';
  const failure = limit || sameAsBefore(check, view) ? null : check.failure;
  if (!failure && !check.diff && !told && !printed) {
    return null;
  }
  return (
    <div className="codegym-Test-detail">
      {failure && <Traceback {...props} failure={failure} />}
      {check.diff && <DiffView diff={check.diff} trans={trans} />}
      {told}
      {printed && (
        <div
          className="codegym-Output"
          role="region"
          tabIndex={0}
          aria-label={trans.__('Output of this test')}
        >
          <span className="codegym-Output-name">{trans.__('output')}</span>
          <pre dir="ltr">{printed}</pre>
        </div>
      )}
    </div>
  );
}

/** The headline has said what this test would say again. */
function repeats(check: ICheck, view: IJudgement): boolean {
  return check.diff?.kind === 'unsupported' && view.verdict === 'WA';
}

/** Time, memory and output limits stand in the headline, with their line. */
function isLimit({ verdict }: ICheck): boolean {
  return verdict === 'TLE' || verdict === 'MLE' || verdict === 'OLE' || verdict === 'SV';
}

/** An error that an earlier test showed, at the same line. */
function sameAsBefore(check: ICheck, view: IJudgement): boolean {
  const key = ({ failure }: ICheck) =>
    failure && `${failure.type}:${failure.message}:${failure.cell}:${failure.line}`;
  const first = view.checks.find(one => one.failure && key(one) === key(check));
  return first !== undefined && first !== check;
}

/** Output is shown up to 40 lines and 2000 characters. */
function clipped(text: string): string {
  const short = text.slice(0, 2000).split('\n').slice(0, 40).join('\n');
  return short.length < text.length ? `${short} …` : short;
}

/** The headline as one sentence, for the live region. */
export function spoken(view: IJudgement, clock: IClock, trans: TranslationBundle): string {
  const head = headline(view, clock, trans);
  return `${head.word} ${plain(head.text)}`.replace(trans.__('The first difference is below.'), '').trim();
}
