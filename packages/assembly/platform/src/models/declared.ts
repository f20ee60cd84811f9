import { relative, sep } from 'node:path'
import type { DeclaredProject } from '@sluice/transform'
import type { ProjectDefinitions } from '../definitions/definitions.ts'

type Loaded = Pick<ProjectDefinitions, 'name' | 'version' | 'versionDir' | 'specs' | 'models' | 'loads' | 'checks' | 'datasets'>

/** The definitions of a project as the graph of models takes them: plain data, each step with the file in which it is written. */
export function declaredProject({ name, version, versionDir, specs, models, loads, checks, datasets }: Loaded): DeclaredProject {
  const fileOf = (file: string, place: { readonly file: string | null } | null): string =>
    place?.file == null ? file : relative(versionDir, place.file).replaceAll(sep, '/')
  return {
    project: name,
    version,
    pipelines: specs,
    models: models.map(({ place, file, ...model }) => ({ ...model, file: fileOf(file, place) })),
    loads,
    checks: checks.map(({ name, on, reads, sql, message, place, file }) => ({ name, on, reads, sql, message, file: fileOf(file, place) })),
    datasets: datasets.map(({ id, on, name, columns, key, facts }) => ({ id, on, name, columns, key, facts })),
  }
}
