// Made of the files in operations/ by "npm run operations".
import type { AnyEndpoint } from '../endpoint/endpoint.ts'
import type { OperationSpec } from '../endpoint/operation-spec.ts'

/** A command as help and completion need it, and the endpoint, which is loaded when the command runs. */
export interface LoadableCommand extends OperationSpec {
  readonly load: () => Promise<AnyEndpoint>
}

export const commands: readonly LoadableCommand[] = [
  {
    path: 'audit list',
    operation: 'audit.list',
    summary: 'Who asked for which change, from where, and what became of it, newest first',
    args: [],
    options: [
      { flags: '--actor <actor>', description: 'only of this actor: owner, user:ada, token:ada/ci, nobody' },
      { flags: '--action <action>', description: 'only of this operation, such as pipelines.change' },
      { flags: '--outcome <outcome>', description: 'only what ended so', choices: ['begun', 'done', 'refused', 'failed'] },
      { flags: '--since <time>', description: 'only from this time on, ISO-8601' },
      { flags: '--limit <n>', description: 'how many at most', default: 20, type: 'whole' },
    ],
    examples: [
      'sluice audit list',
      'sluice audit list --actor user:ada --since 2026-11-20',
      'sluice audit list --outcome refused --json',
    ],
    fields: [
      { name: 'actor', part: 'query', from: 'actor' },
      { name: 'action', part: 'query', from: 'action' },
      { name: 'outcome', part: 'query', from: 'outcome' },
      { name: 'since', part: 'query', from: 'since' },
      { name: 'limit', part: 'query', from: 'limit' },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/audit/list.ts')).listAudit,
  },
  {
    path: 'backfills cancel',
    operation: 'backfills.cancel',
    summary: 'Cancel all runs of a backfill that have not ended',
    args: [
      { name: 'backfill', description: 'the number of the backfill' },
    ],
    options: [],
    examples: [
      'sluice backfills cancel 7',
    ],
    fields: [
      { name: 'backfill', part: 'params', from: 'backfill', needed: true },
    ],
    load: async () => (await import('../operations/backfills/cancel.ts')).cancelBackfill,
  },
  {
    path: 'backfills pause',
    operation: 'backfills.change',
    summary: 'Let no run of a backfill begin; those under way go on',
    args: [
      { name: 'backfill', description: 'the number of the backfill' },
    ],
    options: [],
    examples: [
      'sluice backfills pause 7',
    ],
    fields: [
      { name: 'backfill', part: 'params', from: 'backfill', needed: true },
    ],
    load: async () => (await import('../operations/backfills/change.ts')).changeBackfill,
  },
  {
    path: 'backfills resume',
    operation: 'backfills.change',
    summary: 'Let the runs of a paused backfill begin again',
    args: [
      { name: 'backfill', description: 'the number of the backfill' },
    ],
    options: [],
    examples: [
      'sluice backfills resume 7',
    ],
    fields: [
      { name: 'backfill', part: 'params', from: 'backfill', needed: true },
    ],
    load: async () => (await import('../operations/backfills/change.ts')).changeBackfill,
  },
  {
    path: 'backfills list',
    operation: 'backfills.list',
    summary: 'Backfills, newest first',
    args: [
      { name: 'pipeline', description: 'only of this pipeline', optional: true },
    ],
    options: [
      { flags: '--limit <n>', description: 'how many at most', default: 20, type: 'whole' },
    ],
    examples: [
      'sluice backfills list',
      'sluice backfills list crypto_data_pipeline',
    ],
    fields: [
      { name: 'pipeline', part: 'query', from: 'pipeline' },
      { name: 'limit', part: 'query', from: 'limit' },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/backfills/list.ts')).listBackfills,
  },
  {
    path: 'backfills show',
    operation: 'backfills.show',
    summary: 'A backfill and how far it is',
    args: [
      { name: 'backfill', description: 'the number of the backfill' },
    ],
    options: [],
    examples: [
      'sluice backfills show 7',
    ],
    fields: [
      { name: 'backfill', part: 'params', from: 'backfill', needed: true },
    ],
    load: async () => (await import('../operations/backfills/show.ts')).showBackfill,
  },
  {
    path: 'backups list',
    operation: 'backups.list',
    summary: 'The backups in the place of the settings, newest first',
    args: [],
    options: [],
    examples: [
      'sluice backups list',
      'sluice backups list --project crypto-coincap',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/backups/list.ts')).listBackups,
  },
  {
    path: 'backups run',
    operation: 'backups.run',
    summary: 'Ask the server for a backup of the platform or of one warehouse, in the place of its settings',
    args: [],
    options: [
      { flags: '--keep <keep>', description: 'remove older ones behind it: keep so many (7), or those of a span (30d)' },
    ],
    examples: [
      'sluice backups run --keep 30d',
      'sluice backups run --project crypto-coincap --keep 7',
    ],
    fields: [],
    load: async () => (await import('../operations/backups/run.ts')).runBackup,
  },
  {
    path: 'backups show',
    operation: 'backups.show',
    summary: 'A backup that was asked for, and what came of it',
    args: [
      { name: 'job', description: 'the number that asking for it gave' },
    ],
    options: [],
    examples: [
      'sluice backups show 7',
    ],
    fields: [
      { name: 'job', part: 'params', from: 'job', needed: true },
    ],
    load: async () => (await import('../operations/backups/show.ts')).showBackup,
  },
  {
    path: 'backups verify',
    operation: 'backups.verify',
    summary: 'Ask the server to read a backup again, each file against its hash and each table against its checksum',
    args: [],
    options: [
      { flags: '--backup <backup>', description: 'which one, as the list shows them; the newest unless given' },
    ],
    examples: [
      'sluice backups verify',
      'sluice backups verify --project crypto-coincap',
    ],
    fields: [],
    load: async () => (await import('../operations/backups/verify.ts')).verifyBackup,
  },
  {
    path: 'budget plan',
    operation: 'budgets.plan',
    summary: 'Credits that the schedules spend in a month, whether the account has them, and which cadence would fit',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [
      { flags: '--every <duration>', description: 'as if its pipelines ran this often: 30m, 2h, 1d' },
      { flags: '--assets <n>', description: 'as if each run fetched this many items', type: 'whole' },
    ],
    examples: [
      'sluice budget plan crypto-coincap',
      'sluice budget plan crypto-coincap --every 2h --assets 10',
      'sluice budget plan --json',
    ],
    fields: [
      { name: 'project', part: 'params', from: 'project', needed: true },
      { name: 'every', part: 'query', from: 'every' },
      { name: 'items', part: 'query', from: 'assets' },
    ],
    load: async () => (await import('../operations/budgets/plan.ts')).planBudgets,
  },
  {
    path: 'budget status',
    operation: 'budgets.status',
    summary: 'Credits spent this month, counted from the receipts, and whether they will last',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [],
    examples: [
      'sluice budget status crypto-coincap',
      'sluice budget status --json',
    ],
    fields: [
      { name: 'project', part: 'params', from: 'project', needed: true },
    ],
    load: async () => (await import('../operations/budgets/status.ts')).listBudgets,
  },
  {
    path: 'config explain',
    operation: 'config.explain',
    summary: 'Where the value of a setting comes from; all settings without a key',
    args: [
      { name: 'key', description: 'a key such as port, or a variable such as COINCAP_API_KEY', optional: true },
    ],
    options: [],
    examples: [
      'sluice config explain',
      'sluice config explain port',
      'sluice config explain COINCAP_API_KEY --json',
    ],
    fields: [],
    load: async () => (await import('../operations/config/explain.ts')).explainSetting,
  },
  {
    path: 'datasets list',
    operation: 'datasets.list',
    summary: 'The datasets that projects declare: owner, newest batch, and whether they are as fresh as they say',
    args: [],
    options: [],
    examples: [
      'sluice datasets list',
      'sluice datasets list --project crypto-coincap --json',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/datasets/list.ts')).listDatasets,
  },
  {
    path: 'datasets show',
    operation: 'datasets.show',
    summary: 'A dataset as its project declares it: columns, rules, who fills and reads it, its newest batch, and whether it is late',
    args: [
      { name: 'declared', description: 'silver.NAME, warehouse.SCHEMA.NAME, or the full id' },
    ],
    options: [],
    examples: [
      'sluice datasets show silver.assets',
      'sluice datasets show crypto-coincap:warehouse.public.crypto_temps_reel --json',
    ],
    fields: [
      { name: 'dataset', part: 'params', from: 'declared', needed: true },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/datasets/show.ts')).showDataset,
  },
  {
    path: 'lake connect',
    operation: 'lake.connect',
    summary: 'How DuckDB, Python and Spark read a lake by themselves: where it lies, and what to write there; no secret',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [
      { flags: '--tool <tool>', description: 'only what that one needs, to be written to a file', choices: ['duckdb', 'deltalake', 'pandas', 'polars', 'spark'] },
    ],
    examples: [
      'sluice lake connect',
      'sluice lake connect crypto-coincap --tool duckdb > lake.sql',
      'sluice lake connect crypto-coincap --json',
    ],
    fields: [],
    load: async () => (await import('../operations/lake/connect.ts')).connectLake,
  },
  {
    path: 'lake export',
    operation: 'lake.export',
    summary: 'Export a table or a query of the lake to gold, with a manifest of rows, schema, versions and checksums',
    args: [
      { name: 'gold', description: 'gold.NAME; created when it does not exist' },
    ],
    options: [
      { flags: '--from <dataset>', description: 'the dataset, such as silver.assets' },
      { flags: '--sql <query>', description: 'or a query of the lake' },
      { flags: '--format <format>', description: 'format of the file', choices: ['parquet', 'csv', 'ndjson'], default: 'parquet' },
    ],
    examples: [
      'sluice lake export gold.assets --from silver.assets',
      'sluice lake export gold.assets --sql "from silver.assets where rank <= 10"',
    ],
    fields: [
      { name: 'dataset', part: 'body', from: 'gold', needed: true },
      { name: 'from', part: 'body', from: 'from' },
      { name: 'sql', part: 'body', from: 'sql' },
      { name: 'format', part: 'body', from: 'format' },
      { name: 'project', part: 'body', from: 'project' },
    ],
    load: async () => (await import('../operations/lake/export.ts')).exportLake,
  },
  {
    path: 'lake history',
    operation: 'lake.history',
    summary: 'Every write to a table of the lake, newest first',
    args: [
      { name: 'dataset', description: 'silver.assets, or the full id' },
    ],
    options: [],
    examples: [
      'sluice lake history silver.assets',
    ],
    fields: [
      { name: 'dataset', part: 'query', from: 'dataset', needed: true },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/lake/history.ts')).lakeHistory,
  },
  {
    path: 'lake optimize',
    operation: 'lake.optimize',
    summary: 'Write the small files of a table together; rows and earlier versions stay',
    args: [
      { name: 'dataset', description: 'silver.assets, or the full id' },
    ],
    options: [
      { flags: '--cluster-by <column...>', description: 'sort by these columns as well, so that filters on them skip files' },
    ],
    examples: [
      'sluice lake optimize silver.assets',
      'sluice lake optimize silver.assets --cluster-by crypto_id',
    ],
    fields: [
      { name: 'dataset', part: 'body', from: 'dataset', needed: true },
      { name: 'clusterBy', part: 'body', from: 'clusterBy' },
      { name: 'project', part: 'body', from: 'project' },
    ],
    load: async () => (await import('../operations/lake/optimize.ts')).optimizeTable,
  },
  {
    path: 'lake sql',
    operation: 'lake.query',
    summary: 'Rows of a query over the tables and files of a lake; the query can only read',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
      { name: 'sql', description: 'one query, in the SQL of DuckDB', optional: true },
    ],
    options: [
      { flags: '--limit <n>', description: 'how many rows at most: 1000 as a table, else all', type: 'whole' },
      { flags: '--format <format>', description: 'all rows as a file', choices: ['json', 'csv', 'parquet'] },
      { flags: '-o, --output <file>', description: 'write there instead of stdout' },
    ],
    examples: [
      'sluice lake sql crypto-coincap "select * from silver.assets limit 10"',
      'sluice lake sql crypto-coincap "from silver.assets at (version => 3) select count(*)"',
      'sluice lake sql crypto-coincap "select source, request from \'bronze/coincap_assets/*/*.parquet\'" --format csv -o requests.csv',
      'sluice lake sql crypto-coincap "describe silver.assets" --json',
    ],
    fields: [],
    load: async () => (await import('../operations/lake/query.ts')).queryLake,
  },
  {
    path: 'lake read',
    operation: 'lake.read',
    summary: 'Rows of a table of the lake, or of any Delta table by its path',
    args: [
      { name: 'dataset-or-path', description: 'silver.assets, a full id, or a folder such as ./data/table' },
    ],
    options: [
      { flags: '--version <n>', description: 'as of this version', type: 'whole' },
      { flags: '--limit <n>', description: 'how many rows at most', type: 'whole' },
      { flags: '--format <format>', description: 'format of the rows; that of the file, else JSON', choices: ['json', 'csv', 'parquet'] },
      { flags: '-o, --output <file>', description: 'write there instead of stdout' },
    ],
    examples: [
      'sluice lake read silver.assets --limit 5',
      'sluice lake read .sluice/lake/crypto-coincap/silver/assets --version 3 --format csv -o assets.csv',
    ],
    fields: [],
    load: async () => (await import('../operations/lake/read.ts')).readLake,
  },
  {
    path: 'lake restore',
    operation: 'lake.restore',
    summary: 'Make an older version of a table the newest, or put a verified export of gold into a table',
    args: [
      { name: 'dataset', description: 'silver.assets with --version or --timestamp; gold.NAME with --into' },
    ],
    options: [
      { flags: '--version <n>', description: 'the version', type: 'whole' },
      { flags: '--timestamp <time>', description: 'the newest version at that time, such as 2026-11-20T12:00:00Z' },
      { flags: '--into <table>', description: 'of an export: the table of silver that then holds exactly its rows' },
      { flags: '--export <version>', description: 'of an export: which one, as "lake history" lists them; the newest unless given' },
      { flags: '-y, --yes', description: 'do not ask' },
    ],
    examples: [
      'sluice lake restore silver.assets --version 12',
      'sluice lake restore silver.assets --timestamp 2026-11-20T12:00:00Z --yes',
      'sluice lake restore gold.assets --into silver.assets_restored',
    ],
    fields: [],
    load: async () => (await import('../operations/lake/restore.ts')).restoreTable,
  },
  {
    path: 'lake retain',
    operation: 'lake.retain',
    summary: 'Delete what the retention of the project no longer keeps in its lake',
    args: [
      { name: 'project', description: 'the project' },
    ],
    options: [
      { flags: '--at <time>', description: 'the logical time that ages count from; now unless given' },
      { flags: '--dry-run', description: 'only list what would be deleted' },
      { flags: '-y, --yes', description: 'do not ask: what is deleted cannot be read again; receipts stay' },
    ],
    examples: [
      'sluice lake retain crypto-coincap --dry-run',
      'sluice lake retain crypto-coincap --yes',
    ],
    fields: [],
    load: async () => (await import('../operations/lake/retain.ts')).retainLake,
  },
  {
    path: 'lake tables',
    operation: 'lake.tables',
    summary: 'Tables of the lake with their rows, size and latest version',
    args: [],
    options: [],
    examples: [
      'sluice lake tables',
      'sluice lake tables --project crypto-coincap --json',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/lake/tables.ts')).listLakeTables,
  },
  {
    path: 'lake vacuum',
    operation: 'lake.vacuum',
    summary: 'Delete the files of a table that no version within the retention needs',
    args: [
      { name: 'dataset', description: 'silver.assets, or the full id' },
    ],
    options: [
      { flags: '--allow-short', description: 'also below 7d: readers that run may fail' },
      { flags: '--dry-run', description: 'only list what would be deleted' },
      { flags: '--retention <duration>', description: 'how long files stay after they left the table, such as 30d; unless given, as configured, or 7d' },
      { flags: '-y, --yes', description: 'do not ask: versions that need the files cannot be read any more' },
    ],
    examples: [
      'sluice lake vacuum silver.assets --dry-run',
      'sluice lake vacuum silver.assets --retention 30d --yes',
    ],
    fields: [
      { name: 'dataset', part: 'body', from: 'dataset', needed: true },
      { name: 'allowShortRetention', part: 'body', from: 'allowShort' },
      { name: 'dryRun', part: 'body', from: 'dryRun' },
      { name: 'project', part: 'body', from: 'project' },
    ],
    load: async () => (await import('../operations/lake/vacuum.ts')).vacuumTable,
  },
  {
    path: 'lake verify',
    operation: 'lake.verify',
    summary: 'Read the exports of gold again: checksums, rows and columns against their manifests',
    args: [
      { name: 'gold', description: 'gold.NAME, or the full id' },
    ],
    options: [
      { flags: '--export <version>', description: 'only this one, as "lake history" lists them' },
    ],
    examples: [
      'sluice lake verify gold.assets',
      'sluice lake verify gold.daily_reports --json',
    ],
    fields: [
      { name: 'dataset', part: 'body', from: 'gold', needed: true },
      { name: 'version', part: 'body', from: 'export' },
      { name: 'project', part: 'body', from: 'project' },
    ],
    load: async () => (await import('../operations/lake/verify.ts')).verifyExports,
  },
  {
    path: 'ledger list',
    operation: 'ledger.list',
    summary: 'Receipts of everything written, newest first',
    args: [],
    options: [
      { flags: '--dataset <id>', description: 'only of this dataset' },
      { flags: '--run <id>', description: 'only of this run' },
      { flags: '--limit <n>', description: 'how many at most', default: 50, type: 'whole' },
    ],
    examples: [
      'sluice ledger list',
      'sluice ledger list --dataset crypto-coincap:lake.silver.assets --json',
    ],
    fields: [
      { name: 'dataset', part: 'query', from: 'dataset' },
      { name: 'run', part: 'query', from: 'run' },
      { name: 'limit', part: 'query', from: 'limit' },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/ledger/list.ts')).listLedger,
  },
  {
    path: 'ledger rebuild',
    operation: 'ledger.rebuild',
    summary: 'Rebuild the ledger from the receipts of the stores, and the copies of the runs in the warehouses',
    args: [],
    options: [],
    examples: [
      'sluice ledger rebuild',
      'sluice ledger rebuild --project crypto-coincap --json',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/ledger/rebuild.ts')).rebuildLedger,
  },
  {
    path: 'models diff',
    operation: 'models.diff',
    summary: 'What models would change of the rows that stand: added, removed and changed rows, before anything is written',
    args: [
      { name: 'selection', description: 'a selection, such as silver.assets or state:changed; all unless given', optional: true, many: true },
    ],
    options: [
      { flags: '--batches <n>', description: 'of models that take batches, so many of the newest (20 unless given)', type: 'whole' },
      { flags: '--percent <n>', description: 'of the rows, chosen by their key; all unless given', type: 'number' },
      { flags: '--examples <n>', description: 'rows that are told of each kind', default: 5, type: 'whole' },
      { flags: '-s, --select <selection...>', description: 'which: +silver.sales, silver.sales+1, @name, tag:x, path:models, state:changed+; all unless given' },
      { flags: '--exclude <selection...>', description: 'which of these are left out, in the same form' },
      { flags: '--state <file>', description: 'a graph saved by models lineage --json, with which state: compares' },
      { flags: '--whole', description: 'all batches' },
      { flags: '--exit-code', description: 'end with 1 where a row would change' },
    ],
    examples: [
      'sluice models diff silver.assets',
      'sluice models diff --select state:changed --whole --json',
      'sluice models diff gold.totals --percent 5 --examples 20 --exit-code',
    ],
    fields: [],
    load: async () => (await import('../operations/models/diff.ts')).diffModels,
  },
  {
    path: 'models list',
    operation: 'models.graph',
    summary: 'Models, loads, checks and sources of a project, in the order in which they are filled',
    args: [],
    options: [
      { flags: '-s, --select <selection...>', description: 'which: +silver.sales, silver.sales+1, @name, tag:x, path:models, state:changed+; all unless given' },
      { flags: '--exclude <selection...>', description: 'which of these are left out, in the same form' },
      { flags: '--state <file>', description: 'a graph saved by models lineage --json, with which state: compares' },
    ],
    examples: [
      'sluice models list',
      'sluice models list --select +silver.assets',
      'sluice models list -s "tag:finance,state:changed+" --json',
    ],
    fields: [],
    load: async () => (await import('../operations/models/graph.ts')).graphOfModels,
  },
  {
    path: 'models show',
    operation: 'models.graph',
    summary: 'One model: its SQL, its columns and what they are made of, what is above and below it',
    args: [
      { name: 'model', description: 'the model, load, check or source, such as silver.assets' },
    ],
    options: [],
    examples: [
      'sluice models show silver.assets',
      'sluice models show silver.assets --json',
    ],
    fields: [],
    load: async () => (await import('../operations/models/graph.ts')).graphOfModels,
  },
  {
    path: 'models lineage',
    operation: 'models.graph',
    summary: 'Of which columns those of models are made: as text, as JSON, or as a page that works without a network',
    args: [],
    options: [
      { flags: '-s, --select <selection...>', description: 'which: +silver.sales, silver.sales+1, @name, tag:x, path:models, state:changed+; all unless given' },
      { flags: '--exclude <selection...>', description: 'which of these are left out, in the same form' },
      { flags: '--state <file>', description: 'a graph saved by models lineage --json, with which state: compares' },
      { flags: '-o, --output <file>', description: 'write it as a page: one file of HTML that works without a network' },
    ],
    examples: [
      'sluice models lineage --select +silver.assets',
      'sluice models lineage --json > graph.json',
      'sluice models lineage -o lineage.html',
    ],
    fields: [],
    load: async () => (await import('../operations/models/graph.ts')).graphOfModels,
  },
  {
    path: 'models docs',
    operation: 'models.graph',
    summary: 'What is declared of models: descriptions, columns, SQL, checks and lineage, as a page that works without a network',
    args: [],
    options: [
      { flags: '-s, --select <selection...>', description: 'which: +silver.sales, silver.sales+1, @name, tag:x, path:models, state:changed+; all unless given' },
      { flags: '--exclude <selection...>', description: 'which of these are left out, in the same form' },
      { flags: '--state <file>', description: 'a graph saved by models lineage --json, with which state: compares' },
      { flags: '-o, --output <file>', description: 'write it as a page: one file of HTML that works without a network' },
    ],
    examples: [
      'sluice models docs -o models.html',
      'sluice models docs --select silver --json',
    ],
    fields: [],
    load: async () => (await import('../operations/models/graph.ts')).graphOfModels,
  },
  {
    path: 'models run',
    operation: 'models.plan',
    summary: 'Run models and loads, with their checks, and nothing else of their pipelines; in the order of the graph, to the end',
    args: [
      { name: 'selection', description: 'a selection, such as +silver.assets; all unless given', optional: true, many: true },
    ],
    options: [
      { flags: '-s, --select <selection...>', description: 'which: +silver.sales, silver.sales+1, @name, tag:x, path:models, state:changed+; all unless given' },
      { flags: '--exclude <selection...>', description: 'which of these are left out, in the same form' },
      { flags: '--state <file>', description: 'a graph saved by models lineage --json, with which state: compares' },
      { flags: '--no-checks', description: 'without the checks that guard what is filled' },
      { flags: '--full-refresh', description: 'make tables of the lake anew from all of their batches before, as models rebuild does' },
      { flags: '--vars <key=value...>', description: 'parameters of the runs, for the pipelines that declare them' },
      { flags: '--compile', description: 'only print the SQL that would run' },
      { flags: '--dry-run', description: 'only say which runs there would be' },
      { flags: '-y, --yes', description: 'with --full-refresh: do not ask' },
    ],
    examples: [
      'sluice models run +silver.assets',
      'sluice models run --select state:changed+ --exclude tag:slow --dry-run',
      'sluice models run silver.assets --full-refresh --yes',
      'sluice models run silver.assets --compile',
    ],
    fields: [],
    load: async () => (await import('../operations/models/plan.ts')).planModels,
  },
  {
    path: 'models rebuild',
    operation: 'models.rebuild',
    summary: 'Make a table of the lake anew, with the columns and the query that its model declares now',
    args: [
      { name: 'dataset', description: 'silver.assets, or the full id' },
    ],
    options: [
      { flags: '--dry-run', description: 'only tell what would be done; nothing is written' },
      { flags: '-y, --yes', description: 'do not ask: the rows of before stay readable as an older version' },
    ],
    examples: [
      'sluice models rebuild silver.assets --dry-run',
      'sluice models rebuild silver.assets --yes',
      'sluice models rebuild silver.assets --project crypto-coincap --yes --json',
    ],
    fields: [],
    load: async () => (await import('../operations/models/rebuild.ts')).rebuildModel,
  },
  {
    path: 'notify list',
    operation: 'notifications.list',
    summary: 'Messages to people, of runs and of data, newest first',
    args: [],
    options: [
      { flags: '--state <state>', description: 'only those in this state', choices: ['queued', 'delivered', 'partly_delivered', 'failed'] },
      { flags: '--limit <n>', description: 'how many at most', default: 50, type: 'whole' },
    ],
    examples: [
      'sluice notify list',
      'sluice notify list --state partly_delivered',
      'sluice notify list --state failed --json',
    ],
    fields: [
      { name: 'state', part: 'query', from: 'state' },
      { name: 'limit', part: 'query', from: 'limit' },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/notifications/list.ts')).listNotifications,
  },
  {
    path: 'notify retry',
    operation: 'notifications.retry',
    summary: 'Queue again what has not arrived, failed or partly delivered or held: those named, or all',
    args: [
      { name: 'message', description: 'as "sluice notify list --state failed" shows them', optional: true, many: true },
    ],
    options: [],
    examples: [
      'sluice notify retry',
      'sluice notify retry mx26bh0rtyhe:1:failure:email:data-team',
    ],
    fields: [],
    load: async () => (await import('../operations/notifications/retry.ts')).retryNotifications,
  },
  {
    path: 'notify show',
    operation: 'notifications.show',
    summary: 'A message as its readers get it, and what became of it at each address',
    args: [
      { name: 'message', description: 'as "sluice notify list" shows it' },
    ],
    options: [],
    examples: [
      'sluice notify show mx26bh0rtyhe:1:failure:email:data-team',
      'sluice notify show mx26bh0rtyhe:1:failure:email:data-team --json',
    ],
    fields: [
      { name: 'key', part: 'params', from: 'message', needed: true },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/notifications/show.ts')).showNotification,
  },
  {
    path: 'pipelines backfill',
    operation: 'pipelines.backfill',
    summary: 'Create the runs of past ticks, one for each tick from start up to end',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
    ],
    options: [
      { flags: '--start <time>', description: 'first tick, ISO-8601 (UTC unless it names an offset)' },
      { flags: '--end <time>', description: 'ticks before this time' },
      { flags: '--reprocess', description: 'also run ticks again that have a run' },
      { flags: '--dry-run', description: 'only list the ticks' },
      { flags: '--max-active-runs <n>', description: 'how many of its runs at once, below what the pipeline allows', type: 'whole' },
      { flags: '-w, --wait', description: 'wait until all runs have ended' },
    ],
    examples: [
      'sluice pipelines backfill crypto_data_pipeline --start 2026-11-01 --end 2026-11-08 --dry-run',
    ],
    fields: [],
    load: async () => (await import('../operations/pipelines/backfill.ts')).backfillPipeline,
  },
  {
    path: 'pipelines pause',
    operation: 'pipelines.change',
    summary: 'Let nothing of a pipeline begin, by schedule or by hand; tasks that run are left to end',
    args: [
      { name: 'pipeline', description: 'the pipeline, unless --all is given', optional: true },
    ],
    options: [
      { flags: '--all', description: 'every pipeline, of the project where one is named' },
    ],
    examples: [
      'sluice pipelines pause crypto_data_pipeline',
      'sluice pipelines pause --all',
    ],
    fields: [],
    load: async () => (await import('../operations/pipelines/change.ts')).changePipeline,
  },
  {
    path: 'pipelines unpause',
    operation: 'pipelines.change',
    summary: 'Let a pipeline and what waits of it begin again',
    args: [
      { name: 'pipeline', description: 'the pipeline, unless --all is given', optional: true },
    ],
    options: [
      { flags: '--all', description: 'every pipeline, of the project where one is named; also those that were paused before' },
    ],
    examples: [
      'sluice pipelines unpause crypto_data_pipeline',
      'sluice pipelines unpause --all --project crypto-coincap',
    ],
    fields: [],
    load: async () => (await import('../operations/pipelines/change.ts')).changePipeline,
  },
  {
    path: 'pipelines errors',
    operation: 'pipelines.errors',
    summary: 'Definition files that could not be loaded, with the place and what to do',
    args: [],
    options: [],
    examples: [
      'sluice pipelines errors',
      'sluice pipelines errors --json',
    ],
    fields: [],
    load: async () => (await import('../operations/pipelines/errors.ts')).listDefinitionErrors,
  },
  {
    path: 'pipelines list',
    operation: 'pipelines.list',
    summary: 'All pipelines: schedule, next and latest run',
    args: [],
    options: [],
    examples: [
      'sluice pipelines list',
      'sluice pipelines list --project crypto-coincap --json',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/pipelines/list.ts')).listPipelines,
  },
  {
    path: 'pipelines rewind',
    operation: 'pipelines.rewind',
    summary: 'Decide the ticks of a pipeline from now on, or from a time on: for after a clock was wrong',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
    ],
    options: [
      { flags: '--to <time>', description: 'ticks after this time are to be decided, ISO-8601; now unless given' },
    ],
    examples: [
      'sluice pipelines rewind crypto_data_pipeline',
    ],
    fields: [
      { name: 'pipeline', part: 'params', from: 'pipeline', needed: true },
      { name: 'to', part: 'body', from: 'to' },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/pipelines/rewind.ts')).rewindPipeline,
  },
  {
    path: 'pipelines show',
    operation: 'pipelines.show',
    summary: 'A pipeline with its tasks and what they depend on',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
    ],
    options: [],
    examples: [
      'sluice pipelines show crypto_data_pipeline',
    ],
    fields: [
      { name: 'pipeline', part: 'params', from: 'pipeline', needed: true },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/pipelines/show.ts')).showPipeline,
  },
  {
    path: 'tasks list',
    operation: 'pipelines.show',
    summary: 'The tasks of a pipeline, in the order they may run',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
    ],
    options: [],
    examples: [
      'sluice tasks list crypto_data_pipeline',
      'sluice tasks list crypto_data_pipeline --json',
    ],
    fields: [
      { name: 'pipeline', part: 'params', from: 'pipeline', needed: true },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/pipelines/show.ts')).showPipeline,
  },
  {
    path: 'pipelines trigger',
    operation: 'pipelines.trigger',
    summary: 'Create a run now; with --wait, stay until it has ended',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
    ],
    options: [
      { flags: '--logical-time <time>', description: 'the time the run is for, ISO-8601; now unless given' },
      { flags: '-w, --wait', description: 'wait until the run has ended; exit code 1 unless it succeeded' },
      { flags: '-p, --param <key=value...>', description: 'a parameter of the run; numbers, true, false, null and JSON are read as such' },
      { flags: '--only <task...>', description: 'run these tasks alone, with those whose output they take; what the others write is read as it stands' },
    ],
    examples: [
      'sluice pipelines trigger crypto_data_pipeline --wait',
      'sluice pipelines trigger crypto_data_pipeline --param assets=10',
    ],
    fields: [],
    load: async () => (await import('../operations/pipelines/trigger.ts')).triggerPipeline,
  },
  {
    path: 'pipelines run',
    operation: 'pipelines.trigger',
    summary: 'Run a pipeline once to its end, without a scheduler: for cron and scripts',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
    ],
    options: [
      { flags: '--logical-time <time>', description: 'the time the run is for, ISO-8601; now unless given' },
      { flags: '-p, --param <key=value...>', description: 'a parameter of the run; numbers, true, false, null and JSON are read as such' },
      { flags: '--only <task...>', description: 'run these tasks alone, with those whose output they take; what the others write is read as it stands' },
    ],
    examples: [
      'sluice pipelines run crypto_data_pipeline',
      'sluice pipelines run crypto_data_pipeline --only silver.assets',
      '*/30 * * * * cd /srv/data && npx sluice pipelines run crypto_data_pipeline --json',
    ],
    fields: [],
    load: async () => (await import('../operations/pipelines/trigger.ts')).triggerPipeline,
  },
  {
    path: 'pools list',
    operation: 'pools.list',
    summary: 'Pools: how many of their slots are taken, and how many tasks wait',
    args: [],
    options: [],
    examples: [
      'sluice pools list',
      'sluice pools list --project crypto-coincap --json',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/pools/list.ts')).listPools,
  },
  {
    path: 'runs cancel',
    operation: 'runs.cancel',
    summary: 'Cancel a run: running tasks are told to stop, the others are cancelled',
    args: [
      { name: 'run', description: 'the id of the run' },
    ],
    options: [],
    examples: [
      'sluice runs cancel mx26bh0rtyhe',
    ],
    fields: [
      { name: 'run', part: 'params', from: 'run', needed: true },
    ],
    load: async () => (await import('../operations/runs/cancel.ts')).cancelRun,
  },
  {
    path: 'runs list',
    operation: 'runs.list',
    summary: 'Runs, newest first',
    args: [
      { name: 'pipeline', description: 'only of this pipeline', optional: true },
    ],
    options: [
      { flags: '--state <state>', description: 'only those in this state', choices: ['queued', 'running', 'success', 'failed', 'cancelled'] },
      { flags: '--limit <n>', description: 'how many at most', default: 20, type: 'whole' },
    ],
    examples: [
      'sluice runs list',
      'sluice runs list crypto_data_pipeline --state failed --limit 5',
    ],
    fields: [
      { name: 'pipeline', part: 'query', from: 'pipeline' },
      { name: 'state', part: 'query', from: 'state' },
      { name: 'limit', part: 'query', from: 'limit' },
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/runs/list.ts')).listRuns,
  },
  {
    path: 'runs show',
    operation: 'runs.show',
    summary: 'A run with the state of its tasks',
    args: [
      { name: 'run', description: 'the id of the run' },
    ],
    options: [
      { flags: '--limit <n>', description: 'how many tasks at most', default: 1000, type: 'whole' },
    ],
    examples: [
      'sluice runs show mx26bh0rtyhe',
      'sluice runs show mx26bh0rtyhe --json',
    ],
    fields: [
      { name: 'run', part: 'params', from: 'run', needed: true },
      { name: 'limit', part: 'query', from: 'limit' },
    ],
    load: async () => (await import('../operations/runs/show.ts')).showRun,
  },
  {
    path: 'sources list',
    operation: 'sources.list',
    summary: 'List the sources that steps pull, and what was pulled of each',
    args: [],
    options: [],
    examples: [
      'sluice sources list',
      'sluice sources list --project furniture --json',
    ],
    fields: [
      { name: 'project', part: 'query', from: 'project' },
    ],
    load: async () => (await import('../operations/sources/list.ts')).listSources,
  },
  {
    path: 'sources preview',
    operation: 'sources.preview',
    summary: 'Show the first rows of a source as a pull would write them, and those that would be in quarantine; nothing is written',
    args: [
      { name: 'project', description: 'the project; may be left out where one alone pulls such a source', optional: true },
      { name: 'source', description: 'the source, by its name', optional: true },
    ],
    options: [
      { flags: '--file <path>', description: 'of files: one by its path below the folder; the first that a pull would read unless given' },
      { flags: '--limit <rows>', description: 'so many rows of each kind', default: 10, type: 'whole' },
    ],
    examples: [
      'sluice sources preview furniture tills',
      'sluice sources preview furniture tills --file lyon.csv --limit 3 --json',
    ],
    fields: [],
    load: async () => (await import('../operations/sources/preview.ts')).previewSource,
  },
  {
    path: 'sources pull',
    operation: 'sources.pull',
    summary: 'Run the pipeline that pulls a source once, and show what came of each file',
    args: [
      { name: 'project', description: 'the project; may be left out where one alone pulls such a source', optional: true },
      { name: 'source', description: 'the source, by its name', optional: true },
    ],
    options: [
      { flags: '--file <path...>', description: 'a file that is read again, by its path below the folder of the source' },
      { flags: '--dry-run', description: 'only say what would be read, and why: files that are new, changed, moved or wait; the first rows of the others' },
    ],
    examples: [
      'sluice sources pull furniture tills',
      'sluice sources pull furniture tills --dry-run',
      'sluice sources pull furniture tills --file lyon.csv --json',
    ],
    fields: [],
    load: async () => (await import('../operations/sources/pull.ts')).pullSource,
  },
  {
    path: 'tasks clear',
    operation: 'tasks.clear',
    summary: 'Run a task of a run again, and those below it; its rows are replaced, not added. A run that has ended goes on with the newest version of the code',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
      { name: 'task', description: 'the task' },
    ],
    options: [
      { flags: '--only', description: 'leave the tasks below it as they are' },
      { flags: '--refetch', description: 'ask the sources again for what these tasks land; the newer answer is read, the older one kept' },
      { flags: '--run <id>', description: 'the run; the latest unless given' },
      { flags: '--no-wait', description: 'return at once; a "sluice start" that runs executes it' },
      { flags: '-y, --yes', description: 'do not ask' },
    ],
    examples: [
      'sluice tasks clear crypto_data_pipeline extract_assets --yes',
      'sluice tasks clear crypto_data_pipeline extract_assets --refetch --yes',
      'sluice tasks clear crypto_data_pipeline generate_daily_report --run mx26bh0rtyhe --only',
    ],
    fields: [],
    load: async () => (await import('../operations/tasks/clear.ts')).clearTask,
  },
  {
    path: 'tasks logs',
    operation: 'tasks.log',
    summary: 'The log of a task: latest run and attempt unless named',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
      { name: 'task', description: 'the task' },
    ],
    options: [
      { flags: '--map-index <n>', description: 'which task run of a mapped task', type: 'whole' },
      { flags: '--attempt <n>', description: 'the attempt; the latest unless given', type: 'whole' },
      { flags: '-f, --follow', description: 'read on until the attempt has ended' },
      { flags: '--tail <n>', description: 'only the last lines, so many', type: 'whole' },
      { flags: '--from <n>', description: 'from this byte of the log on', type: 'whole' },
      { flags: '--bytes <n>', description: 'at most so many bytes; the next part begins after those that came', type: 'whole' },
      { flags: '--run <id>', description: 'the run; the latest unless given' },
    ],
    examples: [
      'sluice tasks logs crypto_data_pipeline generate_daily_report',
      'sluice tasks logs crypto_data_pipeline extract_assets --run mx26bh0rtyhe --attempt 1 --follow',
      'sluice tasks logs crypto_data_pipeline extract_assets --tail 100',
    ],
    fields: [],
    load: async () => (await import('../operations/tasks/log.ts')).readTaskLog,
  },
  {
    path: 'tasks mark',
    operation: 'tasks.mark',
    summary: 'Set the state of a task in a run without running it',
    args: [
      { name: 'pipeline', description: 'the pipeline' },
      { name: 'task', description: 'the task' },
    ],
    options: [
      { flags: '--state <state>', description: 'the state to set', choices: ['success', 'failed', 'skipped'], default: 'success' },
      { flags: '--run <id>', description: 'the run; the latest unless given' },
    ],
    examples: [
      'sluice tasks mark crypto_data_pipeline generate_daily_report --state skipped',
    ],
    fields: [
      { name: 'task', part: 'params', from: 'task', needed: true },
      { name: 'state', part: 'body', from: 'state', needed: true },
    ],
    load: async () => (await import('../operations/tasks/mark.ts')).markTask,
  },
  {
    path: 'tokens create',
    operation: 'tokens.create',
    summary: 'Make a personal token for a program; it may never do more than its user',
    args: [
      { name: 'name', description: 'what the token is called, such as ci' },
    ],
    options: [
      { flags: '--user <user>', description: 'whose it is: an admin names another user; yours unless given' },
      { flags: '--role <role>', description: 'the highest role that it may use', choices: ['viewer', 'editor', 'admin'], default: 'viewer' },
      { flags: '--only <project...>', description: 'only in these projects; in all of the user unless given' },
      { flags: '--expires <duration>', description: 'how long it works, such as 30d; at most 366d', default: '90d' },
    ],
    examples: [
      'sluice tokens create ci --user ada --role editor --only crypto-coincap --expires 30d',
      'sluice tokens create dashboard --user ada --json',
    ],
    fields: [
      { name: 'name', part: 'body', from: 'name', needed: true },
      { name: 'user', part: 'body', from: 'user' },
      { name: 'role', part: 'body', from: 'role' },
      { name: 'projects', part: 'body', from: 'only' },
    ],
    load: async () => (await import('../operations/tokens/create.ts')).createToken,
  },
  {
    path: 'tokens list',
    operation: 'tokens.list',
    summary: 'Personal tokens with their role, projects and end; those of all users for an admin, your own otherwise',
    args: [],
    options: [
      { flags: '--user <user>', description: 'only those of this user' },
    ],
    examples: [
      'sluice tokens list',
      'sluice tokens list --user ada --json',
    ],
    fields: [
      { name: 'user', part: 'query', from: 'user' },
    ],
    load: async () => (await import('../operations/tokens/list.ts')).listTokens,
  },
  {
    path: 'tokens revoke',
    operation: 'tokens.revoke',
    summary: 'End a personal token: it is refused from now on',
    args: [
      { name: 'token', description: 'the name of the token' },
    ],
    options: [
      { flags: '--user <user>', description: 'whose it is: an admin names another user; yours unless given' },
    ],
    examples: [
      'sluice tokens revoke ci --user ada',
    ],
    fields: [
      { name: 'token', part: 'params', from: 'token', needed: true },
      { name: 'user', part: 'query', from: 'user' },
    ],
    load: async () => (await import('../operations/tokens/revoke.ts')).revokeToken,
  },
  {
    path: 'users passwd',
    operation: 'users.change',
    summary: 'Give a user a new password and end their sessions',
    args: [
      { name: 'username', description: 'the user' },
    ],
    options: [
      { flags: '--password-stdin', description: 'read the password from stdin instead of asking for it' },
    ],
    examples: [
      'sluice users passwd ada',
      'sluice users passwd ada --password-stdin < file',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
    ],
    load: async () => (await import('../operations/users/change.ts')).changeUser,
  },
  {
    path: 'users role',
    operation: 'users.change',
    summary: 'Give a user another role, from their next request on',
    args: [
      { name: 'username', description: 'the user' },
      { name: 'role', description: 'in every project: viewer reads, editor also works with runs, admin may do everything; none: only where a project is granted', choices: ['none', 'viewer', 'editor', 'admin'] },
    ],
    options: [],
    examples: [
      'sluice users role ada editor',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
      { name: 'role', part: 'body', from: 'role' },
    ],
    load: async () => (await import('../operations/users/change.ts')).changeUser,
  },
  {
    path: 'users disable',
    operation: 'users.change',
    summary: 'Keep a user from signing in and end their sessions',
    args: [
      { name: 'username', description: 'the user' },
    ],
    options: [],
    examples: [
      'sluice users disable ada',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
    ],
    load: async () => (await import('../operations/users/change.ts')).changeUser,
  },
  {
    path: 'users enable',
    operation: 'users.change',
    summary: 'Let a disabled user sign in again',
    args: [
      { name: 'username', description: 'the user' },
    ],
    options: [],
    examples: [
      'sluice users enable ada',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
    ],
    load: async () => (await import('../operations/users/change.ts')).changeUser,
  },
  {
    path: 'users create',
    operation: 'users.create',
    summary: 'Create a user who may sign in; asks for the password',
    args: [
      { name: 'username', description: 'the name to sign in with; kept in lower case' },
    ],
    options: [
      { flags: '--role <role>', description: 'in every project: viewer reads, editor also works with runs, admin may do everything; none: only where a project is granted', choices: ['none', 'viewer', 'editor', 'admin'] },
      { flags: '--email <address>', description: 'e-mail address' },
      { flags: '--first-name <name>', description: 'first name' },
      { flags: '--last-name <name>', description: 'last name' },
      { flags: '--password-stdin', description: 'read the password from stdin instead of asking for it' },
    ],
    examples: [
      'sluice users create ada --role admin --email ada@example.org --first-name Ada --last-name Lovelace',
      'sluice users create ada --role viewer --email ada@example.org --first-name Ada --last-name Lovelace --password-stdin < file',
    ],
    fields: [
      { name: 'username', part: 'body', from: 'username', needed: true },
      { name: 'role', part: 'body', from: 'role', needed: true },
      { name: 'email', part: 'body', from: 'email', needed: true },
      { name: 'firstName', part: 'body', from: 'firstName', needed: true },
      { name: 'lastName', part: 'body', from: 'lastName', needed: true },
    ],
    load: async () => (await import('../operations/users/create.ts')).createUser,
  },
  {
    path: 'users delete',
    operation: 'users.delete',
    summary: 'Remove a user and end their sessions',
    args: [
      { name: 'username', description: 'the user' },
    ],
    options: [
      { flags: '-y, --yes', description: 'do not ask' },
    ],
    examples: [
      'sluice users delete ada --yes',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
    ],
    load: async () => (await import('../operations/users/delete.ts')).deleteUser,
  },
  {
    path: 'users grant',
    operation: 'users.grant',
    summary: 'Give a user a role in one project, from their next request on',
    args: [
      { name: 'username', description: 'the user' },
      { name: 'in', description: 'the project' },
      { name: 'role', description: 'viewer reads, editor also works with runs, admin may do everything', choices: ['viewer', 'editor', 'admin'] },
    ],
    options: [],
    examples: [
      'sluice users grant ada crypto-coincap editor',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
      { name: 'in', part: 'body', from: 'in', needed: true },
      { name: 'role', part: 'body', from: 'role', needed: true },
    ],
    load: async () => (await import('../operations/users/grant.ts')).grantProject,
  },
  {
    path: 'users list',
    operation: 'users.list',
    summary: 'Who may sign in',
    args: [],
    options: [],
    examples: [
      'sluice users list',
      'sluice users list --json',
    ],
    fields: [],
    load: async () => (await import('../operations/users/list.ts')).listUsers,
  },
  {
    path: 'users revoke',
    operation: 'users.revoke',
    summary: 'Take back the role that a user was given in one project',
    args: [
      { name: 'username', description: 'the user' },
      { name: 'granted', description: 'the project' },
    ],
    options: [],
    examples: [
      'sluice users revoke ada crypto-coincap',
    ],
    fields: [
      { name: 'username', part: 'params', from: 'username', needed: true },
      { name: 'granted', part: 'params', from: 'granted', needed: true },
    ],
    load: async () => (await import('../operations/users/revoke.ts')).revokeProject,
  },
  {
    path: 'warehouse check',
    operation: 'warehouse.check',
    summary: 'Whether migrations, database and what is declared are one; for CI',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [],
    examples: [
      'sluice warehouse check',
      'sluice warehouse check crypto-coincap --json',
    ],
    fields: [],
    load: async () => (await import('../operations/warehouse/check.ts')).checkWarehouse,
  },
  {
    path: 'warehouse connect',
    operation: 'warehouse.connect',
    summary: 'The URL of a warehouse for psql, BI tools and notebooks; it can only read',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [],
    examples: [
      'sluice warehouse connect',
      'psql "$(sluice warehouse connect crypto-coincap)"',
    ],
    fields: [
      { name: 'project', part: 'params', from: 'project', needed: true },
    ],
    load: async () => (await import('../operations/warehouse/connect.ts')).connectWarehouse,
  },
  {
    path: 'warehouse dictionary',
    operation: 'warehouse.dictionary',
    summary: 'The data dictionary of a warehouse: tables, columns, keys, references, rules, and what fills them',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [
      { flags: '--markdown', description: 'as Markdown' },
      { flags: '-o, --output <file>', description: 'write it as a file of Markdown' },
    ],
    examples: [
      'sluice warehouse dictionary',
      'sluice warehouse dictionary crypto-coincap --markdown -o dictionary.md',
      'sluice warehouse dictionary crypto-coincap --json',
    ],
    fields: [],
    load: async () => (await import('../operations/warehouse/dictionary.ts')).dictionaryOfWarehouse,
  },
  {
    path: 'warehouse diff',
    operation: 'warehouse.diff',
    summary: 'Where the database of a project differs from its datasets, and the migration that ends it',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [
      { flags: '--write <name>', description: 'write it as the next migration of the project: the .up.sql and the .down.sql' },
      { flags: '--rename <old=new...>', description: 'a column (schema.table.old=new) or a table (schema.old=schema.new) under a new name' },
      { flags: '--allow-loss', description: 'write a migration that takes values or tables away' },
    ],
    examples: [
      'sluice warehouse diff',
      'sluice warehouse diff crypto-coincap --write rank_of_assets',
      'sluice warehouse diff crypto-coincap --write rank --rename public.crypto_horaire.rang=rank',
    ],
    fields: [],
    load: async () => (await import('../operations/warehouse/diff.ts')).diffWarehouse,
  },
  {
    path: 'warehouse migrate',
    operation: 'warehouse.migrate',
    summary: 'Bring the tables of a project to its latest migration, or take migrations back',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [
      { flags: '--to <migration>', description: 'the migration that shall be the last applied; "none" with --down' },
      { flags: '--dry-run', description: 'only list what would run' },
      { flags: '--down', description: 'take back the latest migration, or those after --to' },
      { flags: '-y, --yes', description: 'take back without asking: tables are dropped with their rows' },
    ],
    examples: [
      'sluice warehouse migrate',
      'sluice warehouse migrate crypto-coincap --down --dry-run',
      'sluice warehouse migrate crypto-coincap --to 0002_market',
    ],
    fields: [
      { name: 'project', part: 'params', from: 'project', needed: true },
      { name: 'to', part: 'body', from: 'to' },
      { name: 'dryRun', part: 'body', from: 'dryRun' },
    ],
    load: async () => (await import('../operations/warehouse/migrate.ts')).migrateWarehouse,
  },
  {
    path: 'warehouse sql',
    operation: 'warehouse.query',
    summary: 'Rows of a query in the warehouse of a project; the query can only read',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
      { name: 'sql', description: 'one query, or @name for one that the project keeps in queries/', optional: true },
    ],
    options: [
      { flags: '--limit <n>', description: 'how many rows at most: 1000 as a table, else all', type: 'whole' },
      { flags: '-p, --param <name=value...>', description: 'a value for :name in the query; bound, never spliced' },
      { flags: '--format <format>', description: 'all rows as a file', choices: ['json', 'csv', 'parquet'] },
      { flags: '-o, --output <file>', description: 'write there instead of stdout' },
      { flags: '--list', description: 'only list the queries of the project' },
    ],
    examples: [
      'sluice warehouse sql crypto-coincap --list',
      'sluice warehouse sql crypto-coincap @historique --param symbole=BTC',
      'sluice warehouse sql crypto-coincap "select count(*) as n from crypto_temps_reel"',
      'sluice warehouse sql crypto-coincap "select * from crypto_horaire" --limit 10 --json',
      'sluice warehouse sql crypto-coincap "select * from crypto_horaire" --format parquet -o hours.parquet',
    ],
    fields: [],
    load: async () => (await import('../operations/warehouse/query.ts')).queryWarehouse,
  },
  {
    path: 'warehouse status',
    operation: 'warehouse.status',
    summary: 'The migrations of a project: which are applied, and which wait',
    args: [
      { name: 'project', description: 'the project; may be left out when there is one', optional: true },
    ],
    options: [],
    examples: [
      'sluice warehouse status',
      'sluice warehouse status crypto-coincap --json',
    ],
    fields: [
      { name: 'project', part: 'params', from: 'project', needed: true },
    ],
    load: async () => (await import('../operations/warehouse/status.ts')).warehouseStatus,
  },
]
