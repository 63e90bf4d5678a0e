import React from 'react';

import { IClock, points } from '../dates';
import { Glyph } from '../pieces';
import { wordsOf } from './marking';
import { usePlaceName } from './places';
import { checkReceipt, Claims, digestOf, Finding, MOST } from './receipt';
import { titleOf } from './records';
import { FileField, ITab, Problem, Rows, Schemas } from './tab';

interface IFound {
  finding: Finding;
  /** By person: an account as staff call it, or a team. */
  names?: ReadonlyMap<string, string>;
  /** The answer that the server keeps is the one that the receipt is for; null where it cannot be told. */
  kept?: boolean | null;
}

/** Whether a student's receipt is true: the file is looked at in the browser, and goes nowhere. */
export function CheckReceipt({ tab }: { tab: ITab }): JSX.Element {
  const [opened, setOpened] = React.useState(false);
  return (
    <details onToggle={event => event.currentTarget.open && setOpened(true)}>
      <summary>{tab.trans.__('Check a receipt')}</summary>
      {opened && <Check tab={tab} />}
    </details>
  );
}

function Check({ tab }: { tab: ITab }): JSX.Element {
  const { trans } = tab;
  const [found, setFound] = React.useState<IFound | null>(null);
  const [problem, setProblem] = React.useState<string | null>(null);
  const turn = React.useRef(0);
  const choose = async (file: File) => {
    const own = ++turn.current;
    const [next, why] = await looked(tab, file).then(
      (one): [IFound, null] => [one, null],
      (reason): [null, string] => [null, wordsOf(reason)]
    );
    if (own === turn.current) {
      setFound(next);
      setProblem(why);
    }
  };
  return (
    <>
      <FileField
        label={trans.__('Receipt')}
        note={trans.__('The file that a student saved with “Save receipt”, unchanged.')}
        accept=".json,application/json"
        choose={file => void choose(file)}
      />
      <Problem problem={problem} trans={trans} />
      <div role="status">{found && <Outcome finding={found.finding} tab={tab} />}</div>
      {found && typeof found.finding !== 'string' && <Says tab={tab} {...found} claims={found.finding} />}
    </>
  );
}

/** What is found of a file; of one of this class also whose it is, and whether its answer is the one that is kept. */
async function looked(tab: ITab, file: File): Promise<IFound> {
  if (file.size > MOST) {
    return { finding: 'long' };
  }
  const key = await tab.api.staffFile(['receipts', 'key'], {});
  const finding = await checkReceipt(await file.text(), await key.text());
  const { id } = tab.offering;
  if (typeof finding === 'string' || finding.offering !== id) {
    return { finding };
  }
  // what is not there, or not for this person to see, is left out
  const read = <T,>(...parts: string[]) =>
    tab.api.staff<Partial<T>>('GET', parts).catch((): Partial<T> => ({}));
  const [{ members = [] }, { teams = [] }, { judgement }] = await Promise.all([
    read<{ members: Schemas['Member'][] }>('classes', id, 'members'),
    read<{ teams: Schemas['Team'][] }>('classes', id, 'teams'),
    read<{ judgement: { source: string } | null }>('submissions', finding.submission, 'staff')
  ]);
  const names = new Map([
    ...members.map(one => [one.person, tab.named(one.account)] as const),
    ...teams.map(one => [one.id, one.team] as const)
  ]);
  const kept = judgement ? (await digestOf(judgement.source)) === finding.source_sha256 : null;
  return { finding, names, kept };
}

/** The one sentence. */
function Outcome({ finding, tab }: { finding: Finding; tab: ITab }): JSX.Element {
  const { trans, offering, classes } = tab;
  if (typeof finding === 'string') {
    const words: Record<typeof finding, string> = {
      long: trans.__('This is no receipt: it is too long for one.'),
      none: trans.__('This is no receipt of CodeGYM.'),
      version: trans.__('This receipt is of a version that this page does not know.'),
      changed: trans.__('This receipt was changed, or this server did not sign it.'),
      unable: trans.__(
        'Receipts cannot be checked here: that takes an address with https and a newer browser. On the command line:'
      )
    };
    return (
      <p>
        <Glyph shape="info" tone="info" className="codegym-mod-inline" />
        {words[finding]} {finding === 'unable' && <code>codegym receipt verify FILE --key PUBLIC.pem</code>}
      </p>
    );
  }
  const isOwn = finding.offering === offering.id;
  const other = classes.find(one => one.id === finding.offering);
  return (
    <p>
      <Glyph
        shape={isOwn ? 'right' : 'info'}
        tone={isOwn ? 'right' : 'info'}
        className="codegym-mod-inline"
      />
      <b>
        {isOwn
          ? trans.__('This receipt is true.')
          : trans.__(
              'This receipt is true, but of another class: %1.',
              other ? titleOf(other) : finding.offering
            )}
      </b>{' '}
      {finding.server === 'local' &&
        trans.__('It was signed on its user’s own computer, so it proves nothing to others.')}
    </p>
  );
}

function Says({ tab, claims, names, kept }: { tab: ITab; claims: Claims } & IFound): JSX.Element {
  const { trans, clock, offering } = tab;
  const placed = usePlaceName(tab);
  const nameOf = (person: string) => names?.get(person) ?? person;
  const { person, submitter, exercise, verdict, score, max_score } = claims;
  const title = claims.offering === offering.id ? placed({ unit: null, exercise }) : exercise;
  const rows: [string, React.ReactNode][] = [
    [trans.__('Student or team'), nameOf(person)],
    ...(submitter ? [[trans.__('Sent by'), nameOf(submitter)] as [string, string]] : []),
    [trans.__('Exercise'), title],
    [cameAs(claims, tab), exactly(claims.received_at, clock)]
  ];
  if (verdict) {
    rows.push([trans.__('Verdict'), verdict === 'AC' ? trans.__('Accepted') : trans.__('Not yet')]);
  }
  if (score !== null && max_score !== null) {
    rows.push([trans.__('Points'), trans.__('%1 of %2', points(score, clock), points(max_score, clock))]);
  }
  if (typeof kept === 'boolean') {
    const told = kept ? trans.__('the one that is kept here') : trans.__('not the one that is kept here');
    rows.push([trans.__('Answer'), told]);
  }
  rows.push([trans.__('Receipt issued'), exactly(claims.issued_at, clock)]);
  return (
    <Rows
      label={trans.__('What the receipt says')}
      rows={rows.map(([name, said]) => ({ key: name, cells: [name, said] }))}
    />
  );
}

/** What was only tried, or kept as a draft, has receipts, too: they do not say that it was handed in. */
function cameAs({ kind, state }: Claims, { trans }: ITab): string {
  if (kind !== 'submit') {
    return kind === 'try' ? trans.__('Only checked, not handed in') : trans.__('Only a draft, not handed in');
  }
  return state === 'cancelled' ? trans.__('Handed in, then stopped') : trans.__('Handed in');
}

/** By the class's clock, with year and seconds: it may be of long ago. */
function exactly(iso: string, { locale, timeZone }: IClock): string {
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone });
  return [time.format(new Date(iso)), timeZone && `(${timeZone})`].filter(Boolean).join(' ');
}
