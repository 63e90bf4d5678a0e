import { TranslationBundle } from '@jupyterlab/translation';

import { IAnswerForm } from '../cells';
import { Phrase, phrase } from '../phrases';
import { Tone } from '../pieces';
import { AnswerKind, IExercise, IJudgement, INotice } from '../records';
import { serverPhrase } from '../serverwords';
import { Shape } from '../shapes';

/** A kind of answer as the tree of a course shows it: code that draws a figure has a sign and a word of its own. */
type ShownKind = AnswerKind | 'plot';

export function shownKind({ answer, picture }: Pick<IExercise, 'answer' | 'picture'>): ShownKind {
  return picture && (answer ?? 'code') === 'code' ? 'plot' : (answer ?? 'code');
}

/** What each kind of answer is drawn as; plain code has no sign. */
export const KIND_SHAPES: Record<ShownKind, Shape | null> = {
  code: null,
  plot: 'plot',
  program: 'program',
  debug: 'debug',
  fill: 'fill',
  order: 'order',
  predict: 'predict',
  choice: 'choice',
  text: 'pen'
};

/** The kind in a word, as the tree of a course says it; empty for plain code. */
export function kindWord(kind: ShownKind, trans: TranslationBundle): string {
  const words: Record<ShownKind, string> = {
    code: '',
    plot: trans.__('plot'),
    program: trans.__('whole program'),
    debug: trans.__('mend'),
    fill: trans.__('gaps'),
    order: trans.__('order'),
    predict: trans.__('predict'),
    choice: trans.__('choice'),
    text: trans.__('text')
  };
  return words[kind];
}

/** What is to be done, as the strip above the answer says it. */
export function taskWord({ kind, several, pick }: IAnswerForm, trans: TranslationBundle): string {
  const words: Record<AnswerKind, string> = {
    code: trans.__('Your answer'),
    program: trans.__('Your answer'),
    debug: trans.__('Fix this code'),
    fill: trans.__('Fill the gaps'),
    order: trans.__('Order the lines'),
    predict: trans.__('Your prediction'),
    choice: several ? chooseSome(pick, trans) : trans.__('Choose one'),
    text: trans.__('Your text')
  };
  return words[kind];
}

function chooseSome(pick: number | null, trans: TranslationBundle): string {
  return pick ? trans.__('Choose %1', pick) : trans.__('Choose all that fit');
}

/** What the headline says of these kinds, in place of words on tests. */
interface IKindHeadline {
  word?: string;
  text?: Phrase;
  shape?: Shape;
  tone?: Tone;
}

export function kindHeadline(view: IJudgement, trans: TranslationBundle): IKindHeadline {
  const kind = view.answer ?? 'code';
  const bare = isBare(view);
  if (bare && view.verdict === 'CE') {
    const text = phrase(trans.__('No attempt used.'));
    return { word: trans.__('Nothing to check yet.'), text, shape: 'info', tone: 'grey' };
  }
  if (view.verdict === 'AC' && (bare || kind === 'fill' || kind === 'order')) {
    const text = kind === 'predict' ? { text: phrase(trans.__('That is what it prints.')) } : {};
    return { word: trans.__('Right.'), ...text, ...(kind === 'choice' ? { text: [] } : {}) };
  }
  const said = told(view)?.text ?? (kind === 'predict' ? view.checks[0]?.message : null);
  if (view.verdict !== 'WA' || !(said || bare)) {
    return {};
  }
  return { text: said ? serverPhrase(said, trans) : phrase(trans.__('Read the note under your choice.')) };
}

/** Whether its tests are only what the control shows. */
export function isBare({ answer }: IJudgement): boolean {
  return answer === 'choice' || answer === 'predict';
}

/** The notice that the headline says. */
function told(view: IJudgement): INotice | undefined {
  const codes: Partial<Record<AnswerKind, string>> = { choice: 'choice', fill: 'gaps', order: 'order' };
  return view.notices.find(one => one.code === codes[view.answer ?? 'code']);
}

/** What of a judgement is left to show under its headline: a control has the rest beside its parts. */
export function restOf(view: IJudgement): IJudgement {
  const said = view.verdict === 'WA' ? told(view) : undefined;
  const checks = isBare(view) ? [] : view.checks;
  return { ...view, checks, notices: view.notices.filter(one => one !== said) };
}
