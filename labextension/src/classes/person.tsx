import React from 'react';

import { IClass, titleOf } from './records';
import { Do, ITab, Labelled, Problem, Schemas, useFile, useRead, useSend } from './tab';

interface IPerson {
  tab: ITab;
  account: string;
}

/** The other classes of which one may erase this person, too. */
function useOthers({ api, classes, offering }: ITab, account: string) {
  const [found, setFound] = React.useState<IClass[]>([]);
  const places = JSON.stringify(classes.filter(one => one.id !== offering.id));
  React.useEffect(() => {
    let wanted = true;
    for (const one of JSON.parse(places) as IClass[]) {
      void api.staff('GET', ['classes', one.id, 'person'], undefined, { account }).then(
        () => wanted && setFound(before => [...before, one]),
        () => null // they are not in it, or it is not ours
      );
    }
    return () => {
      wanted = false;
      setFound([]);
    };
  }, [api, places, account]);
  return { found, left: (id: string) => setFound(before => before.filter(one => one.id !== id)) };
}

/** Whether other classes are meant, too; nothing where there is none. */
function Everywhere(props: { tab: ITab; others: IClass[]; on: boolean; turn(on: boolean): void }) {
  const { tab, others, on, turn } = props;
  return (
    others.length > 0 && (
      <label className="codegym-Class-check">
        <input type="checkbox" checked={on} onChange={event => turn(event.target.checked)} />
        {tab.trans.__('Also in: %1', others.map(titleOf).join(', '))}
      </label>
    )
  );
}

/** All that is kept of one person, as a file for them: one of each class. */
export function SavePerson({ tab, account }: IPerson): JSX.Element {
  const { trans, offering } = tab;
  const others = useOthers(tab, account).found;
  const [everywhere, turn] = React.useState(false);
  const { problem, save } = useFile(tab);
  const act = async () => {
    for (const { id } of everywhere ? [offering, ...others] : [offering]) {
      if (!(await save('person.zip', { account }, `${account}-${id.replace(':', '-')}.zip`, id))) {
        return;
      }
    }
  };
  return (
    <>
      <p className="codegym-Quiet">
        {trans.__('If they ask for their data: what was sent, judgements, conversations with the tutor.')}
      </p>
      <Everywhere {...{ tab, others, turn }} on={everywhere} />
      <Problem problem={problem} trans={trans} />
      <Do main act={() => void act()}>
        {trans.__('Save all that is kept')}
      </Do>
    </>
  );
}

/** Everything that names one person goes, for good. */
export function ErasePerson({ tab, account, done }: IPerson & { done(): void }): JSX.Element {
  const { trans, offering } = tab;
  const { data, problem } = useRead<Schemas['Holdings']>(tab, ['person'], { account });
  const others = useOthers(tab, account);
  const [everywhere, turn] = React.useState(false);
  const [typed, type] = React.useState({ why: '', again: '' });
  const { busy, problem: refused, send } = useSend(tab, ['classes']);
  const missing = typed.again !== account || !typed.why.trim();
  const act = async () => {
    // this class is the last one: where another refuses, the rest can still be done from here
    for (const { id } of everywhere ? [...others.found, offering] : [offering]) {
      if (!(await send([id, 'person', 'erase'], { account, why: typed.why }))) {
        return;
      }
      others.left(id);
    }
    tab.say(trans.__('It is done.'));
    done();
  };
  const field = (name: 'why' | 'again', label: string, note?: string) => (
    <Labelled label={label} note={note}>
      <input
        value={typed[name]}
        maxLength={1000}
        onChange={event => type({ ...typed, [name]: event.target.value })}
      />
    </Labelled>
  );
  return (
    <>
      {data && (
        <p>
          {trans.__(
            'What goes: the account, answers (%1), drafts (%2), questions to the tutor (%3).',
            data.submissions,
            data.drafts,
            data.turns
          )}{' '}
          {trans.__('Scores stay, without a name.')}
        </p>
      )}
      <Everywhere {...{ tab, turn }} others={others.found} on={everywhere} />
      {field('why', trans.__('Why'))}
      {field('again', trans.__('Account, again'), trans.__('This cannot be undone.'))}
      <Problem problem={problem ?? refused} trans={trans} />
      <Do main disabled={busy || missing} act={() => void act()}>
        {trans.__('Erase')}
      </Do>
    </>
  );
}
