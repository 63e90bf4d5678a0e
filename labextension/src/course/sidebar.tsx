import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';
import React from 'react';

import { coursesIcon } from '../icons';
import { Tool } from '../pieces';
import { CommandIDs } from '../tokens';
import { CatalogueView } from './catalogue';
import { CoursePageView } from './page';
import { SearchField, SearchResults } from './results';
import { IViewProps } from './view';

/** The left sidebar "Courses". */
export class CoursesPanel extends ReactWidget {
  /** Set where it is shown unasked: then the focus stays where it is, once. */
  unasked = false;

  constructor(private readonly _props: IViewProps) {
    super();
    const { trans } = _props.server;
    this.id = 'codegym-courses';
    this.title.icon = coursesIcon;
    this.title.caption = trans.__('Courses');
    this.addClass('codegym-Courses');
    this.node.setAttribute('role', 'navigation');
    this.node.setAttribute('aria-label', trans.__('Courses'));
  }

  render(): JSX.Element {
    return <UseSignal signal={this._props.model.changed}>{() => <Sidebar {...this._props} />}</UseSignal>;
  }

  protected onActivateRequest(): void {
    if (this.unasked) {
      this.unasked = false;
      return;
    }
    const places = ['[role="treeitem"][tabindex="0"]', 'input', 'button'];
    places
      .map(place => this.node.querySelector<HTMLElement>(place))
      .find(Boolean)
      ?.focus();
  }
}

function Sidebar(props: IViewProps): JSX.Element {
  const { model, server } = props;
  const results = React.useRef<HTMLDivElement>(null);
  return (
    <>
      <Head {...props} />
      {model.away && <AwayNote {...props} />}
      <div className="codegym-Courses-body" ref={results}>
        {model.selected && !model.query ? (
          <CoursePageView {...props} />
        ) : (
          <>
            {model.catalogue && model.catalogue.courses.length > 0 && (
              <SearchField
                {...props}
                toResults={() =>
                  results.current?.querySelector<HTMLElement>('.codegym-Exercise, .codegym-Course')?.focus()
                }
              />
            )}
            {model.query.trim() ? <SearchResults {...props} /> : <CatalogueView {...props} />}
          </>
        )}
      </div>
      <span className="codegym-Hidden" lang={server.clock.locale} />
    </>
  );
}

function Head({ model, server, commands }: IViewProps): JSX.Element {
  const { trans } = server;
  return (
    <div className="codegym-Courses-head">
      <h2>{trans.__('Courses')}</h2>
      <Tool shape="refresh" label={trans.__('Refresh')} onClick={() => void model.refresh()} />
      <Tool
        shape="more"
        label={trans.__('More')}
        className="codegym-More"
        onClick={() => openMenu(commands)}
      />
    </div>
  );
}

function openMenu(commands: CommandRegistry): void {
  const menu = new Menu({ commands });
  menu.addItem({ command: CommandIDs.next });
  menu.addItem({ command: CommandIDs.download });
  const anchor = document.querySelector('.codegym-Courses .codegym-More')?.getBoundingClientRect();
  menu.open(anchor?.left ?? 0, anchor?.bottom ?? 0);
}

function AwayNote({ model, server }: IViewProps): JSX.Element {
  const { trans } = server;
  return (
    <p className="codegym-Note codegym-mod-top" role="note">
      <Tool shape="offline" label={trans.__('Try again')} onClick={() => void model.refresh()} />
      <span>
        {trans.__('The server is away. What you see is from before; your answers are kept in this browser.')}
      </span>
    </p>
  );
}
