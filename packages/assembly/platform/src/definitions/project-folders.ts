import { relative, sep } from 'node:path'
import type { Settings } from '@sluice/settings'

/** Of projects by their names, relative to the folder of the platform, with `/`. */
export const projectFolders = ({ root, projects }: Settings): Readonly<Record<string, string>> =>
  Object.fromEntries(projects.map(({ project, dir }) => [project.name, relative(root, dir).replaceAll(sep, '/')]))
