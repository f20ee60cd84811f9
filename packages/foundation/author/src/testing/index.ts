export { generatedProject } from './generated-project.ts'
export { readingOf, refTo } from './reading.ts'
export { type TypeCheck, typeCheck } from './type-check.ts'
