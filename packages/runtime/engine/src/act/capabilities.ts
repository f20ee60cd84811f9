import type { Attempt, Capability, RunContext, Step } from '@sluice/author'
import { bugErrors, definitionErrors, type Mask, maskOf, type SluiceError } from '@sluice/core'
import { closers } from '@sluice/process'
import { type ClosingContext, closingContext } from './closing-context.ts'

/** Names the module from which a worker process takes what its tasks can do. */
export interface CapabilitySource {
  /** Specifier or file URL of a module that exports `openCapabilities`. */
  readonly module: string
  /** Plain data, which every process is sent. The module knows its form. */
  readonly options?: unknown
  /** Plain data that a process is sent once it has claimed a task of the project: what other projects keep secret is not in it. */
  readonly optionsOf?: (project: string) => unknown
}

/** What a worker process is sent of it before it has claimed anything. */
export type SentSource = Omit<CapabilitySource, 'optionsOf'>

export interface CapabilityModule {
  /** Opens nothing that costs. @throws `config.invalid` for options that it does not understand */
  openCapabilities(of: CapabilityPlace): OpenCapabilities
}

export interface CapabilityPlace {
  readonly stateDir: string
  /** Of the metadata database. */
  readonly databaseUrl: string
  /** As the source gave them. */
  readonly options: unknown
}

export interface OpenCapabilities {
  /** Values that are masked in logs and errors, whichever project they are of. */
  readonly secrets: readonly string[]
  /** @param options as the source gave them for the project */
  of(project: string, options: unknown): ProjectCapabilities
}

/** What the tasks of one project can do. */
export interface ProjectCapabilities {
  readonly capabilities: readonly Capability[]
  /** More values to mask. */
  readonly secrets?: readonly string[]
  /** Variables that its tasks alone see. */
  readonly environment?: Readonly<Record<string, string>>
}

/** As a worker process holds them. */
export interface ComposedProject extends Composed {
  readonly environment: Readonly<Record<string, string>>
}

/** The capabilities of the projects that a process works for. */
export interface ProcessCapabilities {
  secrets(): readonly string[]
  /** Hides the secrets that the process knows by then. */
  readonly mask: Mask
  /** Asks for what a project needs when its first task has been claimed. */
  of(project: string): Promise<ComposedProject>
  close(): Promise<void>
}

export interface Asking {
  /** Resolves with what the source gives for the project. */
  readonly optionsOf: (project: string) => Promise<unknown>
  /** Told when there is more to mask. */
  readonly onSecrets: (secrets: readonly string[]) => void
}

/** Imports the module before the process takes its first task: what must be masked is known before there is a line that could hold it. */
export async function processCapabilities(
  source: SentSource | null,
  place: Omit<CapabilityPlace, 'options'>,
  { optionsOf, onSecrets }: Asking,
): Promise<ProcessCapabilities> {
  const { secrets: common, of } = source === null ? none : await open(source, place)
  const projects = new Map<string, Promise<ComposedProject>>()
  const opened = closers()
  let secrets = common
  let mask = maskOf(secrets)
  const openProject = async (project: string): Promise<ComposedProject> => {
    const { capabilities, secrets: more = [], environment = {} } = of(project, source === null ? undefined : await optionsOf(project))
    if (more.some((each) => !secrets.includes(each))) {
      secrets = [...new Set([...secrets, ...more])]
      mask = maskOf(secrets)
      onSecrets(secrets)
    }
    const composed = compose(capabilities)
    opened.add(composed.close)
    return { ...composed, environment }
  }
  return {
    secrets: () => secrets,
    mask: (text) => mask(text),
    of(project) {
      const known = projects.get(project)
      if (known !== undefined) return known
      const opening = openProject(project)
      projects.set(project, opening)
      // The next task of the project asks again.
      opening.catch(() => projects.delete(project))
      return opening
    },
    close: opened.close,
  }
}

/** For pipelines that touch nothing outside. */
const none: OpenCapabilities = { secrets: [], of: () => ({ capabilities: [] }) }

async function open({ module, options }: SentSource, place: Omit<CapabilityPlace, 'options'>): Promise<OpenCapabilities> {
  const { openCapabilities } = (await import(module)) as CapabilityModule
  return openCapabilities({ ...place, options })
}

type Carry = NonNullable<NonNullable<Capability['steps']>[Step['kind']]>

/** Capabilities as one: what they add to a context, and which of them carries out a kind of step. */
export interface Composed {
  /** Closes with the task: what is shared, such as its log, stays. */
  context(shared: RunContext, attempt: Attempt): ClosingContext
  /** @throws `definition.invalid` when none carries out steps of the kind */
  carry(kind: Step['kind']): Carry
  close(): Promise<void>
}

/** @throws `bug.unreachable` when two of them carry out the same kind of step or, with the first context, add the same member. */
export function compose(capabilities: readonly Capability[]): Composed {
  const carried = uniquely(capabilities, 'carries out steps of kind', ({ steps = {} }) => Object.entries(steps))
  const writes = new Set(capabilities.flatMap((capability) => capability.writes ?? []))
  const opened = closers()
  for (const { close } of capabilities) if (close !== undefined) opened.add(close)
  return {
    context: (shared, attempt) => {
      const added = uniquely(capabilities, 'adds to the context', ({ context }) => Object.entries(context?.(attempt) ?? {}))
      const closing = closingContext(added, attempt.task.name, writes)
      return { ...closing, members: { ...closing.members, ...shared } }
    },
    carry: (kind) => {
      const carry = carried[kind]
      if (carry !== undefined) return carry as Carry
      throw definitionErrors.invalid(`nothing here carries out steps of kind ${kind}`, {
        facts: { kind, capabilities: capabilities.map(({ name }) => name) },
        next: 'Run the pipeline where a capability does, as the platform and testWorld do.',
      })
    },
    close: opened.close,
  }
}

/** Everything that the capabilities name, each name by one of them. */
function uniquely<T>(
  capabilities: readonly Capability[],
  deed: string,
  named: (capability: Capability) => readonly (readonly [string, T])[],
): Readonly<Record<string, T>> {
  const all: Record<string, T> = {}
  for (const capability of capabilities) {
    for (const [name, value] of named(capability)) {
      if (Object.hasOwn(all, name)) throw twice(capability.name, deed, name)
      all[name] = value
    }
  }
  return all
}

const twice = (capability: string, deed: string, name: string): SluiceError =>
  bugErrors.unreachable(`the capability ${capability} ${deed} ${name}, and so does another`, {
    facts: { capability, name },
    next: 'Take one of the two out of the list of capabilities.',
  })
