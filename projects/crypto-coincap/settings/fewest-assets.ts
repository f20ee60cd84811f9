/** What a snapshot holds when the budget of CoinCap must be spared: the ranks that the quality rule asks for. */
export const fewestAssets = 10
