-- Each asset of a day and of the one before, with its closing price against those of one and of seven days before.
select q.jour as at, q.symbole, q.nom, q.prix_cloture as prix, q.market_cap_cloture as cap, q.instantanes,
  (q.prix_cloture / nullif(hier.prix_cloture, 0) - 1) * 100 as variation,
  (q.prix_cloture / nullif(semaine.prix_cloture, 0) - 1) * 100 as semaine
from ${days} q
left join ${days} hier on hier.crypto_id = q.crypto_id and hier.jour = q.jour - 1
left join ${days} semaine on semaine.crypto_id = q.crypto_id and semaine.jour = q.jour - 7
where q.jour in (${day}::date, ${day}::date - 1)
