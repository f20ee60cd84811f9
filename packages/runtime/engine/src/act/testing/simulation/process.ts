import type { Receipt } from '@sluice/core'
import type { Queryable } from '@sluice/postgres'
import { type AttemptFacts, afterAttempt, type Ended } from '../../../plan/after-attempt.ts'
import { asksToBeReplaced } from '../../../plan/assign-workers.ts'
import { atHandOf, type ClaimRoom, firstWidth, nextWidth, type Pace, paced, roomBeside, unknownPace } from '../../../plan/batching.ts'
import { type Claim, claim, markBegan, nextDueMs, othersWait } from '../../../state/claim.ts'
import { admit, type Finished, type FinishItem, finish, finishAndClaim } from '../../../state/finish.ts'
import { cancelledTasks, extendLease, registerWorker, stopWorker } from '../../../state/workers.ts'
import { givenBack } from '../../held-claims.ts'
import { lookMs } from '../../loop-load.ts'
import { ServedVersions } from '../../served-versions.ts'
import { behaviourOf, kindOf } from './behaviour.ts'
import type { Reply } from './database.ts'
import type { Held } from './held.ts'
import type { Surroundings } from './surroundings.ts'

interface Claimed {
  readonly claims: readonly Held[]
  readonly finished: Finished | undefined
}

type Thread = 'main' | 'heartbeat'

/**
 * A worker process as an actor. It decides nothing that the real one decides in `plan/` or in SQL: it sends the same statements in the same
 * order. Two threads: the main one stops while a task holds the event loop, both stop while the process is paused.
 *
 * States: starting -> working -> draining -> ended; it may be killed in any.
 */
export class WorkerProcess {
  state: 'starting' | 'working' | 'draining' | 'ended' = 'starting'
  worker: number | null = null
  paused: boolean = false
  readonly held = new Map<number, Held>()
  /** Attempts whose code it called. */
  attempts = 0
  registeredAt: number | null = null
  /** It has imported all the versions it may, and another one waits. */
  full: boolean = false
  readonly #served: ServedVersions
  readonly #imported = new Set<number>()
  /** Since when it has been free to claim and asked for nothing. */
  idleSince: number | null = null
  #blockedUntil = 0
  #wasBlocked: boolean = false
  #width = firstWidth
  #pace: Pace = unknownPace
  #leaseUntil = Number.POSITIVE_INFINITY
  #looking: boolean = false
  #woken: boolean = false
  #unrecorded: FinishItem[] = []
  #frozen: { readonly thread: Thread; readonly act: () => void }[] = []
  readonly #world: Surroundings
  readonly #exited: (code: number | null) => void
  readonly name: string
  /** The version that it is bound to, or null for any. */
  readonly #bound: number | null

  constructor(world: Surroundings, name: string, startMs: number, exited: (code: number | null) => void, bound: number | null = null) {
    this.#world = world
    this.name = name
    this.#bound = bound
    this.#served = new ServedVersions(world.maxVersions)
    this.#exited = exited
    this.#later('heartbeat', startMs, () => {
      this.#beat()
      this.#watchLease()
    })
  }

  get blocked(): boolean {
    return this.#world.timeline.now < this.#blockedUntil
  }

  /** Holds the claim, or has its end on the way. */
  holds(id: number): boolean {
    return this.held.has(id)
  }

  kill(): void {
    this.#end(null)
  }

  /** SIGSTOP. */
  pause(): void {
    this.paused = true
  }

  /** SIGCONT: what should have happened meanwhile happens now, in an order that nobody chose. */
  resume(): void {
    this.paused = false
    this.#thaw()
  }

  drain(): void {
    if (this.state !== 'working') {
      if (this.state === 'starting') this.#end(0)
      return
    }
    this.state = 'draining'
    this.wake()
  }

  /** A notification, or a poll. */
  wake(): void {
    this.#later('main', 0, () => this.#look())
  }

  /** The notification that a run was cancelled. */
  lookForCancelled(): void {
    this.#later('heartbeat', 1, () => this.#askForCancelled())
  }

  #later(thread: Thread, ms: number, act: () => void): void {
    this.#world.timeline.after(ms, () => this.#whenAwake(thread, act))
  }

  #whenAwake(thread: Thread, act: () => void): void {
    if (this.state === 'ended') return
    if (this.paused || (thread === 'main' && this.blocked)) this.#frozen.push({ thread, act })
    else act()
  }

  #thaw(): void {
    const frozen = this.#frozen.sort(() => this.#world.random.next() - 0.5)
    this.#frozen = []
    for (const { thread, act } of frozen) this.#later(thread, this.#world.random.integer(5), act)
  }

  #ask<T>(thread: Thread, run: (db: Queryable) => Promise<T>, receive: (reply: Reply<T>) => void): void {
    this.#world.database.ask(
      async (db) => await run(db),
      (reply) => this.#whenAwake(thread, () => receive(reply)),
    )
  }

  /** The first beat; also the next one of a process that lost its lease and holds nothing. */
  #register(): void {
    const sentAt = this.#world.timeline.now
    const worker = { host: this.name, pid: 1, leaseMs: this.#world.leaseMs }
    this.#ask(
      'heartbeat',
      (db) => registerWorker(db, worker),
      (reply) => {
        if (reply.kind !== 'answer') return
        this.worker = reply.value
        this.#leaseUntil = sentAt + this.#world.leaseMs
        if (this.state !== 'starting') return
        this.state = 'working'
        this.registeredAt = this.#world.timeline.now
        this.wake()
      },
    )
  }

  #beat(): void {
    const [sentAt, worker] = [this.#world.timeline.now, this.worker]
    this.#later('heartbeat', this.#world.leaseMs / 4, () => this.#beat())
    if (worker === null) {
      this.#register()
      return
    }
    this.#ask(
      'heartbeat',
      (db) => extendLease(db, worker, this.#world.leaseMs),
      (reply) => {
        if (reply.kind !== 'answer') return
        if (reply.value) this.#leaseUntil = sentAt + this.#world.leaseMs
        else if (this.#knowsOfClaims()) this.#end(null)
        else this.#register()
        if (this.held.size > 0) this.#askForCancelled()
      },
    )
  }

  #knowsOfClaims(): boolean {
    return [...this.held.values()].some(({ known }) => known)
  }

  /** A process that holds tasks and whose lease is over by its own clock ends (rule 3). */
  #watchLease(): void {
    if (this.#world.timeline.now > this.#leaseUntil && this.#knowsOfClaims()) {
      this.#end(null)
      return
    }
    this.#later('heartbeat', 25 + this.#world.random.integer(500), () => this.#watchLease())
  }

  #askForCancelled(): void {
    this.#ask(
      'heartbeat',
      (db) => cancelledTasks(db, this.worker ?? 0),
      (reply) => {
        for (const id of reply.kind === 'answer' ? reply.value : []) {
          const held = this.held.get(id)
          if (held !== undefined) this.#stop(held, { kind: 'cancelled' })
        }
      },
    )
  }

  #look(): void {
    this.#woken = true
    if (this.#looking || (this.state !== 'working' && this.state !== 'draining')) return
    this.#woken = false
    this.idleSince = null
    const items = this.#unrecorded
    this.#unrecorded = []
    if (this.state === 'draining') {
      if (items.length > 0) this.#record('main', items, () => this.wake())
      else if (this.held.size === 0) this.#leave()
      return
    }
    const [worker, room] = [this.worker ?? 0, this.#room()]
    if (room === undefined) {
      if (items.length > 0) this.#record('main', items, () => this.wake())
      else this.#later('main', lookMs, () => this.#look())
      return
    }
    this.#looking = true
    if (items.length === 0)
      this.#ask(
        'main',
        async (db) => this.#take(await claim(db, worker, room), worker),
        (reply) => this.#claimed(reply, []),
      )
    else {
      this.#markSent(items)
      this.#ask(
        'main',
        async (db) => {
          const { finished, claims } = await finishAndClaim(db, worker, items, room)
          this.#world.finished(items, finished)
          return this.#take(claims, worker, finished)
        },
        (reply) => this.#claimed(reply, items),
      )
    }
  }

  /** What it may claim now, by the planner of the real worker; undefined is nothing. */
  #room(): ClaimRoom | undefined {
    const { slots } = this.#world
    const running = [...this.held.values()].filter(({ sent, over }) => !sent && !over)
    const { now } = this.#world.timeline
    const atHand = atHandOf(running.map(({ claim, called, calledAt }) => ({ ...claim, ranMs: called ? now - calledAt : 0 })))
    this.#width = nextWidth(this.#width, atHand.waiting, this.#wasBlocked ? 'busy' : 'free', slots)
    this.#wasBlocked = false
    const beside = roomBeside(atHand, { slots, width: this.#width, pace: this.#pace })
    return beside === undefined ? undefined : { ...beside, versions: this.#only() }
  }

  #only(): readonly number[] | null {
    return this.#bound === null ? this.#served.only() : [this.#bound]
  }

  /** From the commit on, the claims are this process's, whether it hears of them or not. */
  #take(claims: readonly Claim[], worker: number, finished?: Finished): Claimed {
    const held = claims.map((each): Held => {
      const behaviour = behaviourOf(kindOf(each.task), this.#world.random)
      return {
        claim: each,
        worker,
        spec: this.#world.specOf(each),
        behaviour,
        called: false,
        calledAt: 0,
        over: false,
        known: false,
        sent: false,
      }
    })
    for (const each of held) if (this.state !== 'ended') this.held.set(each.claim.id, each)
    if (claims.length > 0) this.#world.database.changes++
    return { claims: held, finished }
  }

  #claimed(reply: Reply<Claimed>, items: readonly FinishItem[]): void {
    this.#looking = false
    if (reply.kind !== 'answer') {
      // The ends are recorded first; then the process is replaced, and what it may have claimed without knowing is reaped.
      if (items.length === 0) this.#end(1)
      else this.#record('main', items, () => this.#end(1))
      return
    }
    const { claims, finished } = reply.value
    this.#forget(items)
    for (const each of claims) each.known = true
    // Claimed before the lease was lost, and told after: somebody else runs these tasks.
    if (claims.some(({ worker }) => worker !== this.worker)) {
      this.#end(null)
      return
    }
    const begin = claims.map((each) => each.claim).filter(({ runState }) => runState === 'queued')
    if (begin.length > 0)
      this.#ask(
        'main',
        (db) => markBegan(db, begin),
        () => undefined,
      )
    if (finished !== undefined) this.#afterTransition(finished, claims.length)
    const { fits, rest } = this.#served.take(claims.map((each) => each.claim))
    for (const each of claims) {
      if (fits.includes(each.claim)) this.#begin(each)
      else each.over = true
    }
    const returned = claims.filter((each) => rest.includes(each.claim))
    if (returned.length > 0)
      this.#record(
        'main',
        returned.map(({ claim }) => givenBack(claim)),
        () => this.#world.hint('ready'),
      )
    this.#askWhetherOthersWait()
    if (this.#woken || this.#unrecorded.length > 0 || this.state === 'draining') {
      this.wake()
      return
    }
    this.idleSince = this.#world.timeline.now
    if (claims.length > 0) return
    const pollMs = this.#world.pollMs
    this.#ask(
      'main',
      (db) => nextDueMs(db, this.#only()),
      (next) => {
        const dueMs = next.kind === 'answer' ? next.value : null
        this.#later('main', dueMs === null || dueMs <= 0 ? pollMs : Math.min(pollMs, dueMs + 1), () => this.#look())
      },
    )
  }

  #askWhetherOthersWait(): void {
    const only = this.#bound === null ? this.#served.only() : null
    if (only === null || this.full) return
    const servedMs = this.#world.timeline.now - (this.registeredAt ?? 0)
    if (!asksToBeReplaced(this.held.size === 0, servedMs)) return
    this.#ask(
      'main',
      (db) => othersWait(db, only),
      (reply) => {
        if (reply.kind === 'answer' && reply.value) this.full = true
        if (this.full) this.#world.hint('version')
      },
    )
  }

  #begin(held: Held): void {
    const { version } = held.claim
    const known = this.#imported.has(version)
    this.#imported.add(version)
    this.#later('main', known ? 0 : 20 + this.#world.random.integer(400), () => this.#call(held))
  }

  #call(held: Held): void {
    if (held.over) return
    const { behaviour, spec, claim } = held
    held.called = true
    this.attempts++
    this.#world.began(this.name, claim)
    const timeoutMs = spec.everyMs ?? spec.timeoutMs
    if (timeoutMs !== null) this.#later('heartbeat', timeoutMs, () => this.#stop(held, { kind: 'timed_out', afterMs: timeoutMs }))
    held.calledAt = this.#world.timeline.now
    if (behaviour.blocks) {
      this.#wasBlocked = true
      this.#blockedUntil = Math.max(this.#blockedUntil, this.#world.timeline.now + behaviour.durationMs)
      this.#world.timeline.after(behaviour.durationMs, () => this.#thaw())
      this.#later('heartbeat', 50, () => this.#giveBack())
    }
    if (behaviour.killsProcess) this.#later('heartbeat', behaviour.durationMs / 2, () => held.over || this.#end(null))
    this.#later('main', behaviour.durationMs, () => this.#settle(held, behaviour.end))
  }

  /** Its abort signal, by timeout or cancellation. The heartbeat thread records one that does not stop, then kills the process. */
  #stop(held: Held, end: Ended): void {
    if (held.over || !this.held.has(held.claim.id)) return
    if (!held.behaviour.ignoresSignal && !this.blocked) {
      this.#later('main', this.#world.random.integer(20), () => this.#settle(held, end))
      return
    }
    this.#later('heartbeat', this.#world.graceMs, () => {
      if (held.over) return
      held.over = true
      const item = this.#itemOf(held, end)
      this.#markSent([item])
      this.#ask(
        'heartbeat',
        (db) => this.#finish(db, [item]),
        () => this.#end(null),
      )
      this.#later('heartbeat', 2_000, () => this.#end(null))
    })
  }

  /** Claims that wait behind a task that holds the event loop go back to the queue. */
  #giveBack(): void {
    const waiting = [...this.held.values()].filter(({ called, over }) => !called && !over)
    for (const each of waiting) each.over = true
    if (waiting.length > 0)
      this.#record(
        'heartbeat',
        waiting.map(({ claim }) => givenBack(claim)),
        () => this.#world.hint('ready'),
      )
  }

  #settle(held: Held, end: Ended): void {
    if (held.over) return
    held.over = true
    this.#pace = paced(this.#pace, this.#world.timeline.now - held.calledAt)
    const item = this.#itemOf(held, end)
    // The log is on the disk before the end is recorded (rule 9).
    this.#later('main', 1 + this.#world.random.integer(5), () => {
      this.#unrecorded.push(item)
      this.#look()
    })
  }

  #itemOf(held: Held, end: Ended): FinishItem {
    const { claim, spec, behaviour } = held
    const sensor =
      spec.everyMs === null
        ? null
        : {
            everyMs: spec.everyMs,
            onTimeout: spec.onTimeout ?? 'fail',
            timeoutMs: spec.timeoutMs,
            pollTimeoutMs: null,
            waitingSince: claim.firstStartedAt,
          }
    const facts: AttemptFacts = { retry: spec.retry, failures: claim.failures, sensor }
    const receipts: Receipt[] = held.called && behaviour.writes && end.kind === 'returned' ? [this.#world.sink.write(claim)] : []
    return { ...afterAttempt(end, facts, Date.now(), this.#world.random.next()), id: claim.id, token: claim.token, receipts, taken: [] }
  }

  /** Repeated until it is answered: an answer that was lost does not say whether it was carried out. */
  #record(thread: Thread, items: readonly FinishItem[], then: () => void): void {
    this.#markSent(items)
    this.#ask(
      thread,
      (db) => this.#finish(db, items),
      (reply) => {
        if (reply.kind !== 'answer') {
          this.#later(thread, 125 + this.#world.random.integer(125), () => this.#record(thread, items, then))
          return
        }
        this.#forget(items)
        this.#afterTransition(reply.value, 0)
        then()
      },
    )
  }

  async #finish(db: Queryable, items: readonly FinishItem[]): Promise<Finished> {
    const finished = await finish(db, this.worker ?? 0, items)
    this.#world.finished(items, finished)
    return finished
  }

  #markSent(items: readonly FinishItem[]): void {
    for (const { id } of items) {
      const held = this.held.get(id)
      if (held !== undefined) held.sent = true
    }
  }

  #forget(items: readonly FinishItem[]): void {
    for (const { id } of items) if (this.held.get(id)?.sent === true) this.held.delete(id)
  }

  #afterTransition({ released, endedRuns, pipelines }: Finished, mine: number): void {
    const tell = (admitted: number): void => {
      if (released + admitted > mine) this.#world.hint('ready')
      if (endedRuns.length > 0) this.#world.hint('run')
    }
    if (pipelines.length === 0) tell(0)
    else
      this.#ask(
        'main',
        (db) => admit(db, pipelines),
        (reply) => tell(reply.kind === 'answer' ? reply.value : 0),
      )
  }

  #leave(): void {
    this.#ask(
      'main',
      (db) => stopWorker(db, this.worker ?? 0),
      () => this.#end(0),
    )
  }

  #end(code: number | null): void {
    if (this.state === 'ended') return
    this.state = 'ended'
    this.#exited(code)
  }
}
