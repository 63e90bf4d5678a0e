import { Contents, IContentProvider } from '@jupyterlab/services';

import type { IAuthorUnit } from '../records';
import type { Api } from '../requests';

/** A unit's file as a notebook: the server makes the one of the other. What it refuses, the lab's dialogs tell. */
export class UnitProvider implements IContentProvider {
  constructor(private readonly _api: Api) {}

  async get(path: string, options?: Contents.IFetchOptions): Promise<Contents.IModel> {
    return model(await this._api.authorUnit(path), options?.content !== false);
  }

  async save(path: string, options?: Partial<Contents.IModel>): Promise<Contents.IModel> {
    return model(await this._api.saveAuthorUnit(path, options?.content), false);
  }
}

function model(unit: IAuthorUnit, content: boolean): Contents.IModel {
  return {
    ...unit,
    content: content ? unit.content : null,
    type: 'notebook',
    format: content ? 'json' : null,
    mimetype: content ? 'application/json' : (null as never)
  };
}
