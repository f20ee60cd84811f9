import type { Platform, Project } from '@sluice/author'

/** What is wrong in a configuration file, and where, as far as that is known. */
export interface ConfigFault {
  /** Absolute path of the user's file at fault; `null` when only the file asked for is known. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  readonly next: string | null
}

interface ConfigValues {
  readonly root: Platform | Project
  readonly project: Project
}

/** A configuration, and the files that were imported for it or for one before it, packages left out. */
export interface ReadConfig<Value> {
  readonly ok: true
  readonly value: Value
  readonly files: readonly string[]
}

/** Imports `sluice.config.ts` in a separate process. The loader is in `definitions`; whoever reads settings passes it in. */
export interface ConfigLoader {
  load<Kind extends keyof ConfigValues>(request: {
    readonly what: Kind
    /** Absolute path. */
    readonly file: string
    /** Folder with the files of the user, in which places are looked for. */
    readonly base: string
    readonly fileFirst: true
  }): Promise<ReadConfig<ConfigValues[Kind]> | { readonly ok: false; readonly fault: ConfigFault }>
  close(): Promise<void>
}

/** @param budgetMs how long one file may compute, or wait, while it is imported */
export type OpenConfigLoader = (options: { readonly budgetMs: number }) => ConfigLoader
