export { type Close, type Closers, closers } from './closers.ts'
export { type Once, once } from './once.ts'
export { isAlive, isSameProcess, markLives, ownMark, processMark } from './process-mark.ts'
export { createFile, type FileOptions, replaceFile } from './publish-file.ts'
