/** A planted fault for the suite of the two roads: a task gets its capabilities only when its function shows two parameters. */
import type { Capability, Sensor, Step, Task } from '@sluice/author'
import type { CapabilityPlace, OpenCapabilities } from '@sluice/engine'
import { openCapabilities as open } from '../capabilities/open.ts'

export function openCapabilities(place: CapabilityPlace): OpenCapabilities {
  const opened = open(place)
  const of: OpenCapabilities['of'] = (project, sent) => {
    const found = opened.of(project, sent)
    return { ...found, capabilities: found.capabilities.map(byArity) }
  }
  return { ...opened, of }
}

const byArity = (capability: Capability): Capability => ({
  ...capability,
  context: (attempt) => (parametersOf(attempt.step) > 1 ? (capability.context?.(attempt) ?? {}) : {}),
})

const parametersOf = (step: Step): number =>
  step.kind === 'sensor' ? (step as Sensor<unknown, unknown>).poll.length : (step as Task<unknown, unknown>).run.length
