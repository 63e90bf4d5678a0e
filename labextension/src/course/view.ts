import { CommandRegistry } from '@lumino/commands';

import { IServer } from '../tokens';
import { Courses } from './model';

/** What every view of the sidebar is given. */
export interface IViewProps {
  model: Courses;
  server: IServer;
  commands: CommandRegistry;
}
