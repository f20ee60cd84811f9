import type { DefinitionError } from '@sluice/author'
import { type SqlFault, sqlErrors } from '@sluice/definitions'
import type { ChangedColumn, Reach } from '@sluice/transform'
import type { ProjectDefinitions } from '../definitions/definitions.ts'
import { declaredProject } from '../models/declared.ts'
import { publishedBefore } from '../models/published.ts'

/**
 * Columns that the published version declared and these definitions do not, at each statement that still names them, with all that breaks;
 * `warnings` are columns of another type. Nothing where nothing was published here, or no column changed.
 */
export async function examineContracts(
  stateDir: string,
  project: ProjectDefinitions,
): Promise<{ readonly errors: readonly DefinitionError[]; readonly warnings: readonly DefinitionError[] }> {
  const now = declaredProject(project)
  const before = await publishedBefore(stateDir, project.name, project.version)
  if (before === undefined) return { errors: [], warnings: [] }
  const [{ changedColumns, graphOfProject, reachOf, withColumnsOf }, { lineageOf }] = await Promise.all([
    import('@sluice/transform'),
    import('../models/graph.ts'),
  ])
  const changed = changedColumns(before, now)
  if (changed.length === 0) return { errors: [], warnings: [] }
  const declared = withColumnsOf(now, before)
  const graph = graphOfProject(declared)
  const columns = await lineageOf(stateDir, declared)
  const reaches = changed.map((each) => reachOf(each, graph, columns)).filter(({ users }) => users.length > 0)
  const told = (wanted: readonly Reach[]): readonly DefinitionError[] =>
    sqlErrors(
      project.name,
      project.versionDir,
      wanted.flatMap((reach) => reach.users.flatMap((user) => faultsOf(project, reach, user))),
    )
  return {
    errors: told(reaches.filter(({ changed }) => changed.to === null)),
    warnings: told(reaches.filter(({ changed }) => changed.to !== null)),
  }
}

/** At the SQL of the model or check that names the column. A load names it in its definition, which does not load without it. */
function faultsOf({ models, checks }: ProjectDefinitions, { changed, users, below }: Reach, user: string): readonly SqlFault[] {
  const step = [
    ...models.map((model) => ({ id: `model ${model.name}`, model })),
    ...checks.map((check) => ({ id: `check ${check.name}`, model: check })),
  ].find(({ id }) => id === user)?.model
  if (step === undefined) return []
  const others = [...users, ...below].filter((id) => id !== user)
  const also = others.length === 0 ? '' : `; it also reaches ${others.join(', ')}`
  return [
    {
      step,
      message: `${user} names ${changed.column} of ${changed.dataset}, ${become(changed)}${also}`,
      next:
        changed.to === null
          ? `Declare ${changed.column} again, or take it out of what names it.`
          : 'See that what names it still means the same; publish to accept it.',
      words: [changed.column],
    },
  ]
}

const become = ({ from, to }: ChangedColumn): string => (to === null ? 'which is not declared any more' : `which was ${from} and is ${to}`)
