import React from 'react';

import { Glyph } from '../pieces';
import { ITab } from './tab';

export function roleName(role: string, { trans }: ITab): string {
  const names: Record<string, string> = {
    student: trans.__('student'),
    grader: trans.__('grader'),
    instructor: trans.__('instructor')
  };
  return names[role] ?? role;
}

/** What instructors may do; to a grader it says whom it is for. */
export function ForInstructors(props: {
  tab: Pick<ITab, 'trans' | 'grader'>;
  children: React.ReactNode;
}): JSX.Element {
  const { trans, grader } = props.tab;
  return grader ? (
    <p className="codegym-Class-problem">
      <Glyph shape="lock" tone="grey" />
      <span>
        <b>{trans.__('For instructors.')}</b> {trans.__('You are a grader of this class.')}
      </span>
    </p>
  ) : (
    <>{props.children}</>
  );
}
