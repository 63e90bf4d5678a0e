import { components } from '../api';

type Schemas = components['schemas'];

/** A holding of a course for one group, as its staff see it. */
export type IClass = Pick<Schemas['Class'], 'id' | 'course' | 'title' | 'term' | 'time_zone'>;
/** A class by its title and term. */
export const titleOf = (one: Pick<IClass, 'title' | 'term'>): string =>
  [one.title, one.term].filter(Boolean).join(' · ');
export type IClasses = { classes: IClass[]; admin: boolean };
/** The questions about one exercise. */
export type IAskedExercise = Schemas['ExerciseQuestions'];
/** What a class asks the tutor. */
export type IAsked = Schemas['ClassQuestions'];
/** Answers of one kind of mistake at one place, of which the shortest is shown. */
export type IWrongCluster = Schemas['WrongCluster'];
export type IWrongAnswers = Schemas['WrongAnswers'];
/** What was handed in, for a person to read and mark. */
export type IReview = Schemas['Review'];
export type IReviews = Schemas['Reviews'];
/** Of a line of the rubric: what a model drafts. */
export type IProposal = Schemas['DraftedLine'];
/** How two markers stand to one answer. */
export type IMarkers = Schemas['Markers'];

/** A turn of which something was not shown. */
export interface IWithheldTurn extends Omit<Schemas['WithheldTurn'], 'withheld'> {
  withheld: { agent?: string; leaks?: string; why?: string; text?: string }[];
}

/** A question to a person, as that person sees it. */
export interface IClassTicket extends Omit<Schemas['ClassTicket'], 'shared'> {
  shared: {
    source?: string;
    hints?: number;
    transcript?: { asked_at: string; message: string; reply: string | null }[];
  };
}
