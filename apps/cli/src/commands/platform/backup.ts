import { given, requestErrors, sumOf } from '@sluice/core'
import { backupsTable, bytes, count } from '@sluice/serve/terminal'
import { progress } from '../../backup/progress.ts'
import { command } from '../../cli/command.ts'
import type { Context } from '../../cli/context.ts'

const actions = ['run', 'list', 'verify', 'physical', 'wal'] as const

export const backup = command({
  path: 'backup',
  summary: 'Save the whole platform while it runs: metadata, warehouses, lake, logs; list backups, or read one again',
  args: [
    {
      name: 'action',
      description: 'run unless given; physical copies the embedded PostgreSQL as a whole, wal takes its log since',
      optional: true,
      choices: actions,
    },
  ],
  options: [
    { flags: '--to <place>', description: 'a folder, or a bucket such as s3://bucket/prefix; SLUICE_BACKUP_TO or "backups" unless given' },
    { flags: '--keep <how>', description: 'remove older ones behind it: keep so many (7), or those of a span (30d)' },
    { flags: '--backup <id>', description: 'of verify: which one; the newest unless given' },
    { flags: '--dry-run', description: 'only say what would be saved' },
  ],
  examples: [
    'sluice backup',
    'sluice backup --to /mnt/backups --keep 30d',
    'sluice backup list',
    'sluice backup verify --to s3://bucket/sluice',
    'sluice backup wal',
  ],
  run: async (context, line) => {
    const action = line.optionalArg('action') ?? 'run'
    if (action === 'list') return await list(context, line.text('to'))
    if (action === 'physical' || action === 'wal') return await ofCluster(context, line.text('to'), action)
    if (action === 'verify') return await verify(context, line.text('to'), line.text('backup'))
    return await run(context, line.text('to'), { keep: line.text('keep'), dryRun: line.flag('dryRun') })
  },
})

async function run(
  context: Context,
  to: string | undefined,
  { keep, dryRun }: { readonly keep: string | undefined; readonly dryRun: boolean },
) {
  const { output, signal } = context
  const { databasesOf, parseKeep, placeOf, planBackup, savePlatform, secretOf } = await import('@sluice/platform/backup')
  const { version } = await import('@sluice/platform')
  const keeping = keep === undefined ? undefined : parseKeep(keep)
  const platform = await context.platform()
  const { settings } = platform
  const secret = await secretOf(settings)
  const place = await placeOf(settings, to)
  const database = await platform.database()
  const databases = databasesOf(database, await platform.definitions(), await platform.warehouseUrls())
  if (dryRun) {
    const plan = planBackup({ databases, lake: settings.lakeUrl ?? `${settings.stateDir}/lake`, encrypted: secret !== undefined })
    output.result({ to: place.name, ...plan }, () =>
      [
        `would save to ${place.name}:`,
        ...plan.steps.map(({ what }) => `  ${what}`),
        ...plan.leftOut.map((each) => `not in it: ${each}`),
      ].join('\n'),
    )
    return 0
  }
  const shown = progress(output)
  const { id, manifest, removed } = await savePlatform({
    settings,
    databases,
    place,
    secret,
    version,
    now: Date.now(),
    ...given({ keep: keeping }),
    onProgress: ({ what, bytes: more }) => shown.tell(what, more),
    signal,
  }).finally(shown.end)
  output.result({ id, place: place.name, removed, manifest }, () => {
    const rows = sumOf(manifest.databases, (each) => each.rows)
    const files = sumOf(manifest.trees, (each) => each.files)
    return `${id}: ${count(rows)} rows of ${manifest.databases.length} databases and ${count(files)} files, ${bytes(manifest.written)} written, ${bytes(manifest.shared)} there already`
  })
  if (removed.length > 0) output.note(`removed ${removed.join(', ')}`)
  for (const each of manifest.leftOut) output.note(`not in it: ${each}`)
  output.note(`Restore it in another folder with: sluice restore '${place.name}'`)
  return 0
}

async function list(context: Context, to: string | undefined) {
  const { platformBackups, placeOf } = await import('@sluice/platform/backup')
  const { loadSettings } = await import('@sluice/platform')
  const place = await placeOf(await loadSettings({ root: context.root }), to)
  const found = (await platformBackups(place)).map(({ id, manifest }) => ({
    id,
    takenAt: manifest.takenAt,
    encrypted: manifest.encrypted,
    rows: sumOf(manifest.databases, (each) => each.rows),
    bytes: manifest.written + manifest.shared,
  }))
  context.output.result(found, () => backupsTable(found, `${place.name} holds no backups.`))
  return 0
}

async function verify(context: Context, to: string | undefined, id: string | undefined) {
  const { findBackup, placeOf, secretOf, verifyPlatform } = await import('@sluice/platform/backup')
  const { loadSettings } = await import('@sluice/platform')
  const settings = await loadSettings({ root: context.root })
  const place = await placeOf(settings, to)
  const found = await findBackup(place, id)
  const shown = progress(context.output)
  const problems = await verifyPlatform(place, found, await secretOf(settings), (path) => shown.tell(path, 0)).finally(shown.end)
  context.output.result({ id: found.id, problems }, () => (problems.length === 0 ? `${found.id} is whole` : problems.join('\n')))
  return problems.length === 0 ? 0 : 1
}

async function ofCluster(context: Context, to: string | undefined, action: 'physical' | 'wal') {
  const { placeOf, saveCluster, saveLog, secretOf } = await import('@sluice/platform/backup')
  const { version } = await import('@sluice/platform')
  const platform = await context.platform()
  const { settings } = platform
  const { adminUrl, embedded } = await platform.database()
  if (!embedded) {
    throw requestErrors.invalid('the PostgreSQL of this platform is not the embedded one', {
      next: 'Copy it by its own means (pg_basebackup), or save it logically: sluice backup.',
    })
  }
  const of = { stateDir: settings.stateDir, adminUrl, place: await placeOf(settings, to), secret: await secretOf(settings) }
  if (action === 'wal') {
    const { segments } = await saveLog(of)
    context.output.result({ segments }, () => `${count(segments)} segments of the log are in ${of.place.name}`)
    return 0
  }
  const { id, manifest } = await saveCluster(of, { version, now: Date.now() })
  context.output.result({ id, place: of.place.name, manifest }, () => `${id}: ${bytes(manifest.tar.bytes)} in ${of.place.name}`)
  context.output.note('From here on the server keeps its log until "sluice backup wal" has taken it: call that every some minutes.')
  return 0
}
