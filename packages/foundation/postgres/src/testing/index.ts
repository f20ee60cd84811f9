export { copyOfEmptyCluster } from './cluster.ts'
export { cloneDatabase, type TestDatabase, type TestDatabaseOptions, testDatabase } from './database.ts'
export { type PrivateServer, startPrivateServer, startTestServer, type TestServer } from './server.ts'
