import { given, requestErrors, sumOf } from '@sluice/core'
import { backupsTable, bytes, count, UsageError } from '@sluice/serve/terminal'
import { progress } from '../../backup/progress.ts'
import { command } from '../../cli/command.ts'
import type { Context } from '../../cli/context.ts'

const actions = ['run', 'list', 'verify', 'restore', 'sql'] as const

export const warehouseBackup = command({
  path: 'warehouse backup',
  summary: 'Save a warehouse, list and read its backups again, restore one into another database, or print one as SQL for psql',
  args: [
    { name: 'action', description: 'what to do', choices: actions },
    { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    { name: 'backup', description: 'which one, as "list" shows them; the newest unless given', optional: true },
  ],
  options: [
    { flags: '--to <place>', description: 'where backups lie: a folder or a bucket; SLUICE_BACKUP_TO or "backups" unless given' },
    { flags: '--keep <how>', description: 'of run: remove older ones behind it: keep so many (7), or those of a span (30d)' },
    {
      flags: '--into <database>',
      description: 'of restore: the name of the new database; that of the warehouse with _restored unless given',
    },
    { flags: '--replace <database>', description: 'of restore: its name once more, where it holds data that may go' },
    { flags: '--no-roles', description: 'of restore: all belongs to whoever restores; roles and grants are left out' },
    { flags: '--no-compare', description: 'of restore: do not read each table again and compare it, which takes about half as long again' },
    { flags: '--dry-run', description: 'only say what would be done' },
  ],
  examples: [
    'sluice warehouse backup run crypto-coincap --keep 7',
    'sluice warehouse backup list crypto-coincap',
    'sluice warehouse backup verify crypto-coincap',
    'sluice warehouse backup restore crypto-coincap --into scratch',
    'sluice warehouse backup sql crypto-coincap | psql -d empty_database',
  ],
  run: async (context, line) => {
    const platform = await context.platform()
    const { settings } = platform
    const { placeOf, secretOf } = await import('@sluice/platform/backup')
    const project = projectOf(
      settings.projects.map((each) => each.project.name),
      line.optionalArg('project') ?? context.project,
    )
    const of = { place: await placeOf(settings, line.text('to')), project, secret: await secretOf(settings) }
    const id = line.optionalArg('backup')
    switch (line.arg('action') as (typeof actions)[number]) {
      case 'run':
        return await run(context, of, { keep: line.text('keep'), dryRun: line.flag('dryRun') })
      case 'list':
        return await list(context, of)
      case 'verify':
        return await verify(context, of, id)
      case 'restore':
        return await restore(context, of, id, {
          into: line.text('into'),
          replace: line.text('replace'),
          withoutRoles: line.value('roles') === false,
          compare: line.value('compare') !== false,
          dryRun: line.flag('dryRun'),
        })
      default:
        return await sql(context, of, id)
    }
  },
})

interface Of {
  readonly place: import('@sluice/platform/backup').WarehouseBackupsOf['place']
  readonly project: string
  readonly secret: string | undefined
}

function projectOf(projects: readonly string[], named: string | undefined): string {
  const [only] = projects
  if (named === undefined && only !== undefined && projects.length === 1) return only
  if (named !== undefined && projects.includes(named)) return named
  throw new UsageError(
    named === undefined ? `name the project: ${projects.join(', ')}` : `no project has the name ${named}; there are ${projects.join(', ')}`,
  )
}

async function run(context: Context, of: Of, { keep, dryRun }: { readonly keep: string | undefined; readonly dryRun: boolean }) {
  const { databasesOf, lookAtDatabase, parseKeep, saveWarehouse } = await import('@sluice/platform/backup')
  const { version } = await import('@sluice/platform')
  const { output, signal } = context
  const keeping = keep === undefined ? undefined : parseKeep(keep)
  const platform = await context.platform()
  const all = databasesOf(await platform.database(), await platform.definitions(), await platform.warehouseUrls())
  const url = all.find(({ project }) => project === of.project)?.url ?? ''
  if (dryRun) {
    const { tables, leftOut } = await lookAtDatabase(url)
    output.result({ to: of.place.name, tables: tables.map(({ name }) => name), leftOut }, () =>
      [`would save ${tables.length} tables to ${of.place.name}`, ...leftOut.map((each) => `not in it: ${each}`)].join('\n'),
    )
    return 0
  }
  const shown = progress(output)
  const { id, manifest, removed } = await saveWarehouse(of, {
    url,
    version,
    now: Date.now(),
    ...given({ keep: keeping }),
    onProgress: ({ table, bytes: more }) => shown.tell(table, more),
    signal,
  }).finally(shown.end)
  output.result({ id, place: of.place.name, removed, manifest }, () => {
    const rows = sumOf(manifest.tables, (table) => table.rows)
    return `${id}: ${count(rows)} rows of ${manifest.tables.length} tables, ${bytes(manifest.bytes)} in ${of.place.name}`
  })
  if (removed.length > 0) output.note(`removed ${removed.join(', ')}`)
  for (const each of manifest.leftOut) output.note(`not in it: ${each}`)
  return 0
}

async function list({ output }: Context, of: Of) {
  const { warehouseBackups } = await import('@sluice/platform/backup')
  const found = (await warehouseBackups(of)).map(({ id, manifest }) => ({
    id,
    takenAt: manifest.takenAt,
    encrypted: manifest.encrypted,
    rows: sumOf(manifest.tables, (table) => table.rows),
    bytes: manifest.bytes,
  }))
  output.result(found, () => backupsTable(found, `${of.place.name} holds no backups.`))
  return 0
}

async function verify({ output }: Context, of: Of, id: string | undefined) {
  const { findWarehouseBackup, verifyWarehouse } = await import('@sluice/platform/backup')
  const found = await findWarehouseBackup(of, id)
  const shown = progress(output)
  const problems = await verifyWarehouse(of, found, (path) => shown.tell(path, 0)).finally(shown.end)
  output.result({ id: found.id, problems }, () => (problems.length === 0 ? `${found.id} is whole` : problems.join('\n')))
  return problems.length === 0 ? 0 : 1
}

interface Restoring {
  readonly into: string | undefined
  readonly replace: string | undefined
  readonly withoutRoles: boolean
  readonly compare: boolean
  readonly dryRun: boolean
}

async function restore(context: Context, of: Of, id: string | undefined, options: Restoring) {
  const { findWarehouseBackup, restoreWarehouse } = await import('@sluice/platform/backup')
  const { output, signal } = context
  const found = await findWarehouseBackup(of, id)
  const { manifest } = found
  const into = options.into ?? `${manifest.database}_restored`
  if (options.replace !== undefined && options.replace !== into) {
    throw requestErrors.invalid(`--replace says ${options.replace}, and the backup would be restored into ${into}`, {
      next: `Where ${into} may lose what it holds, say --replace ${into}.`,
    })
  }
  if (options.dryRun) {
    output.result({ id: found.id, into, tables: manifest.tables.map(({ name, rows }) => ({ name, rows })) }, () =>
      [
        `would restore ${found.id} into the database ${into}:`,
        ...manifest.tables.map(({ name, rows }) => `  ${name}: ${count(rows)} rows`),
      ].join('\n'),
    )
    return 0
  }
  const { adminUrl } = await (await context.platform()).database()
  const shown = progress(output)
  const restored = await restoreWarehouse(of, found, {
    adminUrl,
    into,
    replace: options.replace !== undefined,
    withoutRoles: options.withoutRoles,
    compare: options.compare,
    onProgress: ({ what }) => shown.tell(what, 0),
    signal,
  }).finally(shown.end)
  output.result(
    { id: found.id, ...restored },
    () =>
      `${found.id} is restored: ${count(restored.rows)} rows of ${restored.tables} tables in the database ${into}${options.compare ? ', each compared with the backup' : ''}`,
  )
  for (const note of restored.notes) output.note(note)
  return 0
}

async function sql({ output }: Context, of: Of, id: string | undefined) {
  const { findWarehouseBackup, warehouseScript } = await import('@sluice/platform/backup')
  for await (const chunk of warehouseScript(of, await findWarehouseBackup(of, id))) output.bytes(chunk)
  return 0
}
