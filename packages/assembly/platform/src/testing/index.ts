export { acquireLock } from '../state/lock.ts'
export { type PlatformFolder, platformFolder } from './platform-folder.ts'
