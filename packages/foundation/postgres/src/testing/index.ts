export { copyOfEmptyCluster } from './cluster.ts'
export { cloneDatabase, type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.ts'
export { type PrivateServer, startPrivateServer, startTestServer, type TestServer } from './server.ts'
export { type ServersForTests, serversForTests, type VersionedServer } from './versions.ts'
