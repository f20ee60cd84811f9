export { acquireLock } from '../state/lock.ts'
export { type PlatformFolder, platformFolder, rootProjectFolder } from './platform-folder.ts'
