import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { instantOf } from '../dates';
import { RequestError } from '../requests';
import { serverText } from '../serverwords';
import { wordsOf } from './marking';
import { Do, FileField, ITab, Labelled, Panel, Problem, Rows, Schemas, TABLES } from './tab';

/** What became, or would become, of one notebook: as `codegym import --json` has it. */
interface INotebook {
  file: string;
  account: string | null;
  answers: { exercise: string; did: 'new' | 'imported' | 'there' | 'refused'; error?: string }[];
  error?: string;
}

interface IRun {
  notebooks: INotebook[];
  total: number;
  /** They are handed in, not only looked at. */
  applies: boolean;
  runs: boolean;
  problem: string | null;
  /** What is wrong in the table, line by line. */
  details: string[];
}

/** What is sent: a zip, the table that says whose each file is, and when they came. */
interface IOrder {
  upload: string;
  table: string;
  received_at: string | null;
}

/** The zip, page by page. A stop loses nothing: what is there already is not taken twice. */
function useUpload(tab: ITab) {
  const [run, setRun] = React.useState<IRun | null>(null);
  const newest = React.useRef(0);
  React.useEffect(() => () => void newest.current++, []);
  const go = async (order: IOrder, why: string | null) => {
    const own = ++newest.current;
    const none = { problem: null, details: [] };
    let now: IRun = { notebooks: [], total: 0, applies: why !== null, runs: true, ...none };
    const show = (change: Partial<IRun>) => newest.current === own && setRun((now = { ...now, ...change }));
    show({});
    try {
      for (let after: number | null = 0; after !== null && newest.current === own; ) {
        const body = { ...order, after, why };
        const page: Schemas['ImportPage'] = await tab.api.staff(
          'POST',
          ['classes', tab.offering.id, 'import'],
          body
        );
        show({ notebooks: [...now.notebooks, ...(page.rows as unknown as INotebook[])], total: page.total });
        after = page.next;
      }
      show({ runs: false });
    } catch (reason) {
      const details = reason instanceof RequestError ? (reason.details.errors as string[]) : [];
      show({ runs: false, problem: tooLarge(reason, tab.trans) ?? wordsOf(reason), details });
    }
  };
  return { run, go };
}

/** Notebooks that were handed in another way: looked at first, then handed in for their students, with a reason. */
export function OldNotebooks({ tab }: { tab: ITab }): JSX.Element {
  const { trans } = tab;
  const { run, go } = useUpload(tab);
  const [order, setOrder] = React.useState<IOrder>({ upload: '', table: '', received_at: null });
  const [why, setWhy] = React.useState('');
  const look = (change: Partial<IOrder>) => {
    const next = { ...order, ...change };
    setOrder(next);
    return next.upload ? go(next, null) : undefined;
  };
  const hand = async () => {
    await go(order, why.trim());
    tab.say(trans.__('The notebooks were handed in.'));
  };
  const fresh = (run?.notebooks ?? []).flatMap(one => one.answers).filter(one => one.did === 'new').length;
  return (
    <Panel title={trans.__('Notebooks that came another way')}>
      <FileField
        label={trans.__('A zip of notebooks')}
        note={trans.__(
          'Each in a folder, or a file, with the account as its name; or nbgrader’s folder, its gradebook.db too. It is looked at first.'
        )}
        accept=".zip,application/zip"
        choose={file => void base64(file).then(upload => look({ upload }))}
      />
      <FileField
        label={trans.__('Whose each is: a table with file, account, received_at')}
        note={trans.__('Only where the paths do not say whose they are.')}
        accept={TABLES}
        choose={file => void file.text().then(table => look({ table }))}
      />
      <Labelled label={trans.__('Received at, where nothing says it')} note={tab.offering.time_zone}>
        <input
          type="datetime-local"
          onChange={event => {
            const at = event.target.value;
            void look({ received_at: at ? instantOf(at, tab.clock) : null });
          }}
        />
      </Labelled>
      <Problem problem={run?.problem ?? null} details={run?.details} trans={trans} />
      {run && <Standing tab={tab} run={run} />}
      {fresh > 0 && !run!.runs && (
        <>
          <Labelled label={trans.__('Why you hand them in')} note={trans.__('It is kept with each answer.')}>
            <textarea rows={2} maxLength={1000} value={why} onChange={event => setWhy(event.target.value)} />
          </Labelled>
          <Do main disabled={!why.trim()} act={() => void hand()}>
            {trans._n('Hand in %1 answer', 'Hand in %1 answers', fresh)}
          </Do>
        </>
      )}
    </Panel>
  );
}

function Standing({ tab: { trans, named }, run }: { tab: ITab; run: IRun }): JSX.Element {
  const { notebooks, total, applies, runs } = run;
  const rows = notebooks.map(one => ({ key: one.file, cells: [one.file, became(one)] }));
  return (
    <>
      <p role="status">
        {trans.__('%1 of %2 notebooks looked at.', notebooks.length, total)}{' '}
        {!applies && trans.__('Nothing is handed in yet.')}
      </p>
      {runs && <progress max={total || 1} value={notebooks.length} aria-label={trans.__('Looked at')} />}
      {rows.length > 0 && (
        <Rows label={trans.__('Notebooks')} heads={[trans.__('File'), trans.__('Answers')]} rows={rows} />
      )}
    </>
  );

  function became({ account, answers, error }: INotebook): string {
    const count = (did: string) => answers.filter(one => one.did === did).length;
    const told = [
      account && named(account),
      !answers.length && !error && trans.__('nothing begun'),
      error && serverText(error, trans),
      count('new') && trans.__('%1 new', count('new')),
      count('imported') && trans.__('%1 handed in', count('imported')),
      count('there') && trans.__('%1 there already', count('there')),
      ...answers.map(one => one.error && `${one.exercise}: ${serverText(one.error, trans)}`)
    ];
    return told.filter(Boolean).join(', ');
  }
}

/** What to do where a zip is more than the server takes at once; null: it was refused for something else. */
function tooLarge(reason: unknown, trans: TranslationBundle): string | null {
  if (!(reason instanceof RequestError) || reason.code !== 'too_large') {
    return null;
  }
  // in a request, each three bytes of a file are four
  const most = Math.floor((Number(reason.details.limit_kb) * 3) / 4 / 1024);
  return trans.__(
    'At most %1 MB go in one zip. Split it into several, and choose one after the other.',
    most
  );
}

export async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}
