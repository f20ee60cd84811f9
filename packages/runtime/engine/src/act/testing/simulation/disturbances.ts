import { unreachable } from '@sluice/core'
import type { World } from './world.ts'

export const troubles = ['kill', 'pause', 'host', 'outage', 'clock', 'slow'] as const
export type Trouble = (typeof troubles)[number]

/** One thing that goes wrong, drawn from the seed. */
export function disturb(world: World, of: readonly [Trouble, ...Trouble[]]): void {
  const { random, timeline, watch, leaseMs } = world
  const what = random.pick(of)
  const process = world.processes[random.integer(Math.max(1, world.processes.length))]
  const trouble = (ms: number): void => {
    world.disturbedUntil = Math.max(world.disturbedUntil, timeline.now + ms)
  }
  watch.note(`${what} ${process?.name}`)
  switch (what) {
    case 'kill':
      process?.kill()
      break
    case 'pause': {
      // Half of the pauses outlast the lease: others take the tasks over, and the process wakes among them.
      const ms = random.integer(2 * leaseMs)
      process?.pause()
      timeline.after(ms, () => process?.resume())
      break
    }
    case 'host': {
      const alive = world.living.filter((host) => host.alive)
      const host = alive[random.integer(alive.length)]
      trouble(2 * leaseMs)
      host?.vanish()
      timeline.after(random.integer(2 * leaseMs), () => void world.addHost())
      break
    }
    case 'outage': {
      // Longer than the lease at times: then every process ends by itself.
      const ms = random.integer(leaseMs * 1.5)
      world.outageMs = Math.max(world.outageMs, ms)
      trouble(ms + leaseMs)
      world.database.goAway(ms)
      break
    }
    case 'clock': {
      // The clock of the database's machine is set; leases and delays that it counts jump.
      const ms = random.integer(8_000) - 4_000
      trouble(leaseMs + 10_000)
      world.clockOffsetMs += ms
      break
    }
    case 'slow': {
      world.slowness = random.pick([1, 3, 10])
      trouble(30_000)
      timeline.after(30_000, () => {
        world.slowness = 1
      })
      break
    }
    default:
      unreachable(what)
  }
}
