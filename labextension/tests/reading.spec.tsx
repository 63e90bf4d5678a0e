import React, { act } from 'react';
import { expect, it } from 'vitest';

import { ITab, useRead } from '../src/classes/tab';
import { fakeTab, used } from './staffpart';

function Shown({ tab }: { tab: ITab }): JSX.Element {
  return <p>{useRead<string>(tab, ['gradebook'], {}, 60).data}</p>;
}

it('what is read comes, however often something is judged meanwhile, and is read once more then', async () => {
  const answers: ((text: string) => void)[] = [];
  const staff = () => new Promise<string>(resolve => answers.push(resolve));
  const tab = { ...fakeTab({}).tab, api: { staff } } as unknown as ITab;
  let judge: (beat: number) => void;
  function Class(): JSX.Element {
    const [beat, setBeat] = React.useState(0);
    judge = setBeat;
    return <Shown tab={{ ...tab, beat }} />;
  }
  const page = await used(<Class />);
  for (const beat of [1, 2, 3]) {
    await act(async () => judge(beat));
  }
  expect(answers).toHaveLength(1);
  await act(async () => answers[0]('old'));
  expect(page.node.textContent).toBe('old');
  expect(answers).toHaveLength(2);
  await act(async () => answers[1]('new'));
  expect(page.node.textContent).toBe('new');
  expect(answers).toHaveLength(2);
  await page.close();
});
