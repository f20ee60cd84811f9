-- Assets as CoinCap lists them, each row cast by the columns of its dataset.
select
  id as crypto_id,
  rank as rang,
  symbol as symbole,
  name as nom,
  supply as supply_circulant,
  maxSupply as supply_max,
  marketCapUsd as market_cap_usd,
  volumeUsd24Hr as volume_24h_usd,
  priceUsd as prix_usd,
  changePercent24Hr as variation_24h_pourcent,
  vwap24Hr as vwap_24h,
  ${snapshotAt} as timestamp_import,
  ${seenAt} as seen_at
from ${coincapAssets.batch}
