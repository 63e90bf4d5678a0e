import { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { components } from '../api';
import { IClock } from '../dates';
import { Glyph } from '../pieces';
import { Api, Query, RequestError } from '../requests';
import { saveFile } from '../saving';
import { wordsOf } from './marking';
import { IClass } from './records';

export type Schemas = components['schemas'];

/** What each tab of a class's page is given. */
export interface ITab {
  api: Pick<Api, 'staff' | 'staffFile'>;
  offering: IClass;
  /** All that one is staff of, this one too. */
  classes: IClass[];
  /** Empty: all. */
  section: string;
  /** What a student's name has to hold, in small letters. */
  find: string;
  /** Another number: everything is to be read anew. */
  turn: number;
  /** Another number: something was judged in the class. */
  beat: number;
  trans: TranslationBundle;
  clock: IClock;
  /** Of the whole site. */
  admin: boolean;
  /** May look and mark, and no more. */
  grader?: boolean;
  /** How staff call an account: with the name that a roster gave it before it; somebody, where it is erased. */
  named(account: string | null): string;
  /** Tells screen readers what was done. */
  say(text: string): void;
}

interface IRead<T> {
  data: T | null;
  problem: string | null;
  again(): void;
}

/** What the server says about the class, by its parts and a query; nothing where there are no parts. */
export function useRead<T>(
  tab: Omit<ITab, 'named'>,
  parts: string[] | null,
  query: Query = {},
  everyS = 0
): IRead<T> {
  const { api } = tab;
  const key = JSON.stringify([tab.offering.id, parts, query]);
  const ask = React.useMemo(() => {
    const [id, asked, narrowed] = JSON.parse(key) as [string, string[] | null, Query];
    return asked && (() => api.staff<T>('GET', ['classes', id, ...asked], undefined, narrowed));
  }, [api, key]);
  return useAsked(tab, ask, everyS);
}

/** What is asked by one function, which is kept as long as the same is meant; what was read stays while it is read
 * anew: every so many seconds, and where something was judged. */
export function useAsked<T>(
  tab: Pick<ITab, 'turn' | 'beat'>,
  ask: (() => Promise<T>) | null,
  everyS = 0
): IRead<T> {
  const [state, setState] = React.useState({ ask, data: null as T | null, problem: null as string | null });
  const [own, again] = React.useReducer((n: number) => n + 1, 0);
  const { turn } = tab;
  const reread = React.useRef<() => unknown>(() => null);
  React.useEffect(() => {
    let wanted = ask !== null;
    let isUnderWay = false;
    let isOld = false;
    // one at a time, and each is shown: else a slow answer would never come where something is judged all the time
    const read = async (): Promise<void> => {
      isOld = isUnderWay;
      if (isUnderWay) {
        return;
      }
      isUnderWay = true;
      await ask?.().then(
        data => wanted && setState({ ask, data, problem: null }),
        reason => wanted && setState(before => ({ ...before, ask, problem: wordsOf(reason) }))
      );
      isUnderWay = false;
      return isOld && wanted ? read() : undefined;
    };
    reread.current = () => wanted && void read();
    reread.current();
    const timer = everyS && wanted ? setInterval(() => document.hidden || void read(), everyS * 1000) : 0;
    return () => {
      wanted = false;
      clearInterval(timer);
    };
  }, [ask, turn, own, everyS]);
  const heard = React.useRef(tab.beat);
  React.useEffect(() => {
    if (everyS && heard.current !== tab.beat) {
      reread.current();
    }
    heard.current = tab.beat;
  }, [everyS, tab.beat]);
  return state.ask === ask ? { ...state, again } : { data: null, problem: null, again };
}

/** What everybody in the class is called, as `ITab.named`; the same function until that changes. */
export function useNames(tab: Omit<ITab, 'named'>): ITab['named'] {
  const { data } = useRead<{ members: Schemas['Member'][] }>(tab, ['members']);
  const { trans } = tab;
  return React.useMemo(() => {
    const names = new Map(data?.members.map(one => [one.account, one.name]));
    return account => {
      const name = names.get(account);
      return account === null ? trans.__('somebody') : name ? `${name} (${account})` : account;
    };
  }, [data, trans]);
}

interface ISend {
  busy: boolean;
  problem: string | null;
  /** Lines that the server gives with its refusal. */
  details: string[];
  /** The answer; null where it was refused, and `problem` says why. */
  send<T>(parts: string[], body: object): Promise<T | null>;
}

/** Changes something of the class. */
export function useSend(
  tab: Pick<ITab, 'api' | 'offering'>,
  address: string[] = ['classes', tab.offering.id]
): ISend {
  const [state, setState] = React.useState<Omit<ISend, 'send'>>({ busy: false, problem: null, details: [] });
  const send = async <T,>(parts: string[], body: object): Promise<T | null> => {
    setState({ busy: true, problem: null, details: [] });
    try {
      const said = await tab.api.staff<T>('POST', [...address, ...parts], body);
      setState({ busy: false, problem: null, details: [] });
      return said;
    } catch (reason) {
      const told = reason instanceof RequestError ? reason.details : {};
      const details = (told.errors ?? told.findings ?? []) as string[];
      setState({ busy: false, problem: wordsOf(reason), details });
      return null;
    }
  };
  return { ...state, send };
}

/** Saves a file of the class through the browser. */
export function useFile(tab: ITab) {
  const [problem, setProblem] = React.useState<string | null>(null);
  const save = (part: string, query: Query, name: string, of = tab.offering.id): Promise<boolean> =>
    tab.api.staffFile(['classes', of, part], query).then(
      file => {
        saveFile(file, name);
        setProblem(null);
        return true;
      },
      reason => {
        setProblem(wordsOf(reason));
        return false;
      }
    );
  return { problem, save };
}

/** Why something is not there, or was not done. */
export function Problem(props: {
  problem: string | null;
  details?: string[];
  trans: TranslationBundle;
}): JSX.Element | null {
  const { problem, details, trans } = props;
  if (!problem) {
    return null;
  }
  const away = problem === 'away';
  const said = away ? trans.__('The server is away. What you typed is still here.') : problem;
  return (
    <div className="codegym-Class-problem" role="alert">
      <Glyph shape={away ? 'offline' : 'info'} tone="grey" />
      {details?.length ? (
        <ul>
          {details.map((one, i) => (
            <li key={i}>{one}</li>
          ))}
        </ul>
      ) : (
        <span>{said}</span>
      )}
    </div>
  );
}

/** A field or a list of choices with its label above. */
export function Labelled(props: { label: string; children: JSX.Element; note?: string }): JSX.Element {
  const id = React.useId();
  return (
    <span className="codegym-Labelled">
      <label htmlFor={id}>{props.label}</label>
      {React.cloneElement(props.children, { id, 'aria-describedby': props.note ? `${id}-note` : undefined })}
      {props.note && (
        <small id={`${id}-note`} className="codegym-Meta">
          {props.note}
        </small>
      )}
    </span>
  );
}

export function Choice(props: {
  label: string;
  value: string;
  change(value: string): void;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <Labelled label={props.label}>
      <select value={props.value} onChange={event => props.change(event.target.value)}>
        {props.children}
      </select>
    </Labelled>
  );
}

/** What a spreadsheet saves. */
export const TABLES = '.csv,.tsv,.txt,text/csv';

/** A field for a file. */
export function FileField(props: {
  label: string;
  note: string;
  accept: string;
  choose(file: File): void;
}): JSX.Element {
  const { label, note, accept, choose } = props;
  return (
    <Labelled label={label} note={note}>
      <input
        type="file"
        accept={accept}
        onChange={({ target }) => target.files?.[0] && choose(target.files[0])}
      />
    </Labelled>
  );
}

/** A table whose first cells name its rows; it scrolls in itself. */
export function Rows(props: {
  label: string;
  heads?: React.ReactNode[];
  rows: { key: string; cells: React.ReactNode[]; chosen?: boolean }[];
  /** The columns with numbers. */
  numbers?: number[];
  /** The column that names the row. */
  named?: number;
}): JSX.Element {
  const { label, heads, rows, numbers = [], named = 0 } = props;
  const tone = (i: number) => (numbers.includes(i) ? 'codegym-mod-number' : undefined);
  return (
    <div className="codegym-Class-scroll" role="group" aria-label={label} tabIndex={0}>
      <table className="codegym-Table" aria-label={label}>
        {heads && (
          <thead>
            <tr>
              {heads.map((head, i) =>
                head ? (
                  <th key={i} scope="col" className={tone(i)}>
                    {head}
                  </th>
                ) : (
                  <td key={i}></td>
                )
              )}
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map(({ key, cells, chosen }) => (
            <tr key={key} aria-selected={chosen}>
              {cells.map((cell, i) =>
                i === named ? (
                  <th key={i} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={i} className={tone(i)}>
                    {cell}
                  </td>
                )
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A list of which one is chosen, by arrows, Home and End. */
export function Options(props: {
  label: string;
  items: { key: string; body: React.ReactNode }[];
  chosen: string;
  choose(key: string): void;
}): JSX.Element {
  const { label, items, chosen, choose } = props;
  const at = items.findIndex(one => one.key === chosen);
  const id = React.useId();
  const onKey = (event: React.KeyboardEvent) => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      choose(items[Math.min(Math.max(to, 0), items.length - 1)].key);
    }
  };
  return (
    <ul
      role="listbox"
      aria-label={label}
      aria-activedescendant={`${id}-${at}`}
      tabIndex={0}
      onKeyDown={onKey}
    >
      {items.map(({ key, body }, i) => (
        <li
          key={key}
          id={`${id}-${i}`}
          role="option"
          aria-selected={key === chosen}
          onClick={() => choose(key)}
        >
          {body}
        </li>
      ))}
    </ul>
  );
}

/** An answer with some of its lines marked. */
export function Source(props: { label: string; source: string; lines: number[] }): JSX.Element {
  return (
    <pre tabIndex={0} dir="ltr" aria-label={props.label}>
      {props.source.split('\n').map((line, i) => (
        <div key={i} className={props.lines.includes(i + 1) ? 'codegym-mod-here' : undefined}>
          {line || ' '}
        </div>
      ))}
    </pre>
  );
}

/** A box beside the list, about one thing. */
export function Panel(props: { title: string; note?: string; children: React.ReactNode }): JSX.Element {
  const id = React.useId();
  return (
    <section className="codegym-Panel" aria-labelledby={id}>
      <h3 id={id}>
        {props.title} {props.note && <span className="codegym-Meta">{props.note}</span>}
      </h3>
      {props.children}
    </section>
  );
}

/** A button that does the main thing, or one of the others. */
export function Do(props: {
  act(): void;
  main?: boolean;
  disabled?: boolean;
  children: React.ReactNode;
}): JSX.Element {
  return (
    <button
      type="button"
      className={props.main ? 'codegym-Button codegym-mod-accept' : 'codegym-Chip'}
      aria-disabled={props.disabled || undefined}
      onClick={() => !props.disabled && props.act()}
    >
      {props.children}
    </button>
  );
}
