import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { span } from '../dates';
import { IAsked, IAskedExercise } from './records';
import { Bars } from './charts';
import { Exercises } from './exercises';
import { exercisesOf, intentBars, rungBars, sum } from './statistics';
import { Filters } from './filters';
import { ClassPage } from './model';
import { ITab } from './tab';
import { ClassTickets } from './tickets';
import { Withheld } from './withheld';

/** What the class asks the tutor and its staff. */
export function Questions({ model, tab }: { model: ClassPage; tab: ITab }): JSX.Element | null {
  const { trans, clock, named } = tab;
  const { asked } = model.state;
  return (
    asked && (
      <>
        <Filters model={model} tab={tab} timed />
        <Figures model={model} asked={asked} trans={trans} />
        <ClassTickets
          {...{ model, trans, clock, named }}
          title={id => asked.exercises.find(one => one.exercise === id)?.title ?? id}
          sent={() => tab.say(trans.__('Your answer was sent.'))}
        />
        <Withheld model={model} trans={trans} clock={clock} />
      </>
    )
  );
}

function Figures(props: { model: ClassPage; asked: IAsked; trans: TranslationBundle }): JSX.Element {
  const { model, asked, trans } = props;
  const { filter } = model.state;
  const exercises = exercisesOf(asked, filter);
  const narrowed = Object.values(filter).some(Boolean);
  return (
    <>
      <Facts asked={asked} exercises={exercises} whole={!filter.unit} trans={trans} />
      {exercises.length ? (
        <div className="codegym-Class-parts">
          <Bars title={trans.__('Questions to the tutor')} bars={intentBars(exercises, trans)} empty="" />
          <Bars
            title={trans.__('Hints used')}
            note={trans.__('How many students used how many hints in an exercise.')}
            bars={rungBars(exercises, trans)}
            empty={trans.__('No hints yet.')}
          />
          <Exercises
            exercises={exercises}
            trans={trans}
            choose={exercise => void model.narrow({ exercise })}
          />
        </div>
      ) : (
        <p className="codegym-Quiet">
          {narrowed
            ? trans.__('Nothing was asked here. Choose more, or another time.')
            : trans.__('No questions yet. Numbers appear with the first one.')}
        </p>
      )}
    </>
  );
}

interface IFactsProps {
  asked: IAsked;
  exercises: IAskedExercise[];
  /** All units are looked at: medians of them all are known. */
  whole: boolean;
  trans: TranslationBundle;
}

/** The numbers that are looked for first. */
function Facts({ asked, exercises, whole, trans }: IFactsProps): JSX.Element {
  const turns = sum(exercises, one => one.turns);
  const helped = sum(exercises, one => one.helped);
  const unhelped = sum(exercises, one => one.unhelped);
  const withheld = sum(exercises, one => one.withheld);
  const wait = whole ? asked.accepted_after_s : null;
  const facts: [string, string][] = [
    [String(turns), trans._n('question', 'questions', turns)],
    [`${helped} : ${unhelped}`, trans.__('helped : did not help')],
    [wait === null ? '–' : span(wait, trans), trans.__('until accepted, median')],
    [String(withheld), trans._n('reply not shown', 'replies not shown', withheld)],
    [String(asked.waiting), trans._n('question for you', 'questions for you', asked.waiting)]
  ];
  return (
    <dl className="codegym-Facts">
      {facts.map(([number, words]) => (
        <div key={words}>
          <dt>{words}</dt>
          <dd>{number}</dd>
        </div>
      ))}
    </dl>
  );
}
