/** What the tests of a project import. It loads the engine and opens databases: tests alone import it. */
export * from '@sluice/testing'
