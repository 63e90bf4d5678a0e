import { awayPlugin } from './plugins/away';
import { coursePlugin } from './plugins/course';
import { gradingPlugin } from './plugins/grading';
import { kernelPlugin } from './plugins/kernel';
import { serverPlugin } from './plugins/server';
import { tutorPlugin } from './plugins/tutor';

export default [serverPlugin, awayPlugin, coursePlugin, kernelPlugin, tutorPlugin, gradingPlugin];
