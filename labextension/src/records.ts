/**
 * What crosses the wire between the server and this page. The shapes of the HTTP API and of the stream are
 * generated (`api.ts`, by `npm run api`) and named here; a judgement's are written here, after its own JSON Schema.
 */
import { components } from './api';

type Shapes = components['schemas'];
/** The shape of that name; the page does without the keys `Spare`. */
type Shape<Name extends keyof Shapes, Spare extends keyof Shapes[Name] = never> = Omit<Shapes[Name], Spare> &
  Partial<Pick<Shapes[Name], Spare>>;

export const JUDGEMENT_MIME = 'application/vnd.codegym.judgement+json';

export type Verdict = 'AC' | 'WA' | 'TLE' | 'RTE' | 'CE' | 'MLE' | 'OLE' | 'SV' | 'JE';
export type Kind = 'try' | 'submit';
export type State = 'judged' | 'waiting' | 'cancelled' | 'parked' | 'awaiting_review';
/** How an answer is given. */
export type AnswerKind = Shapes['Exercise']['answer'];
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

export type INotice = Shape<'Notice', 'args'>;
export type IAttempts = Shapes['Attempts'];

/** Where a wrong answer is wrong, as far as it may be told. */
export type IDiagnosis = Shapes['Diagnosis'];

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
  answer?: AnswerKind;
  /** Of code with gaps: which of them are as they should be. */
  gaps?: boolean[] | null;
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

/** `kept_here`: in this browser, and never from the server. */
export type ExerciseStatus = Shapes['Exercise']['status'] | 'kept_here';
type Exercise = Shape<
  'Exercise',
  | 'answer'
  | 'bonus'
  | 'picture'
  | 'tried_at'
  | 'submitted_at'
  | 'score'
  | 'counts'
  | 'counting'
  | 'late_s'
  | 'attempts'
  | 'tries'
  | 'count'
  | 'hints'
  | 'due'
  | 'late'
  | 'opens'
  | 'team'
  | 'excused'
  | 'dropped'
>;
export type IExercise = Omit<Exercise, 'status'> & { status: ExerciseStatus };
export type IPicture = Shapes['WantedPicture'];
export type IOutcome = Shapes['Outcome'];
export type ILesson = Shapes['Lesson'];
export type IUnit = Omit<Shapes['Unit'], 'exercises'> & { exercises: IExercise[] };
export type ICourse = Shape<'CourseFacts', 'language' | 'description'>;
export type IKernelChoice = Shapes['KernelChoice'];
export type ICoursePage = Omit<Shape<'CoursePage', 'time_zone' | 'kernel' | 'person'>, 'units' | 'course'> & {
  course: ICourse;
  units: IUnit[];
};
export type ICourseRow = Shape<'CourseRow', 'language' | 'description' | 'errors' | 'folder' | 'time_zone'>;
export type ICatalogue = Omit<Shape<'Catalogue', 'errors' | 'sandbox' | 'version'>, 'courses'> & {
  courses: ICourseRow[];
};
export type IBrought = Omit<Shapes['Brought'], 'notices'> & { notices: INotice[] };
export type IOpened = Omit<Shapes['Opened'], 'notices'> & { notices: INotice[] };

/** A cell above the answer, as it is sent. */
export type ISentCell = Required<Shapes['Cell']>;
export type ISubmissionBody = Shapes['SubmissionRequest'];
export type Bundle = Record<string, unknown>;
export type ISubmitted = {
  submission: Omit<Shape<'Submission', 'not_before' | 'claimed_at'>, 'kind'> & { kind: Kind };
  judgement: IJudgement | null;
  bundle: Bundle | null;
  exercise: IExercise | null;
};
export type ILadder = Omit<Shapes['Hints'], 'next'> & { next: Shape<'NextHint', 'say_back'> | null };

/** Who answers a question, in the order in which they are asked; after them come the course's own hints. */
export type IAnswerer = Shape<'Answerer', 'share' | 'bytes' | 'pace' | 'note' | 'pulls'>;
/** One line of what is told while a model is fetched. */
export type PullEvent = Shapes['PullPulling'] | Shapes['PullDone'] | Shape<'PullError', 'details'>;
/** What the tutor said to one message. */
export type IReply = Shape<'TutorReply', 'title' | 'by' | 'note' | 'line' | 'rung' | 'choices'>;
export type ITurn = Omit<Shape<'Turn', 'thumb'>, 'reply'> & { reply: IReply | null };
/** A conversation about one exercise, as it is kept. */
export type IConversation = Omit<Shapes['Conversation'], 'turns' | 'earlier' | 'answerers'> & {
  turns: ITurn[];
  earlier?: ITurn[];
  answerers: IAnswerer[];
};
/** What of a student's work goes with a question to a person. */
export type Share = NonNullable<Shapes['TicketRequest']['share']>[number];
/** A question to a person, and what that person said. */
export type ITicket = Shapes['Ticket'];
/** What is asked, and what the notebook shows beside it: quoted, never believed. */
export type IQuestion = Shapes['QuestionRequest'];
export type Wish = NonNullable<IQuestion['wants']>;
/** One line of an answer as it comes. */
export type TalkEvent =
  | Shapes['TalkStatus']
  | Shapes['TalkPiece']
  | Shapes['TalkAgain']
  | { type: 'done'; turn: ITurn }
  | Shape<'PullError', 'details'>;

type JudgementMessage = Pick<Shapes['JudgementMessage'], 'type' | 'course' | 'tab'> &
  Omit<ISubmitted, 'submission'> & { submission: Pick<Shapes['Submission'], 'id' | 'state'> };
type ProgressMessage = Omit<Shapes['ProgressMessage'], 'exercise'> & { exercise?: IExercise | null };
export type StreamMessage =
  | JudgementMessage
  | ProgressMessage
  | Shapes['CourseMessage']
  | Shapes['ClassMessage']
  | Shapes['TicketMessage']
  | Shapes['DraftMessage'];

export type IAuthorUnit = Shapes['AuthorUnit'];
export type IAuthorSchema = Shapes['AuthorSchema'];
export type IAuthorPreview = Shapes['AuthorPreview'];
export type IAuthorError = Shapes['AuthorError'];
export type IAuthorFinding = Shapes['Finding'];
export type IAuthorChecked = Shapes['AuthorChecked'];
export type AuthorCheckEvent = Shapes['CheckEvent'];
