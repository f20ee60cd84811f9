export { temporaryRoot } from './temporary-root.ts'
