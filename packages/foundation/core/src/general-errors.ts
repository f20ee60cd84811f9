import { bug, defineError, defineErrors, permanent, retryable } from './define-errors.ts'

/** Errors that every package may throw. Each package defines its own beside them. */
export const bugErrors = defineErrors('bug', {
  unreachable: bug({ about: 'The platform reached a state that should not exist. Please report it with the stack.' }),
})

/** A value that is configured is missing or cannot be used. */
export const configErrors = defineErrors('config', {
  invalid: permanent({
    about: 'A configuration file, an environment variable or a setting holds a value that cannot be used.',
    status: 500,
  }),
  missing: permanent({ about: 'A setting that is needed has no value.', status: 500 }),
  system: permanent({ about: 'Sluice does not run on this operating system or processor.', status: 500 }),
})

export const definitionErrors = defineErrors('definition', {
  invalid: permanent({ about: 'Something that a project declares contradicts itself or cannot be carried out.' }),
  broken: permanent({ about: 'A definition that a run needs can no longer be loaded.' }),
})

export const diskErrors = defineErrors('disk', {
  full: retryable({ about: 'The disk was full. Nothing is half written; the task tries again.' }),
})

/** A value that was given cannot be understood. */
export const inputErrors = defineErrors('input', {
  invalid: permanent({ about: 'A name, a query or a value that was given cannot be understood.' }),
})

/** Rows or a whole dataset broke a rule. */
export const qualityErrors = defineErrors('quality', {
  failed: permanent({ about: 'Rows or a whole dataset broke a check that fails the run.' }),
})

/** Of queries that people type. */
export const queryErrors = defineErrors('query', {
  busy: retryable<{ readonly waiting: number }>({
    about: 'As many queries run and wait already as may at once, of one person or of all.',
    status: 429,
  }),
  memory: permanent<{ readonly limitMb: number }>({ about: 'A query needed more memory than one may have. Its process was ended.' }),
  timeout: permanent<{ readonly limitMs: number }>({ about: 'A query took longer than one may.' }),
  too_large: permanent<{ readonly limitBytes: number }>({ about: 'An answer, or one row of it, is larger than an answer may be.' }),
  lost: retryable({ about: 'The process of a query ended before it had answered.' }),
})

export const requestErrors = defineErrors('request', {
  denied: permanent({ about: 'The caller may not do this.', status: 403 }),
  invalid: permanent({ about: 'A request, or a command line, asks for something that cannot be done as it is written.', status: 400 }),
  throttled: retryable({
    about: 'The caller asks too often, or too much at once. Nothing was done; the same may be asked again later.',
    status: 429,
  }),
  too_large: permanent<{ readonly maxBytes: number }>({ about: 'The body of a request is larger than the server takes.', status: 413 }),
  wrong_method: permanent<{ readonly allow: readonly string[] }>({ about: 'The path is there, and takes other methods.', status: 405 }),
})

export const taskErrors = defineErrors('task', {
  failed: retryable({ about: "The task's own code threw an error." }),
  unawaited: permanent({ about: 'A task ended before a call that it had not awaited. What that call wrote stays, with its receipt.' }),
  output: permanent({ about: 'What the task returned cannot travel to other tasks, or is not what they read.' }),
})

export const notFound = defineError('not_found', permanent({ about: 'There is nothing under this name.', status: 404 }))

/** Closes a union: a new member is a compile error at the call, a stray value at run time is a bug report. */
export function unreachable(value: never): never {
  throw bugErrors.unreachable(`unexpected value ${JSON.stringify(value)}`, { next: 'Please report this with the stack.' })
}
