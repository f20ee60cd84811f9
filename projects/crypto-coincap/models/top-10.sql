-- The newest snapshot, with its ten highest ranked assets in words.
select count(*) > 0 as ok, max(timestamp_import) as snapshot,
  string_agg(symbole || coalesce(to_char(variation_24h_pourcent, '" "FMSG990.00" %"'), ' n/d'), ', ' order by rang) as top
from ${market.latest} where rang <= 10
