import type { Workload } from './workloads.ts'

export interface Place {
  /** Empty, gone with the benchmark. */
  readonly dir: string
  readonly python: string
  /** A database of the peer's own, on the server that Sluice's metadata lies on. */
  readonly databaseUrl: string
}

export interface OpenPeer extends AsyncDisposable {
  /** From asking for a run to its recorded end; refuses any but success. */
  readonly run: (workload: Workload) => Promise<void>
}

export interface Peer {
  readonly name: string
  /** How it runs tasks here: there are several ways, and they differ. */
  readonly way: string
  /** With versions. */
  readonly packages: readonly string[]
  /** What this way of running can do at all. */
  readonly workloads: readonly Workload[]
  readonly open: (place: Place) => Promise<OpenPeer>
}
