import { authorPlugin } from './plugins/author';
import { awayPlugin, dialogsPlugin } from './plugins/away';
import { chatPlugin } from './plugins/chat';
import { classesPlugin } from './plugins/classes';
import { coursePlugin } from './plugins/course';
import { draftsPlugin } from './plugins/drafts';
import { gradingPlugin } from './plugins/grading';
import { kernelPlugin } from './plugins/kernel';
import { serverPlugin } from './plugins/server';
import { tutorPlugin } from './plugins/tutor';
import { yamlPlugin } from './plugins/yaml';

export default [
  serverPlugin,
  awayPlugin,
  dialogsPlugin,
  coursePlugin,
  kernelPlugin,
  tutorPlugin,
  gradingPlugin,
  chatPlugin,
  classesPlugin,
  draftsPlugin,
  authorPlugin,
  yamlPlugin
];
