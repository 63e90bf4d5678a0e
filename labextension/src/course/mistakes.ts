import { ICourseRow } from '../records';
import type { Courses } from './model';
import { courseError, ICourseError } from './words';

/** What is wrong with a course's files; known to its staff alone. */
export function mistakesOf(model: Courses, course: string): ICourseError[] {
  return (rowOf(model, course)?.errors ?? []).map(courseError);
}

/** The path of the file that holds a mistake, where Lab can open it. */
export function sourceOf(model: Courses, course: string, { file, line }: ICourseError): string | null {
  const folder = rowOf(model, course)?.folder ?? null;
  return folder === null || line === null ? null : folder === '.' ? file : `${folder}/${file}`;
}

/** Opens the file of a mistake at its line. */
export async function mend(model: Courses, course: string, mistake: ICourseError): Promise<void> {
  const path = sourceOf(model, course, mistake);
  if (path !== null) {
    await model.sourceOpener?.(path, mistake.line!);
  }
}

function rowOf(model: Courses, course: string): ICourseRow | undefined {
  return model.catalogue?.courses.find(one => one.id === course);
}
