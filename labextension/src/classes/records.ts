import { components } from '../api';
import { ITicket } from '../records';

/** A holding of a course for one group, as its staff see it. */
export interface IClass {
  id: string;
  course: string;
  title: string;
  term: string;
  time_zone: string;
}

/** The questions about one exercise. */
export interface IAskedExercise {
  exercise: string;
  title: string;
  /** Null: the course has it no more. */
  unit: string | null;
  turns: number;
  intents: Record<string, number>;
  helped: number;
  unhelped: number;
  withheld: number;
  by_llm: number;
  /** The median of those who had any. */
  hints: number | null;
  /** How many hints → how many people had so many. */
  rungs: Record<string, number>;
  /** The median of seconds from a question to the person's next accepted answer. */
  accepted_after_s: number | null;
}

/** What a class asks the tutor. */
export interface IAsked {
  turns: number;
  helped: number;
  unhelped: number;
  withheld: number;
  waiting: number;
  intents: Record<string, number>;
  exercises: IAskedExercise[];
  units: { unit: string; title: string }[];
  sections: string[];
  accepted_after_s: number | null;
}

/** Answers of one kind of mistake at one place, of which the shortest is shown. */
export type IWrongCluster = components['schemas']['WrongCluster'];
export type IWrongAnswers = components['schemas']['WrongAnswers'];

/** A turn of which something was not shown. */
export interface IWithheldTurn {
  id: string;
  person: string;
  exercise: string;
  title: string;
  asked_at: string;
  message: string;
  shown: string | null;
  llm: string | null;
  withheld: { agent?: string; leaks?: string; why?: string; text?: string }[];
}

/** A question to a person, as that person sees it. */
export interface IClassTicket extends Omit<ITicket, 'shared'> {
  person: string;
  account: string | null;
  shared: {
    source?: string;
    hints?: number;
    transcript?: { asked_at: string; message: string; reply: string | null }[];
  };
}

/** A line of a rubric; `points` as they were given, null where nobody gave any. */
export interface IRubricLine {
  id: string;
  text: string;
  max_points: number;
  points: number | null;
}

/** What was handed in, for a person to read and mark. */
export interface IReview {
  submission: string;
  account: string | null;
  team: string | null;
  unit: string;
  exercise: string;
  title: string;
  state: 'awaiting_review' | 'judged';
  received_at: string;
  source: string;
  answer: 'code' | 'text' | 'choice';
  score: number;
  max_score: number;
  passed: number;
  total: number;
  /** The most points that a person gives. */
  to_give: number;
  rubric: IRubricLine[];
  points: number | null;
  comment: string;
}
