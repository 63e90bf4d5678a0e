import { GroupItem, TextItem } from '@jupyterlab/statusbar';
import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { Glyph, Ring } from '../pieces';
import { IGrading, IServer } from '../tokens';
import { Courses } from './model';
import { statusLine } from './words';

/** The status bar: the unit in front and its ring; a check that runs or an answer that is kept goes before. */
export class CourseStatus extends ReactWidget {
  grading: IGrading | null = null;

  constructor(
    private readonly _model: Courses,
    private readonly _server: IServer,
    private readonly _show: () => void
  ) {
    super();
    this.addClass('codegym-Status');
    _model.changed.connect(() => this.update());
  }

  follow(grading: IGrading): void {
    this.grading = grading;
    grading.changed.connect(() => this.update());
  }

  render(): JSX.Element {
    return <UseSignal signal={this._model.changed}>{() => this._item()}</UseSignal>;
  }

  private _item(): JSX.Element {
    const { trans } = this._server;
    const { checking, kept } = this.grading ?? { checking: null, kept: 0 };
    const { current } = this._model;
    const unit = current && this._model.unitOf(current);
    if (checking) {
      return this._group(
        <Glyph shape="spin" tone="info" className="codegym-mod-spin" />,
        trans.__('Checking %1', checking)
      );
    }
    if (kept) {
      const text = trans._n('%1 answer kept, server away', '%1 answers kept, server away', kept);
      return this._group(<Glyph shape="kept" tone="info" />, text);
    }
    if (!unit) {
      return <></>;
    }
    const share = unit.total ? unit.done / unit.total : 0;
    const text = statusLine(unit, this._model.clockOf(current.course), trans);
    return this._group(<Ring share={share} className="codegym-mod-small" />, text);
  }

  private _group(icon: JSX.Element, text: string): JSX.Element {
    return (
      <button type="button" className="codegym-Status-button" onClick={this._show}>
        <GroupItem spacing={5}>
          {icon}
          <TextItem source={text} />
        </GroupItem>
      </button>
    );
  }
}
