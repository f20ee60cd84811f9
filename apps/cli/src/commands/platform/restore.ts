import { count, instantOf } from '@sluice/serve/terminal'
import { progress } from '../../backup/progress.ts'
import { command } from '../../cli/command.ts'

export const restore = command({
  path: 'restore',
  summary: 'Make the state of this platform of a backup: in a folder that has none, on this machine or another',
  args: [{ name: 'from', description: 'what "sluice backup" wrote to: a folder, a bucket, or the folder of one backup' }],
  options: [
    { flags: '--backup <id>', description: 'which one; the newest unless given' },
    { flags: '--replace', description: 'databases of a server by URL may hold data, which are then gone' },
    { flags: '--cluster', description: 'only the embedded PostgreSQL, of "sluice backup physical" and "wal", into a state that has none' },
    { flags: '--until <time>', description: 'with --cluster: as it was then, such as 2026-11-30T12:00:00Z' },
    { flags: '--dry-run', description: 'only say what would be restored' },
  ],
  examples: [
    'sluice restore /mnt/backups',
    'sluice restore s3://bucket/sluice --backup 20261130T195255123Z --dry-run',
    'sluice restore /mnt/backups --cluster --until 2026-11-30T12:00:00Z',
  ],
  run: async ({ root, output, signal }, line) => {
    const { findBackup, placeAndId, placeOf, refuseRestore, restorePlatform, secretOf } = await import('@sluice/platform/backup')
    const { loadSettings } = await import('@sluice/platform')
    const settings = await loadSettings({ root })
    if (line.flag('cluster')) {
      const { restoreClusterInto } = await import('@sluice/platform/backup')
      const until = line.text('until')
      const restored = await restoreClusterInto(
        { stateDir: settings.stateDir, place: await placeOf(settings, line.arg('from')), secret: await secretOf(settings) },
        { id: line.text('backup'), until: until === undefined ? undefined : instantOf(until) },
      )
      output.result(restored, () => `${restored.id} and ${count(restored.segments)} segments of its log are replayed in ${restored.folder}`)
      output.note('Go on with: sluice start. Batches of the lake that the restored databases do not know are recognised by their receipts.')
      return 0
    }
    const at = await placeAndId(line.arg('from'), (from) => placeOf(settings, from))
    const found = await findBackup(at.place, line.text('backup') ?? at.id)
    await refuseRestore(settings)
    const { manifest } = found
    if (line.flag('dryRun')) {
      output.result({ id: found.id, into: settings.stateDir, manifest }, () =>
        [
          `would restore ${found.id} into ${settings.stateDir}:`,
          ...manifest.databases.map(({ database, tables, rows }) => `  database ${database}: ${tables} tables, ${count(rows)} rows`),
          ...manifest.trees.map(({ tree, files }) => `  ${tree}: ${count(files)} files`),
        ].join('\n'),
      )
      return 0
    }
    const shown = progress(output)
    const restored = await restorePlatform({
      settings,
      place: at.place,
      found,
      secret: await secretOf(settings),
      replace: line.flag('replace'),
      onProgress: ({ what, bytes }) => shown.tell(what, bytes),
      signal,
    }).finally(shown.end)
    output.result(restored, () => {
      const rows = restored.databases.reduce((sum, each) => sum + each.rows, 0)
      return `${restored.id} is restored into ${restored.stateDir}: ${count(rows)} rows of ${restored.databases.length} databases, compared with the backup, and ${count(restored.files)} files`
    })
    for (const note of restored.notes) output.note(note)
    if (!manifest.secrets) output.note('A new key is made at the start: everybody signs in again, and warehouse roles get new passwords.')
    output.note('Go on with: sluice start. Never run two platforms on copies of one state: both would run the same schedules.')
    return 0
  },
})
