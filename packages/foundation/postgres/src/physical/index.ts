export { type BaseBackup, baseBackup } from './base-backup.ts'
export { type ClusterToRestore, replay, restoreCluster } from './restore-cluster.ts'
export { archiveLog, keepLog, type LogSegment } from './wal.ts'
