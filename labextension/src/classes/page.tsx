import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { IClock, span, timeOfDay } from '../dates';
import { Glyph, Tool } from '../pieces';
import { IAsked, IAskedExercise } from './records';
import { serverText } from '../serverwords';
import { IServer } from '../tokens';
import { Bars } from './charts';
import { Exercises } from './exercises';
import { exercisesOf, intentBars, rungBars, sum } from './statistics';
import { WrongAnswers } from './clusters';
import { Filters } from './filters';
import { ClassPage } from './model';
import { Reviews } from './reviews';
import { ClassTickets } from './tickets';
import { Withheld } from './withheld';

interface IPageProps {
  model: ClassPage;
  server: IServer;
}

/** The page "Class questions" in the main area, for staff. */
export class ClassPanel extends ReactWidget {
  constructor(private readonly _props: IPageProps) {
    super();
    this.addClass('codegym-Class');
    this.node.setAttribute('data-lm-suppress-shortcuts', 'true');
  }

  render(): JSX.Element {
    return <UseSignal signal={this._props.model.changed}>{() => <Page {...this._props} />}</UseSignal>;
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._props.model.load();
  }
}

function Page({ model, server }: IPageProps): JSX.Element {
  const { trans } = server;
  const { classes, asked, problem, loading } = model.state;
  const chosen = model.chosen;
  const clock: IClock = chosen ? { ...server.clock, timeZone: chosen.time_zone } : server.clock;
  if (!asked) {
    const nothing = classes !== null && !classes.length && !loading;
    return (
      <Frame model={model} trans={trans} clock={clock}>
        {problem ? (
          <Problem problem={problem} trans={trans} />
        ) : (
          <p className="codegym-Quiet">
            {nothing
              ? trans.__('This page is for the staff of a class. On your own computer, open a course first.')
              : trans.__('Loading…')}
          </p>
        )}
      </Frame>
    );
  }
  return (
    <Frame model={model} trans={trans} clock={clock}>
      <Filters model={model} trans={trans} />
      {problem && <Problem problem={problem} trans={trans} />}
      <Figures model={model} asked={asked} trans={trans} />
      <ClassTickets
        model={model}
        trans={trans}
        clock={clock}
        title={id => asked.exercises.find(one => one.exercise === id)?.title ?? id}
        sent={() => server.announcer.say(trans.__('Your answer was sent.'))}
      />
      <Reviews
        model={model.marking}
        trans={trans}
        clock={clock}
        saved={() => server.announcer.say(trans.__('Your marks were saved.'))}
      />
      <WrongAnswers model={model.mistakes} trans={trans} />
      <Withheld model={model} trans={trans} clock={clock} />
    </Frame>
  );
}

function Frame(props: {
  model: ClassPage;
  trans: TranslationBundle;
  clock: IClock;
  children: React.ReactNode;
}): JSX.Element {
  const { model, trans, clock } = props;
  const { readAt, loading } = model.state;
  const chosen = model.chosen;
  return (
    <div className="codegym-Class-page" aria-busy={loading}>
      <div className="codegym-Class-head">
        <h2>
          {chosen ? [chosen.title, chosen.term].filter(Boolean).join(' · ') : trans.__('Class questions')}
        </h2>
        {readAt > 0 && (
          <span className="codegym-Meta">
            {trans.__('as of %1', timeOfDay(new Date(readAt).toISOString(), clock))}
          </span>
        )}
        <Tool shape="refresh" label={trans.__('Read again')} onClick={() => void model.load()} />
      </div>
      {props.children}
    </div>
  );
}

function Problem({ problem, trans }: { problem: string; trans: TranslationBundle }): JSX.Element {
  return (
    <p className="codegym-Class-problem" role="alert">
      <Glyph shape={problem === 'away' ? 'offline' : 'lock'} tone="grey" />
      <span>
        {problem === 'away'
          ? trans.__('The server is away. What you typed is still here.')
          : serverText(problem, trans)}
      </span>
    </p>
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
          <Bars
            title={trans.__('Questions to the tutor')}
            of={trans.__('Asked for')}
            count={trans.__('Questions')}
            bars={intentBars(exercises, trans)}
            empty=""
          />
          <Bars
            title={trans.__('Hints used')}
            note={trans.__('How many students had so many hints of an exercise.')}
            of={trans.__('Hints')}
            count={trans.__('Students')}
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
