import { type SluiceError, taskErrors } from '@sluice/core'

type Member = (...args: readonly unknown[]) => unknown

/** What a task is given, until it ends. */
export interface ClosingContext {
  readonly members: object
  /** From here on a call is refused by its name. */
  close(): void
  /**
   * Closes, and waits for the writes that are still at work: their receipts are kept with this attempt, and nothing goes on behind it.
   * @throws `task.unawaited` naming one of them: what came after it in the task's code may not have run
   */
  finish(): Promise<void>
}

/** @param writes the members that write, by name: `lake.land` */
export function closingContext(members: object, task: string, writes: ReadonlySet<string>): ClosingContext {
  const atWork = new Map<Promise<unknown>, string>()
  let closed = false
  const closing =
    (name: string, member: Member): Member =>
    (...args) => {
      if (closed) throw unawaited(`${task} has ended, and calls ${name} all the same`, task, name)
      const answer = member(...args)
      if (writes.has(name) && answer instanceof Promise) {
        const settled = answer.then(done, done)
        atWork.set(settled, name)
        function done(): void {
          atWork.delete(settled)
        }
      }
      return answer
    }
  const wrapped = (value: unknown, name: string): unknown => {
    if (typeof value === 'function') return closing(name, value as Member)
    return isPlain(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, wrapped(each, `${name}.${key}`)])) : value
  }
  return {
    members: Object.fromEntries(Object.entries(members).map(([name, value]) => [name, wrapped(value, name)])),
    close: () => {
      closed = true
    },
    finish: async () => {
      closed = true
      const left = [...atWork.values()]
      await Promise.all(atWork.keys())
      if (left[0] !== undefined) throw unawaited(`${task} ended while ${left[0]} was at work`, task, left[0])
    },
  }
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

const unawaited = (message: string, task: string, call: string): SluiceError =>
  taskErrors.unawaited(message, { facts: { task, call }, next: `Write "await" before ${call}, or return its promise from the task.` })
