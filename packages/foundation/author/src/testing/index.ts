export { testAttempt } from './attempt.ts'
export { generatedProject } from './generated-project.ts'
export { refTo, testReading } from './reading.ts'
export { type TypeCheck, typeCheck } from './type-check.ts'
