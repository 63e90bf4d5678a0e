import React from 'react';

import { when } from '../dates';
import { serverText } from '../serverwords';
import { Book, useBook } from './gradebook';
import { base64 } from './notebooks';
import { Do, ITab, Labelled, Panel, Problem, Schemas, useRead, useSend } from './tab';

type Publication = Schemas['Publication'];
type Changes = Schemas['VersionChanges'];

/** What would be published: an earlier version, files of this computer, else the server's folder. */
interface IFrom {
  back?: Publication;
  files?: File[];
  /** Another number each time that another is chosen. */
  turn: number;
}

/** What students see of the course: what would change and for how many, before it is published or taken back. */
export function Publish({ tab }: { tab: ITab }): JSX.Element {
  const { trans } = tab;
  const versions = useRead<{ versions: Publication[] }>(tab, ['versions']);
  const [from, setFrom] = React.useState<IFrom>({ turn: 0 });
  const take = (next: Omit<IFrom, 'turn'>) => setFrom({ ...next, turn: from.turn + 1 });
  const found = versions.data?.versions ?? [];
  const done = () => {
    take({});
    versions.again();
  };
  return (
    <div className="codegym-Split">
      <div>
        <Problem problem={versions.problem} trans={trans} />
        <Next key={`${found[0]?.number} ${from.turn}`} {...{ tab, from, done }} />
        {(from.back || from.files) && (
          <Do act={() => take({})}>{trans.__('The course in the server’s folder instead')}</Do>
        )}
        <Labelled
          label={trans.__('Or the folder of the course on your computer')}
          note={trans.__('It is looked at first. What is hidden in it stays out.')}
        >
          <input
            type="file"
            multiple
            {...{ webkitdirectory: '' }}
            onChange={({ target }) => take({ files: [...(target.files ?? [])] })}
          />
        </Labelled>
      </div>
      <aside>
        <Panel title={trans.__('Versions')}>
          {versions.data && !found.length && <p>{trans.__('Nothing is published yet.')}</p>}
          <ol className="codegym-Past">
            {found.map((one, i) => (
              <li key={one.number}>
                <b>{one.number}</b> {one.published_at && when(one.published_at, tab.clock, trans)}{' '}
                {one.published_by && trans.__('by %1', tab.named(one.published_by))}
                {one.note && <q>{one.note}</q>}{' '}
                {i === 0 ? (
                  <span className="codegym-Meta">{trans.__('students have this')}</span>
                ) : (
                  one.version !== found[0].version && (
                    <button type="button" className="codegym-Link" onClick={() => take({ back: one })}>
                      {trans.__('What would going back to %1 change?', one.number)}
                    </button>
                  )
                )}
              </li>
            ))}
          </ol>
        </Panel>
      </aside>
    </div>
  );
}

/** A course's files by their place beside its course.yaml, in base64; what is hidden stays out. */
export async function filesOf(chosen: Iterable<File>): Promise<Record<string, string>> {
  const all = [...chosen];
  const heads = all.map(one => one.webkitRelativePath).filter(path => /(^|\/)course\.yaml$/.test(path));
  const depth = Math.min(...heads.map(path => path.split('/').length)) - 1;
  const top = heads.find(path => path.split('/').length === depth + 1)?.replace(/course\.yaml$/, '') ?? '';
  const kept = all.filter(({ webkitRelativePath: path }) => {
    const parts = path.slice(top.length).split('/');
    return path.startsWith(top) && !parts.some(part => part.startsWith('.') || part === '__pycache__');
  });
  const read = kept.map(async one => [one.webkitRelativePath.slice(top.length), await base64(one)]);
  return Object.fromEntries(await Promise.all(read)) as Record<string, string>;
}

interface INext {
  tab: ITab;
  from: IFrom;
  done(): void;
}

/** What would change: of files, the server says so of what it is sent. */
function useChanges({ tab, from }: Omit<INext, 'done'>) {
  const { back, files } = from;
  const read = useRead<Changes>(tab, files ? null : ['versions', 'changes'], {
    version: back?.version ?? ''
  });
  const looked = useSend(tab);
  const [changes, setChanges] = React.useState<string[] | null>(null);
  const look = async (chosen: File[]) => {
    const body = { files: await filesOf(chosen), dry_run: true };
    const one = await looked.send<Publication>(['versions'], body);
    setChanges(one && [...one.changes]);
  };
  React.useEffect(() => {
    void (files && look(files));
    // once: other files are another step
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const { busy, problem, details } = looked;
  return files
    ? { changes, students: null, busy, problem, details }
    : {
        ...{ changes: read.data?.changes ?? null, students: read.data?.students ?? null },
        ...{ busy: false, problem: read.problem, details: [] }
      };
}

/** The step that is next: to the folder's course, to that of this computer, or back to an earlier version. */
function Next({ tab, from, done }: INext): JSX.Element {
  const { trans } = tab;
  const { back, files } = from;
  const looked = useChanges({ tab, from });
  const { changes } = looked;
  const [note, setNote] = React.useState('');
  const sent = useSend(tab);
  const go = async (anyway: boolean) => {
    const what = back ? { version: back.version } : { anyway, ...(files && { files: await filesOf(files) }) };
    if (await sent.send(['versions'], { note, ...what })) {
      tab.say(trans.__('It is published. Students see it from now on.'));
      done();
    }
  };
  const title = back
    ? trans.__('Go back to version %1', back.number)
    : files
      ? trans.__('Publish the folder on your computer')
      : trans.__('Publish what is in the folder');
  return (
    <Panel title={title}>
      <Problem problem={looked.problem} details={looked.details} trans={trans} />
      {looked.busy && <p role="status">{trans.__('It is sent and looked at…')}</p>}
      {changes && !changes.length && <p>{trans.__('The class already sees exactly this version.')}</p>}
      {changes && changes.length > 0 && (
        <>
          <Told {...{ tab, changes, students: looked.students }} />
          <Labelled label={trans.__('What is new, for your colleagues')}>
            <input value={note} maxLength={1000} onChange={event => setNote(event.target.value)} />
          </Labelled>
          <Problem problem={sent.problem} details={sent.details} trans={trans} />
          <div className="codegym-Row">
            <Do main disabled={sent.busy} act={() => void go(false)}>
              {back ? trans.__('Roll back to %1', back.number) : trans.__('Publish now')}
            </Do>
            {sent.details.length > 0 && (
              <Do disabled={sent.busy} act={() => void go(true)}>
                {trans.__('Publish anyway')}
              </Do>
            )}
            {sent.busy && <span role="status">{trans.__('It is checked first…')}</span>}
          </div>
        </>
      )}
    </Panel>
  );
}

/** What changes, and for whom. */
function Told(props: { tab: ITab; changes: string[]; students: number | null }): JSX.Element {
  const { tab, changes } = props;
  const { trans } = tab;
  const { book } = useBook({ ...tab, section: '', find: '' });
  const students = props.students ?? book?.students.length ?? null;
  return (
    <>
      {students !== null && (
        <p>
          {trans._n(
            '%1 student sees this from the next request on. Marks by people stay.',
            '%1 students see this from their next request on. Marks by people stay.',
            students
          )}
        </p>
      )}
      <ul aria-label={trans.__('What changes')}>
        {changes.map((one, i) => (
          <li key={i}>
            {serverText(one, trans)} {book && <ForWhom {...{ tab, book }} change={one} />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Of an exercise that changes: who has an answer to it, and who has solved it. */
function ForWhom(props: { tab: ITab; book: Book; change: string }): JSX.Element | null {
  const { tab, book, change } = props;
  const id = /: exercise ([^:]+):/.exec(change)?.[1];
  const at = book.exercises.findIndex(one => one.exercise === id);
  if (at < 0) {
    return null;
  }
  const answered = book.students.filter(one => one.tries[at]);
  const solved = answered.filter(one => one.signs[at].includes('s')).length;
  return (
    <span className="codegym-Meta">
      {tab.trans._n('%1 has an answer, %2 solved', '%1 have an answer, %2 solved', answered.length, solved)}
    </span>
  );
}
