import { queryErrors, type SluiceError } from '@sluice/core'

/** Who asks for a turn. */
export interface Person {
  readonly name: string
  /** May also take the turns that are kept for those who put things right. */
  readonly mayGoFirst: boolean
}

export interface TurnsOptions {
  /** Turns at once, of all. */
  readonly all: number
  /** More turns, for those who may go first. */
  readonly kept: number
  /** Turns at once of one person. */
  readonly each: number
  /** How many of one person may wait; one more is refused. */
  readonly waiting: number
  /** Milliseconds after which one who waits is refused too: before the proxy, or the client, that holds the connection gives up. */
  readonly waitingMs: number
}

/** As many queries as the machine that most have is enough for: a process of the lake or a session of a warehouse each. */
export const usualTurns: TurnsOptions = { all: 4, kept: 1, each: 2, waiting: 10, waitingMs: 30_000 }

/** Turns at something that few can do at once, fairly: nobody who asks often keeps others from it. */
export interface Turns {
  /**
   * Resolves when it is their turn; the turn lasts until it is disposed of.
   * @throws `query.busy` at once, where too many of theirs wait, and after `waitingMs`
   */
  take(person: Person, signal?: AbortSignal): Promise<Disposable>
}

interface Held {
  readonly person: Person
}

/** Of those that wait, in the order in which they came, the one whose turn it is: of the person who has the fewest, the first. Pure. */
export function whoseTurn<Waiter extends Held>(
  waiting: readonly Waiter[],
  running: readonly Held[],
  { all, kept, each }: Pick<TurnsOptions, 'all' | 'kept' | 'each'>,
): Waiter | undefined {
  const has = (name: string): number => running.filter(({ person }) => person.name === name).length
  const may = waiting.filter(({ person }) => has(person.name) < each && running.length < (person.mayGoFirst ? all + kept : all))
  const fewest = Math.min(...may.map(({ person }) => has(person.name)))
  return may.find(({ person }) => has(person.name) === fewest)
}

export function createTurns(options: TurnsOptions): Turns {
  const running: Held[] = []
  const waiting: (Held & { readonly begin: () => void })[] = []

  function next(): void {
    for (let found = whoseTurn(waiting, running, options); found !== undefined; found = whoseTurn(waiting, running, options)) {
      waiting.splice(waiting.indexOf(found), 1)
      running.push(found)
      found.begin()
    }
  }

  return {
    take: (person, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted()
        const own = waiting.filter((each) => each.person.name === person.name).length
        if (own >= options.waiting) return reject(busy(options.each, own, waiting.length))
        const leave = (reason: unknown): void => {
          settled()
          waiting.splice(waiting.indexOf(held), 1)
          reject(reason)
        }
        const gone = (): void => leave(signal?.reason)
        const late = setTimeout(() => leave(busy(options.each, own + 1, waiting.length)), options.waitingMs)
        const settled = (): void => {
          clearTimeout(late)
          signal?.removeEventListener('abort', gone)
        }
        const held = {
          person,
          begin() {
            settled()
            resolve({
              [Symbol.dispose]() {
                const at = running.indexOf(held)
                if (at < 0) return
                running.splice(at, 1)
                next()
              },
            })
          },
        }
        signal?.addEventListener('abort', gone, { once: true })
        waiting.push(held)
        next()
      }),
  }
}

const busy = (each: number, own: number, all: number): SluiceError =>
  queryErrors.busy(`${each} of your queries run and ${own} wait; with those of others ${all} wait`, {
    facts: { waiting: all },
    retryAfterMs: 5_000,
    next: 'Wait for one of them, or end one: a query ends when whoever asked it stops listening.',
  })
