import type { Platform, Project } from '@sluice/author'

/** What is wrong with a configuration file, and where as far as it is known. */
export interface ConfigFault {
  /** Absolute path of the user's file at fault; `null` when only the file asked for is known. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly message: string
  readonly next: string | null
}

interface ConfigValues {
  readonly platform: Platform
  readonly project: Project
}

/** Imports `sluice.config.ts` in a process of its own. `definitions` has the loader; whoever reads settings hands it in. */
export interface ConfigLoader {
  load<Kind extends keyof ConfigValues>(request: {
    readonly what: Kind
    /** Absolute path. */
    readonly file: string
    /** Folder whose files are the user's: places are looked for in it. */
    readonly base: string
    readonly fileFirst: true
  }): Promise<{ readonly ok: true; readonly value: ConfigValues[Kind] } | { readonly ok: false; readonly fault: ConfigFault }>
  close(): Promise<void>
}

/** @param timeoutMs how long one file may take to import. */
export type OpenConfigLoader = (options: { readonly timeoutMs: number }) => ConfigLoader
