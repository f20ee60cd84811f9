import { projectsWith } from '@sluice/accounts/grants'
import { queryErrors } from '@sluice/core'
import type { Person, Turns } from '@sluice/process'
import type { Caller } from './caller.ts'

interface Asked {
  readonly caller: Caller
  readonly signal: AbortSignal
}

/** The owner and admins of the platform put things right: a turn is kept for them. */
const personOf = ({ actor, username, grants }: Caller): Person => ({
  name: username ?? actor,
  mayGoFirst: projectsWith(grants, 'admin') === 'all',
})

/** Work that costs as much as its caller says, when it is the caller's turn. */
export async function inTurn<T>(turns: Turns, { caller, signal }: Asked, work: () => Promise<T>): Promise<T> {
  using _ = await turns.take(personOf(caller), signal)
  return await work()
}

/** Whoever takes nothing of their answer for so long has stopped reading: others wait for the turn and for the process behind it. */
const unreadMs = 30_000

/** The same where the answer is a stream: the turn is over when the stream has ended, or nobody reads on. */
export async function streamInTurn<Piece>(
  turns: Turns,
  { caller, signal }: Asked,
  open: () => Promise<AsyncIterable<Piece>>,
  waitMs = unreadMs,
): Promise<AsyncIterable<Piece>> {
  const turn = await turns.take(personOf(caller), signal)
  const end = (): void => turn[Symbol.dispose]()
  signal.addEventListener('abort', end, { once: true })
  try {
    return held(await open(), end, waitMs)
  } catch (thrown) {
    end()
    throw thrown
  }
}

/** A generator would not do: one that is left before its first piece never comes to its end. */
function held<Piece>(pieces: AsyncIterable<Piece>, end: () => void, waitMs: number): AsyncIterable<Piece> {
  const iterator = pieces[Symbol.asyncIterator]()
  let unread: NodeJS.Timeout | undefined
  let isLeft = false
  const give = (): void => {
    isLeft = true
    end()
    void iterator.return?.().catch(() => undefined)
  }
  const next = async (): Promise<IteratorResult<Piece, undefined>> => {
    clearTimeout(unread)
    if (isLeft) throw notRead(waitMs)
    try {
      const { done, value } = await iterator.next()
      if (done !== true) {
        unread = setTimeout(give, waitMs).unref()
        return { done: false, value }
      }
      end()
      return { done: true, value: undefined }
    } catch (thrown) {
      end()
      throw thrown
    }
  }
  const leave = async (): Promise<IteratorResult<Piece, undefined>> => {
    clearTimeout(unread)
    end()
    await iterator.return?.()
    return { done: true, value: undefined }
  }
  return { [Symbol.asyncIterator]: () => ({ next, return: leave }) }
}

const notRead = (waitMs: number) =>
  queryErrors.timeout(`Nothing of the answer was read for ${waitMs / 1_000} s, and it was ended`, {
    facts: { limitMs: waitMs },
    next: 'Ask again, and read the answer as it comes: write it to a file with -o FILE.',
  })

/** Of whoever asks the lake: the projects whose data they may read, nothing said where that is all of them; whether they may go first. */
export function askedBy(caller: Caller): { readonly readable?: readonly string[]; readonly mayGoFirst: boolean } {
  const projects = projectsWith(caller.grants, 'viewer')
  return { ...(projects === 'all' ? {} : { readable: projects }), mayGoFirst: personOf(caller).mayGoFirst }
}
