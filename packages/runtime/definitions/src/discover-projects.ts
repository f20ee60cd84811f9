/** What `loadProject` needs to know of a project. */
export interface ProjectLocation {
  readonly root: string
  readonly projectDir: string
  readonly stateDir: string
}

/** The projects of the platform's `Settings`, in the form that `loadProject` takes. */
export const discoverProjects = (settings: {
  readonly root: string
  readonly stateDir: string
  readonly projects: readonly { readonly dir: string }[]
}): readonly ProjectLocation[] =>
  settings.projects.map(({ dir }) => ({ root: settings.root, projectDir: dir, stateDir: settings.stateDir }))
