-- The newest snapshot, with its ten highest ranked assets in words.
select max(timestamp_import) as snapshot,
  string_agg(symbole || coalesce(to_char(variation_24h_pourcent, '" "FMSG990.00" %"'), ' n/d'), ', ' order by rang) as top
from ${market.latest} where rang <= 10
