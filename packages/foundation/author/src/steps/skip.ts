/** What `skip` throws: the attempt ends as skipped, and the tasks below follow their trigger rules. */
export class Skip extends Error {
  override readonly name = 'SluiceSkip'
}

/** Ends the running task as skipped. */
export function skip(reason: string): never {
  throw new Skip(reason)
}
