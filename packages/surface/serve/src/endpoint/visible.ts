/** Projects that somebody may see: all of them, also those to come, or these. */
export type Visible = 'all' | readonly string[]

export const sees = (projects: Visible, project: string): boolean => projects === 'all' || projects.includes(project)

/** The projects that a list is about: those that its reader may see, or of them the one that they name. Undefined: every project. */
export function among(projects: Visible, named: string | undefined): readonly string[] | undefined {
  if (named === undefined) return projects === 'all' ? undefined : projects
  return sees(projects, named) ? [named] : []
}
