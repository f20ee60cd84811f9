-- The ten highest ranked assets of the newest snapshot.
select rang, symbole, nom, prix_usd as prix, variation_24h_pourcent as jour, null::numeric as semaine from ${market.latest} order by rang limit 10
