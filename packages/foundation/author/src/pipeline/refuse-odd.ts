import { cron } from '@sluice/core'
import { refused } from '../base/faults.ts'
import {
  anObject,
  aStep,
  aText,
  aTruth,
  made,
  optionNames,
  refuseOddOptions,
  refuseOther,
  refuseOtherList,
  refuseOtherValues,
  shown,
  type Wanted,
} from '../base/shape.ts'
import { defaultNames } from '../steps/defaults.ts'
import { channelKinds, type Notifications } from './channels.ts'

/** What the types say of a pipeline's options. @throws `definition.invalid` */
export function refuseOddPipeline(definition: object, known: readonly string[]): void {
  refuseOddOptions('pipeline', definition, known)
  const { name, schedule, tags = [], params, notify, order, steps, defaults } = definition as Readonly<Partial<Record<string, unknown>>>
  const where = `pipeline ${String(name)}`
  refuseOtherValues(where, definition, { description: aText, catchup: aTruth, params: anObject, defaults: anObject, notify: anObject })
  if (defaults !== undefined) refuseOddOptions(`${where}, defaults`, defaults, defaultNames)
  if (schedule !== undefined && schedule !== null) refuseOddSchedule(where, schedule)
  refuseOtherList(where, 'tags', tags, aText)
  if (!Array.isArray(steps)) throw refused(where, `steps is ${shown(steps)}, which is not a list`, 'Write a list: steps: [...].')
  if (params !== undefined) refuseOther(where, 'params', params, asJson)
  if (notify !== undefined) {
    refuseOddOptions(`${where}, notify`, notify, optionNames<Notifications>({ failure: true, success: true }))
    for (const [when, channels] of Object.entries(notify as object)) refuseOtherList(where, `notify.${when}`, channels, aChannel)
  }
  if (order !== undefined) {
    const chains: readonly unknown[] = made('', 'chains').is(order) ? (order as { readonly chains: readonly unknown[] }).chains : [order]
    for (const chain of chains) refuseOtherList(where, 'order', chain, { is: isStage, called: 'a step or a list of steps' })
  }
}

const isStage = (value: unknown): boolean => aStep.is(value) || (Array.isArray(value) && value.every(aStep.is))
const aChannel: Wanted = {
  is: (value) => anObject.is(value) && channelKinds.some((kind) => kind === Reflect.get(value as object, 'channel')),
  called: "email('...') or another channel, such as slack('...')",
}

const asJson: Wanted = {
  is: function isJson(value): boolean {
    if (value === null || ['string', 'boolean'].includes(typeof value)) return true
    if (typeof value === 'number') return Number.isFinite(value)
    if (Array.isArray(value)) return value.every(isJson)
    return anObject.is(value) && Object.getPrototypeOf(value) === Object.prototype && Object.values(value as object).every(isJson)
  },
  called: 'JSON',
}

/** One that `cron` has not made is read by it here. */
function refuseOddSchedule(where: string, schedule: unknown): void {
  if (!anObject.is(schedule)) {
    const expression = typeof schedule === 'string' && schedule !== '' ? schedule : '*/30 * * * *'
    throw refused(where, `schedule is ${shown(schedule)}`, `Write schedule: cron('${expression}'), with cron imported from 'sluice'.`)
  }
  const { cron: expression, timeZone } = schedule as Readonly<Partial<Record<string, unknown>>>
  refuseOther(where, 'schedule.cron', expression, aText)
  cron(expression as string, timeZone === undefined ? {} : { timeZone: timeZone as string })
}
