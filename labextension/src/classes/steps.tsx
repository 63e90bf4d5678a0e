import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';
import { flushSync } from 'react-dom';

/** The parts of marking; a narrow page shows one at a time. */
export type Step = 'queue' | 'answer' | 'rubric';

/** Which part a narrow page shows. What had the focus and is hidden then gives it to the button of that part. */
export function useSteps(page: React.RefObject<HTMLElement>) {
  const [step, setStep] = React.useState<Step>('queue');
  const show = (next: Step) => {
    flushSync(() => setStep(next));
    if (document.activeElement?.checkVisibility?.() === false) {
      page.current?.querySelector<HTMLElement>('.codegym-Steps [aria-pressed="true"]')?.focus();
    }
  };
  return { step, show };
}

/** The buttons of the parts, which the style shows on a narrow page. */
export function Steps(props: { trans: TranslationBundle; step: Step; show(step: Step): void }): JSX.Element {
  const { trans, step, show } = props;
  const names: [Step, string][] = [
    ['queue', trans.__('Answers')],
    ['answer', trans.__('Answer')],
    ['rubric', trans.__('Points')]
  ];
  return (
    <div role="group" aria-label={trans.__('Steps')} className="codegym-Steps">
      {names.map(([one, name]) => (
        <button
          key={one}
          type="button"
          className="codegym-Chip"
          aria-pressed={one === step}
          onClick={() => show(one)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
