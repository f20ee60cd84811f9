import type { DependentView, LiveView } from '../drift/live-view.ts'
import { warehouseErrors } from '../errors.ts'

export interface ViewFacts {
  readonly name: string
  readonly kind: 'view' | 'materialized view'
  /** Those that make it. */
  readonly statements: readonly string[]
  readonly live: LiveView | undefined
  /** Nearest first. */
  readonly dependents: readonly DependentView[]
}

export type ViewPlan =
  | { readonly do: 'make'; readonly why: string }
  /** It is what it should be. Of a materialized view the rows are brought up to date. */
  | { readonly do: 'keep' }
  /** It goes, with the views that read it, and they are made again in turn. */
  | { readonly do: 'replace'; readonly why: string; readonly dependents: readonly DependentView[] }

/** What a run of the model of a view does with it. @throws `warehouse.failed` for what no model has made */
export function planView({ name, kind, statements, live, dependents }: ViewFacts): ViewPlan {
  if (live === undefined) return { do: 'make', why: `the ${kind} was made` }
  if (live.statements === undefined) throw ofOthers(name, kind, live)
  const sameStatements = JSON.stringify(live.statements) === JSON.stringify(statements)
  if (sameStatements && live.state === live.madeState) return { do: 'keep' }
  const stranger = dependents.find((each) => each.statements === undefined)
  if (stranger !== undefined) throw readByOthers(name, stranger.name)
  const why = sameStatements ? 'somebody had changed it by hand' : 'its SQL or its columns have changed'
  return { do: 'replace', why: `the ${kind} was made anew: ${why}`, dependents }
}

const ofOthers = (name: string, kind: string, live: LiveView) => {
  const what = live.kind === 'other' ? 'table' : live.kind
  return warehouseErrors.failed(`${name} is declared as a ${kind}, and a ${what} has its name that no model has made`, {
    facts: { view: name },
    next: `Take it away by a migration (drop ${what} ${name}), or declare the dataset otherwise.`,
  })
}

const readByOthers = (name: string, reader: string) =>
  warehouseErrors.failed(`${name} has to be made anew, and ${reader} reads it, which no model has made`, {
    facts: { view: name, reader },
    next: `Drop ${reader} by a migration, and let a model make it (refresh: 'view'), or make it again by a migration behind the run.`,
  })
