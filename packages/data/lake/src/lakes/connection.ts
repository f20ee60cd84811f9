import type { Lake } from '../lake.ts'
import type { LakeTable } from '../read/tables.ts'

/** Programs that read the lake by themselves. */
export type LakeTool = 'duckdb' | 'deltalake' | 'pandas' | 'polars' | 'spark'

/** What it takes to read the lake of a project from elsewhere: where it lies and how it is asked, and no secret. */
export interface LakeConnection {
  readonly project: string
  readonly place: 'folder' | 's3' | 'gs'
  /** Of the project: a folder of the machine of the platform, or a URL. */
  readonly root: string
  /** Environment variables from which the programs take their credentials. */
  readonly variables: readonly string[]
  readonly tables: readonly { readonly dataset: string; readonly format: 'delta' | 'parquet'; readonly location: string }[]
  readonly snippets: readonly { readonly tool: LakeTool; readonly language: 'sql' | 'python'; readonly text: string }[]
}

export async function lakeConnection(lake: Pick<Lake, 'storage' | 'project' | 'tables'>): Promise<LakeConnection> {
  const { storage, project } = lake
  const root = storage.locate(project)
  const tables = (await lake.tables()).flatMap((table) => locatedTable(root, table))
  const place = root.startsWith('s3://') ? 's3' : root.startsWith('gs://') ? 'gs' : 'folder'
  const at = { place, root, tables } as const
  return { project, ...at, variables: variables[place], snippets: snippetsOf(at) }
}

const variables = {
  folder: [],
  s3: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION', 'AWS_ENDPOINT_URL'],
  gs: ['GOOGLE_APPLICATION_CREDENTIALS'],
} as const

type Located = LakeConnection['tables'][number]

/** Bodies that were landed, and tables; not what stands beside tables, whose form is the platform's own. */
function locatedTable(root: string, { kind, layer, name }: LakeTable): readonly Located[] {
  const short = name.slice(name.indexOf('.') + 1)
  const folder = `${root}/${layer}/${short}`
  if (kind === 'table') return [{ dataset: `${layer}.${short}`, format: 'delta', location: folder }]
  return kind === 'bronze' ? [{ dataset: `${layer}.${short}`, format: 'parquet', location: `${folder}/date=*/*.parquet` }] : []
}

type At = Pick<LakeConnection, 'place' | 'root' | 'tables'>

function snippetsOf(at: At): LakeConnection['snippets'] {
  const delta = at.tables.find(({ format }) => format === 'delta')?.location ?? `${at.root}/silver/TABLE`
  const text = JSON.stringify(delta)
  const account = at.place === 'folder' ? [] : [`# credentials: ${variables[at.place].join(', ')} of the environment`]
  const python = (...lines: readonly string[]): string => [...account, ...lines].join('\n')
  return [
    { tool: 'duckdb', language: 'sql', text: duckdb(at) },
    {
      tool: 'deltalake',
      language: 'python',
      text: python(
        '# pip install deltalake pyarrow',
        'from deltalake import DeltaTable',
        `table = DeltaTable(${text})`,
        'rows = table.to_pyarrow_table()',
      ),
    },
    {
      tool: 'pandas',
      language: 'python',
      text: python('# pip install deltalake pyarrow pandas', 'from deltalake import DeltaTable', `frame = DeltaTable(${text}).to_pandas()`),
    },
    {
      tool: 'polars',
      language: 'python',
      text: python('# pip install deltalake polars', 'import polars', `frame = polars.scan_delta(${text}).collect()`),
    },
    { tool: 'spark', language: 'python', text: python(...spark(at.place, delta)) },
  ]
}

/** A view for each table, so that they are called as in the platform: `from silver.assets`. */
function duckdb({ place, tables }: At): string {
  const quoted = (location: string): string => `'${location.replaceAll("'", "''")}'`
  const named = (dataset: string): string =>
    dataset
      .split('.')
      .map((part) => `"${part.replaceAll('"', '""')}"`)
      .join('.')
  const secret = {
    folder: [],
    s3: ['INSTALL httpfs; LOAD httpfs;', 'INSTALL aws; LOAD aws;', "CREATE SECRET lake (TYPE s3, PROVIDER credential_chain, CHAIN 'env');"],
    gs: [
      'INSTALL httpfs; LOAD httpfs;',
      '-- DuckDB reads gs:// with an HMAC key: write it here',
      "CREATE SECRET lake (TYPE gcs, KEY_ID '...', SECRET '...');",
    ],
  }[place]
  const layers = [...new Set(tables.map(({ dataset }) => dataset.slice(0, dataset.indexOf('.'))))]
  return [
    ...secret,
    ...(tables.some(({ format }) => format === 'delta') ? ['INSTALL delta; LOAD delta;'] : []),
    ...layers.map((layer) => `CREATE SCHEMA IF NOT EXISTS "${layer}";`),
    ...tables.map(({ dataset, format, location }) => {
      const scan = format === 'delta' ? `delta_scan(${quoted(location)})` : `read_parquet(${quoted(location)}, union_by_name = true)`
      return `CREATE OR REPLACE VIEW ${named(dataset)} AS SELECT * FROM ${scan};`
    }),
  ].join('\n')
}

/** Spark's own file systems have other schemes than everybody else. */
function spark(place: At['place'], location: string): readonly string[] {
  const packages = ['io.delta:delta-spark_2.13:4.0.0', ...(place === 's3' ? ['org.apache.hadoop:hadoop-aws:3.4.1'] : [])]
  return [
    `# spark-submit --packages ${packages.join(',')}`,
    'from pyspark.sql import SparkSession',
    'spark = (',
    '    SparkSession.builder',
    '    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")',
    '    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")',
    '    .getOrCreate()',
    ')',
    `frame = spark.read.format("delta").load(${JSON.stringify(location.replace(/^s3:/, 's3a:'))})`,
  ]
}
