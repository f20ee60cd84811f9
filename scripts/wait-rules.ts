export interface SourceText {
  readonly path: string
  readonly text: string
}

/**
 * The modules that wait for a promise at their top. V8 ends the whole process where a thread is terminated in the moment in which such a
 * module goes on (`AsyncModuleExecutionFulfilled` looks for a handle that a terminated isolate does not give), and no module knows whether
 * a thread imports it. Those that a process begins with are named `main.ts` or `*-process.ts`. Code is formatted: what stands at a top
 * begins its line.
 */
export const waitFaults = (files: readonly SourceText[]): readonly string[] =>
  files
    .filter(({ path }) => !/(?:^|\/)main\.ts$|-process\.ts$/.test(path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => (waits.test(line) ? [`${path}:${at + 1} waits for a promise`] : [])),
    )

const waits = /^(?![\s/*])(?:(?!=>|function).)*\bawait\b/
