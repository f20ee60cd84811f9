import type { Model } from '@sluice/author'
import { definitionErrors, hashText, type SluiceError } from '@sluice/core'

type Defined = Pick<Model, 'into' | 'refresh' | 'sql'>

/**
 * What a model is, in short: of its SQL and of its columns, rules and key apart, so that it can be told which of them has changed. White
 * space does not count.
 */
export function definitionOf({ into: { columns, key, facts }, refresh, sql }: Defined): string {
  const text = sql.parts.map((part) => (part.kind === 'text' ? { ...part, text: part.text.replaceAll(/\s+/g, ' ').trim() } : part))
  const shape = Object.entries(columns).map(([name, { type, notNull, orNull, oneOf }]) => [name, type, notNull, orNull, oneOf ?? null])
  const rules = [
    key,
    facts.order ?? null,
    facts.versions ?? null,
    facts.checks,
    ...(facts.partition === undefined ? [] : [facts.partition]),
  ]
  return `${short([refresh, text])}.${short([shape, rules])}`
}

const short = (value: unknown): string => hashText(JSON.stringify(value)).slice(0, 16)

/** What differs from the definition that the newest batch was made by; undefined where nothing does, or none is known. */
export function whatChanged(model: Defined, made: string | undefined): string | undefined {
  if (made === undefined || model.refresh === 'full') return undefined
  const [before, now] = [made.split('.'), definitionOf(model).split('.')]
  const parts = ['its SQL', 'its columns'].filter((_, at) => before[at] !== now[at])
  return parts.length === 0 ? undefined : parts.join(' and ')
}

/** A sentence, and what to do, where rows that are there were made by another definition. */
export function toldChange(
  { name, into, refresh }: Pick<Model, 'name' | 'into' | 'refresh'>,
  changed: string,
): { readonly what: string; readonly next: string } {
  if (refresh === 'partition')
    return { what: `${changed} of model ${name} changed: all partitions of ${into.id} are made anew`, next: 'Nothing is to be done.' }
  if (refresh === 'view') {
    const what = `${changed} of model ${name} changed: ${into.id} is made anew, with the views that read it`
    return { what, next: 'Look at what reads it: sluice models lineage.' }
  }
  return {
    what: `${changed} of model ${name} changed: rows of earlier batches in ${into.id} are as they were made`,
    next:
      into.on === 'lake'
        ? `To make them anew: sluice models rebuild ${into.name} --dry-run tells what that does. Or write whenChanged: 'rebuild' into the model.`
        : 'To make them anew, clear the runs that made them: sluice tasks clear. What new columns hold in them is null.',
  }
}

export function refusedChange(model: Pick<Model, 'name' | 'into' | 'refresh'>, changed: string): SluiceError {
  const { what, next } = toldChange(model, changed)
  return definitionErrors.invalid(`${what}, and it says whenChanged: 'refuse'`, {
    facts: { model: model.name, dataset: model.into.id, changed },
    next: `${next} Or let it go on: whenChanged: 'tell'.`,
  })
}
