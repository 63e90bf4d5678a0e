import React from 'react';

import { StaffServer } from '../tokens';
import { IClass } from './records';
import { Choice, Do, Labelled, Problem } from './tab';

/** A class of a course for one term, made by an admin; its people come after it. */
export function NewClass(props: {
  server: StaffServer;
  /** Why it could not be made; null: it is there. */
  make(asked: IClass): Promise<string | null>;
}): JSX.Element {
  const { api, announcer, trans } = props.server;
  const box = React.useRef<HTMLDetailsElement>(null);
  const [courses, setCourses] = React.useState<{ id: string; title: string }[]>([]);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [form, setForm] = React.useState({ id: '', course: '', title: '', term: '', time_zone: zone });
  const [problem, setProblem] = React.useState<string | null>(null);
  const derived = `${form.course}-${form.term}`.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  const id = form.id || derived.slice(0, 100);
  const read = async () => {
    const found = (await api.catalogue().catch(() => null))?.courses ?? [];
    setCourses(found);
  };
  const make = async () => {
    const why = await props.make({ ...form, id, term: form.term.trim() });
    setProblem(why);
    if (!why) {
      announcer.say(trans.__('The class is created. Add its people next.'));
      box.current!.open = false;
    }
  };
  const field = (name: 'title' | 'term' | 'time_zone' | 'id', label: string, value: string) => (
    <Labelled label={label}>
      <input
        value={value}
        maxLength={200}
        onChange={event => setForm({ ...form, [name]: event.target.value })}
      />
    </Labelled>
  );
  const choose = (course: string) =>
    setForm({ ...form, course, title: courses.find(one => one.id === course)?.title ?? course });
  return (
    <details ref={box} onToggle={event => event.currentTarget.open && void read()}>
      <summary>{trans.__('New class')}</summary>
      <div className="codegym-Class-filters">
        <Choice label={trans.__('Course')} value={form.course} change={choose}>
          <option value=""></option>
          {courses.map(one => (
            <option key={one.id} value={one.id}>
              {one.title}
            </option>
          ))}
        </Choice>
        {field('title', trans.__('Title'), form.title)}
        {field('term', trans.__('Term'), form.term)}
        {field('time_zone', trans.__('Time zone'), form.time_zone)}
        {field('id', trans.__('Short name'), id)}
        <Do main disabled={!form.course || !form.term.trim()} act={() => void make()}>
          {trans.__('Create the class')}
        </Do>
      </div>
      <Problem problem={problem} trans={trans} />
    </details>
  );
}
