export { codeFrame } from './code-frame.ts'
export { discoverProjects, type ProjectLocation } from './discover-projects.ts'
export { type LoadedProject, loadProject } from './load-project.ts'
export { pruneVersions } from './versions.ts'
