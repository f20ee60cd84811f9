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
  skip,
  type Task,
  type TriggerRule,
} from '@sluice/author'
import { definitionErrors } from '@sluice/core'
import { type MessageParts, message } from '@sluice/notify/parts'
import { type SluiceContext, type StepContext, type TaskContext, task } from './context.ts'

/** Whom a report is mailed to: channels, or what the settings of the project say: `({ variable }) => emails(variable('mail_to'))`. */
export type Readers = readonly Channel[] | ((context: TaskContext) => readonly Channel[])

/** How many were told: those who were put into the outbox now, and those who were there already. */
export interface Told {
  readonly queued: number
  readonly already: number
}

interface ReportOptions<N, R extends TriggerRule, Reads extends readonly AnyDataset[], Into> extends FunctionOptions<N, R, Reads> {
  /** Whom it is mailed to. A backfill mails nobody. */
  readonly to?: Readers
  /** The dataset of texts that keeps it. */
  readonly into?: Fillable<Into, IdOf<Into>, 'files', "does not hold texts: declare files: 'text/plain'">
  /** What people read. `skip(reason)` where there is nothing to tell. */
  readonly write: (inputs: InputsOf<N, R>, context: StepContext<IdsOf<Reads>, never>) => MessageParts | Promise<MessageParts>
}

/**
 * A step that tells people something: what `write` returns is rendered as a message, whose text is in the log of the step, kept in a
 * dataset (`into`) and mailed (`to`), once a run. A backfill mails nobody: it keeps the text, or is skipped where nothing is kept.
 */
export function report<
  const N extends Named = None,
  const R extends TriggerRule = 'all_success',
  const Reads extends readonly AnyDataset[] = readonly [],
  const Into extends AnyDataset = AnyDataset,
>(definition: ReportOptions<N, R, Reads, Into>): Task<InputsOf<N, R>, Told, SluiceContext> {
  refuseOddReport(definition)
  const { to = [], into, write, ...step } = definition as unknown as AnyReport
  return task({
    ...step,
    fills: into === undefined ? [] : [into],
    run: async (inputs: InputsOf<N, R>, context: StepContext): Promise<Told> => {
      const isBackfill = context.run.trigger === 'backfill'
      if (isBackfill && into === undefined) skip('a backfill sends no mail')
      const told = message(await write(inputs, context))
      if (into !== undefined) await context.lake.put(into as never, told.text)
      for (const line of told.text.trimEnd().split('\n')) context.log.info(line)
      const readers = typeof to === 'function' ? to(context) : to
      if (isBackfill || readers.length === 0) return { queued: 0, already: 0 }
      return await context.notify.send({ key: 'report', to: readers, ...told })
    },
  } as never) as never
}

/** The same without its types, which the caller has seen. */
interface AnyReport extends FunctionOptions<Named, TriggerRule, readonly AnyDataset[]> {
  readonly to?: Readers
  readonly into?: AnyDataset
  readonly write: (inputs: unknown, context: StepContext) => MessageParts | Promise<MessageParts>
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
