export { generatedProject } from './generated-project.ts'
export { type TypeCheck, typeCheck } from './type-check.ts'
