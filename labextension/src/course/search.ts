import { ICoursePage, IExercise } from '../records';

/** An exercise that was found, and where in its title the words stand, as [start, end). */
export interface IHit {
  course: string;
  unit: string;
  exercise: IExercise;
  marks: [number, number][];
  /** The concepts that were meant, where it is not the title. */
  concepts: string[];
}

export interface IHitGroup {
  course: string;
  unit: string;
  hits: IHit[];
}

/** Exercises whose title, concepts or id hold every word, grouped by course and unit, in course order. */
export function search(pages: ICoursePage[], query: string): IHitGroup[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) {
    return [];
  }
  return pages.flatMap(page =>
    page.units
      .map(unit => ({
        course: page.course.title,
        unit: unit.title,
        hits: unit.exercises
          .filter(exercise => matches(exercise, words))
          .map(exercise => ({
            course: page.course.id,
            unit: unit.id,
            exercise,
            marks: marks(exercise.title, words),
            concepts: meant(exercise, words)
          }))
      }))
      .filter(group => group.hits.length > 0)
  );
}

function matches(exercise: IExercise, words: string[]): boolean {
  const text = [exercise.title, exercise.id, ...exercise.concepts].join('\n').toLocaleLowerCase();
  return words.every(word => text.includes(word));
}

function meant({ title, concepts }: IExercise, words: string[]): string[] {
  const missing = words.filter(word => !title.toLocaleLowerCase().includes(word));
  return concepts.filter(concept => missing.some(word => concept.toLocaleLowerCase().includes(word)));
}

/** Where the words stand in the title, merged and in order. */
export function marks(title: string, words: string[]): [number, number][] {
  const text = title.toLocaleLowerCase();
  const found: [number, number][] = [];
  for (const word of words) {
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      found.push([at, at + word.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  return found.reduce<[number, number][]>((merged, [from, to]) => {
    const last = merged[merged.length - 1];
    if (last && from <= last[1]) {
      last[1] = Math.max(last[1], to);
    } else {
      merged.push([from, to]);
    }
    return merged;
  }, []);
}
