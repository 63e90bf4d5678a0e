import React from 'react';

import { Marking } from './marking';
import { IReview } from './records';
import { fields, proposal } from './review';
import { ITab } from './tab';

interface ILinesProps {
  review: IReview;
  model: Marking;
  tab: ITab;
}

/** An answer by line, in stretches, each with the numbers of the lines of the rubric whose draft rests on it. */
export function stretches(review: IReview): { text: string; numbers: number[] }[][] {
  const { source } = review;
  const places = fields(review).flatMap(({ id }, i) => {
    const words = proposal(review, id)?.words ?? '';
    const start = words ? source.indexOf(words) : -1;
    return start < 0 ? [] : [{ start, end: start + words.length, number: i + 1 }];
  });
  let from = 0;
  return source.split('\n').map(line => {
    const to = from + line.length;
    const all = [from, to, ...places.flatMap(one => [one.start, one.end])];
    const cuts = [...new Set(all.filter(cut => cut >= from && cut <= to))].sort((a, b) => a - b);
    from = to + 1;
    return cuts.slice(1).map((end, i) => ({
      text: source.slice(cuts[i], end),
      numbers: places.filter(one => one.start <= cuts[i] && end <= one.end).map(one => one.number)
    }));
  });
}

/** The answer with its numbers; each begins a comment on its line. */
export function Lines({ review, model, tab: { trans } }: ILinesProps): JSX.Element {
  const comment = (line: number) => {
    const before = model.draft(review).comment.trimEnd();
    model.type(review, { comment: `${before}${before && '\n'}${trans.__('Line %1', line)}: ` });
    document.getElementById('codegym-marks-comment')?.focus();
  };
  return (
    <ol className={`codegym-AnswerLines${review.answer === 'code' ? ' codegym-mod-code' : ''}`}>
      {stretches(review).map((line, i) => (
        <li key={i}>
          <button
            type="button"
            className="codegym-Tool"
            aria-label={trans.__('Comment on line %1', i + 1)}
            onClick={() => comment(i + 1)}
          >
            {i + 1}
          </button>
          <span dir={review.answer === 'code' ? 'ltr' : 'auto'}>
            {line.map(({ text, numbers }, place) =>
              numbers.length ? (
                <mark
                  key={place}
                  data-numbers={numbers.join(' ')}
                  className={numbers.includes(model.state.line + 1) ? 'codegym-mod-here' : undefined}
                >
                  {text}
                </mark>
              ) : (
                text
              )
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
