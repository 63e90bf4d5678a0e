import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import React from 'react';

import { IClock, timeOfDay } from '../dates';
import { Tool } from '../pieces';
import { StaffServer } from '../tokens';
import { CheckReceipt } from './checkreceipt';
import { WrongAnswers } from './clusters';
import { Dates } from './dates';
import { Filters } from './filters';
import { ClassPage, Tab, TABS } from './model';
import { Marks } from './marks';
import { NewClass } from './newclass';
import { People } from './people';
import { Progress } from './progress';
import { Publish } from './publish';
import { Questions } from './questions';
import { titleOf } from './records';
import { Regrade } from './regrade';
import { Reviews } from './reviews';
import { ForInstructors } from './roles';
import { Similar } from './similar';
import { Choice, ITab, Labelled, Problem, useNames } from './tab';

interface IPageProps {
  model: ClassPage;
  server: StaffServer;
}

/** The page of a class in the main area, for its staff. */
export class ClassPanel extends ReactWidget {
  constructor(private readonly _props: IPageProps) {
    super();
    this.addClass('codegym-Class');
    this.node.setAttribute('data-lm-suppress-shortcuts', 'true');
  }

  render(): JSX.Element {
    return <UseSignal signal={this._props.model.changed}>{() => <Page {...this._props} />}</UseSignal>;
  }

  /** What is attached where it is seen at once is never shown after. */
  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      void this._props.model.again();
    }
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    void this._props.model.again();
  }
}

function Page({ model, server }: IPageProps): JSX.Element {
  const { trans } = server;
  const { classes, problem, loading, tab, filter, find, turn } = model.state;
  const { chosen, grader } = model;
  const clock: IClock = chosen ? { ...server.clock, timeZone: chosen.time_zone } : server.clock;
  const nothing = classes !== null && !classes.length && !loading;
  const given: Given | null =
    chosen && grader !== null
      ? {
          ...{
            api: model.api,
            admin: model.state.admin,
            grader,
            offering: chosen,
            classes: classes ?? [],
            section: filter.section,
            find: find.trim().toLowerCase(),
            turn,
            beat: model.state.beat
          },
          ...{ trans, clock, say: (text: string) => server.announcer.say(text) }
        }
      : null;
  return (
    <div className="codegym-Class-page" aria-busy={loading}>
      <Head model={model} trans={trans} clock={clock} />
      {model.state.admin && <NewClass server={server} make={asked => model.make(asked)} />}
      {given && <Tabs model={model} trans={trans} />}
      <Problem problem={problem} trans={trans} />
      {given ? (
        <div
          role="tabpanel"
          id="codegym-class-part"
          aria-labelledby={`codegym-class-tab-${tab}`}
          className="codegym-Class-body"
        >
          <Part model={model} tab={given} />
        </div>
      ) : (
        !problem &&
        !(nothing && model.state.admin) && (
          <p className="codegym-Quiet">
            {nothing
              ? trans.__('This page is for the staff of a class. On your own computer, open a course first.')
              : trans.__('Loading…')}
          </p>
        )
      )}
    </div>
  );
}

type Given = Omit<ITab, 'named'>;

function Part({ model, tab: given }: { model: ClassPage; tab: Given }): JSX.Element {
  const tab = { ...given, named: useNames(given) };
  const key = tab.offering.id;
  switch (model.state.tab) {
    case 'people':
      return <People key={key} tab={tab} changed={() => void model.again()} />;
    case 'dates':
      return <Dates key={key} tab={tab} changed={() => void model.load()} />;
    case 'progress':
      return <Progress key={key} tab={tab} />;
    case 'wrong':
      return <WrongAnswers key={key} model={model.mistakes} tab={tab} />;
    case 'marking':
      return (
        <React.Fragment key={key}>
          <Filters model={model} tab={tab} />
          <Reviews model={model.marking} tab={tab} again={() => void model.load()} />
        </React.Fragment>
      );
    case 'marks':
      return (
        <React.Fragment key={key}>
          <Marks tab={tab} review={submission => void model.review(submission)} />
          <CheckReceipt tab={tab} />
        </React.Fragment>
      );
    case 'regrade':
      return (
        <ForInstructors tab={tab}>
          <Regrade key={key} tab={tab} />
        </ForInstructors>
      );
    case 'publish':
      return (
        <ForInstructors tab={tab}>
          <Publish key={key} tab={tab} />
        </ForInstructors>
      );
    case 'questions':
      return <Questions key={key} model={model} tab={tab} />;
    case 'similar':
      return <Similar key={key} tab={tab} />;
  }
}

/** What a part is called. */
export function nameOf(tab: Tab, trans: TranslationBundle): string {
  const names: Record<Tab, string> = {
    people: trans.__('People'),
    dates: trans.__('Dates and rules'),
    progress: trans.__('Progress'),
    wrong: trans.__('Wrong answers'),
    marking: trans.__('Marking'),
    marks: trans.__('Marks'),
    regrade: trans.__('Regrade'),
    publish: trans.__('Publish'),
    questions: trans.__('Questions'),
    similar: trans.__('Similar answers')
  };
  return names[tab];
}

/** The parts of the page: one tab stop, arrows, Home and End; on a narrow page the style shows a list of choices. */
function Tabs({ model, trans }: { model: ClassPage; trans: TranslationBundle }): JSX.Element {
  const { tab } = model.state;
  const at = TABS.indexOf(tab);
  const onKey = (event: React.KeyboardEvent) => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = TABS[(to + TABS.length) % TABS.length];
      void model.show(next);
      document.getElementById(`codegym-class-tab-${next}`)?.focus();
    }
  };
  const label = trans.__('Parts of the class');
  return (
    <>
      <div role="tablist" aria-label={label} className="codegym-Tabs" onKeyDown={onKey}>
        {TABS.map(one => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`codegym-class-tab-${one}`}
            aria-selected={one === tab}
            aria-controls="codegym-class-part"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => void model.show(one)}
          >
            {nameOf(one, trans)}
          </button>
        ))}
      </div>
      <Choice label={label} value={tab} change={one => void model.show(one as Tab)}>
        {TABS.map(one => (
          <option key={one} value={one}>
            {nameOf(one, trans)}
          </option>
        ))}
      </Choice>
    </>
  );
}

/** Which class, which section, which students. */
function Head(props: { model: ClassPage; trans: TranslationBundle; clock: IClock }): JSX.Element {
  const { model, trans, clock } = props;
  const { classes, readAt, sections, filter, find } = model.state;
  const chosen = model.chosen;
  return (
    <div className="codegym-Class-head">
      <h2>{chosen ? titleOf(chosen) : trans.__('Class')}</h2>
      {classes && classes.length > 1 && (
        <Choice label={trans.__('Class')} value={model.state.chosen} change={id => void model.choose(id)}>
          {classes.map(one => (
            <option key={one.id} value={one.id}>
              {titleOf(one)}
            </option>
          ))}
        </Choice>
      )}
      {sections.some(({ section }) => section) && (
        <Choice
          label={trans.__('Section')}
          value={filter.section}
          change={section => void model.narrow({ section })}
        >
          <option value="">{trans.__('All sections')}</option>
          {sections
            .filter(({ section }) => section)
            .map(({ section, students }) => (
              <option key={section} value={section}>
                {`${section} · ${trans._n('%1 student', '%1 students', students)}`}
              </option>
            ))}
        </Choice>
      )}
      {chosen && (
        <Labelled label={trans.__('Find a student')}>
          <input type="search" value={find} onChange={event => model.seek(event.target.value)} />
        </Labelled>
      )}
      {readAt > 0 && (
        <span className="codegym-Meta">
          {trans.__('as of %1', timeOfDay(new Date(readAt).toISOString(), clock))}
        </span>
      )}
      <Tool shape="refresh" label={trans.__('Read again')} onClick={() => void model.again()} />
    </div>
  );
}
