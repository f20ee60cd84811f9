import { earliestTick } from '../../../state/schedule.ts'
import { Notifier } from '../../notifier.ts'
import { schedulerPass } from '../../scheduler.ts'
import type { Channel, Surroundings } from './surroundings.ts'

/** Its notifications are hints of the simulation. */
class Hints extends Notifier {
  readonly #world: Surroundings

  constructor(world: Surroundings) {
    super(world.database.pool)
    this.#world = world
  }

  override notify(channel: Parameters<Notifier['notify']>[0]): void {
    this.#world.hint(channel.replace('sluice_', '') as Channel)
  }
}

/** The real pass, at the times at which the real loop looks: the next tick, a notification, the poll interval. */
export class SimulatedScheduler {
  readonly #world: Surroundings
  readonly #notifier: Notifier
  #turn = 0

  constructor(world: Surroundings) {
    this.#world = world
    this.#notifier = new Hints(world)
    this.#sleep(world.random.integer(world.pollMs))
  }

  wake(): void {
    this.#sleep(1)
  }

  #sleep(ms: number): void {
    const turn = ++this.#turn
    this.#world.timeline.after(ms, () => {
      if (turn === this.#turn) this.#look()
    })
  }

  #look(): void {
    const { database, pollMs } = this.#world
    database.ask(
      async (db) => {
        const now = this.#world.wallMs
        database.changes++
        await schedulerPass(db, this.#notifier, now)
        return await earliestTick(db, now)
      },
      (reply) => {
        const next = reply.kind === 'answer' ? reply.value : null
        this.#sleep(next === null ? pollMs : Math.min(pollMs, Math.max(1, next - this.#world.wallMs)))
      },
    )
  }
}
