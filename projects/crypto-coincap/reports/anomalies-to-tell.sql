-- Found at an instant, and not told since another; heaviest first. Who joins a market that moves and was told of is told only where it is
-- critical.
select snapshot, symbole, nom, rang, regle, valeur, seuil, severite
from ${anomalies} a
where detecte_a = ${at} and not exists (
  select 1 from ${anomalies} b
  where b.crypto_id = a.crypto_id and b.regle = a.regle and b.detecte_a < a.detecte_a and b.detecte_a > ${quietSince}
    and b.severite in (a.severite, 'critical'))
and (severite = 'critical' or regle <> 'variation' or not exists (
  select 1 from ${anomalies} m
  where m.regle = a.regle and sign(m.valeur) = sign(a.valeur) and m.detecte_a < a.detecte_a and m.detecte_a > ${quietSince}
  group by m.detecte_a having count(*) >= ${crowd}))
order by severite, rang
