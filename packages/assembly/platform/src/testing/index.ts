export { type PlatformFolder, platformFolder } from './platform-folder.ts'
