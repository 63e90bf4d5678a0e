/**
 * What crosses the wire between the server and this page: the JSON of the HTTP API, of the stream
 * and of `application/vnd.codegym.judgement+json`. Pure types; nothing here is computed.
 */

export const JUDGEMENT_MIME = 'application/vnd.codegym.judgement+json';

export type Verdict = 'AC' | 'WA' | 'TLE' | 'RTE' | 'CE' | 'MLE' | 'OLE' | 'SV' | 'JE';
export type Kind = 'try' | 'submit';
export type State = 'judged' | 'waiting' | 'cancelled' | 'parked' | 'awaiting_review';
export type CheckStatus = 'passed' | 'not_passed' | 'stopped' | 'not_run';

/** One line of a student's code in a traceback; `cell` is `answer` or the name of a cell above. */
export interface IFrame {
  cell: string;
  line: number;
  function: string;
  text: string;
}

export interface IFailure {
  type: string;
  message: string;
  line: number | null;
  cell: string | null;
  frames: IFrame[];
  excerpt?: { line: number; text: string; here?: boolean }[];
}

export type Diff =
  | { kind: 'value'; expected: string; got: string }
  | { kind: 'type'; expected: string; got: string; expected_type: string; got_type: string }
  | {
      kind: 'item';
      path: string;
      expected: string | null;
      got: string | null;
      whole_expected?: string | null;
      whole_got?: string | null;
    }
  | { kind: 'lines'; lines: IPrintedLine[] }
  | { kind: 'table'; columns: string[]; rows: ITableRow[]; more?: number }
  | { kind: 'raises'; expected: string; got: string | null; value?: string | null }
  | { kind: 'unsupported'; type: string };

export interface IPrintedLine {
  n: number;
  expected: string | null;
  got: string | null;
  same?: boolean;
}

export interface ITableRow {
  index: string;
  cells: { column: string; expected: string | null; got: string | null }[];
}

/** A sample check, or a hidden one of which only label, verdict, status and the author's message come. */
export interface ICheck {
  label: string;
  hidden: boolean;
  verdict: Verdict | null;
  status: CheckStatus;
  message?: string | null;
  expected?: string | null;
  got?: string | null;
  diff?: Diff | null;
  stdout?: string | null;
  failure?: IFailure | null;
}

export interface INotice {
  code: string;
  text: string;
  args?: Record<string, unknown>;
}

export interface IAttempts {
  used: number;
  max: number;
  left: number;
}

/** What a person gave, and wrote to the student. */
export interface IMarks {
  points: number;
  max_points: number;
  /** By line of the rubric; none where there is no rubric. */
  lines: { text: string; points: number; max_points: number }[];
  comment: string;
}

/** A judgement as its student may see it. */
export interface IJudgement {
  schema: number;
  submission: string;
  course: string;
  exercise: string;
  title: string;
  language?: string | null;
  kind: Kind;
  state: State;
  verdict: Verdict | null;
  score: number | null;
  max_score: number;
  passed: number;
  total: number;
  samples_only?: boolean;
  limit?: { seconds?: number; memory_mb?: number; output_kb?: number } | null;
  failure?: IFailure | null;
  violation?: string | null;
  checks: ICheck[];
  hidden_not_run?: number;
  stdout?: string | null;
  notices: INotice[];
  attempts?: IAttempts | null;
  counts?: boolean | null;
  /** Where a person has marked it. */
  marks?: IMarks | null;
  late?: { seconds: number } | null;
  received_at?: string | null;
  judged_at?: string | null;
  ahead?: number | null;
  wait_s?: number | null;
  /** While it waits its turn: when it is checked. */
  not_before?: string | null;
  /** When there is more to see. */
  shown_after?: string | null;
}

/** `kept`: stored on the server and not judged yet; `kept_here`: in this browser, and never from the server. */
export type ExerciseStatus =
  | 'not_started'
  | 'tried'
  | 'submitted'
  | 'kept'
  | 'locked'
  | 'closed'
  | 'awaiting_review'
  | 'kept_here';

export interface IExercise {
  id: string;
  title: string;
  points: number;
  concepts: string[];
  status: ExerciseStatus;
  tried_at?: string | null;
  submitted_at?: string | null;
  score?: number | null;
  max_score: number;
  counts?: boolean;
  counting?: { score: number | null; submitted_at: string | null } | null;
  late_s?: number | null;
  attempts?: IAttempts | null;
  /** Which of several that were handed in counts. */
  count?: 'best' | 'last';
  hints?: { given: number; total: number };
  due?: string | null;
  opens?: string | null;
  /** Whose answer it is, where a team answers together. */
  team?: string | null;
  marked_by?: string | null;
}

export interface IUnit {
  id: string;
  title: string;
  path: string | null;
  due: string | null;
  opens: string | null;
  locked: boolean;
  done: number;
  /** Exercises in it, also where it is locked and lists none. */
  total: number;
  exercises: IExercise[];
}

export interface ICourse {
  id: string;
  title: string;
  language?: string;
  description?: string;
  contact?: string | null;
}

export interface IKernelChoice {
  name: string;
  why: string;
}

export interface ICoursePage {
  course: ICourse;
  units: IUnit[];
  points: number;
  max_points: number;
  done: number;
  total: number;
  go_on: { unit: string; exercise: string } | null;
  /** The offering's; null: the reader's own. */
  time_zone?: string | null;
  /** The kernel on which its notebooks are opened; `why` where it is the plain one. */
  kernel?: IKernelChoice;
  person?: { roles: string[] };
}

/** One line of a broken course: `FILE.yaml:LINE: EXERCISE: what is wrong; what to write instead`. */
export interface ICourseError {
  file: string;
  line: number | null;
  exercise?: string | null;
  problem: string;
  mend?: string | null;
}

export interface ICourseRow {
  id: string;
  title: string;
  language?: string;
  description?: string;
  broken: boolean;
  errors?: (ICourseError | string)[];
  exercises: number;
  done: number;
  points: number;
  max_points: number;
  next_due: string | null;
  time_zone?: string | null;
  state: 'not_started' | 'started' | 'done';
}

export interface ICatalogue {
  courses: ICourseRow[];
  /** For staff: what is wrong with the file that lists the courses. */
  errors?: (ICourseError | string)[];
  sandbox?: { level: string; why: string };
  place: 'local' | 'binder' | 'class';
  version?: string;
}

export interface IOpened {
  path: string;
  created: boolean;
  notices: INotice[];
  kernel: string;
}

/** A cell above the answer, as it is sent. */
export interface ISentCell {
  source: string;
  id: string;
  role: string | null;
  exercise: string | null;
}

export interface ISubmissionBody {
  course: string;
  exercise: string;
  kind: Kind;
  source: string;
  cells: ISentCell[];
  idempotency_key: string;
  claimed_at: string;
}

export type Bundle = Record<string, unknown>;

export interface ISubmitted {
  submission: { id: string; state: State; kind: Kind; received_at: string; not_before?: string | null };
  judgement: IJudgement | null;
  bundle: Bundle | null;
  exercise: IExercise | null;
}

export interface ILadder {
  given: { rung: number; text: string }[];
  total: number;
  /** `say_back`: the student first tells the hints in own words, in the tutor. */
  next: { ready: boolean; wait_s: number; cost: number; say_back?: boolean } | null;
}

/** Who answers a question, in the order in which they are asked; after them come the course's own hints. */
export interface IAnswerer {
  name: string;
  /** `tried`: its last answer failed, it is asked again; `absent`: it must be fetched first. */
  state: 'ready' | 'answering' | 'tried' | 'pulling' | 'absent' | 'away' | 'unknown';
  /** While it is fetched: the share that is here, 0 to 1. */
  share?: number | null;
  bytes?: { done: number; total: number } | null;
  /** Of its last answer: seconds to the first word, tokens a second after it. */
  pace?: { first_s: number; tokens_s: number | null } | null;
  /** For staff: what is wrong, and what to do. */
  note?: string | null;
  /** This person may fetch it. */
  pulls?: boolean;
}

/** One line of what is told while a model is fetched. */
export type PullEvent =
  | { type: 'pulling'; doing: string; done: number; total: number }
  | { type: 'done'; stopped: boolean }
  | { type: 'error'; code: string; message: string; details?: Record<string, unknown> };

/** What the tutor said to one message. */
export interface IReply {
  agent: string;
  /** Markdown; its code was run before it was sent. */
  text: string;
  /** A short heading: *Remainders*, *Hint 2 of 4*. */
  title?: string | null;
  /** Who wrote it: a model's name, or null where it is the course's own. */
  by?: string | null;
  /** Why it was not who is asked first. */
  note?: string | null;
  /** A line of the answer that it is about. */
  line?: number | null;
  rung?: number | null;
  /** Where it asks back: what could be meant. */
  choices?: { label: string; message: string }[];
}

export interface ITurn {
  id: string;
  message: string;
  /** Null where it was stopped. */
  reply: IReply | null;
  thumb?: -1 | 0 | 1;
}

/** A conversation about one exercise, as it is kept. */
export interface IConversation {
  turns: ITurn[];
  answerers: IAnswerer[];
  /** What the policy lets be asked. */
  tutor: 'full' | 'hints' | 'off';
  /** Who can be written to, where a person is named. */
  contact?: string | null;
}

/** What of a student's work goes with a question to a person. */
export type Share = 'answer' | 'hints' | 'conversation';

/** A question to a person, and what that person said. */
export interface ITicket {
  id: string;
  exercise: string;
  asked_at: string;
  question: string;
  shared: string[];
  answer: string | null;
  answered_at: string | null;
  answered_by: string | null;
}

/** What is asked, and what the notebook shows beside it: quoted, never believed. */
export interface IQuestion {
  message: string;
  source: string;
  last_error: string | null;
  output: string | null;
  /** What a button asks for: nothing is left to guess. */
  wants?: Wish | null;
}

export type Wish = 'hint' | 'explain_error' | 'review';

/** One line of an answer as it comes. */
export type TalkEvent =
  | { type: 'status'; code: 'thinking' | 'trying' }
  | { type: 'piece'; text: string }
  /** What was said so far is void: another one answers from the start. */
  | { type: 'again'; by: string | null }
  | { type: 'done'; turn: ITurn }
  | { type: 'error'; code: string; message: string; details?: Record<string, unknown> };

export type StreamMessage =
  | {
      type: 'judgement';
      course: string;
      submission: { id: string; state: State };
      /** Null where it was stopped. */
      judgement: IJudgement | null;
      bundle: Bundle | null;
      exercise: IExercise | null;
      tab: string;
    }
  | { type: 'progress'; course: string; exercise?: IExercise | null; unit?: string; path?: string }
  | { type: 'course'; course: string }
  | { type: 'ticket'; course: string; ticket: ITicket };
