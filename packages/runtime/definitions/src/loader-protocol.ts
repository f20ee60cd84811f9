import type { PipelineSpec, Platform, Project, Table } from '@sluice/author'

/** One question to the loader process. It gets the next one after it has answered, so a crash belongs to one file. */
export interface LoadRequest {
  readonly what: 'pipeline' | 'tables' | 'platform' | 'project'
  /** Absolute path. */
  readonly file: string
  /** Folder with the files of the user, in which places are looked for. */
  readonly base: string
  /** Look for a place in the file itself first, since the folder also holds code of others. */
  readonly fileFirst?: boolean
}

/** What is wrong in a file, and where, as far as that is known. */
export interface Fault {
  /** Absolute path of the user's file at fault; `null` when only the file asked for is known. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  readonly next: string | null
  /** A syntax error without a place. The parent finds the place by letting Node report the error. */
  readonly placeless?: boolean
}

export interface LoadedValues {
  /** `modelTables`: the tables that models on the warehouse write. */
  readonly pipeline: { readonly spec: PipelineSpec; readonly tables: readonly Table[]; readonly modelTables: readonly Table[] }
  readonly tables: readonly Table[]
  readonly platform: Platform
  readonly project: Project
}

export type LoadReply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly fault: Fault }
