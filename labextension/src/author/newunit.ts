import { PathExt } from '@jupyterlab/coreutils';
import { Contents } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

/** An empty unit in a folder, and its course where the folder holds none; returns the unit's path. */
export async function newUnit(
  contents: Contents.IManager,
  folder: string,
  trans: TranslationBundle
): Promise<string> {
  const listed = await contents.get(folder);
  const names = (listed.content as Contents.IModel[]).map(one => one.name);
  let number = 1;
  while (names.includes(`unit-${number}.yaml`)) {
    number++;
  }
  const unit = `unit-${number}`;
  const write = async (name: string, lines: string[]) => {
    const path = PathExt.join(folder, name);
    await contents.save(path, { type: 'file', format: 'text', content: lines.join('\n') + '\n' });
    return path;
  };
  if (!names.includes('course.yaml')) {
    const title = `title: ${trans.__('My course')}`;
    await write('course.yaml', ['schema: 1', 'id: my-course', title, 'units:', `  - ${unit}`]);
  }
  return write(`${unit}.yaml`, [`id: ${unit}`, `title: ${trans.__('Unit')} ${number}`, 'cells: []']);
}
