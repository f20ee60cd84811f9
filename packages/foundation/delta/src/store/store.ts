export interface FileFacts {
  readonly size: number
  /** Epoch milliseconds. */
  readonly modifiedMs: number
}

export interface FoundFile extends FileFacts {
  /** Relative to the root, with `/`. */
  readonly path: string
}

/** Keeps the files that were fetched while it was open readable under `root` until it is closed. */
export interface Hold {
  [Symbol.dispose](): void
}

/**
 * Where a table lives. Paths are relative to `root`, with `/`. DuckDB itself reads and writes data files under `root`; the store makes them durable.
 * An implementation for an object store stages files at `root`: it downloads in `fetch` and uploads in `persist` and `adopt`. A file whose name begins
 * with `.` and ends with `.tmp` is temporary: it lives under `root` alone and is nobody else's.
 */
export interface LogStore {
  /** Absolute local folder that DuckDB reads and writes. */
  readonly root: string
  /** Names of the files in a folder, in no order; empty when there is none. Its folders are named only where folders exist: on a disk. */
  list(folder: string): Promise<string[]>
  /** Every file under a folder, at any depth, in no order. */
  walk(folder: string): Promise<FoundFile[]>
  /** `undefined` when the file does not exist. */
  stat(path: string): Promise<FileFacts | undefined>
  /** Text of a file, `undefined` when it does not exist. */
  read(path: string): Promise<string | undefined>
  /** Bytes of a file from `offset`, all or `length` of them, fewer at its end; `undefined` when it does not exist. */
  readBytes(path: string, range?: ByteRange): Promise<Uint8Array | undefined>
  /**
   * Makes files readable by DuckDB under `root`. A missing file is left for the reader to name. An absolute path is a file outside of `root`, as a shallow
   * clone has them: a store that is no disk refuses it.
   */
  fetch(paths: readonly string[]): Promise<void>
  /** While one is open, no fetched file goes. Without it a store that has to make room keeps what was lately fetched. */
  hold(): Hold
  /**
   * Atomically creates a file with its whole content; false when it exists. A reader sees nothing or everything. Durable on return. A store that has to
   * find out whether its own request won does so by the content, so a content that decides something is unique (a commit has its `txnId`).
   */
  putIfAbsent(path: string, text: string): Promise<boolean>
  /** Atomically creates or replaces. For hints and temporary files: two writers overwrite each other, and a power cut may lose it. */
  put(path: string, text: string): Promise<void>
  /** Data files that DuckDB has written: durable on return. */
  persist(paths: readonly string[]): Promise<void>
  /** Like `putIfAbsent`, with a file already under `root` as its content; the temporary name is gone either way. */
  adopt(temporary: string, path: string): Promise<boolean>
  /** Missing is fine. */
  delete(path: string): Promise<void>
  /** Creates a folder that DuckDB writes into; one that is new is durable on return. */
  makeFolder(path: string): Promise<void>
}

export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export function isTemporary(path: string): boolean {
  return /(^|\/)\.[^/]*\.tmp$/.test(path)
}
