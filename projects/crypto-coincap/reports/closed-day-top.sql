-- The ten of a day that are worth most.
select row_number() over (order by cap desc nulls last)::integer as rang, symbole, nom, prix,
  round(variation, 18) as jour, round(semaine, 18) as semaine
from (${rows}) a
where at = ${day}::date
order by cap desc nulls last
limit 10
