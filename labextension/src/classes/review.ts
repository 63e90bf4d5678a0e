import { IProposal, IReview } from './records';

/** What was typed for one answer and is not saved. Points are texts, as they are typed. */
export interface IMarksDraft {
  /** By line of the rubric; under the empty text where there is none. */
  points: Readonly<Record<string, string>>;
  /** Lines whose points are a model's, accepted as they are. */
  accepted: readonly string[];
  /** Lines whose draft is not wanted. */
  refused: readonly string[];
  comment: string;
  why: string;
  allowLower: boolean;
}

/** Marks stand, and are not those that wait for another marker's. */
export function recorded(review: IReview): boolean {
  return review.points !== null && review.state === 'judged';
}

/** Marks of who looks are wanted. */
export function waits(review: IReview): boolean {
  return review.points === null && !settled(review);
}

/** Two people marked it, and who looks is not the one to change what came of that. */
export function settled({ markers }: IReview): boolean {
  return markers !== null && !markers.decides && ['differ', 'done'].includes(markers.stage);
}

/** The fields for points: a line of the rubric each, or one of its own, without an id. */
export function fields(review: IReview): { id: string; text: string; most: number }[] {
  if (!review.rubric.length) {
    return review.to_give ? [{ id: '', text: '', most: review.to_give }] : [];
  }
  return review.rubric.map(({ id, text, max_points }) => ({ id, text, most: max_points }));
}

/** What a model's draft says of a line of the rubric; null: there is no draft. */
export function proposal(review: IReview, line: string): IProposal | null {
  return review.draft?.lines.find(one => one.id === line) ?? null;
}

export function given(review: IReview): IMarksDraft {
  const points: Record<string, string> = {};
  for (const { id, points: got } of review.rubric) {
    points[id] = got === null ? '' : String(got);
  }
  if (!review.rubric.length) {
    points[''] = review.points === null ? '' : String(review.points);
  }
  return {
    points,
    accepted: review.accepted,
    refused: [],
    comment: review.comment,
    why: '',
    allowLower: false
  };
}

export function numberOf(text: string | undefined): number {
  return text?.trim() ? Number(text) : NaN;
}

export function bodyOf(review: IReview, draft: IMarksDraft): object {
  const items = review.rubric.map(({ id }) => ({ id, points: numberOf(draft.points[id]) }));
  const alone = review.to_give ? numberOf(draft.points['']) : null;
  const points = review.rubric.length ? { items } : { points: alone };
  const { accepted, comment, why, allowLower } = draft;
  return { ...points, accepted, comment, why: why.trim(), allow_lower: allowLower };
}
