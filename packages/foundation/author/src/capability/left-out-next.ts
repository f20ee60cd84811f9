import { parseDatasetId, type Store, type Writer } from '@sluice/core'

type Left = Pick<Writer, 'project' | 'pipeline' | 'run' | 'task'> & { readonly dataset: string; readonly batch: string }

/** The rows that a batch left out, as a command shows them. */
export function whereToLook(store: Store, { project, dataset, batch }: Left): string {
  const { layer, name } = parseDatasetId(dataset)
  return store === 'lake'
    ? `sluice lake sql ${project} "select rule, place, cells from ${quoted(layer)}.${quoted(`${name}__quarantine`)} where batch = '${batch}'"`
    : `sluice warehouse sql ${project} "select rule, place, cells from sluice_quarantine where dataset = '${dataset}' and batch = '${batch}'"`
}

/**
 * How rows that were left out are put right and written again. Clearing the step alone reads the same answers; a source that was wrong has
 * to be asked again, and of a file that was wrong there will be a new one.
 */
export function howToPutRight(of: Pick<Left, 'pipeline' | 'run' | 'task'> & { readonly file?: { readonly path: string } }): string {
  if (of.file !== undefined)
    return `Where the file was wrong, put ${of.file.path} right: the next pull reads it again. Where the dataset or its source was declared wrong, correct it and clear the step: sluice tasks clear ${of.pipeline} ${of.task} --run ${of.run}.`
  return `Where the model or the dataset was wrong, correct it and clear the step: sluice tasks clear ${of.pipeline} ${of.task} --run ${of.run}. Where the source was wrong, clear the task that landed its answers with --refetch in the place of the step: it is asked again.`
}

const quoted = (name: string): string => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `\\"${name}\\"`)

/** `type(price) 45, within(quantity) 2`: the heaviest rules first. */
export function rulesText(brokenRules: Readonly<Record<string, number>> | undefined): string {
  const heaviest = Object.entries(brokenRules ?? {}).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const more = heaviest.length - shown
  return [...heaviest.slice(0, shown).map(([rule, rows]) => `${rule} ${rows}`), ...(more > 0 ? [`${more} other rules`] : [])].join(', ')
}

const shown = 4
