import {
  type AnyDataset,
  aFunction,
  type Channel,
  type Fillable,
  type FunctionOptions,
  functionOptions,
  type IdOf,
  type IdsOf,
  type InputsOf,
  type Named,
  type None,
  optionNames,
  refuseOddOptions,
  refuseOther,
  type Storable,
  skip,
  type Task,
  type TriggerRule,
} from '@sluice/author'
import { definitionErrors, taskErrors } from '@sluice/core'
import { type MessageParts, message } from '@sluice/notify/parts'
import { type SluiceContext, type StepContext, type TaskContext, task } from './context.ts'

/** Whom a report is mailed to: channels, or what the settings of the project say: `({ variable }) => emails(variable('mail_to'))`. */
export type Readers = readonly Channel[] | ((context: TaskContext) => readonly Channel[])

/** How many were told: those who were put into the outbox now, and those who were there already. */
export interface Told {
  readonly queued: number
  readonly already: number
}

/** What people read, and what steps that need the report take of it. */
export interface Written<Output = unknown> extends MessageParts {
  /** Small: an object that travels as JSON, beside how many were told. */
  readonly output?: Storable<Output, Output>
}

interface ReportOptions<N, R extends TriggerRule, Reads extends readonly AnyDataset[], Into, O> extends FunctionOptions<N, R, Reads> {
  /** Whom it is mailed to. A backfill mails nobody. */
  readonly to?: Readers
  /** The dataset of texts that keeps it. */
  readonly into?: Fillable<Into, IdOf<Into>, 'files', "does not hold texts: declare files: 'text/plain'">
  /** What people read. `skip(reason)` where there is nothing to tell. */
  readonly write: (inputs: InputsOf<N, R>, context: StepContext<IdsOf<Reads>, never>) => Written<O> | Promise<Written<O>>
}

/**
 * A step that tells people something: what `write` returns is rendered as a message, whose text is in the log of the step, kept in a
 * dataset (`into`) and mailed (`to`), once a run. The subject is its title unless it has one. A backfill mails nobody: it keeps the text,
 * or is skipped where nothing is kept. Its output is what `write` gives as `output`, and how many were told.
 */
export function report<
  const N extends Named = None,
  const R extends TriggerRule = 'all_success',
  const Reads extends readonly AnyDataset[] = readonly [],
  const Into extends AnyDataset = AnyDataset,
  O extends object = None,
>(definition: ReportOptions<N, R, Reads, Into, O>): Task<InputsOf<N, R>, Told & O, SluiceContext> {
  refuseOddReport(definition)
  const { to = [], into, write, ...step } = definition as unknown as AnyReport
  return task({
    ...step,
    fills: into === undefined ? [] : [into],
    run: async (inputs: InputsOf<N, R>, context: StepContext): Promise<Told & object> => {
      const isBackfill = context.run.trigger === 'backfill'
      if (isBackfill && into === undefined) skip('a backfill sends no mail')
      const { output = {}, ...parts } = await write(inputs, context)
      refuseOddOutput(context.task.name, output)
      const told = message({ title: parts.subject, ...parts })
      if (into !== undefined) await context.lake.put(into as never, told.text)
      for (const line of told.text.trimEnd().split('\n')) context.log.info(line)
      const readers = typeof to === 'function' ? to(context) : to
      if (isBackfill || readers.length === 0) return { ...output, queued: 0, already: 0 }
      return { ...output, ...(await context.notify.send({ key: 'report', to: readers, ...told })) }
    },
  } as never) as never
}

/** The same without its types, which the caller has seen. */
interface AnyReport extends FunctionOptions<Named, TriggerRule, readonly AnyDataset[]> {
  readonly to?: Readers
  readonly into?: AnyDataset
  readonly write: (inputs: unknown, context: StepContext) => Written<object> | Promise<Written<object>>
}

const reportOptions = [
  ...functionOptions,
  ...optionNames<Omit<AnyReport, keyof FunctionOptions<Named, TriggerRule, readonly AnyDataset[]>>>({ to: true, into: true, write: true }),
]

/** @throws `definition.invalid` */
function refuseOddReport(definition: object): void {
  const { name, to, into, write } = definition as Readonly<Partial<Record<string, unknown>>>
  const where = `report ${String(name)}`
  refuseOddOptions(where, definition, reportOptions)
  refuseOther(where, 'write', write, aFunction)
  if (to !== undefined || into !== undefined) return
  throw definitionErrors.invalid(`${where}: it is mailed to nobody and kept nowhere`, {
    next: "Say whom it is for, to: [email('ops')], or what keeps its text, into: a dataset with files: 'text/plain'.",
  })
}

/** @throws `task.output` for what does not stand beside how many were told */
function refuseOddOutput(name: string, output: unknown): void {
  if (typeof output === 'object' && output !== null && !Array.isArray(output)) return
  throw taskErrors.output(`report ${name}: its output is ${JSON.stringify(output)}, which is not an object`, {
    next: 'Give an object with a member for each thing that other steps take: output: { market }.',
  })
}
