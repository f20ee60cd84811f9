/** CoinCap without a network, for the demo of a project: `demo: { simulators: { coincap: 'sluice/simulators/coincap' } }`. */
export * from '@sluice/simulator-coincap'
