import { TranslationBundle } from '@jupyterlab/translation';

import { kindHeadline } from '../answers/words';
import { IClock, points, span, timeOfDay, when } from '../dates';
import { HOLD, phrase, Phrase, sentences } from '../phrases';
import type { Tone } from '../pieces';
import { ICheck, IFailure, IJudgement } from '../records';
import { serverText } from '../serverwords';
import type { Shape } from '../shapes';
import { errorInWords, readable } from './errorwords';

/** The first line of a judgement: icon, tone, the word, what happened, the points. */
export interface IHeadline {
  shape: Shape;
  tone: Tone;
  word: string;
  text: Phrase;
  points: string;
}

type Say = (view: IJudgement, clock: IClock, trans: TranslationBundle, source: string) => IHeadline;

/** Every word is made here from the structured judgement, never taken from the server's text. */
export function headline(view: IJudgement, clock: IClock, trans: TranslationBundle, source = ''): IHeadline {
  const judged = view.verdict && (view.marks ? marked : VERDICTS[view.verdict]);
  const head = (STATES[view.state] ?? (judged || resultLater))(view, clock, trans, source);
  return view.state === 'judged' && !view.marks ? { ...head, ...kindHeadline(view, trans) } : head;
}

/** Of an answer that can only be checked where its kernel is. */
export function kernelLine(kernel: string, trans: TranslationBundle): IHeadline {
  const known = kernel === 'bash' ? 'pip install bash_kernel && python -m bash_kernel.install' : null;
  const how = known
    ? phrase(trans.__('Install it with: `%1`', ...HOLD), known)
    : phrase(trans.__('Ask who runs this server to install it.'));
  const word = trans.__('This course needs the kernel %1.', kernel);
  const here = phrase(trans.__('It is not on this computer.'));
  return { shape: 'info', tone: 'info', word, text: sentences(here, how), points: '' };
}

/** What stands in place of a judgement that is older than the last run. */
export function newerRunLine(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const at = view.received_at ?? view.judged_at;
  const text = at
    ? trans.__('This run is newer than the judgement of %1, which is folded away.', timeOfDay(at, clock))
    : trans.__('This run is newer than the judgement, which is folded away.');
  return plainly('clock', 'grey', '', text);
}

const STATES: Record<string, Say | undefined> = {
  cancelled: (_v, _c, trans) =>
    plainly('stop', 'grey', trans.__('Stopped by you.'), trans.__('No attempt used.')),
  waiting: queued,
  parked: (_v, _c, trans) =>
    plainly(
      'ours',
      'grey',
      trans.__('Our fault, not yours.'),
      trans.__('The grader had a problem. Your answer is kept and no attempt was used. Staff have been told.')
    ),
  awaiting_review: awaitingReview
};

const VERDICTS: Record<string, Say | undefined> = {
  AC: accepted,
  WA: notYet,
  RTE: stopped,
  CE: unreadable,
  TLE: tooLong,
  MLE: tooMuchMemory,
  OLE: tooMuchOutput,
  SV: notAllowed,
  JE: (_v, _c, trans) =>
    plainly(
      'ours',
      'grey',
      trans.__('Our fault, not yours.'),
      trans.__(
        'The grader had a problem. Your answer is kept, no attempt was used, and it is tried again by itself.'
      )
    )
};

function plainly(shape: Shape, tone: Tone, word: string, text: string, score = ''): IHeadline {
  return { shape, tone, word, text: phrase(text), points: score };
}

function queued(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  if (view.wait_s) {
    const text = trans._n(
      'Many new answers in a short time; this one is checked in %1 second.',
      'Many new answers in a short time; this one is checked in %1 seconds.',
      Math.ceil(view.wait_s)
    );
    return plainly('clock', 'info', trans.__('One moment.'), text);
  }
  if (view.not_before) {
    const text = trans.__(
      'Your answer is stored and will be checked at %1.',
      timeOfDay(view.not_before, clock, true)
    );
    return plainly('clock', 'info', trans.__('In the queue.'), text);
  }
  const stored = trans.__('Your answer is stored.');
  const text = view.ahead
    ? `${stored} ${trans._n('%1 is before it.', '%1 are before it.', view.ahead)}`
    : stored;
  return plainly('clock', 'info', trans.__('In the queue.'), text);
}

function awaitingReview(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const tests = view.total
    ? trans.__('%1 of %2 tests pass; a person marks the rest.', view.passed, view.total)
    : '';
  const score =
    view.score === null || view.score === undefined
      ? ''
      : trans.__('%1 of %2 points so far', points(view.score, clock), points(view.max_score, clock));
  const text = tests || trans.__('A person marks it.');
  return plainly('person', 'info', trans.__('Handed in, awaiting review.'), text, score);
}

function marked(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const tests = view.total ? passLine(view, trans) : '';
  const full = view.score === view.max_score;
  const score = scoreLine(view, clock, trans);
  return plainly('person', full ? 'right' : 'info', trans.__('Marked.'), tests, score);
}

/** "1.5 of 2 points", of a line of the rubric. */
export function markLine(got: number, most: number, clock: IClock, trans: TranslationBundle): string {
  return trans._n('%2 of %3 point', '%2 of %3 points', most, points(got, clock), points(most, clock));
}

function resultLater(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const word = view.received_at
    ? trans.__('Handed in at %1.', timeOfDay(view.received_at, clock))
    : trans.__('Handed in.');
  const text = view.shown_after
    ? trans.__('The result is shown after %1.', when(view.shown_after, clock, trans))
    : trans.__('The result is shown later.');
  return plainly('handin', 'info', word, text);
}

function accepted(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  if (view.samples_only) {
    const text = trans._n('The sample test passes.', 'All %1 sample tests pass.', view.total);
    return plainly('right', 'right', trans.__('Samples pass.'), text);
  }
  const text = trans._n('The test passes.', 'All %1 tests pass.', view.total);
  return plainly('right', 'right', trans.__('Accepted.'), text, scoreLine(view, clock, trans));
}

function notYet(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  return {
    shape: 'neq',
    tone: 'notyet',
    word: trans.__('Not yet.'),
    text: whatDiffers(view, trans),
    points: scoreLine(view, clock, trans)
  };
}

function whatDiffers(view: IJudgement, trans: TranslationBundle): Phrase {
  const open = view.checks.filter(check => check.status !== 'passed' && check.status !== 'not_run');
  const shown = open.filter(check => !check.hidden);
  if (!shown.length && open.length) {
    const samples = view.checks.length > open.length && view.checks.some(check => !check.hidden);
    const hidden = open.length;
    return phrase(
      samples
        ? trans._n(
            'The sample tests pass, %1 hidden test does not.',
            'The sample tests pass, %1 hidden tests do not.',
            hidden
          )
        : passLine(view, trans)
    );
  }
  const diff = shown[0]?.diff;
  if (diff?.kind === 'unsupported') {
    const template = trans.__(
      'Your answer returned an unsupported kind of value: *%1*. Return a list, text, number or table.',
      ...HOLD
    );
    return phrase(template, diff.type);
  }
  const printed =
    diff?.kind === 'lines'
      ? printedLine(
          diff.lines.filter(l => !l.same).map(l => l.n),
          trans
        )
      : null;
  const below = diff && !view.samples_only ? trans.__('The first difference is below.') : '';
  return sentences(phrase(passLine(view, trans)), phrase(printed ?? below));
}

/** "Lines 3 and 4 of what is printed differ." */
function printedLine(lines: number[], trans: TranslationBundle): string | null {
  if (lines.length === 1) {
    return trans.__('Line %1 of what is printed differs.', lines[0]);
  }
  if (lines.length === 2) {
    return trans.__('Lines %1 and %2 of what is printed differ.', lines[0], lines[1]);
  }
  return lines.length
    ? trans.__('%1 lines of what is printed differ, from line %2 on.', lines.length, lines[0])
    : null;
}

/** "2 of 5 tests pass.", "1 of 3 tests passes.", "None of 5 tests passes.", and for a try "sample tests". */
export function passLine(view: IJudgement, trans: TranslationBundle): string {
  const { passed, total } = view;
  if (view.samples_only) {
    return passed
      ? trans._n('%1 of %2 sample tests passes.', '%1 of %2 sample tests pass.', passed, total)
      : trans._n('The sample test does not pass.', 'None of %1 sample tests passes.', total);
  }
  return passed
    ? trans._n('%1 of %2 tests passes.', '%1 of %2 tests pass.', passed, total)
    : trans._n('The test does not pass.', 'None of %1 tests passes.', total);
}

/** The failure that the headline tells of: the judgement's own, else that of the first check that has one. */
export function firstFailure(view: IJudgement): IFailure | null {
  return view.failure ?? view.checks.find(check => check.failure)?.failure ?? null;
}

function stopped(view: IJudgement, clock: IClock, trans: TranslationBundle, source: string): IHeadline {
  const failure = firstFailure(view);
  const ran = view.passed > 0 || view.checks.some(check => !check.hidden && check.status !== 'not_run');
  const where = failure?.line
    ? failure.cell && failure.cell !== 'answer'
      ? phrase(trans.__('`%1` in line %2 of %3.', ...HOLD), failure.type, failure.line, failure.cell)
      : phrase(trans.__('`%1` in [line %2|2].', ...HOLD), failure.type, failure.line)
    : phrase('`%1`.', failure?.type ?? 'Exception');
  return {
    shape: 'error',
    tone: 'notyet',
    word: trans.__('Stopped by an error.'),
    text: sentences(
      where,
      failure && errorInWords(failure, source, trans),
      ran ? phrase(passLine(view, trans)) : null
    ),
    points: scoreLine(view, clock, trans)
  };
}

function unreadable(view: IJudgement, _clock: IClock, trans: TranslationBundle): IHeadline {
  const failure = firstFailure(view);
  const why = readable(failure?.message ?? '', trans);
  const where = failure?.line ? phrase(trans.__('[Line %1|1]:', ...HOLD), failure.line) : null;
  return {
    shape: 'syntax',
    tone: 'notyet',
    word: trans.__('Python cannot read this yet.'),
    text: sentences(where, [...why, { text: '.' }], phrase(trans.__('No attempt used.'))),
    points: ''
  };
}

function tooLong(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const seconds = view.limit?.seconds;
  const line = firstFailure(view)?.line;
  const after = seconds
    ? trans._n('Stopped after %1 second', 'Stopped after %1 seconds', seconds)
    : trans.__('Stopped');
  const at = line ? phrase(`${after}${trans.__(', at [line %1|1].', ...HOLD)}`, line) : phrase(`${after}.`);
  return {
    shape: 'clock',
    tone: 'notyet',
    word: trans.__('Took too long.'),
    text: sentences(at, phrase(trans.__('Does the loop always come to an end?'))),
    points: scoreLine(view, clock, trans)
  };
}

function tooMuchMemory(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const line = firstFailure(view)?.line;
  const size = view.limit?.memory_mb ?? '';
  const at = line
    ? phrase(trans.__('Stopped at %1 MB, in [line %2|2].', ...HOLD), size, line)
    : phrase(trans.__('Stopped at %1 MB.', size));
  return {
    shape: 'memory',
    tone: 'notyet',
    word: trans.__('Needs too much memory.'),
    text: sentences(at, phrase(trans.__('Is a list growing that need not be kept?'))),
    points: scoreLine(view, clock, trans)
  };
}

function tooMuchOutput(view: IJudgement, clock: IClock, trans: TranslationBundle): IHeadline {
  const text = trans.__('Stopped after %1 kB of output. Is a `print` inside a long loop?', ...HOLD);
  return {
    shape: 'lines',
    tone: 'notyet',
    word: trans.__('Prints too much.'),
    text: phrase(text, view.limit?.output_kb ?? ''),
    points: scoreLine(view, clock, trans)
  };
}

function notAllowed(view: IJudgement, _clock: IClock, trans: TranslationBundle): IHeadline {
  const line = firstFailure(view)?.line;
  const what = view.violation ? serverText(view.violation, trans) : trans.__('something outside the answer');
  const text = line
    ? phrase(
        trans.__('This tried something that Check does not allow: %1, in [line %2|2].', ...HOLD),
        what,
        line
      )
    : phrase(trans.__('This tried something that Check does not allow: %1.', ...HOLD), what);
  return { shape: 'fence', tone: 'info', word: trans.__('Not allowed in Check.'), text, points: '' };
}

/** What SV adds: why, and what to do. */
export function allowedLine(trans: TranslationBundle): string {
  return trans.__(
    'Answers run without network or other programs, so that they are the same everywhere. Take the line out of the answer and check again.'
  );
}

/** "1.33 of 2 points"; nothing for a try. */
export function scoreLine(view: IJudgement, clock: IClock, trans: TranslationBundle): string {
  if (view.score === null || view.score === undefined || view.samples_only) {
    return '';
  }
  const max = points(view.max_score, clock);
  return trans._n('%2 of %3 point', '%2 of %3 points', view.max_score, points(view.score, clock), max);
}

/** Where nothing counts: "try 2", "solved, 3 tries" */
export function effortLine(view: IJudgement, tries: number, trans: TranslationBundle): string {
  if (!tries || view.state !== 'judged' || view.verdict === 'CE' || view.verdict === 'JE') {
    return '';
  }
  return view.verdict === 'AC'
    ? trans._n('solved, %1 try', 'solved, %1 tries', tries)
    : trans.__('try %1', tries);
}

/** The word at the end of a test's row. */
export function resultWord(check: ICheck, view: IJudgement, trans: TranslationBundle): string {
  switch (check.status) {
    case 'passed':
      return trans.__('passed');
    case 'not_run':
      return trans.__('not run');
    case 'stopped':
      return check.verdict === 'TLE' && view.limit?.seconds
        ? trans.__('stopped after %1 s', view.limit.seconds)
        : trans.__('stopped');
    default:
      return trans.__('not passed');
  }
}

/** What was handed in, whether it counts and how many attempts are left; only where attempts are limited. */
export function handInLine(view: IJudgement, clock: IClock, trans: TranslationBundle): string | null {
  const late = view.late ? trans.__('Handed in %1 late.', span(view.late.seconds, trans)) : null;
  if (!view.attempts) {
    return late;
  }
  if (view.kind === 'try') {
    return trans.__('Only tried: no attempt used.');
  }
  const at = view.received_at ? trans.__('Handed in at %1.', timeOfDay(view.received_at, clock)) : '';
  const counts =
    view.counts === true
      ? trans.__('This one counts.')
      : view.counts === false
        ? trans.__('An earlier one counts.')
        : '';
  const left = view.attempts.left
    ? trans._n('%1 attempt left.', '%1 attempts left.', view.attempts.left)
    : trans.__('No attempts left. You can still check.');
  return [late ?? at, counts, left].filter(Boolean).join(' ');
}

/** The one sentence that the live region says of a check. */
export function spokenLine(text: string, detailKey: string, trans: TranslationBundle): string {
  return trans.__('%1 %2 for details.', text, detailKey);
}
